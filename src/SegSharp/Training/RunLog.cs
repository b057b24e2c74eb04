using System.Globalization;
using System.Text;

namespace SegSharp.Training;

/// <summary>
/// Writes what a training reports into the run's folder: <c>metrics.csv</c> (one row per epoch, whole at every moment),
/// <c>log.txt</c> and TensorBoard events. A listener like any other.
/// </summary>
public sealed class RunLog : IDisposable
{
    private const string LastTag = "learning rate";
    private readonly string _folder;
    private readonly IReadOnlyList<string> _labels;
    private readonly TimeProvider _clock;
    private readonly TensorBoardWriter _events;
    private readonly List<EpochEnded> _rows;
    private bool _torn;                                                         // a crash cut the log's last line

    /// <summary>Opens the logs; a resumed run goes on behind the rows that its position holds.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="labels">Foreground label names, for the columns.</param>
    /// <param name="history">Epochs that are finished already.</param>
    /// <param name="clock">For the time stamps.</param>
    public RunLog(string folder, IReadOnlyList<string> labels, IReadOnlyList<EpochEnded> history, TimeProvider clock)
    {
        _folder = folder;
        _labels = labels;
        _clock = clock;
        _rows = [.. history];
        _torn = IsTorn(Path.Combine(folder, "log.txt"));
        var written = WrittenEpochs(folder);
        _events = new TensorBoardWriter(folder, clock);
        WriteMetrics();
        foreach (var epoch in _rows.Where(e => !written.Contains(e.Epoch)))
        {
            Scalars(epoch);                                                    // killed between the state and the events
        }
    }

    /// <summary>TensorBoard's file, for pictures.</summary>
    public TensorBoardWriter Events => _events;

    /// <summary>Hears of what happens.</summary>
    public void On(RunEvent happened)
    {
        switch (happened)
        {
            case EpochEnded e:
                _rows.Add(e);
                WriteMetrics();
                Scalars(e);
                Line(Describe(e));
                break;
            case Warned w:
                Line("warning: " + w.Text);
                break;
            case Noted n:
                Line(n.Text);
                break;
        }
    }

    /// <summary>An epoch in one line.</summary>
    public static string Describe(EpochEnded e)
    {
        var text = new StringBuilder($"epoch {e.Epoch}/{e.Epochs}  loss {e.TrainingLoss:F4}");
        if (e.ValidationLoss is { } loss)
        {
            text.Append(CultureInfo.InvariantCulture, $"  validation loss {loss:F4}  Dice {(e.MeanDice is { } d ? d.ToString("F4", CultureInfo.InvariantCulture) : "undefined")}{(e.IsBest ? " (best)" : "")}");
        }

        return text.Append(CultureInfo.InvariantCulture, $"  rate {e.LearningRate:G3}  {e.Seconds:F1} s").ToString();
    }

    /// <summary>Writes out what is still in memory and closes.</summary>
    public void Dispose() => _events.Dispose();

    private static bool IsTorn(string log)
    {
        if (!File.Exists(log))
        {
            return false;
        }

        using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return file.Length > 0 && file.Seek(-1, SeekOrigin.End) >= 0 && file.ReadByte() != '\n';
    }

    // Of an epoch that has its last scalar all are there: they are written in one order.
    private static HashSet<long> WrittenEpochs(string folder)
    {
        var written = new HashSet<long>();
        foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, "events.out.tfevents.*") : [])
        {
            try
            {
                written.UnionWith(TensorBoardReader.Read(file).Where(e => e.Tag == LastTag).Select(e => e.Step));
            }
            catch (InputException)
            {
                // Killed before its first record was whole: it holds nothing.
            }
        }

        return written;
    }

    private void Scalars(EpochEnded e)
    {
        _events.Scalar("loss/training", e.Epoch, e.TrainingLoss);
        _events.Scalar("gradient norm", e.Epoch, e.GradientNorm);
        if (e.ValidationLoss is { } loss)
        {
            _events.Scalar("loss/validation", e.Epoch, loss);
        }

        for (var i = 0; i < e.Dice.Count; i++)
        {
            if (e.Dice[i] is { } dice)
            {
                _events.Scalar($"Dice/{_labels[i]}", e.Epoch, dice);
            }
        }

        _events.Scalar(LastTag, e.Epoch, e.LearningRate);
        _events.Flush();
    }

    // Small enough to write whole each time: then it is never half a row, and a resumed run repeats none.
    private void WriteMetrics()
    {
        var text = new StringBuilder("epoch,training_loss,validation_loss,mean_dice");
        foreach (var label in _labels)
        {
            text.Append(",dice_").Append(Quoted(label));
        }

        text.Append(",learning_rate,seconds,best\n");
        foreach (var e in _rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{e.Epoch},{e.TrainingLoss:R},{e.ValidationLoss:R},{e.MeanDice:R}");
            for (var i = 0; i < _labels.Count; i++)
            {
                text.Append(CultureInfo.InvariantCulture, $",{(i < e.Dice.Count ? e.Dice[i] : null):R}");
            }

            text.Append(CultureInfo.InvariantCulture, $",{e.LearningRate:R},{e.Seconds:F3},{(e.IsBest ? 1 : 0)}\n");
        }

        AtomicFile.WriteText(Path.Combine(_folder, "metrics.csv"), text.ToString());
    }

    private static string Quoted(string label) =>
        label.IndexOfAny([',', '"', '\n']) < 0 ? label : $"\"{label.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private void Line(string text)
    {
        try
        {
            using var file = new FileStream(Path.Combine(_folder, "log.txt"), FileMode.Append, FileAccess.Write, FileShare.Read);
            WriteBoundary.Append(file, Encoding.UTF8.GetBytes($"{(_torn ? "\n" : "")}{_clock.GetUtcNow():yyyy-MM-dd HH:mm:ss}Z  {text}\n"), file.Name);
            _torn = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot write '{Path.Combine(_folder, "log.txt")}': {((e.HResult & 0xFFFF) is 28 or 0x70 ? "the disk is full" : e.Message.TrimEnd('.'))}", "free some space, then --resume", e);
        }
    }
}

using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Tests.Data;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Training;

namespace SegSharp.Tests.Training;

/// <summary>Six phantoms of 32×32 and a network of 2,000 parameters.</summary>
internal sealed class TinyRun : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyRun(int width = 32, int height = 32) =>
        Data = Membranes.WriteDataSet(Path("data"), new() { Count = 6, Width = width, Height = height });

    /// <summary>Everything that has chance or memory: augmentation, dropout, batch norm, Adam.</summary>
    public static Recipe Recipe { get; } = new()
    {
        Network = new UNetOptions { Base = 2, Depth = 2, Dropout = 0.2 },
        Augmentation = [new FlipOptions(), new Rotate90Options(), new GaussianNoiseOptions()],
        Loss = new BinaryCrossEntropyOptions { PositiveWeight = 2 },
        Training = new TrainingOptions { Epochs = 3, BatchSize = 2, Seed = 7 },
    };

    public DataSet Data { get; }

    public string Path(params string[] parts) => _folder.Path(parts);

    public Run Start(string name, Recipe? recipe = null, Validation? validation = null, bool overwrite = false) => Run.Start(
        recipe ?? Recipe, Data, Data.Split(validation ?? Validation.Last(2)), Path(name),
        new RunSettings { Threads = 1, Device = Device.Cpu, Overwrite = overwrite });

    /// <summary>Trains to the end and hears of everything.</summary>
    public List<RunEvent> Train(string name, Recipe? recipe = null, Validation? validation = null)
    {
        using var run = Start(name, recipe, validation);
        var heard = new List<RunEvent>();
        run.Train(heard.Add);
        return heard;
    }

    public List<RunEvent> Resume(string name)
    {
        var heard = new List<RunEvent>();
        using var run = Run.Resume(Path(name), new RunSettings { Threads = 1 }, on: heard.Add);
        run.Train(heard.Add);
        return heard;
    }

    /// <summary>Every name and bit of a checkpoint.</summary>
    public IReadOnlyList<string> Weights(string name, string checkpoint = "checkpoint-last.pt") =>
        [.. Checkpoint.Read(Path(name, checkpoint)).Tensors.Select(t => $"{t.Key} {Convert.ToHexString(t.Value.Bytes.Span)}")];

    /// <summary>The rows of the table without the seconds.</summary>
    public IReadOnlyList<string> Rows(string name) =>
        [.. File.ReadAllLines(Path(name, "metrics.csv")).Select(r => r.Split(',')).Select(c => string.Join(',', c.Take(c.Length - 2).Append(c[^1])))];

    public void Dispose() => _folder.Dispose();
}

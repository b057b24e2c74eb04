using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Data;
using SegSharp.Metrics;
using SegSharp.Torch;

namespace SegSharp;

/// <summary>What one fold came to, on the grids of its validation cases.</summary>
public sealed record FoldResult
{
    /// <summary>Its number, from 0.</summary>
    public int Fold { get; init; }

    /// <summary>The epoch of its best checkpoint.</summary>
    public int? BestEpoch { get; init; }

    /// <summary>Dice per foreground label, pooled over its validation cases; null for a label that occurs in none.</summary>
    public IReadOnlyList<double?> Dice { get; init; } = [];

    /// <summary>The mean of <see cref="Dice"/>.</summary>
    public double? MeanDice { get; init; }

    /// <summary>The masks of its validation cases, relative to the folder of the cross-validation, by case.</summary>
    public IReadOnlyDictionary<string, string> Masks { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>What a cross-validation is and how far it has come: <c>cross-validation.json</c>.</summary>
public sealed record CrossValidationRecord
{
    /// <summary>The recipe of every fold, but for the cases to hold out.</summary>
    public JsonObject Recipe { get; init; } = [];

    /// <summary>The data set's folder.</summary>
    public string DataSet { get; init; } = "";

    /// <summary>Digest of the files of all its cases, so that every fold sees the same data; empty where it was begun by a SegSharp that kept none.</summary>
    public string DataDigest { get; init; } = "";

    /// <summary>Threads of one operator, a part of what makes a run repeat bit for bit.</summary>
    public int Threads { get; init; }

    /// <summary>Where it computes.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>How many folds were asked for; null = those of the data set's <c>splits_final.json</c>, else five.</summary>
    public int? Folds { get; init; }

    /// <summary>Which cases train and validate in every fold.</summary>
    public IReadOnlyList<Split> Splits { get; init; } = [];

    /// <summary>The folds that are trained, in this order.</summary>
    public IReadOnlyList<int> Chosen { get; init; } = [];

    /// <summary>Names of the foreground, in the order of every list of scores.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>What the finished folds came to.</summary>
    public IReadOnlyList<FoldResult> Results { get; init; } = [];

    /// <summary>The mean over the folds of their mean Dice; null before the first has ended.</summary>
    public double? MeanDice => Scores is { Count: > 0 } s ? s.Average() : null;

    /// <summary>The standard deviation between the folds (n − 1); null for fewer than two.</summary>
    public double? Spread => Scores is { Count: > 1 } s ? Math.Sqrt(s.Sum(x => (x - s.Average()) * (x - s.Average())) / (s.Count - 1)) : null;

    /// <summary>Dice per foreground label, pooled over all cases, each by the network that did not learn from it; empty before the last fold has ended.</summary>
    public IReadOnlyList<double?> OutOfFoldDice { get; init; } = [];

    /// <summary>The mean of <see cref="OutOfFoldDice"/>.</summary>
    public double? OutOfFoldMeanDice => OutOfFoldDice.Average();

    private List<double> Scores => [.. Results.Select(r => r.MeanDice).OfType<double>()];
}

/// <summary>
/// One training per fold, each a <see cref="Run"/> in <c>fold_K</c>, so that every case is once held out. Taken up again where it was
/// stopped or killed: finished folds are passed over, the one at hand goes on bit for bit.
/// </summary>
/// <remarks>Source: Stone 1974; the folds are nnU-Net's (<see cref="Data.Folds"/>), or those of the data set's <c>splits_final.json</c>. Several processes may train folds of one cross-validation, each fold one process.</remarks>
public sealed class CrossValidation
{
    private const string FileName = "cross-validation.json";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    private CrossValidation(string folder, CrossValidationRecord record) => (Folder, Record) = (folder, record);

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>What it is and how far it has come.</summary>
    public CrossValidationRecord Record { get; private set; }

    /// <summary>The folds that are still to be trained, in order.</summary>
    public IReadOnlyList<int> Unfinished => [.. Record.Chosen.Where(k => Record.Results.All(r => r.Fold != k))];

    /// <summary>Whether a cross-validation lies in that folder.</summary>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Begins one, or adds folds to one with the same recipe and cases.</summary>
    /// <param name="recipe">What every fold is trained by; the cases to hold out are filled in.</param>
    /// <param name="data">The data set.</param>
    /// <param name="folds">How many; null = as the data set's <c>splits_final.json</c> says, else five.</param>
    /// <param name="chosen">Those to train; empty = all.</param>
    /// <param name="folder">Where it shall lie.</param>
    /// <param name="settings">The machine's part.</param>
    /// <exception cref="UsageException">The folds do not exist, or the folder holds another run.</exception>
    public static CrossValidation Start(Recipe recipe, DataSet data, int? folds, IReadOnlyList<int> chosen, string folder, RunSettings settings)
    {
        var splits = SplitsOf(data, folds);
        if (chosen.Any(k => k < 0 || k >= splits.Count))
        {
            throw new UsageException($"fold {chosen.First(k => k < 0 || k >= splits.Count)} does not exist: there are folds 0 to {splits.Count - 1}", "--folds all");
        }

        var resolved = recipe.Resolve(data.Description);
        UsageException.ThrowIfAny(resolved.Check());
        var record = new CrossValidationRecord
        {
            Recipe = OptionsJson.Write(recipe with { Validation = null }),
            DataSet = Path.GetFullPath(data.Folder),
            DataDigest = DigestOf(data, splits),
            Threads = settings.Threads,
            Device = settings.Device.ToString(),
            Folds = folds,
            Splits = splits,
            Chosen = chosen.Count > 0 ? [.. chosen.Distinct().Order()] : [.. Enumerable.Range(0, splits.Count)],
            Labels = resolved.Foreground,
        };
        if (File.Exists(Path.Combine(folder, "recipe.json")) && !settings.Overwrite)
        {
            throw new UsageException($"'{folder}' already holds a run", "choose another --out, or --overwrite replaces it");
        }

        using var held = Hold(folder);
        if (IsAt(folder) && !settings.Overwrite)
        {
            var before = Open(folder).Record;
            if (!JsonNode.DeepEquals(before.Recipe, record.Recipe) || !Same(before.Splits, splits) || before.DataSet != record.DataSet)
            {
                throw new UsageException($"'{folder}' already holds a cross-validation with another recipe or other cases", $"--resume {folder} goes on with it, --overwrite replaces it");
            }

            CheckData(before, record.DataDigest, folder, data.Folder);
            record = before with { Chosen = [.. before.Chosen.Union(record.Chosen).Order()], OutOfFoldDice = [] };
        }
        else if (IsAt(folder))
        {
            Clear(folder);
        }

        var started = new CrossValidation(folder, record);
        started.Save();
        return started;
    }

    /// <summary>Takes one up again.</summary>
    /// <exception cref="InputException">None there, or its record cannot be read.</exception>
    public static CrossValidation Open(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return new(folder, JsonSerializer.Deserialize<CrossValidationRecord>(File.ReadAllBytes(path), Json) ?? throw new JsonException("it holds null"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new InputException($"'{path}' is no record of a cross-validation: {e.Message.TrimEnd('.')}", "train anew with --overwrite", e);
        }
    }

    /// <summary>Reads again what other processes have finished meanwhile.</summary>
    /// <exception cref="InputException">The record is gone or cannot be read.</exception>
    public void Reload() => Record = Open(Folder).Record;

    /// <summary>The folder of a fold's run.</summary>
    public string FolderOf(int fold) => Path.Combine(Folder, $"fold_{fold}");

    /// <summary>Begins the run of a fold, or takes it up again.</summary>
    /// <param name="fold">One of <see cref="Unfinished"/>.</param>
    /// <param name="dataFolder">Where the data set lies now; null = where it lay.</param>
    /// <param name="on">Hears the progress of reading.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <returns>The run; the caller trains and disposes it.</returns>
    /// <exception cref="InputException">The data have changed since the cross-validation was begun.</exception>
    public Run OpenFold(int fold, string? dataFolder = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        using (Hold(Folder, cancel))
        {
            AtomicFile.RemoveUnfinished(Folder);
        }

        var folder = FolderOf(fold);
        var settings = new RunSettings { Threads = Record.Threads, Device = Device.Parse(Record.Device) };
        var data = DataSet.Open(dataFolder ?? Record.DataSet);
        CheckData(Record, Record.DataDigest.Length == 0 ? "" : DigestOf(data, Record.Splits), Folder, data.Folder);
        if (File.Exists(Path.Combine(folder, "recipe.json")))
        {
            return Run.Resume(folder, settings, dataFolder ?? Record.DataSet, on, cancel);
        }

        var recipe = OptionsJson.Read<Recipe>(Record.Recipe.DeepClone(), "") with { Validation = Record.Folds is { } all ? $"fold:{fold}/{all}" : $"fold:{fold}" };
        return Run.Start(recipe, data, Record.Splits[fold], folder, settings, on, cancel);
    }

    /// <summary>Writes down what a fold came to; it is then never trained again.</summary>
    /// <param name="fold">Its number.</param>
    /// <param name="run">Its run, trained to the end.</param>
    /// <param name="masks">The masks of its validation cases.</param>
    /// <param name="scores">Their scores.</param>
    public void Complete(int fold, Run run, IReadOnlyDictionary<string, string> masks, Scores? scores)
    {
        var dice = Pooled(scores);
        var result = new FoldResult
        {
            Fold = fold,
            BestEpoch = run.Position.Best?.Epoch,
            Dice = dice,
            MeanDice = dice.Average(),
            Masks = masks.ToDictionary(m => m.Key, m => Path.GetRelativePath(Folder, m.Value), StringComparer.Ordinal),
        };
        Update(now => now with { Results = [.. now.Results.Where(r => r.Fold != fold).Append(result).OrderBy(r => r.Fold)] });
    }

    /// <summary>The masks of all finished folds: every case by the network that did not learn from it.</summary>
    public IReadOnlyDictionary<string, string> Masks() =>
        Record.Results.SelectMany(r => r.Masks).DistinctBy(m => m.Key).OrderBy(m => m.Key, StringComparer.Ordinal).ToDictionary(m => m.Key, m => Path.Combine(Folder, m.Value), StringComparer.Ordinal);

    /// <summary>Writes down the scores over all cases.</summary>
    public void CompleteAll(Scores scores)
    {
        Update(now => now with { OutOfFoldDice = Pooled(scores) });
    }

    // Another process may have finished a fold since this one read the record: what it wrote stays.
    private void Update(Func<CrossValidationRecord, CrossValidationRecord> change)
    {
        using var held = Hold(Folder);
        AtomicFile.RemoveUnfinished(Folder);
        var now = Open(Folder).Record;
        if (!JsonNode.DeepEquals(now.Recipe, Record.Recipe) || !Same(now.Splits, Record.Splits))
        {
            throw new SegSharpException($"'{Folder}' holds another cross-validation by now: another process has replaced it", "train anew into another --out");
        }

        Record = change(now);
        Save();
    }

    // The file stays: one that is removed while another process waits for it locks nothing.
    private static FileStream Hold(string folder, CancellationToken cancel = default)
    {
        var file = Path.Combine(folder, "cross-validation.lock");
        for (var waited = TimeSpan.Zero; ; waited += TimeSpan.FromMilliseconds(50))
        {
            try
            {
                Directory.CreateDirectory(folder);
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1);
            }
            catch (IOException e) when ((e.HResult & 0xFFFF) is 11 or 32 or 35 && waited < Patience)   // as in Run.Lock
            {
                if (cancel.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(50)))
                {
                    cancel.ThrowIfCancellationRequested();
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new SegSharpException($"cannot write '{file}': {e.Message.TrimEnd('.')}", "choose a folder that you may write to", e);
            }
        }
    }

    private static double?[] Pooled(Scores? scores) =>
        scores is null ? [] : [.. scores.Regions.Select(r => scores.Pooled(r.Name, Metric.Dice))];

    private static bool Same(IReadOnlyList<Split> a, IReadOnlyList<Split> b) =>
        a.Count == b.Count && a.Zip(b).All(s => s.First.Training.SequenceEqual(s.Second.Training) && s.First.Validation.SequenceEqual(s.Second.Validation));

    private static IReadOnlyList<Split> SplitsOf(DataSet data, int? folds)
    {
        var stored = data.StoredSplits();
        if (stored is null)
        {
            return Folds.Of(data.Ids, folds ?? 5);
        }

        if (folds is { } asked && asked != stored.Count)
        {
            throw new UsageException($"--folds is {asked}, but '{Path.Combine(data.Folder, SplitsFile.Name)}' has {stored.Count} folds", $"--folds all, or segsharp data split {data.Folder} --folds {asked} --overwrite");
        }

        return [.. Enumerable.Range(0, stored.Count).Select(k => data.Split(Validation.Fold(k)))];   // and makes sure that every case is there
    }

    private static void CheckData(CrossValidationRecord before, string now, string folder, string dataFolder)
    {
        if (before.DataDigest.Length > 0 && before.DataDigest != now)
        {
            throw new InputException(
                $"the data in '{dataFolder}' have changed since '{folder}' was begun, so going on would not be the same cross-validation",
                "restore the data, or train anew with another --out");
        }
    }

    private static string DigestOf(DataSet data, IReadOnlyList<Split> splits)
    {
        var ids = splits.SelectMany(s => s.Training.Concat(s.Validation)).ToHashSet(StringComparer.Ordinal);
        var cases = data.Cases.Where(c => ids.Contains(c.Id)).OrderBy(c => c.Id, StringComparer.Ordinal);
        return FileDigest.Of(cases.SelectMany(c => c.Channels.Append(c.Label!)));
    }

    private static void Clear(string folder)
    {
        try
        {
            File.Delete(Path.Combine(folder, FileName));
            foreach (var fold in Directory.GetDirectories(folder, "fold_*").Where(f => int.TryParse(Path.GetFileName(f)[5..], out _)))
            {
                Directory.Delete(fold, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot remove the earlier cross-validation in '{folder}': {e.Message.TrimEnd('.')}", "choose another --out", e);
        }
    }

    private void Save() => AtomicFile.WriteText(Path.Combine(Folder, FileName), JsonSerializer.Serialize(Record, Json) + "\n");
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using SegSharp.Data;

namespace SegSharp;

/// <summary>One look at test cases.</summary>
/// <param name="When">UTC, to the second.</param>
/// <param name="Verb">"predict" or "evaluate".</param>
/// <param name="What">The model, or the predictions.</param>
/// <param name="DataSet">Whose test cases.</param>
/// <param name="Cases">How many.</param>
/// <param name="Digest">Of what was looked at: the same predictions again are no new look.</param>
public sealed record TestUseEntry(DateTimeOffset When, string Verb, string What, string DataSet, int Cases, string Digest);

/// <summary>
/// The log of looks at a data set's test cases, <c>test-use.json</c>. A test set answers one question once: whoever chooses by its answers
/// and asks again trains on it. The log lies in the data set, which every run shares; a run that predicted test cases has one too.
/// </summary>
public static class TestUse
{
    /// <summary>The log's name.</summary>
    public const string FileName = "test-use.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>The looks that a folder's log holds, oldest first; empty where there is none, or none that can be read.</summary>
    /// <param name="folder">A data set or a run.</param>
    public static IReadOnlyList<TestUseEntry> Read(string folder)
    {
        var file = Path.Combine(folder, FileName);
        try
        {
            return Parse(file);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static List<TestUseEntry> Parse(string file) =>
        File.Exists(file) ? JsonSerializer.Deserialize<List<TestUseEntry>>(File.ReadAllText(file), Json) ?? throw new JsonException("it holds null") : [];

    // Looks that cannot be read are not lost looks: the damaged log keeps its bytes under another name.
    private static void SetAside(string folder, Action<RunEvent> on)
    {
        var file = Path.Combine(folder, FileName);
        try
        {
            _ = Parse(file);
        }
        catch (JsonException e)
        {
            var aside = Enumerable.Range(1, int.MaxValue - 1).Select(i => Path.Combine(folder, i == 1 ? "test-use.damaged.json" : $"test-use.damaged-{i}.json")).First(f => !File.Exists(f));
            File.Move(file, aside);
            on(new Warned($"the log of looks at test cases '{file}' is damaged ({e.Message.TrimEnd('.')}), so earlier looks are not counted; it is kept as '{aside}'"));
        }
    }

    /// <summary>The data set whose test cases lie at a path: <c>imagesTs</c>, <c>labelsTs</c>, or a file in them.</summary>
    /// <returns>Its folder; null for anything else.</returns>
    public static string? DataSetOf(string path)
    {
        for (var here = Path.GetFullPath(path); here is not null; here = Path.GetDirectoryName(here))
        {
            if (Path.GetFileName(Path.TrimEndingDirectorySeparator(here)) is "imagesTs" or "labelsTs"
                && Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(here)) is { } set && File.Exists(Path.Combine(set, DataSetDescription.FileName)))
            {
                return set;
            }
        }

        return null;
    }

    /// <summary>Notes an evaluation; from the second look on it is said plainly.</summary>
    /// <param name="truth">Where the truth lay; nothing happens when these are no test cases.</param>
    /// <param name="result">What was evaluated.</param>
    /// <param name="names">The predictions as they were given.</param>
    /// <param name="on">Hears the warning.</param>
    /// <param name="clock">For the time stamp.</param>
    public static void Evaluated(string truth, EvaluationResult result, IReadOnlyList<string> names, Action<RunEvent> on, TimeProvider? clock = null)
    {
        if (DataSetOf(truth) is not { } set)
        {
            return;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in result.Pairs.SelectMany(p => p.Predictions).Select(p => p.Path).Distinct(StringComparer.Ordinal))
        {
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }

        Note([set], new(Now(clock), "evaluate", string.Join(", ", names), NameOf(set), result.Pairs.Count, Convert.ToHexString(hash.GetHashAndReset())), on);
    }

    /// <summary>Notes a prediction of test cases, in the data set and in the run.</summary>
    /// <param name="input">Where the images lay; nothing happens when these are no test cases.</param>
    /// <param name="models">The run's folder or the checkpoint; of an ensemble each.</param>
    /// <param name="cases">How many were predicted anew; nothing happens for none.</param>
    /// <param name="on">Hears the warning.</param>
    /// <param name="clock">For the time stamp.</param>
    public static void Predicted(string input, IReadOnlyList<string> models, int cases, Action<RunEvent> on, TimeProvider? clock = null)
    {
        if (cases == 0 || DataSetOf(input) is not { } set)
        {
            return;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in models.SelectMany(Predictor.FoldsOf).Select(m => new[] { m, Path.Combine(m, "checkpoint-best.pt"), Path.Combine(m, "checkpoint-last.pt") }.FirstOrDefault(File.Exists)).OfType<string>())
        {
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        }

        var entry = new TestUseEntry(Now(clock), "predict", string.Join(", ", models), NameOf(set), cases, Convert.ToHexString(hash.GetHashAndReset()));
        Note([set, .. models.Where(Directory.Exists)], entry, on);
    }

    private static void Note(IReadOnlyList<string> folders, TestUseEntry entry, Action<RunEvent> on)
    {
        var writable = folders.Where(folder =>
        {
            try
            {
                SetAside(folder, on);
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                on(new Warned($"this look at the test cases of '{entry.DataSet}' could not be noted: '{Path.Combine(folder, FileName)}': {e.Message.TrimEnd('.')}"));
                return false;
            }
        }).ToList();
        var before = Read(folders[0]);
        if (before.Any(b => b.Verb == entry.Verb && b.Digest == entry.Digest))
        {
            return;
        }

        // Predicting and then evaluating is one look; the second is another model or other masks.
        if (before.Where(b => b.Verb == entry.Verb).ToList() is { Count: > 0 } earlier)
        {
            on(new Warned(
                $"the test cases of '{entry.DataSet}' were used before: {earlier.Count} {(earlier.Count == 1 ? "time" : "times")} by {entry.Verb}, last on {earlier[^1].When.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} with '{earlier[^1].What}'. "
                + "A number that was chosen by looking at them is no longer a test: choose on validation cases, and report how often you looked"));
        }

        foreach (var folder in writable)
        {
            try
            {
                AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(Read(folder).Append(entry).ToList(), Json) + "\n");
            }
            catch (SegSharpException e)
            {
                on(new Warned($"this look at the test cases of '{entry.DataSet}' could not be noted: {e.Message}"));
            }
        }
    }

    private static DateTimeOffset Now(TimeProvider? clock) => DateTimeOffset.FromUnixTimeSeconds((clock ?? TimeProvider.System).GetUtcNow().ToUnixTimeSeconds());

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}

using System.Text.Json.Nodes;
using SegSharp.Data;
using SegSharp.Metrics;
using SegSharp.Training;

namespace SegSharp;

/// <summary>One training inside a run: the run itself, a fold of a cross-validation, or one of several seeds.</summary>
/// <param name="Name">Its place below the run: "fold_0", "seed_1/fold_0"; empty for the run itself.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Recipe">What was asked for.</param>
/// <param name="Made">Where, when and on what it was made.</param>
/// <param name="History">Its epochs so far.</param>
public sealed record RunPart(string Name, string Folder, Recipe Recipe, RunRecord Made, IReadOnlyList<EpochEnded> History)
{
    /// <summary>The validation masks that are there, file by case.</summary>
    public IReadOnlyDictionary<string, string> Masks()
    {
        var folder = Path.Combine(Folder, "validation");
        return !Directory.Exists(folder)
            ? new Dictionary<string, string>(StringComparer.Ordinal)
            : LabelSource.List(folder).Where(s => Made.Validation.Contains(s.Case, StringComparer.Ordinal)).ToDictionary(s => s.Case, s => s.Path, StringComparer.Ordinal);
    }
}

/// <summary>A run as it lies on the disk, read for a report; a cross-validation with all its folds.</summary>
/// <param name="Name">In tables: the folder's name, with its parent's where two are the same.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Parts">The trainings, one or more.</param>
public sealed record FinishedRun(string Name, string Folder, IReadOnlyList<RunPart> Parts)
{
    /// <summary>The first training: the whole run's recipe but for fold and seed.</summary>
    public RunPart First => Parts[0];

    /// <summary>Reads runs.</summary>
    /// <param name="folders">Each a run, or a folder with <c>fold_K</c> or <c>seed_S</c> below it.</param>
    /// <exception cref="InputException">No run there.</exception>
    public static IReadOnlyList<FinishedRun> Read(IReadOnlyList<string> folders)
    {
        string[] full = [.. folders.Select(f => Path.TrimEndingDirectorySeparator(Path.GetFullPath(f)))];
        return [.. full.Select((f, i) => new FinishedRun(NameOf(full, i), folders[i], PartsOf(folders[i])))];
    }

    /// <summary>The numbers of the epochs: of several trainings their mean, as long as all have them.</summary>
    /// <param name="of">Which number.</param>
    public IReadOnlyList<double?> Curve(Func<EpochEnded, double?> of)
    {
        var epochs = Parts.Max(p => p.History.Count);
        return
        [
            .. Enumerable.Range(0, epochs).Select(e =>
            {
                var values = Parts.Where(p => e < p.History.Count).Select(p => of(p.History[e])).ToList();
                return values.Count == Parts.Count && values.TrueForAll(v => v is not null) ? values.Average() : null;
            }),
        ];
    }

    private static List<RunPart> PartsOf(string folder)
    {
        var places = File.Exists(Path.Combine(folder, "recipe.json")) ? [""] : Below(folder, "").ToList();
        return places.Count == 0
            ? throw new InputException($"'{folder}' holds no run: there is no recipe.json, no fold_K and no seed_S", "give the folder that was --out of a training")
            : [.. places.Select(p => Part(p, Path.Combine(folder, p)))];
    }

    private static RunPart Part(string name, string folder) => new(name, folder, Run.ReadRecipe(folder), Run.ReadRecord(folder), Run.ReadHistory(folder));

    private static IEnumerable<string> Below(string folder, string place)
    {
        var here = Path.Combine(folder, place);
        var below = Directory.Exists(here) ? Directory.GetDirectories(here).Select(Path.GetFileName).OfType<string>() : [];
        foreach (var name in below.Where(n => n.StartsWith("fold_", StringComparison.Ordinal) || n.StartsWith("seed_", StringComparison.Ordinal)).OrderBy(n => n.Length).ThenBy(n => n, StringComparer.Ordinal))
        {
            var next = place.Length == 0 ? name : $"{place}/{name}";
            foreach (var found in File.Exists(Path.Combine(here, name, "recipe.json")) ? [next] : Below(folder, next))
            {
                yield return found;
            }
        }
    }

    private static string NameOf(string[] folders, int index)
    {
        var parts = folders[index].Split(Path.DirectorySeparatorChar);
        for (var depth = 1; depth < parts.Length; depth++)
        {
            var name = string.Join('/', parts[^depth..]);
            if (folders.Count(f => ("/" + f.Replace(Path.DirectorySeparatorChar, '/')).EndsWith("/" + name, StringComparison.Ordinal)) == 1)
            {
                return name;
            }
        }

        return folders[index];
    }
}

/// <summary>A key that differs between runs.</summary>
/// <param name="Key">"training.optimizer.learningRate", "libtorch".</param>
/// <param name="Values">One per run, as text; "–" where a run has none.</param>
/// <param name="IsRecipe">Whether it was asked for; else it belongs to the data, the program or the machine.</param>
public sealed record RunDifference(string Key, IReadOnlyList<string> Values, bool IsRecipe);

/// <summary>One test of two runs by one metric of one class.</summary>
/// <param name="First">The first run's place in the list.</param>
/// <param name="Second">The second run's.</param>
/// <param name="Region">Which class.</param>
/// <param name="Metric">By what.</param>
/// <param name="Test">Mean difference, pairs, probability, effect.</param>
/// <param name="Interval">95 % of the mean difference; null with fewer than three pairs.</param>
/// <param name="Corrected">The probability after Holm's correction for all tests by this metric; null where there is none.</param>
public sealed record RunTest(int First, int Second, string Region, Metric Metric, PairedTest Test, Interval? Interval, double? Corrected);

/// <summary>Several runs held against one another: scores case by case, tests, what changed, and what forbids a comparison.</summary>
public sealed class RunComparison
{
    private RunComparison(
        IReadOnlyList<FinishedRun> runs, EvaluationResult? evaluation, IReadOnlyList<IReadOnlyList<PartScores>> parts, IReadOnlyList<RunTest> tests,
        IReadOnlyList<RunDifference> differences, IReadOnlyList<string> warnings, IReadOnlyList<TestUseEntry> testUse) =>
        (Runs, Evaluation, Parts, Tests, Differences, Warnings, TestUse) = (runs, evaluation, parts, tests, differences, warnings, testUse);

    /// <summary>The runs.</summary>
    public IReadOnlyList<FinishedRun> Runs { get; }

    /// <summary>The validation cases that all runs have; null where there are none.</summary>
    public EvaluationResult? Evaluation { get; }

    /// <summary>Of every run the mean score of each training, for the spread between folds and seeds.</summary>
    public IReadOnlyList<IReadOnlyList<PartScores>> Parts { get; }

    /// <summary>Every two runs, class by class and metric by metric.</summary>
    public IReadOnlyList<RunTest> Tests { get; }

    /// <summary>What differs between the runs; empty for one.</summary>
    public IReadOnlyList<RunDifference> Differences { get; }

    /// <summary>What a reader must know before trusting a difference.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>When the test cases were looked at.</summary>
    public IReadOnlyList<TestUseEntry> TestUse { get; }

    /// <summary>The mean scores of one training.</summary>
    /// <param name="Name">"fold_0".</param>
    /// <param name="Means">[region][metric], over its cases.</param>
    public sealed record PartScores(string Name, IReadOnlyList<IReadOnlyList<double?>> Means);

    /// <summary>Compares runs.</summary>
    /// <param name="runs">One or more.</param>
    /// <param name="data">The data set; null = where the first run found it.</param>
    /// <param name="metrics">By what; null = Dice, IoU and the others that evaluate takes by default.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two cases.</param>
    /// <exception cref="InputException">The data set or a mask cannot be read.</exception>
    public static RunComparison Of(IReadOnlyList<FinishedRun> runs, string? data = null, IReadOnlyList<Metric>? metrics = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var warnings = Comparable(runs).ToList();
        var set = runs.Any(r => r.Parts.Any(p => p.Made.Validation.Count > 0)) ? Open(data ?? runs[0].First.Made.DataSet, warnings) : null;
        var measured = metrics ?? Metrics.Catalogue.Of([]);
        var (evaluation, parts) = set is null ? (null, []) : Evaluate(runs, set, measured, warnings, on, cancel);
        var tests = evaluation is null ? [] : TestAll(evaluation);
        var uses = runs.SelectMany(r => r.Parts.Select(p => p.Folder).Prepend(r.Folder)).Concat(set is null ? [] : [set.Folder])
            .Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).SelectMany(SegSharp.TestUse.Read).Distinct().OrderBy(u => u.When).ToList();
        return new RunComparison(runs, evaluation, parts, tests, DifferencesOf(runs), warnings, uses);
    }

    /// <summary>The mean score of a run, the mean over its cases of every case's mean over the trainings that held it out.</summary>
    /// <param name="run">Its place in the list.</param>
    /// <param name="region">Index into the regions.</param>
    /// <param name="metric">Index into the metrics.</param>
    public double? Mean(int run, int region, int metric) =>
        Evaluation?.Models[run].Scores.Mean(region, metric).Value;

    /// <summary>The standard deviation between the trainings of a run (n − 1); null for fewer than two.</summary>
    /// <inheritdoc cref="Mean"/>
    public double? Spread(int run, int region, int metric)
    {
        var values = Parts.Count == 0 ? [] : Parts[run].Select(p => p.Means[region][metric]).OfType<double>().ToList();
        return values.Count < 2 ? null : Math.Sqrt(values.Sum(v => Math.Pow(v - values.Average(), 2)) / (values.Count - 1));
    }

    private static DataSet? Open(string folder, List<string> warnings)
    {
        if (Directory.Exists(folder))
        {
            return DataSet.Open(folder);
        }

        warnings.Add($"the data set '{folder}' is not there, so there are no scores on the cases' own grids; name it with --data");
        return null;
    }

    private static (EvaluationResult? Result, IReadOnlyList<IReadOnlyList<PartScores>> Parts) Evaluate(
        IReadOnlyList<FinishedRun> runs, DataSet data, IReadOnlyList<Metric> metrics, List<string> warnings, Action<RunEvent>? on, CancellationToken cancel)
    {
        // Several trainings of a run may hold the same case out (seeds): it counts once, with its mean. Seeds make no new patients.
        var found = runs.Select(r => r.Parts
            .SelectMany(p => p.Masks().Select(m => (Case: m.Key, Mask: m.Value, Part: p.Name)))
            .GroupBy(m => m.Case, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.ToList(), StringComparer.Ordinal)).ToList();
        foreach (var (run, masks) in runs.Zip(found))
        {
            var (there, held) = (masks.Values.Sum(m => m.Count), run.Parts.Sum(p => p.Made.Validation.Count));
            if (there < held)
            {
                warnings.Add($"{run.Name}: {there} of {held} validation masks are there; segsharp train --resume {run.First.Folder} makes them");
            }
        }

        List<string> keys = [.. found[0].Keys.Where(k => found.TrueForAll(f => f.ContainsKey(k))).Order(StringComparer.Ordinal)];
        if (keys.Count == 0)
        {
            if (found.Exists(f => f.Count > 0))
            {
                warnings.Add("no validation case is common to all runs, so their scores cannot be compared case by case");
            }

            return (null, []);
        }

        var known = data.Cases.Select(c => c.Id).ToHashSet(StringComparer.Ordinal);
        if (keys.Find(k => !known.Contains(k)) is { } stranger)
        {
            throw new InputException($"data set '{data.Folder}' has no case '{stranger}', which the runs held out", "--data DIR: the data set that they were trained on");
        }

        warnings.AddRange(runs.SelectMany(r => r.Parts
            .Where(p => p.Made.ValidationLabels.Length > 0 && p.Made.Validation.All(known.Contains) && p.Made.ValidationLabels != Run.LabelsOf(data, p.Made.Validation))
            .Select(p => $"{r.Name}{(p.Name.Length == 0 ? "" : $", {p.Name}")}: the labels of its validation cases in '{data.Folder}' have changed since it was trained; the scores are against those of now")));
        var tables = runs.Select(_ => SegSharp.Evaluation.NewTable(data.Labels, metrics)).ToList();
        var single = runs.Select(_ => new List<(string Part, CaseScores Scores)>()).ToList();
        var pairs = new List<EvaluationPair>();
        foreach (var @case in keys)
        {
            cancel.ThrowIfCancellationRequested();
            var truth = new LabelSource(@case, data[@case].Label!, null);
            var map = truth.Read();
            for (var r = 0; r < runs.Count; r++)
            {
                var own = SegSharp.Evaluation.NewTable(data.Labels, metrics);
                foreach (var (_, mask, part) in found[r][@case])
                {
                    single[r].Add((part, own.Add(@case, new Comparison(new LabelSource(@case, mask, null).Read(), map, data.Labels.Ignore))));
                }

                tables[r].AddMean(@case, own.Cases);
            }

            pairs.Add(new(@case, truth, [.. found.Select(f => new LabelSource(@case, f[@case][0].Mask, null))], data[@case].Channels[0]));
            on?.Invoke(new Progressed("evaluate", pairs.Count, keys.Count, @case));
        }

        var parts = runs.Select((r, i) => (IReadOnlyList<PartScores>)
        [
            .. r.Parts.Select(p => p.Name).Distinct(StringComparer.Ordinal).Select(name =>
            {
                var cases = single[i].Where(s => s.Part == name).Select(s => s.Scores).ToList();
                return new PartScores(name, [.. tables[i].Regions.Select((_, region) => (IReadOnlyList<double?>)[.. metrics.Select((_, m) => cases.Select(c => c.Values[region][m]).Average())])]);
            }),
        ]).ToList();
        if (found.Exists(f => f.Values.Any(m => m.Count > 1)))
        {
            warnings.Add("several trainings of a run held the same cases out: every score of a case is the mean over them, the pictures show the first one's mask");
        }

        return (new EvaluationResult([.. runs.Select((r, i) => new NamedScores(r.Name, tables[i]))], data.Labels, [], pairs), parts);
    }

    private static List<double?> PerCase(Scores scores, int region, int metric) => [.. scores.Cases.Select(c => c.Values[region][metric])];

    private static List<RunTest> TestAll(EvaluationResult result)
    {
        var tests = new List<RunTest>();
        var first = result.Models[0].Scores;
        for (var m = 0; m < first.Metrics.Count; m++)
        {
            var ofMetric = new List<RunTest>();
            for (var a = 0; a < result.Models.Count; a++)
            {
                for (var b = a + 1; b < result.Models.Count; b++)
                {
                    for (var r = 0; r < first.Regions.Count; r++)
                    {
                        var (x, y) = (PerCase(result.Models[a].Scores, r, m), PerCase(result.Models[b].Scores, r, m));
                        var differences = x.Zip(y).Where(p => p is { First: not null, Second: not null }).Select(p => p.First!.Value - p.Second!.Value).ToList();
                        var random = new RandomStream(0).Derive("difference").Derive(first.Regions[r].Name).Derive(first.Metrics[m].Key);
                        ofMetric.Add(new(a, b, first.Regions[r].Name, first.Metrics[m], PairedTest.Of(x, y), Bootstrap.OfMean(differences, random), null));
                    }
                }
            }

            var corrected = PairedTest.Holm([.. ofMetric.Select(t => t.Test.P)]);
            tests.AddRange(ofMetric.Select((t, i) => t with { Corrected = corrected[i] }));
        }

        return tests;
    }

    private static IEnumerable<string> Comparable(IReadOnlyList<FinishedRun> runs)
    {
        foreach (var part in runs.SelectMany(r => r.Parts.Select(p => (Run: r, Part: p))).Where(p => p.Part.Made.Finished is null))
        {
            yield return $"{part.Run.Name}{(part.Part.Name.Length > 0 ? $", {part.Part.Name}" : "")} is not finished: {part.Part.History.Count} of {part.Part.Recipe.Training.Epochs} epochs";
        }

        static string Set(FinishedRun r, Func<RunPart, IEnumerable<string>> of) => string.Join('\n', r.Parts.SelectMany(of).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        foreach (var other in runs.Skip(1))
        {
            if (Set(other, p => p.Made.Validation) != Set(runs[0], p => p.Made.Validation))
            {
                var (ours, theirs) = (runs[0].Parts.SelectMany(p => p.Made.Validation).ToHashSet(StringComparer.Ordinal), other.Parts.SelectMany(p => p.Made.Validation).ToHashSet(StringComparer.Ordinal));
                yield return $"{other.Name} held out other cases than {runs[0].Name}: {theirs.Intersect(ours, StringComparer.Ordinal).Count()} in common, {ours.Except(theirs, StringComparer.Ordinal).Count()} and {theirs.Except(ours, StringComparer.Ordinal).Count()} alone; only the common ones are compared";
            }
            else if (Set(other, p => p.Made.Training) != Set(runs[0], p => p.Made.Training))
            {
                yield return $"{other.Name} learnt from other cases than {runs[0].Name}";
            }

            if (Set(other, p => [p.Made.ValidationGrid]) != Set(runs[0], p => [p.Made.ValidationGrid]))
            {
                yield return $"{other.Name} was validated at {other.First.Made.ValidationGrid}, {runs[0].Name} at {runs[0].First.Made.ValidationGrid}: the curves of Dice are not on one scale; the tables are, they use the cases' own grids";
            }

            var samePreparation = OptionsJson.Write(other.First.Recipe.Preparation).ToJsonString() == OptionsJson.Write(runs[0].First.Recipe.Preparation).ToJsonString();
            if (samePreparation && Set(other, p => p.Made.Validation) == Set(runs[0], p => p.Made.Validation) && Set(other, p => [p.Made.ValidationDigest]) != Set(runs[0], p => [p.Made.ValidationDigest]))
            {
                yield return $"{other.Name} and {runs[0].Name} name the same cases, but their prepared samples differ: the data have changed between them";
            }

            if (!other.First.Recipe.Labels.OrderBy(l => l.Value).SequenceEqual(runs[0].First.Recipe.Labels.OrderBy(l => l.Value)))
            {
                yield return $"{other.Name} has the labels {string.Join(", ", other.First.Recipe.Labels.Keys)}, {runs[0].Name} {string.Join(", ", runs[0].First.Recipe.Labels.Keys)}";
            }
        }

        if (runs.Select(r => OptionsJson.Write(r.First.Recipe.Loss).ToJsonString()).Distinct(StringComparer.Ordinal).Count() > 1)
        {
            yield return "the runs have different losses, so the curves of the loss are not on one scale";
        }
    }

    private static List<RunDifference> DifferencesOf(IReadOnlyList<FinishedRun> runs)
    {
        if (runs.Count < 2)
        {
            return [];
        }

        var recipes = runs.Select(r => Flat(OptionsJson.Write(r.First.Recipe))).ToList();
        var made = runs.Select(Facts).ToList();
        return
        [
            .. recipes.SelectMany(r => r.Keys).Distinct(StringComparer.Ordinal).Where(k => !(k == "validation" && runs[0].Parts.Count > 1))
                .Select(k => new RunDifference(k, [.. recipes.Select(r => r.GetValueOrDefault(k, "–"))], IsRecipe: true))
                .Concat(made[0].Keys.Select(k => new RunDifference(k, [.. made.Select(m => m[k])], IsRecipe: false)))
                .Where(d => d.Values.Distinct(StringComparer.Ordinal).Count() > 1),
        ];
    }

    private static Dictionary<string, string> Facts(FinishedRun run)
    {
        var made = run.First.Made;
        return new(StringComparer.Ordinal)
        {
            ["trainings"] = run.Parts.Count == 1 ? "1" : $"{run.Parts.Count}: {string.Join(", ", run.Parts.Select(p => p.Name))}",
            ["data set"] = Path.GetFileName(Path.TrimEndingDirectorySeparator(made.DataSet)),
            ["training samples"] = Short(made.TrainingDigest),
            ["validation samples"] = Short(made.ValidationDigest),
            ["training cases"] = $"{made.Training.Count}",
            ["validation cases"] = $"{run.Parts.Sum(p => p.Made.Validation.Count)}",
            ["trained on"] = made.Grid,
            ["validated at"] = made.ValidationGrid,
            ["parameters"] = $"{made.Parameters:N0}",
            ["began with"] = made.Pretrained is { } w ? $"{Path.GetFileName(w.File)} {Short(w.Digest)}" : "fresh weights",
            ["SegSharp"] = made.SegSharp,
            [".NET"] = made.DotNet,
            ["libtorch"] = made.LibTorch is { ValueKind: System.Text.Json.JsonValueKind.Object } about && about.TryGetProperty("libtorch", out var v) ? v.ToString() : "?",
            ["machine"] = made.Machine,
            ["threads"] = $"{made.Threads}",
            ["device"] = made.Device,
            ["seconds"] = $"{run.Parts.Sum(p => p.Made.Seconds):F1}",
            ["peak memory"] = $"{run.Parts.Max(p => p.Made.PeakBytes) / 1048576.0:F0} MiB",
            ["resumes"] = $"{run.Parts.Sum(p => p.Made.Resumes)}",
        };
    }

    private static string Short(string digest) => digest.Length > 12 ? digest[..12] : digest.Length == 0 ? "–" : digest;

    private static SortedDictionary<string, string> Flat(JsonNode? node)
    {
        var flat = new SortedDictionary<string, string>(StringComparer.Ordinal);
        void Walk(JsonNode? here, string path)
        {
            if (here is JsonObject o && o.Count > 0)
            {
                foreach (var (key, value) in o)
                {
                    Walk(value, path.Length == 0 ? key : $"{path}.{key}");
                }
            }
            else if (here is JsonArray list && list.Any(i => i is JsonObject { } item && item.ContainsKey("name")))
            {
                foreach (var item in list)
                {
                    Walk(item is JsonObject named ? new JsonObject(named.Where(p => p.Key != "name").Select(p => KeyValuePair.Create(p.Key, p.Value?.DeepClone()))) : null, $"{path}.{(string?)item?["name"]}");
                }
            }
            else
            {
                flat[path] = here is JsonValue v && v.GetValueKind() == System.Text.Json.JsonValueKind.String ? v.GetValue<string>() : here?.ToJsonString() ?? "none";
            }
        }

        Walk(node, "");
        return flat;
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Training;

namespace SegSharp.Figures.Lessons;

/// <summary>Looks at what a student's commands have written.</summary>
internal static class RunLessons
{
    /// <summary>The report of a comparison.</summary>
    public static IEnumerable<Verdict> Report(string folder)
    {
        var path = Path.Combine(folder, "report.html");
        yield return Verdict.That(File.Exists(path), "a report", File.Exists(path) ? path : $"no report.html in '{folder}': evaluate … --report {folder}");
        if (!File.Exists(path))
        {
            yield break;
        }

        var text = File.ReadAllText(path);
        foreach (var score in new[] { "F1", "precision", "recall", "HD" })
        {
            yield return Verdict.That(text.Contains(score, StringComparison.OrdinalIgnoreCase), $"a column {score}", text.Contains(score, StringComparison.OrdinalIgnoreCase) ? "found" : "missing: --metrics f1,precision,recall,hd");
        }

        yield return Verdict.That(text.Contains("data:image/png", StringComparison.Ordinal) || text.Contains("<image", StringComparison.Ordinal), "pictures of examples", "in the report");
    }

    /// <summary>Lists of patients that share nobody.</summary>
    public static IEnumerable<Verdict> Splits(string folder)
    {
        var data = DataSet.Open(folder);
        var splits = data.StoredSplits() ?? [];
        yield return Verdict.That(splits.Count > 0, "a split", splits.Count > 0 ? $"{splits[0].Training.Count} train, {splits[0].Validation.Count} validate, {data.TestCases.Count} test" : "there is no splits_final.json: data split");
        var leaks = LeakCheck.Find(data, splits);
        yield return Verdict.That(leaks.Count == 0, "no patient on both sides", leaks.Count == 0 ? "nobody" : leaks[0].Describe());
    }

    /// <summary>A run whose training loss falls from epoch to epoch.</summary>
    public static IEnumerable<Verdict> Falls(string run)
    {
        var history = History(run);
        yield return Verdict.That(history.Count >= 5, "five epochs or more", $"{history.Count} epochs");
        var first = history.Take(5).Select(e => e.TrainingLoss).ToList();
        yield return Verdict.That(first.Zip(first.Skip(1)).All(p => p.Second < p.First), "the loss falls in each of the first five epochs", string.Join(", ", first.Select(l => $"{l:0.###}")));
        if (SegSharp.Run.ReadRecipe(run) is { Loss: Losses.CrossEntropyOptions })
        {
            var even = Math.Log(Math.Max(2, SegSharp.Run.ReadRecipe(run).Network.Classes));
            yield return Verdict.That(history[^1].TrainingLoss < even, $"below {even:0.###}, the loss of equal classes", $"{history[^1].TrainingLoss:0.###} at the end");
        }

        var events = Directory.GetFiles(run, "events.out.tfevents.*");
        yield return Verdict.That(events.Length > 0, "events for TensorBoard", events.Length > 0 ? Path.GetFileName(events[0]) : "none in the folder");
    }

    /// <summary>A run that was augmented.</summary>
    public static IEnumerable<Verdict> Augmented(string run)
    {
        var recipe = SegSharp.Run.ReadRecipe(run);
        var json = OptionsJson.Write(recipe)["augmentation"]?.ToJsonString() ?? "[]";
        yield return Verdict.That(recipe.Augmentation.Count > 0, "the recipe asks for augmentation", json.Length > 80 ? json[..80] + "…" : json);
        foreach (var verdict in Falls(run))
        {
            yield return verdict;
        }
    }

    /// <summary>A run on the course's membranes: better than what needs no look at the picture.</summary>
    public static IEnumerable<Verdict> Trained(string run)
    {
        var (history, recipe) = (History(run), SegSharp.Run.ReadRecipe(run));
        yield return Verdict.That(history.Count > 0, "epochs", $"{history.Count}");
        yield return Verdict.That(recipe.Loss is Losses.BinaryCrossEntropyOptions, "the loss is binary cross-entropy", recipe.Loss.GetType().Name.Replace("Options", "", StringComparison.Ordinal));
        if (recipe.Loss is not Losses.BinaryCrossEntropyOptions bce || history.Count == 0)
        {
            yield break;
        }

        var (best, _) = Facts.BestConstant(0.2238, bce.PositiveWeight);
        var reached = history.Min(e => e.TrainingLoss);
        yield return Verdict.That(reached < best, $"the training loss falls below {best:0.###}, the best single answer for every pixel", $"{reached:0.###}");
        var dice = history.Max(e => e.MeanDice ?? 0);
        yield return Verdict.That(dice > 0.366, "the validation Dice beats foreground everywhere (0.366)", $"{dice:0.###}");
    }

    /// <summary>A run that is better than the one beside it.</summary>
    public static IEnumerable<Verdict> Better(string run)
    {
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(Path.TrimEndingDirectorySeparator(run)))!, "brats-run");
        if (!Directory.Exists(beside))
        {
            throw new InputException($"there is no run to beat at '{beside}'", "do T4-EX7 first: segsharp lesson show T4-EX7");
        }

        var (mine, theirs) = (History(run).Max(e => e.MeanDice ?? 0), History(beside).Max(e => e.MeanDice ?? 0));
        yield return Verdict.That(mine > theirs, "validation Dice", $"{mine:0.####}, the run to beat has {theirs:0.####}");
    }

    /// <summary>A mask of BraTS on the scan's own grid.</summary>
    public static IEnumerable<Verdict> Mask(string path)
    {
        var mask = LabelMap.Read(path);
        yield return Verdict.That(mask.Extent is { Width: 240, Height: 240, Depth: 155 }, "size", mask.Extent.ToString());
        var labels = mask.Histogram().Select(l => (int)l.Label).ToList();
        yield return Verdict.That(labels.All(l => l is 0 or 1 or 2 or 4), "labels are 0, 1, 2 and 4", string.Join(", ", labels));
        var place = mask.Geometry;
        yield return Verdict.That(place.Spacing != Triple.Zero && place.Origin != Triple.Zero, "the grid has a place in the world", $"spacing {place.Spacing}, origin {place.Origin}");
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var name = Path.GetFileName(path).Split('.')[0];
        var scan = new[] { Path.Combine(folder, name + "_0000.nii.gz"), Path.Combine(Path.GetDirectoryName(folder) ?? folder, "brats", "imagesTr", name + "_0000.nii.gz") }.FirstOrDefault(File.Exists);
        if (scan is not null)
        {
            var match = Volume.Read(scan).Geometry.Match(place);
            yield return Verdict.That(match == GridMatch.Same, "the scan's own grid", match.ToString());
        }
    }

    private static IReadOnlyList<EpochEnded> History(string run) => SegSharp.Run.ReadHistory(run);
}

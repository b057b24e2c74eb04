using System.CommandLine;
using System.Globalization;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Plots;
using SegSharp.Figures.Reports;
using SegSharp.Foundation;
using SegSharp.Metrics;

namespace SegSharp.Cli.Verbs;

internal static class EvaluateVerb
{
    private const int FewRows = 60;
    private const int Wide = 100;

    public static Command Create()
    {
        var paths = new Argument<string[]>("PREDICTIONS TRUTH")
        {
            Description = "one or more folders, files or stacks of predictions, and at last the truth",
            Arity = new ArgumentArity(2, 100),
        };
        var metrics = new Option<string?>("--metrics") { Description = $"a list of {string.Join(", ", Metrics.Catalogue.Metrics.Names)} or hdNN (default: {string.Join(",", Metrics.Catalogue.Default)})", HelpName = "NAMES" };
        var convention = new Option<SurfaceConvention>("--convention") { Description = "what surface distances are: monai (voxel edges), deepmind (surface elements by area) or medpy (percentile of both directions joined)", HelpName = "NAME" };
        var tolerance = new Option<string>("--tolerance") { Description = "surface-dice counts what lies this near; several give several columns", HelpName = "MM", DefaultValueFactory = _ => "1mm" };
        var roi = new Option<string?>("--roi") { Description = "masks named as the cases: only voxels inside count", HelpName = "DIR" };
        var regions = new Option<string?>("--regions") { Description = "score unions of labels, which may overlap: WT=1+2+3+4,TC=1+3+4,ET=4", HelpName = "REGIONS" };
        var lesions = new Option<string?>("--lesions") { Description = $"count and score lesion by lesion, as a challenge does: {string.Join(", ", LesionRules.All.Select(r => r.Name))}", HelpName = "RULES" };
        var summary = new Option<string?>("--summary") { Description = "write nnU-Net's summary.json of the first predictions", HelpName = "FILE" };
        var labels = new Option<string?>("--labels") { Description = "labels to score, such as 1=membrane (default: those of the truth's data set)", HelpName = "LABELS" };
        var empty = new Option<EmptyRule>("--empty") { Description = "what a class scores that is empty in prediction and truth: undefined (not counted), one or zero", HelpName = "RULE" };
        var images = new Option<string?>("--images") { Description = "folder with the images, for the report's pictures (default: beside the truth)", HelpName = "DIR" };
        var cases = new Option<string?>("--cases") { Description = $"score some of the truth's cases only: {Validation.Forms}", HelpName = "RULE" };
        var report = new Option<string?>("--report") { Description = "write report.html into this folder", HelpName = "DIR" };
        var ceiling = new Option<string?>("--ceiling") { Description = "beside every Dice the best one that the preparation of this run or recipe allows", HelpName = "RUN|RECIPE" };
        var bySize = new Option<string?>("--by-size") { Description = "recall of the truth's objects by their size: where size classes begin, in pixels or voxels (20,100); an object is found when at least half of it is", HelpName = "SIZES" };
        var sizePlot = new Option<string?>("--size-plot") { Description = "draw that recall there: .png, .svg or .pdf", HelpName = "FIG" };
        var instances = new Option<bool>("--instances") { Description = "score objects instead of pixels: AP over IoU 0.5 to 0.95, F1, panoptic quality, counts; masks fall into their parts" };
        var search = new Option<string?>("--search-threshold") { Description = "from probabilities beside the first predictions: the threshold of every class with the best mean Dice of the images, into this file, which predict --threshold takes (RUN/thresholds.json is found by --threshold auto); the curve lies beside it as .png", HelpName = "FILE.json" };
        var calibration = new Option<string?>("--calibration") { Description = "from probabilities: whether they mean what they say (ECE, Brier, log loss, temperature), and the reliability diagram as .png, .svg or .pdf", HelpName = "FILE", Arity = ArgumentArity.ZeroOrOne };
        var verb = new Command("evaluate", "every metric per image, per class and pooled; two or more predictions side by side")
        {
            paths, metrics, convention, tolerance, labels, regions, roi, lesions, empty, images, cases, summary, report, ceiling, bySize, sizePlot, instances, search, calibration,
        };

        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var all = args.GetRequiredValue(paths);
            if (args.GetValue(instances))
            {
                if (verb.Options.FirstOrDefault(o => o != instances && o != cases && o != empty && o != convention && o != tolerance && args.GetResult(o) is { Implicit: false }) is { } other)
                {
                    throw new UsageException($"{other.Name} does not go with --instances", "leave one of the two out");
                }

                EvaluateInstances.Show(context, all, args.GetValue(cases) is { } some ? Validation.Parse(some, context.Seed) : null);
                return;
            }

            var sizes = args.GetValue(bySize) is { } edges ? SizeRecall.ParseEdges(edges) : null;
            var plot = args.GetValue(sizePlot);
            if (plot is not null)
            {
                Figure.CheckName(plot);
                _ = sizes ?? throw new UsageException("--size-plot draws what --by-size counts", "--by-size 20,100");
            }

            var rule = args.GetValue(empty);
            var result = Evaluation.OfFolders(all[..^1], all[^1], new EvaluationOptions
            {
                Metrics = Metrics.Catalogue.Of(
                    args.GetValue(metrics)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
                    new MetricOptions { Empty = rule, Convention = args.GetValue(convention), Tolerances = Tolerances(args.GetRequiredValue(tolerance)) }),
                Regions = args.GetValue(regions) is { } unions ? Region.Parse(unions) : null,
                Within = args.GetValue(roi),
                Lesions = args.GetValue(lesions) is { } name
                    ? LesionRules.All.FirstOrDefault(r => r.Name == name) ?? throw UsageException.Unknown("lesion rules", name, LesionRules.All.Select(r => r.Name))
                    : null,
                Labels = args.GetValue(labels) is { } text ? LabelList.Parse(text) : null,
                Images = args.GetValue(images),
                Empty = rule,
                Cases = args.GetValue(cases) is { } which ? Validation.Parse(which, context.Seed) : null,
            }, context.On, context.Cancel);
            TestUse.Evaluated(all[^1], result, all[..^1], context.On);
            string? file = null;
            if (args.GetValue(report) is { } folder)
            {
                file = Path.Combine(folder, "report.html");
                Report.Write(file, EvaluationReport.Of(result, rule));
            }

            if (args.GetValue(summary) is { } path)
            {
                NnUnetSummary.Write(path, result.Models[0].Scores, [.. result.Pairs.Select(p => (Path.GetFileName(p.Predictions[0].Path), Path.GetFileName(p.Truth.Path)))]);
            }

            var document = ToDocument(result, rule, file);
            if (args.GetValue(search) is { } chosen)
            {
                ProbabilityTables.SearchThresholds(document, result, chosen, context.Overwrite);
            }

            if (args.GetResult(calibration) is not null)
            {
                ProbabilityTables.Calibrate(document, result, args.GetValue(calibration), context.Overwrite);
            }

            if (args.GetValue(ceiling) is { } behind)
            {
                document.With("ceiling", Ceilings(result, Ceiling.PreparationOf(behind)), "Dice, and the ceiling: the truth itself, brought to the network's grid and back");
            }

            if (sizes is not null)
            {
                var found = RecallBySize.Of(result, sizes);
                document.With("bySize", BySize(found), "objects of the truth by size, all images together: found = at least half of it predicted");
                if (plot is not null)
                {
                    RecallBySize.Draw(found).Write(plot);
                    document.With("sizePlot", "figure", plot);
                }
            }

            context.Show(document);
        }));
        return verb;
    }

    private static Document ToDocument(EvaluationResult result, EmptyRule rule, string? report)
    {
        var scores = result.Models[0].Scores;
        Column[] columns = [.. scores.Metrics.Select(m => new Column(m.Key, m.Name, "0.0000"))];
        var summary = new Table([new("model", "model"), new("class", "class"), new("summary", "summary"), new("images", "images"), new("grid", "grid"), .. columns]);
        var perImage = new Table([new("model", "model"), new("image", "image"), new("class", "class"), new("grid", "grid"), .. columns]);
        foreach (var model in result.Models)
        {
            var s = model.Scores;
            for (var r = 0; r < s.Regions.Count; r++)
            {
                var name = s.Regions[r].Name;
                foreach (var c in s.Cases)
                {
                    perImage.Add([model.Name, c.Case, name, $"{c.Grid}", .. c.Values[r].Select(v => (object?)v)]);
                }

                summary.Add([model.Name, name, "mean of images", s.Counted(r), s.Grid, .. s.Metrics.Select((_, m) => (object?)s.Mean(r, m).Value)]);
                summary.Add([model.Name, name, "pooled", s.Cases.Count, s.Grid, .. s.Metrics.Select((_, m) => (object?)s.Pooled(r, m))]);
            }
        }

        var document = new Document();
        if (perImage.Count <= FewRows)
        {
            ShowCases(document, result);
        }
        else
        {
            document.WithText($"{perImage.Count} rows image by image: --json or --report DIR");
        }

        document.WithData("cases", perImage.ToJson())
            .WithData("summary", summary.ToJson())
            .With("scores", Means(result), $"means over images, empty masks: {rule.ToString().ToLowerInvariant()}");
        if (result.Models.Count > 1)
        {
            document.With("comparison", Compared(result), $"{result.Models[0].Name} against the others");
        }

        if (scores.LesionRules is not null)
        {
            document.With("lesions", Lesions(result), "lesion by lesion");
        }

        if (result.Models.Any(m => m.Ranked.Count > 0))
        {
            document.With("curves", Curves(result), "probabilities, all voxels pooled, in steps of 1/65535");
        }

        if (result.Models.Any(m => m.Partitions.Any(p => p.Count > 0)))
        {
            document.With("partitions", Partitions(result), "cells between borders, mean over images; the challenge ranks by the best threshold");
        }

        document.WithText(string.Join("\n", Evaluation.Explain(result, rule)))
            .WithData("emptyRule", rule.ToString().ToLowerInvariant())
            .WithData("convention", scores.Metrics.OfType<SurfaceMetric>().FirstOrDefault()?.Convention.Text())
            .WithData("notes", JsonText.Of(Evaluation.Notes(result)));
        return report is null ? document : document.With("report", "report", report);
    }

    private static Table BySize(IReadOnlyList<RecallBySize> found)
    {
        var table = new Table(new("model", "model"), new("class", "class"), new("size", "size"), new("objects", "objects"), new("found", "found"), new("recall", "recall", "0.0000"), new("covered", "covered", "0.0000"));
        foreach (var row in found.SelectMany(f => f.Sizes.Select(s => (f.Model, f.Class, Size: s))))
        {
            table.Add(row.Model, row.Class, row.Size.Range, row.Size.Objects, row.Size.Found, row.Size.Recall, row.Size.Covered);
        }

        return table;
    }

    private static Table Ceilings(EvaluationResult result, PreparationOptions preparation)
    {
        var table = new Table([new("image", "image"), new("class", "class"), .. result.Models.Select(m => new Column(m.Name, result.Models.Count == 1 ? "Dice" : m.Name, "0.0000")), new("ceiling", "ceiling", "0.0000")]);
        var regions = result.Models[0].Scores.Regions;
        var ceilings = Ceiling.Of(result.Pairs, preparation, regions);
        for (var r = 0; r < regions.Count; r++)
        {
            for (var i = 0; i < ceilings.Count; i++)
            {
                table.Add([result.Pairs[i].Case, regions[r].Name, .. result.Models.Select(m => (object?)DiceOf(m.Scores.Cases[i].Counts[r])), ceilings[i][r].Dice]);
            }

            table.Add(["mean", regions[r].Name, .. result.Models.Select(m => Mean(m.Scores.Cases.Select(c => DiceOf(c.Counts[r])))), Mean(ceilings.Select(c => c[r].Dice))]);
        }

        return table;

        // Undefined where both are empty, so that it means the same as the ceiling's.
        static double? DiceOf(ConfusionCounts c) => c.Predicted + c.Truth == 0 ? null : 2.0 * c.TruePositives / (c.Predicted + c.Truth);

        static object? Mean(IEnumerable<double?> values) => values.OfType<double>().ToList() is { Count: > 0 } defined ? defined.Average() : null;
    }

    private static double[] Tolerances(string text) =>
    [
        .. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(part =>
            double.TryParse(part.EndsWith("mm", StringComparison.Ordinal) ? part[..^2] : part, NumberStyles.Float, CultureInfo.InvariantCulture, out var mm) && mm >= 0 && double.IsFinite(mm)
                ? mm
                : throw new UsageException($"tolerance '{part}' is not a distance of 0 mm or more", "--tolerance 1mm,2mm")),
    ];

    // As many columns beside one another as fit into the width of a page.
    private static void ShowCases(Document document, EvaluationResult result)
    {
        var scores = result.Models[0].Scores;
        string[][] names = [.. result.Models.SelectMany(m => m.Scores.Regions.SelectMany(r => m.Scores.Cases.Select(c => (string[])[m.Name, c.Case, r.Name])))];
        int[] heads = [.. Enumerable.Range(result.Models.Count == 1 ? 1 : 0, result.Models.Count == 1 ? 2 : 3)];
        var room = Wide - heads.Sum(h => names.Select(n => n[h].Length).Append(6).Max() + 2);
        for (var (from, to) = (0, 0); from < scores.Metrics.Count; from = to)
        {
            for (var left = room; to < scores.Metrics.Count && (to == from || left >= Width(scores.Metrics[to])); to++)
            {
                left -= Width(scores.Metrics[to]);
            }

            var shown = Enumerable.Range(from, to - from).ToList();
            Column[] columns = [.. heads.Select(h => new Column($"{h}", new[] { "model", "image", "class" }[h])), .. shown.Select(m => new Column(scores.Metrics[m].Key, Title(scores.Metrics[m]), "0.0000"))];
            var table = new Table(columns);
            foreach (var model in result.Models)
            {
                for (var r = 0; r < model.Scores.Regions.Count; r++)
                {
                    foreach (var c in model.Scores.Cases)
                    {
                        string[] row = [model.Name, c.Case, model.Scores.Regions[r].Name];
                        table.Add([.. heads.Select(h => (object?)row[h]), .. shown.Select(m => (object?)c.Values[r][m])]);
                    }
                }
            }

            document.WithView(table);
        }

        static int Width(Metric metric) => Math.Max(Title(metric).Length, 8) + 2;
    }

    private static string Title(Metric metric) => metric.Unit is { } unit ? $"{metric.Name} {unit}" : metric.Name;

    private static string Full(Metric metric) => metric is SurfaceMetric surface ? $"{Title(metric)}, {surface.Convention.Text()}" : Title(metric);

    private static Table Means(EvaluationResult result)
    {
        var table = new Table(
            [.. ModelColumn(result), new("class", "class"), new("metric", "metric"), new("mean", "mean", "0.0000"), new("interval", "95 % interval", "0.0000"), new("pooled", "pooled", "0.0000"),
            new("counted", "images"), new("images", "of"), new("missed", "missed"), new("spurious", "spurious")]);
        foreach (var model in result.Models)
        {
            var s = model.Scores;
            object?[] head = result.Models.Count > 1 ? [model.Name] : [];
            for (var r = 0; r < s.Regions.Count; r++)
            {
                for (var m = 0; m < s.Metrics.Count; m++)
                {
                    var (mean, interval) = (s.Mean(r, m), s.Interval(r, m));
                    table.Add([.. head, s.Regions[r].Name, Full(s.Metrics[m]), mean.Value, interval is { } i ? new List<object?> { i.Low, i.High } : null, s.Pooled(r, m), mean.Counted, mean.Images, s.Missed(r), s.Spurious(r)]);
                }
            }

            if (s.Regions.Count > 1)
            {
                var all = s.Cases.Select(c => c.GeneralisedDice).OfType<double>().ToList();
                table.Add([.. head, "all", "Generalised Dice", all.Count == 0 ? null : all.Average(), null, null, all.Count, s.Cases.Count, null, null]);
            }
        }

        return table;
    }

    private static IEnumerable<Column> ModelColumn(EvaluationResult result) => result.Models.Count > 1 ? [new Column("model", "model")] : [];

    private static Table Compared(EvaluationResult result)
    {
        var table = new Table(
            new("against", "against"), new("class", "class"), new("metric", "metric"), new("difference", "difference", "0.0000"), new("p", "p", "0.0000"),
            new("effect", "effect", "0.00"), new("pairs", "pairs"), new("leftOut", "left out"));
        var first = result.Models[0].Scores;
        foreach (var other in result.Models.Skip(1))
        {
            for (var r = 0; r < first.Regions.Count; r++)
            {
                for (var m = 0; m < first.Metrics.Count; m++)
                {
                    var test = first.Against(other.Scores, r, m);
                    table.Add(other.Name, first.Regions[r].Name, Full(first.Metrics[m]), test.Difference, test.P, test.Effect, test.Pairs, test.LeftOut);
                }
            }
        }

        return table;
    }

    private static Table Lesions(EvaluationResult result)
    {
        var table = new Table(
            new("model", "model"), new("class", "class"), new("true", "true"), new("found", "found"), new("missed", "missed"), new("spurious", "spurious"),
            new("recall", "recall", "0.000"), new("precision", "precision", "0.000"), new("f1", "F1", "0.000"), new("dice", "Dice", "0.0000"), new("hd95", "HD95 mm", "0.00"));
        foreach (var model in result.Models)
        {
            for (var r = 0; r < model.Scores.Regions.Count; r++)
            {
                var all = model.Scores.Cases.Select(c => c.Lesions[r]).ToList();
                var (truth, found, spurious) = (all.Sum(l => l.True), all.Sum(l => l.Found), all.Sum(l => l.Spurious));
                table.Add(
                    model.Name, model.Scores.Regions[r].Name, truth, found, truth - found, spurious,
                    truth == 0 ? null : (double)found / truth, found + spurious == 0 ? null : (double)found / (found + spurious),
                    truth + spurious == 0 ? null : 2.0 * found / (truth + found + spurious),
                    all.Average(l => l.Dice), all.Average(l => l.Hausdorff95));
            }
        }

        return table;
    }

    private static Table Curves(EvaluationResult result)
    {
        var table = new Table(
            new("model", "model"), new("class", "class"), new("auc", "ROC AUC", "0.0000"), new("partialAuc", "AUC to FPR 0.1", "0.0000"), new("averagePrecision", "average precision", "0.0000"));
        foreach (var model in result.Models)
        {
            foreach (var (region, ranked) in model.Scores.Regions.Zip(model.Ranked))
            {
                var roc = RocCurve.Of(ranked);
                table.Add(model.Name, region.Name, roc?.Area, roc?.PartialArea(0.1), PrecisionRecallCurve.Of(ranked)?.AveragePrecision);
            }
        }

        return table;
    }

    private static Table Partitions(EvaluationResult result)
    {
        var table = new Table(new("model", "model"), new("class", "border"), new("threshold", "threshold", "0.0"), new("vrand", "V_rand", "0.0000"), new("vinfo", "V_info", "0.0000"));
        foreach (var model in result.Models)
        {
            foreach (var (region, curve) in model.Scores.Regions.Zip(model.Partitions).Where(p => p.Second.Count > 0))
            {
                for (var t = 0; t < PartitionCurve.Thresholds.Count; t++)
                {
                    table.Add(model.Name, region.Name, PartitionCurve.Thresholds[t], curve.Rand[t], curve.Information[t]);
                }
            }
        }

        return table;
    }
}

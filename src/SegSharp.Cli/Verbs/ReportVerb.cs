using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Figures.Reports;
using SegSharp.Metrics;

namespace SegSharp.Cli.Verbs;

internal static class ReportVerb
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "folders of trainings; one with fold_K or seed_S below it is taken together", Arity = new ArgumentArity(1, 20) };
        var output = new Option<string?>("--out") { Description = "folder for report.html and its figures (default: the run's own; of several 'report' beside the first)", HelpName = "DIR" };
        var data = new Option<string?>("--data") { Description = "the data set, when it no longer lies where it did", HelpName = "DIR" };
        var metrics = new Option<string?>("--metrics") { Description = $"a list of {string.Join(", ", Metrics.Catalogue.Metrics.Names)} or hdNN (default: {string.Join(",", Metrics.Catalogue.Default)})", HelpName = "NAMES" };
        var verb = new Command("report", "one page about one training or several: curves, scores with intervals and paired tests, cases as pictures, what changed")
        {
            runs, output, data, metrics,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var folders = args.GetRequiredValue(runs);
            var named = args.GetValue(metrics)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
            var comparison = RunComparison.Of(FinishedRun.Read(folders), args.GetValue(data), Metrics.Catalogue.Of(named), context.On, context.Cancel);
            var folder = args.GetValue(output) ?? (folders.Length == 1 ? folders[0] : Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folders[0])))!, "report"));
            context.Show(Document(comparison).With("report", "report", RunComparisonReport.Write(folder, RunComparisonReport.Of(comparison), context.On)));
        }));
        return verb;
    }

    /// <summary>What `report` and `compare` say in numbers.</summary>
    public static Document Document(RunComparison comparison)
    {
        var document = new Document();
        if (comparison.Evaluation is { } result)
        {
            var first = result.Models[0].Scores;
            var table = new Table(
                new("run", "run"), new("class", "class"), new("metric", "metric"), new("mean", "mean", "0.0000"), new("spread", "± between trainings", "0.0000"), new("interval", "95 % interval", "0.000"),
                new("pooled", "pooled", "0.0000"), new("cases", "cases"), new("trainings", "trainings"));
            var shown = first.Metrics.Count;
            for (var i = 0; i < comparison.Runs.Count; i++)
            {
                var scores = result.Models[i].Scores;
                for (var r = 0; r < scores.Regions.Count; r++)
                {
                    for (var m = 0; m < shown; m++)
                    {
                        table.Add(
                            comparison.Runs[i].Name, scores.Regions[r].Name, scores.Metrics[m].Name, comparison.Mean(i, r, m), comparison.Spread(i, r, m),
                            scores.Interval(r, m) is { } at ? new List<object?> { at.Low, at.High } : null, scores.Pooled(r, m), result.Pairs.Count, comparison.Runs[i].Parts.Count);
                    }
                }
            }

            document.With("scores", table);
        }

        if (comparison.Tests.Count > 0)
        {
            var tests = new Table(
                new("first", "first"), new("second", "second"), new("class", "class"), new("metric", "metric"), new("difference", "first − second", "0.0000"), new("interval", "95 % interval", "0.000"),
                new("p", "p", "0.0000"), new("corrected", "p (Holm)", "0.0000"), new("effect", "effect", "0.00"), new("pairs", "pairs"));
            foreach (var t in comparison.Tests)
            {
                tests.Add(
                    comparison.Runs[t.First].Name, comparison.Runs[t.Second].Name, t.Region, t.Metric.Name, t.Test.Difference,
                    t.Interval is { } i ? new List<object?> { i.Low, i.High } : null, t.Test.P, t.Corrected, t.Test.Effect, t.Test.Pairs);
            }

            document.With("tests", tests, "paired, case by case");
        }

        if (comparison.Differences.Count > 0)
        {
            var changed = new Table([new("key", "key"), .. comparison.Runs.Select((r, i) => new Column($"run{i + 1}", r.Name))]);
            foreach (var difference in comparison.Differences)
            {
                changed.Add([difference.Key, .. difference.Values.Select(v => (object?)v)]);
            }

            document.With("differences", changed, "what changed");
        }

        return comparison.Warnings.Count == 0
            ? document.WithData("warnings", JsonText.Of(new List<object?>()))
            : document.WithText(string.Join("\n", comparison.Warnings.Select(w => $"! {w}"))).WithData("warnings", JsonText.Of(comparison.Warnings));
    }
}

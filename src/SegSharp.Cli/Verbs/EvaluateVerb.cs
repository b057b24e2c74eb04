using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Figures.Reports;
using SegSharp.Foundation;
using SegSharp.Metrics;

namespace SegSharp.Cli.Verbs;

internal static class EvaluateVerb
{
    private const int FewRows = 60;

    public static Command Create()
    {
        var paths = new Argument<string[]>("PREDICTIONS TRUTH")
        {
            Description = "one or more folders, files or stacks of predictions, and at last the truth",
            Arity = new ArgumentArity(2, 100),
        };
        var metrics = new Option<string?>("--metrics") { Description = $"a list such as dice,iou (default: {string.Join(",", Metrics.Catalogue.Metrics.Names)})", HelpName = "NAMES" };
        var labels = new Option<string?>("--labels") { Description = "labels to score, such as 1=membrane (default: those of the truth's data set)", HelpName = "LABELS" };
        var empty = new Option<EmptyRule>("--empty") { Description = "what a class scores that is empty in prediction and truth: undefined (not counted), one or zero", HelpName = "RULE" };
        var images = new Option<string?>("--images") { Description = "folder with the images, for the report's pictures (default: beside the truth)", HelpName = "DIR" };
        var cases = new Option<string?>("--cases") { Description = $"score some of the truth's cases only: {Validation.Forms}", HelpName = "RULE" };
        var report = new Option<string?>("--report") { Description = "write report.html into this folder", HelpName = "DIR" };
        var verb = new Command("evaluate", "every metric per image, per class and pooled; two or more predictions side by side") { paths, metrics, labels, empty, images, cases, report };

        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var all = args.GetRequiredValue(paths);
            var rule = args.GetValue(empty);
            var result = Evaluation.OfFolders(all[..^1], all[^1], new EvaluationOptions
            {
                Metrics = Metrics.Catalogue.Of(args.GetValue(metrics)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [], rule),
                Labels = args.GetValue(labels) is { } text ? LabelList.Parse(text) : null,
                Images = args.GetValue(images),
                Empty = rule,
                Cases = args.GetValue(cases) is { } which ? Validation.Parse(which, context.Seed) : null,
            }, context.On, context.Cancel);
            string? file = null;
            if (args.GetValue(report) is { } folder)
            {
                file = Path.Combine(folder, "report.html");
                Report.Write(file, EvaluationReport.Of(result, rule));
            }

            context.Show(ToDocument(result, rule, file));
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
        _ = perImage.Count <= FewRows
            ? document.With("cases", perImage)
            : document.WithData("cases", perImage.ToJson()).WithText($"{perImage.Count} rows image by image: --json or --report DIR");
        document.With("summary", summary)
            .WithText(string.Join("\n", Evaluation.Explain(result, rule)))
            .WithData("emptyRule", rule.ToString().ToLowerInvariant())
            .WithData("notes", JsonText.Of(Evaluation.Notes(result)));
        return report is null ? document : document.With("report", "report", report);
    }
}

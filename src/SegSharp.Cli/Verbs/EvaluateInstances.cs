using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Metrics;

namespace SegSharp.Cli.Verbs;

// What `evaluate --instances` shows.
internal static class EvaluateInstances
{
    private const int FewRows = 60;
    private static readonly string[] PerImage = ["ap", "ap50", "f1", "pq", "sq"];

    public static void Show(VerbContext context, string[] paths, Validation? cases)
    {
        var result = InstanceEvaluation.OfFolders(paths[..^1], paths[^1], cases, context.On, context.Cancel);
        var document = new Document();
        var images = Images(result);
        if (images.Count <= FewRows)
        {
            document.With("cases", images);
        }
        else
        {
            document.WithText($"{images.Count} rows image by image: --json").WithData("cases", images.ToJson());
        }

        document.With("scores", Scores(result)).With("counts", Counts(result), "objects, by the IoU from which a pair counts");
        if (result.Models.Count > 1)
        {
            document.With("comparison", Compared(result), $"{result.Models[0].Name} against the others, image by image");
        }

        context.Show(document
            .WithText(string.Join("\n", [InstanceScores.Explanation, Bootstrap.Explanation, .. result.Models.Count > 1 ? (string[])[PairedTest.Explanation] : [], .. result.Notes]))
            .WithData("notes", JsonText.Of(result.Notes)));
    }

    private static Table Images(InstanceEvaluationResult result)
    {
        var measures = InstanceScores.Measures.Where(m => PerImage.Contains(m.Key, StringComparer.Ordinal)).ToList();
        var table = new Table([.. ModelColumn(result), new("image", "image"), new("true", "true"), new("predicted", "predicted"), .. measures.Select(m => new Column(m.Key, m.Name, "0.0000"))]);
        foreach (var model in result.Models)
        {
            foreach (var c in model.Scores.Cases)
            {
                table.Add([.. Head(result, model), c.Case, c.Truths, c.Predictions, .. measures.Select(m => (object?)m.Of(c.Matchings))]);
            }
        }

        return table;
    }

    private static Table Scores(InstanceEvaluationResult result)
    {
        var table = new Table([.. ModelColumn(result), new("metric", "metric"), new("mean", "mean of images", "0.0000"), new("interval", "95 % interval", "0.0000"), new("pooled", "pooled", "0.0000"), new("images", "images")]);
        foreach (var model in result.Models)
        {
            foreach (var measure in InstanceScores.Measures)
            {
                table.Add([
                    .. Head(result, model), measure.Name, model.Scores.Mean(measure),
                    model.Scores.Interval(measure) is { } i ? new List<object?> { i.Low, i.High } : null,
                    model.Scores.Pooled(measure), model.Scores.Values(measure).Count(v => v is not null)]);
            }
        }

        return table;
    }

    private static Table Counts(InstanceEvaluationResult result)
    {
        var table = new Table([.. ModelColumn(result), new("iou", "IoU", "0.00"), new("true", "true"), new("predicted", "predicted"), new("found", "found"), new("missed", "missed"), new("spurious", "spurious"), new("ap", "AP", "0.0000")]);
        foreach (var model in result.Models)
        {
            for (var t = 0; t < InstanceScores.Thresholds.Count; t++)
            {
                var all = model.Scores.Cases.Select(c => c.Matchings[t]).Aggregate((a, b) => a + b);
                table.Add([.. Head(result, model), InstanceScores.Thresholds[t], all.Truths, all.Predictions, all.Found, all.Missed, all.Spurious, all.AveragePrecision]);
            }
        }

        return table;
    }

    private static Table Compared(InstanceEvaluationResult result)
    {
        var table = new Table(
            new("against", "against"), new("metric", "metric"), new("difference", "difference", "0.0000"), new("interval", "95 % interval", "0.0000"),
            new("p", "p", "0.0000"), new("effect", "effect", "0.00"), new("pairs", "pairs"));
        foreach (var other in result.Models.Skip(1))
        {
            foreach (var measure in InstanceScores.Measures)
            {
                var (test, interval) = result.Models[0].Scores.Against(other.Scores, measure);
                table.Add(other.Name, measure.Name, test.Difference, interval is { } i ? new List<object?> { i.Low, i.High } : null, test.P, test.Effect, test.Pairs);
            }
        }

        return table;
    }

    private static IEnumerable<Column> ModelColumn(InstanceEvaluationResult result) => result.Models.Count > 1 ? [new Column("model", "model")] : [];

    private static object?[] Head(InstanceEvaluationResult result, NamedInstanceScores model) => result.Models.Count > 1 ? [model.Name] : [];
}

using SegSharp.Cli.Terminal;
using SegSharp.Figures.Plots;
using SegSharp.Foundation;
using SegSharp.Metrics;

namespace SegSharp.Cli.Verbs;

/// <summary>What evaluate says about probabilities: the best thresholds, and calibration.</summary>
internal static class ProbabilityTables
{
    // A voxel with less is background for certain.
    private const double Near = 0.01;

    /// <summary>Writes the best thresholds and their curve, and shows them.</summary>
    public static void SearchThresholds(Document document, EvaluationResult result, string file, bool overwrite)
    {
        var (model, picture) = (Require(result)[0], Path.ChangeExtension(file, ".png"));
        if (model.SoftmaxLabels > 0)
        {
            throw ThresholdFile.Meaningless("the best threshold was asked for", model.SoftmaxLabels);
        }

        RequireFree([file, picture], overwrite);
        var table = new Table(
            new("class", "class"), new("threshold", "threshold", "0.00"), new("meanDice", "mean Dice", "0.0000"), new("pooledDice", "pooled Dice", "0.0000"),
            new("meanDiceAtHalf", "mean at 0.5", "0.0000"), new("pooledDiceAtHalf", "pooled at 0.5", "0.0000"), new("bestPooledThreshold", "best pooled at", "0.00"));
        var thresholds = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (region, search) in model.Scores.Regions.Zip(model.Thresholds))
        {
            if (search.Best() is not { } best)
            {
                continue;
            }

            thresholds.Add(region.Name, best.Threshold);
            var half = search.Curve().Single(c => c.Threshold == 0.5);
            table.Add(region.Name, best.Threshold, best.Mean, best.Pooled, half.Mean, half.Pooled, search.Best(pooled: true)!.Threshold);
        }

        if (thresholds.Count == 0)
        {
            throw new InputException("no image holds any foreground, so there is no threshold to be found", "give cases whose truth has the class");
        }

        ThresholdFile.Write(file, thresholds, $"best mean Dice over {model.Scores.Cases.Count} images of '{model.Name}'; {ThresholdSearch.Explanation}");
        ProbabilityFigures.Thresholds([.. model.Scores.Regions.Select(r => r.Name).Zip(model.Thresholds)]).Write(picture);
        document
            .With("thresholds", table, $"thresholds of {model.Name}")
            .With("thresholdFile", "thresholds in", file)
            .WithText(ThresholdSearch.Explanation);
    }

    /// <summary>Shows the calibration, and draws it where a file is asked for.</summary>
    public static void Calibrate(Document document, EvaluationResult result, string? figure, bool overwrite)
    {
        var models = Require(result);
        RequireFree(figure is null ? [] : [figure], overwrite);
        var table = new Table(
            new("model", "model"), new("class", "class"), new("voxels", "voxels"), new("count", "count"), new("ece", "ECE", "0.0000"), new("mce", "greatest", "0.0000"),
            new("brier", "Brier", "0.0000"), new("logLoss", "log loss", "0.0000"), new("temperature", "temperature", "0.000"), new("scaledLogLoss", "log loss with it", "0.0000"));
        var drawn = new List<(string, Calibration)>();
        foreach (var model in models)
        {
            foreach (var (region, probabilities) in model.Scores.Regions.Zip(model.Probabilities))
            {
                foreach (var (voxels, from) in new[] { ("all", 0.0), ("p ≥ 0.01", Near) })
                {
                    if (Calibration.Of(probabilities, from) is { } c)
                    {
                        table.Add(model.Name, region.Name, voxels, c.Count, c.ExpectedError, c.GreatestError, c.Brier, c.LogLoss, c.Temperature, c.ScaledLogLoss);
                        if (from > 0)
                        {
                            drawn.Add((models.Count > 1 ? $"{model.Name}, {region.Name}" : region.Name, c));
                        }
                    }
                }
            }
        }

        document.With("calibration", table, "calibration").WithText(Calibration.Explanation);
        if (figure is not null && drawn.Count > 0)
        {
            ProbabilityFigures.Reliability([.. drawn.Take(8)]).Write(figure);
            document.With("calibrationFigure", "reliability diagram", figure);
        }
    }

    private static List<NamedScores> Require(EvaluationResult result) =>
        result.Models.Where(m => m.Probabilities.Count > 0).ToList() is { Count: > 0 } some && result.Models[0].Probabilities.Count > 0
            ? some
            : throw new InputException($"there are no probabilities beside the predictions '{result.Models[0].Name}'", "segsharp predict MODEL INPUT OUTPUT --probabilities writes them");

    private static void RequireFree(IEnumerable<string> files, bool overwrite)
    {
        if (!overwrite && files.FirstOrDefault(File.Exists) is { } there)
        {
            throw new UsageException($"'{there}' is there already", "choose another place, or --overwrite");
        }
    }
}

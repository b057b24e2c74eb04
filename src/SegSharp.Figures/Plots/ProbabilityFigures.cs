using SegSharp.Figures.Drawing;
using SegSharp.Metrics;

namespace SegSharp.Figures.Plots;

/// <summary>What probabilities say, drawn: Dice at every threshold, and whether the probabilities mean what they say.</summary>
public static class ProbabilityFigures
{
    /// <summary>Dice over the threshold, a plot for each class, with the best mean over images marked.</summary>
    /// <param name="classes">Names and curves.</param>
    public static CurveFigure Thresholds(IReadOnlyList<(string Name, ThresholdSearch Search)> classes) => new(
    [
        .. classes.Select(c =>
        {
            var curve = c.Search.Curve();
            double[] x = [.. curve.Select(p => p.Threshold)];
            return new Plot
            {
                Title = $"Dice of {c.Name}",
                XName = "threshold",
                XRange = (0, 1),
                Series = [new Series { Name = "mean of images", X = x, Y = [.. curve.Select(p => p.Mean)] }, new Series { Name = "pooled", X = x, Y = [.. curve.Select(p => p.Pooled)], IsDashed = true }],
                Marker = c.Search.Best() is { } best ? new Marker(best.Threshold, FormattableString.Invariant($"best {best.Mean:F3} at {best.Threshold:F2}")) : null,
            };
        }),
    ]);

    /// <summary>The reliability diagram: how often what is called p is true, beside how many voxels are called p.</summary>
    /// <param name="classes">Names and measurements, up to eight.</param>
    public static CurveFigure Reliability(IReadOnlyList<(string Name, Calibration Measured)> classes) => new(
    [
        new Plot
        {
            Title = "Reliability, with the calibration error",
            XName = "probability that was given",
            XRange = (0, 1),
            YName = "share that is true",
            Range = (0, 1),
            Series =
            [
                .. classes.Select((c, i) => new Series { Name = FormattableString.Invariant($"{c.Name} {c.Measured.ExpectedError:F3}"), X = [.. c.Measured.Bins.Select(b => b.Confidence)], Y = [.. c.Measured.Bins.Select(b => (double?)b.Frequency)], Colour = Palette.Lines[i % Palette.Lines.Count] }),
                new Series { Name = "perfect", X = [0, 1], Y = [0, 1], IsDashed = true, Colour = Palette.Muted },
            ],
        },
        new Plot
        {
            Title = "Voxels in each stretch",
            XName = "probability that was given",
            XRange = (0, 1),
            YName = "share of the voxels",
            IsLog = true,
            Series = [.. classes.Select((c, i) => new Series { Name = c.Name, X = [.. c.Measured.Bins.Select(b => (b.Low + b.High) / 2)], Y = [.. c.Measured.Bins.Select(b => (double?)b.Count / c.Measured.Count)], Colour = Palette.Lines[i % Palette.Lines.Count] })],
        },
    ]);
}

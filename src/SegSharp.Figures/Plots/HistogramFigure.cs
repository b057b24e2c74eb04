using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Plots;

/// <summary>How often values fall into bins of equal width.</summary>
/// <param name="Name">What was counted: "before", "validation".</param>
/// <param name="Low">Where the first bin begins.</param>
/// <param name="High">Where the last bin ends.</param>
/// <param name="Counts">How many fell into each.</param>
public sealed record Histogram(string Name, double Low, double High, IReadOnlyList<double> Counts)
{
    /// <summary>Counts values; those outside the range fall into the outer bins, what is not finite is left out.</summary>
    public static Histogram Of(string name, IEnumerable<double> values, double low, double high, int bins = 50)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        var counts = new double[bins];
        foreach (var value in values.Where(double.IsFinite))
        {
            counts[Math.Clamp((int)Math.Floor((value - low) / (high - low) * bins), 0, bins - 1)]++;
        }

        return new(name, low, high, counts);
    }
}

/// <summary>One histogram or several over one another, each as the share of its own values, so that unequal numbers can be compared.</summary>
public sealed class HistogramFigure : Figure
{
    private const double Margin = 16;

    private readonly IReadOnlyList<Histogram> _histograms;
    private readonly string _title;
    private readonly string _xName;
    private readonly Axis _x;
    private readonly Axis _y;

    /// <summary>A figure of histograms on one pair of axes.</summary>
    /// <param name="histograms">One or more.</param>
    /// <param name="title">Printed on top.</param>
    /// <param name="xName">What the values are, with the unit.</param>
    public HistogramFigure(IReadOnlyList<Histogram> histograms, string title, string xName)
    {
        ArgumentOutOfRangeException.ThrowIfZero(histograms.Count);
        (_histograms, _title, _xName) = (histograms, title, xName);
        _x = Axis.Linear(histograms.Min(h => h.Low), histograms.Max(h => h.High), 6, widen: false);
        _y = Axis.Linear(0, Math.Max(histograms.Max(h => Shares(h).Max()), 1e-9), 4);
    }

    /// <inheritdoc/>
    public override string Description => $"Histogram: {_title} ({string.Join(", ", _histograms.Select(h => h.Name))})";

    /// <inheritdoc/>
    protected internal override (double Width, double Height) Size() => ((2 * Margin) + Left + 330 + 8, 30 + LegendHeight + 170 + 38 + Margin);

    private double Left => Frame.TickRoom(_y) + 20;

    private double LegendHeight => _histograms.Count > 1 ? 34 : 10;

    /// <inheritdoc/>
    protected internal override void Draw(Canvas canvas)
    {
        canvas.Text(Margin, Margin + 12, _title, TextStyle.Heading);
        var frame = new Frame(new Box(Margin + Left, 30 + LegendHeight, 330, 170), _x, _y);
        frame.Draw(canvas, _xName, "share per bin");
        for (var i = 0; i < _histograms.Count; i++)
        {
            var colour = Palette.Lines[i % Palette.Lines.Count];
            var steps = Steps(_histograms[i], frame);
            canvas.Polygon([(frame.X(_histograms[i].Low), frame.Area.Bottom), .. steps, (frame.X(_histograms[i].High), frame.Area.Bottom)], colour.Fade(_histograms.Count == 1 ? 0.45 : 0.22));
            canvas.Polyline(steps, new(colour, 1.4));
        }

        if (_histograms.Count > 1)
        {
            Legend.Draw(canvas, Margin + Left, Margin + 12 + 20, [.. _histograms.Select((h, i) => (h.Name, Palette.Lines[i % Palette.Lines.Count]))]);
        }
    }

    private static double[] Shares(Histogram h)
    {
        var total = h.Counts.Sum();
        return [.. h.Counts.Select(c => total > 0 ? c / total : 0)];
    }

    private static (double X, double Y)[] Steps(Histogram h, Frame frame)
    {
        var width = (h.High - h.Low) / h.Counts.Count;
        return [.. Shares(h).SelectMany((share, i) => new[]
        {
            (frame.X(h.Low + (i * width)), frame.Y(share)),
            (frame.X(h.Low + ((i + 1) * width)), frame.Y(share)),
        })];
    }
}

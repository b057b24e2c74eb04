using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Plots;

/// <summary>What all plots share: title, light grid, ticks, names of axes, and where a value lies in the box.</summary>
internal sealed class Frame(Box area, Axis x, Axis y)
{
    public Box Area { get; } = area;

    public Axis XAxis { get; } = x;

    public Axis YAxis { get; } = y;

    public double X(double value) => Area.X + (XAxis.Place(value) * Area.Width);

    public double Y(double value) => Area.Bottom - (YAxis.Place(value) * Area.Height);

    /// <summary>The room that the widest tick text of y needs, left of the box.</summary>
    public static double TickRoom(Axis axis) => axis.Ticks.Max(t => Canvas.Measure(axis.Text(t), TextStyle.Small)) + 8;

    public void Draw(Canvas canvas, string? xName, string? yName, bool hasXTicks = true)
    {
        foreach (var tick in YAxis.Ticks)
        {
            canvas.Line(Area.X, Y(tick), Area.Right, Y(tick), new(Palette.Grid));
            canvas.Text(Area.X - 6, Y(tick) + 3.4, YAxis.Text(tick), TextStyle.Small, Anchor.End);
        }

        canvas.Line(Area.X, Area.Bottom, Area.Right, Area.Bottom, new(Palette.Muted));
        foreach (var tick in hasXTicks ? XAxis.Ticks : [])
        {
            canvas.Line(X(tick), Area.Bottom, X(tick), Area.Bottom + 4, new(Palette.Muted));
            canvas.Text(X(tick), Area.Bottom + 15, XAxis.Text(tick), TextStyle.Small, Anchor.Middle);
        }

        if (xName is not null)
        {
            canvas.Text(Area.MiddleX, Area.Bottom + 31, xName, TextStyle.Body with { Colour = Palette.Muted }, Anchor.Middle);
        }

        if (yName is not null)
        {
            canvas.Text(Area.X - TickRoom(YAxis) - 8, Area.MiddleY, yName, TextStyle.Body with { Colour = Palette.Muted }, Anchor.Middle, turned: true);
        }
    }

    /// <summary>Moves labels apart that would lie on one another, each as little as possible, all within the range.</summary>
    public static double[] Spread(IReadOnlyList<double> wanted, double distance, double low, double high)
    {
        var order = Enumerable.Range(0, wanted.Count).OrderBy(i => wanted[i]).ToArray();
        var placed = new double[wanted.Count];
        var next = low;
        foreach (var i in order)
        {
            placed[i] = Math.Max(wanted[i], next);
            next = placed[i] + distance;
        }

        var last = high;
        foreach (var i in order.Reverse())
        {
            placed[i] = Math.Min(placed[i], last);
            last = placed[i] - distance;
        }

        return placed;
    }
}

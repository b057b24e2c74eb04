using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Plots;

/// <summary>One line of a plot.</summary>
public sealed record Series
{
    /// <summary>Written beside the line's end: "validation".</summary>
    public required string Name { get; init; }

    /// <summary>Places along x, ascending.</summary>
    public required IReadOnlyList<double> X { get; init; }

    /// <summary>Values, as many as <see cref="X"/>. null is a gap: nothing was measured there.</summary>
    public required IReadOnlyList<double?> Y { get; init; }

    /// <summary>null takes the next colour of <see cref="Palette.Lines"/>.</summary>
    public Colour? Colour { get; init; }

    /// <summary>A dashed line, for what is a comparison rather than the subject.</summary>
    public bool IsDashed { get; init; }

    /// <summary>Pale and without a name: the numbers as measured, behind their smoothed line.</summary>
    public bool IsFaint { get; init; }

    /// <summary>A line with values at 1, 2, 3, … (epochs).</summary>
    public static Series ByEpoch(string name, IEnumerable<double> values) => ByEpoch(name, values.Select(v => (double?)v));

    /// <summary>A line with values, or gaps, at 1, 2, 3, … (epochs).</summary>
    public static Series ByEpoch(string name, IEnumerable<double?> values)
    {
        var y = values.ToArray();
        return new() { Name = name, X = [.. Enumerable.Range(1, y.Length).Select(i => (double)i)], Y = y };
    }
}

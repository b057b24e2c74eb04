namespace SegSharp.Figures.Plots;

/// <summary>A line across a plot at one x, with a word: the best epoch.</summary>
/// <param name="X">Where.</param>
/// <param name="Text">What it marks: "best 0.812 at 74".</param>
public sealed record Marker(double X, string Text);

/// <summary>One plot of a <see cref="CurveFigure"/>.</summary>
public sealed record Plot
{
    /// <summary>Printed above: "Loss".</summary>
    public required string Title { get; init; }

    /// <summary>Its lines. A plot without a single value says so.</summary>
    public required IReadOnlyList<Series> Series { get; init; }

    /// <summary>Name of the x axis.</summary>
    public string XName { get; init; } = "epoch";

    /// <summary>Name of the y axis, with its unit; null for none, when the title says it.</summary>
    public string? YName { get; init; }

    /// <summary>Equal factors as equal heights. Values of 0 and below cannot be shown so and become gaps.</summary>
    public bool IsLog { get; init; }

    /// <summary>Fixed ends of the y axis (Dice: 0 and 1); null follows the values.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>Ends of the x axis where it is no count (a threshold: 0 and 1); null follows the values, in whole numbers.</summary>
    public (double Low, double High)? XRange { get; init; }

    /// <summary>The best epoch or its like; null for none.</summary>
    public Marker? Marker { get; init; }
}

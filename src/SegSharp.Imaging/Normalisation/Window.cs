using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>A window of CT: what a radiologist sees between black and white.</summary>
public sealed record WindowOptions : NormaliserOptions
{
    /// <summary>Level and width in HU, by name.</summary>
    public static IReadOnlyDictionary<string, (double Level, double Width)> Named { get; } = new Dictionary<string, (double, double)>(StringComparer.Ordinal)
    {
        ["lung"] = (-600, 1500),
        ["brain"] = (40, 80),
        ["soft_tissue"] = (50, 400),
        ["bone"] = (400, 1800),
        ["stroke"] = (32, 8),
    };

    /// <summary>The middle of the window in HU.</summary>
    public double Level { get; init; } = 50;

    /// <summary>The width in HU.</summary>
    public double Width { get; init; } = 400;

    /// <summary>The options of a named window.</summary>
    /// <exception cref="UsageException">No such window; the message lists them.</exception>
    public static WindowOptions Of(string name) => Named.TryGetValue(name, out var window)
        ? new WindowOptions { Level = window.Level, Width = window.Width }
        : throw UsageException.Unknown("window", name, Named.Keys);

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (!double.IsFinite(Level) || !double.IsFinite(Width) || Width <= 0)
        {
            yield return Fault.At("width", $"is {Width} about the level {Level}; the width must be more than 0");
        }
    }
}

/// <summary>Cut off to level ± width / 2, and stretched to 0 … 1.</summary>
/// <remarks>Parity: 1e-5.</remarks>
public sealed class Window(WindowOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override bool NeedsPercentiles => false;

    /// <inheritdoc/>
    public override bool UsesStatistics => false;

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask)
    {
        var low = options.Level - (options.Width / 2);
        Clip(values, low, low + options.Width);
        Shift(values, low, options.Width);
    }
}

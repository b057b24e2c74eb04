namespace SegSharp.Imaging.Normalisation;

/// <summary>No normalisation.</summary>
public sealed record UnchangedOptions : NormaliserOptions;

/// <summary>Leaves the values what they are.</summary>
/// <remarks>Source: nnU-Net's NoNormalization.</remarks>
public sealed class Unchanged(UnchangedOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override bool NeedsPercentiles => false;

    /// <inheritdoc/>
    public override bool UsesStatistics => false;

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask) => _ = options;
}

using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>Mean 0, standard deviation 1.</summary>
public sealed record ZScoreOptions : NormaliserOptions
{
    /// <summary>Taken from the count in the variance's divisor: 0 as nnU-Net and NumPy, 1 as PyTorch.</summary>
    public int Ddof { get; init; }

    /// <summary>Leaves the voxels outside the mask what they are, as nnU-Net does where the background is 0.</summary>
    public bool InsideOnly { get; init; }

    /// <summary>The smallest divisor, so that constant images become 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (Ddof is not (0 or 1))
        {
            yield return Fault.At("ddof", $"is {Ddof}; it must be 0 or 1");
        }

        if (!(Epsilon > 0))
        {
            yield return Fault.At("epsilon", $"is {Epsilon}; it must be more than 0");
        }
    }
}

/// <summary>(x − mean) / standard deviation; with a mask, those of the voxels inside.</summary>
/// <remarks>Source: nnU-Net's ZScoreNormalization. Parity: nnU-Net 2.8.1, 1e-5.</remarks>
public sealed class ZScore(ZScoreOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override bool NeedsPercentiles => false;

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask) =>
        Shift(values, statistics.Mean, Math.Max(statistics.Deviation(options.Ddof), options.Epsilon), options.InsideOnly ? mask : default);
}

using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>Every grey as often as every other.</summary>
public sealed record EqualisationOptions : NormaliserOptions
{
    /// <summary>Bins of the histogram between the smallest and the largest value; 0: each whole number is its own bin.</summary>
    public int Bins { get; init; } = 256;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (Bins is < 0 or 1 or > 65536)
        {
            yield return Fault.At("bins", $"is {Bins}; it must be 0 (whole numbers) or 2 … 65536");
        }
    }
}

/// <summary>A value becomes the share of voxels that are not brighter, 0 … 1, interpolated between the bins' centres.</summary>
/// <remarks>Source: scikit-image's <c>equalize_hist</c>. Parity: scikit-image 0.19.3, 1e-5.</remarks>
public sealed class Equalisation(EqualisationOptions options) : Normaliser
{
    /// <inheritdoc/>
    public override bool FollowsStatistics => false;

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask)
    {
        var (low, high) = (statistics.Minimum, statistics.Maximum);
        if (options.Bins == 0)
        {
            // Each whole number in the middle of its bin.
            (low, high) = (Math.Floor(low) - 0.5, Math.Ceiling(high) + 0.5);
        }
        else if (low == high)
        {
            (low, high) = (low - 0.5, high + 0.5);
        }

        var bins = options.Bins > 0 ? options.Bins : (int)Math.Min(high - low, 1 << 20);
        var width = (high - low) / bins;
        var shares = new double[bins];
        for (var i = 0; i < values.Length; i++)
        {
            if ((mask.Length == 0 || mask[i]) && float.IsFinite(values[i]))
            {
                shares[Math.Clamp((int)((values[i] - low) / width), 0, bins - 1)]++;
            }
        }

        for (var b = 1; b < bins; b++)
        {
            shares[b] += shares[b - 1];
        }

        var all = Math.Max(1, shares[^1]);
        for (var i = 0; i < values.Length; i++)
        {
            var at = Math.Clamp(((values[i] - low) / width) - 0.5, 0, bins - 1);
            var bin = double.IsNaN(at) ? 0 : Math.Min((int)at, bins - 2 < 0 ? 0 : bins - 2);
            var next = Math.Min(bin + 1, bins - 1);
            values[i] = (float)((shares[bin] + ((at - bin) * (shares[next] - shares[bin]))) / all);
        }
    }
}

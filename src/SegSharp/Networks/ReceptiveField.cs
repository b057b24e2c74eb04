using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>How much of the image one voxel of the output can depend on, by the kernels, strides and grids along all ways through a network.</summary>
/// <remarks>
/// The extent is that of a voxel far from the borders; where it differs from voxel to voxel (behind a grid that was made larger
/// again), the widest. Weights play no part. Source for the idea: Araujo et al. 2019, who treat one way; here every way counts,
/// also through transposed convolutions and interpolations. Interpolation with corner centres in place counts as in the middle of the image.
/// </remarks>
/// <param name="Sides">Voxels along each axis, (D,) H, W; null when they cannot be told or everything is seen.</param>
/// <param name="Global">What makes a voxel depend on the whole image besides: "instance normalisation", "global pooling"; empty for nothing.</param>
public sealed record ReceptiveField(IReadOnlyList<long>? Sides, IReadOnlyList<string> Global)
{
    /// <summary>Runs a computation once and follows every voxel of its result back.</summary>
    /// <param name="image">[N, C, (D,) H, W]; its sides should fit the network's grids evenly.</param>
    /// <param name="compute">The network, or a part of it. What the bridge would fuse runs as single operators.</param>
    public static ReceptiveField Of(Tensor image, Func<Tensor, Tensor> compute)
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var sight = new SightTrace(image);
        using var trace = new OperatorTrace(sight.Observe);
        return sight.Of(compute(image));
    }

    /// <summary>"188×188", "28×28; everything through instance normalisation".</summary>
    public override string ToString() => (Sides, Global.Count) switch
    {
        (null, 0) => "unknown",
        (null, _) => $"everything, through {string.Join(", ", Global)}",
        (_, 0) => string.Join('×', Sides),
        _ => $"{string.Join('×', Sides)}; everything through {string.Join(", ", Global)}",
    };

    /// <inheritdoc/>
    public bool Equals(ReceptiveField? other) =>
        other is not null && (Sides ?? []).SequenceEqual(other.Sides ?? []) && Sides is null == other.Sides is null && Global.SequenceEqual(other.Global);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Sides?.Count, Global.Count);
}

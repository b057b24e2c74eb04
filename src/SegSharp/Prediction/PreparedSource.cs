using SegSharp.Imaging;

namespace SegSharp.Prediction;

/// <summary>A prepared image that lies in memory as a whole.</summary>
public sealed class PreparedSource : IWindowSource
{
    private readonly ReadOnlyMemory<float> _voxels;

    /// <summary>Refers to the voxels; they must not change while a prediction runs.</summary>
    /// <param name="voxels">[C, D, H, W].</param>
    /// <param name="channels">C.</param>
    /// <param name="extent">W, H and D.</param>
    public PreparedSource(ReadOnlyMemory<float> voxels, int channels, Extent extent)
    {
        if (voxels.Length != channels * extent.Count)
        {
            throw new ArgumentException($"{voxels.Length} voxels are no {channels} channels of {extent}", nameof(voxels));
        }

        (_voxels, Channels, Extent) = (voxels, channels, extent);
    }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <inheritdoc/>
    public Extent Extent { get; }

    /// <inheritdoc/>
    public void Read(int channel, int z, int y, int x, Span<float> values)
    {
        var row = ((((((long)channel * Extent.Depth) + z) * Extent.Height) + y) * Extent.Width) + x;
        _voxels.Span.Slice((int)row, values.Length).CopyTo(values);
    }
}

using SegSharp.Data;
using SegSharp.Imaging;

namespace SegSharp.Prediction;

/// <summary>A prepared image that lies in memory as a whole.</summary>
public sealed class PreparedSource : IWindowSource
{
    private readonly ReadOnlyMemory<float> _voxels;
    private readonly int _own, _factor;         // channels of intensities, and how much coarser they are seen again; 0 = not

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

    /// <summary>A prepared sample; every window gets its surroundings where the sample says so.</summary>
    /// <param name="sample">The whole image.</param>
    public PreparedSource(Sample sample)
        : this(sample.Image, sample.Channels, sample.Extent)
    {
        (_own, _factor) = (sample.Channels - sample.Places, sample.ContextFactor);
        Channels += _factor == 0 ? 0 : _own;
    }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <inheritdoc/>
    public Extent Extent { get; }

    /// <inheritdoc/>
    public void Read(int channel, int z, int y, int x, Span<float> values)
    {
        channel -= _factor > 0 && channel >= _own ? _own : 0;
        var row = ((((((long)channel * Extent.Depth) + z) * Extent.Height) + y) * Extent.Width) + x;
        _voxels.Span.Slice((int)row, values.Length).CopyTo(values);
    }

    /// <inheritdoc/>
    public bool TryReadAround(int channel, (int X, int Y, int Z) corner, Extent window, Span<float> values)
    {
        if (_factor == 0 || channel < _own || channel >= 2 * _own)
        {
            return false;
        }

        var count = (int)Extent.Count;
        Surroundings.Of(_voxels.Span.Slice((channel - _own) * count, count), Extent, corner, window, _factor, values);
        return true;
    }
}

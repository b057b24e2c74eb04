using SegSharp.Imaging.Morphology;

namespace SegSharp.Imaging.Resampling;

/// <summary>Where an image holds anything: the box around it, and the voxels in it that belong to the object.</summary>
/// <param name="Start">The first voxel of the box.</param>
/// <param name="Extent">Voxels per axis of the box.</param>
/// <param name="Inside">One per voxel of the box, x fastest: not zero in some channel, or enclosed by such voxels.</param>
/// <remarks>Source: nnU-Net's <c>crop_to_nonzero</c>. Parity: nnU-Net 2.8.1, exact.</remarks>
public sealed record NonzeroRegion((int X, int Y, int Z) Start, Extent Extent, bool[] Inside)
{
    /// <summary>The region of a volume; the whole grid where all voxels are zero.</summary>
    public static NonzeroRegion Of(Volume volume) => Of(volume.ToFloats(), volume.Extent);

    /// <summary>The region of an image.</summary>
    /// <param name="values">[C, D, H, W].</param>
    /// <param name="extent">The grid of one channel.</param>
    public static NonzeroRegion Of(ReadOnlySpan<float> values, Extent extent)
    {
        var mask = new bool[checked((int)extent.Count)];
        if (values.Length % mask.Length != 0)
        {
            throw new ArgumentException($"{values.Length} values; channels of {extent} have {mask.Length}", nameof(values));
        }

        for (var start = 0; start < values.Length; start += mask.Length)
        {
            var channel = values.Slice(start, mask.Length);
            for (var i = 0; i < mask.Length; i++)
            {
                mask[i] |= channel[i] != 0;
            }
        }

        mask = Holes.Fill(mask, extent);
        var (low, high) = ((X: extent.Width, Y: extent.Height, Z: extent.Depth), (X: -1, Y: -1, Z: -1));
        for (var line = 0; line < extent.Height * extent.Depth; line++)
        {
            var row = mask.AsSpan(line * extent.Width, extent.Width);
            var first = row.IndexOf(true);
            if (first >= 0)
            {
                var (y, z) = (line % extent.Height, line / extent.Height);
                low = (Math.Min(low.X, first), Math.Min(low.Y, y), Math.Min(low.Z, z));
                high = (Math.Max(high.X, row.LastIndexOf(true)), Math.Max(high.Y, y), Math.Max(high.Z, z));
            }
        }

        if (high.X < 0)
        {
            return new NonzeroRegion((0, 0, 0), extent, mask);
        }

        var box = new Extent(high.X - low.X + 1, high.Y - low.Y + 1, high.Z - low.Z + 1);
        return new NonzeroRegion(low, box, Cut<bool>(mask, extent, low, box));
    }

    /// <summary>The box of one channel.</summary>
    /// <param name="values">On the whole grid.</param>
    /// <param name="extent">The whole grid.</param>
    public T[] Cut<T>(ReadOnlySpan<T> values, Extent extent)
        where T : unmanaged => Cut(values, extent, Start, Extent);

    /// <summary>The way back: the box in its place on the whole grid, zero around it.</summary>
    /// <param name="values">On the box.</param>
    /// <param name="extent">The whole grid.</param>
    public T[] PutBack<T>(ReadOnlySpan<T> values, Extent extent)
        where T : unmanaged
    {
        var whole = new T[checked((int)extent.Count)];
        for (var line = 0; line < Extent.Height * Extent.Depth; line++)
        {
            var (y, z) = ((line % Extent.Height) + Start.Y, (line / Extent.Height) + Start.Z);
            values.Slice(line * Extent.Width, Extent.Width).CopyTo(whole.AsSpan((((z * extent.Height) + y) * extent.Width) + Start.X));
        }

        return whole;
    }

    private static T[] Cut<T>(ReadOnlySpan<T> values, Extent extent, (int X, int Y, int Z) start, Extent box)
        where T : unmanaged
    {
        var part = new T[checked((int)box.Count)];
        for (var line = 0; line < box.Height * box.Depth; line++)
        {
            var (y, z) = ((line % box.Height) + start.Y, (line / box.Height) + start.Z);
            values.Slice((((z * extent.Height) + y) * extent.Width) + start.X, box.Width).CopyTo(part.AsSpan(line * box.Width));
        }

        return part;
    }
}

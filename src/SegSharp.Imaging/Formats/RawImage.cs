namespace SegSharp.Imaging.Formats;

// Bare numbers with what a header says about them: axes of channels before the three of space, and behind them.
internal sealed record RawImage(Extent Extent, int Before, int Behind, VoxelType Type, bool BigEndian)
{
    public int Channels => Before * Behind;

    public long Bytes => Extent.Count * Channels * Type.Size();

    // Sizes along all axes, with the place of the first of space and how many there are of it.
    public static RawImage Of(ByteSource source, IReadOnlyList<long> sizes, int first, int axes, VoxelType type, bool bigEndian)
    {
        foreach (var n in sizes)
        {
            if (n is < 1 or > int.MaxValue)
            {
                throw source.Damaged($"its size is {string.Join(' ', sizes)}; expected numbers from 1 to {int.MaxValue}");
            }
        }

        var all = sizes.Aggregate(1.0, (product, n) => product * n);
        if (all > long.MaxValue / 16.0)
        {
            throw source.Damaged($"its size is {string.Join(' ', sizes)}, more than any memory holds");
        }

        int Product(IEnumerable<long> some) => (int)Math.Min(int.MaxValue, some.Aggregate(1L, (product, n) => product * n));
        int Side(int axis) => axis < axes ? (int)sizes[first + axis] : 1;
        var image = new RawImage(new Extent(Side(0), Side(1), Side(2)), Product(sizes.Take(first)), Product(sizes.Skip(first + axes)), type, bigEndian);
        if ((double)image.Before * image.Behind > int.MaxValue)
        {
            throw source.Damaged($"its size is {string.Join(' ', sizes)}, with too many channels");
        }

        Limits.CheckSize(source.Path, image.Extent, image.Channels, type);
        return image;
    }

    // Takes the bytes over.
    public Volume ToVolume(ByteSource source, Geometry geometry, byte[] bytes)
    {
        if (BigEndian == BitConverter.IsLittleEndian)
        {
            RawVoxels.Swap(bytes, Type.Size());
        }

        bytes = RawVoxels.ToPlanar(bytes, Before, Type.Size(), (int)Extent.Count);
        return new Volume(source.Name, geometry, Channels, Type, bytes, source.Path);
    }
}

using System.Buffers.Binary;
using SegSharp.Imaging;

namespace SegSharp.EndToEndTests;

/// <summary>Small volumes on a grid of their own, sound and broken ones, in a workshop.</summary>
internal static class VolumeFiles
{
    // Offsets in the header of NIfTI-1.
    public const int Dim = 40, Pixdim = 76, QformCode = 252, SformCode = 254, SecondRow = 296;

    /// <summary>10×8×6 voxels of 1×1.5×2 mm, off the world's origin, towards L, P and S.</summary>
    public static Geometry Grid { get; } = new()
    {
        Extent = new Extent(10, 8, 6),
        Spacing = new Triple(1, 1.5, 2),
        Origin = new Triple(12, -20, 30),
        Direction = new Direction(new Triple(-1, 0, 0), new Triple(0, -1, 0), new Triple(0, 0, 1)),
    };

    /// <summary>Writes an image of whole numbers; its block of four voxels a side is brighter.</summary>
    public static string Image(string path, Geometry? grid = null, int channels = 1)
    {
        var geometry = grid ?? Grid;
        var voxels = Enumerable.Range(0, (int)geometry.Extent.Count * channels).Select(i => (short)((i * 37 % 100) + (Inside(i % (int)geometry.Extent.Count, geometry.Extent) ? 300 : 0))).ToArray();
        Volume.Of<short>("image", geometry, channels, voxels).Write(path);
        return path;
    }

    /// <summary>Writes a mask: a block of four voxels a side is 1.</summary>
    public static string Mask(string path, Geometry? grid = null, ushort label = 1)
    {
        var geometry = grid ?? Grid;
        new LabelMap("mask", geometry, [.. Enumerable.Range(0, (int)geometry.Extent.Count).Select(i => Inside(i, geometry.Extent) ? label : (ushort)0)]).Write(path);
        return path;
    }

    /// <summary>Writes a sound .nii and changes its header.</summary>
    public static string Broken(string path, Action<byte[]> change)
    {
        var plain = Path.ChangeExtension(path, null).Replace(".nii", "", StringComparison.Ordinal) + ".nii";
        Image(plain);
        var bytes = File.ReadAllBytes(plain);
        change(bytes);
        File.WriteAllBytes(plain, bytes);
        return plain;
    }

    /// <summary>Cuts a file: what is left is the given share.</summary>
    public static string Truncated(string path, double share)
    {
        Image(path);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(int)(bytes.Length * share)]);
        return path;
    }

    public static void Single(byte[] header, int offset, params float[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(offset + (4 * i)), values[i]);
        }
    }

    public static void Int16(byte[] header, int offset, params short[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(offset + (2 * i)), values[i]);
        }
    }

    private static bool Inside(int index, Extent e)
    {
        var (x, y, z) = (index % e.Width, index / e.Width % e.Height, index / e.Width / e.Height);
        return x is >= 2 and < 6 && y is >= 2 and < 6 && z is >= 1 and < 5;
    }
}

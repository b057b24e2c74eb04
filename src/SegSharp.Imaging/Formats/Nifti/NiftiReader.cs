using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;

namespace SegSharp.Imaging.Formats.Nifti;

// From a file, or two, to planar voxels.
internal static class NiftiReader
{
    public static NiftiHeader ReadHeader(ByteSource source)
    {
        if (!NiftiFiles.IsVoxels(source.Path))
        {
            return NiftiHeader.Parse(source, Packed.Head(source, NiftiHeader.Size2));
        }

        var path = NiftiFiles.HeaderBeside(source.Path)
            ?? throw source.Unsupported("it holds voxels only; the header that belongs to it, of the same name with the ending .hdr, is not there", "put the .hdr file beside it");
        using var header = ByteSource.Open(path, source.Spacing);
        return NiftiHeader.Parse(header, Packed.Head(header, NiftiHeader.Size2));
    }

    public static Volume Read(ByteSource source)
    {
        var header = ReadHeader(source);
        if (!header.IsPair || NiftiFiles.IsVoxels(source.Path))
        {
            return Read(source, source, header);
        }

        var path = NiftiFiles.VoxelsBeside(source.Path);
        if (!File.Exists(path))
        {
            throw source.Unsupported($"it is a header only; its voxels, '{path}', are not there", "put the .img file beside it");
        }

        using var voxels = ByteSource.Open(path);
        return Read(source, voxels, header);
    }

    private static Volume Read(ByteSource source, ByteSource voxels, NiftiHeader header)
    {
        var geometry = header.GeometryOf(source);
        var size = header.Type.Stored.Size();
        var count = header.Extent.Count * header.Channels;
        var bytes = Packed.Read(voxels, (long)header.Offset, count * size, $"{string.Join('x', header.Sides)} voxels of {header.Type.Stored.Text()}");
        if (header.BigEndian)
        {
            RawVoxels.Swap(bytes, size);
        }

        bytes = RawVoxels.ToPlanar(bytes, header.Type.Parts, size, (int)header.Extent.Count);
        if (header.IsScaled)
        {
            bytes = Scale(bytes, header);
        }

        return new Volume(source.Name, geometry, header.Channels, header.VoxelType, bytes, source.Path);
    }

    private static byte[] Scale(byte[] bytes, NiftiHeader header)
    {
        var (slope, intercept) = (header.Slope, header.Intercept);
        if (header.Type.Parts == 2)
        {
            // A complex number is multiplied as a whole; what is added is real.
            var plane = (int)header.Extent.Count;
            var scaled = header.Type.Stored == VoxelType.Float32 ? Scale<float, double>(bytes, slope, 0) : Scale<double, double>(bytes, slope, 0);
            var numbers = MemoryMarshal.Cast<byte, double>(scaled.AsSpan());
            for (var frame = 0; frame < header.Frames; frame++)
            {
                foreach (ref var v in numbers.Slice(2 * frame * plane, plane))
                {
                    v += intercept;
                }
            }

            return scaled;
        }

        return header.Type.Stored switch
        {
            VoxelType.UInt8 => Scale<byte>(bytes, header),
            VoxelType.Int8 => Scale<sbyte>(bytes, header),
            VoxelType.UInt16 => Scale<ushort>(bytes, header),
            VoxelType.Int16 => Scale<short>(bytes, header),
            VoxelType.UInt32 => Scale<uint>(bytes, header),
            VoxelType.Int32 => Scale<int>(bytes, header),
            VoxelType.UInt64 => Scale<ulong>(bytes, header),
            VoxelType.Int64 => Scale<long>(bytes, header),
            VoxelType.Float32 => Scale<float>(bytes, header),
            VoxelType.Float64 => Scale<double>(bytes, header),
            _ => throw new UnreachableException($"voxel type {header.Type.Stored}"),
        };
    }

    private static byte[] Scale<T>(byte[] bytes, NiftiHeader header)
        where T : unmanaged, INumber<T> => header.VoxelType switch
        {
            VoxelType.UInt8 => Scale<T, byte>(bytes, header.Slope, header.Intercept),
            VoxelType.Int8 => Scale<T, sbyte>(bytes, header.Slope, header.Intercept),
            VoxelType.UInt16 => Scale<T, ushort>(bytes, header.Slope, header.Intercept),
            VoxelType.Int16 => Scale<T, short>(bytes, header.Slope, header.Intercept),
            VoxelType.UInt32 => Scale<T, uint>(bytes, header.Slope, header.Intercept),
            VoxelType.Int32 => Scale<T, int>(bytes, header.Slope, header.Intercept),
            VoxelType.Int64 => Scale<T, long>(bytes, header.Slope, header.Intercept),
            _ => Scale<T, double>(bytes, header.Slope, header.Intercept),
        };

    // First the product, rounded, then the sum: as nibabel.
    private static byte[] Scale<T, TTarget>(byte[] bytes, double slope, double intercept)
        where T : unmanaged, INumber<T>
        where TTarget : unmanaged, INumber<TTarget>
    {
        var source = MemoryMarshal.Cast<byte, T>(bytes);
        var scaled = GC.AllocateUninitializedArray<byte>(source.Length * Marshal.SizeOf<TTarget>());
        var target = MemoryMarshal.Cast<byte, TTarget>(scaled.AsSpan());
        for (var i = 0; i < target.Length; i++)
        {
            var product = double.CreateTruncating(source[i]) * slope;
            target[i] = TTarget.CreateTruncating(product + intercept);
        }

        return scaled;
    }
}

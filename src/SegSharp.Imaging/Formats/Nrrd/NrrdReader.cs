using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace SegSharp.Imaging.Formats.Nrrd;

// From a file, or a header and a file, to planar voxels.
internal static class NrrdReader
{
    public static Volume Read(ByteSource source)
    {
        var header = new NrrdHeader(source);
        var geometry = header.Geometry();
        if (header.DataFile is not { } name)
        {
            return header.Image.ToVolume(source, geometry, Voxels(source, header.Lines.Position, header));
        }

        if (name.StartsWith("LIST", StringComparison.OrdinalIgnoreCase) || name.Contains('%', StringComparison.Ordinal))
        {
            throw source.Unsupported($"its voxels lie in several files ('data file: {TextHeader.Short(name)}'); one file is read", "save it as one .nrrd file");
        }

        using var voxels = header.Lines.OpenBeside(name);
        return header.Image.ToVolume(source, geometry, Voxels(voxels, 0, header));
    }

    private static byte[] Voxels(ByteSource source, long start, NrrdHeader header)
    {
        var (image, skip) = (header.Image, header.ByteSkip);
        start = PassLines(source, start, header.LineSkip);
        var what = $"{image.Extent} voxels of {image.Type.Text()}{(image.Channels > 1 ? $" with {image.Channels} channels" : "")}";
        switch (header.Encoding)
        {
            case NrrdEncoding.Raw:
                return source.ReadExactly(skip < 0 ? source.Length - image.Bytes : start + skip, image.Bytes, what);
            case NrrdEncoding.Gzip:
                return skip < 0
                    ? throw source.Unsupported("it counts the bytes to skip from the end of compressed data", "save it without 'byte skip'")
                    : Packed.Unpack(source, start, source.Length - start, gzip: true, skip, image.Bytes, what);
            default:
                return Numbers(source, start + Math.Max(0, skip), image, what);
        }
    }

    private static long PassLines(ByteSource source, long start, long lines)
    {
        var buffer = new byte[lines > 0 ? 4096 : 0];
        while (lines > 0)
        {
            var n = source.ReadUpTo(start, buffer);
            if (n == 0)
            {
                throw source.Damaged($"it ends {lines} lines before its voxels begin");
            }

            var at = buffer.AsSpan(0, n).IndexOf((byte)'\n');
            start += at < 0 ? n : at + 1;
            lines -= at < 0 ? 0 : 1;
        }

        return start;
    }

    private static byte[] Numbers(ByteSource source, long start, RawImage image, string what)
    {
        // A number takes a digit and a space.
        var count = image.Extent.Count * image.Channels;
        var text = source.ReadExactly(start, Math.Max(0, source.Length - start), what);
        if (count > (text.Length + 1) / 2)
        {
            throw source.Damaged($"{what} need {count} numbers; {text.Length} bytes of text cannot hold so many");
        }

        return image.Type switch
        {
            VoxelType.UInt8 => Numbers<byte>(source, text, count),
            VoxelType.Int8 => Numbers<sbyte>(source, text, count),
            VoxelType.UInt16 => Numbers<ushort>(source, text, count),
            VoxelType.Int16 => Numbers<short>(source, text, count),
            VoxelType.UInt32 => Numbers<uint>(source, text, count),
            VoxelType.Int32 => Numbers<int>(source, text, count),
            VoxelType.UInt64 => Numbers<ulong>(source, text, count),
            VoxelType.Int64 => Numbers<long>(source, text, count),
            VoxelType.Float32 => Numbers<float>(source, text, count),
            VoxelType.Float64 => Numbers<double>(source, text, count),
            _ => throw new UnreachableException($"voxel type {image.Type}"),
        };
    }

    private static byte[] Numbers<T>(ByteSource source, byte[] text, long count)
        where T : unmanaged, INumber<T>
    {
        var bytes = new byte[count * Marshal.SizeOf<T>()];
        var numbers = MemoryMarshal.Cast<byte, T>(bytes.AsSpan());
        var at = 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            while (at < text.Length && IsBetween(text[at]))
            {
                at++;
            }

            var end = at;
            while (end < text.Length && !IsBetween(text[end]))
            {
                end++;
            }

            if (end == at)
            {
                throw source.Damaged($"it holds {i} numbers; expected {count}");
            }

            var part = text.AsSpan(at, end - at);
            if (!T.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]))
            {
                numbers[i] = part.Length == 3 && Encoding.ASCII.GetString(part).Equals("nan", StringComparison.OrdinalIgnoreCase) && typeof(T) == typeof(float) ? T.CreateChecked(float.NaN)
                    : throw source.Damaged($"number {i + 1} is '{TextHeader.Short(Encoding.Latin1.GetString(part[..Math.Min(40, part.Length)]))}', which is no {typeof(T).Name.ToLowerInvariant()}");
            }

            at = end;
        }

        return bytes;
    }

    private static bool IsBetween(byte b) => b is (byte)' ' or (byte)',' or (byte)'\t' or (byte)'\n' or (byte)'\r';
}

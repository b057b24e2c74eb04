using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

// From a file's pixels to single planes: uncompressed ones are read here, compressed ones by the child process.
internal static class DicomPixels
{
    // All frames of a file as planes. Palettes become colours or stay indices, YBR becomes RGB when colours are asked for.
    public static DicomPlanes Read(string path, Reading reading, DicomDecoder decoder)
    {
        using var source = ByteSource.Open(path);
        return Read(source, reading, decoder);
    }

    public static DicomPlanes Read(ByteSource source, Reading reading, DicomDecoder decoder)
    {
        var file = DicomReader.Read(source);
        var image = DicomImage.Of(file);
        if (image.HasModalityTable)
        {
            throw source.Unsupported("its values go through a modality lookup table, which is not applied here", "convert it with the software it comes from");
        }

        var raw = image.SyntaxUid == DicomSyntax.Rle ? DicomRle.Decode(file, image) : image.IsCompressed ? decoder.Decode(image) : Stored(file, image);
        return Planes(file, raw, reading);
    }

    // Uncompressed pixels. Source: DICOM PS3.5 section 8.
    private static DicomRaw Stored(DicomFile file, DicomImage image)
    {
        Limits.CheckSize(image.Path, new Extent(image.Width, image.Height, image.FrameCount), image.Samples, VoxelType.UInt8);
        var element = file.Pixels!;
        var pixels = (long)image.Width * image.Height * image.FrameCount;
        var is422 = image.Photometric == "YBR_FULL_422" && image is { Samples: 3, BitsAllocated: 8 };
        var bits = is422 ? pixels * 16 : pixels * image.Samples * image.BitsAllocated;
        if (is422 && element.Length >= pixels * 3)
        {
            // Says subsampled and is not, as some writers have it.
            (bits, is422) = (pixels * 24, false);
        }

        var needed = (bits + 7) / 8;
        var there = Math.Min(element.Length, file.Source.Length - element.Offset);
        if (there < needed)
        {
            throw new InputException($"'{image.Path}' is truncated: its pixels need {needed} bytes, the file has {Math.Max(0, there)}", "copy or download the file again");
        }

        var isWord = element.Type == "OW" && file.Data.IsBigEndian;
        var bytes = file.Source.ReadExactly(element.Offset, isWord && needed % 2 != 0 && there > needed ? needed + 1 : needed, "the pixels");
        if (file.Data.IsBigEndian)
        {
            Swap(bytes, image.BitsAllocated >= 16 ? image.BitsAllocated / 8 : isWord ? 2 : 1);
        }

        bytes = bytes.LongLength > needed ? bytes[..(int)needed] : bytes;
        var (allocated, stored, high) = (image.BitsAllocated, image.BitsStored, image.HighBit);
        if (allocated == 1)
        {
            bytes = Spread(bytes, pixels * image.Samples);
            (allocated, stored, high) = (8, 8, 7);
        }
        else if (is422)
        {
            bytes = Widen422(bytes);
        }
        else if (image.Samples == 3 && image.Planar == 1)
        {
            bytes = Interleave(bytes, image.Width * image.Height, image.FrameCount, allocated / 8);
        }

        return new DicomRaw(image.Width, image.Height, image.FrameCount, image.Samples, allocated, stored, high, image.IsSigned, image.Photometric, bytes, image.IsFloat);
    }

    private static void Swap(byte[] bytes, int size)
    {
        switch (size)
        {
            case 2:
                var shorts = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                var words = MemoryMarshal.Cast<byte, uint>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(words, words);
                break;
            case 8:
                var longs = MemoryMarshal.Cast<byte, ulong>(bytes.AsSpan());
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            default:
                break;
        }
    }

    // One bit per pixel, the first in the lowest bit, without a gap between frames.
    private static byte[] Spread(byte[] packed, long count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)((packed[i >> 3] >> (i & 7)) & 1);
        }

        return bytes;
    }

    // Y Y Cb Cr for every two pixels.
    private static byte[] Widen422(byte[] bytes)
    {
        var wide = new byte[bytes.Length / 4 * 6];
        for (int i = 0, o = 0; i + 4 <= bytes.Length; i += 4, o += 6)
        {
            (wide[o], wide[o + 1], wide[o + 2], wide[o + 3], wide[o + 4], wide[o + 5]) = (bytes[i], bytes[i + 2], bytes[i + 3], bytes[i + 1], bytes[i + 2], bytes[i + 3]);
        }

        return wide;
    }

    private static byte[] Interleave(byte[] planes, int page, int frames, int size)
    {
        var mixed = new byte[planes.Length];
        for (var f = 0; f < frames; f++)
        {
            for (var s = 0; s < 3; s++)
            {
                var from = planes.AsSpan(((f * 3) + s) * page * size, page * size);
                var to = mixed.AsSpan(f * 3 * page * size);
                for (var i = 0; i < page; i++)
                {
                    from.Slice(i * size, size).CopyTo(to[(((i * 3) + s) * size)..]);
                }
            }
        }

        return mixed;
    }

    private static DicomPlanes Planes(DicomFile file, DicomRaw raw, Reading reading)
    {
        if (raw.IsFloat)
        {
            return new DicomPlanes(new Extent(raw.Width, raw.Height), raw.Frames, raw.Samples, raw.BitsAllocated == 32 ? VoxelType.Float32 : VoxelType.Float64, raw.Bytes);
        }

        switch (raw.BitsAllocated)
        {
            case 16:
                Clean<ushort>(raw, 16);
                break;
            case 32:
                Clean<uint>(raw, 32);
                break;
            default:
                Clean<byte>(raw, 8);
                break;
        }

        var type = (raw.BitsAllocated, raw.IsSigned) switch
        {
            (8, false) => VoxelType.UInt8,
            (8, true) => VoxelType.Int8,
            (16, false) => VoxelType.UInt16,
            (16, true) => VoxelType.Int16,
            (_, false) => VoxelType.UInt32,
            (_, true) => VoxelType.Int32,
        };
        if (raw.Photometric == "PALETTE COLOR" && reading == Reading.Colours)
        {
            return DicomPalette.Of(file).Apply(raw, type);
        }

        if (raw.Samples == 3 && raw.Photometric is "YBR_FULL" or "YBR_FULL_422" && raw.BitsAllocated == 8)
        {
            TurnToRgb(raw.Bytes);
        }

        return raw.Samples == 1
            ? new DicomPlanes(new Extent(raw.Width, raw.Height), raw.Frames, 1, type, raw.Bytes)
            : new DicomPlanes(new Extent(raw.Width, raw.Height), raw.Frames, 3, type, Separate(raw.Bytes, raw.Width * raw.Height, raw.Frames, raw.BitsAllocated / 8));
    }

    // Bits that are allocated and not stored (overlays of old, garbage) are no part of the value; the sign is that of the stored bits.
    private static void Clean<T>(DicomRaw raw, int size)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (shift, lost) = (raw.HighBit + 1 - raw.BitsStored, size - raw.BitsStored);
        if (lost == 0)
        {
            return;
        }

        var values = MemoryMarshal.Cast<byte, T>(raw.Bytes.AsSpan());
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = values[i] >>> shift << lost >>> lost;
            if (raw.IsSigned && !T.IsZero(values[i] >>> (raw.BitsStored - 1)))
            {
                values[i] |= T.AllBitsSet << raw.BitsStored;
            }
        }
    }

    // Source: DICOM PS3.3 C.7.6.3.1.2 (the inverse of its full-range formula), rounded half up, clipped.
    private static void TurnToRgb(byte[] pixels)
    {
        for (var i = 0; i + 3 <= pixels.Length; i += 3)
        {
            double y = pixels[i], b = pixels[i + 1] - 128, r = pixels[i + 2] - 128;
            pixels[i] = Clip(y + (1.402 * r));
            pixels[i + 1] = Clip(y - (0.114 * 1.772 / 0.587 * b) - (0.299 * 1.402 / 0.587 * r));
            pixels[i + 2] = Clip(y + (1.772 * b));
        }

        static byte Clip(double value) => (byte)Math.Clamp(Math.Floor(value + 0.5), 0, 255);
    }

    private static byte[] Separate(byte[] mixed, int page, int frames, int size)
    {
        var planes = new byte[mixed.Length];
        for (var f = 0; f < frames; f++)
        {
            for (var s = 0; s < 3; s++)
            {
                var to = planes.AsSpan(((f * 3) + s) * page * size, page * size);
                var from = mixed.AsSpan(f * 3 * page * size);
                for (var i = 0; i < page; i++)
                {
                    from.Slice(((i * 3) + s) * size, size).CopyTo(to[(i * size)..]);
                }
            }
        }

        return planes;
    }
}

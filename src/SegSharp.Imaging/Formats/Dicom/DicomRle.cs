using System.Buffers.Binary;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

// RLE, read here: through GDCM 3.0.21 colours of 16 and 32 bits came out otherwise than in pydicom, and a dose grid ended the child.
// Source: DICOM PS3.5 annex G (the segments and their packing) and A.4 (fragments).
internal static class DicomRle
{
    private const int MostSegments = 15, HeaderBytes = 64;

    // All frames, samples side by side, little endian.
    public static DicomRaw Decode(DicomFile file, DicomImage image)
    {
        var (page, size) = (image.Width * image.Height, image.BitsAllocated / 8);
        if (image.BitsAllocated < 8 || image.IsFloat)
        {
            throw file.Source.Unsupported($"its pixels of {image.BitsAllocated} bits are stored as RLE, which holds 8, 16 or 32", "convert it with gdcmconv");
        }

        Limits.CheckSize(image.Path, new Extent(image.Width, image.Height, image.FrameCount), image.Samples * size, VoxelType.UInt8);
        var fragments = Fragments(file);
        if (fragments.Count != image.FrameCount)
        {
            throw file.Source.Damaged($"its header says {image.FrameCount} frame(s), its pixels (RLE) hold {fragments.Count}");
        }

        // Every two stored bytes give at most 128.
        Limits.CheckRatio(file.Source, (long)page * size * image.Samples * image.FrameCount, file.Source.Length, 64);
        var pixels = new byte[(long)page * size * image.Samples * image.FrameCount];
        var frame = page * size * image.Samples;
        for (var f = 0; f < fragments.Count; f++)
        {
            var (at, length) = fragments[f];
            Frame(file.Source, file.Source.ReadExactly(at, length, "a frame of RLE"), pixels.AsSpan(f * frame, frame), page, image.Samples, size);
        }

        return new DicomRaw(image.Width, image.Height, image.FrameCount, image.Samples, image.BitsAllocated, image.BitsStored, image.HighBit, image.IsSigned, image.Photometric, pixels);
    }

    // Where the fragments lie, without the offset table in front of them.
    private static List<(long At, int Length)> Fragments(DicomFile file)
    {
        var fragments = new List<(long, int)>();
        var at = file.Pixels!.Offset;
        Span<byte> head = stackalloc byte[8];
        for (var index = 0; at + 8 <= file.Source.Length; index++)
        {
            file.Source.ReadExactly(at, head, "a fragment");
            var tag = ((uint)BinaryPrimitives.ReadUInt16LittleEndian(head) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(head[2..]);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            at += 8;
            if (tag == DicomTag.SequenceEnd)
            {
                break;
            }

            if (tag != DicomTag.Item || at + length > file.Source.Length)
            {
                throw file.Source.Damaged("the fragments of its pixels are broken");
            }

            if (index > 0)
            {
                fragments.Add((at, (int)length));
            }

            at += length;
        }

        return fragments;
    }

    // A segment for every byte of every sample, the highest byte first.
    private static void Frame(ByteSource source, ReadOnlySpan<byte> stored, Span<byte> target, int page, int samples, int size)
    {
        var count = stored.Length < HeaderBytes ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(stored);
        if (count != samples * size || count > MostSegments)
        {
            throw source.Damaged($"a frame of RLE has {count} segments; {samples} sample(s) of {size} byte(s) need {samples * size}");
        }

        for (var segment = 0; segment < count; segment++)
        {
            var start = BinaryPrimitives.ReadUInt32LittleEndian(stored[(4 * (segment + 1))..]);
            var end = segment + 1 < count ? BinaryPrimitives.ReadUInt32LittleEndian(stored[(4 * (segment + 2))..]) : (uint)stored.Length;
            if (start < HeaderBytes || end < start || end > stored.Length)
            {
                throw source.Damaged("a frame of RLE has segments outside itself");
            }

            var first = ((segment / size) * size) + (size - 1 - (segment % size));
            Unpack(source, stored[(int)start..(int)end], target[first..], page, samples * size);
        }
    }

    private static void Unpack(ByteSource source, ReadOnlySpan<byte> packed, Span<byte> target, int count, int stride)
    {
        var (done, at) = (0, 0);
        while (done < count && at < packed.Length)
        {
            var n = (sbyte)packed[at++];
            if (n >= 0)
            {
                var run = Math.Min(Math.Min(n + 1, packed.Length - at), count - done);
                for (var i = 0; i < run; i++)
                {
                    target[done++ * stride] = packed[at + i];
                }

                at += n + 1;
            }
            else if (n != -128 && at < packed.Length)
            {
                var run = Math.Min(1 - n, count - done);
                for (var i = 0; i < run; i++)
                {
                    target[done++ * stride] = packed[at];
                }

                at++;
            }
        }

        if (done < count)
        {
            throw source.Damaged($"a segment of RLE ends after {done} of {count} pixels");
        }
    }
}

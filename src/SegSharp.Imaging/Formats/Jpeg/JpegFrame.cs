using System.Buffers.Binary;

namespace SegSharp.Imaging.Formats.Jpeg;

// The frame header, found by walking the markers; no library needed. Source: ITU-T T.81, annex B.
internal sealed record JpegFrame(int Width, int Height, int Components, int Bits, bool Progressive)
{
    public static JpegFrame Read(ByteSource source)
    {
        var at = 2L;
        Span<byte> head = stackalloc byte[10];
        while (true)
        {
            source.ReadExactly(at, head[..2], "a JPEG marker");
            if (head[0] != 0xFF)
            {
                throw source.Damaged($"there is no JPEG marker at {at}");
            }

            var marker = head[1];
            if (marker is 0xFF)
            {
                at++;
                continue;
            }

            if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
            {
                at += 2;
                continue;
            }

            if (marker is 0xD9 or 0xDA)
            {
                throw source.Damaged("it has no JPEG frame header");
            }

            source.ReadExactly(at, head[..4], "a JPEG segment");
            var length = BinaryPrimitives.ReadUInt16BigEndian(head[2..]);
            if (length < 2)
            {
                throw source.Damaged($"its JPEG segment at {at} has length {length}; expected 2 or more");
            }

            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                source.ReadExactly(at, head, "the JPEG frame header");
                var frame = new JpegFrame(BinaryPrimitives.ReadUInt16BigEndian(head[7..]), BinaryPrimitives.ReadUInt16BigEndian(head[5..]), 0, head[4], marker is 0xC2 or 0xC6 or 0xCA or 0xCE);
                Span<byte> components = stackalloc byte[1];
                source.ReadExactly(at + 9, components, "the JPEG frame header");
                return Check(source, frame with { Components = components[0] }, marker);
            }

            at += 2 + length;
        }
    }

    private static JpegFrame Check(ByteSource source, JpegFrame frame, byte marker)
    {
        if (frame.Width == 0 || frame.Height == 0)
        {
            throw source.Damaged($"its size is {frame.Width}x{frame.Height}; every side must be 1 or more");
        }

        if (frame.Bits != 8 || marker is not (0xC0 or 0xC1 or 0xC2 or 0xC9 or 0xCA))
        {
            throw source.Unsupported($"it is a JPEG with {frame.Bits} bits and frame type 0x{marker:x2}; baseline and progressive JPEG with 8 bits are read", "convert it to PNG or TIFF");
        }

        return frame.Components is 1 or 3
            ? frame
            : throw source.Unsupported($"it is a JPEG with {frame.Components} components (CMYK has 4); grey and RGB are read", "convert it to RGB");
    }
}

using System.Buffers.Binary;

namespace SegSharp.Imaging.Formats.Gif;

// Source: CompuServe, GIF 89a (1990), with appendix F (LZW).
internal static class GifReader
{
    private const int MaxCodes = 4096;

    public static GifFile Parse(ByteSource source)
    {
        var bytes = source.ReadExactly(0, source.Length, "the file");
        var cursor = new Cursor(source, bytes) { At = 6 };
        var screen = cursor.Take(7, "the GIF screen");
        var (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(screen), BinaryPrimitives.ReadUInt16LittleEndian(screen[2..]));
        var flags = screen[4];
        var globalPalette = (flags & 0x80) != 0 ? cursor.Take(3 << ((flags & 7) + 1), "the GIF palette").ToArray() : null;
        var frames = new List<GifFrame>();
        int? transparent = null;
        var disposal = 0;
        while (true)
        {
            var kind = cursor.Take(1, "the next GIF block")[0];
            switch (kind)
            {
                case 0x3B:
                    return Complete(source, width, height, frames);
                case 0x21:
                    var label = cursor.Take(1, "a GIF extension")[0];
                    var body = cursor.TakeBlocks();
                    if (label == 0xF9 && body.Length >= 4)
                    {
                        transparent = (body[0] & 1) != 0 ? body[3] : null;
                        disposal = (body[0] >> 2) & 7;
                    }

                    break;
                case 0x2C:
                    frames.Add(TakeFrame(source, cursor, globalPalette, transparent, disposal));
                    (transparent, disposal) = (null, 0);
                    break;
                default:
                    throw source.Damaged($"GIF block 0x{kind:x2} at {cursor.At - 1} is none of 0x21, 0x2c and 0x3b");
            }
        }
    }

    public static Volume Read(ByteSource source, Reading reading)
    {
        var file = Parse(source);
        var channels = reading == Reading.Indices || file.IsGrey ? 1 : 3;
        Limits.CheckSize(source.Path, file.Extent, channels, VoxelType.UInt8);
        Limits.CheckRatio(source, file.Extent.Count, file.Frames.Sum(f => (long)f.Data.Length) + 1, 2731);
        var page = (int)file.Extent.PageCount;
        var volume = Volume.Zeros(source.Name, Geometry.Pixels(file.Extent), channels, VoxelType.UInt8);
        var canvas = new byte[page * channels];
        for (var z = 0; z < file.Frames.Count; z++)
        {
            var frame = file.Frames[z];
            var before = frame.Disposal == 3 ? canvas.ToArray() : null;
            Draw(source, file, frame, Decode(source, frame), canvas, channels, reading);
            for (var c = 0; c < channels; c++)
            {
                canvas.AsSpan(c * page, page).CopyTo(volume.Bytes.AsSpan(((c * file.Frames.Count) + z) * page));
            }

            if (before is not null)
            {
                canvas = before;
            }
            else if (frame.Disposal == 2)
            {
                Clear(file, frame, canvas, channels);
            }
        }

        return new Volume(source.Name, volume.Geometry, channels, VoxelType.UInt8, volume.Bytes, source.Path);
    }

    private static GifFile Complete(ByteSource source, int width, int height, List<GifFrame> frames)
    {
        if (frames.Count == 0)
        {
            throw source.Damaged("it holds no picture");
        }

        if (width == 0 || height == 0)
        {
            throw source.Damaged($"its size is {width}x{height}; every side must be 1 or more");
        }

        foreach (var f in frames)
        {
            if (f.X + f.Width > width || f.Y + f.Height > height)
            {
                throw source.Damaged($"a frame of {f.Width}x{f.Height} at {f.X}, {f.Y} does not lie within the screen of {width}x{height}");
            }
        }

        return new GifFile(new Extent(width, height, frames.Count), frames);
    }

    private static GifFrame TakeFrame(ByteSource source, Cursor cursor, byte[]? globalPalette, int? transparent, int disposal)
    {
        var head = cursor.Take(9, "a GIF frame");
        var box = new int[4];
        for (var i = 0; i < 4; i++)
        {
            box[i] = BinaryPrimitives.ReadUInt16LittleEndian(head[(2 * i)..]);
        }

        var flags = head[8];
        var palette = (flags & 0x80) != 0 ? cursor.Take(3 << ((flags & 7) + 1), "a GIF palette").ToArray() : globalPalette;
        if (palette is null)
        {
            throw source.Damaged("a frame has no palette");
        }

        var codeSize = cursor.Take(1, "the GIF code size")[0];
        if (codeSize is < 1 or > 8)
        {
            throw source.Damaged($"its GIF code size is {codeSize}; expected 1 to 8");
        }

        return new GifFrame(box[0], box[1], box[2], box[3], (flags & 0x40) != 0, palette, transparent, disposal, codeSize, cursor.TakeBlocks());
    }

    private static void Draw(ByteSource source, GifFile file, GifFrame frame, byte[] pixels, byte[] canvas, int channels, Reading reading)
    {
        var page = (int)file.Extent.PageCount;
        for (var i = 0; i < pixels.Length; i++)
        {
            var index = pixels[i];
            if (index == frame.Transparent && file.Frames.Count > 1)
            {
                continue;
            }

            var at = ((frame.Y + (i / frame.Width)) * file.Extent.Width) + frame.X + (i % frame.Width);
            if (reading == Reading.Indices)
            {
                canvas[at] = index;
                continue;
            }

            if (index * 3 >= frame.Palette.Length)
            {
                throw source.Damaged($"a pixel has palette entry {index}; the palette has {frame.Palette.Length / 3}");
            }

            for (var c = 0; c < channels; c++)
            {
                canvas[(c * page) + at] = frame.Palette[(index * 3) + c];
            }
        }
    }

    private static void Clear(GifFile file, GifFrame frame, byte[] canvas, int channels)
    {
        for (var c = 0; c < channels; c++)
        {
            for (var y = 0; y < frame.Height; y++)
            {
                canvas.AsSpan((int)(c * file.Extent.PageCount) + ((frame.Y + y) * file.Extent.Width) + frame.X, frame.Width).Clear();
            }
        }
    }

    private static byte[] Decode(ByteSource source, GifFrame frame)
    {
        var count = frame.Width * frame.Height;
        var pixels = new byte[count];
        var (prefix, suffix, length) = (new int[MaxCodes], new byte[MaxCodes], new int[MaxCodes]);
        var clear = 1 << frame.CodeSize;
        for (var i = 0; i < clear; i++)
        {
            (suffix[i], length[i]) = ((byte)i, 1);
        }

        var (next, bits, previous) = (clear + 2, frame.CodeSize + 1, -1);
        var (buffer, held, at, done) = (0, 0, 0, 0);
        while (done < count)
        {
            while (held < bits)
            {
                if (at == frame.Data.Length)
                {
                    throw source.Damaged($"its compressed data end after {done} of {count} pixels");
                }

                buffer |= frame.Data[at++] << held;
                held += 8;
            }

            var code = buffer & ((1 << bits) - 1);
            (buffer, held) = (buffer >> bits, held - bits);
            if (code == clear)
            {
                (next, bits, previous) = (clear + 2, frame.CodeSize + 1, -1);
                continue;
            }

            if (code == clear + 1)
            {
                throw source.Damaged($"its compressed data end after {done} of {count} pixels");
            }

            if (code > next || (code == next && previous < 0) || (code >= clear && previous < 0) || code >= MaxCodes)
            {
                throw source.Damaged($"its compressed data hold code {code} where at most {next} is known");
            }

            // The string of this code; a code not yet in the table is the one before with its own first letter added.
            var known = code < next;
            var from = known ? code : previous;
            var size = length[from];
            var end = Math.Min(done + size, count);
            var first = (byte)0;
            for (int i = done + size - 1, s = from; i >= done; i--, s = prefix[s])
            {
                first = suffix[s];
                if (i < end)
                {
                    pixels[i] = first;
                }
            }

            done = end;
            if (!known && done < count)
            {
                pixels[done++] = first;
            }

            if (previous >= 0 && next < MaxCodes)
            {
                (prefix[next], suffix[next], length[next]) = (previous, first, length[previous] + 1);
                next++;
                if (next == 1 << bits && bits < 12)
                {
                    bits++;
                }
            }

            previous = code;
        }

        return frame.Interlaced ? Unweave(pixels, frame.Width, frame.Height) : pixels;
    }

    private static byte[] Unweave(byte[] pixels, int width, int height)
    {
        var result = new byte[pixels.Length];
        var row = 0;
        foreach (var (first, step) in (ReadOnlySpan<(int, int)>)[(0, 8), (4, 8), (2, 4), (1, 2)])
        {
            for (var y = first; y < height; y += step)
            {
                pixels.AsSpan(row++ * width, width).CopyTo(result.AsSpan(y * width));
            }
        }

        return result;
    }

    private sealed class Cursor(ByteSource source, byte[] bytes)
    {
        public int At { get; set; }

        public ReadOnlySpan<byte> Take(int count, string what)
        {
            if (count > bytes.Length - At)
            {
                source.ReadExactly(At, count, what);
            }

            At += count;
            return bytes.AsSpan(At - count, count);
        }

        public byte[] TakeBlocks()
        {
            var all = new MemoryStream();
            while (true)
            {
                var size = Take(1, "the size of a GIF block")[0];
                if (size == 0)
                {
                    return all.ToArray();
                }

                all.Write(Take(size, "a GIF block"));
            }
        }
    }
}

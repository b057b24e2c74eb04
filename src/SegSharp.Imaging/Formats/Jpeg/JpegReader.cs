using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Jpeg;

internal static class JpegReader
{
    // A block of 64 pixels takes half a bit at the very least, in progressive pictures of one colour.
    private const int BestRatio = 1024;

    public static Volume Read(ByteSource source)
    {
        var frame = JpegFrame.Read(source);
        var extent = new Extent(frame.Width, frame.Height);
        Limits.CheckSize(source.Path, extent, frame.Components, VoxelType.UInt8);
        Limits.CheckRatio(source, extent.Count, source.Length, BestRatio);
        var stored = source.ReadExactly(0, source.Length, "the file");
        if (stored.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) < 0)
        {
            throw source.Damaged("it ends before its JPEG end marker");
        }

        var pixels = Decode(source, stored, frame.Width, frame.Height, frame.Components);
        return new Volume(source.Name, Geometry.Pixels(extent), frame.Components, VoxelType.UInt8, Separate(pixels, frame.Components), source.Path);
    }

    // One strip or tile of a TIFF file; pixel by pixel.
    public static byte[] DecodeTile(ByteSource source, byte[] tables, byte[] stored, int width, int rows, int samples, bool isYCbCr)
    {
        if (samples is not (1 or 3) || stored.Length < 4 || stored[0] != 0xFF || stored[1] != 0xD8)
        {
            throw source.Unsupported($"it holds JPEG tiles with {samples} samples per pixel, or damaged ones; 1 or 3 are read", "save it with LZW or Deflate compression");
        }

        // Start marker, the colour transform stated (Adobe), shared tables without their start and end markers, the tile.
        byte[] adobe = [0xFF, 0xEE, 0, 14, (byte)'A', (byte)'d', (byte)'o', (byte)'b', (byte)'e', 0, 100, 0, 0, 0, 0, (byte)(isYCbCr ? 1 : 0)];
        var shared = tables.Length > 4 ? tables[2..^2] : [];
        byte[] whole = [0xFF, 0xD8, .. samples == 3 ? adobe : [], .. shared, .. stored.AsSpan(2)];
        var frame = JpegFrame.Read(ByteSource.Of(source.Path, whole));
        if (frame.Width != width || frame.Height < rows || frame.Components != samples)
        {
            throw source.Damaged($"a JPEG tile is {frame.Width}x{frame.Height} with {frame.Components} components; expected {width}x{rows} with {samples}");
        }

        Limits.CheckSize(source.Path, new Extent(frame.Width, frame.Height), samples, VoxelType.UInt8);
        return Decode(source, whole, frame.Width, frame.Height, samples);
    }

    private static byte[] Decode(ByteSource source, byte[] stored, int width, int height, int components)
    {
        var pixels = new byte[checked(width * height * components)];
        try
        {
            if (TurboJpeg.Decode(stored, pixels, width, height, components) is { } message)
            {
                throw source.Damaged($"the JPEG decoder says '{message}'");
            }
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new SegSharpException(
                $"'{source.Path}' is JPEG-compressed, and the library that decodes it was not found ({TurboJpeg.FileNames})",
                "on Debian and Ubuntu: apt-get install libturbojpeg0; elsewhere install libjpeg-turbo",
                e);
        }

        return pixels;
    }

    private static byte[] Separate(byte[] pixels, int channels)
    {
        if (channels == 1)
        {
            return pixels;
        }

        var planes = new byte[pixels.Length];
        var count = pixels.Length / channels;
        for (var c = 0; c < channels; c++)
        {
            for (int i = 0, k = c; i < count; i++, k += channels)
            {
                planes[(c * count) + i] = pixels[k];
            }
        }

        return planes;
    }
}

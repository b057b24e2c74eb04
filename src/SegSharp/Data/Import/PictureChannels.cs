using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>Brings pictures of different kinds to the same channels: alpha goes, grey becomes colour, colour grey.</summary>
internal static class PictureChannels
{
    /// <summary>Whether a picture shows colours: three channels that are not equal.</summary>
    public static bool IsColoured(Volume image) => image.Channels is 3 or 4 && !IsGrey(image);

    /// <summary>How many channels the imported pictures get: as asked for, or 3 from the first picture on that has colours, which is said.</summary>
    public static int Decide(IEnumerable<string> pictures, PictureColours colours, Action<RunEvent>? on, CancellationToken cancel)
    {
        if (colours != PictureColours.Auto)
        {
            return colours == PictureColours.Grey ? 1 : 3;
        }

        foreach (var picture in pictures)
        {
            cancel.ThrowIfCancellationRequested();
            if (IsColoured(Volume.Read(picture)))
            {
                on?.Invoke(new Noted($"pictures: red, green and blue, since '{picture}' has colours (--colours grey makes one channel)"));
                return 3;
            }
        }

        on?.Invoke(new Noted("pictures: one grey channel, since no picture has colours"));
        return 1;
    }

    /// <summary>Whether the first three channels are equal.</summary>
    public static bool IsGrey(Volume image)
    {
        var plane = image.Bytes.Length / image.Channels;
        var bytes = image.Bytes.AsSpan();
        return bytes[..plane].SequenceEqual(bytes.Slice(plane, plane)) && bytes[..plane].SequenceEqual(bytes.Slice(2 * plane, plane));
    }

    /// <summary>The picture with one grey channel or with three colours; without alpha.</summary>
    /// <param name="image">1 to 4 channels: grey, grey and alpha, colours, colours and alpha.</param>
    /// <param name="channels">1 or 3.</param>
    /// <remarks>Source for grey: ITU-R BT.601, as pictures are usually weighed: 0.299 R + 0.587 G + 0.114 B, rounded.</remarks>
    public static Volume Of(Volume image, int channels)
    {
        var plane = image.Bytes.Length / image.Channels;
        var seen = image.Channels is 2 or 4 ? image.Channels - 1 : image.Channels;
        if (channels == seen)
        {
            return With(image.Bytes[..(plane * seen)]);
        }

        if (channels == 3)
        {
            var grey = image.Bytes.AsSpan(0, plane);
            return With([.. grey, .. grey, .. grey]);
        }

        if (IsGrey(image))
        {
            return With(image.Bytes[..plane]);
        }

        var values = image.ToFloats();
        var count = values.Length / image.Channels;
        var weighed = new float[count];
        for (var i = 0; i < count; i++)
        {
            weighed[i] = MathF.Round((0.299f * values[i]) + (0.587f * values[count + i]) + (0.114f * values[(2 * count) + i]));
        }

        return Volume.Of<float>(image.Name, image.Geometry, 1, weighed).Convert(image.VoxelType);

        Volume With(byte[] bytes) => new(image.Name, image.Geometry, channels, image.VoxelType, bytes, image.Path);
    }
}

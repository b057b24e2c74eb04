using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;

namespace SegSharp.Prediction.Promptable;

/// <summary>What a promptable network of pictures sees: one page in three channels of 8 bits.</summary>
/// <param name="Name">The image's name.</param>
/// <param name="Width">Pixels in a row.</param>
/// <param name="Height">Rows.</param>
/// <param name="Planes">Red, green and blue, one plane after another, x fastest: 3 · width · height bytes.</param>
/// <param name="Scaling">How its values became bytes, in words: "as stored", "window -160 to 240".</param>
public sealed record PromptablePage(string Name, int Width, int Height, byte[] Planes, string Scaling)
{
    // Air is −1000 HU; no other kind of image goes so far below zero.
    private const float AirBelow = -500;

    /// <summary>One page of an image.</summary>
    /// <remarks>
    /// Source: Ma et al. 2024 (MedSAM), Methods: CT is cut to a window (level 40, width 400), other images from the 0.5th to the
    /// 99.5th percentile of what is not zero, and zero stays 0.
    /// </remarks>
    /// <param name="image">8 bits grey or RGB stay as they are (an alpha channel is left out); everything else is scaled.</param>
    /// <param name="page">From 0.</param>
    /// <param name="window">Shown black to white; null: for values below −500 the CT window −160…240, else by percentiles.</param>
    /// <exception cref="InputException">Neither grey nor RGB: other than 1 or 3 channels, and no alpha channel of an 8 or 16 bit picture behind them. Four MR sequences are no picture.</exception>
    public static PromptablePage Of(Volume image, int page = 0, WindowOptions? window = null)
    {
        var one = image.Extent.Depth == 1 ? image : image.Page(page);
        var hasAlpha = one.Channels is 2 or 4 && one.VoxelType is VoxelType.UInt8 or VoxelType.UInt16;
        if (one.Channels is not (1 or 3) && !hasAlpha)
        {
            throw new InputException(
                $"'{image.Path ?? image.Name}' has {image.Channels} channels; a promptable network sees grey or RGB",
                image.Path is { } path ? CommandText.OfChannel(path) : "choose one channel");
        }

        var count = (int)one.Extent.PageCount;
        var colours = one.Channels >= 3 ? 3 : 1;
        byte[] bytes;
        string scaling;
        if (one.VoxelType == VoxelType.UInt8 && window is null)
        {
            (bytes, scaling) = (one.Bytes[..(colours * count)], "as stored");
        }
        else
        {
            (bytes, scaling) = Scaled(one.ToFloats().AsSpan(0, colours * count), window);
        }

        return new(image.Name, one.Extent.Width, one.Extent.Height, colours == 3 ? bytes : [.. bytes, .. bytes, .. bytes], scaling);
    }

    /// <summary>A rectangle of this page.</summary>
    public PromptablePage Crop(int x, int y, int width, int height)
    {
        var planes = new byte[3 * width * height];
        for (var row = 0; row < 3 * height; row++)
        {
            var (c, r) = (row / height, row % height);
            Planes.AsSpan((((c * Height) + y + r) * Width) + x, width).CopyTo(planes.AsSpan(row * width));
        }

        return new(Name, width, height, planes, Scaling);
    }

    private static (byte[] Bytes, string Words) Scaled(ReadOnlySpan<float> values, WindowOptions? window)
    {
        var least = float.PositiveInfinity;
        foreach (var v in values)
        {
            least = v < least ? v : least;
        }

        if (window is null && least < AirBelow)
        {
            window = new WindowOptions { Level = 40, Width = 400 };
        }

        if (window is not null)
        {
            UsageException.ThrowIfAny(window.Check());
            var low = window.Level - (window.Width / 2);
            return (Stretched(values, low, low + window.Width, keepZero: false), $"window {low:0.##} to {low + window.Width:0.##}");
        }

        var present = new bool[values.Length];
        for (var i = 0; i < present.Length; i++)
        {
            present[i] = values[i] != 0 && float.IsFinite(values[i]);
        }

        if (!present.Contains(true))
        {
            return (new byte[values.Length], "empty");
        }

        var statistics = IntensityStatistics.Of(values, present, [0.5, 99.5]);
        var (black, white) = (statistics.At(0.5), statistics.At(99.5));
        return (Stretched(values, black, white, keepZero: true), $"percentiles {black:0.##} to {white:0.##}");
    }

    private static byte[] Stretched(ReadOnlySpan<float> values, double black, double white, bool keepZero)
    {
        var bytes = new byte[values.Length];
        var range = white > black ? white - black : 1;
        for (var i = 0; i < bytes.Length; i++)
        {
            var v = (values[i] - black) / range;
            bytes[i] = (keepZero && values[i] == 0) || !(v > 0) ? (byte)0 : (byte)(255 * Math.Min(v, 1));       // NaN is not above 0
        }

        return bytes;
    }
}

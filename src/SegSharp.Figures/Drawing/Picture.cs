using System.Numerics;

namespace SegSharp.Figures.Drawing;

/// <summary>A picture in memory: 8-bit RGBA, row by row from the top, opacity not multiplied in. It does not change; every method returns a new one.</summary>
public sealed class Picture
{
    private readonly byte[] _rgba;

    private Picture(int width, int height, byte[] rgba)
    {
        Width = width;
        Height = height;
        _rgba = rgba;
    }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>The pixels: 4 · <see cref="Width"/> · <see cref="Height"/> bytes R, G, B, A.</summary>
    public ReadOnlyMemory<byte> Pixels => _rgba;

    internal byte[] Rgba => _rgba;

    /// <summary>The colour at a pixel, (0, 0) at the upper left.</summary>
    public Colour this[int x, int y]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)x, (uint)Width, nameof(x));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Height, nameof(y));
            var at = 4 * ((y * Width) + x);
            return new(_rgba[at], _rgba[at + 1], _rgba[at + 2], _rgba[at + 3]);
        }
    }

    /// <summary>A picture whose pixels are computed one by one.</summary>
    /// <param name="width">Pixels in a row, 1 or more.</param>
    /// <param name="height">Rows, 1 or more.</param>
    /// <param name="colour">The colour of pixel i = y · width + x.</param>
    public static Picture Create(int width, int height, Func<int, Colour> colour)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        var rgba = new byte[checked(4 * width * height)];
        for (var i = 0; i < width * height; i++)
        {
            var c = colour(i);
            (rgba[4 * i], rgba[(4 * i) + 1], rgba[(4 * i) + 2], rgba[(4 * i) + 3]) = (c.R, c.G, c.B, c.A);
        }

        return new(width, height, rgba);
    }

    /// <summary>Grey from values of any type, between the values that are shown black and white.</summary>
    /// <param name="values">width · height values, x fastest. What is not a number is shown black.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="black">This value and all below are black.</param>
    /// <param name="white">This value and all above are white.</param>
    public static Picture Grey<T>(ReadOnlySpan<T> values, int width, int height, double black, double white)
        where T : unmanaged, INumber<T>
    {
        Expect(values.Length, width, height);
        var grey = new byte[values.Length];
        var range = white > black ? white - black : 1;
        for (var i = 0; i < grey.Length; i++)
        {
            var v = (double.CreateTruncating(values[i]) - black) / range;
            grey[i] = v > 0 ? (byte)Math.Round(255 * Math.Min(v, 1)) : (byte)0;   // NaN is not above 0
        }

        return Create(width, height, i => new(grey[i], grey[i], grey[i]));
    }

    /// <summary>Grey, from the value at a low percentile (black) to that at a high one (white), so that single bright voxels do not darken the rest.</summary>
    /// <param name="values">width · height values, x fastest.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="lowPercent">0…100.</param>
    /// <param name="highPercent">0…100, above the low one.</param>
    public static Picture GreyByPercentile<T>(ReadOnlySpan<T> values, int width, int height, double lowPercent = 0.5, double highPercent = 99.5)
        where T : unmanaged, INumber<T>
    {
        Expect(values.Length, width, height);
        var sorted = new List<double>(values.Length);
        foreach (var value in values)
        {
            var v = double.CreateTruncating(value);
            if (double.IsFinite(v))
            {
                sorted.Add(v);
            }
        }

        if (sorted.Count == 0)
        {
            return Create(width, height, _ => Colour.Hex(0));
        }

        sorted.Sort();
        return Grey(values, width, height, At(lowPercent), At(highPercent));

        double At(double percent) => sorted[(int)Math.Round((sorted.Count - 1) * Math.Clamp(percent, 0, 100) / 100)];
    }

    /// <summary>Three bytes a pixel, R G B.</summary>
    public static Picture Rgb(ReadOnlySpan<byte> rgb, int width, int height)
    {
        Expect(rgb.Length / 3.0, width, height);
        var own = rgb.ToArray();
        return Create(width, height, i => new(own[3 * i], own[(3 * i) + 1], own[(3 * i) + 2]));
    }

    /// <summary>A label map in colours.</summary>
    /// <param name="labels">width · height labels, x fastest.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="colour">The colour of a label; null takes <see cref="Palette.Label"/>: black, near white, orange, …</param>
    public static Picture Labels<T>(ReadOnlySpan<T> labels, int width, int height, Func<int, Colour>? colour = null)
        where T : unmanaged, IBinaryInteger<T>
    {
        Expect(labels.Length, width, height);
        var own = Integers(labels);
        return Create(width, height, i => (colour ?? Palette.Label)(own[i]));
    }

    /// <summary>Where prediction and truth agree and where they do not, in the error colours of <see cref="Palette"/>.</summary>
    /// <param name="truth">width · height labels, 0 = background.</param>
    /// <param name="prediction">The same grid.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="ignore">A label of the truth that is not counted, shown grey; null for none.</param>
    public static Picture Errors<T>(ReadOnlySpan<T> truth, ReadOnlySpan<T> prediction, int width, int height, int? ignore = null)
        where T : unmanaged, IBinaryInteger<T>
    {
        Expect(truth.Length, width, height);
        Expect(prediction.Length, width, height);
        var (t, p) = (Integers(truth), Integers(prediction));
        return Create(width, height, i => (t[i], p[i]) switch
        {
            (var label, _) when label == ignore => Palette.Muted,
            (0, 0) => Palette.TrueNegative,
            (0, _) => Palette.FalsePositive,
            (_, 0) => Palette.FalseNegative,
            var (a, b) => a == b ? Palette.TruePositive : Palette.WrongLabel,
        });
    }

    /// <summary>This picture with labels laid over it, background left as it is.</summary>
    /// <param name="labels">One label a pixel.</param>
    /// <param name="opacity">0 leaves the picture, 1 hides it.</param>
    /// <param name="colour">The colour of a label; null takes <see cref="Palette.Overlay"/>: orange, sky blue, green, …</param>
    public Picture WithOverlay<T>(ReadOnlySpan<T> labels, double opacity = 0.6, Func<int, Colour>? colour = null)
        where T : unmanaged, IBinaryInteger<T>
    {
        Expect(labels.Length, Width, Height);
        var own = Integers(labels);
        return Create(Width, Height, i => own[i] == 0 ? At(i) : At(i).Mix((colour ?? Palette.Overlay)(own[i]), opacity));
    }

    /// <summary>This picture with the outlines of labels: the pixels of a label that touch another one, by a side.</summary>
    /// <param name="labels">One label a pixel.</param>
    /// <param name="colour">The colour of a label; null takes <see cref="Palette.Overlay"/>.</param>
    public Picture WithContour<T>(ReadOnlySpan<T> labels, Func<int, Colour>? colour = null)
        where T : unmanaged, IBinaryInteger<T>
    {
        Expect(labels.Length, Width, Height);
        var own = Integers(labels);
        return Create(Width, Height, i => own[i] != 0 && IsEdge(own, i) ? (colour ?? Palette.Overlay)(own[i]) : At(i));
    }

    /// <summary>Each pixel as a square of <paramref name="factor"/> × <paramref name="factor"/>: thin outlines on small images become visible.</summary>
    public Picture Enlarge(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        var width = Width * factor;
        return Create(width, Height * factor, i => At((i / width / factor * Width) + (i % width / factor)));
    }

    /// <summary>A rectangle of this picture.</summary>
    public Picture Crop(int x, int y, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(x);
        ArgumentOutOfRangeException.ThrowIfNegative(y);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(x + width, Width, nameof(width));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(y + height, Height, nameof(height));
        return Create(width, height, i => this[x + (i % width), y + (i / width)]);
    }

    /// <summary>The picture as a PNG file.</summary>
    /// <exception cref="Foundation.SegSharpException">Cairo is not installed.</exception>
    public byte[] ToPng() => CairoCanvas.Encode(this);

    /// <summary>The PNG as a data URI, to stand in a page.</summary>
    public string ToDataUri() => "data:image/png;base64," + Convert.ToBase64String(ToPng());

    internal static Picture FromPremultiplied(ReadOnlySpan<byte> bgra, int width, int height, int stride)
    {
        var rgba = new byte[4 * width * height];
        for (var i = 0; i < width * height; i++)
        {
            var from = ((i / width) * stride) + (4 * (i % width));
            var a = bgra[from + 3];
            (rgba[4 * i], rgba[(4 * i) + 1], rgba[(4 * i) + 2], rgba[(4 * i) + 3]) =
                (Divide(bgra[from + 2], a), Divide(bgra[from + 1], a), Divide(bgra[from], a), a);
        }

        return new(width, height, rgba);

        static byte Divide(byte value, byte a) => a == 0 ? (byte)0 : (byte)Math.Min(255, ((value * 255) + (a / 2)) / a);
    }

    /// <summary>Bytes B, G, R, A with the opacity multiplied in, as Cairo wants them (little-endian ARGB32).</summary>
    internal byte[] ToPremultiplied()
    {
        var bgra = new byte[_rgba.Length];
        for (var i = 0; i < bgra.Length; i += 4)
        {
            int a = _rgba[i + 3];
            bgra[i] = (byte)(((_rgba[i + 2] * a) + 127) / 255);
            bgra[i + 1] = (byte)(((_rgba[i + 1] * a) + 127) / 255);
            bgra[i + 2] = (byte)(((_rgba[i] * a) + 127) / 255);
            bgra[i + 3] = (byte)a;
        }

        return bgra;
    }

    private static int[] Integers<T>(ReadOnlySpan<T> labels)
        where T : unmanaged, IBinaryInteger<T>
    {
        var own = new int[labels.Length];
        for (var i = 0; i < own.Length; i++)
        {
            own[i] = int.CreateTruncating(labels[i]);
        }

        return own;
    }

    private static void Expect(double count, int width, int height)
    {
        if (count != (double)width * height)
        {
            throw new ArgumentException($"{count} values do not fill {width}×{height} pixels");
        }
    }

    private Colour At(int i) => new(_rgba[4 * i], _rgba[(4 * i) + 1], _rgba[(4 * i) + 2], _rgba[(4 * i) + 3]);

    private bool IsEdge(int[] labels, int i)
    {
        var (x, y) = (i % Width, i / Width);
        return (x > 0 && labels[i - 1] != labels[i])
            || (x < Width - 1 && labels[i + 1] != labels[i])
            || (y > 0 && labels[i - Width] != labels[i])
            || (y < Height - 1 && labels[i + Width] != labels[i]);
    }
}

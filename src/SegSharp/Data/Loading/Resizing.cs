using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>Bringing pages to one size.</summary>
internal static class Resizing
{
    public static Volume Bilinear(Volume image, int width, int height) => throw new NotSupportedException($"{image} {width} {height}");

    public static LabelMap Nearest(LabelMap labels, int width, int height) => throw new NotSupportedException($"{labels} {width} {height}");
}

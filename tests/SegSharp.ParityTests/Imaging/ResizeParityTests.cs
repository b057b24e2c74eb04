using System.Globalization;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>Pillow 9.4, torch 1.13, scipy 1.10, scikit-image 0.19 and OpenCV 4.6: 8-bit results one grey, float 1e-3, nearest exact.</summary>
public sealed class ResizeParityTests
{
    private const string Folder = "29-embedding-resize/resize";

    public static TheoryData<string> Cases => [.. ((string[])["pil_*", "torch_*", "scipy_*", "skimage_*", "opencv_*"])
        .SelectMany(p => Grid.Names(Folder, p + ".npy")).Where(f => !f.Contains("512", StringComparison.Ordinal))];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void A_resized_picture_is_the_originals(string file)
    {
        var expected = Grid.Read(Folder, file + ".npy");
        var source = Grid.Read(Folder, file.Contains("trilinear", StringComparison.Ordinal) ? "volume_7x8x9.npy" : "input_96x112_u8.npy");
        var parts = file.Split('_');
        var tolerance = file.Contains("nearest", StringComparison.Ordinal) ? 0 : parts[0] is "pil" or "opencv" ? 1 : 1e-3;
        double[] made;
        if (parts[0] == "pil")
        {
            var bytes = Array.ConvertAll(source.Values, v => (byte)v);
            made = Array.ConvertAll(
                parts[1] == "nearest"
                    ? PilResize.Nearest<byte>(bytes, source.Extent.Width, source.Extent.Height, expected.Extent.Width, expected.Extent.Height)
                    : PilResize.Filtered(bytes, source.Extent.Width, source.Extent.Height, expected.Extent.Width, expected.Extent.Height, Enum.Parse<ResizeFilter>(parts[1], ignoreCase: true)),
                b => (double)b);
            tolerance = 0;
        }
        else
        {
            AxisMatrix Axis(int from, int to) => from == 1 ? AxisMatrix.Identity(1) : AxisOf(file, parts, from, to);
            made = Resample.Apply<double>(source.Values, Axis(source.Extent.Width, expected.Extent.Width), Axis(source.Extent.Height, expected.Extent.Height), Axis(source.Extent.Depth, expected.Extent.Depth));
            var (low, high) = parts[0] == "opencv" ? (0, 255) : parts[0] == "skimage" ? (source.Values.Min(), source.Values.Max()) : (double.NegativeInfinity, double.PositiveInfinity);
            made = Array.ConvertAll(made, v => Math.Clamp(v, low, high));
        }

        var worst = made.Zip(expected.Values).Max(p => Math.Abs(p.First - p.Second));
        Assert.True(worst <= tolerance, string.Create(CultureInfo.InvariantCulture, $"{worst} apart, {tolerance} allowed"));
    }

    private static AxisMatrix AxisOf(string file, string[] parts, int from, int to)
    {
        var order = file.Contains("order0", StringComparison.Ordinal) ? Interpolation.Nearest : file.Contains("order3", StringComparison.Ordinal) ? Interpolation.Cubic : Interpolation.Linear;
        return (parts[0], parts[1]) switch
        {
            ("scipy", _) => AxisMatrix.Spline(from, to, order, centres: true, Border.Constant),
            ("skimage", _) => AxisMatrix.Gaussian(from, file.EndsWith("aaTrue", StringComparison.Ordinal) ? Math.Max(0, (((double)from / to) - 1) / 2) : 0)
                .Then(AxisMatrix.Between(from, to, order)),
            ("torch", "area") => AxisMatrix.Touched(from, to),
            ("torch", "nearest-exact") => AxisMatrix.NearestVoxel(from, to, fromCentres: true),
            ("torch", "nearest") => AxisMatrix.NearestVoxel(from, to, fromCentres: false),
            ("opencv", "nearest") => AxisMatrix.Of(from, to, i => ((int)(i * (1 / ((double)to / from))), [1.0])),
            (_, "bicubic" or "cubic") => AxisMatrix.Bicubic(from, to),
            ("torch", "bilinear") when file.Contains("antialias", StringComparison.Ordinal) => AxisMatrix.Antialiased(from, to, ResizeFilter.Bilinear),
            ("opencv", "area") => AxisMatrix.Covered(from, to),
            _ => AxisMatrix.Bilinear(from, to, file.Contains("acTrue", StringComparison.Ordinal)),
        };
    }
}

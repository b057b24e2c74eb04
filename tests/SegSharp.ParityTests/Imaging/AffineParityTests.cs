using System.Globalization;
using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>scipy's <c>affine_transform</c>, <c>rotate</c>, <c>shift</c> and <c>spline_filter</c>, within 1e-9 as stated.</summary>
public sealed class AffineParityTests
{
    private const string Folder = "26-transforms/affine";

    public static TheoryData<string> Affines => [.. Grid.Names(Folder, "affine_order*.npy")];

    public static TheoryData<string> Rotations => [.. Grid.Names(Folder, "rotate_*.npy")];

    public static TheoryData<string> Shifts => [.. Grid.Names(Folder, "shift_order*.npy")];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Affines))]
    public void An_affine_transform_is_scipys(string file)
    {
        var given = JsonNode.Parse(File.ReadAllBytes(ParityCases.Require(Folder, "expected.json")))!;
        var matrix = given["matrix_output_to_input"]!.AsArray().Select(r => r!.AsArray().Select(v => v!.GetValue<double>()).ToArray()).ToArray();
        var offset = given["offset"]!.AsArray().Select(v => v!.GetValue<double>()).ToArray();
        var border = Enum.Parse<Border>(file.Split('_')[^1], ignoreCase: true);

        // The recording counts its axes from the slowest.
        Triple Column(int axis) => new(matrix[2][2 - axis], matrix[1][2 - axis], matrix[0][2 - axis]);
        var toSource = new Affine(Column(0), Column(1), Column(2), new Triple(offset[2], offset[1], offset[0]));

        Check(file, border, given["cval"]!.GetValue<double>(), toSource);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Rotations))]
    public void A_rotation_is_scipys(string file)
    {
        var volume = Grid.Read(Folder, "volume.npy");
        var angle = double.Parse(file.Split('_')[1].Replace("deg", string.Empty), CultureInfo.InvariantCulture);
        var (sin, cos) = Math.SinCos(angle * Math.PI / 180);
        var (cx, cy) = ((volume.Extent.Width - 1) / 2.0, (volume.Extent.Height - 1) / 2.0);
        var toSource = new Affine(new Triple(cos, sin, 0), new Triple(-sin, cos, 0), new Triple(0, 0, 1), new Triple(cx - (cos * cx) + (sin * cy), cy - (sin * cx) - (cos * cy), 0));

        Check(file, Border.Nearest, 0, toSource);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Shifts))]
    public void A_shift_is_scipys(string file) =>
        Check(file, Border.Nearest, 0, Affine.Identity with { Offset = new Triple(-2, 1.25, -0.5) });

    [Fact]
    public void The_coefficients_are_those_of_spline_filter()
    {
        var volume = Grid.Read(Folder, "volume.npy");
        var expected = Grid.Read(Folder, "spline_filter_order3_mirror.npy");

        var coefficients = new SplineField(volume.Values, volume.Extent, Interpolation.Cubic, Border.Mirror).Coefficients();

        Assert.Equal(0, expected.Values.Zip(coefficients).Max(p => Math.Abs(p.First - p.Second)), 1e-9);
    }

    private static void Check(string file, Border border, double outside, Affine toSource)
    {
        var volume = Grid.Read(Folder, "volume.npy");
        var expected = Grid.Read(Folder, file + ".npy");
        var order = file.Contains("order0", StringComparison.Ordinal) ? Interpolation.Nearest : file.Contains("order1", StringComparison.Ordinal) ? Interpolation.Linear : Interpolation.Cubic;

        var values = new SplineField(volume.Values, volume.Extent, order, border, outside).Sample(expected.Extent, toSource);

        Assert.Equal(0, expected.Values.Zip(values).Max(p => Math.Abs(p.First - p.Second)), 1e-9);
    }
}

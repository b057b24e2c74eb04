using System.Globalization;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>Distances of scipy; the file names say which, and the spacing slowest axis first. Tolerance 1e-9, whole numbers exact.</summary>
public sealed class DistanceTransformParityTests
{
    private const string Folder = "27-postprocessing/distance";

    public static TheoryData<string> Euclidean => [.. Grid.Names(Folder, "edt?d*.npy")];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Euclidean))]
    public void Euclidean_distances_are_those_of_scipy(string name)
    {
        var words = name.Split('_');                                // edt3d_spacing_5_0.8_1
        var mask = Mask(words[0]["edt".Length..]);
        var sizes = words.Skip(2).Select(w => double.Parse(w, CultureInfo.InvariantCulture)).Reverse().ToArray();
        Triple? spacing = sizes.Length == 0 ? null : new Triple(sizes[0], sizes[1], sizes.Length > 2 ? sizes[2] : 1);

        var depths = DistanceTransform.Inside(mask.Mask, mask.Extent, spacing);

        Close(Grid.Read(Folder, name + ".npy").Values, depths);
    }

    [Fact]
    public void A_mask_without_background_is_measured_as_scipy_does()
    {
        var expected = Grid.Read(Folder, "edt_all_ones.npy");

        Close(expected.Values, DistanceTransform.Inside([.. expected.Values.Select(_ => true)], expected.Extent));
    }

    [Fact]
    public void Signed_distances_are_outside_minus_inside_with_pages_two_apart()
    {
        var mask = Mask("3d");

        Close(Grid.Read(Folder, "signed3d.npy").Values, DistanceTransform.Signed(mask.Mask, mask.Extent, new Triple(1, 1, 2)));
    }

    [Fact]
    public void Steps_are_counted_as_scipy_does()
    {
        var mask = Mask("2d");
        var outside = Array.ConvertAll(mask.Mask, m => !m);

        Assert.Equal(Grid.Read(Folder, "cdt2d_chessboard.npy").Whole, DistanceTransform.Chessboard(outside, mask.Extent));
        Assert.Equal(Grid.Read(Folder, "cdt2d_taxicab.npy").Whole, DistanceTransform.Taxicab(outside, mask.Extent));
    }

    private static Grid Mask(string dimensions) => Grid.Read("27-postprocessing/components", $"binary{dimensions}.npy");

    private static void Close(double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], found[i], 1e-9);
        }
    }
}

using System.Globalization;
using System.Text.Json.Nodes;
using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;
using SegSharp.Imaging.Resampling.Warping;
using SegSharp.ParityTests.Imaging;
using SegSharp.Testing;
using Xunit;
using Interpolation = SegSharp.Imaging.Resampling.Interpolation;

namespace SegSharp.ParityTests.Augmentation;

/// <summary>scipy's map_coordinates, affine_transform and gaussian_filter, batchgenerators' gamma, contrast and rotation matrices, through our transforms.</summary>
public sealed class TransformParityTests
{
    private const string Elastic = "26-transforms/elastic";
    private const string Affine = "26-transforms/affine";
    private const string Batch = "26-transforms/batchgenerators";

    public static TheoryData<string> Maps => [.. Grid.Names(Elastic, "map_order*.npy")];

    public static TheoryData<string> Affines => [.. Grid.Names(Affine, "affine_order*.npy")];

    public static TheoryData<string> Rotations => [.. Grid.Names(Affine, "rotate_*.npy")];

    public static TheoryData<string> Gammas => [.. Grid.Names(Batch, "gamma_*.npy")];

    public static TheoryData<string> Contrasts => [.. Grid.Names(Batch, "contrast_*.npy")];

    public static TheoryData<string> Blurs => [.. Grid.Names(Batch, "gaussian_filter_sigma*.npy")];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Maps))]
    public void The_spline_at_displaced_points_is_map_coordinates(string file)
    {
        var (image, displacement, expected) = (Grid.Read(Elastic, "image.npy"), Grid.Read(Elastic, "displacement_yx.npy"), Grid.Read(Elastic, file + ".npy"));
        var border = BorderOf(file);

        var field = new SplineField(image.Values, image.Extent, OrderOf(file), border, -1);
        var (w, count) = (image.Extent.Width, (int)image.Extent.Count);
        var values = Enumerable.Range(0, count).Select(i => field.At(new Triple((i % w) + displacement.Values[count + i], (i / w) + displacement.Values[i], 0)));

        Assert.Equal(0, expected.Values.Zip(values).Max(p => Math.Abs(p.First - p.Second)), 1e-9);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Maps))]
    public void A_warp_by_displacements_is_map_coordinates(string file)
    {
        var border = BorderOf(file);
        var order = OrderOf(file);
        if (border == Border.Constant || (order == Interpolation.Cubic && border != Border.Mirror))
        {
            Assert.Skip("augmentation mirrors, repeats or goes on with a value voxel by voxel, and mirrors before a spline is filtered; scipy's other borders are SplineField's");
        }

        var (image, displacement, expected) = (Grid.Read(Elastic, "image.npy"), Grid.Read(Elastic, "displacement_yx.npy"), Grid.Read(Elastic, file + ".npy"));
        var (count, result) = ((int)image.Extent.Count, new float[image.Extent.Count]);
        var field = new DenseField(image.Extent, Floats(displacement.Values[count..]), Floats(displacement.Values[..count]), null);

        new Warp(image.Extent, [new WarpStep(SegSharp.Imaging.Affine.Identity, field)]).Fill([WarpLayer.Image(Floats(image.Values), image.Extent, result, WarpOrderOf(order), border)]);

        // Single precision; the nearest voxel is another one where a point lies within its rounding of the middle between two.
        Assert.Equal(0, expected.Values.Zip(result).Count(p => Math.Abs(p.First - p.Second) > 2e-5));
    }

    [Fact]
    public void Labels_go_to_the_nearest_voxel_as_in_map_coordinates()
    {
        var (labels, displacement, expected) = (Grid.Read(Elastic, "labels.npy"), Grid.Read(Elastic, "displacement_yx.npy"), Grid.Read(Elastic, "labels_order0_constant.npy"));
        var (w, count, result) = (labels.Extent.Width, (int)labels.Extent.Count, new ushort[labels.Extent.Count]);
        var field = new DenseField(labels.Extent, Floats(displacement.Values[count..]), Floats(displacement.Values[..count]), null);

        new Warp(labels.Extent, [new WarpStep(SegSharp.Imaging.Affine.Identity, field)]).Fill([WarpLayer.Labels(labels.Labels, labels.Extent, result, Border.GridConstant)]);

        // scipy's constant border begins where a point leaves the grid of centres, half a voxel earlier than ours.
        var inside = Enumerable.Range(0, count).Where(i => Within((i % w) + displacement.Values[count + i], w) && Within((i / w) + displacement.Values[i], labels.Extent.Height)).ToList();
        Assert.InRange(inside.Count, count / 2, count);
        Assert.All(inside, i => Assert.Equal(expected.Whole[i], result[i]));

        static bool Within(double position, int size) => position >= 0 && position <= size - 1;
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Affines))]
    public void A_warp_by_a_matrix_is_affine_transform(string file)
    {
        var (border, order) = (BorderOf(file), OrderOf(file));
        if (border == Border.Constant || (order == Interpolation.Cubic && border != Border.Mirror))
        {
            Assert.Skip("as above");
        }

        var given = JsonNode.Parse(File.ReadAllBytes(ParityCases.Require(Affine, "expected.json")))!;
        var m = given["matrix_output_to_input"]!.AsArray().Select(r => r!.AsArray().Select(v => v!.GetValue<double>()).ToArray()).ToArray();
        var offset = given["offset"]!.AsArray().Select(v => v!.GetValue<double>()).ToArray();

        // The recording counts its axes from the slowest.
        Triple Column(int axis) => new(m[2][2 - axis], m[1][2 - axis], m[0][2 - axis]);
        Check(file, border, order, new SegSharp.Imaging.Affine(Column(0), Column(1), Column(2), new Triple(offset[2], offset[1], offset[0])));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Rotations))]
    public void A_rotation_is_scipys(string file)
    {
        var order = OrderOf(file);
        var angle = double.Parse(file.Split('_')[1].Replace("deg", string.Empty), CultureInfo.InvariantCulture);
        var volume = Grid.Read(Affine, "volume.npy");
        var expected = Grid.Read(Affine, file + ".npy");
        var sample = new Sample { Id = "volume", Extent = volume.Extent, Channels = 1, Image = Floats(volume.Values) };

        var turned = new Rotation(angle, 0, 0, order switch { Interpolation.Nearest => SegSharp.Augmentation.Interpolation.Nearest, Interpolation.Linear => SegSharp.Augmentation.Interpolation.Bilinear, _ => SegSharp.Augmentation.Interpolation.Spline }, Outside.Nearest).Apply(sample);

        // Beyond the border scipy filters the repeated image, ours the mirrored one: a spline may differ within some voxels of it.
        var (w, h) = (volume.Extent.Width, volume.Extent.Height);
        var rim = order == Interpolation.Cubic ? 4 : 0;
        var inner = Enumerable.Range(0, turned.Voxels).Where(i => order != Interpolation.Cubic || (i % w >= rim && i % w < w - rim && i / w % h >= rim && i / w % h < h - rim)).ToList();
        Assert.All(inner, i => Assert.Equal(expected.Values[i], turned.Image[i], order == Interpolation.Cubic ? 5e-3 : 2e-5));
    }

    [Fact]
    public void Turns_are_those_of_batchgenerators()
    {
        var given = JsonNode.Parse(File.ReadAllBytes(ParityCases.Require(Batch, "expected.json")))!;
        double[] Read(string key) => [.. given[key]!.AsArray().Select(v => v!.GetValue<double>())];
        const double degrees = 180 / Math.PI;

        // Its coordinates are rows multiplied from the left, its axes (x, y, z) those of the array: the way back of ours.
        var flat = Rotation.About(2, 0.3 * degrees).Inverse().Apply(new Triple(1, 2, 0));
        var deep = Rotation.About(0, 0.3 * degrees).Inverse().Apply(new Triple(1, 2, 3));
        deep = Rotation.About(1, 0.2 * degrees).Inverse().Apply(deep);
        deep = Rotation.About(2, 0.1 * degrees).Inverse().Apply(deep);

        Near(Read("rotate_coords_2d_(1,2)_.3"), [flat.X, flat.Y]);
        Near(Read("rotate_coords_3d_(1,2,3)_(.3,.2,.1)"), [deep.X, deep.Y, deep.Z]);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Gammas))]
    public void Gamma_is_that_of_batchgenerators(string file)
    {
        var parts = file.Split('_');
        var (asked, inverted, retain) = (double.Parse(parts[1], CultureInfo.InvariantCulture), bool.Parse(parts[3]), bool.Parse(parts[5]));

        // The original was asked for a range of one number, and for range and statistics of all channels together (per_channel False).
        // From a number below 1 it still draws between that and 1, or between 1 and that: one unknown for 2640 values.
        var (data, expected) = (Channels("data.npy").SelectMany(c => c).ToArray(), Channels(file + ".npy").SelectMany(c => c).ToArray());
        float Apart(double exponent) => Worst(expected, new Gamma(exponent, inverted, retain).Apply(Flat(data)).Image);
        var (low, high) = asked < 1 ? (asked, 1) : (asked, asked);
        for (var i = 0; i < 60 && high > low; i++)
        {
            var (a, b) = (low + ((high - low) / 3), high - ((high - low) / 3));
            (low, high) = Apart(a) < Apart(b) ? (low, b) : (a, high);
        }

        Assert.Equal(0, Apart(low), 1e-5f);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Contrasts))]
    public void Contrast_is_that_of_batchgenerators(string file)
    {
        var parts = file.Split('_');
        var drawn = new Contrast(double.Parse(parts[1], CultureInfo.InvariantCulture), KeepRange: bool.Parse(parts[3]));
        var (data, expected) = (Channels("data.npy"), Channels(file + ".npy"));

        // Per channel, which is its default.
        Assert.All(data.Zip(expected), c => Assert.Equal(0, Worst(c.Second, drawn.Apply(Flat(c.First)).Image), 1e-5f));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Blurs))]
    public void A_blur_is_gaussian_filter(string file)
    {
        var parts = file.Split('_');
        var sigma = double.Parse(parts[2].Replace("sigma", string.Empty), CultureInfo.InvariantCulture);
        var border = parts.Length < 4 || parts[3] == "reflect" ? Border.Reflect
            : parts[3] == "constant" ? Border.GridConstant : Enum.Parse<Border>(parts[3], ignoreCase: true);
        var expected = Channels(file + ".npy");
        var source = parts.Length < 4 ? Channels("data.npy") : [Floats(Grid.Read(Affine, "volume.npy").Values)];
        var extent = Grid.Read(Affine, "volume.npy").Extent;
        for (var c = 0; c < source.Length; c++)
        {
            Gaussian.Blur(source[c], extent, sigma, border: border);

            Assert.Equal(0, expected[c].Zip(source[c]).Max(p => Math.Abs(p.First - p.Second)), 1e-5f);
        }
    }

    private static Sample Flat(float[] values) => new() { Id = "data", Extent = new Extent(values.Length, 1), Channels = 1, Image = values };

    private static float Worst(float[] expected, float[] actual) => expected.Zip(actual).Max(p => Math.Abs(p.First - p.Second));

    private static void Check(string file, Border border, Interpolation order, SegSharp.Imaging.Affine toSource)
    {
        var volume = Grid.Read(Affine, "volume.npy");
        var expected = Grid.Read(Affine, file + ".npy");
        var result = new float[expected.Extent.Count];

        new Warp(expected.Extent, [new WarpStep(toSource)]).Fill([WarpLayer.Image(Floats(volume.Values), volume.Extent, result, WarpOrderOf(order), border)]);

        Assert.Equal(0, expected.Values.Zip(result).Count(p => Math.Abs(p.First - p.Second) > 2e-5));
    }

    private static void Near(double[] expected, double[] actual) => Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-9));

    private static float[] Floats(double[] values) => Array.ConvertAll(values, v => (float)v);

    private static float[][] Channels(string file)
    {
        var array = SegSharp.Torch.Checkpoints.Npy.Read(ParityCases.Require(Batch, file));
        var numbers = Array.ConvertAll(Grid.Numbers(array), v => (float)v);
        return [.. numbers.Chunk(numbers.Length / (array.Shape.Length == 4 ? (int)array.Shape[0] : 1))];
    }

    private static Interpolation OrderOf(string file) =>
        file.Contains("order0", StringComparison.Ordinal) ? Interpolation.Nearest : file.Contains("order1", StringComparison.Ordinal) ? Interpolation.Linear : Interpolation.Cubic;

    private static WarpOrder WarpOrderOf(Interpolation order) => order switch { Interpolation.Nearest => WarpOrder.Nearest, Interpolation.Linear => WarpOrder.Linear, _ => WarpOrder.Spline };

    private static Border BorderOf(string file) => file.Split('_')[^1] is "grid-wrap" ? Border.Wrap : Enum.Parse<Border>(file.Split('_')[^1], ignoreCase: true);
}

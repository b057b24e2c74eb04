using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;
using SegSharp.Testing;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>nnU-Net's <c>resample_data_or_seg_to_shape</c>, batchgenerators' <c>resize_segmentation</c> and scipy's <c>zoom</c>.</summary>
public sealed class ResampleParityTests
{
    private const string Folder = "22-nnunet-preprocessing/resample";

    public static TheoryData<string> Cases =>
        [.. ReadCases().Select(c => c["name"]!.GetValue<string>())];

    public static TheoryData<string> Zooms => [.. Grid.Names("26-transforms/affine", "zoom_*.npy")];

    public static TheoryData<string> Segmentations => [.. Grid.Names("26-transforms/batchgenerators", "resize_segmentation_*.npy")];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Images_are_resampled_as_by_nnUNet(string name)
    {
        var given = ReadCases().Single(c => c["name"]!.GetValue<string>() == name);
        var (image, channels) = Channels(name + ".data");
        var to = ExtentOf(given["new_shape"]!);
        foreach (var file in Grid.Names(Folder, name + ".expected*order*.npy").Where(f => !f.Contains("seg", StringComparison.Ordinal)))
        {
            var (expected, values) = Channels(file);
            var options = new ResampleOptions
            {
                Order = file.Contains("order3", StringComparison.Ordinal) ? Interpolation.Cubic : Interpolation.Linear,
                CoarseOrder = file.EndsWith("orderz3", StringComparison.Ordinal) ? Interpolation.Cubic
                    : file.EndsWith("orderz1", StringComparison.Ordinal) ? Interpolation.Linear : Interpolation.Nearest,
                SeparateCoarse = given["force_separate_z"]?.GetValue<bool>(),
            };

            var axis = options.CoarseAxis(SpacingOf(given["current_spacing"]!), SpacingOf(given["new_spacing"]!));

            Assert.Equal(expected, to);
            Assert.Equal(given["axis"] is { } a && a.GetValueKind() == JsonValueKind.Number ? 2 - a.GetValue<int>() : axis, axis);
            for (var c = 0; c < channels.Length; c++)
            {
                Near(values[c], Resample.Image(channels[c], image, to, options, axis), 1e-4f, $"{file} channel {c}");
            }
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Labels_are_resampled_as_by_nnUNet(string name)
    {
        var given = ReadCases().Single(c => c["name"]!.GetValue<string>() == name);
        if (!File.Exists(Path.Combine(ParityCases.Root, Folder, name + ".expected_seg_order1.npy")))
        {
            Assert.Skip("the case has no labels");
        }

        var (extent, seg) = Channels(name + ".seg");
        var (_, expected) = Channels(name + ".expected_seg_order1");
        var options = new ResampleOptions { Order = Interpolation.Linear };

        var axis = options.CoarseAxis(SpacingOf(given["current_spacing"]!), SpacingOf(given["new_spacing"]!));
        var labels = Resample.Labels<int>(Array.ConvertAll(seg[0], v => (int)v), extent, ExtentOf(given["new_shape"]!), options, axis);

        Assert.Equal(0, labels.Zip(expected[0]).Count(p => p.First != (int)p.Second));
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Segmentations))]
    public void Labels_are_resized_as_by_batchgenerators(string file)
    {
        var seg = Grid.Read("26-transforms", "batchgenerators", "seg.npy");
        var expected = Grid.Read("26-transforms", "batchgenerators", file + ".npy");
        var order = file[^1] switch { '0' => Interpolation.Nearest, '1' => Interpolation.Linear, _ => Interpolation.Cubic };

        var labels = Resample.Labels<int>(seg.Whole, seg.Extent, expected.Extent, new ResampleOptions { Order = order }, null);

        Assert.Equal(expected.Whole, labels);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Zooms))]
    public void Zoom_is_scipys(string file)
    {
        var volume = Grid.Read("26-transforms", "affine", "volume.npy");
        var expected = Grid.Read("26-transforms", "affine", file + ".npy");
        var order = file.Contains("order0", StringComparison.Ordinal) ? Interpolation.Nearest : file.Contains("order1", StringComparison.Ordinal) ? Interpolation.Linear : Interpolation.Cubic;
        var faces = file.EndsWith("True", StringComparison.Ordinal);
        AxisMatrix Axis(int from, int to) => AxisMatrix.Spline(from, to, order, !faces, faces ? Border.GridConstant : Border.Nearest);

        var zoomed = Resample.Apply<double>(volume.Values, Axis(volume.Extent.Width, expected.Extent.Width), Axis(volume.Extent.Height, expected.Extent.Height), Axis(volume.Extent.Depth, expected.Extent.Depth));

        Assert.Equal(0, expected.Values.Zip(zoomed).Max(p => Math.Abs(p.First - p.Second)), 1e-9);
    }

    private static List<JsonObject> ReadCases()
    {
        var file = Path.Combine(ParityCases.Root, Folder, "cases.json");
        return File.Exists(file) ? [.. JsonNode.Parse(File.ReadAllBytes(file))!.AsArray().OfType<JsonObject>()] : [];
    }

    private static Extent ExtentOf(JsonNode shape) => new(shape[2]!.GetValue<int>(), shape[1]!.GetValue<int>(), shape[0]!.GetValue<int>());

    private static Triple SpacingOf(JsonNode spacing) => new(spacing[2]!.GetValue<double>(), spacing[1]!.GetValue<double>(), spacing[0]!.GetValue<double>());

    private static (Extent Extent, float[][] Channels) Channels(string file)
    {
        var array = Npy.Read(ParityCases.Require(Folder, file + ".npy"));
        var extent = new Extent((int)array.Shape[^1], (int)array.Shape[^2], (int)array.Shape[^3]);
        var numbers = Array.ConvertAll(Grid.Numbers(array), v => (float)v);
        return (extent, [.. numbers.Chunk((int)extent.Count)]);
    }

    private static void Near(float[] expected, float[] actual, float tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        var worst = expected.Zip(actual).Max(p => Math.Abs(p.First - p.Second));
        Assert.True(worst <= tolerance, string.Create(CultureInfo.InvariantCulture, $"{what}: {worst} apart, {tolerance} allowed"));
    }
}

using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Layers;
using Xunit;

namespace SegSharp.ParityTests.Prediction;

[Collection("native")]
public sealed class SlidingWindowParityTests
{
    private const string Room = "23-sliding-window";

    public static TheoryData<string> NnUNetCases => Listed("nnunet_predict");

    public static TheoryData<string> MonaiCases => Listed("monai_predict");

    public static TheoryData<string> Maps => Directory.Exists(Path.Combine(ParityCases.Root, Room, "gaussian"))
        ? [.. Directory.EnumerateFiles(Path.Combine(ParityCases.Root, Room, "gaussian"), "*.npy").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)]
        : [];

    [Fact]
    public void Steps_are_nnU_Nets()
    {
        var cases = JsonNode.Parse(File.ReadAllBytes(ParityCases.Require(Room, "nnunet_steps.json")))!.AsArray();

        Assert.NotEmpty(cases);
        foreach (var recorded in cases)
        {
            var (sizes, tiles) = (Integers(recorded!["image_size"]), Integers(recorded["tile_size"]));
            var step = recorded["tile_step_size"]!.GetValue<double>();
            var found = sizes.Zip(tiles, (size, tile) => WindowPlaces.Along(size, tile, step, WindowPlacing.Even));

            Assert.Equal(recorded["steps"]!.AsArray().Select(Integers), found);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(MonaiCases))]
    public void Starts_are_MONAIs(string name)
    {
        var recorded = Find("monai_predict", name);
        var folder = ParityCases.Require(Room, "monai_predict", name);
        var options = Monai(recorded);
        var grid = new WindowGrid(options, ExtentOf(folder, Npy.Read(Path.Combine(folder, "input.npy")), options.Patch.Count));
        var axes = options.Patch.Count == 2 ? new[] { 1, 2 } : [0, 1, 2];
        var padding = axes.Select(a => Math.Max(0, grid.Patch[a] - new[] { grid.Extent.Depth, grid.Extent.Height, grid.Extent.Width }[a]) / 2).ToArray();

        IEnumerable<int[]> starts = [[]];
        foreach (var (axis, before) in axes.Zip(padding))
        {
            starts = starts.SelectMany(_ => grid.Starts(axis), (s, i) => s.Append(i + before).ToArray());
        }

        Assert.Equal(recorded["window_starts"]!.AsArray().Select(Integers), starts);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Maps))]
    public void Weights_are_the_originals(string file)
    {
        var expected = Npy.Read(ParityCases.Require(Room, "gaussian", file));
        int[] sides = [.. expected.Shape.Select(s => (int)s)];
        var found = BlendingWeights.Of(sides, file.StartsWith("monai", StringComparison.Ordinal) ? Blending.GaussianFloored : Blending.Gaussian);

        if (expected.DType == DType.Float16)
        {
            // As nnU-Net stores it: times 10, in half precision, zeros replaced by the least of the others.
            var halves = Array.ConvertAll(found, v => (Half)(v * 10));
            var least = halves.Where(h => h > Half.Zero).Min();
            AssertNear([.. MemoryMarshal.Cast<byte, Half>(expected.Bytes.Span).ToArray().Select(h => (float)h)], [.. halves.Select(h => (float)(h > Half.Zero ? h : least))], 5e-3);
        }
        else
        {
            AssertNear(Floats(expected), found, 1e-6);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(NnUNetCases))]
    public void Logits_are_nnU_Nets(string name)
    {
        var recorded = Find("nnunet_predict", name);
        var options = new SlidingWindowOptions
        {
            Patch = Integers(recorded["patch_size"]),
            Step = [recorded["tile_step_size"]!.GetValue<double>()],
            Blending = recorded["use_gaussian"]!.GetValue<bool>() ? Blending.Gaussian : Blending.Constant,
            MirrorAxes = recorded["mirror_axes"] is JsonArray axes ? Integers(axes) : [],
        };
        var folder = ParityCases.Require(Room, "nnunet_predict", name);
        var expected = Npy.Read(Path.Combine(folder, "expected_logits_f32_accumulation.npy"));

        Assert.Equal(recorded["n_tiles"]!.GetValue<long>(), new WindowGrid(options, ExtentOf(folder, Npy.Read(Path.Combine(folder, "input.npy")), options.Patch.Count)).Count);
        AssertNear(Floats(expected), Predict(folder, options), 1e-4);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(MonaiCases))]
    public void Logits_are_MONAIs(string name)
    {
        var folder = ParityCases.Require(Room, "monai_predict", name);

        AssertNear(Floats(Npy.Read(Path.Combine(folder, "expected.npy"))), Predict(folder, Monai(Find("monai_predict", name))), 1e-4);
    }

    private static SlidingWindowOptions Monai(JsonObject recorded)
    {
        Assert.Equal(0.125, recorded["sigma_scale"]!.GetValue<double>());
        var overlaps = recorded["overlap"] is JsonArray list ? list.Select(o => o!.GetValue<double>()).ToArray() : [recorded["overlap"]!.GetValue<double>()];
        return new()
        {
            Patch = Integers(recorded["roi_size"]),
            Step = [.. overlaps.Select(o => 1 - o)],
            Placing = WindowPlacing.Dense,
            Blending = recorded["mode"]!.GetValue<string>() == "gaussian" ? Blending.GaussianFloored : Blending.Constant,
            Border = recorded["padding_mode"]!.GetValue<string>() switch { "reflect" => Border.Mirrored, "replicate" => Border.Edge, _ => Border.Constant },
            BorderValue = recorded["cval"]!.GetValue<float>(),
        };
    }

    private static float[] Predict(string folder, SlidingWindowOptions options)
    {
        var input = Npy.Read(Path.Combine(folder, "input.npy"));
        var extent = ExtentOf(folder, input, options.Patch.Count);
        var images = IsMonai(folder) ? (int)input.Shape[0] : 1;
        var channels = (int)(input.Count / extent.Count) / images;
        using var check = new NoLeaks();
        using var network = new TwoLayers(options.Patch.Count, channels, folder);
        var window = new SlidingWindow(network, options);
        var (voxels, logits) = (Floats(input), new List<float>());
        for (var i = 0; i < images; i++)
        {
            var sink = new CollectedLogits(network.Options.Classes, extent);
            var image = voxels.AsMemory(i * voxels.Length / images, voxels.Length / images);
            window.Run(new PreparedSource(image, channels, extent), sink, BlockLayout.Whole(sink));
            logits.AddRange(sink.Values);
        }

        return [.. logits];
    }

    private static TheoryData<string> Listed(string folder) => File.Exists(Path.Combine(ParityCases.Root, Room, folder, "cases.json"))
        ? [.. Cases(folder).Select(c => c!["name"]!.GetValue<string>())]
        : [];

    private static JsonArray Cases(string folder) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(ParityCases.Root, Room, folder, "cases.json")))!.AsArray();

    private static JsonObject Find(string folder, string name) => Cases(folder).OfType<JsonObject>().Single(c => c["name"]!.GetValue<string>() == name);

    private static int[] Integers(JsonNode? list) => [.. list!.AsArray().Select(n => n!.GetValue<int>())];

    private static float[] Floats(TensorData data) => MemoryMarshal.Cast<byte, float>(data.Bytes.Span).ToArray();

    private static bool IsMonai(string folder) => folder.Contains("monai_predict", StringComparison.Ordinal);

    // MONAI's images are [N, C, (D,) H, W], nnU-Net's [C, D, H, W] for 2D networks too.
    private static Extent ExtentOf(string folder, TensorData input, int dimensions)
    {
        var sides = input.Shape.TakeLast(IsMonai(folder) ? dimensions : 3).Select(s => (int)s).ToArray();
        return sides.Length == 2 ? new(sides[1], sides[0]) : new(sides[2], sides[1], sides[0]);
    }

    private static void AssertNear(float[] expected, float[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.InRange(expected.Zip(found, (a, b) => Math.Abs((double)a - b)).Max(), 0, tolerance);
    }

    private sealed record TwoLayersOptions : NetworkOptions
    {
        public override string About => "conv, ReLU, conv";
    }

    private sealed class TwoLayers : Network
    {
        private readonly int _dimensions;
        private readonly Conv _first, _second;

        public TwoLayers(int dimensions, int channels, string folder)
            : base(new TwoLayersOptions { InChannels = channels, Classes = (int)Npy.Read(Path.Combine(folder, "2.bias.npy")).Shape[0] })
        {
            _dimensions = dimensions;
            var weights = new[] { "0.weight", "0.bias", "2.weight", "2.bias" }.ToDictionary(k => k, k => Npy.Read(Path.Combine(folder, k + ".npy")));
            _first = Child("0", new Conv(dimensions, channels, (int)weights["0.bias"].Shape[0]));
            _second = Child("2", new Conv(dimensions, (int)weights["0.bias"].Shape[0], Options.Classes));
            Load(weights, folder);
            Evaluate();
        }

        public override int Dimensions => _dimensions;

        public override Logits Forward(Tensor image) => _second.Forward(_first.Forward(image).Clamp(0, null));
    }
}

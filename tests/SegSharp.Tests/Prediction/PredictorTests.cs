using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Testing;
using SegSharp.Tests.Training;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Layers;
using Xunit;

namespace SegSharp.Tests.Prediction;

[Collection(NativeCollection.Name)]
public sealed class PredictorTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_mask_has_its_image_s_name_and_size_whatever_grid_was_trained_on()
    {
        using var check = new NoLeaks();
        using var predictor = Random(TinyRun.Recipe with { Preparation = new() { Resize = new Extent(16, 24) } });

        var predicted = predictor.Predict(Picture(40, 33).Named("slice_07"), probabilities: true);

        Assert.Equal(("slice_07", new Extent(40, 33)), (predicted.Labels.Name, predicted.Labels.Extent));
        Assert.Equal((1, new Extent(40, 33)), (predicted.Probabilities!.Channels, predicted.Probabilities.Extent));
        var p = predicted.Probabilities.ToFloats();
        Assert.Equal(predicted.Labels.Labels, p.Select(x => (ushort)(x > 0.5f ? 1 : 0)));
        Assert.Contains(p, x => x != p[0]);
    }

    [Fact]
    public void A_stack_gives_a_stack_page_by_page()
    {
        using var predictor = Random(TinyRun.Recipe);
        Volume[] pages = [Picture(32, 32, 1), Picture(32, 32, 2), Picture(32, 32, 3)];

        var stack = predictor.Predict(Volume.Stack("stack", pages), probabilities: true);

        Assert.Equal(new Extent(32, 32, 3), stack.Labels.Extent);
        for (var z = 0; z < 3; z++)
        {
            var alone = predictor.Predict(pages[z], probabilities: true);
            Assert.Equal(alone.Labels.Labels, stack.Labels.Page(z).Labels);
            Assert.Equal(alone.Probabilities!.ToFloats(), stack.Probabilities!.Page(z).ToFloats());
        }
    }

    [Fact]
    public void Tiles_of_a_pointwise_network_are_the_whole()
    {
        var image = Picture(100, 70);

        var whole = PointwiseProbabilities(new(), image);
        var tiled = PointwiseProbabilities(new() { WholeUpTo = 1, Tile = 32 }, image);

        AssertNear(whole, tiled, 1e-6f);
    }

    [Fact]
    public void Tiles_are_near_the_whole_far_from_an_image_s_border()
    {
        var recipe = TinyRun.Recipe with { Network = new UNetOptions { Base = 2, Depth = 1, Dropout = 0 } };
        var image = Picture(96, 96);

        using var whole = Random(recipe);
        using var tiled = Random(recipe with { Prediction = new() { WholeUpTo = 64 * 64, Tile = 64, Overlap = 0.75 } });

        // A tile's own border is padded with zeros: the blending keeps that small, but not nothing.
        AssertNear(whole.Predict(image, true).Probabilities!.ToFloats(), tiled.Predict(image, true).Probabilities!.ToFloats(), 0.02f);
    }

    [Fact]
    public void The_average_over_mirrored_images_brings_every_pixel_back_to_its_place()
    {
        var image = Picture(40, 24);

        var once = PointwiseProbabilities(new(), image);
        var mirrored = PointwiseProbabilities(new() { Mirror = true }, image);

        AssertNear(once, mirrored, 1e-6f);
    }

    [Fact]
    public void An_average_over_mirrored_images_is_the_same_for_a_mirrored_image()
    {
        using var predictor = Random(TinyRun.Recipe with { Prediction = new() { Mirror = true } });
        var image = Picture(32, 32);
        var flipped = Volume.Of<byte>("flipped", image.Geometry, 1, [.. image.Voxels<byte>().ToArray().Chunk(32).SelectMany(row => row.Reverse())]);

        var there = predictor.Predict(image, true).Probabilities!.ToFloats();
        var back = predictor.Predict(flipped, true).Probabilities!.ToFloats().Chunk(32).SelectMany(row => row.Reverse()).ToArray();

        AssertNear(there, back, 1e-5f);
    }

    [Fact]
    public void Another_number_of_channels_is_refused()
    {
        using var predictor = Random(TinyRun.Recipe);
        var colour = Volume.Zeros("colour", Geometry.Pixels(new Extent(32, 32)), 3, VoxelType.UInt8);

        var e = Assert.Throws<InputException>(() => predictor.Predict(colour));

        Assert.Equal("image 'colour' has 3 channel(s), but the network was trained on 1: grey", e.Message);
        Assert.Equal("convert the image, or use a network that was trained on such images", e.Fix);
    }

    [Fact]
    public void A_checkpoint_without_a_recipe_is_refused()
    {
        var file = _tiny.Path("bare.pt");
        PyTorchWriter.Write(file, [("w", new TensorData(DType.Float32, [1], new byte[4]))]);

        var e = Assert.Throws<InputException>(() => Predictor.Open(file));

        Assert.Equal($"'{file}' is a checkpoint ({Checkpoint.Read(file).Format}, 1 tensors) without a SegSharp recipe, so its network is unknown", e.Message);
        Assert.Equal("segsharp network run NAME --weights FILE runs a network from the catalogue on it", e.Fix);
    }

    [Fact]
    public void A_checkpoint_of_another_network_names_the_first_key_and_both_shapes()
    {
        _tiny.Train("run", TinyRun.Recipe with { Training = TinyRun.Recipe.Training with { Epochs = 1 } });
        var file = _tiny.Path("run", "checkpoint-best.pt");
        using var wider = new UNet(new UNetOptions { Base = 4, Depth = 2, Dropout = 0.2 });

        var e = Assert.Throws<InputException>(() => wider.Load(Checkpoint.Read(file).Tensors, file));

        var first = wider.State().First();
        Assert.StartsWith($"'{file}' holds another network: ", e.Message, StringComparison.Ordinal);
        Assert.Contains($": '{first.Name}' is [2,1,3,3] there and [4,1,3,3] here", e.Message, StringComparison.Ordinal);
        Assert.Equal("give the options that the checkpoint was trained with, or the network it belongs to; --json lists every key", e.Fix);
    }

    [Fact]
    public void Neither_a_file_nor_a_run_is_refused()
    {
        var e = Assert.Throws<InputException>(() => Predictor.Open(_tiny.Path("nothing")));

        Assert.Equal($"model '{_tiny.Path("nothing")}' is not there", e.Message);
    }

    [Fact]
    public void Two_images_that_would_share_a_mask_are_refused()
    {
        Directory.CreateDirectory(_tiny.Path("twins"));
        Picture(32, 32).Write(_tiny.Path("twins", "a.png"));
        Picture(32, 32).Write(_tiny.Path("twins", "a.tif"));

        var e = Assert.Throws<InputException>(() => PredictionInput.Find(_tiny.Path("twins"), channels: 1));

        Assert.Equal($"'{_tiny.Path("twins", "a.png")}' and '{_tiny.Path("twins", "a.tif")}' would get the same mask 'a'", e.Message);
    }

    [Fact]
    public void Numbered_frames_are_images_of_their_own_for_a_network_of_one_channel()
    {
        Fill("frames", "frame_0000.png", "frame_0001.png", "frame_0030.png", "scan_2024.png", "other_0000.png", "plain.png");

        var found = PredictionInput.Find(_tiny.Path("frames"), channels: 1);

        Assert.Equal(["frame_0000", "frame_0001", "frame_0030", "other", "plain", "scan_2024"], found.Select(i => i.Name).Order(StringComparer.Ordinal));
        Assert.All(found, i => Assert.Single(i.Files));
    }

    [Fact]
    public void A_single_file_loses_only_the_suffix_of_the_first_channel()
    {
        Fill("single", "scan_2024.png", "case_0000.png");

        Assert.Equal("scan_2024", Assert.Single(PredictionInput.Find(_tiny.Path("single", "scan_2024.png"), 1)).Name);
        Assert.Equal("case", Assert.Single(PredictionInput.Find(_tiny.Path("single", "case_0000.png"), 1)).Name);
    }

    [Fact]
    public void The_files_of_an_image_s_channels_are_joined()
    {
        Fill("two", "a_0000.png", "a_0001.png", "b_0000.png", "b_0001.png");

        var found = PredictionInput.Find(_tiny.Path("two"), channels: 2);

        Assert.Equal(["a", "b"], found.Select(i => i.Name));
        Assert.Equal([_tiny.Path("two", "a_0000.png"), _tiny.Path("two", "a_0001.png")], found[0].Files);
        Assert.Equal(2, found[0].Read().Channels);
    }

    [Fact]
    public void A_colour_picture_with_the_first_suffix_is_whole()
    {
        Directory.CreateDirectory(_tiny.Path("colour"));
        Volume.Zeros("a", Geometry.Pixels(new Extent(8, 8)), 3, VoxelType.UInt8).Write(_tiny.Path("colour", "a_0000.png"));

        Assert.Equal("a", Assert.Single(PredictionInput.Find(_tiny.Path("colour"), channels: 3)).Name);
    }

    [Fact]
    public void A_missing_channel_is_named()
    {
        Fill("gap", "a_0000.png", "a_0002.png");

        var e = Assert.Throws<InputException>(() => PredictionInput.Find(_tiny.Path("gap"), channels: 3));

        Assert.Equal($"image 'a' has no file for channel 1 of 3: '{_tiny.Path("gap", "a_0001.png")}' is missing", e.Message);
    }

    [Fact]
    public void A_channel_too_many_is_named()
    {
        Fill("many", "a_0000.png", "a_0001.png", "a_0002.png");

        var e = Assert.Throws<InputException>(() => PredictionInput.Find(_tiny.Path("many"), channels: 2));

        Assert.Equal($"image 'a' has 3 channel files, but the network takes 2: '{_tiny.Path("many", "a_0002.png")}' is too many", e.Message);
    }

    [Fact]
    public void Without_overwrite_neither_mask_nor_probabilities_are_replaced()
    {
        Fill("in", "a.png");
        using var predictor = Random(TinyRun.Recipe);
        var input = Assert.Single(PredictionInput.Find(_tiny.Path("in"), 1));
        bool Write(bool probabilities, bool overwrite = false) => predictor.Write(input, _tiny.Path("out"), probabilities, overwrite, default);
        Assert.True(Write(probabilities: false));
        File.WriteAllText(_tiny.Path("out", "a.png"), "corrected by hand");

        Assert.False(Write(probabilities: false));
        Assert.True(Write(probabilities: true));
        Assert.Equal("corrected by hand", File.ReadAllText(_tiny.Path("out", "a.png")));
        Assert.True(File.Exists(_tiny.Path("out", "a.npy")));

        File.Delete(_tiny.Path("out", "a.png"));
        File.WriteAllText(_tiny.Path("out", "a.npy"), "kept");
        Assert.True(Write(probabilities: true));
        Assert.Equal("kept", File.ReadAllText(_tiny.Path("out", "a.npy")));
        Assert.Equal(new Extent(32, 32), LabelMap.Read(_tiny.Path("out", "a.png")).Extent);
        Assert.True(Write(probabilities: true, overwrite: true));
        Assert.NotEqual("kept", File.ReadAllText(_tiny.Path("out", "a.npy")));
    }

    private void Fill(string folder, params string[] names)
    {
        Directory.CreateDirectory(_tiny.Path(folder));
        foreach (var name in names)
        {
            Picture(32, 32).Write(_tiny.Path(folder, name));
        }
    }

    private static Recipe Resolved(Recipe recipe) =>
        recipe.Resolve(new Dictionary<string, int> { ["background"] = 0, ["membrane"] = 1 }, ["grey"]);

    private static Predictor Random(Recipe recipe)
    {
        TorchRuntime.Seed(3);
        var resolved = Resolved(recipe);
        return new Predictor(resolved, Catalogue.All.GetByOptions(resolved.Network.GetType()).Build(resolved.Network));
    }

    private static float[] PointwiseProbabilities(PredictionOptions options, Volume image)
    {
        TorchRuntime.Seed(3);
        using var predictor = new Predictor(Resolved(TinyRun.Recipe with { Prediction = options }), new PointwiseNetwork());
        return predictor.Predict(image, probabilities: true).Probabilities!.ToFloats();
    }

    private static Volume Picture(int width, int height, long seed = 1)
    {
        var random = new RandomStream(seed);
        return Volume.Of<byte>("picture", Geometry.Pixels(new Extent(width, height)), 1, [.. Enumerable.Range(0, width * height).Select(_ => (byte)random.Next(256))]);
    }

    private static void AssertNear(float[] expected, float[] found, float tolerance) =>
        Assert.InRange(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max(), 0, tolerance);

    // Sees one pixel at a time: nothing around it can change its answer.
    private sealed class PointwiseNetwork : Network
    {
        private readonly Conv _only;

        public PointwiseNetwork()
            : base(new UNetOptions()) => _only = Child("only", new Conv(2, 1, 1, kernel: 1));

        public override int Dimensions => 2;

        public override Logits Forward(Tensor image) => _only.Forward(image);
    }
}

using SegSharp.Figures.Panels;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Testing;
using SegSharp.Tests.Data;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Operators;
using Xunit;

namespace SegSharp.Tests.Prediction;

[Collection("native")]
public sealed class AttentionMapTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void In_one_piece_a_map_is_the_gates_own_enlarged_to_the_image()
    {
        using var check = new NoLeaks();
        var network = new AttentionUNet(new() { Base = 2, Depth = 2 });
        using var predictor = Of(network, ["grey"]);
        var image = Picture(33, 22);

        var maps = predictor.Attention(image);

        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var prepared = Tensor.From(SegSharp.Data.Preparation.PrepareSlice(new(new("picture", ["picture"], null), image, null), 0, predictor.Recipe.Preparation).Image, 1, 1, 22, 33);
        var gate = network.ForwardWithAttention(prepared).Maps[1].Alpha;                   // Att3 at half the enlarged sides, 12×18
        var expected = Pooling.Linear(gate, [24, 36], alignCorners: false).Narrow(2, 0, 22).Narrow(3, 0, 33).ToArray<float>();
        Assert.Equal(["Att2", "Att3"], predictor.Gates);
        Assert.Equal((2, image.Extent), (maps.Channels, maps.Extent));
        Assert.InRange(expected.Zip(maps.Only(1).ToFloats(), (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5f);
    }

    [Fact]
    public void Of_a_volume_it_lies_on_the_scans_grid_whatever_the_preparation_does()
    {
        using var check = new NoLeaks();
        var geometry = Geometry.From(new Extent(26, 22, 18), new Affine(new Triple(-0.8, 0.1, 0), new Triple(0.1, 0.9, 0.05), new Triple(0, -0.1, 2.5), new Triple(10, -20, 30)));
        var random = new RandomStream(4);
        var image = Volume.Of<short>("head", geometry, 1, [.. Enumerable.Range(0, (int)geometry.Extent.Count).Select(_ => (short)random.Next(1000))]);
        using var predictor = Of(
            new OktayUNet(new() { Base = 2 }),
            ["T1"],
            new() { Preparation = new() { Spacing = "1.3x1.1x1.9", Orientation = "LPI", Intensity = new SegSharp.Imaging.Normalisation.ZScoreOptions() }, Training = new() { PatchSize = new Extent(16, 16, 16) }, Loss = new DiceCrossEntropyOptions { Sigmoid = true }, Regions = [new() { Name = "membrane", Labels = [1], Writes = 1 }] });
        var before = predictor.Predict(image).Labels.Labels;

        var maps = predictor.Attention(image);

        Assert.Equal(geometry, maps.Geometry);
        Assert.Equal(3, maps.Channels);
        Assert.All(maps.ToFloats(), a => Assert.InRange(a, 1e-7f, 1 - 1e-7f));
        Assert.Equal(before, predictor.Predict(image).Labels.Labels);

        AttentionPictures.Write(_folder.Path("maps"), "head", image, maps, predictor.Gates);
        Assert.Equal(
            ["head-attentionblock2.nii.gz", "head-attentionblock3.nii.gz", "head-attentionblock4.nii.gz"],
            Directory.EnumerateFiles(_folder.Path("maps")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(maps.Only(1).ToFloats(), Volume.Read(_folder.Path("maps", "head-attentionblock3.nii.gz")).ToFloats());
    }

    [Fact]
    public void Tiles_are_blended_as_those_of_the_mask()
    {
        using var predictor = Of(
            new AttentionUNet(new() { Base = 2, Depth = 1 }),
            ["grey"],
            new() { Prediction = new PredictionOptions { WholeUpTo = 1, Tile = 32 }, Loss = new DiceCrossEntropyOptions { Sigmoid = true } });
        using var whole = Of(new AttentionUNet(new() { Base = 2, Depth = 1 }), ["grey"]);

        var (tiled, once) = (predictor.Attention(Picture(70, 40)).ToFloats(), whole.Attention(Picture(70, 40)).ToFloats());

        // Far from the borders of tiles both see the same; there the blend leans on the tile that sees more.
        Assert.InRange(tiled.Zip(once, (a, b) => Math.Abs(a - b)).Average(), 0, 0.01f);
        Assert.All(tiled, a => Assert.InRange(a, 0, 1));
    }

    [Fact]
    public void Of_a_picture_a_panel_and_an_array_are_written()
    {
        var image = Picture(20, 10);
        var maps = Volume.Of<float>("picture", image.Geometry, 2, [.. Enumerable.Range(0, 400).Select(i => i / 400f)]);

        AttentionPictures.Write(_folder.Path("maps"), "picture", image, maps, ["Att2", "Att3"]);

        Assert.Equal([2, 10, 20], Npy.Read(_folder.Path("maps", "picture-attention.npy")).Shape);
        Assert.True(new FileInfo(_folder.Path("maps", "picture-attention.png")).Length > 1000);
        Assert.Equal("Panel: image | Att2 | Att3 of picture", AttentionPictures.Panel("picture", image, maps, ["Att2", "Att3"]).Description);
    }

    [Fact]
    public void A_network_without_gates_has_no_maps()
    {
        using var predictor = Of(new UNet(new() { Base = 2, Depth = 1 }), ["grey"]);

        Assert.Empty(predictor.Gates);
        var e = Assert.Throws<UsageException>(() => predictor.Attention(Picture(16, 16)));
        Assert.Equal("this network has no attention gates: padded, configurable U-Net in 2D and 3D; any image size", e.Message);
    }

    private static Predictor Of(Network network, IReadOnlyList<string> channels, Recipe? recipe = null)
    {
        var from = (recipe ?? new Recipe { Loss = new DiceCrossEntropyOptions { Sigmoid = true } }) with { Network = network.Options };
        TorchRuntime.Seed(5);
        foreach (var (name, parameter) in network.NamedParameters().Where(p => p.Tensor.Dimensions > 1 || p.Name.EndsWith("bias", StringComparison.Ordinal)))
        {
            Initialise.Normal(parameter, 0, name.EndsWith("bias", StringComparison.Ordinal) ? 0 : 0.3);
        }

        return new Predictor(from.Resolve(new Dictionary<string, int> { ["background"] = 0, ["membrane"] = 1 }, channels), network);
    }

    private static Volume Picture(int width, int height)
    {
        var random = new RandomStream(1);
        return Volume.Of<byte>("picture", Geometry.Pixels(new Extent(width, height)), 1, [.. Enumerable.Range(0, width * height).Select(_ => (byte)random.Next(256))]);
    }
}

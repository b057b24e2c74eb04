using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Prediction.Promptable;
using SegSharp.Testing;
using SegSharp.Tests.Data;
using SegSharp.Tests.Networks.Sam;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Prediction.Promptable;

[Collection("native")]
public sealed class PromptableTests
{
    [Theory]
    [InlineData(SamFamily.Sam, "", "there is no prompt: the network must be told where the object is", "--point 25,20")]
    [InlineData(SamFamily.MedSam, "", "there is no prompt: the network must be told where the object is", "--box 12,10,37,30")]
    [InlineData(SamFamily.Sam, "p50,3", "the point 50,3 lies outside of the image, which is 50x40: x is 0 to 49, y 0 to 39", "--point 25,20")]
    [InlineData(SamFamily.Sam, "b30,8,10,20", "the box 30,8,10,20 has no inside: it is left, top, right, bottom, and right must be more than left, bottom more than top", "--box 10,8,30,20")]
    [InlineData(SamFamily.Sam, "b-3,8,10,45", "the box -3,8,10,45 lies outside of the image, which is 50x40", "--box 0,8,10,40")]
    [InlineData(SamFamily.MedSam, "p5,3", "MedSAM was trained on boxes alone and knows no points or masks", "--box x0,y0,x1,y1")]
    public void A_wrong_prompt_is_named_with_a_right_one(SamFamily family, string prompt, string message, string fix)
    {
        using var model = new SamModel("tiny", family, SamNetworkTests.Make("tiny"));
        double[] n = prompt.Length == 0 ? [] : [.. prompt[1..].Split(',').Select(double.Parse)];
        var prompts = prompt.Length == 0 ? new PromptSet() : prompt[0] == 'p' ? new() { Points = [new(n[0], n[1])] } : new() { Box = new(n[0], n[1], n[2], n[3]) };

        var error = Assert.Throws<UsageException>(() => prompts.Require(model, 50, 40));

        Assert.Equal((message, fix), (error.Message, error.Fix));
    }

    [Theory]
    [InlineData(VoxelType.UInt8, 4, true)]                                      // RGBA
    [InlineData(VoxelType.UInt8, 2, true)]                                      // grey and alpha
    [InlineData(VoxelType.UInt16, 3, true)]
    [InlineData(VoxelType.Float32, 4, false)]                                   // four MR sequences
    [InlineData(VoxelType.Int16, 2, false)]
    public void Only_grey_and_colours_are_a_picture(VoxelType type, int channels, bool taken)
    {
        var image = Volume.Zeros("scan", Geometry.Pixels(new(6, 5)), channels, type);

        var error = Record.Exception(() => PromptablePage.Of(image));

        Assert.Equal(taken ? null : $"'scan' has {channels} channels; a promptable network sees grey or RGB", error?.Message);
    }

    [Fact]
    public void An_image_is_embedded_once_for_many_prompts_and_from_a_file_again()
    {
        using var check = new NoLeaks();
        using var folder = new TemporaryFolder();
        using var model = new SamModel("tiny", SamFamily.Sam, SamNetworkTests.Make("tiny"));
        var (page, file) = (Disc(60, 44), folder.Path("disc.safetensors"));
        var first = new SamPredictor(model);
        first.SetImage(page);
        var a = first.Predict(new() { Points = [new(30, 22)] });
        var b = first.Predict(new() { Box = new(10, 10, 40, 40), Several = true });
        first.Embedding.Write(file);

        var second = new SamPredictor(model);
        var kept = SamEmbedding.Read(file);
        kept.Require(page, model, file);
        second.SetImage(kept);
        var again = second.Predict(new() { Points = [new(30, 22)] });

        Assert.Equal((1, 0), (first.Encoded, second.Encoded));
        Assert.Equal(3, b.Count);
        Assert.Equal(a[0].LowRes, again[0].LowRes);
        Assert.Equal(a[0].Inside, again[0].Inside);
    }

    [Fact]
    public void An_embedding_of_another_image_or_model_is_refused()
    {
        using var model = new SamModel("tiny", SamFamily.Sam, SamNetworkTests.Make("tiny"));
        using var other = new SamModel("tiny", SamFamily.Sam, SamNetworkTests.Make("adapters"));
        var predictor = new SamPredictor(model);
        predictor.SetImage(Disc(60, 44));

        var image = Assert.Throws<InputException>(() => predictor.Embedding.Require(Disc(50, 44), model, "e.safetensors"));
        var weights = Assert.Throws<InputException>(() => predictor.Embedding.Require(Disc(60, 44), other, "e.safetensors"));

        Assert.Equal("the embedding 'e.safetensors' is of another image, slice or window (60x44; 'disc' is 50x44)", image.Message);
        Assert.Equal("the embedding 'e.safetensors' was made with other weights", weights.Message);
    }

    [Fact]
    public void A_drawn_mask_becomes_logits_and_for_SAM_Med2D_shares()
    {
        using var model = new SamModel("tiny", SamFamily.Sam, SamNetworkTests.Make("tiny"));
        using var shares = new SamModel("tiny", SamFamily.Med2D, SamNetworkTests.Make("adapters"));
        var inside = new bool[64 * 32];
        Array.Fill(inside, true, 0, 64 * 16);

        var prompts = new[] { model, shares }.Select(m =>
        {
            var predictor = new SamPredictor(m);
            predictor.SetImage(Disc(64, 32));
            return predictor.MaskPrompt(inside);
        }).ToList();

        Assert.Equal(32 * 32, prompts[0].Length);
        Assert.Equal((10f, -10f, -10f), (prompts[0][(2 * 32) + 5], prompts[0][(13 * 32) + 5], prompts[0][(20 * 32) + 5]));   // upper half; lower half; padding
        Assert.Equal((1f, 0f), (prompts[1][(2 * 32) + 5], prompts[1][(28 * 32) + 5]));                                      // stretched: no padding
    }

    [Fact]
    public void Bytes_stay_CT_is_cut_to_a_window_and_MR_keeps_its_zeros()
    {
        var grid = Geometry.Pixels(new Extent(3, 1));
        short[] ct = [-1000, 40, 300], mr = [0, 10, 1000];

        var (bytes, window, percentiles) = (
            PromptablePage.Of(Volume.Of<byte>("a", grid, 1, [1, 2, 3])),
            PromptablePage.Of(Volume.Of<short>("b", grid, 1, ct)),
            PromptablePage.Of(Volume.Of<short>("c", grid, 1, mr)));

        Assert.Equal("1,2,3,1,2,3,1,2,3 as stored", $"{string.Join(',', bytes.Planes)} {bytes.Scaling}");
        Assert.Equal("0,127,255 window -160 to 240", $"{string.Join(',', window.Planes[..3])} {window.Scaling}");
        Assert.Equal((0, 255), (percentiles.Planes[0], percentiles.Planes[2]));
    }

    [Fact]
    public void Runs_are_those_of_COCO()
    {
        int[] counts = [6, 1, 40, 4, 5, 4, 5, 4, 21];
        var runs = new RunLength(9, 10, counts);

        Assert.Equal("61X13mN000`0", runs.Compressed());                             // of pycocotools' own documentation
        Assert.Equal(counts, RunLength.FromCompressed("61X13mN000`0", 10, 9).Counts);
        Assert.Equal(counts, RunLength.Of(runs.ToMask(), 10, 9).Counts);
    }

    [Fact]
    public void An_embedding_is_refused_after_any_part_of_the_encoder_was_trained()
    {
        using var model = new SamModel("tiny", SamFamily.Sam, SamNetworkTests.Make("tiny"));
        foreach (var (name, parameter) in model.Network.ImageEncoder.NamedParameters())
        {
            using var scope = new TensorScope();
            using var guard = new NoGrad();
            var before = model.Fingerprint();

            parameter.CopyInPlace(parameter + 1e-3);

            Assert.True(before != model.Fingerprint(), $"{name} is not part of the fingerprint");
        }
    }

    [Fact]
    public void A_wrapped_checkpoint_opens_as_the_network_itself()
    {
        using var folder = new TemporaryFolder();
        using var network = SamNetworkTests.Make("tiny");
        var file = folder.Path("wrapped.pt");
        SegSharp.Torch.Checkpoints.PyTorchWriter.Write(file, network.StateData().Select(s => ($"module.model.{s.Name}", s.Value)));

        using var model = SamModel.Open(file);

        Assert.Equal(("tiny", SamFamily.Sam), (model.Name, model.Family));
    }

    [Fact]
    public void A_mask_of_which_nothing_lies_above_any_threshold_has_no_stability() => Assert.Equal(0, AutomaticMasks.Stability([-9, -8], 0, 1));

    [Fact]
    public void Crops_of_the_documented_picture_are_the_documented_ones()
    {
        var (boxes, _) = AutomaticMasks.CropBoxes(1500, 1000, 1, 512.0 / 1500);

        Assert.Equal(["0,0,1500,1000", "0,0,921,671", "0,330,921,1000", "580,0,1500,671", "580,330,1500,1000"], boxes.Select(b => $"{b.X},{b.Y},{b.Right},{b.Bottom}"));
    }

    [Fact]
    public void A_picture_of_one_pixel_or_one_row_has_crops_and_sides_of_one_pixel_at_least()
    {
        Assert.All(AutomaticMasks.CropBoxes(1, 1, 2, 512.0 / 1500).Boxes, b => Assert.Equal((0, 0, 1, 1), (b.X, b.Y, b.Width, b.Height)));
        Assert.All(AutomaticMasks.CropBoxes(5, 3, 3, 0).Boxes, b => Assert.True(b is { Width: > 0, Height: > 0, Right: <= 5, Bottom: <= 3 }, b.ToString()));
        Assert.Equal((64, 1), PagePreparation.LongestSide(300, 1, 64));
    }

    [Theory]
    [InlineData(5000, 0.88, "auto.pointsPerSide is 5000; it must be 1024 or less")]
    [InlineData(32, double.NaN, "auto.minimumQuality is NaN; it must be a finite number")]
    public void Clicks_without_end_and_thresholds_that_are_no_numbers_are_refused(int side, double quality, string message) =>
        Assert.Equal([message], new AutomaticMaskOptions { PointsPerSide = side, MinimumQuality = quality }.Check().Select(f => f.ToString()));

    [Fact]
    public void Clicks_decoded_at_once_change_memory_and_no_mask()
    {
        using var check = new NoLeaks();
        using var model = new SamModel("tiny", SamFamily.Sam, SamNetworkTests.Make("tiny"));
        var options = new AutomaticMaskOptions { PointsPerSide = 4, MinimumQuality = 0, MinimumStability = 0, BoxOverlap = 1, CropLayers = 1, CropBoxOverlap = 1, CropPointsDivisor = 2 };

        var (one, many) = (AutomaticMasks.Find(new(model), Disc(60, 44), options with { PointsPerBatch = 3 }), AutomaticMasks.Find(new(model), Disc(60, 44), options));

        Assert.NotEmpty(many);
        Assert.Equal(many.Select(m => m.Runs.Compressed()), one.Select(m => m.Runs.Compressed()));
    }

    [Fact]
    public void A_volume_gets_its_mask_on_its_own_grid()
    {
        using var check = new NoLeaks();
        using var model = new SamModel("tiny", SamFamily.Med3D, SamNetworkTests.Make("volumes"));
        var grid = new Geometry { Extent = new Extent(40, 30, 12), Spacing = new Triple(1.1, 0.9, 2.5), Origin = new Triple(5, -7, 9) };      // no voxel of it lies halfway between two of the cube
        var image = Volume.Of<short>("scan", grid, 1, [.. Enumerable.Range(0, 40 * 30 * 12).Select(i => (short)(i % 211))]);
        var turned = image.Reoriented(Orientation.Parse("LPS"));
        var predictor = new SamVolumePredictor(model);

        predictor.SetVolume(image, 20, 15, 6);
        var answer = predictor.Predict(new() { Points = [new(20, 15, Z: 6), new(2, 2, Foreground: false, Z: 6)] });
        var refined = predictor.Predict(new() { Points = [new(20, 15, Z: 6)], Mask = answer.LowRes });
        var other = new SamVolumePredictor(model);
        other.SetVolume(turned, 19, 14, 6);                                           // the same place, counted from the other sides
        var same = other.Predict(new() { Points = [new(19, 14, Z: 6), new(37, 27, Foreground: false, Z: 6)] });

        Assert.Equal(1, predictor.Encoded);
        Assert.Equal(grid, answer.Map.Geometry);
        Assert.Equal(16 * 16 * 16, refined.LowRes.Length);
        Assert.Equal(turned.Geometry, same.Map.Geometry);
        Assert.Equal(answer.Map.CountOf(1), same.Map.Reoriented(Orientation.Ras).CountOf(1));
        Assert.Equal(answer.Map.Labels, same.Map.Reoriented(Orientation.Ras).Labels);
    }

    [Fact]
    public void A_point_outside_of_the_cube_is_named()
    {
        using var model = new SamModel("tiny", SamFamily.Med3D, SamNetworkTests.Make("volumes"));
        var image = Volume.Of<byte>("scan", Geometry.Pixels(new Extent(100, 20, 20)), 1, [.. Enumerable.Repeat((byte)9, 40000)]);
        var predictor = new SamVolumePredictor(model);
        predictor.SetVolume(image, 20, 10, 10);

        var error = Assert.Throws<UsageException>(() => predictor.Predict(new() { Points = [new(20, 10, Z: 10), new(90, 10, Z: 10)] }));

        Assert.Equal("the point 90,10,10 lies outside of the cube that the network sees, 48 mm around the first point", error.Message);
    }

    internal static PromptablePage Disc(int width, int height)
    {
        var plane = new byte[width * height];
        for (var i = 0; i < plane.Length; i++)
        {
            var (dx, dy) = ((i % width) - (width / 2), (i / width) - (height / 2));
            plane[i] = (byte)((dx * dx) + (dy * dy) < height * height / 9 ? 200 : 40 + (i * 7 % 30));
        }

        return new("disc", width, height, [.. plane, .. plane, .. plane], "as stored");
    }
}

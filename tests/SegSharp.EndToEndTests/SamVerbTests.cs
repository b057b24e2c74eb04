using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Networks.Sam;
using SegSharp.Prediction.Promptable;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.EndToEndTests;

[Collection("native")]
public sealed class SamVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_picture_is_segmented_by_prompts_and_again_from_its_embedding()
    {
        var (weights, image) = (Weights(SamOptions.Tiny), Picture());
        var (mask, embedding, logits, overlay) = (At("mask.png"), At("image.safetensors"), At("logits.npy"), At("overlay.svg"));

        var first = CliRunner.Run(
            "sam", "predict", image, "--weights", weights, "--point", "30,20", "--background", "3,4", "--box", "10,5,50,40",
            "--embedding", embedding, "--logits", logits, "--overlay", overlay, "--out", mask, "--json");
        var second = CliRunner.Run(
            "sam", "predict", image, "--weights", weights, "--point", "30,20,1", "--point", "3,4,0", "--box", "10,5,50,40",
            "--embedding", embedding, "--out", At("again.png"), "--json");
        var refined = CliRunner.Run("sam", "predict", image, "--weights", weights, "--mask", logits, "--embedding", embedding, "--out", At("refined.png"), "--json");
        var drawn = CliRunner.Run("sam", "predict", image, "--weights", weights, "--mask", mask, "--embedding", embedding, "--out", At("drawn.png"), "--json");

        Assert.Equal((0, 0, 0, 0), (first.ExitCode, second.ExitCode, refined.ExitCode, drawn.ExitCode));
        Assert.Equal(("tiny", true, false), ((string)first.Json["model"]!, (bool)first.Json["encoded"]!, (bool)second.Json["encoded"]!));
        var map = LabelMap.Read(mask);
        Assert.Equal(new Extent(64, 48), map.Extent);
        Assert.Equal(map.Labels, LabelMap.Read(At("again.png")).Labels);
        Assert.Equal((double)first.Json["masks"]![0]!["predictedIou"]!, (double)second.Json["masks"]![0]!["predictedIou"]!);
        Assert.Equal(map.CountOf(1), (long)first.Json["masks"]![0]!["area"]!);
        Assert.Contains("tiny, 1 point inside, 1 outside, box, as stored", File.ReadAllText(overlay), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_masks_are_written_best_first()
    {
        var (weights, image) = (Weights(SamOptions.Tiny), Picture());

        var result = CliRunner.Run("sam", "predict", image, "--weights", weights, "--point", "30,20", "--multimask", "--out", At("mask.png"), "--json");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal([At("mask_1.png"), At("mask_2.png"), At("mask_3.png")], result.Json["masks"]!.AsArray().Select(m => (string)m!["file"]!));
        var qualities = result.Json["masks"]!.AsArray().Select(m => (double)m!["predictedIou"]!).ToList();
        Assert.Equal(qualities.OrderDescending(), qualities);
        Assert.Equal(File.ReadAllBytes(At("mask_1.png")), File.ReadAllBytes(At("mask.png")));
    }

    [Fact]
    public void A_slice_of_a_CT_gets_its_mask_in_the_volumes_grid()
    {
        var weights = Weights(SamOptions.Tiny);
        var grid = new Geometry { Extent = new Extent(40, 30, 5), Spacing = new Triple(0.8, 0.8, 3), Origin = new Triple(1, 2, 3) };
        Volume.Of<short>("ct", grid, 1, [.. Enumerable.Range(0, 40 * 30 * 5).Select(i => (short)((i * 37 % 1400) - 1000))]).Write(At("ct.nii.gz"));

        var result = CliRunner.Run("sam", "predict", At("ct.nii.gz"), "--slice", "3", "--weights", weights, "--point", "20,10", "--out", At("mask.nii.gz"), "--json");
        var none = CliRunner.Run("sam", "predict", At("ct.nii.gz"), "--weights", weights, "--point", "20,10", "--out", At("none.nii.gz"));

        Assert.Equal(0, result.ExitCode);
        Assert.Equal("window -160 to 240", (string)result.Json["intensities"]!);
        var map = LabelMap.Read(At("mask.nii.gz"));
        Assert.NotEqual(GridMatch.Different, map.Geometry.Match(grid));
        Assert.Equal(map.CountOf(1), map.Page(3).CountOf(1));
        Assert.Equal((2, $"error: '{At("ct.nii.gz")}' has 5 slices, and this model sees one at a time\nfix: --slice 2\n"), (none.ExitCode, none.Error));
    }

    [Fact]
    public void A_volume_is_segmented_around_a_click()
    {
        var weights = Weights(new()
        {
            ImageEncoder = new() { Dimensions = 3, ImageSize = 32, PatchSize = 8, InChannels = 1, Width = 24, Depth = 2, Heads = 2, MlpRatio = 2, OutChannels = 24, Window = 3, GlobalBlocks = [1] },
            PromptEncoder = new() { Width = 24, Grid = [4, 4, 4], ImageSize = [32, 32, 32] },
            MaskDecoder = new() { Dimensions = 3, Width = 24, Heads = 2, Hidden = 32, QualityHidden = 16 },
        });
        var grid = new Geometry { Extent = new Extent(40, 30, 12), Spacing = new Triple(1, 1, 2), Origin = new Triple(1, 2, 3) };
        Volume.Of<short>("mr", grid, 1, [.. Enumerable.Range(0, 40 * 30 * 12).Select(i => (short)(i % 211))]).Write(At("mr.nii.gz"));

        var result = CliRunner.Run("sam", "predict", At("mr.nii.gz"), "--weights", weights, "--point", "20,15,6", "--point", "3,3,6,0", "--out", At("mask.nii.gz"), "--overlay", At("o.png"), "--json");
        var again = CliRunner.Run("sam", "predict", At("mr.nii.gz"), "--weights", weights, "--point", "20,15,6", "--out", At("mask.nii.gz"));
        var flat = CliRunner.Run("sam", "predict", At("mr.nii.gz"), "--weights", weights, "--point", "20,15", "--out", At("flat.nii.gz"));

        var sliced = CliRunner.Run("sam", "predict", At("mr.nii.gz"), "--weights", weights, "--point", "20,15,6", "--slice", "6", "--out", At("sliced.nii.gz"));

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal((long)result.Json["masks"]![0]!["area"]!, LabelMap.Read(At("mask.nii.gz")).CountOf(1));
        Assert.Equal((2, "error: SAM-Med3D sees a whole cube and scales it by its own rule, so --slice has no meaning here\nfix: leave --slice out\n"), (sliced.ExitCode, sliced.Error));
        Assert.Equal((2, $"error: '{At("mask.nii.gz")}' is there already\nfix: choose another place, or --overwrite\n"), (again.ExitCode, again.Error));
        Assert.Equal((2, "error: SAM-Med3D sees volumes, so its points are x,y,z\nfix: --model sam-med3d --point x,y,z\n"), (flat.ExitCode, flat.Error));
    }

    [Fact]
    public void Everything_is_found_and_written_as_COCO_as_labels_and_as_a_folder()
    {
        var (weights, image) = (Weights(SamOptions.Tiny), Picture());
        string[] request = ["sam", "auto", image, "--weights", weights, "--points-per-side", "3", "--pred-iou-thresh", "0", "--stability-score-thresh", "0", "--box-nms-thresh", "1"];

        var result = CliRunner.Run([.. request, "--out", At("all.json"), "--overlay", At("all.png"), "--json"]);
        Assert.Equal(0, CliRunner.Run([.. request, "--out", At("all.tif")]).ExitCode);
        Assert.Equal(0, CliRunner.Run([.. request, "--out", At("all")]).ExitCode);

        Assert.Equal(0, result.ExitCode);
        var found = (int)result.Json["found"]!;
        var annotations = JsonNode.Parse(File.ReadAllText(At("all.json")))!["annotations"]!.AsArray();
        Assert.Equal((27, 27), (found, annotations.Count));
        foreach (var a in annotations)
        {
            var runs = RunLength.FromCompressed((string)a!["segmentation"]!["counts"]!, 64, 48);
            Assert.Equal((long)a["area"]!, runs.Area);
            Assert.Equal(runs.ToMask(), Array.ConvertAll(LabelMap.Read(At($"all/{(int)a["id"]! - 1}.png")).Labels, l => l != 0));
        }

        Assert.InRange(LabelMap.Read(At("all.tif")).Labels.Max(), 1, 27);
        Assert.Equal(28, File.ReadAllLines(At("all/metadata.csv")).Length);
    }

    [Theory]
    [InlineData("--out mask.png", 2, "error: there is no prompt: the network must be told where the object is\nfix: --point 32,24\n")]
    [InlineData("--out mask.png --point 64,3", 2, "error: the point 64,3 lies outside of the image, which is 64x48: x is 0 to 63, y 0 to 47\nfix: --point 32,24\n")]
    [InlineData("--out mask.png --point seven", 2, "error: --point is 'seven'; expected x,y, and 1 (inside) or 0 (outside) behind it if you like\nfix: --point 120,80\n")]
    [InlineData("--out mask.png --box 9,9,3,12", 2, "error: the box 9,9,3,12 has no inside: it is left, top, right, bottom, and right must be more than left, bottom more than top\nfix: --box 3,9,9,12\n")]
    [InlineData("--out mask.png --model vit_b --point 3,4", 3, "error: 'WEIGHTS' holds tiny (2 blocks of 64, images of 128×128), not vit_b (12 blocks of 768, images of 1024×1024)\nfix: --model tiny\n")]
    [InlineData("--out mask.png --model vit_x --point 3,4", 2, "error: unknown model 'vit_x'; known: vit_b, vit_h, vit_l, tiny, medsam, sam-med2d, sam-med3d\nfix: did you mean 'vit_b'?\n")]
    [InlineData("--out mask.png --point 3,4 --logits mask.png", 2, "error: 'MASK' is asked for twice: the second would take the place of the first\nfix: give every output a file of its own\n")]
    [InlineData("--out mask.png --point 3,4 --overlay mask.png.zzz", 2, "error: a figure cannot be written as '.zzz' ('MASK.zzz'); known: .png, .svg, .pdf\nfix: end the file's name in .png, .svg or .pdf\n")]
    public void A_wrong_request_is_named(string request, int code, string expected)
    {
        var (weights, image) = (Weights(SamOptions.Tiny), Picture());

        var result = CliRunner.Run(["sam", "predict", image, "--weights", weights, .. request.Replace("mask.png", At("mask.png")).Split(' ')]);

        Assert.Equal(expected.Replace("WEIGHTS", weights).Replace("MASK", At("mask.png")), result.Error);
        Assert.Equal(code, result.ExitCode);
        Assert.False(File.Exists(At("mask.png")));
    }

    [Fact]
    public void Weights_of_another_kind_of_network_are_named()
    {
        var weights = At("unet.pt");
        PyTorchWriter.Write(weights, [("head.weight", new TensorData(DType.Float32, [1], new byte[4]))]);

        var result = CliRunner.Run("sam", "predict", Picture(), "--weights", weights, "--point", "3,4", "--out", At("mask.png"));

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(
            $"error: '{weights}' holds no promptable network: it has 1 tensors, first 'head.weight', and none of image_encoder, prompt_encoder and mask_decoder together\n"
            + "fix: give a checkpoint of SAM, MedSAM, SAM-Med2D or SAM-Med3D\n",
            result.Error);
    }

    private string At(string name) => Path.Combine(_folder, name);

    private string Weights(SamOptions options)
    {
        TorchRuntime.Seed(5);
        using var network = new SamNetwork(options);
        foreach (var (name, parameter) in network.NamedParameters().Where(p => p.Name.Contains("pos", StringComparison.Ordinal)))
        {
            Initialise.Normal(parameter, 0, 0.3);
        }

        var path = At("weights.pth");
        PyTorchWriter.Write(path, network.StateData());
        return path;
    }

    private string Picture()
    {
        var path = At("picture.png");
        Volume.Of<byte>("picture", Geometry.Pixels(new Extent(64, 48)), 1, [.. Enumerable.Range(0, 64 * 48).Select(i => (byte)((Math.Abs((i % 64) - 30) * 6) + (i / 64)))]).Write(path);
        return path;
    }
}

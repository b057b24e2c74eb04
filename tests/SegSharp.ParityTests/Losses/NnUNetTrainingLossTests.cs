using System.Globalization;
using System.Text.Json.Nodes;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Operators;
using Xunit;

namespace SegSharp.ParityTests.Losses;

/// <summary>What nnU-Net's trainer tells a network: its losses on volumes, with regions and labels to ignore, at several levels. Tolerance 1e-5, see the README beside the numbers.</summary>
[Collection("native")]
public sealed class NnUNetTrainingLossTests
{
    private const string Room = "24-nnunet-training";

    [Theory]
    [InlineData("dc_ce_batchdice_False_ignore_None")]
    [InlineData("dc_ce_batchdice_True_ignore_None")]
    [InlineData("dc_ce_batchdice_False_ignore_4")]
    [InlineData("dc_ce_batchdice_True_ignore_4")]
    [InlineData("dc_bce_batchdice_False_ignore_False")]
    [InlineData("dc_bce_batchdice_True_ignore_False")]
    [InlineData("dc_bce_batchdice_False_ignore_True")]
    [InlineData("dc_bce_batchdice_True_ignore_True")]
    public void Value_and_gradient_are_the_trainers(string name)
    {
        using var scope = new TensorScope();
        var (regions, ignores) = (name.StartsWith("dc_bce", StringComparison.Ordinal), name.EndsWith("ignore_4", StringComparison.Ordinal) || name.EndsWith("ignore_True", StringComparison.Ordinal));
        var target = Read(regions ? (ignores ? "target_regions_plus_ignore_channel" : "target_regions") : ignores ? "target_ignore4" : "target");
        var all = Read("logits");
        var logits = regions ? all.Narrow(1, 0, target.Size(1) - (ignores ? 1 : 0)).Contiguous().Detach() : all;
        logits.RequiresGrad = true;

        var value = Original(regions, name.Contains("dice_True", StringComparison.Ordinal), ignores).Value(logits, target.To(DType.Float32));
        value.Backward();

        Assert.Equal(Expected()[name]!.GetValue<double>(), value.Item(), 1e-5);
        var gradient = Comparison.Of("gradient", logits.Grad!, Npy.Read(ParityCases.Require(Room, "loss", $"grad_{name}.npy")), 1e-7, 1e-5);
        Assert.True(gradient.Passed == true, gradient.ToString());
    }

    [Fact]
    public void The_sum_over_the_levels_is_the_wrappers()
    {
        using var scope = new TensorScope();
        var (logits, target) = (Read("logits"), Read("target").Squeeze(1).To(DType.Int64));
        var levels = new[] { 1L, 2, 4, 5 }.Select(k => k == 1 ? logits : Pooling.Average(logits, [k, k, k], [k, k, k])).ToList();
        var expected = Expected()["deep_supervision"]!.AsObject();
        var loss = new DiceCrossEntropy(new() { PoolBatch = true });

        Assert.Equal(expected["weights"]!.AsArray().Select(w => w!.GetValue<double>()), DeepSupervised.WeightsFor(levels));
        Assert.Equal(expected["value"]!.GetValue<double>(), new DeepSupervised(loss).Compute(levels, target).Item() - 1, 1e-5);   // −Dice there, 1 − Dice here
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_coarser_truth_takes_the_trainers_voxels(int level)
    {
        using var scope = new TensorScope();
        var expected = Tensor.From(Npy.Read(ParityCases.Require(Room, $"ds_seg_expected_{level}.npy")));
        var labels = Tensor.From(Npy.Read(ParityCases.Require(Room, "ds_seg.npy")));

        var coarse = DeepSupervised.OnGridOf(expected.Unsqueeze(1), labels);

        Assert.Equal(expected.Shape, coarse.Shape);
        Assert.Equal(expected.ToArray<short>(), coarse.ToArray<short>());
    }

    private static StandIn Original(bool regions, bool batch, bool ignores) => LossOriginals.Find(
        $"MIC-DKFZ/nnUNet training.loss.{(regions ? "DC_and_BCE_loss" : "DC_and_CE_loss")}",
        new(JsonNode.Parse(string.Create(CultureInfo.InvariantCulture, $$"""
            {
              "soft_dice_kwargs": { "batch_dice": {{(batch ? "true" : "false")}}, "smooth": 1e-05, "do_bg": {{(regions ? "true" : "false")}}, "ddp": false },
              {{(regions ? $"\"use_ignore_label\": {(ignores ? "true" : "false")}" : $"\"ignore_label\": {(ignores ? "4" : "null")}")}}
            }
            """))!.AsObject()));

    private static JsonObject Expected() => JsonNode.Parse(File.ReadAllBytes(ParityCases.Require(Room, "loss", "expected.json")))!.AsObject();

    private static Tensor Read(string name) => Tensor.From(Npy.Read(ParityCases.Require(Room, "loss", $"{name}.npy")));
}

using System.Text;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Tests.Training;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.Tests;

[Collection("native")]
public sealed class WeightsFileTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_trained_checkpoint_predicts_the_same_in_every_format_and_under_every_name()
    {
        _tiny.Train("run", TinyRun.Recipe with { Training = TinyRun.Recipe.Training with { Epochs = 1 } });
        var (original, safe, theirs, back) = (_tiny.Path("run", "checkpoint-best.pt"), _tiny.Path("a.safetensors"), _tiny.Path("theirs.pt"), _tiny.Path("back.pt"));

        var first = WeightsFile.Convert(original, safe, network: null, from: null, to: "same");
        var second = WeightsFile.Convert(safe, theirs, network: null, from: null, to: "course-unet");
        WeightsFile.Convert(theirs, back, network: null, from: null, to: "same");

        Assert.Equal(("same", "same"), (first.From, first.To));
        Assert.Equal(("same", "course-unet"), (second.From, second.To));
        Assert.Contains("bottle_neck.conv_op.0.weight", Checkpoint.Read(theirs).Tensors.Keys);
        Assert.Equal(Probabilities(original), Probabilities(safe));
        Assert.Equal(Probabilities(original), Probabilities(theirs));
        Assert.Equal(Bits(original), Bits(back));
    }

    [Fact]
    public void A_network_that_computes_the_same_takes_the_weights_over_and_the_recipe_names_it()
    {
        var milesial = TinyRun.Recipe with { Network = new MilesialUNetOptions { Base = 2 }, Training = TinyRun.Recipe.Training with { Epochs = 1 } };
        _tiny.Train("run", milesial);
        var (original, ours) = (_tiny.Path("run", "checkpoint-best.pt"), _tiny.Path("ours.pt"));

        var converted = WeightsFile.Convert(original, ours, new UNetOptions { Base = 2, Bias = false }, from: null, to: "same");

        Assert.Equal("milesial", converted.From);
        Assert.Contains("down.0.conv1.weight", Checkpoint.Read(ours).Tensors.Keys);
        Assert.Equal(Probabilities(original), Probabilities(ours), (a, b) => Math.Abs(a - b) < 1e-6f);
    }

    [Fact]
    public void What_lies_beside_the_weights_comes_along()
    {
        using var network = new UNet(new() { Base = 2, Depth = 2 });
        var (file, pt, back) = (_tiny.Path("in.safetensors"), _tiny.Path("out.pt"), _tiny.Path("back.safetensors"));
        Safetensors.Write(file, network.StateData(), new Dictionary<string, string> { ["author"] = "somebody", ["epoch"] = "12" });

        WeightsFile.Convert(file, pt, network.Options, null, "same");
        WeightsFile.Convert(pt, back, network.Options, null, "same");

        Assert.Equal("""{"author":"somebody","epoch":"12"}""", Encoding.UTF8.GetString(Checkpoint.Read(pt).Entry("segsharp/metadata.json")!.Value.Span));
        Assert.Equal(("somebody", "12"), (Checkpoint.Read(back).Metadata["author"], Checkpoint.Read(back).Metadata["epoch"]));
    }

    [Fact]
    public void Weights_without_a_recipe_need_the_networks_name_and_a_known_ending()
    {
        using var network = new UNet(new() { Base = 2, Depth = 2 });
        var file = _tiny.Path("in.pt");
        PyTorchWriter.Write(file, network.StateData());

        var nameless = Assert.Throws<UsageException>(() => WeightsFile.Convert(file, _tiny.Path("out.pt"), null, null, "same"));
        var ending = Assert.Throws<UsageException>(() => WeightsFile.Convert(file, "out.onnx", network.Options, null, "same"));

        Assert.Equal($"'{file}' does not say which network it belongs to", nameless.Message);
        Assert.Equal("--network NAME, and --set for options that differ from its defaults", nameless.Fix);
        Assert.Equal("the ending of 'out.onnx' says no format", ending.Message);
    }

    private float[] Probabilities(string checkpoint)
    {
        using var predictor = Predictor.Open(checkpoint);
        return predictor.Predict(_tiny.Data.Read(_tiny.Data.Cases[0]).Image, probabilities: true).Probabilities!.ToFloats();
    }

    private static IReadOnlyList<string> Bits(string checkpoint) =>
        [.. Checkpoint.Read(checkpoint).Tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key} {Convert.ToHexString(t.Value.Bytes.Span)}")];
}

using System.Text;
using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Testing;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Models that leave for other runtimes, and TorchScript models that come in.</summary>
public sealed class ExportTests : IDisposable
{
    private const string Recipe = """{"labels": {"background": 0, "organ": 7}, "channels": ["grey"]}""";
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void A_trained_model_is_exported_with_its_labels_and_preprocessing()
    {
        var data = _workshop.Phantom();
        Workshop.Succeed(Workshop.Training(data, _workshop["run"], epochs: 1));

        var result = Workshop.Succeed("network", "export", _workshop["run"], "--output", _workshop["model.onnx"], "--json");

        Assert.Equal("[\"batch\",\"1\",\"height\",\"width\"]", result.Json["input"]!.ToJsonString());
        Assert.True((double)result.Json["largestDifference"]! < 1e-4);
        var text = Encoding.UTF8.GetString(File.ReadAllBytes(_workshop["model.onnx"]));
        foreach (var key in new[] { "network", "labels", "channels", "head", "threshold", "preparation" })
        {
            Assert.Contains($"segsharp.{key}", text, StringComparison.Ordinal);
        }

        Assert.Contains("\"membrane\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_there_is_not_replaced_unasked()
    {
        File.WriteAllText(_workshop["model.onnx"], "mine");

        var result = CliRunner.Run("network", "export", "unet", "--set", "network.base=2", "--output", _workshop["model.onnx"]);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"error: '{_workshop["model.onnx"]}' is there already\nfix: --overwrite writes it again\n", result.Error);
        Assert.Equal("mine", File.ReadAllText(_workshop["model.onnx"]));
    }

    [Fact]
    public void A_TorchScript_model_runs_only_when_it_is_trusted()
    {
        var script = ParityCases.Require("31-torchscript", "dict_output_scripted.ts");
        var image = ParityCases.Require("31-torchscript", "dict_output_scripted_in0.npy");

        var refused = CliRunner.Run("network", "run", script, "--input", image, "--output", _workshop["logits.npy"]);

        Assert.Equal(3, refused.ExitCode);
        Assert.Equal($"error: '{script}' is a TorchScript model: it holds code, which would run with your rights\nfix: --trust runs it, if you know who made it\n", refused.Error);
        Assert.False(File.Exists(_workshop["logits.npy"]));

        Workshop.Succeed("network", "run", script, "--trust", "--input", image, "--output", _workshop["logits.npy"]);

        Assert.Equal(Npy.Read(ParityCases.Require("31-torchscript", "dict_output_scripted_out0_logits.npy")).Shape, Npy.Read(_workshop["logits.npy"]).Shape);
    }

    [Fact]
    public void A_TorchScript_model_predicts_with_a_recipe_that_names_its_labels()
    {
        var script = ParityCases.Require("31-torchscript", "dict_output_scripted.ts");
        var data = _workshop.Phantom();
        var images = Path.Combine(data, "imagesTr");
        File.WriteAllText(_workshop["recipe.json"], Recipe);

        var without = CliRunner.Run("predict", script, images, _workshop["masks"], "--trust");
        Assert.Equal(3, without.ExitCode);
        Assert.StartsWith($"error: '{script}' is a TorchScript model, which does not say its labels, channels and preparation\nfix: a file such as ", without.Error, StringComparison.Ordinal);

        var result = Workshop.Succeed("predict", script, images, _workshop["masks"], "--trust", "--recipe", _workshop["recipe.json"], "--json");

        Assert.Equal(6, (int)result.Json["written"]!);
        var values = Directory.GetFiles(_workshop["masks"]).SelectMany(f => LabelMap.Read(f).Labels).Distinct().Order();
        Assert.Equal([0, 7], values.Select(v => (int)v));
    }

    [Fact]
    public void A_model_with_more_channels_than_labels_says_so()
    {
        var script = ParityCases.Require("31-torchscript", "dict_output_scripted.ts");
        var data = _workshop.Phantom();
        var json = JsonNode.Parse(Recipe)!.AsObject();
        json["labels"]!["tumour"] = 8;
        File.WriteAllText(_workshop["recipe.json"], json.ToJsonString());

        var result = CliRunner.Run("predict", script, Path.Combine(data, "imagesTr"), _workshop["masks"], "--trust", "--recipe", _workshop["recipe.json"], "--quiet");

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(
            "error: the TorchScript model gives [1,2,32,32] float32 for an image of [1,1,32,32] float32, but [N, 3, …] was expected: one channel per label, or per foreground label for a sigmoid head\n"
            + "fix: name as many labels in the recipe as the model has channels, or another loss (its head)\n",
            result.Error);
    }
}

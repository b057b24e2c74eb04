using System.Text.Json.Nodes;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.ParityTests.Optimizers;

/// <summary>Ten steps down a bowl, f(w) = ½ (w − t)ᵀ A (w − t), beside torch.optim.</summary>
[Collection("native")]
public sealed class OptimizerParityTests
{
    private static string List => Path.Combine(ParityCases.Root, "08-training", "optimisers.json");

    public static TheoryData<string> Cases => ParityCases.Names(List);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Every_step_is_that_of_PyTorch(string name)
    {
        using var scope = new TensorScope();
        var all = JsonNode.Parse(File.ReadAllBytes(List))!;
        var json = ParityCases.Named(List, name);
        var options = new RecordedOptions(json["options"]!.AsObject());
        var (bowl, bottom, w) = (Tensor.From([.. all["A"]!.AsArray().SelectMany(Row)], 5, 5), Tensor.From(Row(all["t"])), Tensor.From(Row(all["w0"])));
        w.RequiresGrad = true;
        using var optimizer = OptimizerOriginals.Create(json["optimiser"]!.GetValue<string>(), options, [w]);
        var longest = options.Numbers("max_norm")?[0];
        options.SkipTheUnread(json["optimiser"]!.GetValue<string>());

        foreach (var (expected, step) in json["after_each_step"]!.AsArray().Select((row, i) => (Row(row), i)))
        {
            optimizer.ClearGradients();
            var away = w - bottom;
            (0.5 * (away * bowl.Matmul(away)).Sum()).Backward();
            optimizer.Clip(norm: longest);
            optimizer.Step();

            var found = Comparison.Of($"step {step}", w, Tensor.From(expected).ToData(), all["tolerance"]!["atol"]!.GetValue<double>(), all["tolerance"]!["rtol"]!.GetValue<double>());
            Assert.True(found.Passed == true, found.ToString());
        }
    }

    private static float[] Row(JsonNode? row) => [.. row!.AsArray().Select(x => x!.GetValue<float>())];
}

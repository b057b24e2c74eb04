using System.Text.Json.Nodes;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;
using Xunit.Sdk;

namespace SegSharp.ParityTests.Losses;

/// <summary>Values and gradients of PyTorch, MONAI, nnU-Net, segmentation_models.pytorch and the exercise: see the README beside the cases.</summary>
[Collection("native")]
public sealed class LossParityTests
{
    private static string List => Path.Combine(ParityCases.Root, "06-losses", "cases.json");

    public static TheoryData<string> Cases => ParityCases.Names(List);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Value_and_gradient_are_the_originals(string name)
    {
        var json = ParityCases.Named(List, name);
        var original = json["original"]!.GetValue<string>();
        Assert.SkipUnless(LossOriginals.Knows(original), $"loss {LossOriginals.Title(original)} comes with issue 9");
        using var scope = new TensorScope();
        var logits = Input(json["logits"]!);
        var recorded = Input(json["target"]!);
        Assert.SkipWhen(recorded.Size(1) > 1, "regions as channels: SegSharp's targets are labels, one per pixel");
        var target = recorded.Squeeze(1).To(DType.Int64);
        var standIn = LossOriginals.Find(original, new(json["constructor"]?.AsObject()), recorded);
        logits.RequiresGrad = true;

        var loss = standIn.Loss.Compute(logits, target);
        loss.Backward();

        var value = (standIn.Scale * loss.Item()) + standIn.Shift;
        var gradient = logits.Grad! * standIn.Scale;
        var tolerance = JsonNode.Parse(File.ReadAllBytes(List))!["tolerance"]!;
        Passed(json["value"]!.ToString() == "nan"
            ? Comparison.Of("value where nothing counts", value, 0, 1e-12, 0)     // PyTorch's 0/0; we say 0, so that a training lives on
            : Comparison.Of("value", value, json["value"]!.GetValue<double>(), Number(tolerance, "value", "atol"), Number(tolerance, "value", "rtol")));
        var file = json["gradient_files"]?[0]!.GetValue<string>();
        var expected = file is null
            ? new TensorData(DType.Float32, gradient.Shape, new byte[4 * gradient.Count])
            : Npy.Read(ParityCases.Require("06-losses", file));
        Passed(Comparison.Of("gradient", gradient, expected, Number(tolerance, "gradient", "atol"), Number(tolerance, "gradient", "rtol")));
    }

    [Theory]
    [InlineData(typeof(BinaryCrossEntropy))]
    [InlineData(typeof(CrossEntropy))]
    [InlineData(typeof(SoftDice))]
    [InlineData(typeof(DiceCrossEntropy))]
    public void Every_loss_stands_in_for_some_original(Type loss)
    {
        var json = JsonNode.Parse(File.ReadAllBytes(ParityCases.Require("06-losses", "cases.json")))!["cases"]!.AsArray();
        using var scope = new TensorScope();

        var held = json.Where(c => LossOriginals.Knows(c!["original"]!.GetValue<string>()) && StandsIn(c.AsObject())).ToList();

        Assert.NotEmpty(held);

        bool StandsIn(JsonObject c)
        {
            try
            {
                return LossOriginals.Find(c["original"]!.GetValue<string>(), new(c["constructor"]?.AsObject()), Input(c["target"]!)).Loss.GetType() == loss;
            }
            catch (SkipException)
            {
                return false;
            }
        }
    }

    private static void Passed(Comparison comparison) => Assert.True(comparison.Passed == true, comparison.ToString());

    private static double Number(JsonNode tolerance, string of, string kind) => tolerance[of]![kind]!.GetValue<double>();

    private static Tensor Input(JsonNode name) => Tensor.From(Npy.Read(ParityCases.Require("06-losses", "inputs", $"{name.GetValue<string>()}.npy")));
}

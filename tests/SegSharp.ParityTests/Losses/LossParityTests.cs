using System.Text.Json.Nodes;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;
using Xunit.Sdk;

namespace SegSharp.ParityTests.Losses;

/// <summary>Values and gradients of PyTorch, MONAI, nnU-Net, segmentation_models.pytorch, the boundary loss and the exercise: see the README beside the cases.</summary>
[Collection("native")]
public sealed class LossParityTests
{
    private const string Wrapper = "MIC-DKFZ/nnUNet training.loss.DeepSupervisionWrapper";

    private static string List => Path.Combine(ParityCases.Root, "06-losses", "cases.json");

    public static TheoryData<string> Cases => ParityCases.Names(List);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Value_and_gradient_are_the_originals(string name)
    {
        var json = ParityCases.Named(List, name);
        using var scope = new TensorScope();
        var logits = Inputs(json["logits"]!);
        var targets = Inputs(json["target"]!);
        foreach (var z in logits)
        {
            z.RequiresGrad = true;
        }

        var value = json["original"]!.GetValue<string>() == Wrapper
            ? Supervised(json).Compute(logits, targets)
            : Find(json).Value(logits[0], targets[0]);
        (value.Count == 1 ? value : Sensed(value)).Backward();

        CheckValue(json, value);
        for (var i = 0; i < logits.Length; i++)
        {
            CheckGradient(json, logits[i], i);
        }
    }

    [Fact]
    public void The_weights_of_the_levels_are_the_trainers()
    {
        var json = JsonNode.Parse(File.ReadAllBytes(ParityCases.Require("06-losses", "deep-supervision-weights.json")))!.AsObject();
        using var scope = new TensorScope();

        foreach (var (count, expected) in json)
        {
            var levels = Enumerable.Range(0, int.Parse(count, System.Globalization.CultureInfo.InvariantCulture)).Select(i => Tensor.Zeros([1, 1, 256 >> i, 256 >> i])).ToList();

            var weights = DeepSupervised.WeightsFor(levels);

            Assert.Equal(expected!.AsArray().Select(w => w!.GetValue<double>()), weights, (a, b) => Math.Abs(a - b) < 1e-15);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void No_case_of_this_repository_is_skipped(string name)
    {
        Assert.SkipWhen(ParityCases.IsForeign, "another folder may hold any cases");
        var json = ParityCases.Named(List, name);
        try
        {
            _ = json["original"]!.GetValue<string>() == Wrapper ? (object)Supervised(json) : Find(json);
        }
        catch (SkipException e)
        {
            Assert.Fail(e.Message);
        }
    }

    public static TheoryData<string> Catalogue => [.. LossCatalogue.All.Names];

    [Theory]
    [MemberData(nameof(Catalogue))]
    public void Every_loss_stands_in_for_some_original(string name)
    {
        Assert.SkipWhen(ParityCases.IsForeign, "another folder may hold any cases");
        var json = JsonNode.Parse(File.ReadAllBytes(ParityCases.Require("06-losses", "cases.json")))!["cases"]!.AsArray();
        var entry = LossCatalogue.All.Get(name);
        var loss = entry.Build(entry.Defaults()).GetType();

        var held = json.Select(c => c!.AsObject()).Count(StandsIn);

        Assert.True(held > 0 || loss == typeof(WeightedSum), $"no original holds {name}");   // a sum is held by what dice+ce, dice+topk and dice+focal are made of

        bool StandsIn(JsonObject c)
        {
            try
            {
                return c["original"]!.GetValue<string>() != Wrapper && Find(c).Losses.Contains(loss);
            }
            catch (SkipException)
            {
                return false;
            }
        }
    }

    private static StandIn Find(JsonObject json)
    {
        var original = json["original"]!.GetValue<string>();
        Assert.SkipUnless(LossOriginals.Knows(original), $"SegSharp has no loss for {LossOriginals.Title(original)}");
        return LossOriginals.Find(original, new(json["constructor"]?.AsObject()));
    }

    // "DC_and_CE_loss as nnunet-dcce-mem-batch": the loss inside is that of another case.
    private static DeepSupervised Supervised(JsonObject json)
    {
        var options = new RecordedOptions(json["constructor"]!.AsObject());
        var inner = ParityCases.Named(List, options.Text("loss")!.Split(" as ")[^1]);
        var weights = options.Numbers("weight_factors");
        options.SkipTheUnread("DeepSupervised");
        return new(new StandInLoss(Find(inner)), weights);
    }

    // The scalar whose gradient was recorded where nothing is reduced: see README-networks.md.
    private static Tensor Sensed(Tensor map)
    {
        var c = Enumerable.Range(0, (int)map.Count).Select(i => (float)((((37L * i) + 11) % 101 / 50.0) - 1)).ToArray();
        return (map.Reshape(-1) * Tensor.From(c)).Mean();
    }

    private static void CheckValue(JsonObject json, Tensor value)
    {
        if (json["output_file"] is { } file)
        {
            var expected = Npy.Read(ParityCases.Require("06-losses", file.GetValue<string>()));
            Passed(Comparison.Of("map", value.Reshape(expected.Shape), expected, Tolerance("value", "atol"), Tolerance("value", "rtol")));
        }
        else if (json["value"]!.ToString() == "nan")
        {
            Passed(Comparison.Of("value where nothing counts", value.Item(), 0, 1e-12, 0));   // PyTorch's 0/0; we say 0, so that a training lives on
        }
        else
        {
            Passed(Comparison.Of("value", value.Item(), json["value"]!.GetValue<double>(), Tolerance("value", "atol"), Tolerance("value", "rtol")));
        }
    }

    private static void CheckGradient(JsonObject json, Tensor logits, int level)
    {
        var files = json["gradient_files"]?.AsArray();
        if (files is not null && level >= files.Count)
        {
            Assert.Null(logits.Grad);                                            // a level of weight 0 is skipped
            return;
        }

        var expected = files is null
            ? new TensorData(DType.Float32, logits.Shape, new byte[4 * logits.Count])
            : Npy.Read(ParityCases.Require("06-losses", files[level]!.GetValue<string>()));
        Passed(Comparison.Of("gradient", logits.Grad!, expected, Tolerance("gradient", "atol"), Tolerance("gradient", "rtol")));
    }

    private static void Passed(Comparison comparison) => Assert.True(comparison.Passed == true, comparison.ToString());

    private static double Tolerance(string of, string kind) => JsonNode.Parse(File.ReadAllBytes(List))!["tolerance"]![of]![kind]!.GetValue<double>();

    private static Tensor[] Inputs(JsonNode names) =>
        [.. (names is JsonArray several ? several.Select(n => n!.GetValue<string>()) : [names.GetValue<string>()]).Select(n => Tensor.From(Npy.Read(ParityCases.Require("06-losses", "inputs", $"{n}.npy"))))];
}

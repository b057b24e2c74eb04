using System.Text.Json.Nodes;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.ParityTests.Optimizers;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Optimizers;
using Xunit;

namespace SegSharp.ParityTests.Training;

/// <summary>Twenty steps of a training beside PyTorch's, from the same weights and the same batches: <c>scripts/training_steps.py</c>.</summary>
[Collection("native")]
public sealed class TrainingStepsParityTests
{
    private static readonly string Folder = Path.Combine(ParityCases.Own, "training-steps");

    public static TheoryData<string> Cases => ParityCases.Names(List);

    private static string List => Path.Combine(Folder, "cases.json");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_loss_and_the_final_weights_are_those_of_PyTorch(string name)
    {
        var json = ParityCases.Named(List, name);

        var (losses, final) = Run(json, winograd: 0);

        Within(1e-5, json, losses);
        var theirs = Checkpoint.Read(Path.Combine(Folder, json["final"]!.GetValue<string>())).Tensors;
        using var scope = new TensorScope();
        var (noise, moved, far) = Noise(json["optimizer"]!);

        // Adam divides a gradient by its own size, so that rounding in a small one moves the weight: a part in 400 of the longest way.
        var near = moved.Count == 0 ? 1e-5 : Math.Max(1e-5, far / 400);
        var compared = theirs.Where(t => !noise.Contains(t.Key))
            .Select(t => Comparison.Of(t.Key, Tensor.From(final[t.Key]), t.Value, moved.Contains(t.Key) ? far : near, 1e-4)).ToList();
        Assert.Equal(theirs.Keys.Order(StringComparer.Ordinal), final.Keys.Order(StringComparer.Ordinal));
        Assert.True(compared.TrueForAll(c => c.Passed == true), string.Join('\n', compared.OrderByDescending(c => c.Share)));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_default_choice_of_convolution_stays_beside_PyTorch(string name)
    {
        var json = ParityCases.Named(List, name);

        var (losses, _) = Run(json, winograd: null);

        Within(1e-5, json, losses.Take(10));
        Within(1e-4, json, losses);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_second_run_gives_the_same_bits(string name)
    {
        var json = ParityCases.Named(List, name);

        var (first, firstWeights) = Run(json, winograd: null);
        var (second, secondWeights) = Run(json, winograd: null);

        Assert.Equal(first, second);
        Assert.All(firstWeights, w => Assert.Equal(w.Value.Bytes.ToArray(), secondWeights[w.Key].Bytes.ToArray()));
    }

    // A bias before a batch normalisation has no gradient but rounding. Adam scales that up to whole steps, so two programs carry
    // the bias apart, by the learning rate a step at most each, and the running mean behind it with it. SGD leaves it alone.
    private static (HashSet<string> Noise, HashSet<string> Moved, double Far) Noise(JsonNode optimizer)
    {
        var biases = optimizer["kind"]!.GetValue<string>() == "sgd" ? [] : All["zeroUpToRounding"]!.AsArray().Select(n => n!.GetValue<string>()).ToList();
        var means = biases.Select(b => b.Replace(".conv", ".norm").Replace(".bias", ".running_mean"));
        return ([.. biases], [.. means], 2 * optimizer["lr"]!.GetValue<double>() * All["steps"]!.GetValue<int>());
    }

    private static JsonNode All => JsonNode.Parse(File.ReadAllBytes(List))!;

    private static void Within(double relative, JsonObject json, IEnumerable<double> losses)
    {
        var found = losses.Select((loss, step) => Comparison.Of($"loss {step}", loss, json["losses"]![step]!.GetValue<double>(), 0, relative)).ToList();
        Assert.True(found.TrueForAll(c => c.Passed == true), string.Join('\n', found));
    }

    private static (double[] Losses, Dictionary<string, TensorData> Final) Run(JsonObject json, long? winograd)
    {
        using var speed = new Winograd(winograd);
        using var leaks = new NoLeaks();
        using var scope = new TensorScope();
        var shape = All["network"]!;
        using var network = new UNet(new()
        {
            Dimensions = shape["dimensions"]!.GetValue<int>(),
            InChannels = shape["inChannels"]!.GetValue<int>(),
            Base = shape["base"]!.GetValue<int>(),
            Depth = shape["depth"]!.GetValue<int>(),
            Classes = json["classes"]!.GetValue<int>(),
        });
        network.Load(Checkpoint.Read(Path.Combine(Folder, json["initial"]!.GetValue<string>())).Tensors, "initial");
        using var optimizer = Optimizer(network, new(json["optimizer"]!.AsObject()));
        var criterion = Loss(new(json["loss"]!.AsObject()));
        var images = Tensor.From(Npy.Read(Path.Combine(Folder, "images.npy"))).To(DType.Float32) / 255;
        var masks = Tensor.From(Npy.Read(Path.Combine(Folder, "masks.npy"))).To(DType.Int64);

        var losses = new double[All["steps"]!.GetValue<int>()];
        for (var step = 0; step < losses.Length; step++)
        {
            using var inner = new TensorScope();
            var batch = step % images.Size(0);
            optimizer.ClearGradients();
            var loss = criterion.Compute(network.Forward(images.Select(0, batch)).Full, masks.Select(0, batch));
            loss.Backward();
            optimizer.Step();
            losses[step] = loss.Item();
        }

        return (losses, network.StateData().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal));
    }

    private static Loss Loss(RecordedOptions o)
    {
        var kind = o.Text("kind");
        Loss loss = kind switch
        {
            "bce" => new BinaryCrossEntropy(new() { PositiveWeight = o.Number("positiveWeight", 1) }),
            "ce" => new CrossEntropy(new() { ClassWeights = o.Numbers("weights") }),
            "dice+ce" => new DiceCrossEntropy(new() { Smooth = o.Number("smooth", 1e-5), PoolBatch = o.Flag("poolBatch", true) }),
            _ => throw new NotSupportedException(kind),
        };
        o.Only("background", false);
        o.SkipTheUnread($"loss {kind}");
        return loss;
    }

    private static Optimizer Optimizer(Module network, RecordedOptions o)
    {
        var kind = o.Text("kind");
        var optimizer = OptimizerOriginals.Create(kind!, o, network.Parameters());
        o.SkipTheUnread($"optimizer {kind}");
        return optimizer;
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using Xunit;

namespace SegSharp.Tests.Networks;

/// <summary>What holds for every network: a new line in the catalogue is tested by being there.</summary>
[Collection("native")]
public sealed class NetworkCatalogueTests
{
    public static TheoryData<string> Plain => [.. Catalogue.All.Names];

    public static TheoryData<string> Names => [.. SmallNetworks.Names];

    [Theory]
    [MemberData(nameof(Plain))]
    public void It_builds_from_its_defaults_and_says_what_it_is(string name)
    {
        using var scope = new TensorScope();
        using var network = Catalogue.All.Get(name).Build(Catalogue.All.Get(name).Defaults());

        Assert.NotEmpty(network.Options.About);
        Assert.True(network.ParameterCount > 0);
    }

    [Theory]
    [MemberData(nameof(Plain))]
    public void Bad_options_are_refused_with_every_fault(string name)
    {
        var json = OptionsJson.Write(Catalogue.All.Get(name).Defaults());
        json["inChannels"] = 0;
        json["classes"] = 0;

        var e = Assert.Throws<UsageException>(() => Catalogue.All.Get(name).Build(OptionsJson.Read<NetworkOptions>(json, "network")));

        Assert.StartsWith("network.inChannels is 0; it must be 1 to 65536; network.classes is 0; it must be 1 to 65536", e.Message, StringComparison.Ordinal);
        Assert.StartsWith("set network.inChannels, network.classes", e.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Plain))]
    public void A_number_below_zero_is_refused_by_its_key(string name)
    {
        foreach (var (key, node) in OptionsJson.Write(Catalogue.All.Get(name).Defaults()).Where(p => p.Key is not ("inChannels" or "classes")))
        {
            var json = OptionsJson.Write(Catalogue.All.Get(name).Defaults());
            if (node is JsonArray { Count: > 0 } list && list.All(IsNumber))
            {
                json[key] = new JsonArray([.. list.Select(v => v!.DeepClone()).SkipLast(1), -1]);
            }
            else if (IsNumber(node))
            {
                json[key] = -1;
            }
            else
            {
                continue;
            }

            var faults = OptionsJson.Read<NetworkOptions>(json, "network").Check().Select(f => f.Key).ToList();

            Assert.True(faults.Contains($"network.{key}", StringComparer.Ordinal), $"network.{key} = {json[key]!.ToJsonString()} is not refused");
        }

        static bool IsNumber(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_output_has_the_sides_that_it_promises(string name)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = SmallNetworks.Build(name);

        foreach (var sides in SmallNetworks.Sides(network))
        {
            var logits = network.Forward(Tensor.Uniform([2, 2, .. sides])).Full;

            Assert.Equal([2, 3, .. network.OutputSides(sides)], logits.Shape);
            Assert.True(logits.IsFinite());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_parameter_gets_a_gradient(string name)
    {
        using var check = new NoLeaks();

        // One draw may leave a unit dark, such as a ReLU that never opens; what no draw reaches is not connected.
        HashSet<string>? never = null;
        for (var seed = 1; seed <= 3 && never is not { Count: 0 }; seed++)
        {
            using var scope = new TensorScope();
            TorchRuntime.Seed(seed);
            using var network = SmallNetworks.Build(name);
            foreach (var weight in network.NamedParameters().Where(p => p.Name.EndsWith("weight", StringComparison.Ordinal) && p.Tensor.Abs().Max().Item() == 0).Select(p => p.Tensor))
            {
                Initialise.Uniform(weight, 0.5, 1);                             // the last normalisation of a residual branch that starts at 0
            }

            // Large enough that the lowest level has several voxels: over one, an instance normalisation gives 0 whatever comes in.
            long[] large = network.Dimensions == 3 ? [64, 64, 64] : [96, 128];
            var levels = network.Forward(Tensor.Uniform([1, 2, .. SmallNetworks.Fits(network, large) ? large : SmallNetworks.Sides(network)[0]])).Levels;
            levels.Select(l => (l * l).Mean()).Aggregate((x, y) => x + y).Backward();

            Assert.All(network.NamedParameters(), p => Assert.True(p.Tensor.Grad?.IsFinite() == true, $"{p.Name} has no gradient, or none that is finite"));
            var dark = network.NamedParameters().Where(p => p.Tensor.Grad!.Abs().Max().Item() == 0).Select(p => p.Name);
            never = [.. never is null ? dark : dark.Where(never.Contains)];
        }

        Assert.Empty(never!);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_saved_loads_into_the_same_bits(string name)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var first = SmallNetworks.Build(name);
        using var second = SmallNetworks.Build(name);
        var image = Tensor.Uniform([1, 2, .. SmallNetworks.Sides(first)[0]]);
        first.Evaluate();
        second.Evaluate();
        var expected = first.Forward(image).Full.ToArray<float>();
        Assert.NotEqual(expected, second.Forward(image).Full.ToArray<float>());

        second.Load(first.StateData().ToDictionary(s => s.Name, s => s.Value), "memory");

        Assert.Equal(expected, second.Forward(image).Full.ToArray<float>());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Evaluation_leaves_every_buffer_alone_and_training_counts(string name)
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = SmallNetworks.Build(name);
        var image = Tensor.Uniform([2, 2, .. SmallNetworks.Sides(network)[0]]);
        byte[] Buffers() => [.. network.NamedBuffers().SelectMany(b => b.Tensor.ToData().Bytes.ToArray())];
        var before = Buffers();

        network.Evaluate();
        network.Forward(image);
        Assert.Equal(before, Buffers());

        network.Train();
        network.Forward(image);
        Assert.Equal(before.Length == 0, before.SequenceEqual(Buffers()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_image_is_refused_in_words(string name)
    {
        using var scope = new TensorScope();
        using var network = SmallNetworks.Build(name);

        long[] sides = network.Dimensions == 3 ? [16, 64, 64] : [64, 64];
        var e = Assert.Throws<InputException>(() => network.Forward(Tensor.Zeros([1, 5, .. sides])));

        Assert.Equal($"the image is [1,5,{string.Join(',', sides)}] float32 but the network takes [N, 2, {(network.Dimensions == 3 ? "D, " : "")}H, W]", e.Message);
        Assert.Equal("network.inChannels=5", e.Fix);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_options_know_its_axes(string name)
    {
        using var scope = new TensorScope();
        using var network = SmallNetworks.Build(name);

        Assert.Equal(network.Dimensions, network.Options.Axes);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_drawing_has_no_fault_and_ends_at_the_outputs_sides(string name)
    {
        using var scope = new TensorScope();
        using var network = SmallNetworks.Build(name);
        var sides = SmallNetworks.Sides(network)[0];

        var graph = network.Graph(sides);

        Assert.NotNull(graph);
        Assert.Empty(graph.Check());
        Assert.Equal(string.Join('×', network.OutputSides(sides)), graph.Nodes[^1].Size);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_summary_counts_every_parameter_once_and_restores_the_mode(string name)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = SmallNetworks.Build(name);

        var summary = NetworkSummary.Of(network, SmallNetworks.Sides(network)[0]);

        Assert.Equal(network.ParameterCount, summary.Layers.Sum(l => l.Parameters));
        Assert.True(network.IsTraining);
        Assert.All([summary.MultiplyAdds, summary.ActivationBytes, summary.InferencePeakBytes], n => Assert.True(n > 0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_weights_and_the_same_pass(string name)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        long[] sides;
        using (var network = SmallNetworks.Build(name))
        {
            sides = SmallNetworks.Sides(network)[0];
        }

        var image = Tensor.Uniform([2, 2, .. sides]);

        Assert.Equal(Pass(seed: 5), Pass(seed: 5));
        Assert.NotEqual(Pass(seed: 5), Pass(seed: 6));

        float[] Pass(long seed)
        {
            using var inner = new TensorScope();
            TorchRuntime.Seed(seed);
            using var network = SmallNetworks.Build(name);
            return network.Forward(image).Full.ToArray<float>();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Training_differs_from_evaluation_only_by_batch_statistics_and_dropout(string name)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = SmallNetworks.Build(name);
        var image = Tensor.Uniform([2, 2, .. SmallNetworks.Sides(network)[0]]);
        var changes = network.NamedModules().Select(m => m.Module).Any(m => m is BatchNorm or Dropout { Probability: > 0 });

        network.Evaluate();
        var evaluated = network.Forward(image).Full.ToArray<float>();
        network.Train();
        var trained = network.Forward(image).Full.ToArray<float>();

        Assert.Equal(!changes, evaluated.AsSpan().SequenceEqual(trained));
    }

    [Fact]
    public void A_summary_stops_between_two_steps_when_asked_to()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = SmallNetworks.Build("unet 2D");

        Assert.Throws<OperationCanceledException>(() => NetworkSummary.Of(network, [32, 32], cancel: new CancellationToken(canceled: true)));

        Assert.True(network.IsTraining);
    }
}

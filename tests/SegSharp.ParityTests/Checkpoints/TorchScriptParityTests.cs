using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Networks;
using SegSharp.Networks.Originals;
using SegSharp.Prediction;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Checkpoints;

/// <summary>TorchScript models, and state dicts in bundle folders, as PyTorch runs them. A new case in case.json needs no new test.</summary>
[Collection("native")]
public sealed class TorchScriptParityTests
{
    private const string Room = "31-torchscript";
    private const double Tolerance = 1e-4;

    public static TheoryData<string> Scripts => Files(kind => kind.StartsWith("torch.jit", StringComparison.Ordinal));

    public static TheoryData<string> Bundles => Files(kind => !kind.StartsWith("torch.jit", StringComparison.Ordinal));

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Scripts))]
    public void A_script_gives_what_PyTorch_gives(string file)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var path = ParityCases.Require(Room, file);
        Assert.True(ScriptModule.IsScript(path));

        using var script = ScriptModule.Load(path, trusted: true);

        var expected = Case(file)["state_dict"]!.AsObject().ToDictionary(p => p.Key, p => string.Join(',', p.Value!.AsArray().Select(v => v!.GetValue<long>())), StringComparer.Ordinal);
        Assert.Equal(expected, script.State().ToDictionary(s => s.Name, s => string.Join(',', s.Tensor.Shape), StringComparer.Ordinal));
        foreach (var run in Case(file)["runs"]!.AsArray())
        {
            var given = script.Forward(Read(run!["input"]!)).ToDictionary(g => g.Name, g => g.Tensor, StringComparer.Ordinal);
            var outputs = run["output"] switch
            {
                JsonObject named => named.ToDictionary(p => p.Key, p => p.Value!, StringComparer.Ordinal),
                JsonArray list => list.Select((value, i) => (i.ToString(), value!)).ToDictionary(p => p.Item1, p => p.Item2, StringComparer.Ordinal),
                var one => new() { [""] = one! },
            };
            Assert.Equal(outputs.Keys.Order(StringComparer.Ordinal), given.Keys.Order(StringComparer.Ordinal));
            Assert.All(outputs, o => Near(Read(o.Value), given[o.Key]));
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Scripts))]
    public void Without_the_users_word_nothing_is_loaded(string file)
    {
        var path = ParityCases.Require(Room, file);

        var e = Assert.Throws<InputException>(() => ScriptModule.Load(path, trusted: false));

        Assert.Equal($"'{path}' is a TorchScript model: it holds code, which would run with your rights", e.Message);
        Assert.Equal("--trust runs it, if you know who made it", e.Fix);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Scripts))]
    public void A_wrong_input_is_said_in_the_words_of_the_model(string file)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var script = ScriptModule.Load(ParityCases.Require(Room, file), trusted: true);

        var e = Assert.Throws<TorchException>(() => script.Forward(Tensor.Zeros([1, 7, 5, 2, 2, 2])));

        Assert.StartsWith($"'{ParityCases.Require(Room, file)}'([1,7,5,2,2,2] float32): ", e.Message, StringComparison.Ordinal);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Bundles))]
    public void A_bundles_network_loads_and_slides_as_MONAIs(string file)
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var direct = new Winograd(0);
        var path = ParityCases.Require(Room, file);
        var recorded = Case(file);
        Assert.False(ScriptModule.IsScript(path));
        using var network = Bundle(Path.GetDirectoryName(Path.GetDirectoryName(path))!, path);
        network.Evaluate();

        foreach (var run in recorded["runs"]!.AsArray())
        {
            Near(Read(run!["output"]!), network.Forward(Read(run["input"]!)).Full);
        }

        if (recorded["sliding_window"] is { } sliding)
        {
            Near(Read(sliding["output"]!), Slide(network, sliding, Read(sliding["input"]!)));
        }
    }

    // The network that the bundle's configs/inference.json defines, under MONAI's names.
    private static Network Bundle(string folder, string weights)
    {
        var definition = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, "configs", "inference.json")))!["network_def"]!.AsObject();
        Assert.Equal("UNet", definition["_target_"]!.GetValue<string>().Split('.')[^1]);
        var tensors = Checkpoint.Read(weights).Tensors;
        int[] Ints(string key) => [.. definition[key]!.AsArray().Select(v => v!.GetValue<int>())];
        Assert.All(Ints("strides"), s => Assert.Equal(2, s));
        var network = new MonaiUNet(new()
        {
            Dimensions = definition["spatial_dims"]!.GetValue<int>(),
            InChannels = definition["in_channels"]!.GetValue<int>(),
            Classes = definition["out_channels"]!.GetValue<int>(),
            Widths = Ints("channels"),
            ResidualUnits = definition["num_res_units"]?.GetValue<int>() ?? 0,
            Normalisation = definition["norm"]?.GetValue<string>().ToUpperInvariant() == "BATCH" ? SegSharp.Networks.Blocks.NormKind.Batch : SegSharp.Networks.Blocks.NormKind.Instance,
        });
        network.Load(NamedWeights.Match(network, tensors, weights).Tensors, weights);
        return network;
    }

    private static Tensor Slide(Network network, JsonNode recorded, Tensor image)
    {
        Assert.Equal(0.125, recorded["sigma_scale"]!.GetValue<double>());
        Assert.Equal("constant", recorded["padding_mode"]!.GetValue<string>());
        int[] roi = [.. recorded["roi_size"]!.AsArray().Select(v => v!.GetValue<int>())];
        var options = new SlidingWindowOptions
        {
            Patch = roi,
            Step = [1 - recorded["overlap"]!.GetValue<double>()],
            Placing = WindowPlacing.Dense,
            Blending = recorded["mode"]!.GetValue<string>() == "gaussian" ? Blending.GaussianFloored : Blending.Constant,
        };
        var sides = image.Shape[2..];
        var extent = new Extent((int)sides[^1], (int)sides[^2], sides.Length == 3 ? (int)sides[0] : 1);
        var sink = new CollectedLogits(network.Options.Classes, extent);
        new SlidingWindow(network, options).Run(new PreparedSource(image.ToArray<float>(), (int)image.Size(1), extent), sink, BlockLayout.Whole(sink));
        return Tensor.From(sink.Values, [1, network.Options.Classes, .. sides]);
    }

    private static void Near(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.Shape, actual.Shape);

        // The bundle's logits reach 1265, where neighbouring float32 numbers are 1.2e-4 apart: there, a millionth of the greatest.
        Assert.InRange((actual - expected).Abs().Max().Item(), 0, Math.Max(Tolerance, 1e-6 * expected.Abs().Max().Item()));
    }

    private static Tensor Read(JsonNode name) => Tensor.From(Npy.Read(ParityCases.Require(Room, name.GetValue<string>())));

    private static JsonObject Case(string file) => Cases().Single(c => c["file"]!.GetValue<string>() == file);

    private static IEnumerable<JsonObject> Cases() => JsonNode.Parse(File.ReadAllBytes(ParityCases.Require(Room, "case.json")))!["cases"]!.AsArray().OfType<JsonObject>();

    private static TheoryData<string> Files(Func<string, bool> kind) => File.Exists(Path.Combine(ParityCases.Root, Room, "case.json"))
        ? [.. Cases().Where(c => kind(c["kind"]!.GetValue<string>())).Select(c => c["file"]!.GetValue<string>())]
        : [];
}

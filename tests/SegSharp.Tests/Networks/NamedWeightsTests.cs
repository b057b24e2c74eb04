using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Networks.Originals;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Operators;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class NamedWeightsTests
{
    private static readonly UNetOptions Small = new() { Base = 2, Depth = 4 };
    private static readonly UNetOptions LikeMilesial = new() { Base = 2, Depth = 4, Bias = false };

    [Theory]
    [InlineData("")]
    [InlineData("module.")]
    [InlineData("_orig_mod.module.")]
    [InlineData("net._orig_mod.")]
    public void The_names_of_an_original_are_found_out_behind_the_usual_prefixes(string prefix)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = new UNet(Small);
        var file = As(network, CourseUNet.For(4), prefix);

        var named = NamedWeights.Match(network, file, "w.pt");

        Assert.Equal(("course-unet", prefix), (named.Origin, named.Prefix));
        Assert.Equal(network.State().Select(s => s.Name).Order(StringComparer.Ordinal), named.Tensors.Keys.Order(StringComparer.Ordinal));
        network.Load(named.Tensors, "w.pt");
    }

    [Fact]
    public void A_prefix_that_belongs_to_the_names_themselves_stays()
    {
        using var scope = new TensorScope();
        using var network = new MonaiUNet(new() { Widths = [2, 4] });

        var plain = NamedWeights.Match(network, As(network, KeyMap.Same, ""), "w.pt");
        var wrapped = NamedWeights.Match(network, As(network, KeyMap.Same, "model."), "w.pt");

        Assert.StartsWith("model.", network.State().First().Name, StringComparison.Ordinal);
        Assert.Equal(("same", ""), (plain.Origin, plain.Prefix));
        Assert.Equal(("same", "model."), (wrapped.Origin, wrapped.Prefix));
    }

    [Theory]
    [MemberData(nameof(AllOrigins))]
    public void Every_origin_of_every_network_gives_back_what_was_written_under_its_names(string name, string origin)
    {
        using var scope = new TensorScope();
        var json = OptionsJson.Write(Catalogue.All.Get(name).Defaults());
        if (json.ContainsKey("base"))
        {
            json["base"] = 16;
        }

        using var network = Catalogue.All.Get(name).Build(OptionsJson.Read<NetworkOptions>(json, "network"));
        var map = OriginalTable.Names(origin, network.Options);

        var named = NamedWeights.Match(network, As(network, map, ""), "w.pt");

        var same = As(network, KeyMap.Same, "");
        Assert.All(named.Tensors, t => Assert.True(t.Value.Bytes.Span.SequenceEqual(same[t.Key].Bytes.Span), t.Key));
        Assert.Equal(same.Count, named.Tensors.Count);
    }

    public static TheoryData<string, string> AllOrigins()
    {
        var data = new TheoryData<string, string>();
        foreach (var entry in Catalogue.All)
        {
            foreach (var origin in OriginalTable.Origins((NetworkOptions)entry.Defaults()))
            {
                data.Add(entry.Name, origin);
            }
        }

        return data;
    }

    [Fact]
    public void Milesials_weights_in_our_unet_compute_the_same()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        TorchRuntime.Seed(1);
        using var theirs = new MilesialUNet(new() { Base = 2, InChannels = 1, Classes = 1 });
        using var ours = new UNet(LikeMilesial);
        var image = Tensor.Uniform([1, 1, 32, 48]);
        var named = NamedWeights.Match(ours, As(theirs, KeyMap.Same, ""), "w.pt");
        ours.Load(named.Tensors, "w.pt");
        theirs.Evaluate();
        ours.Evaluate();

        var difference = (theirs.Forward(image).Full - ours.Forward(image).Full).Abs().Max().Item();

        Assert.Equal("milesial", named.Origin);
        Assert.Equal("same", NamedWeights.Match(ours, As(ours, KeyMap.Same, ""), "w.pt").Origin);
        Assert.InRange(difference, 0, 1e-6);                                    // the sums of a convolution run in another order
        Assert.True(theirs.Forward(image).Full.Abs().Max().Item() > 1e-3);
    }

    [Fact]
    public void Weights_of_another_network_are_refused_in_the_words_of_the_file_and_nothing_is_loaded()
    {
        using var scope = new TensorScope();
        using var network = new UNet(Small);
        var file = As(network, CourseUNet.For(4), "module.");
        file.Remove("module.out.bias");
        file.Remove("module.bottle_neck.conv_op.0.weight");
        file["module.out.weight"] = new TensorData(DType.Float32, [3, 2, 1, 1], new byte[24]);
        foreach (var extra in new[] { "module.a", "module.b", "module.c", "module.d" })
        {
            file[extra] = new TensorData(DType.Float32, [1], new byte[4]);
        }

        var e = Assert.Throws<InputException>(() => NamedWeights.Match(network, file, "w.pt"));

        Assert.Equal(
            "'w.pt' holds another network: 1 differently shaped key: 'module.out.weight' is [3,2,1,1] there and [1,2,1,1] here; "
            + "2 missing keys: 'module.bottle_neck.conv_op.0.weight', 'module.out.bias'; "
            + "4 unexpected keys: 'module.a', 'module.b', 'module.c' and 1 more (by the names of course-unet)",
            e.Message);
        Assert.Equal("give the options that the checkpoint was trained with, or the network it belongs to; --json lists every key", e.Fix);
        Assert.Equal(["module.a", "module.b", "module.c", "module.d"], e.Details["unexpectedKeys"]);
    }

    [Fact]
    public void A_parameter_that_is_stored_twice_must_be_the_same_twice()
    {
        using var scope = new TensorScope();
        using var network = new UNet(Small);
        (string, KeyMap)[] twice = [("twice", new([("last", "head"), ("again.last", "head")]))];
        var state = network.State().Select(s => (s.Name, s.Tensor.Shape)).ToList();
        var file = As(network, twice[0].Item2, "");
        file["again.last.bias"] = file["last.bias"];
        file["again.last.weight"] = file["last.weight"];

        var named = NamedWeights.Match(state, file, "w.pt", twice, anyShape: false);
        file["again.last.bias"] = new TensorData(DType.Float32, [1], new byte[] { 1, 2, 3, 4 });
        var e = Assert.Throws<InputException>(() => NamedWeights.Match(state, file, "w.pt", twice, anyShape: false));

        Assert.Equal(["last.weight", "again.last.weight"], twice[0].Item2.AllTheirs("head.weight"));
        Assert.Equal(state.Count, named.Tensors.Count);
        Assert.Equal("'w.pt' holds one weight twice, as 'last.bias' and as 'again.last.bias', with different numbers", e.Message);
    }

    [Fact]
    public void Names_that_fit_two_originals_which_mean_different_things_are_refused_with_both()
    {
        (string, long[])[] state = [("a.w", [1]), ("b.w", [1])];
        var file = new Dictionary<string, TensorData>(StringComparer.Ordinal) { ["a.w"] = new(DType.UInt8, [1], new byte[1]), ["b.w"] = new(DType.UInt8, [1], new byte[1]) };
        (string, KeyMap)[] origins = [("same", KeyMap.Same), ("also", KeyMap.Same), ("turned", new([("a", "b"), ("b", "a")]))];

        var e = Assert.Throws<UsageException>(() => NamedWeights.Match(state, file, "w.pt", origins, anyShape: false));

        Assert.Equal("the names in 'w.pt' fit 'same' and 'turned', which mean different things by them", e.Message);
        Assert.Equal("--names same or --names turned", e.Fix);
    }

    [Fact]
    public void Weights_from_before_batches_were_counted_begin_at_zero()
    {
        using var scope = new TensorScope();
        using var network = new UNet(Small);
        var file = As(network, KeyMap.Same, "").Where(t => !t.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal);

        var named = NamedWeights.Match(network, file, "w.pt");

        Assert.All(named.Tensors["down.0.norm1.num_batches_tracked"].Bytes.ToArray(), b => Assert.Equal(0, b));
    }

    [Theory]
    [InlineData("milesial", "'milesial' has no key names for the network 'unet' with these options")]
    [InlineData("milesal", "unknown origin 'milesal'; known: milesial, ")]
    public void An_origin_without_names_for_a_network_is_refused(string origin, string message)
    {
        using var network = new UNet(Small);

        var e = Assert.Throws<UsageException>(() => NamedWeights.Match(network, new Dictionary<string, TensorData>(), "w.pt", origin));

        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, TensorData> As(Network network, KeyMap names, string prefix) =>
        network.StateData().ToDictionary(s => prefix + names.Theirs(s.Name), s => names.Reorder(s.Name, s.Value), StringComparer.Ordinal);
}

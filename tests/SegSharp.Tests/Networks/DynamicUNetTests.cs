using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class DynamicUNetTests
{
    [Theory]
    [InlineData(4, 4, 31_199_796)]
    [InlineData(1, 3, 31_196_399)]
    public void The_plain_network_of_six_levels_has_the_published_parameters(int channels, int classes, long parameters)
    {
        using var network = new PlainConvUNet(new() { Dimensions = 3, InChannels = channels, Classes = classes });

        Assert.Equal(parameters, network.ParameterCount);
        Assert.Equal([32, 64, 128, 256, 320, 320], network.Graph([64, 64, 64]).Nodes.Where(n => n.Arm is NetworkArm.Down or NetworkArm.Bottom).Select(n => n.Channels));
        Assert.Equal(5, network.Graph([64, 64, 64]).Nodes.Count(n => n.Arm == NetworkArm.Head));
    }

    [Fact]
    public void In_2D_the_channels_grow_to_512()
    {
        using var network = new PlainConvUNet(new() { Depth = 6 });

        Assert.Equal([32, 64, 128, 256, 512, 512, 512], network.Graph([256, 256]).Nodes.Where(n => n.Arm is NetworkArm.Down or NetworkArm.Bottom).Select(n => n.Channels));
    }

    [Fact]
    public void A_recipe_sets_everything_by_lists()
    {
        var recipe = OptionsJson.Parse(
            """
            { "name": "plainconvunet", "dimensions": 3, "widths": [4, 6, 8], "kernels": [[1, 3, 3], [3, 3, 3], [3, 3, 3]],
              "strides": [[1, 1, 1], [1, 2, 2], [2, 2, 2]], "downConvolutions": [1, 2, 3], "upConvolutions": [2, 1] }
            """,
            "recipe");

        var options = OptionsJson.Read<NetworkOptions>(recipe, "network");
        using var network = Catalogue.All.Get("plainconvunet").Build(options);
        var shapes = network.NamedParameters().ToDictionary(p => p.Name, p => string.Join(',', p.Tensor.Shape));

        Assert.Equal("4,1,1,3,3", shapes["encoder.stages.0.0.convs.0.conv.weight"]);
        Assert.Equal("8,8,3,3,3", shapes["encoder.stages.2.0.convs.2.conv.weight"]);
        Assert.Equal("6,4,1,2,2", shapes["decoder.transpconvs.1.weight"]);
        Assert.Equal("6,6,3,3,3", shapes["decoder.stages.0.convs.1.conv.weight"]);
        Assert.Equal(["8×8×8", "8×4×4", "4×2×2", "8×4×4", "8×4×4", "8×8×8", "8×8×8"], network.Graph([8, 8, 8])!.Nodes.Skip(1).Select(n => n.Size));
        Assert.Equal(OptionsJson.Write(options).ToJsonString(), OptionsJson.Write(OptionsJson.Read<NetworkOptions>(OptionsJson.Write(options), "network")).ToJsonString());
    }

    [Theory]
    [InlineData(NormKind.Instance, ActivationKind.LeakyRelu, false, 0.0)]
    [InlineData(NormKind.Batch, ActivationKind.Relu, true, 0.2)]
    [InlineData(NormKind.None, ActivationKind.Elu, false, 0.0)]
    [InlineData(NormKind.Batch, ActivationKind.Prelu, true, 0.0)]
    [InlineData(NormKind.Instance, ActivationKind.Gelu, false, 0.0)]
    [InlineData(NormKind.Batch, ActivationKind.Silu, false, 0.1)]
    public void Every_option_runs_forwards_and_backwards_at_any_size(NormKind norm, ActivationKind activation, bool normLast, double dropout)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        var plain = new PlainConvUNetOptions { InChannels = 2, Classes = 3, Widths = [4, 6, 8], Normalisation = norm, Activation = activation, NormLast = normLast, Dropout = dropout, Bias = !normLast };
        using var first = new PlainConvUNet(plain);
        using var second = new ResidualEncoderUNet(new() { InChannels = 2, Classes = 3, Widths = [4, 6, 8], Normalisation = norm, Activation = activation, Dropout = dropout, Blocks = [1, 2, 1], Bottlenecks = normLast ? [2, 3, 4] : [], StemWidth = 5 });

        foreach (var network in new Network[] { first, second })
        {
            var levels = network.Forward(Tensor.Uniform([2, 2, 13, 18])).Levels;
            levels.Select(l => (l * l).Mean()).Aggregate((a, b) => a + b).Backward();

            Assert.Equal(["2,3,13,18", "2,3,7,9"], levels.Select(l => string.Join(',', l.Shape)));
            Assert.Empty(network.NamedParameters().Where(p => p.Tensor.Grad is null).Select(p => p.Name));
        }
    }

    [Fact]
    public void Without_deep_supervision_the_other_heads_stay_and_are_not_computed()
    {
        using var scope = new TensorScope();
        using var network = new PlainConvUNet(new() { Widths = [4, 6, 8], DeepSupervision = false });

        var logits = network.Forward(Tensor.Uniform([1, 1, 8, 8]));
        logits.Full.Mean().Backward();

        Assert.Single(logits.Levels);
        Assert.Equal(["decoder.seg_layers.0.weight", "decoder.seg_layers.0.bias"], network.NamedParameters().Where(p => p.Tensor.Grad is null).Select(p => p.Name));
    }

    [Fact]
    public void A_residual_block_begins_as_its_shortcut()
    {
        using var scope = new TensorScope();
        using var network = new ResidualEncoderUNet(new() { Widths = [4, 6], Blocks = [1, 2] });

        Assert.All(
            network.NamedParameters().Where(p => p.Name.EndsWith("conv2.norm.weight", StringComparison.Ordinal)),
            p => Assert.Equal(0, p.Tensor.Abs().Max().Item()));
        Assert.Equal(3, network.NamedParameters().Count(p => p.Name.EndsWith("conv2.norm.weight", StringComparison.Ordinal)));
    }

    [Fact]
    public void Lists_that_do_not_fit_are_refused_with_what_they_must_be()
    {
        var e = Assert.Throws<UsageException>(() => new PlainConvUNet(new()
        {
            Widths = [4, 8],
            Kernels = [[3, 3], [2, 3]],
            Strides = [[2, 1], [2, 2]],
            DownConvolutions = [2],
            UpConvolutions = [1, 1],
            Normalisation = NormKind.Group,
        }));

        Assert.Equal(
            "network.kernels is [[3, 3], [2, 3]]; it must be 2 lists of 2 odd numbers from 1 to 31, or none; "
            + "network.strides begins with [2, 1]; the first level must keep the sides, or the logits would be smaller than the image; "
            + "network.upConvolutions is [1, 1]; it must be 1 numbers from 1 to 32, or none; "
            + "network.normalisation is group; nnU-Net's networks have instance, batch or none; "
            + "network.downConvolutions is [2]; it must be 2 numbers from 1 to 32, or none",
            e.Message);
    }

    [Fact]
    public void A_weight_that_is_written_twice_with_different_numbers_is_refused()
    {
        using var scope = new TensorScope();
        var options = new PlainConvUNetOptions { Widths = [4, 6] };
        using var network = new PlainConvUNet(options);
        var map = NnUnet.For(options);
        var written = map.Write(network.StateData()).ToDictionary(w => w.Name, w => w.Value);
        Assert.Equal(network.State().Count(), map.Read(written, "memory").Count);
        var value = written["decoder.encoder.stages.0.0.convs.0.all_modules.1.bias"];
        written["decoder.encoder.stages.0.0.convs.0.all_modules.1.bias"] = value with { Bytes = value.Bytes.ToArray().Select(b => (byte)(b + 1)).ToArray() };

        var e = Assert.Throws<InputException>(() => map.Read(written, "memory"));

        Assert.Equal(
            "'memory' holds one weight twice, as 'encoder.stages.0.0.convs.0.norm.bias' and as 'decoder.encoder.stages.0.0.convs.0.all_modules.1.bias', with different numbers",
            e.Message);
        Assert.Equal("save the weights again from the network that they were trained in", e.Fix);
    }

    [Theory]
    [InlineData(0.0, false, new[] { "conv", "norm" })]
    [InlineData(0.1, false, new[] { "conv", "dropout", "norm" })]
    [InlineData(0.1, true, new[] { "conv", "dropout", "nonlin", "norm" })]
    public void The_number_of_a_normalisation_counts_what_stands_before_it(double dropout, bool normLast, string[] order)
    {
        var map = NnUnet.For(new PlainConvUNetOptions { Widths = [4, 6], Dropout = dropout, NormLast = normLast });

        Assert.Equal("decoder.stages.0.convs.0.norm.weight", map.Ours($"decoder.stages.0.convs.0.all_modules.{order.Length - 1}.weight"));
        Assert.Equal(
            [
                "encoder.stages.1.0.convs.1.norm.bias", "decoder.encoder.stages.1.0.convs.1.norm.bias",
                $"encoder.stages.1.0.convs.1.all_modules.{order.Length - 1}.bias", $"decoder.encoder.stages.1.0.convs.1.all_modules.{order.Length - 1}.bias",
            ],
            map.AllTheirs("encoder.stages.1.0.convs.1.norm.bias"));
    }
}

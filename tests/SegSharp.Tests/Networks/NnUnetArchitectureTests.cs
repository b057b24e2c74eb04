using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using Xunit;

namespace SegSharp.Tests.Networks;

public sealed class NnUnetArchitectureTests
{
    private const string Plan = """
        { "configurations": {
            "2d": { "architecture": {
                "network_class_name": "dynamic_network_architectures.architectures.unet.ResidualEncoderUNet",
                "arch_kwargs": {
                    "n_stages": 3, "features_per_stage": [4, 8, 16], "conv_op": "torch.nn.modules.conv.Conv2d", "kernel_sizes": 3, "strides": [1, 2, [2, 1]],
                    "n_blocks_per_stage": 2, "n_conv_per_stage_decoder": [1, 2], "conv_bias": true,
                    "norm_op": "torch.nn.modules.batchnorm.BatchNorm2d", "norm_op_kwargs": { "eps": 0.001 }, "dropout_op": null, "dropout_op_kwargs": null,
                    "nonlin": "torch.nn.LeakyReLU", "nonlin_kwargs": { "inplace": true, "negative_slope": 0.2 } },
                "_kw_requires_import": [ "conv_op", "norm_op", "dropout_op", "nonlin" ] } },
            "child": { "inherits_from": "2d", "previous_stage": "2d", "batch_size": 3 },
            "a": { "inherits_from": "b" },
            "b": { "inherits_from": "a" } } }
        """;

    [Fact]
    public void A_number_stands_for_all_levels_and_axes()
    {
        var options = Assert.IsType<ResidualEncoderUNetOptions>(NnUnetArchitecture.From(Read(Plan), "2d", 3, 2));

        Assert.Equal([4, 8, 16], options.Widths);
        Assert.Equal(["3,3", "3,3", "3,3"], options.Kernels.Select(k => string.Join(',', k)));
        Assert.Equal(["1,1", "2,2", "2,1"], options.Strides.Select(k => string.Join(',', k)));
        Assert.Equal([2, 2, 2], options.Blocks);
        Assert.Equal([1, 2], options.UpConvolutions);
        Assert.Equal((2, 3, 2, NormKind.Batch, true, 0.001, 0.2), (options.Dimensions, options.InChannels, options.Classes, options.Normalisation, options.Affine, options.Epsilon, options.Slope));
        Assert.Empty(options.Check());
    }

    [Fact]
    public void A_child_has_what_it_inherits_and_its_own()
    {
        var child = NnUnetArchitecture.Configuration(Read(Plan), "child");

        Assert.Equal(["previous_stage", "batch_size", "architecture"], child.Select(p => p.Key));
    }

    [Theory]
    [InlineData("3d", "the plan has no configuration '3d'")]
    [InlineData("a", "the configurations a, b of the plan inherit from each other")]
    public void A_configuration_that_is_not_there_is_named(string name, string message)
    {
        var e = Assert.Throws<InputException>(() => NnUnetArchitecture.From(Read(Plan), name, 1, 2));

        Assert.Equal(message, e.Message);
    }

    [Theory]
    [InlineData("ResidualEncoderUNet\"", "Primus\"", "the plan asks for the network 'Primus'; known here: PlainConvUNet, ResidualEncoderUNet")]
    [InlineData("modules.batchnorm.BatchNorm2d", "GroupNorm", "the plan asks for the normalisation 'GroupNorm'; known here: InstanceNorm2d, InstanceNorm3d, BatchNorm2d, BatchNorm3d, null")]
    [InlineData("torch.nn.LeakyReLU", "torch.nn.Mish", "the plan asks for the activation 'Mish'; known here: LeakyReLU, ReLU, ELU, PReLU, GELU, SiLU")]
    [InlineData("\"n_stages\": 3", "\"n_stages\": 3, \"stochastic_depth_p\": 0.1", "the plan gives its network 'stochastic_depth_p', which no network here has")]
    [InlineData("\"strides\": [1, 2, [2, 1]]", "\"strides\": [1, 2]", "the plan has 2 entries in strides; 3 are needed")]
    [InlineData("Conv2d", "Conv1d", "the plan asks for the convolution 'Conv1d'; known here: Conv2d, Conv3d")]
    [InlineData("\"conv_bias\"", "\"block\": \"BottleneckD\", \"conv_bias\"", "the plan asks for BottleneckD without bottleneck_channels")]
    public void What_no_network_here_has_is_named(string found, string instead, string message)
    {
        var plan = Plan.Replace(found, instead, StringComparison.Ordinal);
        Assert.NotEqual(Plan, plan);

        var e = Assert.Throws<InputException>(() => NnUnetArchitecture.From(Read(plan), "2d", 1, 2));

        Assert.Equal(message, e.Message);
    }

    [Theory]
    [InlineData("""{ "background": 0, "liver": 1, "tumour": 2 }""", "2d", 3, 2)]
    [InlineData("""{ "background": 0, "liver": 1, "tumour": 2, "ignore": 3 }""", "2d", 3, 2)]
    [InlineData("""{ "background": 0, "whole": [1, 2], "core": [2], "ignore": 3 }""", "2d", 2, 2)]
    [InlineData("""{ "background": 0, "whole": [1, 2], "core": [2] }""", "child", 2, 4)]
    public void Labels_and_stages_say_how_much_goes_in_and_out(string labels, string configuration, int classes, int channels)
    {
        var dataset = Read($$"""{ "channel_names": { "0": "CT", "1": "PET" }, "labels": {{labels}} }""");

        Assert.Equal(classes, NnUnetArchitecture.Classes(dataset));
        Assert.Equal(channels, NnUnetArchitecture.Channels(Read(Plan), configuration, dataset));
    }

    private static JsonObject Read(string text) => JsonNode.Parse(text)!.AsObject();
}

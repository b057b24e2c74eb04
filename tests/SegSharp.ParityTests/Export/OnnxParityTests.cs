using SegSharp.Export;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.ParityTests.Export;

/// <summary>Every network of the catalogue in ONNX Runtime: a new line in the catalogue is tested by being there.</summary>
[Collection("native")]
public sealed class OnnxParityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public static TheoryData<string> Names => [.. SmallNetworks.Names];

    // What the catalogue's defaults leave out: every normalisation, activation and way up.
    public static TheoryData<string, string> Variants => new()
    {
        { "unet 2D", "normalisation=instance activation=prelu up=bilinear" },
        { "unet 2D", "normalisation=group activation=elu up=nearest" },
        { "unet 2D", "normalisation=none activation=leakyRelu up=bilinear alignCorners=true dropout=0.3" },
        { "unet 3D", "normalisation=group activation=prelu up=bilinear" },
        { "unet 3D", "normalisation=instance activation=elu up=bilinear alignCorners=true" },
        { "unet2015 2D", "padded=true exactSizes=false batchNorm=true up=bilinear" },
        { "milesial 2D", "bilinear=true" },
        { "vnet 3D", "batchStatistics=true activation=prelu" },
        { "vnet 2D", "bias=true" },
        { "monai-unet 2D", "residualUnits=2 normalisation=batch" },
        { "monai-unet 3D", "residualUnits=2 affine=true activation=leakyRelu" },
        { "unet3d 3D", "residual=true" },
        { "unet3d 3D", "up=transposed order=cli" },
        { "unet 2D", "classes=1" },
        { "plainconvunet 2D", "normalisation=batch normLast=true activation=elu" },
        { "resencunet 3D", "deepSupervision=false activation=prelu" },
        { "monai-basicunet 2D", "up=nonTrainable" },
        { "monai-basicunet 3D", "up=pixelShuffle activation=prelu" },
        { "segresnet 2D", "up=deconv activation=prelu" },
        { "segresnet 3D", "up=pixelShuffle normalisation=batch" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_runtime_gives_the_same_logits_at_sizes_that_were_not_recorded(string name) => Agrees(SmallNetworks.Build(name));

    [Theory]
    [MemberData(nameof(Variants))]
    public void Options_beyond_the_defaults_agree_too(string name, string set) => Agrees(SmallNetworks.Build(name, json =>
    {
        foreach (var (key, value) in set.Split(' ').Select(pair => pair.Split('=')).Select(pair => (pair[0], pair[1])))
        {
            Assert.True(json.ContainsKey(key), $"no option '{key}'");
            json[key] = bool.TryParse(value, out var truth) ? truth : double.TryParse(value, out var number) ? number % 1 == 0 ? (int)number : number : value;
        }
    }));

    private void Agrees(Network built)
    {
        OnnxRuntimePeer.Require();
        using var scope = new TensorScope();
        using var network = built;
        Settle(network);
        var file = Path.Combine(_folder, "model.onnx");

        var report = OnnxExport.Write(network, file);

        Assert.Equal("batch", report.Input[0]);
        Assert.All(report.Input.Skip(2), axis => Assert.False(long.TryParse(axis, out _), $"the {axis} sides are fixed"));
        OnnxRuntimePeer.Agrees(file, [.. Sides(network).Select((sides, i) => Pair(network, i + 1, sides))]);
        OnnxChecker.Accepts(file);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Neither recorded nor tried by the export itself, even and odd. Large enough that the deepest instance normalisation sees more than
    // two voxels: over two, it makes the rounding of any convolution a hundred times larger, and neither runtime is right.
    private static IReadOnlyList<long[]> Sides(Network network)
    {
        long[][] wanted = network.Dimensions == 3 ? [[48, 40, 36], [33, 50, 41]] : [[96, 80], [101, 75]];
        return wanted.All(sides => SmallNetworks.Fits(network, sides)) ? wanted : SmallNetworks.Sides(network);
    }

    // Batches until the running statistics are near those of the activations: at 0 and 1, a deep residual network's logits grow without end,
    // and statistics over two voxels at the bottom would make the rounding of both runtimes larger than what is looked for.
    private static void Settle(Network network)
    {
        using var guard = new NoGrad();
        using var direct = new Winograd(0);
        for (var i = 0; i < (network.NamedBuffers().Any() ? 15 : 0); i++)
        {
            using var scope = new TensorScope();
            network.Forward(Tensor.Uniform([2, network.Options.InChannels, .. Sides(network)[0]], -1, 2));
        }

        network.Evaluate();
    }

    // By direct convolutions, as the other runtime's: Winograd's transforms round more.
    private static (TensorData Image, TensorData Logits) Pair(Network network, int batch, long[] sides)
    {
        using var direct = new Winograd(0);
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        var image = Tensor.Uniform([batch, network.Options.InChannels, .. sides], -1, 2);
        var logits = network.Forward(image).Full;
        Assert.True((logits.Max() - logits.Min()).Item() > 1e-2, "the logits are all the same");
        return (image.ToData(), logits.ToData());
    }
}

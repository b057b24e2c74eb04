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

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_runtime_gives_the_same_logits_at_sizes_that_were_not_recorded(string name)
    {
        OnnxRuntimePeer.Require();
        using var scope = new TensorScope();
        using var network = SmallNetworks.Build(name);
        Settle(network);
        var file = Path.Combine(_folder, "model.onnx");

        var report = OnnxExport.Write(network, file);

        Assert.Equal("batch", report.Input[0]);
        Assert.All(report.Input.Skip(2), axis => Assert.False(long.TryParse(axis, out _), $"the {axis} sides are fixed"));
        OnnxRuntimePeer.Agrees(file, [.. SmallNetworks.Sides(network).Select((sides, i) => Pair(network, i + 1, sides))]);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Running statistics that are not 0 and 1.
    private static void Settle(Network network)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        network.Forward(Tensor.Uniform([2, network.Options.InChannels, .. SmallNetworks.Sides(network)[0]], -1, 2));
        network.Evaluate();
    }

    private static (TensorData Image, TensorData Logits) Pair(Network network, int batch, long[] sides)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        var image = Tensor.Uniform([batch, network.Options.InChannels, .. sides], -1, 2);
        return (image.ToData(), network.Forward(image).Full.ToData());
    }
}

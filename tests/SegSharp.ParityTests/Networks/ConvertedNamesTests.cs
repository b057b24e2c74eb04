using System.Runtime.InteropServices;
using SegSharp.Networks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Networks;

/// <summary>An original's weights in another network of ours that computes the same give the original's output.</summary>
[Collection(NativeCollection.Name)]
public sealed class ConvertedNamesTests
{
    [Fact]
    public void Milesials_weights_in_our_unet_give_milesials_output()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        var weights = Checkpoint.Read(ParityCases.Require("01-unet/milesial-transposed-w2", "weights.pt")).Tensors;
        using var network = new UNet(new() { Base = 2, Bias = false, InChannels = 3, Classes = 2 });

        var named = NamedWeights.Match(network, weights, "weights.pt");
        network.Load(named.Tensors, "weights.pt");
        network.Evaluate();
        var ours = network.Forward(Tensor.From(Npy.Read(ParityCases.Require("01-unet/milesial-transposed-w2", "input_x.npy")))).Full.ToArray<float>();

        var theirs = MemoryMarshal.Cast<byte, float>(Npy.Read(ParityCases.Require("01-unet/milesial-transposed-w2", "output_eval_0.npy")).Bytes.Span).ToArray();
        Assert.Equal("milesial", named.Origin);
        Assert.Equal(theirs, ours, (a, b) => Math.Abs(a - b) <= 1e-4 + (1e-4 * Math.Abs(a)));        // outputs up to 16, sums in another order
        var back = MilesialAsUNet.Map.Write(network.StateData()).ToDictionary(t => t.Name, t => t.Value, StringComparer.Ordinal);
        Assert.Equal(weights.Keys.Order(StringComparer.Ordinal), back.Keys.Order(StringComparer.Ordinal));
        Assert.All(weights, w => Assert.True(w.Value.Bytes.Span.SequenceEqual(back[w.Key].Bytes.Span), w.Key));
    }
}

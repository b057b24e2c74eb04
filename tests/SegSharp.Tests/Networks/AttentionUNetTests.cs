using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class AttentionUNetTests
{
    [Theory]
    [InlineData(3, true, 34_878_573)]
    [InlineData(1, true, 34_877_421)]
    [InlineData(3, false, 34_527_041)]
    public void It_has_the_published_number_of_parameters(int inChannels, bool gates, long parameters)
    {
        using var scope = new TensorScope();
        using var network = new AttentionUNet(new() { InChannels = inChannels, Gates = gates });

        Assert.Equal(parameters, network.ParameterCount);
    }

    [Fact]
    public void Gates_that_let_all_pass_make_it_the_plain_U_Net()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var gated = new AttentionUNet(new() { Base = 4, Classes = 2 });
        using var plain = new AttentionUNet(new() { Base = 4, Classes = 2, Gates = false });
        var kept = plain.State().Select(s => s.Name).ToHashSet();
        plain.Load(gated.StateData().Where(s => kept.Contains(s.Name)).ToDictionary(s => s.Name, s => s.Value), "memory");
        foreach (var (name, tensor) in gated.NamedParameters().Where(p => p.Name.Contains(".psi.1.", StringComparison.Ordinal)))
        {
            tensor.FillInPlace(name.EndsWith("weight", StringComparison.Ordinal) ? 0 : 40);    // σ(40) is 1 in float32
        }

        gated.Evaluate();
        plain.Evaluate();
        var image = Tensor.Uniform([1, 1, 32, 48]);
        var attended = gated.ForwardWithAttention(image);

        Assert.All(attended.Maps, m => Assert.Equal(1f, m.Alpha.ToArray<float>().Min()));
        Assert.Equal(plain.Forward(image).Full.ToArray<float>(), attended.Logits.Full.ToArray<float>());
    }

    [Theory]
    [InlineData("attention-unet", 2, "Att2:0:48×64 Att3:1:24×32 Att4:2:12×16 Att5:3:6×8")]
    [InlineData("attention-unet-oktay", 2, "attentionblock2:1:24×32 attentionblock3:2:12×16 attentionblock4:3:6×8")]
    [InlineData("attention-unet-oktay", 3, "attentionblock2:1:8×24×32 attentionblock3:2:4×12×16 attentionblock4:3:2×6×8")]
    public void Every_gate_shows_a_map_on_its_levels_grid(string name, int axes, string expected)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = Build(name, axes);
        network.Evaluate();
        long[] sides = axes == 3 ? [9, 33, 50] : [33, 50];
        var image = Tensor.Uniform([1, 1, .. sides]);

        var attended = ((IAttention)network).ForwardWithAttention(image);

        // The first level's map is of the enlarged image.
        Assert.Equal(expected, string.Join(' ', attended.Maps.Select(m => $"{m.Gate}:{m.Level}:{string.Join('×', m.Alpha.Shape.Skip(2))}")));
        Assert.Equal(((IAttention)network).Gates, attended.Maps.Select(m => m.Gate));
        Assert.All(attended.Maps, m => Assert.All(m.Alpha.ToArray<float>(), a => Assert.InRange(a, 1e-6f, 1 - 1e-6f)));
        Assert.Equal(network.Forward(image).Full.ToArray<float>(), attended.Logits.Full.ToArray<float>());
    }

    [Theory]
    [InlineData(GridAttentionMode.Concatenation)]
    [InlineData(GridAttentionMode.ConcatenationDebug)]
    [InlineData(GridAttentionMode.ConcatenationResidual)]
    public void A_gate_gives_no_more_than_its_skip(GridAttentionMode mode)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var gate = new GridAttentionGate(skip: 3, signal: 5, inside: 4, subsample: [2, 2], mode);

        var (passed, alpha) = gate.Forward(Tensor.Uniform([2, 3, 8, 12]), Tensor.Uniform([2, 5, 2, 3]));

        Assert.Equal([2, 3, 8, 12], passed.Shape);
        Assert.Equal([2, 1, 8, 12], alpha.Shape);
        Assert.All(alpha.ToArray<float>(), a => Assert.InRange(a, 1e-6f, 1 - 1e-6f));

        // A softmax over the 4×6 places in which it compares; enlarged by 2 along both sides the mean stays 1/24.
        Assert.Equal(mode == GridAttentionMode.ConcatenationResidual, Math.Abs((24 * alpha.Mean().Item()) - 1) < 0.02);
    }

    [Fact]
    public void Widths_that_do_not_double_are_possible()
    {
        using var scope = new TensorScope();
        using var network = new OktayUNet(new() { Dimensions = 2, Widths = [2, 3, 7, 9, 12] });

        Assert.Equal([1, 1, 17, 20], network.Forward(Tensor.Uniform([1, 1, 17, 20])).Full.Shape);
        Assert.Equal([2, 3, 7, 9, 12], network.Graph([16, 16]).Nodes.Where(n => n.Arm is NetworkArm.Down or NetworkArm.Bottom).Select(n => n.Channels));
        Assert.Equal(
            "network.widths is [4, 8]; it must be five numbers from 1 to 65536, or none",
            Assert.Throws<UsageException>(() => new OktayUNet(new() { Widths = [4, 8] })).Message);
    }

    private static Network Build(string name, int axes) => name == "attention-unet"
        ? new AttentionUNet(new() { Base = 4 })
        : new OktayUNet(new() { Base = 4, Dimensions = axes });
}

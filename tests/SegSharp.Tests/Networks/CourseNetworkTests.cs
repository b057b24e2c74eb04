using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class CourseNetworkTests
{
    [Fact]
    public void Kings_Colleges_network_has_its_26_970_parameters()
    {
        using var network = new KingsUNet(new());

        Assert.Equal([80, 1168, 4640, 9248, 9232, 2312, 290], network.NamedChildren.Select(c => c.Module.ParameterCount));
        Assert.Equal(26_970, network.ParameterCount);
        Assert.Equal(["conv1_down", "conv2_down", "conv3_down", "conv4", "conv3_up", "conv2_up", "conv1_up"], network.NamedChildren.Select(c => c.Name));
    }

    [Fact]
    public void A_final_ReLU_only_cuts_off_what_is_negative()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var plain = new KingsUNet(new());
        using var cut = new KingsUNet(new() { FinalRelu = true });
        cut.Load(plain.StateData().ToDictionary(s => s.Name, s => s.Value), "memory");
        var image = Tensor.Normal([1, 1, 24, 40]);

        var logits = plain.Forward(image).Full.ToArray<float>();

        Assert.Contains(logits, l => l < 0);
        Assert.Equal(logits.Select(l => Math.Max(l, 0)), cut.Forward(image).Full.ToArray<float>());
    }

    [Theory]
    [InlineData(64, 31_032_516)]
    [InlineData(32, 7_760_484)]
    [InlineData(16, 1_941_300)]
    [InlineData(8, 485_916)]
    public void The_practical_works_network_has_its_parameters_and_23_convolutions(int width, long parameters)
    {
        using var shapesOnly = Initialise.Skip();
        using var network = new PracticalUNet(new() { Base = width });

        var convolutions = network.NamedModules().Select(m => m.Module).OfType<Conv>().ToList();
        Assert.Equal(parameters, network.ParameterCount);
        Assert.Equal(23, convolutions.Count);
        Assert.Equal(((9 * 16 * width) + 1) * 16 * width, convolutions.Max(c => c.ParameterCount));      // the second one at the bottom
    }

    [Fact]
    public void The_practical_works_network_ends_at_6_by_6_for_96_by_96()
    {
        using var network = new PracticalUNet(new() { Base = 2 });

        var graph = network.Graph([96, 96]);

        Assert.Equal("6×6", graph.Nodes.Single(n => n.Arm == NetworkArm.Bottom).Size);
        Assert.Equal("96×96", graph.Nodes[^1].Size);
    }

    // The lecture: double convolutions with batch normalisation, and a decoder that interpolates and convolves.
    [Fact]
    public void The_lectures_network_is_the_U_Net_with_bilinear_enlargement()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = new UNet(new() { Base = 4, Depth = 1, Up = UpKind.Bilinear });
        network.Evaluate();
        var state = network.State().ToDictionary(s => s.Name, s => s.Tensor);
        var image = Tensor.Normal([1, 1, 6, 8]);

        var skip = Double(image, "down.0");
        var below = Double(Pooling.Max(skip, [2, 2], [2, 2], [0, 0]), "down.1");
        var raised = Conv(Pooling.Linear(below, [6, 8], alignCorners: false), "raise.0.conv");
        var logits = Conv(Double(Tensor.Cat(1, raised, skip), "up.0"), "head", padding: 0);

        Assert.Equal([4, 8, 3, 3], state["raise.0.conv.weight"].Shape);
        Assert.Equal(0, (logits - network.Forward(image).Full).Abs().Max().Item(), tolerance: 1e-5);

        Tensor Conv(Tensor x, string name, int padding = 1) => Convolution.Conv(x, state[$"{name}.weight"], state[$"{name}.bias"], [1, 1], [padding, padding], [1, 1], 1);

        Tensor Double(Tensor x, string block)
        {
            foreach (var i in new[] { 1, 2 })
            {
                x = Activation.Relu(Normalisation.Batch(
                    Conv(x, $"{block}.conv{i}"), state[$"{block}.norm{i}.weight"], state[$"{block}.norm{i}.bias"],
                    state[$"{block}.norm{i}.running_mean"], state[$"{block}.norm{i}.running_var"], training: false, 0.1, 1e-5));
            }

            return x;
        }
    }
}

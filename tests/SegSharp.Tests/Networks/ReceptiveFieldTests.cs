using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class ReceptiveFieldTests
{
    // Published: VGG-16 up to its last pooling 212; its first two groups 16.
    [Theory]
    [InlineData("33", 5)]
    [InlineData("33p", 6)]
    [InlineData("33p33p", 16)]
    [InlineData("33p33p333p333p333p", 212)]
    public void A_chain_of_convolutions_and_poolings_sees_what_the_formula_says(string chain, long expected)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var network = new Sequential(chain.Select(Layer (c) => c == 'p' ? new MaxPool(2) : new Conv(2, 1, 1)));

        var field = ReceptiveField.Of(Tensor.Zeros([1, 1, 64, 64]), network.Forward);

        Assert.Equal([expected, expected], field.Sides);
        Assert.Empty(field.Global);
    }

    // Down: 5, 14, 32, 68, 140 voxels at the levels' strides 1 … 16. Up, two convolutions read 5 neighbours; each step down halves
    // what they read, at worst: 5 → 3, with two more convolutions 7 → 4, 8 → 5, 9 → 5 neighbours at the bottom: 140 + 4 · 16.
    [Fact]
    public void The_U_Nets_is_that_of_its_bottom_and_what_the_way_up_adds()
    {
        using var scope = new TensorScope();
        using var network = new UNet(new() { Base = 2 });

        Assert.Equal(new ReceptiveField([204, 204], []), NetworkSummary.Of(network, [32, 32]).ReceptiveField);
        Assert.Equal("204×204", NetworkSummary.Of(network, [64, 32]).ReceptiveField.ToString());
    }

    [Fact]
    public void Every_axis_has_its_own()
    {
        using var scope = new TensorScope();
        using var network = new Sequential(new Conv(1, 1, [1, 3, 3], [1, 2, 1]), new Conv(1, 1, [3, 3, 5], [1, 1, 1], dilation: [1, 1, 2]));

        Assert.Equal([3, 7, 11], ReceptiveField.Of(Tensor.Zeros([1, 1, 8, 8, 8]), network.Forward).Sides);
    }

    [Fact]
    public void What_sees_everything_is_said_in_words()
    {
        using var scope = new TensorScope();
        using var conv = new Conv(2, 2, 2);
        using var norm = new InstanceNorm(2);
        using var linear = new Linear(2, 2);
        var image = Tensor.Zeros([1, 2, 8, 8]);

        Assert.Equal("3×3; everything through instance normalisation", ReceptiveField.Of(image, x => norm.Forward(conv.Forward(x))).ToString());
        Assert.Equal("3×3; everything through global pooling", ReceptiveField.Of(image, x => conv.Forward(x) * x.Mean([2, 3], keep: true).Sigmoid()).ToString());
        Assert.Equal("everything, through all places in one list", ReceptiveField.Of(image, x => x.Reshape(1, 2, -1).Softmax(2).Reshape(1, 2, 8, 8)).ToString());
        Assert.Equal("everything, through global pooling", ReceptiveField.Of(image, x => linear.Forward(Pooling.AdaptiveAverage(x, [1, 1]).Reshape(1, 2))).ToString());
    }

    // All weights positive, so that a bright voxel raises whatever can see it: what is raised is compared with what was computed.
    [Theory]
    [InlineData("unet transposed")]
    [InlineData("unet bilinear")]
    [InlineData("unet nearest")]
    [InlineData("unetpp")]
    [InlineData("monai")]
    [InlineData("unet2015")]
    [InlineData("attention")]
    public void It_is_what_a_bright_voxel_reaches(string which)
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var network = Build(which);
        network.Evaluate();
        foreach (var (name, tensor) in network.NamedParameters())
        {
            tensor.FillInPlace(tensor.Dimensions > 1 ? 1.0 / tensor.Shape.Skip(1).Aggregate(1L, (a, b) => a * b) : name.Contains("bias", StringComparison.Ordinal) ? 0 : 1);
        }

        const int Side = 128;
        Tensor Line(int bright)
        {
            using var inner = new TensorScope();
            var image = Tensor.Zeros([1, 1, Side, 64]);
            image.Narrow(2, bright, 1).FillInPlace(1e4);
            return inner.Keep(network.Forward(image).Full);
        }

        var shape = Line(0).Shape;
        var (dark, middle) = (shape[2], shape[3] / 2);
        var (first, last) = (Enumerable.Repeat(int.MaxValue, (int)dark).ToArray(), Enumerable.Repeat(-1, (int)dark).ToArray());
        for (var bright = 0; bright < Side; bright++)
        {
            using var inner = new TensorScope();
            var values = Line(bright).Select(3, middle).ToArray<float>();
            for (var o = 0; o < dark; o++)
            {
                if (values[o] > 0)
                {
                    (first[o], last[o]) = (Math.Min(first[o], bright), Math.Max(last[o], bright));
                }
            }
        }

        // Far from the borders only.
        var inside = Enumerable.Range(0, (int)dark).Where(o => first[o] > 0 && last[o] < Side - 1).ToList();
        Assert.True(inside.Count >= 16);
        Assert.Equal(inside.Max(o => last[o] - first[o] + 1), NetworkSummary.Of(network, [Side, 64]).ReceptiveField.Sides![0]);
    }

    private static Network Build(string which) => which switch
    {
        "unet transposed" => new UNet(new() { Base = 1, Depth = 2, Normalisation = NormKind.None }),
        "unet bilinear" => new UNet(new() { Base = 1, Depth = 2, Up = UpKind.Bilinear, Normalisation = NormKind.None }),
        "unet nearest" => new UNet(new() { Base = 1, Depth = 2, Up = UpKind.Nearest }),
        "unetpp" => new UNetPlusPlus(new() { Base = 1, Depth = 2 }),
        "monai" => new MonaiUNet(new() { Base = 1, Depth = 2, ResidualUnits = 2, Normalisation = NormKind.Batch }),
        "unet2015" => new UNet2015(new() { Base = 1, Depth = 2, ExactSizes = false }),
        _ => new AttentionUNet(new() { Base = 2, Depth = 2, Gates = false }),
    };
}

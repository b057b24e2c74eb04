using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Blocks;

/// <summary>Convolutions one after another, each with its normalisation and activation: twice, it is the U-Net's block.</summary>
/// <remarks>Source: Ronneberger et al. 2015, section 2. Keys: conv1, norm1, conv2, norm2, … (act1, … for PReLU).</remarks>
public sealed class ConvBlock : Layer
{
    private readonly List<Layer> _layers = [];
    private readonly bool _fuses;

    /// <summary>The first convolution changes the channels, the others keep them.</summary>
    /// <param name="style">Padding, bias, normalisation and activation.</param>
    /// <param name="inChannels">Channels that come in.</param>
    /// <param name="outChannels">Channels that go out.</param>
    /// <param name="count">How many convolutions.</param>
    /// <param name="norm">What the keys call a normalisation, before its number; some originals say "bn".</param>
    public ConvBlock(ConvStyle style, int inChannels, int outChannels, int count = 2, string norm = "norm")
    {
        for (var i = 1; i <= count; i++)
        {
            _layers.Add(Child($"conv{i}", style.Conv(i == 1 ? inChannels : outChannels, outChannels)));
            foreach (var (name, layer) in style.Behind(outChannels))
            {
                _layers.Add(Child($"{(name == "norm" ? norm : name)}{i}", layer));
            }
        }

        // What segsharp::conv_block computes: convolution, batch normalisation, ReLU, on kept sides.
        _fuses = style is { Padded: true, Activation: ActivationKind.Relu } and ({ Norm: NormKind.Batch, Affine: true, NormLast: false } or { Norm: NormKind.None });
    }

    /// <param name="x">[N, in, (D,) H, W]; stays the caller's.</param>
    /// <returns>[N, out, (D,) H, W]; every unpadded convolution takes 2 off each side.</returns>
    /// <remarks>A segment of <see cref="Recompute"/>.</remarks>
    public override Tensor Forward(Tensor x) => Recompute.Run(this, x, y => Run(y, consume: false));

    /// <summary>The same, and releases <paramref name="x"/> as soon as the first convolution has read it.</summary>
    public Tensor Consume(Tensor x)
    {
        if (!Recompute.IsOn)
        {
            return Run(x, consume: true);
        }

        var y = Forward(x);
        x.Dispose();
        return y;
    }

    private Tensor Run(Tensor x, bool consume)
    {
        // Without autograd one map lives beside the one that is being computed; with it, only what it saved.
        using var scope = new TensorScope();
        if (_fuses && !OperatorTrace.IsOn)
        {
            var fused = Convolution.Block(x, [.. _layers.OfType<Conv>()], [.. _layers.OfType<BatchNorm>()], IsTraining);
            if (consume)
            {
                x.Dispose();
            }

            return scope.Keep(fused);
        }

        var y = x;
        foreach (var layer in _layers)
        {
            var next = layer.Forward(y);
            if (!ReferenceEquals(next, y) && (consume || !ReferenceEquals(y, x)))
            {
                y.Dispose();
            }

            y = next;
        }

        return scope.Keep(y);
    }
}

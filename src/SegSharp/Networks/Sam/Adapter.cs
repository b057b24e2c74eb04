using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks.Sam;

/// <summary>SAM-Med2D's adapter: a gate per channel, then half-resolution convolutions, added to the input and normalised.</summary>
/// <remarks>Source: Cheng et al. 2023 (SAM-Med2D). Parity: <c>07-sam/sam-med2d-adapter-layer</c>. Its norm has ε 1e-5, whatever the encoder's.</remarks>
public sealed class Adapter : Layer
{
    private readonly LayerNorm _norm;
    private readonly Sequential _channel, _spatial;
    private readonly bool _skip;

    /// <summary>Random weights.</summary>
    /// <param name="features">Length of a token.</param>
    /// <param name="ratio">Hidden length of the gate over <paramref name="features"/>.</param>
    /// <param name="skip">Whether the input is added before the norm.</param>
    public Adapter(int features, double ratio = 0.25, bool skip = true)
    {
        _skip = skip;
        var hidden = Math.Max(1, (int)(features * ratio));
        _norm = Child("norm", new LayerNorm(features));
        var (squeeze, widen) = (new Linear(features, hidden, bias: false), new Linear(hidden, features, bias: false));
        _channel = Child("channel", new Sequential(squeeze, new Relu(), widen, new Sigmoid()));
        var (down, up) = (new Conv(2, features, features, kernel: 3, stride: 2, padding: 1, bias: false), new ConvTranspose(2, features, features, kernel: 4, stride: 2, padding: 1, bias: false));
        _spatial = Child("spatial", new Sequential(down, new Relu(), up, new Relu()));
        foreach (var weight in new[] { squeeze.Weight, widen.Weight, down.Weight, up.Weight })
        {
            Initialise.KaimingNormal(weight, fan: Fan.Out);
        }
    }

    /// <param name="x">[N, h, w, C]; even sides.</param>
    /// <returns>The same shape.</returns>
    public override Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        var image = x.Permute(0, 3, 1, 2).Contiguous();
        var gate = _channel.Forward(image.Mean([2, 3]));                                  // [N, C]
        var spatial = _spatial.Forward(gate.Unsqueeze(2).Unsqueeze(3) * image);
        return scope.Keep(_norm.Forward((_skip ? image + spatial : spatial).Permute(0, 2, 3, 1)));
    }
}

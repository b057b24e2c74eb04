using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Sam;

/// <summary>Attention, in windows or over every token, then a perceptron and perhaps an adapter; each with its norm and residual.</summary>
internal sealed class EncoderBlock : Module
{
    private readonly LayerNorm _norm1, _norm2;
    private readonly TokenAttention _attention;
    private readonly Perceptron _mlp;
    private readonly Adapter? _adapter;
    private readonly int _window;

    public EncoderBlock(ImageEncoderOptions o, int window)
    {
        _window = window;
        _norm1 = Child("norm1", new LayerNorm(o.Width, o.Epsilon));
        _attention = Child("attn", new TokenAttention(o, window > 0 ? window : o.Grid));
        _norm2 = Child("norm2", new LayerNorm(o.Width, o.Epsilon));
        _mlp = Child("mlp", new Perceptron(o.Width, (int)(o.Width * o.MlpRatio), o.Activation));
        _adapter = o.Adapters ? Child("Adapter", new Adapter(o.Width, o.AdapterRatio, o.AdapterSkip)) : null;
    }

    /// <param name="x">[N, (d,) h, w, Width].</param>
    public Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        var y = Lean.Add(Attended(x), x);
        using var normed = _norm2.Forward(y);
        var sum = Lean.Add(_mlp.Forward(normed), y);
        return scope.Keep(_adapter is null ? sum : Lean.Add(_adapter.Forward(normed), sum));
    }

    private Tensor Attended(Tensor x)
    {
        using var scope = new TensorScope();
        var normed = _norm1.Forward(x);
        if (_window == 0)
        {
            return scope.Keep(_attention.Forward(normed));
        }

        long[] sides = [.. x.Shape[1..^1]];
        var windows = Windows.Cut(normed, _window);
        normed.Dispose();
        var attended = _attention.Forward(windows);
        windows.Dispose();
        return scope.Keep(Windows.Join(attended, _window, sides));
    }
}

/// <summary>Two linear layers with an activation between.</summary>
internal sealed class Perceptron : Module
{
    private readonly Linear _first, _second;
    private readonly SamActivation _activation;

    public Perceptron(int features, int hidden, SamActivation activation)
    {
        _activation = activation;
        _first = Child("lin1", new Linear(features, hidden));
        _second = Child("lin2", new Linear(hidden, features));
    }

    public Tensor Forward(Tensor x)
    {
        using var scope = new TensorScope();
        return scope.Keep(_second.Forward(Lean.Activate(_first.Forward(x), _activation)));
    }
}

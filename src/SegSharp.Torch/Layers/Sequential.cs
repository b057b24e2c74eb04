namespace SegSharp.Torch.Layers;

/// <summary>Layers one after another; their names are their numbers unless given.</summary>
public sealed class Sequential : Layer
{
    private readonly Layer[] _layers;

    /// <summary>Named "0", "1", ….</summary>
    public Sequential(params IEnumerable<Layer> layers)
        : this(layers.Select((layer, i) => (i.ToString(), layer)))
    {
    }

    /// <summary>Named by the caller.</summary>
    public Sequential(IEnumerable<(string Name, Layer Layer)> layers)
    {
        var all = layers.ToList();
        _layers = [.. all.Select(l => Child(l.Name, l.Layer))];
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Forward(x, ..);

    /// <summary>Runs some of the layers only: the features of VGG up to its third pooling are <c>Forward(x, ..17)</c>.</summary>
    /// <param name="x">What the first of them takes.</param>
    /// <param name="part">Which, by their place.</param>
    public Tensor Forward(Tensor x, Range part)
    {
        var layers = _layers.AsSpan(part);
        if (layers.Length == 0)
        {
            return x;
        }

        // Only what autograd saves outlives the next layer.
        using var scope = new TensorScope();
        var y = x;
        foreach (var layer in layers)
        {
            var next = layer.Forward(y);
            if (!ReferenceEquals(y, x) && !ReferenceEquals(y, next))
            {
                y.Dispose();
            }

            y = next;
        }

        return ReferenceEquals(y, x) ? y : scope.Keep(y);
    }
}

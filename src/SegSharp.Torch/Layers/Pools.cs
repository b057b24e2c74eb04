using SegSharp.Torch.Operators;

namespace SegSharp.Torch.Layers;

/// <summary>The greatest value of every window.</summary>
/// <param name="dimensions">2 or 3.</param>
/// <param name="kernel">Window side and step.</param>
public sealed class MaxPool(int dimensions, int kernel = 2) : Layer
{
    private readonly long[] _kernel = Conv.Every(dimensions, kernel), _zero = Conv.Every(dimensions, 0);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Pooling.Max(x, _kernel, _kernel, _zero);
}

/// <summary>The mean of every window.</summary>
/// <param name="dimensions">2 or 3.</param>
/// <param name="kernel">Window side and step.</param>
public sealed class AveragePool(int dimensions, int kernel = 2) : Layer
{
    private readonly long[] _kernel = Conv.Every(dimensions, kernel);

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Pooling.Average(x, _kernel, _kernel);
}

/// <summary>How an <see cref="Upsample"/> fills in.</summary>
public enum Interpolation
{
    /// <summary>Bilinear or trilinear.</summary>
    Linear,

    /// <summary>The nearest neighbour.</summary>
    Nearest,
}

/// <summary>Makes every side of the grid larger by a factor, without parameters.</summary>
/// <param name="factor">By how much.</param>
/// <param name="interpolation">How it fills in.</param>
/// <param name="alignCorners">For linear: whether corner centres stay (true) or outer edges (false).</param>
public sealed class Upsample(int factor = 2, Interpolation interpolation = Interpolation.Linear, bool alignCorners = false) : Layer
{
    /// <inheritdoc/>
    public override Tensor Forward(Tensor x)
    {
        long[] size = [.. x.Shape.Skip(2).Select(s => s * factor)];
        return interpolation == Interpolation.Linear ? Pooling.Linear(x, size, alignCorners) : Pooling.Nearest(x, size);
    }
}

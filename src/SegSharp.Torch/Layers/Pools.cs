using SegSharp.Torch.Operators;

namespace SegSharp.Torch.Layers;

/// <summary>The greatest value of every window.</summary>
/// <param name="dimensions">2 or 3.</param>
/// <param name="kernel">Window side.</param>
/// <param name="stride">Step; null for the window's side.</param>
/// <param name="padding">Rows of −∞ at each border; at most half the window.</param>
/// <param name="ceil">Whether a last window that hangs over the far border counts too, so that sides are divided rounding up.</param>
public sealed class MaxPool(int dimensions, int kernel = 2, int? stride = null, int padding = 0, bool ceil = false) : Layer
{
    private readonly long[] _kernel = Conv.Every(dimensions, kernel), _stride = Conv.Every(dimensions, stride ?? kernel), _padding = Conv.Every(dimensions, padding);

    /// <summary>Window side.</summary>
    public int Kernel => kernel;

    /// <summary>Step.</summary>
    public int Stride => stride ?? kernel;

    /// <summary>Rows at each border.</summary>
    public int Padding => padding;

    /// <summary>Whether sides are divided rounding up.</summary>
    public bool Ceil => ceil;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => ceil ? Pooling.Max(x, _kernel, _stride, _padding, ceil) : Pooling.Max(x, _kernel, _stride, _padding);
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

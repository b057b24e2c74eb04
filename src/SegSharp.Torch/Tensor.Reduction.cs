namespace SegSharp.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly Operator SumAll = new("aten::sum", arguments: 1), SumAxes = new("aten::sum", "dim_IntList", 3);
    private static readonly Operator MeanAll = new("aten::mean", arguments: 1), MeanAxes = new("aten::mean", "dim", 3);
    private static readonly Operator MaxAll = new("aten::max", arguments: 1), MinAll = new("aten::min", arguments: 1);
    private static readonly Operator ArgmaxOp = new("aten::argmax", arguments: 3), IsFiniteOp = new("aten::isfinite", arguments: 1), AllOp = new("aten::all", arguments: 1);
    private static readonly Operator SoftmaxOp = new("aten::softmax", "int", 2), LogSoftmaxOp = new("aten::log_softmax", "int", 2), SigmoidOp = new("aten::sigmoid", arguments: 1);

    /// <summary>The sum of all elements.</summary>
    public Tensor Sum() => SumAll.Call(this);

    /// <summary>Sums over axes.</summary>
    public Tensor Sum(long[] axes, bool keep = false) => SumAxes.Call(this, axes, keep);

    /// <summary>The mean of all elements.</summary>
    public Tensor Mean() => MeanAll.Call(this);

    /// <summary>Means over axes.</summary>
    public Tensor Mean(long[] axes, bool keep = false) => MeanAxes.Call(this, axes, keep);

    /// <summary>The greatest element.</summary>
    public Tensor Max() => MaxAll.Call(this);

    /// <summary>The least element.</summary>
    public Tensor Min() => MinAll.Call(this);

    /// <summary>Where the greatest element along an axis lies, as int64; the axis goes away.</summary>
    public Tensor Argmax(int axis) => ArgmaxOp.Call(this, axis);

    /// <summary>Whether every element is a finite number.</summary>
    public bool IsFinite()
    {
        using var scope = new TensorScope();
        return AllOp.Call(IsFiniteOp.Call(this)).Item() != 0;
    }

    /// <summary>Probabilities along an axis that sum to 1.</summary>
    public Tensor Softmax(int axis) => SoftmaxOp.Call(this, axis);

    /// <summary>Their logarithms, computed stably.</summary>
    public Tensor LogSoftmax(int axis) => LogSoftmaxOp.Call(this, axis);

    /// <summary>1 / (1 + e^−x).</summary>
    public Tensor Sigmoid() => SigmoidOp.Call(this);

    /// <summary>Axes 2 … of [N, C, (D,) H, W].</summary>
    public long[] SpatialAxes => [.. Enumerable.Range(2, Dimensions - 2).Select(i => (long)i)];

    /// <summary>Every axis except one.</summary>
    public long[] AllAxesBut(int axis) => [.. Enumerable.Range(0, Dimensions).Where(i => i != axis).Select(i => (long)i)];
}

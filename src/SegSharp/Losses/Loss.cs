using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>What the network's channels mean.</summary>
public enum Head
{
    /// <summary>One channel per foreground label, each a yes or no of its own; label 0 has none. Threshold 0.5.</summary>
    Sigmoid,

    /// <summary>One channel per label, background included; the greatest wins.</summary>
    Softmax,
}

/// <summary>Options that every loss has.</summary>
public abstract record LossOptions
{
    /// <summary>What the network's channels mean under this loss.</summary>
    public virtual Head Head => Head.Softmax;

    /// <summary>Every fault of these options, with its recipe key.</summary>
    public virtual IEnumerable<Fault> Check() => [];
}

/// <summary>How far logits are from the truth: a scalar with a gradient.</summary>
public abstract class Loss
{
    /// <summary>Computes the loss of a batch.</summary>
    /// <param name="logits">[N, K, (D,) H, W], any real values.</param>
    /// <param name="target">[N, (D,) H, W], labels as int64. Under a sigmoid head channel k is label k + 1.</param>
    /// <param name="weights">[N, (D,) H, W] float32, the weight of every pixel; null where all count the same.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">The grids differ.</exception>
    public abstract Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null);

    /// <summary>Labels as 0 and 1 per channel, in the logits' shape.</summary>
    protected static Tensor Channels(Tensor logits, Tensor target, Head head)
    {
        CheckGrids(logits, target);
        var classes = (int)logits.Size(1);
        if (head == Head.Softmax)
        {
            return target.OneHot(classes);
        }

        using var scope = new TensorScope();
        return scope.Keep(classes == 1
            ? target.EqualTo(1).To(DType.Float32).Unsqueeze(1)
            : target.OneHot(classes + 1).From(axis: 1, start: 1).Contiguous());
    }

    /// <summary>Throws when logits and target do not lie on the same grid.</summary>
    protected static void CheckGrids(Tensor logits, Tensor target)
    {
        long[] grid = [logits.Size(0), .. logits.Shape.Skip(2)];
        if (!grid.SequenceEqual(target.Shape))
        {
            throw new ShapeException($"logits are {logits.Describe()} but the target is {target.Describe()}; expected [{string.Join(',', grid)}]");
        }
    }
}

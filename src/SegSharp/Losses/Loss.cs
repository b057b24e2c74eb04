using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>What the network's channels mean.</summary>
public enum Head
{
    /// <summary>One channel per foreground label or region, each a yes or no of its own; label 0 has none. Threshold 0.5.</summary>
    Sigmoid,

    /// <summary>One channel per label, background included; the greatest wins.</summary>
    Softmax,
}

/// <summary>Options that every loss has.</summary>
public abstract record LossOptions
{
    /// <summary>What the network's channels mean under this loss.</summary>
    public virtual Head Head => Head.Softmax;

    /// <summary>A label whose pixels do not count; null when all do. A data set with a label to ignore fills it in.</summary>
    public int? Ignore { get; init; }

    /// <summary>For networks that answer at several levels: how much each counts, finest first. Null: 1, 1/2, 1/4 …, the coarsest 0, as nnU-Net; levels of one size count the same.</summary>
    public double[]? LevelWeights { get; init; }

    /// <summary>The losses that this one is made of: itself alone, except for sums.</summary>
    public virtual IReadOnlyList<LossOptions> Parts => [this];

    /// <summary>Every fault of these options, with its recipe key.</summary>
    public virtual IEnumerable<Fault> Check()
    {
        if (LevelWeights is { } w && (w.Length == 0 || w.Any(x => x is not (>= 0 and < double.PositiveInfinity)) || w.Sum() == 0))
        {
            yield return Fault.At("loss.levelWeights", $"are [{string.Join(", ", w)}]; each must be 0 or more, and one above 0");
        }
    }

    private protected static IEnumerable<Fault> CheckNotNegative(string key, double value) =>
        value is >= 0 and < double.PositiveInfinity ? [] : [Fault.At($"loss.{key}", $"is {value}; it must be 0 or more")];

    private protected static IEnumerable<Fault> CheckAboveZero(string key, double value) =>
        value is > 0 and < double.PositiveInfinity ? [] : [Fault.At($"loss.{key}", $"is {value}; it must be above 0")];

    private protected static IEnumerable<Fault> CheckShare(string key, double? value, string range = "from 0 to 1") =>
        value is null or (>= 0 and <= 1) ? [] : [Fault.At($"loss.{key}", $"is {value}; it must be {range}")];

    private protected static IEnumerable<Fault> CheckWeights(string key, double[]? weights) =>
        weights is null || (weights.All(w => w is >= 0 and < double.PositiveInfinity) && (weights.Length == 0 || weights.Any(w => w > 0)))
            ? [] : [Fault.At($"loss.{key}", $"are [{string.Join(", ", weights)}]; each must be 0 or more, and one above 0")];
}

/// <summary>How far logits are from the truth: a scalar with a gradient. Finite whatever the masks and the logits are, as long as these are finite.</summary>
public abstract class Loss
{
    /// <summary>Computes the loss of a batch.</summary>
    /// <param name="logits">[N, K, (D,) H, W], any real values.</param>
    /// <param name="target">
    /// [N, (D,) H, W], labels as int64; under a sigmoid head channel k is label k + 1. Or [N, K, (D,) H, W], 0 or 1 for every channel
    /// (regions may overlap); below 0 where a channel is not known.
    /// </param>
    /// <param name="weights">[N, (D,) H, W] float32, the weight of every pixel; null where all count the same.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ShapeException">The grids differ.</exception>
    public abstract Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null);

    /// <summary>Whether its weights are maps per channel, [N, K, (D,) H, W], that it cannot do without.</summary>
    internal virtual bool TakesMaps => false;

    /// <summary>The terms whose mean, weighted mean or sum the loss is: per pixel, per element, or per class. Null for losses that have none.</summary>
    internal virtual Tensor? Terms(Tensor logits, Tensor target, Tensor? weights = null) => null;

    /// <summary>Labels as 0 and 1 per channel, in the logits' shape; channels as they are, with 0 where they are not known.</summary>
    protected static Tensor Channels(Tensor logits, Tensor target, Head head) => Truth(logits, target, head, null).Channels;

    /// <summary>Throws when logits and target do not lie on the same grid.</summary>
    protected static void CheckGrids(Tensor logits, Tensor target)
    {
        long[] grid = [logits.Size(0), .. logits.Shape.Skip(2)];
        if (!grid.SequenceEqual(target.Shape) && !logits.Shape.SequenceEqual(target.Shape))
        {
            throw new ShapeException(
                $"logits are {logits.Describe()} but the target is {target.Describe()}; expected labels [{string.Join(',', grid)}] or channels [{string.Join(',', logits.Shape)}]");
        }
    }

    /// <summary>Logits in a type that sums can be trusted in: half precision becomes float32.</summary>
    private protected static Tensor Real(Tensor logits) => logits.DType == DType.Float64 ? logits : logits.To(DType.Float32);

    /// <summary>Weights per channel, in the shape and type of the logits' channels: [1, K, 1, 1].</summary>
    private protected static Tensor PerChannel(double[] weights, Tensor z, long channels) =>
        Vector(weights, z, channels).Reshape([1, channels, .. z.SpatialAxes.Select(_ => 1L)]);

    /// <summary>Weights per channel, [K].</summary>
    private protected static Tensor Vector(double[] weights, Tensor like, long channels)
    {
        if (weights.Length != channels)
        {
            throw new ShapeException($"there are {weights.Length} class weights for {channels} channels");
        }

        return Tensor.From(weights).To(like.DType).To(like.Device);
    }

    /// <summary>A target as channels beside the logits, in their type, and where they are known ([N, 1 or K, (D,) H, W] of 0 and 1; null: everywhere).</summary>
    private protected static (Tensor Channels, Tensor? Known) Truth(Tensor z, Tensor target, Head head, int? ignore)
    {
        CheckGrids(z, target);
        var classes = (int)z.Size(1);
        if (target.Dimensions == z.Dimensions)
        {
            var t = target.To(z.DType);
            return t.Min().Item() >= 0 ? (t, null) : (t.Clamp(0, null), t.GreaterThan(-0.5).To(z.DType));
        }

        Tensor? known = null;
        if (ignore is { } silent)
        {
            known = target.DifferentFrom(silent);
            target *= known;
            known = known.Unsqueeze(1).To(z.DType);
        }

        var channels = head == Head.Softmax ? target.OneHot(classes)
            : classes == 1 ? target.EqualTo(1).To(DType.Float32).Unsqueeze(1)
            : target.OneHot(classes + 1).From(axis: 1, start: 1).Contiguous();
        return (channels.To(z.DType), known);
    }

    /// <summary>The product of two factors, either of which may be missing; weights [N, (D,) H, W] get their axis of channels.</summary>
    private protected static Tensor? Counts(Tensor? known, Tensor? weights, DType dtype)
    {
        var w = weights?.Unsqueeze(1).To(dtype);
        return known is null ? w : w is null ? known : known * w;
    }

    /// <summary>The mean of elements [N, K, (D,) H, W] over those that are known; pixel weights count above the line alone.</summary>
    private protected static Tensor MeanOf(Tensor each, Tensor? known, Tensor? weights)
    {
        var counts = Counts(known, weights, each.DType);
        if (counts is null)
        {
            return each.Mean();
        }

        var elements = known is null ? each.Count : known.Sum().Item() * (each.Count / (double)known.Count);
        return (each * counts).Sum() / Math.Max(1, elements);
    }
}

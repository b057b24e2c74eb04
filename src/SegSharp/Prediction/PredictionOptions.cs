using SegSharp.Imaging;

namespace SegSharp.Prediction;

/// <summary>How a trained network is used on an image.</summary>
public sealed record PredictionOptions
{
    /// <summary>A pixel belongs to a label above this probability: sigmoid heads, and the one foreground label of a softmax over two; of more labels the greatest wins.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Thresholds of single labels or regions, by name; the others keep <see cref="Threshold"/>. Null = none.</summary>
    public IReadOnlyDictionary<string, double>? Thresholds { get; init; }

    /// <summary>
    /// Over which views of an image its logits are averaged. The left–right axis is not mirrored where labels come in pairs of left and right.
    /// </summary>
    public Averaging Averaging { get; init; }

    /// <summary>Short for the most that is usual: <see cref="Averaging.Dihedral"/> for pictures, <see cref="Averaging.Mirror"/> for volumes. <see cref="Averaging"/> goes before it.</summary>
    public bool Mirror { get; init; }

    /// <summary>The side of a tile for images larger than <see cref="WholeUpTo"/>; a multiple of 16 suits every network.</summary>
    public int Tile { get; init; } = 512;

    /// <summary>The share of a tile's side that overlaps the next one.</summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>How overlapping windows over a volume are weighed.</summary>
    public Blending Blending { get; init; } = Blending.Gaussian;

    /// <summary>
    /// What a window sees around a volume that is smaller than it. Mirrored, as patches are cut in training: on Hippocampus a constant
    /// border cost 0.02 Dice. Networks of nnU-Net were trained with a constant one.
    /// </summary>
    public Border Border { get; init; } = Border.Mirrored;

    /// <summary>Images of up to this many pixels go through the network in one piece.</summary>
    public long WholeUpTo { get; init; } = 1 << 20;

    /// <summary>The window over a volume.</summary>
    /// <param name="patch">Sides of the window, D, H, W: those of the training's patch, as a rule.</param>
    /// <param name="mirrorAxes">Axes that may be mirrored (see <see cref="Data.LeftRight"/>), used when there is an average; 0 = D.</param>
    public SlidingWindowOptions Window(IReadOnlyList<int> patch, IReadOnlyList<int> mirrorAxes) => new()
    {
        Patch = patch,
        Step = [1 - Overlap],
        Blending = Blending,
        Border = Border,
        MirrorAxes = AveragingOf(volume: true) switch
        {
            Averaging.None => [],

            // A mirrored row and a half turn would make the mirrored column that is to be avoided.
            Averaging.Dihedral when mirrorAxes.Count < patch.Count => [],
            _ => mirrorAxes,
        },
        Turns = AveragingOf(volume: true) == Averaging.Dihedral,
    };

    /// <summary>The views that are averaged, of pictures or of volumes.</summary>
    public Averaging AveragingOf(bool volume) => (Averaging, Mirror) switch
    {
        (Averaging.None, true) => volume ? Averaging.Mirror : Averaging.Dihedral,
        _ => Averaging,
    };

    /// <summary>The window that slides over volumes, WxHxD (WxH goes slice by slice); null = the patch of the training.</summary>
    public Extent? Patch { get; init; }

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Threshold is not (> 0 and < 1))
        {
            yield return Fault.At("prediction.threshold", $"is {Threshold}; it must be in (0, 1)");
        }

        foreach (var (name, threshold) in Thresholds ?? new Dictionary<string, double>(StringComparer.Ordinal))
        {
            if (threshold is not (> 0 and < 1))
            {
                yield return Fault.At($"prediction.thresholds.{name}", $"is {threshold}; it must be in (0, 1)");
            }
        }

        if (Tile < 32)
        {
            yield return Fault.At("prediction.tile", $"is {Tile}; it must be 32 or more");
        }

        if (WholeUpTo < 1)
        {
            yield return Fault.At("prediction.wholeUpTo", $"is {WholeUpTo}; it must be 1 or more");
        }

        if (Patch is { } patch && (patch.Width < 1 || patch.Height < 1 || patch.Depth < 1))
        {
            yield return Fault.At("prediction.patch", $"is {patch}; every side must be 1 or more");
        }

        if (Overlap is not (>= 0 and <= 0.9))
        {
            yield return Fault.At("prediction.overlap", $"is {Overlap}; it must be in [0, 0.9]");
        }
    }
}

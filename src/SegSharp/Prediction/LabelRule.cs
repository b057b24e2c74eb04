namespace SegSharp.Prediction;

/// <summary>How probabilities become labels: the greatest of those that sum to 1; or a threshold for each class that has a probability of its own.</summary>
public sealed record LabelRule
{
    /// <summary>The label of each channel; of a sigmoid head without regions with the background's before them.</summary>
    public required IReadOnlyList<ushort> Values { get; init; }

    /// <summary>Whether each channel has a probability of its own.</summary>
    public required bool Sigmoid { get; init; }

    /// <summary>The label that each region writes, in the order of painting; null where labels exclude one another.</summary>
    public IReadOnlyList<ushort>? Paints { get; init; }

    /// <summary>The threshold of each foreground class or region; null = a half for all. Under a softmax only of the one foreground label of two.</summary>
    public IReadOnlyList<double>? Thresholds { get; init; }

    /// <summary>The channels that this rule reads.</summary>
    public int Channels => Paints?.Count ?? (Sigmoid ? Values.Count - 1 : Values.Count);

    /// <summary>The threshold of one foreground class.</summary>
    public double ThresholdOf(int foreground) => Thresholds?[foreground] ?? 0.5;

    /// <summary>
    /// What must be taken from each channel's logits so that the decision is at 0 (sigmoid) or at the greatest (softmax).
    /// Null where nothing must be.
    /// </summary>
    public float[]? Shifts() => Thresholds is null || Thresholds.All(t => t == 0.5) ? null
        : Sigmoid ? [.. Thresholds.Select(Logit)]
        : [0, Logit(Thresholds[0])];

    /// <summary>The labels of voxels.</summary>
    /// <param name="probabilities">[K, voxels].</param>
    /// <param name="labels">As many as voxels.</param>
    public void Decide(ReadOnlySpan<float> probabilities, Span<ushort> labels)
    {
        var voxels = labels.Length;
        if (Paints is { } paints)
        {
            labels.Clear();
            for (var k = 0; k < paints.Count; k++)
            {
                var p = probabilities.Slice(k * voxels, voxels);
                var least = ThresholdOf(k);
                for (var i = 0; i < voxels; i++)
                {
                    labels[i] = p[i] > least ? paints[k] : labels[i];
                }
            }

            return;
        }

        if (!Sigmoid && Values.Count == 2)
        {
            var p = probabilities.Slice(voxels, voxels);
            var least = ThresholdOf(0);
            for (var i = 0; i < voxels; i++)
            {
                labels[i] = Values[(least == 0.5 ? p[i] > probabilities[i] : p[i] > least) ? 1 : 0];
            }

            return;
        }

        // With thresholds of their own classes are ranked by how far their odds are above those of the threshold.
        var own = Sigmoid && Thresholds is { Count: > 1 } && Thresholds.Distinct().Count() > 1 ? Thresholds : null;
        for (var i = 0; i < voxels; i++)
        {
            var (best, most) = (0, double.NegativeInfinity);
            for (var k = 0; k < Channels; k++)
            {
                double p = probabilities[(k * voxels) + i];
                var score = own is null ? p : p * (1 - own[k]) / Math.Max((1 - p) * own[k], double.Epsilon);
                (best, most) = score > most ? (k, score) : (best, most);
            }

            labels[i] = !Sigmoid ? Values[best] : Values[most > (own is null ? ThresholdOf(0) : 1) ? best + 1 : 0];
        }
    }

    private static float Logit(double p) => (float)Math.Log(p / (1 - p));
}

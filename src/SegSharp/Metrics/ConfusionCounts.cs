namespace SegSharp.Metrics;

/// <summary>Voxels by what the prediction says and what the truth says about one region.</summary>
/// <param name="TruePositives">In both.</param>
/// <param name="FalsePositives">Only in the prediction.</param>
/// <param name="FalseNegatives">Only in the truth.</param>
/// <param name="TrueNegatives">In neither.</param>
/// <remarks>Parity: nnU-Net 2.8.1 compute_metrics, also with an ignore label and regions, exact.</remarks>
public readonly record struct ConfusionCounts(long TruePositives, long FalsePositives, long FalseNegatives, long TrueNegatives)
{
    /// <summary>All voxels that were compared; those of the ignore label are left out.</summary>
    public long Voxels => TruePositives + FalsePositives + FalseNegatives + TrueNegatives;

    /// <summary>Voxels of the region in the prediction.</summary>
    public long Predicted => TruePositives + FalsePositives;

    /// <summary>Voxels of the region in the truth.</summary>
    public long Truth => TruePositives + FalseNegatives;

    /// <summary>Sums of two images: what pooling over all pixels means.</summary>
    public static ConfusionCounts operator +(ConfusionCounts a, ConfusionCounts b) => new(
        a.TruePositives + b.TruePositives,
        a.FalsePositives + b.FalsePositives,
        a.FalseNegatives + b.FalseNegatives,
        a.TrueNegatives + b.TrueNegatives);

    /// <summary>Counts one region.</summary>
    /// <param name="prediction">Labels, in the order of <paramref name="truth"/>.</param>
    /// <param name="truth">Labels, as many.</param>
    /// <param name="region">The labels that belong to it.</param>
    /// <param name="ignore">Voxels whose truth has this label are not counted; null = all are.</param>
    public static ConfusionCounts Of(ReadOnlySpan<ushort> prediction, ReadOnlySpan<ushort> truth, Region region, ushort? ignore = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(prediction.Length, truth.Length);
        Span<byte> belongs = new byte[ushort.MaxValue + 1];
        foreach (var label in region.Labels)
        {
            belongs[label] = 1;
        }

        Span<long> counts = stackalloc long[4];
        counts.Clear();
        var skip = ignore ?? -1;
        for (var i = 0; i < truth.Length; i++)
        {
            if (truth[i] != skip)
            {
                counts[(belongs[prediction[i]] << 1) | belongs[truth[i]]]++;
            }
        }

        return new ConfusionCounts(counts[3], counts[2], counts[1], counts[0]);
    }
}

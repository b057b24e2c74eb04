namespace SegSharp.Metrics;

/// <summary>The adapted Rand error and its two sides.</summary>
/// <param name="Error">1 − F, in [0, 1].</param>
/// <param name="Precision">Pairs of voxels together in both over pairs together in the truth, which is what scikit-image calls precision.</param>
/// <param name="Recall">Pairs together in both over pairs together in the prediction.</param>
public sealed record RandError(double Error, double Precision, double Recall);

/// <summary>The two conditional entropies of the variation of information, in bits.</summary>
/// <param name="Splits">H(prediction | truth): true objects that were cut.</param>
/// <param name="Merges">H(truth | prediction): true objects that were joined.</param>
public sealed record InformationVariation(double Splits, double Merges)
{
    /// <summary>Their sum, the distance of the two partitions.</summary>
    public double Sum => Splits + Merges;
}

/// <summary>Compares two partitions of the voxels, whatever their numbers: the measures of the ISBI 2012 challenge.</summary>
/// <remarks>Source: Arganda-Carreras et al. 2015, "Crowdsourcing the creation of image segmentation algorithms for connectomics".</remarks>
public static class Clustering
{
    /// <summary>The adapted Rand error; null when no two voxels are compared.</summary>
    /// <remarks>Parity: <c>skimage.metrics.adapted_rand_error</c>, 1e-9.</remarks>
    /// <param name="overlap">The table of objects.</param>
    /// <param name="background">Whether voxels with true background count; off, as in the challenge: borders are not compared.</param>
    public static RandError? AdaptedRand(InstanceOverlap overlap, bool background = false)
    {
        var cells = Cells(overlap, background);
        double Pairs(IEnumerable<long> sizes) => sizes.Sum(n => (double)n * (n - 1));
        var both = Pairs(cells.Select(c => c.Voxels));
        var truth = Pairs(cells.GroupBy(c => c.Truth).Select(g => g.Sum(c => c.Voxels)));
        var prediction = Pairs(cells.GroupBy(c => c.Prediction).Select(g => g.Sum(c => c.Voxels)));
        if (truth == 0 || prediction == 0)
        {
            return null;
        }

        return both == 0
            ? new RandError(1, 0, 0)
            : new RandError(1 - (2 * both / (truth + prediction)), both / truth, both / prediction);
    }

    /// <summary>The variation of information; null when no voxel is compared.</summary>
    /// <remarks>Source: Meilă 2007. Parity: <c>skimage.metrics.variation_of_information</c>, 1e-9.</remarks>
    /// <inheritdoc cref="AdaptedRand"/>
    public static InformationVariation? Variation(InstanceOverlap overlap, bool background = true)
    {
        var cells = Cells(overlap, background);
        if (cells.Count == 0)
        {
            return null;
        }

        double all = cells.Sum(c => c.Voxels);
        double Given(Func<(int Truth, int Prediction, long Voxels), int> side) => cells
            .GroupBy(side)
            .Sum(g =>
            {
                double size = g.Sum(c => c.Voxels);
                return -g.Sum(c => c.Voxels / all * Math.Log2(c.Voxels / size));
            });
        return new InformationVariation(Math.Max(0, Given(c => c.Truth)), Math.Max(0, Given(c => c.Prediction)));
    }

    /// <summary>The mean disagreement of two binary images, in [0, 1]; null for no pixel.</summary>
    /// <param name="prediction">Foreground by the prediction.</param>
    /// <param name="truth">Foreground in truth.</param>
    public static double? PixelError(ReadOnlySpan<bool> prediction, ReadOnlySpan<bool> truth)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(prediction.Length, truth.Length);
        var wrong = 0L;
        for (var i = 0; i < truth.Length; i++)
        {
            wrong += prediction[i] != truth[i] ? 1 : 0;
        }

        return truth.Length == 0 ? null : (double)wrong / truth.Length;
    }

    /// <summary>The mean squared difference of probabilities to the truth, as the challenge scored its probability maps; null for no pixel.</summary>
    /// <param name="probabilities">Probability of foreground.</param>
    /// <param name="truth">Foreground in truth.</param>
    public static double? PixelError(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> truth)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(probabilities.Length, truth.Length);
        var sum = 0.0;
        for (var i = 0; i < truth.Length; i++)
        {
            var difference = probabilities[i] - (truth[i] ? 1 : 0);
            sum += difference * difference;
        }

        return truth.Length == 0 ? null : sum / truth.Length;
    }

    private static List<(int Truth, int Prediction, long Voxels)> Cells(InstanceOverlap overlap, bool background) =>
        [.. overlap.Shared.Where(p => background || p.Key.Truth != 0).Select(p => (p.Key.Truth, p.Key.Prediction, p.Value))];
}

using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>Objects of one region found, missed and invented, where an object is a connected part (26 or 8 neighbours).</summary>
/// <param name="True">Parts of the truth.</param>
/// <param name="Found">Those that a predicted part fits.</param>
/// <param name="Predicted">Parts of the prediction.</param>
/// <param name="Spurious">Those that fit no true part.</param>
public sealed record Detection(int True, int Found, int Predicted, int Spurious)
{
    /// <summary>True parts that no predicted part fits.</summary>
    public int Missed => True - Found;

    /// <summary>Found / true; null where the truth has none.</summary>
    public double? Recall => True == 0 ? null : (double)Found / True;

    /// <summary>Predicted parts that fit / predicted; null where nothing was predicted.</summary>
    public double? Precision => Predicted == 0 ? null : (double)(Predicted - Spurious) / Predicted;

    /// <summary>Harmonic mean of both; null where there is nothing on either side.</summary>
    public double? F1 => True + Predicted == 0 ? null
        : (Recall ?? 0) + (Precision ?? 0) is var sum and > 0 ? 2 * (Recall ?? 0) * (Precision ?? 0) / sum : 0;

    /// <summary>Sums over images.</summary>
    public static Detection operator +(Detection a, Detection b) =>
        new(a.True + b.True, a.Found + b.Found, a.Predicted + b.Predicted, a.Spurious + b.Spurious);

    /// <summary>Counts the objects of one region.</summary>
    /// <param name="comparison">Prediction and truth.</param>
    /// <param name="region">What an object is made of.</param>
    /// <param name="overlap">
    /// When two parts fit: 0 = they share a voxel (then one may fit several); above 0 = their IoU is at least this, and each fits one, best first.
    /// </param>
    public static Detection Of(Comparison comparison, Region region, double overlap = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(overlap);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(overlap, 1);
        var counts = comparison.Counts(region);
        if (counts.Predicted == 0 && counts.Truth == 0)
        {
            return new Detection(0, 0, 0, 0);
        }

        var pair = comparison.Masks(region);
        var truth = Components.Label(Array.ConvertAll(pair.Bits, b => (b & MaskPair.Truth) != 0), pair.Outer, Connectivity.Full, out var trueParts);
        var prediction = Components.Label(Array.ConvertAll(pair.Bits, b => (b & MaskPair.Prediction) != 0), pair.Outer, Connectivity.Full, out var predictedParts);
        var (sizesT, sizesP) = (new long[trueParts + 1], new long[predictedParts + 1]);
        var common = new Dictionary<(int T, int P), long>();
        for (var i = 0; i < truth.Length; i++)
        {
            sizesT[truth[i]]++;
            sizesP[prediction[i]]++;
            if (truth[i] != 0 && prediction[i] != 0)
            {
                common[(truth[i], prediction[i])] = common.GetValueOrDefault((truth[i], prediction[i])) + 1;
            }
        }

        var (found, fitting) = (new HashSet<int>(), new HashSet<int>());
        double IoU((int T, int P) p) => (double)common[p] / (sizesT[p.T] + sizesP[p.P] - common[p]);
        foreach (var p in common.Keys.OrderByDescending(IoU).ThenBy(p => p))
        {
            if (overlap == 0 || (IoU(p) >= overlap && !found.Contains(p.T) && !fitting.Contains(p.P)))
            {
                found.Add(p.T);
                fitting.Add(p.P);
            }
        }

        return new Detection(trueParts, found.Count, predictedParts, predictedParts - fitting.Count);
    }
}

namespace SegSharp.Prediction;

/// <summary>How unsure a prediction is, voxel by voxel.</summary>
/// <remarks>
/// Entropy is −Σ p ln p, divided by its greatest value, so that 0 is certain and 1 is a coin tossed: ln K for K labels that exclude one
/// another; for channels with a probability of their own the sum of their binary entropies, divided by K ln 2.
/// Source: Shannon 1948; mutual information as a measure of what members of an ensemble disagree about: Depeweg et al. 2018.
/// </remarks>
public static class Uncertainty
{
    /// <summary>The entropy of one voxel, in [0, 1].</summary>
    /// <param name="probabilities">One per channel.</param>
    /// <param name="sigmoid">Whether each channel has a probability of its own; otherwise they sum to 1.</param>
    public static float Entropy(ReadOnlySpan<float> probabilities, bool sigmoid)
    {
        var sum = 0.0;
        foreach (var p in probabilities)
        {
            sum += Term(p) + (sigmoid ? Term(1 - p) : 0);
        }

        var most = sigmoid ? probabilities.Length * Math.Log(2) : Math.Log(probabilities.Length);
        return (float)Math.Clamp(sum / most, 0, 1);
    }

    /// <summary>The entropy of every voxel.</summary>
    /// <param name="probabilities">[K, voxels].</param>
    /// <param name="sigmoid">Whether each channel has a probability of its own.</param>
    /// <param name="entropies">As many as voxels.</param>
    public static void Entropies(ReadOnlySpan<float> probabilities, bool sigmoid, Span<float> entropies)
    {
        var classes = probabilities.Length / entropies.Length;
        var one = new float[classes];
        for (var i = 0; i < entropies.Length; i++)
        {
            for (var k = 0; k < classes; k++)
            {
                one[k] = probabilities[(k * entropies.Length) + i];
            }

            entropies[i] = Entropy(one, sigmoid);
        }
    }

    private static double Term(double p) => p > 0 ? -p * Math.Log(p) : 0;
}

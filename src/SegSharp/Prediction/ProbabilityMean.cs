namespace SegSharp.Prediction;

/// <summary>The mean of probabilities that come one after the other; holds one sum, whatever their number.</summary>
/// <remarks>Parity: nnU-Net 2.8.1 <c>average_probabilities</c>, to 1e-6.</remarks>
public sealed class ProbabilityMean
{
    private float[] _sum = [];
    private double _weight;

    /// <summary>Adds the probabilities of one model.</summary>
    /// <param name="channels">Its channels, for the message.</param>
    /// <param name="probabilities">[K, voxels], of the same size every time.</param>
    /// <param name="weight">How many models it stands for.</param>
    /// <exception cref="InputException">Another size than before.</exception>
    public void Add(int channels, ReadOnlySpan<float> probabilities, double weight = 1)
    {
        if (_weight == 0)
        {
            _sum = new float[probabilities.Length];
        }

        if (probabilities.Length != _sum.Length)
        {
            throw new InputException($"{probabilities.Length} probabilities in {channels} channel(s) cannot be averaged with {_sum.Length}", "average predictions of the same images by models with the same labels");
        }

        for (var i = 0; i < _sum.Length; i++)
        {
            _sum[i] += (float)weight * probabilities[i];
        }

        _weight += weight;
    }

    /// <summary>The mean; nothing can be added afterwards.</summary>
    public float[] Values()
    {
        var factor = (float)(1 / _weight);
        for (var i = 0; i < _sum.Length; i++)
        {
            _sum[i] *= factor;
        }

        return _sum;
    }
}

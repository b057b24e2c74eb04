using SegSharp.Torch.Operators;

namespace SegSharp.Torch.Layers;

/// <summary>Batch normalisation for any number of spatial axes.</summary>
/// <remarks>Source: Ioffe and Szegedy 2015. Parity: torch.nn.BatchNorm2d and 3d; keys weight, bias, running_mean, running_var, num_batches_tracked.</remarks>
public sealed class BatchNorm : Layer
{
    private readonly double _epsilon, _momentum;
    private readonly bool _batchStatistics;
    private readonly Tensor? _weight, _bias;
    private readonly Tensor _mean, _variance, _batches;

    /// <summary>Scale 1, shift 0, running mean 0 and variance 1.</summary>
    /// <param name="channels">Channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">The share of the new batch in the running statistics.</param>
    /// <param name="affine">Whether scale and shift are learnt.</param>
    /// <param name="batchStatistics">Whether evaluation takes the batch's statistics too; the running ones then stay as they are, and batches are not counted.</param>
    public BatchNorm(int channels, double epsilon = 1e-5, double momentum = 0.1, bool affine = true, bool batchStatistics = false)
    {
        _batchStatistics = batchStatistics;
        _epsilon = epsilon;
        _momentum = momentum;
        _weight = affine ? Parameter("weight", Tensor.Ones([channels])) : null;
        _bias = affine ? Parameter("bias", Tensor.Zeros([channels])) : null;
        _mean = Buffer("running_mean", Tensor.Zeros([channels]));
        _variance = Buffer("running_var", Tensor.Ones([channels]));
        _batches = Buffer("num_batches_tracked", Tensor.Zeros([], DType.Int64));
    }

    /// <summary>Scale per channel; null when not learnt.</summary>
    public Tensor? Weight => _weight;

    /// <summary>Shift per channel; null when not learnt.</summary>
    public Tensor? Bias => _bias;

    /// <summary>Mean per channel that evaluation uses.</summary>
    public Tensor RunningMean => _mean;

    /// <summary>Variance per channel that evaluation uses.</summary>
    public Tensor RunningVariance => _variance;

    /// <summary>Added to the variance.</summary>
    public double Epsilon => _epsilon;

    /// <summary>The share of the new batch in the running statistics.</summary>
    public double Momentum => _momentum;

    /// <summary>Counts a training batch whose statistics another operator took.</summary>
    public void CountBatch() => _batches.AddInPlace(1L);

    /// <param name="x">[N, C, …].</param>
    /// <returns>The same shape; per channel mean 0 and variance 1 before scale and shift.</returns>
    public override Tensor Forward(Tensor x)
    {
        if (IsTraining && !_batchStatistics)
        {
            CountBatch();
        }

        return _batchStatistics && !IsTraining
            ? Normalisation.Batch(x, _weight, _bias, null, null, training: true, _momentum, _epsilon)
            : Normalisation.Batch(x, _weight, _bias, _mean, _variance, IsTraining, _momentum, _epsilon);
    }
}

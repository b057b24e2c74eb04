using SegSharp.Imaging;
using SegSharp.Torch.Optimizers;
using SegSharp.Torch.Schedules;

namespace SegSharp.Training;

/// <summary>The numbers that steps are computed with.</summary>
public enum Precision
{
    /// <summary>Single precision throughout.</summary>
    Float32,

    /// <summary>Convolutions in bfloat16, weights and sums in single precision: about twice as fast on CPUs that have it.</summary>
    BFloat16,
}

/// <summary>How a network is trained.</summary>
public sealed record TrainingOptions
{
    /// <summary>Times that the training cases are gone through.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>
    /// Hours that the epochs may take together, over all resumes; null = as long as it takes. The schedule then goes by the share of the time
    /// where that is ahead of the share of the epochs, and the run ends with the epoch that comes nearest.
    /// </summary>
    public double? Hours { get; init; }

    /// <summary>Samples in a batch; the last batch of an epoch may have fewer.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Batches whose gradients make one step together: as one batch that is so many times as large, without its memory.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>The size of random patches, WxH for networks of two axes and WxHxD for those of three; null takes whole images.</summary>
    public Extent? PatchSize { get; init; }

    /// <summary>The share of patches that are centred on a foreground pixel.</summary>
    public double ForegroundShare { get; init; } = 1.0 / 3;

    /// <summary>How that pixel is drawn: any foreground pixel, each class as likely, or each connected object as likely (small ones are then seen as often as large ones).</summary>
    public Data.PatchSampling Sampling { get; init; } = Data.PatchSampling.Foreground;

    /// <summary>How often each case is seen in an epoch; more than 1 where patches are cut from large images.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>What changes the weights.</summary>
    public OptimizerOptions Optimizer { get; init; } = new AdamOptions();

    /// <summary>How the learning rate goes over the run.</summary>
    public ScheduleOptions Schedule { get; init; } = new ConstantOptions();

    /// <summary>The longest that the gradient of all weights together may be; null = any. nnU-Net: 12.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>The largest that any entry of the gradient may be, either sign; null = any.</summary>
    public double? ClipValue { get; init; }

    /// <summary>The share that a running average of the weights keeps at each step, such as 0.999; null = no average. What is validated and saved as a checkpoint is then the average.</summary>
    public double? WeightAverage { get; init; }

    /// <summary>When the training ends before its last epoch.</summary>
    public EarlyStoppingOptions EarlyStopping { get; init; } = new();

    /// <summary>How the encoder learns, where it shall learn otherwise than the rest.</summary>
    public EncoderTrainingOptions Encoder { get; init; } = new();

    /// <summary>The numbers that steps are computed with.</summary>
    public Precision Precision { get; init; }

    /// <summary>Keep only the ends of every stage of the network and compute its inside again in the backward pass: less memory, about a third more time, the same weights.</summary>
    public bool Checkpointing { get; init; }

    /// <summary>Epochs between validations; the last epoch is always validated.</summary>
    public int ValidateEvery { get; init; } = 1;

    /// <summary>Threads that prepare batches; 0 chooses by the machine.</summary>
    public int Workers { get; init; }

    /// <summary>The root of all chance of the run.</summary>
    public long Seed { get; init; }

    /// <summary>Every fault of these options, with its recipe key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Epochs is < 1 or > 1_000_000)
        {
            yield return Fault.At("training.epochs", $"is {Epochs}; it must {(Epochs < 1 ? "be 1 or more" : "not be above 1,000,000")}");
        }

        if (BatchSize is < 1 or > 65_536)
        {
            yield return Fault.At("training.batchSize", $"is {BatchSize}; it must {(BatchSize < 1 ? "be 1 or more" : "not be above 65,536")}");
        }

        if (Hours is not (null or (> 0 and < double.PositiveInfinity)))
        {
            yield return Fault.At("training.hours", $"is {Hours}; it must be above 0");
        }

        if (Accumulate is < 1 or > 65_536)
        {
            yield return Fault.At("training.accumulate", $"is {Accumulate}; it must {(Accumulate < 1 ? "be 1 or more" : "not be above 65,536")}");
        }

        if (ClipNorm is not (null or (> 0 and < double.PositiveInfinity)))
        {
            yield return Fault.At("training.clipNorm", $"is {ClipNorm}; it must be above 0");
        }

        if (ClipValue is not (null or (> 0 and < double.PositiveInfinity)))
        {
            yield return Fault.At("training.clipValue", $"is {ClipValue}; it must be above 0");
        }

        if (WeightAverage is not (null or (> 0 and < 1)))
        {
            yield return Fault.At("training.weightAverage", $"is {WeightAverage}; it must be in (0, 1)");
        }

        if (PatchSize is { } patch && (patch.Width < 1 || patch.Height < 1 || patch.Depth < 1))
        {
            yield return Fault.At("training.patchSize", $"is {patch}; it must be WxH or WxHxD, every side 1 or more");
        }

        if (PatchSize is { } large)
        {
            foreach (var fault in new Data.PatchOptions { Size = large }.Check().Where(_ => large is { Width: > 0, Height: > 0, Depth: > 0 }))
            {
                yield return fault;
            }
        }

        if (ForegroundShare is not (>= 0 and <= 1))
        {
            yield return Fault.At("training.foregroundShare", $"is {ForegroundShare}; it must be in [0, 1]");
        }

        if (Repeats is < 1 or > 1_000_000)
        {
            yield return Fault.At("training.repeats", $"is {Repeats}; it must {(Repeats < 1 ? "be 1 or more" : "not be above 1,000,000")}");
        }

        if (ValidateEvery < 1)
        {
            yield return Fault.At("training.validateEvery", $"is {ValidateEvery}; it must be 1 or more");
        }

        if (Workers is < 0 or > 1_024)
        {
            yield return Fault.At("training.workers", $"is {Workers}; it must {(Workers < 0 ? "be 0 or more" : "not be above 1,024")}");
        }

        foreach (var fault in Optimizer.Check().Concat(Schedule.Check()).Concat(EarlyStopping.Check()).Concat(Encoder.Check()))
        {
            yield return fault;
        }
    }
}

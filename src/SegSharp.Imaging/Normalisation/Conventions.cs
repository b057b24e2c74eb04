using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>
/// Colours as the weights of a known family were trained with them. One channel takes the mean of the three colours' numbers; channels
/// beyond three take them in turn, as the first layer of a lent encoder does.
/// </summary>
public abstract record ConventionOptions : RangeOptions
{
    /// <summary>What is taken from red, green and blue, on the scale of <see cref="Range"/>.</summary>
    public abstract IReadOnlyList<double> Mean { get; }

    /// <summary>What they are divided by afterwards; null for nothing.</summary>
    public abstract IReadOnlyList<double>? Deviation { get; }

    /// <summary>What white is before: 1 or 255.</summary>
    public abstract int Range { get; }

    /// <summary>Whether blue comes first.</summary>
    public virtual bool BlueFirst => false;
}

/// <summary>RGB in [0, 1], minus mean, by deviation: torchvision's classifiers and the encoders made of them.</summary>
/// <remarks>Source: torchvision's ImageNet presets.</remarks>
public sealed record ImageNetOptions : ConventionOptions
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Mean => [0.485, 0.456, 0.406];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Deviation => [0.229, 0.224, 0.225];

    /// <inheritdoc/>
    public override int Range => 1;
}

/// <summary>BGR in 0 … 255 minus mean, no deviation: the Caffe VGG and the FCNs made of it.</summary>
/// <remarks>Source: the mean of ILSVRC 2012 as Caffe and pytorch-fcn give it.</remarks>
public sealed record CaffeVggOptions : ConventionOptions
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Mean => [122.67891434, 116.66876762, 104.00698793];

    /// <inheritdoc/>
    public override IReadOnlyList<double>? Deviation => null;

    /// <inheritdoc/>
    public override int Range => 255;

    /// <inheritdoc/>
    public override bool BlueFirst => true;
}

/// <summary>RGB in 0 … 255, minus mean, by deviation: Segment Anything. ImageNet's numbers times 255.</summary>
/// <remarks>Source: segment-anything, build_sam.</remarks>
public sealed record SamConventionOptions : ConventionOptions
{
    /// <inheritdoc/>
    public override IReadOnlyList<double> Mean => [123.675, 116.28, 103.53];

    /// <inheritdoc/>
    public override IReadOnlyList<double> Deviation => [58.395, 57.12, 57.375];

    /// <inheritdoc/>
    public override int Range => 255;
}

/// <summary>Brings colours to the scale that published weights expect.</summary>
/// <remarks>In single precision and in the originals' order, so that their numbers come out to the last bit.</remarks>
public sealed class Convention(ConventionOptions options) : Normaliser
{
    private readonly double _mean = options.Mean.Average();
    private readonly double? _deviation = options.Deviation?.Average();

    private Convention(ConventionOptions options, int colour)
        : this(options)
    {
        (_mean, _deviation) = (options.Mean[colour], options.Deviation?[colour]);
    }

    /// <inheritdoc/>
    public override bool NeedsPercentiles => false;

    /// <inheritdoc/>
    public override bool UsesStatistics => false;

    /// <inheritdoc/>
    public override bool BlueFirst => options.BlueFirst;

    /// <inheritdoc/>
    public override Normaliser ForChannel(int channel, int channels) =>
        channels == 1 ? this : new Convention(options, options.BlueFirst && channels == 3 ? 2 - channel : channel % 3);

    /// <inheritdoc/>
    public override void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask)
    {
        var white = options.Divisor > 0 ? (float)options.Divisor : 255;
        for (var i = 0; i < values.Length; i++)
        {
            var value = white == options.Range ? values[i] : values[i] / white * options.Range;
            values[i] = _deviation is { } deviation ? (value - (float)_mean) / (float)deviation : (float)(value - _mean);
        }
    }
}

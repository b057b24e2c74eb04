using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>What the statistics of a normalisation are taken from.</summary>
public enum IntensityScope
{
    /// <summary>Each page by itself.</summary>
    Slice,

    /// <summary>The whole volume.</summary>
    Volume,

    /// <summary>The training cases of a data set; the statistics are given.</summary>
    DataSet,
}

/// <summary>Brings intensities to a common scale. Constant images stay finite.</summary>
public abstract class Normaliser
{
    /// <summary>Percentiles that <see cref="Apply"/> needs besides the usual ones.</summary>
    public virtual IReadOnlyList<double> Percentages => [];

    /// <summary>Whether it looks at percentiles; false: mean, deviation and range are enough, which cost no memory.</summary>
    public virtual bool NeedsPercentiles => true;

    /// <summary>Whether the result depends on the image's statistics at all; false: every value is changed by itself.</summary>
    public virtual bool UsesStatistics => true;

    /// <summary>Whether it follows from statistics alone, so that those of a data set can be used; false: it looks at the neighbourhood or at its own histogram.</summary>
    public virtual bool FollowsStatistics => true;

    /// <summary>Whether an image of three channels is turned from RGB to BGR before.</summary>
    public virtual bool BlueFirst => false;

    /// <summary>What one channel gets, where each colour has numbers of its own.</summary>
    /// <param name="channel">From 0, in the order that the network sees.</param>
    /// <param name="channels">Of the image.</param>
    public virtual Normaliser ForChannel(int channel, int channels) => this;

    /// <summary>Changes the values in place.</summary>
    /// <param name="values">x fastest.</param>
    /// <param name="extent">Their grid.</param>
    /// <param name="statistics">Of the slice, the volume or the data set.</param>
    /// <param name="mask">The voxels that count; empty: all.</param>
    public abstract void Apply(Span<float> values, Extent extent, IntensityStatistics statistics, ReadOnlySpan<bool> mask);

    /// <summary>Measures where needed, and changes the values in place.</summary>
    /// <param name="values">x fastest.</param>
    /// <param name="extent">Their grid.</param>
    /// <param name="scope">Where the statistics come from.</param>
    /// <param name="mask">The voxels that count; empty: all.</param>
    /// <param name="dataSet">Needed for <see cref="IntensityScope.DataSet"/>.</param>
    /// <exception cref="UsageException">The data set's statistics are wanted but missing, or the method cannot use them.</exception>
    public void Run(Span<float> values, Extent extent, IntensityScope scope, ReadOnlySpan<bool> mask = default, IntensityStatistics? dataSet = null)
    {
        if (values.Length != extent.Count)
        {
            throw new ArgumentException($"{values.Length} values; {extent} needs {extent.Count}", nameof(values));
        }

        switch (scope)
        {
            case IntensityScope.Slice:
                var page = (int)extent.PageCount;
                for (var z = 0; z < extent.Depth; z++)
                {
                    var part = values.Slice(z * page, page);
                    var inside = mask.Length == 0 ? mask : mask.Slice(z * page, page);
                    Apply(part, extent.Page, Measure(part, inside), inside);
                }

                break;
            case IntensityScope.Volume:
                Apply(values, extent, Measure(values, mask), mask);
                break;
            default:
                if (!FollowsStatistics)
                {
                    throw new UsageException("this normalisation follows each image's own histogram; a data set's statistics cannot steer it", "use the scope slice or volume");
                }

                Apply(values, extent, dataSet ?? throw new UsageException("the statistics of the data set are missing", "gather them from the training cases first"), mask);
                break;
        }
    }

    private IntensityStatistics Measure(ReadOnlySpan<float> values, ReadOnlySpan<bool> mask) =>
        NeedsPercentiles ? IntensityStatistics.Of(values, mask, Percentages) : IntensityStatistics.Moments(values, mask);

    /// <summary>(value − centre) / scale for all values, or for those inside the mask.</summary>
    private protected static void Shift(Span<float> values, double centre, double scale, ReadOnlySpan<bool> mask = default)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (mask.Length == 0 || mask[i])
            {
                values[i] = (float)((values[i] - centre) / scale);
            }
        }
    }

    private protected static void Clip(Span<float> values, double low, double high)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)Math.Min(Math.Max(values[i], low), high);
        }
    }
}

/// <summary>What every record of options can do.</summary>
public abstract record NormaliserOptions
{
    /// <summary>Every fault, with its key.</summary>
    public virtual IEnumerable<Fault> Check() => [];

    private protected static IEnumerable<Fault> Rising(string key, double low, double high, double least = double.NegativeInfinity, double most = double.PositiveInfinity)
    {
        if (!(low < high) || !(low >= least) || !(high <= most) || !double.IsFinite(low) || !double.IsFinite(high))
        {
            yield return Fault.At(key, $"goes from {low} to {high}; it must rise{(double.IsFinite(least) ? $" within {least} … {most}" : string.Empty)}");
        }
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>A random change of image and labels. Drawing and applying are apart, so that a result can be repeated, shown and tested.</summary>
public abstract class Transform
{
    /// <summary>Draws the parameters for one sample. Draws the same number of random values whatever comes out.</summary>
    /// <param name="random">The only source of chance.</param>
    /// <param name="extent">Voxels per axis of the sample; depth 1 for pictures and slices.</param>
    /// <returns>What was drawn; null when this sample stays as it is.</returns>
    public abstract Drawn? Draw(RandomStream random, Extent extent);

    /// <inheritdoc cref="Draw(RandomStream, Extent)"/>
    /// <param name="random">The only source of chance.</param>
    /// <param name="extent">Voxels per axis of the sample.</param>
    /// <param name="channels">Channels of its image, for transforms that draw for each of them.</param>
    public virtual Drawn? Draw(RandomStream random, Extent extent, int channels) => Draw(random, extent);
}

/// <summary>Parameters that were drawn for one sample. Applying them twice gives the same bits.</summary>
/// <remarks>What a member holds is numbers, truths, texts, enumerations, arrays and records of such: then <see cref="DrawnJson"/> stores it without being told of it.</remarks>
public abstract record Drawn
{
    /// <summary>The changed sample. What came in is not changed.</summary>
    public abstract Sample Apply(Sample sample);
}

/// <summary>Options of a transform.</summary>
public abstract record TransformOptions
{
    /// <summary>Every fault, with its key in a recipe.</summary>
    public abstract IEnumerable<Fault> Check();

    /// <summary>Faults of a probability.</summary>
    protected static IEnumerable<Fault> CheckProbability(string key, double value)
    {
        if (value is < 0 or > 1 or double.NaN)
        {
            yield return Fault.At(key, $"is {value}; it must lie between 0 and 1");
        }
    }

    /// <summary>Faults of a range whose ends must be ordered and at least <paramref name="least"/>.</summary>
    protected static IEnumerable<Fault> CheckRange(string key, double low, double high, double least, double most = double.PositiveInfinity)
    {
        if (!(low >= least && high >= low && high <= most))
        {
            yield return Fault.At(key, $"is {low} to {high}; it must be ordered and begin at {least} or more{(high > most ? $", up to {most}" : "")}");
        }
    }
}

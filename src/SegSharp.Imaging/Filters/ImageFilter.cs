using SegSharp.Foundation;

namespace SegSharp.Imaging.Filters;

/// <summary>A filter that reduces noise or an artefact.</summary>
public abstract class ImageFilter
{
    /// <summary>The filtered image; what came in is not changed.</summary>
    /// <param name="image">One channel, x runs fastest.</param>
    /// <param name="extent">Voxels per axis; depth 1 for a picture. Volumes are filtered slice by slice where the filter does not say otherwise.</param>
    public abstract float[] Apply(ReadOnlySpan<float> image, Extent extent);

    /// <summary>Filters each slice on its own.</summary>
    protected static float[] PerSlice(ReadOnlySpan<float> image, Extent extent, SliceFilter filter)
    {
        var page = (int)extent.PageCount;
        var result = new float[image.Length];
        for (var start = 0; start < image.Length; start += page)
        {
            filter(image.Slice(start, page), result.AsSpan(start, page));
        }

        return result;
    }

    /// <summary>Filters one slice into another.</summary>
    protected delegate void SliceFilter(ReadOnlySpan<float> from, Span<float> to);
}

/// <summary>Options of a filter.</summary>
public abstract record FilterOptions
{
    /// <summary>Every fault, with its key.</summary>
    public abstract IEnumerable<Fault> Check();

    /// <summary>The fault of a number that is too small or too large.</summary>
    protected static IEnumerable<Fault> Within(string key, double value, double least, double most = double.PositiveInfinity)
    {
        if (!(value >= least && value <= most))
        {
            yield return Fault.At(key, $"is {value}; it must be {least} or more{(double.IsFinite(most) ? $" and {most} or less" : "")}");
        }
    }
}

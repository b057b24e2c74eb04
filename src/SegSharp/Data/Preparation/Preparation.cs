using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Data;

/// <summary>Makes of a case what the network sees: the one way in for training, validation and prediction.</summary>
public static class Preparation
{
    /// <summary>Prepares a whole case.</summary>
    /// <param name="loaded">The case.</param>
    /// <param name="options">The steps.</param>
    /// <param name="labels">Says which class each integer of the label map is; null where the integers are the classes.</param>
    public static PreparedCase Prepare(LoadedCase loaded, PreparationOptions options, LabelList? labels = null)
    {
        if (options.Resize is { } size && size != loaded.Extent.Page)
        {
            var resized = loaded with
            {
                Image = PilResize.Bilinear(loaded.Image, size.Width, size.Height),
                Labels = loaded.Labels is null ? null : PilResize.Nearest(loaded.Labels, size.Width, size.Height),
            };
            return Prepare(resized, options with { Resize = null }, labels) with { Record = PreparationRecord.Unchanged(loaded.Image.Geometry) };
        }

        var image = loaded.Image;
        var record = PreparationRecord.Plan(image.Geometry, options, () => image.Reoriented(OrientationOf(options, image.Geometry)).NonzeroBox());
        if (record.Oriented != record.Original)
        {
            image = image.Reoriented(record.Oriented.Orientation);
        }

        if (record.Crops)
        {
            image = image.Part(record.Start, record.Cropped.Extent);
        }

        var values = Scale(image, options.Intensity);
        if (record.Resamples)
        {
            values = ResampleChannels(values, image.Channels, record, options.ImageResampling);
        }

        var map = loaded.Labels is null ? null : record.Apply(loaded.Labels, options.LabelResampling);
        var sample = new Sample
        {
            Id = loaded.Case.Id,
            Extent = record.Prepared.Extent,
            Channels = image.Channels,
            Image = values,
            Labels = map is null ? null : labels?.ToClasses(map.Labels) ?? map.Labels,
        };
        return new PreparedCase(sample, record);
    }

    /// <summary>Prepares one page alone where the steps allow it, without the rest of the stack.</summary>
    /// <param name="loaded">The case.</param>
    /// <param name="z">The page.</param>
    /// <param name="options">The steps.</param>
    /// <param name="labels">Says which class each integer of the label map is.</param>
    public static Sample PrepareSlice(LoadedCase loaded, int z, PreparationOptions options, LabelList? labels = null)
    {
        if (options.NeedsVolume || loaded.Extent.Depth == 1)
        {
            return Prepare(loaded, options, labels).Slice(z);
        }

        var page = loaded with { Image = loaded.Image.Page(z), Labels = loaded.Labels?.Page(z) };
        return Prepare(page, options, labels).Sample with { Id = PreparedCase.SliceName(loaded.Case.Id, z) };
    }

    /// <summary>Sends a label map alone to the network's grid, by the same steps.</summary>
    /// <param name="labels">The map.</param>
    /// <param name="options">The steps of the grid.</param>
    /// <param name="image">The image that the map belongs to, where the steps crop to its nonzero voxels; null crops to those of the map.</param>
    public static (LabelMap Labels, PreparationRecord Record) PrepareLabels(LabelMap labels, PreparationOptions options, Volume? image = null)
    {
        var record = PreparationRecord.Plan(labels.Geometry, options, () => (image ?? labels.ToVolume()).Reoriented(OrientationOf(options, labels.Geometry)).NonzeroBox());
        return (record.Apply(labels, options.LabelResampling), record);
    }

    private static Orientation OrientationOf(PreparationOptions options, Geometry geometry) =>
        options.Orientation is { } code ? Orientation.Parse(code) : geometry.Orientation;

    private static float[] ResampleChannels(float[] values, int channels, PreparationRecord record, ResampleOptions options)
    {
        var (from, to) = (record.Cropped.Extent, record.Prepared.Extent);
        var coarse = options.CoarseAxis(record.Cropped.Spacing, record.Prepared.Spacing);
        var (count, result) = ((int)from.Count, new float[channels * to.Count]);
        for (var c = 0; c < channels; c++)
        {
            Resample.Image(values.AsSpan(c * count, count), from, to, options, coarse).CopyTo(result.AsSpan((int)(c * to.Count)));
        }

        return result;
    }

    private static float[] Scale(Volume image, IntensityScaling scaling)
    {
        var values = image.ToFloats();
        switch (scaling)
        {
            case IntensityScaling.Unit when image.VoxelType is VoxelType.UInt8 or VoxelType.UInt16:
                // A division, not a product with the inverse: PyTorch's x / 255 to the last bit.
                var divisor = image.VoxelType == VoxelType.UInt8 ? 255f : 65535f;
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] /= divisor;
                }

                break;
            case IntensityScaling.Unit when !image.VoxelType.IsFloat():
                throw new InputException(
                    $"image '{image.Path ?? image.Name}' is {image.VoxelType.Text()}, whose values have no natural range to bring to [0, 1]",
                    "--set preparation.intensity=zscore");
            case IntensityScaling.ZScore:
                var plane = values.Length / image.Channels;
                for (var c = 0; c < image.Channels; c++)
                {
                    Standardise(values.AsSpan(c * plane, plane));
                }

                break;
        }

        return values;
    }

    private static void Standardise(Span<float> plane)
    {
        double sum = 0, squares = 0;
        foreach (var v in plane)
        {
            sum += v;
        }

        var mean = sum / plane.Length;
        foreach (var v in plane)
        {
            squares += (v - mean) * (v - mean);
        }

        var spread = Math.Max(Math.Sqrt(squares / plane.Length), 1e-8);
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] = (float)((plane[i] - mean) / spread);
        }
    }
}

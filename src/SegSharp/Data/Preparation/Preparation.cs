using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Data;

/// <summary>Makes of a case what the network sees: the one way in for training, validation and prediction.</summary>
public static class Preparation
{
    // Numbers of objects have nothing between them.
    private static readonly ResampleOptions NearestObject = new() { Order = Interpolation.Nearest };

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
                Objects = loaded.Objects is null ? null : PilResize.Nearest(loaded.Objects, size.Width, size.Height),
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

        var values = Scale(image, options);
        if (record.Resamples)
        {
            values = ResampleChannels(values, image.Channels, record, options.ImageResampling);
        }

        var map = loaded.Labels is null ? null : record.Apply(loaded.Labels, options.LabelResampling);
        var sample = new Sample
        {
            Id = loaded.Case.Id,
            Extent = record.Prepared.Extent,
            Channels = image.Channels + options.AddedChannels,
            Places = options.AddedChannels,
            ContextFactor = options.Context ?? 0,
            Image = WithPlaces(values, record.Prepared.Extent, options.AddedChannels),
            Labels = map is null ? null : labels?.ToClasses(map.Labels) ?? map.Labels,
        };
        if (loaded is { Objects: { } objects, Weigh: { } weigh } && sample.Labels is { } classes)
        {
            sample = sample with { Weights = weigh(record.Apply(objects, NearestObject), classes) };
        }

        return new PreparedCase(sample, record);
    }

    /// <summary>Prepares one page alone where the steps allow it, without the rest of the stack.</summary>
    /// <param name="loaded">The case.</param>
    /// <param name="z">The page.</param>
    /// <param name="options">The steps.</param>
    /// <param name="labels">Says which class each integer of the label map is.</param>
    public static Sample PrepareSlice(LoadedCase loaded, int z, PreparationOptions options, LabelList? labels = null)
    {
        if (options.NeedsVolume || options.MeasuresVolume || loaded.Extent.Depth == 1)
        {
            return Prepare(loaded, options, labels).Slice(z);
        }

        var page = loaded with { Image = loaded.Image.Page(z), Labels = loaded.Labels?.Page(z), Objects = loaded.Objects?.Page(z) };
        var sample = Prepare(page, options, labels).Sample with { Id = PreparedCase.SliceName(loaded.Case.Id, z) };
        if (sample.Places == 3)
        {
            sample.Image.AsSpan((sample.Channels - 1) * sample.Voxels).Fill(Place(z, loaded.Extent.Depth));
        }

        return sample;
    }

    // 0 in the middle, as an axis of one voxel is all middle.
    private static float Place(int at, int size) => size == 1 ? 0 : (2f * at / (size - 1)) - 1;

    private static float[] WithPlaces(float[] values, Extent extent, int axes)
    {
        if (axes == 0)
        {
            return values;
        }

        var (before, count) = (values.Length, (int)extent.Count);
        Array.Resize(ref values, before + (axes * count));
        for (var i = 0; i < count; i++)
        {
            values[before + i] = Place(i % extent.Width, extent.Width);
            values[before + count + i] = Place(i / extent.Width % extent.Height, extent.Height);
            if (axes == 3)
            {
                values[before + (2 * count) + i] = Place(i / (int)extent.PageCount, extent.Depth);
            }
        }

        return values;
    }

    /// <summary>Sends a label map alone to the network's grid, by the same steps.</summary>
    /// <param name="labels">The map.</param>
    /// <param name="options">The steps of the grid.</param>
    /// <param name="image">The image that the map belongs to, where the steps crop to its nonzero voxels; null crops to those of the map.</param>
    public static (LabelMap Labels, PreparationRecord Record) PrepareLabels(LabelMap labels, PreparationOptions options, Volume? image = null)
    {
        if (options.Resize is { } size)
        {
            var grid = labels.Geometry;
            return (PilResize.Nearest(labels, size.Width, size.Height), new PreparationRecord(grid, grid, (0, 0, 0), grid, grid.Resized(size.Width, size.Height)));
        }

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

    private static float[] Scale(Volume image, PreparationOptions options)
    {
        var chosen = options.Intensity is RangeOptions range ? range.For(image) : options.Intensity;
        var normaliser = Imaging.Normalisation.Catalogue.Normalisers.GetByOptions(chosen.GetType()).Build(chosen);
        var values = image.ToFloats();
        if (image.VoxelType.IsFloat())
        {
            RequireFinite(values, image);
        }

        var count = values.Length / image.Channels;
        if (normaliser.BlueFirst && image.Channels == 3)
        {
            var red = values[..count];
            values.AsSpan(2 * count).CopyTo(values);
            red.CopyTo(values.AsSpan(2 * count));
        }

        for (var c = 0; c < image.Channels; c++)
        {
            var channel = values.AsSpan(c * count, count);
            normaliser.ForChannel(c, image.Channels).Run(channel, image.Extent, options.Scope, options.NonzeroOnly ? Nonzero(channel) : default, options.Statistics.ElementAtOrDefault(c));
        }

        return values;
    }

    // One of them is enough to make everything around it no number in the network.
    private static void RequireFinite(float[] values, Volume image)
    {
        var count = values.Count(v => !float.IsFinite(v));
        if (count > 0)
        {
            throw new InputException(
                $"image '{image.Path ?? image.Name}' has {count} voxel(s) that are no finite numbers (NaN or infinite)",
                $"segsharp convert {image.Path ?? image.Name} OUT.nii.gz --replace-nan 0");
        }
    }

    private static bool[] Nonzero(ReadOnlySpan<float> values)
    {
        var inside = new bool[values.Length];
        for (var i = 0; i < inside.Length; i++)
        {
            inside[i] = values[i] != 0;
        }

        return inside;
    }

    /// <summary>The statistics of the training cases, one per channel, for <see cref="PreparationOptions.Statistics"/>.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="ids">The training cases; no other may take part.</param>
    /// <param name="options">Says what counts: with <see cref="CtOptions"/> the voxels inside labels, as in nnU-Net; else all, or those that are not zero.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two cases.</param>
    public static IReadOnlyList<IntensityStatistics> Measure(
        DataSet data, IReadOnlyList<string> ids, PreparationOptions options, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var collectors = Enumerable.Range(0, data.ChannelCount).Select(_ => new IntensityCollector()).ToList();
        for (var i = 0; i < ids.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var loaded = Cut(data.Read(data[ids[i]]), options);
            var values = loaded.Image.ToFloats();
            var count = values.Length / loaded.Image.Channels;
            for (var c = 0; c < collectors.Count; c++)
            {
                var channel = values.AsSpan(c * count, count);
                collectors[c].Add(channel, Counting(channel, loaded.Labels, options));
            }

            on?.Invoke(new Progressed("measure", i + 1, ids.Count, ids[i]));
        }

        var percentages = Imaging.Normalisation.Catalogue.Normalisers.GetByOptions(options.Intensity.GetType()).Build(options.Intensity).Percentages;
        return [.. collectors.Select(c => c.Statistics(percentages))];
    }

    // As the intensities are when they are brought to scale: turned and cut, not yet resampled.
    private static LoadedCase Cut(LoadedCase loaded, PreparationOptions options)
    {
        var steps = options with { Spacing = null, Size = null };
        var image = loaded.Image;
        var record = PreparationRecord.Plan(image.Geometry, steps, () => image.Reoriented(OrientationOf(steps, image.Geometry)).NonzeroBox());
        image = image.Reoriented(OrientationOf(steps, image.Geometry));
        return loaded with
        {
            Image = record.Crops ? image.Part(record.Start, record.Cropped.Extent) : image,
            Labels = loaded.Labels is null ? null : record.Apply(loaded.Labels, options.LabelResampling),
        };
    }

    private static bool[] Counting(ReadOnlySpan<float> channel, LabelMap? labels, PreparationOptions options) =>
        options.Intensity is CtOptions && labels is not null ? Array.ConvertAll(labels.Labels, l => l != 0)
        : options.NonzeroOnly ? Nonzero(channel)
        : [];
}

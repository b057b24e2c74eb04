using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Data;

/// <summary>What was done to the grid of one image, step by step, so that a prediction returns to the input's own grid exactly.</summary>
/// <param name="Original">The grid of the file.</param>
/// <param name="Oriented">After the axes were turned; the original where they were not.</param>
/// <param name="Start">The voxel of <paramref name="Oriented"/> at which the part begins that was cut out; negative where it was padded.</param>
/// <param name="Cropped">The grid of that part.</param>
/// <param name="Prepared">The grid that the network sees.</param>
public sealed record PreparationRecord(Geometry Original, Geometry Oriented, (int X, int Y, int Z) Start, Geometry Cropped, Geometry Prepared)
{
    /// <summary>The record of an image whose grid stays as it is.</summary>
    public static PreparationRecord Unchanged(Geometry geometry) => new(geometry, geometry, (0, 0, 0), geometry, geometry);

    /// <summary>Whether something is cut away or padded.</summary>
    public bool Crops => Start != (0, 0, 0) || Cropped.Extent != Oriented.Extent;

    /// <summary>Whether the number of voxels changes by resampling.</summary>
    public bool Resamples => Cropped.Extent != Prepared.Extent;

    /// <summary>Works the steps out, from the grid alone and the box of the nonzero voxels.</summary>
    /// <param name="original">The grid of the file.</param>
    /// <param name="options">What shall be done.</param>
    /// <param name="nonzero">Finds the box of the nonzero voxels of the turned image; asked only where the options crop to it. Null where every voxel is zero.</param>
    public static PreparationRecord Plan(Geometry original, PreparationOptions options, Func<((int X, int Y, int Z) Start, Extent Extent)?> nonzero)
    {
        var oriented = options.Orientation is { } code ? original.Reoriented(Orientation.Parse(code)) : original;
        ((int X, int Y, int Z) start, Extent extent) = options.CropToNonzero && nonzero() is { } box ? box : ((0, 0, 0), oriented.Extent);
        if (options.Crop is { } wanted)
        {
            var size = wanted.Depth == 1 ? wanted with { Depth = extent.Depth } : wanted;
            start = (start.X + Margin(extent.Width, size.Width), start.Y + Margin(extent.Height, size.Height), start.Z + Margin(extent.Depth, size.Depth));
            extent = size;
        }

        var cropped = oriented.Part(start, extent);
        var target = options.Size is { } s ? (s.Depth == 1 && extent.Depth > 1 ? s with { Depth = extent.Depth } : s)
            : options.Spacing is { } spacing ? cropped.ExtentAt(Triple.Parse(spacing))
            : extent;
        foreach (var (key, size) in new[] { ("crop", extent), (options.Size is null ? "spacing" : "size", target) })
        {
            // What a file claims of itself its reader checks; here only what the steps would make larger.
            if ((double)size.Width * size.Height * size.Depth > original.Extent.Count && (double)size.Width * size.Height * size.Depth * sizeof(float) > Imaging.Formats.Limits.MaxBytes)
            {
                throw new UsageException(
                    $"preparation.{key} would make a volume of {size.Width}x{size.Height}x{size.Depth} voxels of {original.Extent}, more than {ByteSize.Format(Imaging.Formats.Limits.MaxBytes)}",
                    $"--set preparation.{key}=… with {(key == "spacing" ? "a larger spacing" : "smaller sides")}");
            }
        }

        return new PreparationRecord(original, oriented, start, cropped, target == extent ? cropped : cropped.Resized(target));
    }

    /// <summary>
    /// The grid that comes out when every step is undone, from <see cref="Prepared"/> alone: <see cref="Original"/> but for rounding, or
    /// the steps do not fit together. What is restored gets the numbers of <see cref="Original"/>; this is the proof that it may.
    /// </summary>
    public Geometry Undone()
    {
        var cropped = Resamples ? Prepared.Resized(Cropped.Extent) : Prepared;
        var whole = Crops ? cropped.Part((-Start.X, -Start.Y, -Start.Z), Oriented.Extent) : cropped;
        return whole.Reoriented(Original.Orientation);
    }

    /// <summary>The way there, for labels.</summary>
    /// <param name="labels">A map on the grid <see cref="Original"/>.</param>
    /// <param name="options">How labels are resampled.</param>
    public LabelMap Apply(LabelMap labels, ResampleOptions options)
    {
        var map = Oriented == Original ? labels : labels.Reoriented(Oriented.Orientation);
        map = Crops ? map.Part(Start, Cropped.Extent) : map;
        return Resamples ? Resample.Labels(map, Prepared.Extent, options) : map;
    }

    /// <summary>The grid of the file from labels on the cropped grid: what was cut away is background, what was padded is dropped, the axes turn back.</summary>
    /// <param name="cropped">Labels on the grid <see cref="Cropped"/>.</param>
    /// <param name="name">The name of the result.</param>
    public LabelMap FromCropped(LabelMap cropped, string name)
    {
        var whole = !Crops ? cropped : cropped.Part((-Start.X, -Start.Y, -Start.Z), Oriented.Extent);
        if (Oriented != Original)
        {
            whole = whole.Reoriented(Original.Orientation);
        }

        // The file's own numbers, not numbers that were turned and turned back.
        return new LabelMap(name, Original, whole.Labels);
    }

    /// <summary>The grid of the file from probabilities on the cropped grid: 0 where nothing was seen, 1 in a background channel.</summary>
    /// <param name="cropped">Probabilities on the grid <see cref="Cropped"/>, float32.</param>
    /// <param name="name">The name of the result.</param>
    /// <param name="background">Whether the first channel is the background's.</param>
    public Volume FromCropped(Volume cropped, string name, bool background)
    {
        var whole = cropped;
        if (Crops)
        {
            whole = cropped.Part((-Start.X, -Start.Y, -Start.Z), Oriented.Extent);
            if (background)
            {
                FillOutside(whole.Channel<float>(0));
            }
        }

        whole = Oriented == Original ? whole : whole.Reoriented(Original.Orientation);
        return new Volume(name, Original, whole.Channels, whole.VoxelType, whole.Bytes);
    }

    private void FillOutside(Span<float> channel)
    {
        var (e, c) = (Oriented.Extent, Cropped.Extent);
        for (var i = 0; i < channel.Length; i++)
        {
            var (x, y, z) = (i % e.Width, i / e.Width % e.Height, i / (e.Width * e.Height));
            if (x < Start.X || y < Start.Y || z < Start.Z || x >= Start.X + c.Width || y >= Start.Y + c.Height || z >= Start.Z + c.Depth)
            {
                channel[i] = 1;
            }
        }
    }

    /// <summary>Labels on the grid that the network sees, brought back to the grid of the file.</summary>
    /// <param name="prepared">Labels on the grid <see cref="Prepared"/>.</param>
    /// <param name="name">The name of the result.</param>
    /// <param name="order">Linear: a voxel takes the label that makes up half of it; nearest: the nearest voxel's.</param>
    public LabelMap Restore(LabelMap prepared, string name, Interpolation order = Interpolation.Linear) =>
        FromCropped(Resamples ? Resample.Labels(prepared, Cropped.Extent, order) : prepared, name);

    // Odd differences leave the larger margin at the far side.
    private static int Margin(int from, int to) => from >= to ? (from - to) / 2 : -((to - from) / 2);
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Data;

/// <summary>How cases are prepared. The same options prepare the input of a prediction, and the way back is taken from the same steps.</summary>
/// <remarks>The order is fixed: orientation, crop to nonzero, crop or pad to a size, intensities, then resampling to a spacing or a size.</remarks>
public sealed record PreparationOptions
{
    /// <summary>The axes that every volume is turned to, "RAS" for instance; null = as in the file. Exact: no voxel is interpolated.</summary>
    public string? Orientation { get; init; }

    /// <summary>Whether everything outside the box around the nonzero voxels is cut away: empty air around a skull-stripped brain.</summary>
    public bool CropToNonzero { get; init; }

    /// <summary>The size that every volume is cut or padded to about its centre, in voxels; WxH leaves the number of slices as it is. Null = no crop.</summary>
    public Extent? Crop { get; init; }

    /// <summary>The millimetres per voxel that every volume is resampled to; null = as in the file.</summary>
    public string? Spacing { get; init; }

    /// <summary>The number of voxels that every volume is resampled to, whatever its spacing; null = as in the file.</summary>
    public Extent? Size { get; init; }

    /// <summary>What lies between the voxels of an image that is resampled: a cubic spline as in nnU-Net, straight lines, or the nearest voxel.</summary>
    public Interpolation ImageOrder { get; init; } = Interpolation.Cubic;

    /// <summary>How labels are resampled: linear lets a voxel take the label that makes up half of it, as in nnU-Net; nearest takes the nearest voxel's.</summary>
    public Interpolation LabelOrder { get; init; } = Interpolation.Linear;

    /// <summary>Width and height that every picture or page is brought to: images by antialiased bilinear interpolation, labels by nearest; null = as they are.</summary>
    public Extent? Resize { get; init; }

    /// <summary>How intensities become the network's input: <see cref="Catalogue.Normalisers"/>.</summary>
    public NormaliserOptions Intensity { get; init; } = new UnitOptions();

    /// <summary>What the statistics of the intensities are taken from: each slice, the volume, or the training cases of the data set.</summary>
    public IntensityScope Scope { get; init; } = IntensityScope.Volume;

    /// <summary>Whether only voxels that are not zero count in the statistics: skull-stripped brains.</summary>
    public bool NonzeroOnly { get; init; }

    /// <summary>The statistics of the training cases, one per channel; measured when a training begins (scope data set), and applied to everything after.</summary>
    public IReadOnlyList<IntensityStatistics> Statistics { get; init; } = [];

    /// <summary>
    /// Further channels that say where a voxel lies in the whole image, −1 to 1 along each axis: "xy" or "xyz"; null = none. For what looks
    /// alike but lies elsewhere; a convolution in a patch cannot know it. Flips and turns move them with the voxels.
    /// </summary>
    public string? Coordinates { get; init; }

    /// <summary>
    /// How much coarser the network also sees what lies around every patch or window: the image's channels again, about the same centre,
    /// each voxel the mean of a box of that side (in volumes along all three axes), mirrored outside the image. 2 to 16; null = not at all.
    /// It gives a small patch a wide view at the price of twice the channels.
    /// </summary>
    public int? Context { get; init; }

    /// <summary>Channels that the preparation adds to those of the image; those of <see cref="Context"/> come with each window.</summary>
    internal int AddedChannels => Coordinates?.Length ?? 0;

    /// <summary>Channels that the network gets for an image with so many.</summary>
    internal int ChannelsFor(int image) => (Context is null ? image : 2 * image) + AddedChannels;

    /// <summary>Memory that prepared samples may hold; what does not fit goes to <see cref="CacheFolder"/>, or is read again when it is needed.</summary>
    public long CacheBytes { get; init; } = 2L << 30;

    /// <summary>A folder for prepared samples that do not fit into <see cref="CacheBytes"/>; several trainings may share it. Null = none.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>What <see cref="CacheFolder"/> may hold, in bytes; what was used longest ago goes first.</summary>
    public long CacheFolderBytes { get; init; } = 50L << 30;

    /// <summary>All that decides the numbers of a prepared sample, in words; where samples are kept does not.</summary>
    internal string Rules => $"{this with { CacheBytes = 0, CacheFolder = null, CacheFolderBytes = 0, Statistics = [] }}".Replace($"{nameof(Context)} = , ", "", StringComparison.Ordinal);

    /// <summary>How images are resampled; thick slices by nnU-Net's rule.</summary>
    internal ResampleOptions ImageResampling => new() { Order = ImageOrder };

    /// <summary>How labels, and the logits on their way back, are resampled.</summary>
    internal ResampleOptions LabelResampling => new() { Order = LabelOrder };

    /// <summary>Whether a step needs the whole volume, so that a page cannot be prepared on its own.</summary>
    internal bool NeedsVolume => Orientation is not null || CropToNonzero || Crop is not null || Spacing is not null || Size is not null;

    /// <summary>Whether intensities follow the statistics of the whole volume, so that a page alone would come out otherwise.</summary>
    internal bool MeasuresVolume => Scope == IntensityScope.Volume && Normaliser.UsesStatistics;

    private Normaliser Normaliser => Catalogue.Normalisers.GetByOptions(Intensity.GetType()).Build(Intensity);

    /// <summary>Every fault, with its key in a recipe.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Resize is { } r && (r.Width < 1 || r.Height < 1 || r.Depth != 1))
        {
            yield return Fault.At("preparation.resize", $"is {r}; it must be WxH with both sides 1 or more");
        }

        foreach (var (key, size) in new[] { ("crop", Crop), ("size", Size) })
        {
            if (size is { } s && (s.Width < 1 || s.Height < 1 || s.Depth < 1))
            {
                yield return Fault.At($"preparation.{key}", $"is {s}; every side must be 1 or more");
            }
        }

        if (Orientation is not null && Message(() => Imaging.Orientation.Parse(Orientation)) is { } orientation)
        {
            yield return Fault.At("preparation.orientation", orientation);
        }

        if (Spacing is not null)
        {
            if (Message(() => Triple.Parse(Spacing)) is { } spacing)
            {
                yield return Fault.At("preparation.spacing", spacing);
            }
            else if (Triple.Parse(Spacing) is not { X: > 0, Y: > 0, Z: > 0 })
            {
                yield return Fault.At("preparation.spacing", $"is {Spacing}; every spacing must be greater than 0");
            }
        }

        if (Spacing is not null && Size is not null)
        {
            yield return Fault.At("preparation.size", "and preparation.spacing both say how volumes are resampled; give one of them");
        }

        if (Resize is not null && NeedsVolume)
        {
            yield return Fault.At("preparation.resize", "is for pictures; volumes are resampled with preparation.size or preparation.spacing");
        }

        if (!Enum.IsDefined(ImageOrder))
        {
            yield return Fault.At("preparation.imageOrder", $"is {ImageOrder}; it must be one of {string.Join(", ", Enum.GetNames<Interpolation>())}");
        }

        if (LabelOrder is not (Interpolation.Nearest or Interpolation.Linear))
        {
            yield return Fault.At("preparation.labelOrder", $"is {LabelOrder}; it must be Nearest or Linear");
        }

        foreach (var fault in Intensity.Check())
        {
            yield return Fault.At($"preparation.intensity.{fault.Key}", fault.Text);
        }

        if (!Enum.IsDefined(Scope))
        {
            yield return Fault.At("preparation.scope", $"is {Scope}; it must be one of {string.Join(", ", Enum.GetNames<IntensityScope>())}");
        }
        else if (Scope == IntensityScope.DataSet && !Intensity.Check().Any() && !Normaliser.FollowsStatistics)
        {
            yield return Fault.At("preparation.scope", "is dataSet, but this normalisation follows each image's own histogram; choose slice or volume");
        }
        else if (Scope != IntensityScope.DataSet && Intensity is CtOptions)
        {
            yield return Fault.At("preparation.scope", $"is {Scope}, but ct takes its numbers from the labelled voxels of the training cases; --set preparation.scope=dataSet");
        }

        if (Coordinates is not (null or "xy" or "xyz"))
        {
            yield return Fault.At("preparation.coordinates", $"is {Coordinates}; it must be xy or xyz");
        }

        if (Context is < 2 or > 16)
        {
            yield return Fault.At("preparation.context", $"is {Context}; it must lie between 2 and 16");
        }

        if (CacheBytes < 0)
        {
            yield return Fault.At("preparation.cacheBytes", $"is {CacheBytes}; it must be 0 or more");
        }

        if (CacheFolderBytes < 0)
        {
            yield return Fault.At("preparation.cacheFolderBytes", $"is {CacheFolderBytes}; it must be 0 or more");
        }
    }

    private static string? Message(Func<object> parse)
    {
        try
        {
            _ = parse();
            return null;
        }
        catch (UsageException e)
        {
            return e.Message;
        }
    }
}

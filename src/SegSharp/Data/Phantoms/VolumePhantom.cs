using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>What is drawn.</summary>
public sealed record VolumePhantomOptions
{
    /// <summary>Volumes.</summary>
    public int Count { get; init; } = 4;

    /// <summary>Voxels per axis; null = as the real scans have. The body stays as large in millimetres, so fewer voxels are larger ones.</summary>
    public Extent? Size { get; init; }

    /// <summary>Root of all chance: the same seed draws the same volumes.</summary>
    public long Seed { get; init; }

    /// <summary>Every fault, with the option that has it.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Count < 1)
        {
            yield return Fault.At("count", $"is {Count}; it must be 1 or more");
        }

        if (Size is { } s && (s.Width is < 16 or > 1024 || s.Height is < 16 or > 1024 || s.Depth is < 8 or > 1024))
        {
            yield return Fault.At("size", $"is {s}; width and height must lie between 16 and 1024, the depth between 8 and 1024");
        }
    }
}

/// <summary>One drawn volume.</summary>
/// <param name="Image">All channels.</param>
/// <param name="Labels">On the same grid.</param>
public sealed record DrawnVolume(Volume Image, LabelMap Labels);

/// <summary>Made-up scans with labels, so that everything three-dimensional can be tried without data. Not a patient, and no measure of what a network does on one.</summary>
public abstract class VolumePhantom
{
    /// <summary>Every phantom that is a volume.</summary>
    public static IReadOnlyList<VolumePhantom> All { get; } = [new TumourHead(), new Abdomen(), new BallsAndBoxes()];

    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What it shows, in a few words.</summary>
    public abstract string About { get; }

    /// <summary>Names of the channels, in order.</summary>
    public abstract IReadOnlyList<string> Channels { get; }

    /// <summary>The labels.</summary>
    public abstract LabelList Labels { get; }

    /// <summary>Voxels per axis where none are asked for.</summary>
    public abstract Extent UsualSize { get; }

    /// <summary>Draws one volume; the same number gives the same volume whatever the count.</summary>
    /// <param name="o">Size and seed.</param>
    /// <param name="index">Its number.</param>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public DrawnVolume Draw(VolumePhantomOptions o, int index)
    {
        UsageException.ThrowIfAny(o.Check());
        return Draw(new RandomStream(o.Seed).Derive(Name).Derive(index), o.Size ?? UsualSize, CaseName(index));
    }

    /// <summary>The name of a case.</summary>
    public virtual string CaseName(int index) => $"{Name}_{index:D3}";

    /// <summary>Draws all volumes into a data set: NIfTI files in nnU-Net's layout.</summary>
    /// <param name="folder">The data set's folder.</param>
    /// <param name="o">Count, size and seed.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two volumes and leaves nothing behind.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="InputException">Something lies there already.</exception>
    public DataSet WriteDataSet(string folder, VolumePhantomOptions o, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(o.Check());
        using var writer = new DataSetWriter(folder, new DataSetDescription { ChannelNames = Channels, Labels = Labels, FileEnding = ".nii.gz" }, overwrite);
        for (var i = 0; i < o.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var drawn = Draw(o, i);
            writer.Add(CaseName(i), drawn.Image, drawn.Labels);
            on?.Invoke(new Progressed("draw", i + 1, o.Count, CaseName(i)));
        }

        writer.Complete(on);
        return DataSet.Open(folder);
    }

    /// <summary>Draws one volume.</summary>
    /// <param name="random">All its chance.</param>
    /// <param name="size">Voxels per axis.</param>
    /// <param name="name">Its name.</param>
    protected abstract DrawnVolume Draw(RandomStream random, Extent size, string name);

    /// <summary>Calls <paramref name="page"/> for every page, on all cores; a page draws its chance from a stream of its own, so the order does not matter.</summary>
    private protected static void Pages(Extent size, Action<int> page) =>
        Parallel.For(0, size.Depth, new ParallelOptions { MaxDegreeOfParallelism = Machine.Cores }, page);

    /// <summary>Every voxel becomes the mean of itself (weight 2) and its neighbours (1) along each axis: the partial volume of a real scan.</summary>
    private protected static void Soften(float[] values, Extent size)
    {
        var (w, h, plane) = (size.Width, size.Height, size.Width * size.Height);
        Pages(size, z =>
        {
            for (var y = 0; y < h; y++)
            {
                Line(values, (z * plane) + (y * w), 1, w);
            }

            for (var x = 0; x < w; x++)
            {
                Line(values, (z * plane) + x, w, h);
            }
        });
        Pages(size with { Depth = h }, y =>
        {
            for (var x = 0; x < w; x++)
            {
                Line(values, (y * w) + x, plane, size.Depth);
            }
        });
    }

    private static void Line(float[] values, int start, int step, int count)
    {
        var before = values[start];
        for (var i = 0; i < count; i++)
        {
            var at = start + (i * step);
            var here = values[at];
            var after = i + 1 < count ? values[at + step] : here;
            values[at] = (0.25f * (before + after)) + (0.5f * here);
            before = here;
        }
    }
}

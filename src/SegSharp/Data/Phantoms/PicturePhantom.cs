using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>What is drawn.</summary>
public sealed record PicturePhantomOptions
{
    /// <summary>Pictures.</summary>
    public int Count { get; init; } = 30;

    /// <summary>Columns and rows; null = the phantom's usual size.</summary>
    public Extent? Size { get; init; }

    /// <summary>Root of all chance: the same seed draws the same pictures.</summary>
    public long Seed { get; init; }

    /// <summary>Whether objects are a fifth as large and more of them: for trials with small objects.</summary>
    public bool Small { get; init; }

    /// <summary>Every fault, with the option that has it.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Count < 1)
        {
            yield return Fault.At("count", $"is {Count}; it must be 1 or more");
        }

        if (Size is { } s && (s.Width is < 32 or > 8192 || s.Height is < 32 or > 8192 || s.Depth != 1))
        {
            yield return Fault.At("size", $"is {s}; it must be WxH, each side between 32 and 8192");
        }
    }
}

/// <summary>One drawn picture.</summary>
/// <param name="Image">Grey or RGB, 8 bits.</param>
/// <param name="Labels">The class of every pixel.</param>
/// <param name="Instances">The number of the object at every pixel from 1 on; 0 where there is none.</param>
public sealed record DrawnPicture(Volume Image, LabelMap Labels, LabelMap Instances);

/// <summary>Made-up pictures with classes and single objects, so that everything can be tried without data.</summary>
public abstract class PicturePhantom
{
    /// <summary>Every phantom of pictures with objects.</summary>
    public static IReadOnlyList<PicturePhantom> All { get; } = [new Cells(), new ColouredShapes(), new Lesions()];

    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What it shows, in a few words.</summary>
    public abstract string About { get; }

    /// <summary>Names of the channels, in order.</summary>
    public abstract IReadOnlyList<string> Channels { get; }

    /// <summary>The labels.</summary>
    public abstract LabelList Labels { get; }

    /// <summary>Columns and rows where none are asked for.</summary>
    public abstract Extent UsualSize { get; }

    /// <summary>Draws one picture; the same number gives the same picture whatever the count.</summary>
    /// <param name="o">Size and seed.</param>
    /// <param name="index">Its number.</param>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public DrawnPicture Draw(PicturePhantomOptions o, int index)
    {
        UsageException.ThrowIfAny(o.Check());
        return Draw(new RandomStream(o.Seed).Derive(Name).Derive(index), o, CaseName(index));
    }

    /// <summary>The name of a case.</summary>
    public string CaseName(int index) => $"{Name}_{index:D3}";

    /// <summary>Draws all pictures into a data set in nnU-Net's layout, and their objects beside it in <c>instancesTr</c>.</summary>
    /// <param name="folder">The data set's folder.</param>
    /// <param name="o">Count, size and seed.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two pictures and leaves nothing behind.</param>
    /// <returns>The data set.</returns>
    /// <exception cref="InputException">Something lies there already.</exception>
    public DataSet WriteDataSet(string folder, PicturePhantomOptions o, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(o.Check());
        using var writer = new DataSetWriter(folder, new DataSetDescription { ChannelNames = Channels, Labels = Labels, FileEnding = ".png" }, overwrite);
        foreach (var (name, drawn) in Series(o, on, cancel))
        {
            writer.Add(name, drawn.Image, drawn.Labels, drawn.Instances);
        }

        writer.Complete(on);
        return DataSet.Open(folder);
    }

    /// <summary>Draws all pictures as published sets of nuclei have them: <c>images/CASE.png</c>, and <c>masks/CASE.png</c> with the number of the object at every pixel, 16 bits; to be imported.</summary>
    /// <param name="folder">Where the two folders go.</param>
    /// <param name="o">Count, size and seed.</param>
    /// <param name="overwrite">Replace pictures that lie there.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two pictures.</param>
    /// <exception cref="InputException">The folders are there already.</exception>
    public void WriteInstances(string folder, PicturePhantomOptions o, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(o.Check());
        var (images, masks) = (Path.Combine(folder, "images"), Path.Combine(folder, "masks"));
        RequireFree(overwrite, images, masks);
        foreach (var (name, drawn) in Series(o, on, cancel))
        {
            drawn.Image.Write(Path.Combine(images, name + ".png"));
            Deep(drawn.Instances).Write(Path.Combine(masks, name + ".png"));
        }
    }

    /// <summary>Instances as 16 bits, however few there are.</summary>
    internal static Volume Deep(LabelMap instances) => instances.ToVolume().Convert(VoxelType.UInt16);

    /// <summary>Refuses folders that hold something.</summary>
    internal static void RequireFree(bool overwrite, params IEnumerable<string> places)
    {
        if (!overwrite && places.FirstOrDefault(p => File.Exists(p) || (Directory.Exists(p) && Directory.EnumerateFileSystemEntries(p).Any())) is { } taken)
        {
            throw new InputException($"'{taken}' exists already", "add --overwrite to replace it, or choose another folder");
        }
    }

    /// <summary>Draws one picture.</summary>
    /// <param name="random">All its chance.</param>
    /// <param name="o">Size and kind of objects.</param>
    /// <param name="name">Its name.</param>
    protected abstract DrawnPicture Draw(RandomStream random, PicturePhantomOptions o, string name);

    private IEnumerable<(string Name, DrawnPicture Drawn)> Series(PicturePhantomOptions o, Action<RunEvent>? on, CancellationToken cancel)
    {
        for (var i = 0; i < o.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            yield return (CaseName(i), Draw(o, i));
            on?.Invoke(new Progressed("draw", i + 1, o.Count, CaseName(i)));
        }
    }
}

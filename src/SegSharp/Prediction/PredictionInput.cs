using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats.Dicom;

namespace SegSharp.Prediction;

/// <summary>One thing to segment: the files that make up one image, and the name its mask gets.</summary>
/// <param name="Name">The case's name, without ending and channel suffix.</param>
/// <param name="Files">One file, or one per channel; the folder of a DICOM series.</param>
public sealed record PredictionInput(string Name, IReadOnlyList<string> Files)
{
    /// <summary>The DICOM series that it is; null for other files.</summary>
    public DicomSeries? Series { get; init; }

    /// <summary>
    /// Finds what lies at a path: a file; a folder of images; the training images of a data set; a DICOM series (<c>FOLDER#2</c>: the
    /// second of several); a folder of folders with one series each.
    /// </summary>
    /// <remarks>
    /// A folder may hold nnU-Net's channel files <c>NAME_0000</c>, <c>NAME_0001</c> …: exactly as many as there are channels, or
    /// <c>NAME_0000</c> alone with all channels in it. With one channel, frames numbered <c>_0000</c>, <c>_0001</c> … keep their names.
    /// </remarks>
    /// <param name="path">File or folder.</param>
    /// <param name="channels">Channels of one image, as the network takes them.</param>
    /// <exception cref="InputException">Nothing there, no image in the folder, or a channel's file is missing or too many.</exception>
    public static IReadOnlyList<PredictionInput> Find(string path, int channels)
    {
        if (File.Exists(path))
        {
            return [new(IsFirst(path) ? Base(path)! : Stem(path), [path]) { Series = IsDicom(path) ? DicomSeries.OfFile(path) : null }];
        }

        if (!Directory.Exists(path))
        {
            return DicomFolder.Named(path) is { } chosen
                ? [new($"{FolderName(path[..path.LastIndexOf('#')])}_{chosen.Number}", [path]) { Series = chosen }]
                : throw new InputException($"input '{path}' is not there", "give an image, a stack, a folder of images, a DICOM series or a data set");
        }

        if (File.Exists(Path.Combine(path, DataSetDescription.FileName)))
        {
            return [.. DataSet.Open(path).Cases.Select(c => new PredictionInput(c.Id, c.Channels))];
        }

        var files = Directory.EnumerateFiles(path).Where(Imaging.Formats.Catalogue.HasImageEnding).Order(StringComparer.Ordinal).ToList();
        if (files.TrueForAll(IsDicom) && InScannerFolder(path) is { Count: > 0 } series)
        {
            return series;
        }

        if (files.Count == 0)
        {
            throw new InputException($"folder '{path}' holds no image", $"files that can be read end in {string.Join(", ", Imaging.Formats.Catalogue.Endings)}");
        }

        var inputs = files.GroupBy(f => Base(f) ?? Stem(f), StringComparer.Ordinal).SelectMany(g => Group(g.Key, [.. g], channels)).ToList();
        return inputs.GroupBy(i => i.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twins
            ? throw new InputException($"{string.Join(" and ", twins.Select(t => $"'{t.Files[0]}'"))} would get the same mask '{twins.Key}'", "rename one of them")
            : inputs;
    }

    /// <summary>The image, its channels joined.</summary>
    /// <param name="on">Hears the progress of a series.</param>
    /// <param name="cancel">Stops between two files of a series.</param>
    /// <exception cref="InputException">A file cannot be read, or the channels differ in size.</exception>
    public Volume Read(Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        if (Series is { } series)
        {
            return Named(series.Read(on: on, cancel: cancel));
        }

        var volumes = Files.Select(Volume.Read).ToList();
        if (volumes.Count == 1)
        {
            return volumes[0].Named(Name);
        }

        foreach (var (other, file) in volumes.Zip(Files).Skip(1))
        {
            if (other.Extent != volumes[0].Extent)
            {
                throw new InputException($"channel '{file}' is {other.Extent} but channel '{Files[0]}' is {volumes[0].Extent}");
            }

            LoadedCase.RequireSameGrid(Files[0], volumes[0].Geometry, file, other.Geometry, "channel");
        }

        var type = volumes.TrueForAll(v => v.VoxelType == volumes[0].VoxelType) ? volumes[0].VoxelType : VoxelType.Float32;
        return new Volume(Name, volumes[0].Geometry, volumes.Sum(v => v.Channels), type, [.. volumes.SelectMany(v => v.Convert(type).Bytes)], Files[0]);
    }

    /// <summary>What its header says, before any pixel is read: one entry per file, or one for a series.</summary>
    /// <exception cref="InputException">A file cannot be read.</exception>
    public IReadOnlyList<(Extent Extent, Triple? Spacing, int Channels, VoxelType Type)> Headers() => Series is { } series
        ? [(series.Geometry.Extent, series.Geometry.Spacing, series.Channels, series.VoxelType)]
        : [.. Files.Select(ImageInfo.ReadHeader).Select(h => (h.Extent, h.Spacing, h.Channels, h.VoxelType))];

    /// <summary>The ending of its mask: <c>.nii.gz</c> for DICOM; else the image's own where that format holds labels without loss, else <c>.png</c>.</summary>
    public string MaskEnding() => Series is null ? MaskEndingFor(Files[0]) : ".nii.gz";

    /// <summary>The ending of a mask beside a file: the file's own where that format holds labels without loss, else <c>.png</c>.</summary>
    public static string MaskEndingFor(string file) => Imaging.Formats.Catalogue.OfEnding(file)?.MaskEnding ?? ".png";

    // The series of a folder; where it has none of its own, those of the folders in it. Empty where there is no DICOM.
    private static List<PredictionInput> InScannerFolder(string path)
    {
        if (Directory.EnumerateFiles(path).Any(IsDicom))
        {
            var found = DicomFolder.Read(path);
            var scans = found.Series.Where(s => !s.IsSegmentation).ToList();

            // Pictures of one file each stand for themselves; of stacks one must be meant.
            return scans.Count > 1 && scans.TrueForAll(s => s.Files.Count == 1 && s.Geometry.Extent.Depth == 1) && scans.DistinctBy(s => s.Files[0]).Count() == scans.Count
                ? [.. scans.Select(s => new PredictionInput(Stem(s.Files[0]), [s.Files[0]]) { Series = s })]
                : [new(FolderName(path), [path]) { Series = found.Only() }];
        }

        return
        [
            .. Directory.EnumerateDirectories(path).Order(NaturalOrder.Instance)
                .Select(folder => (folder, Series: DicomFolder.Named(folder)))
                .Where(f => f.Series is not null)
                .Select(f => new PredictionInput(FolderName(f.folder), [f.folder]) { Series = f.Series }),
        ];
    }

    private static string FolderName(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    private static bool IsDicom(string file)
    {
        using var source = Imaging.Formats.ByteSource.Open(file);
        return Imaging.Formats.Catalogue.TryRecognise(source) is DicomFormat;
    }

    private Volume Named(Volume volume) => new(Name, volume.Geometry, volume.Channels, volume.VoxelType, volume.Bytes, Files[0]);

    // The files of one name: channels of one image, or images of their own.
    private static IEnumerable<PredictionInput> Group(string name, List<string> files, int channels)
    {
        var parts = files.FindAll(f => Base(f) is not null);
        var alone = files.Except(parts).Select(f => new PredictionInput(Stem(f), [f]));
        if (parts.Count == 0)
        {
            return alone;
        }

        if (channels > 1 && !CanBeRead(parts[0]))
        {
            return alone.Append(new PredictionInput(name, parts));       // reading it says what is wrong with it, and the others go on
        }

        if (channels == 1 || ImageInfo.ReadHeader(parts[0]).Channels == channels)
        {
            // Each file is whole; a single NAME_0000 is the case NAME, several are numbered frames.
            return alone.Concat(parts.Select(f => new PredictionInput(parts.Count == 1 && IsFirst(f) ? name : Stem(f), [f])));
        }

        for (var c = 0; c < channels; c++)
        {
            if (!parts.Exists(f => Stem(f) == $"{name}_{c:D4}"))
            {
                var missing = Path.Combine(Path.GetDirectoryName(parts[0]) ?? "", $"{name}_{c:D4}{Imaging.Formats.Catalogue.EndingOf(parts[0])}");
                throw new InputException($"image '{name}' has no file for channel {c} of {channels}: '{missing}' is missing", "put it beside the others");
            }
        }

        return parts.Count == channels
            ? alone.Append(new PredictionInput(name, parts))
            : throw new InputException($"image '{name}' has {parts.Count} channel files, but the network takes {channels}: '{parts[channels]}' is too many", "keep one file per channel");
    }

    private static bool CanBeRead(string file)
    {
        try
        {
            _ = ImageInfo.ReadHeader(file);
            return true;
        }
        catch (InputException)
        {
            return false;
        }
    }

    // The name before nnU-Net's channel suffix _0000, _0001 …; null without one.
    private static string? Base(string file)
    {
        var stem = Stem(file);
        return stem.Length > 5 && stem[^5] == '_' && stem[^4..].All(char.IsAsciiDigit) ? stem[..^5] : null;
    }

    private static bool IsFirst(string file) => Base(file) is not null && Stem(file).EndsWith("_0000", StringComparison.Ordinal);

    private static string Stem(string file) => Imaging.Formats.Catalogue.NameOf(file);
}

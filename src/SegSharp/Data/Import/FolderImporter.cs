using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;

namespace SegSharp.Data.Import;

/// <summary>How a folder of pictures and masks is understood.</summary>
public sealed record FolderImportOptions
{
    /// <summary>Folder of the images; null = the first of images, imagesTr, image, img, training, input … below the source.</summary>
    public string? Images { get; init; }

    /// <summary>Folder of the masks; null = the first of masks, labels, labelsTr, 1st_manual, mask … below the source.</summary>
    public string? Masks { get; init; }

    /// <summary>Names of the labels; null = "foreground" for masks of two values, else "label 1", "label 2" ….</summary>
    public LabelList? Labels { get; init; }

    /// <summary>Every mask value from this on is foreground; null = masks have exact values. JPEG masks need it, since their edges are blurred.</summary>
    public int? MaskThreshold { get; init; }

    /// <summary>Every mask value above 0 is foreground: for masks that number their objects.</summary>
    public bool Binary { get; init; }
}

/// <summary>Imports a folder of images and a folder of masks, matched by name.</summary>
/// <remarks>
/// Masks of 0 and 255, palettes, grey saved as colour and grey levels such as 0, 128, 255 are recognised and converted to labels
/// 0, 1, 2 …; what was done is said as a remark.
/// </remarks>
public static class FolderImporter
{
    private static readonly string[] ImageFolders = ["images", "imagesTr", "image", "imgs", "img", "training/images", "train/images", "input", "inputs", "raw"];
    private static readonly string[] MaskFolders =
        ["masks", "labels", "labelsTr", "1st_manual", "training/1st_manual", "train/masks", "train/labels", "mask", "label", "manual", "annotations", "gt", "groundtruth", "target", "targets", "segmentations"];

    private static readonly string[] Suffixes =
        ["_mask", "_masks", "_label", "_labels", "_seg", "_segmentation", "_manual1", "_manual2", "_manual", "_gt", "_groundtruth", "_lab", "_training", "_test", "_image", "_img", "_0000", "_t2w", "-mask", "-label", "-seg", ".mask", ".label"];

    /// <summary>Imports the folders.</summary>
    /// <param name="source">Folder that holds both, or the folder of the images where the options name the masks.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="options">How masks are understood.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two cases and leaves nothing behind.</param>
    /// <returns>The imported data set.</returns>
    /// <exception cref="InputException">No pair, an image without a mask, sizes that differ, masks whose values cannot be understood.</exception>
    public static DataSet Import(
        string source, string target, FolderImportOptions options, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var pairs = Find(source, options.Images, options.Masks, on);
        var values = MaskValues.Of(pairs.Select(p => p.Mask), options, cancel);
        var labels = values.Labels(options);
        on?.Invoke(new Noted(values.Explain(labels)));

        var channels = ChannelsOf(pairs[0].Image);
        var description = new DataSetDescription
        {
            ChannelNames = channels switch { 1 => ["grey"], 3 => ["R", "G", "B"], _ => [.. Enumerable.Range(0, channels).Select(c => $"channel {c}")] },
            Labels = labels,
            FileEnding = ".png",
        };
        using var writer = new DataSetWriter(target, description, overwrite);
        for (var i = 0; i < pairs.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            Add(writer, pairs[i], channels, values);
            on?.Invoke(new Progressed("import", i + 1, pairs.Count, pairs[i].Id));
        }

        writer.Complete(on);
        return DataSet.Open(target);
    }

    /// <summary>Images and their masks, matched by name, in the order of the names.</summary>
    internal static IReadOnlyList<MaskPair> Find(string source, string? images, string? masks, Action<RunEvent>? on) =>
        Pairs(Folder(source, images, ImageFolders, "images", "--images"), Folder(source, masks, MaskFolders, "masks", "--masks"), on);

    private static void Add(DataSetWriter writer, MaskPair pair, int channels, MaskValues values)
    {
        var image = Volume.Read(pair.Image);
        var mask = values.Convert(pair.Mask);
        if (image.Extent != mask.Extent)
        {
            throw new InputException($"mask '{pair.Mask}' is {mask.Extent} but its image '{pair.Image}' is {image.Extent}", $"segsharp info {pair.Image} {pair.Mask}");
        }

        if (image.Extent.Depth > 1)
        {
            for (var z = 0; z < image.Extent.Depth; z++)
            {
                writer.Add($"{pair.Id}_{z:D3}", WithChannels(image.Page(z), channels, pair.Image), mask.Page(z));
            }

            return;
        }

        writer.Add(pair.Id, WithChannels(image, channels, pair.Image), mask);
    }

    // Alpha is dropped; grey among colours becomes colour. Nothing else is guessed.
    private static Volume WithChannels(Volume image, int channels, string path)
    {
        var plane = image.Bytes.Length / image.Channels;
        var seen = image.Channels is 2 or 4 ? image.Channels - 1 : image.Channels;
        if (channels == 1 && seen == 3 && PictureChannels.IsGrey(image))
        {
            seen = 1;
        }

        if (seen == 1 && channels == 3)
        {
            var grey = image.Bytes.AsSpan(0, plane);
            return new Volume(image.Name, image.Geometry, 3, image.VoxelType, [.. grey, .. grey, .. grey], path);
        }

        return seen == channels
            ? new Volume(image.Name, image.Geometry, channels, image.VoxelType, image.Bytes[..(plane * channels)], path)
            : throw new InputException($"image '{path}' has {seen} channel(s) but the first image has {channels}", "bring all images to the same channels");
    }

    private static int ChannelsOf(string path)
    {
        var image = Volume.Read(path);
        var seen = image.Channels is 2 or 4 ? image.Channels - 1 : image.Channels;
        return seen == 3 && PictureChannels.IsGrey(image) ? 1 : seen;
    }

    private static string Folder(string source, string? given, string[] usual, string kind, string option)
    {
        if (given is not null)
        {
            var below = Path.Combine(source, given);
            return Directory.Exists(below) ? below
                : Directory.Exists(given) ? given
                : throw new InputException($"{option} names '{given}', which is no folder, neither by itself nor below '{source}'", null);
        }

        if (!Directory.Exists(source))
        {
            throw new InputException($"'{source}' does not exist; expected a folder with images and masks", null);
        }

        var folders = Directory.EnumerateDirectories(source).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal).ToList();
        return usual.Select(u => Path.Combine(source, u)).FirstOrDefault(Directory.Exists)
            ?? throw new InputException(
                $"'{source}' has no folder of {kind} ({string.Join(", ", usual.Take(4))} …); it has {(folders.Count == 0 ? "no folder" : string.Join(", ", folders.Take(8)))}",
                $"name it: {option} FOLDER");
    }

    private static List<MaskPair> Pairs(string images, string masks, Action<RunEvent>? on)
    {
        var imageFiles = Files(images, "images");
        var maskFiles = Files(masks, "masks");
        var byName = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var mask in maskFiles)
        {
            var stem = Stem(mask);
            if (!byName.TryAdd(stem, mask))
            {
                throw new InputException($"masks '{byName[stem]}' and '{mask}' both belong to '{stem}'", "keep one of them in the folder");
            }
        }

        var pairs = new List<MaskPair>();
        var lonely = new List<string>();
        foreach (var image in imageFiles)
        {
            if (byName.Remove(Stem(image), out var mask))
            {
                pairs.Add(new MaskPair(Stem(image), image, mask));
            }
            else
            {
                lonely.Add(Path.GetFileName(image));
            }
        }

        if (lonely.Count > 0)
        {
            throw new InputException(
                $"{lonely.Count} of {imageFiles.Count} image(s) in '{images}' have no mask in '{masks}': {string.Join(", ", lonely.Take(6))}{(lonely.Count > 6 ? ", …" : "")}",
                pairs.Count == 0 ? $"masks are matched by name; found {string.Join(", ", maskFiles.Take(3).Select(f => Path.GetFileName(f)))}" : "remove the images, or add their masks");
        }

        if (byName.Count > 0)
        {
            on?.Invoke(new Warned($"{byName.Count} mask(s) without an image were left out: {string.Join(", ", byName.Values.Take(6).Select(f => Path.GetFileName(f)))}"));
        }

        return [.. pairs.OrderBy(p => p.Id, StringComparer.Ordinal)];
    }

    private static List<string> Files(string folder, string kind)
    {
        var files = Directory.EnumerateFiles(folder)
            .Where(f => Catalogue.HasImageEnding(f) && !Path.GetFileName(f).StartsWith('.'))
            .Order(StringComparer.Ordinal).ToList();
        return files.Count > 0
            ? files
            : throw new InputException($"folder of {kind} '{folder}' has 0 images: no file that ends with {string.Join(", ", Catalogue.Endings)}", null);
    }

    // "21_training.tif" and "21_manual1.gif" are both "21".
    private static string Stem(string path)
    {
        var stem = LabelSource.NameOf(path);
        var suffix = Suffixes.FirstOrDefault(s => stem.Length > s.Length && stem.EndsWith(s, StringComparison.OrdinalIgnoreCase));
        return suffix is null ? stem : stem[..^suffix.Length];
    }
}

/// <summary>A picture and its mask.</summary>
/// <param name="Id">The name that both share.</param>
/// <param name="Image">File of the picture.</param>
/// <param name="Mask">File of the mask.</param>
internal sealed record MaskPair(string Id, string Image, string Mask);

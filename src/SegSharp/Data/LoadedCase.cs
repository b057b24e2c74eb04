using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;

namespace SegSharp.Data;

/// <summary>A case in memory: its channels and labels are proven to lie on one grid.</summary>
/// <param name="Case">Where it came from.</param>
/// <param name="Image">All channels, [C, D, H, W]; in the files' own type.</param>
/// <param name="Labels">The label map; null for a test case.</param>
public sealed record LoadedCase(Case Case, Volume Image, LabelMap? Labels)
{
    /// <summary>Voxels per axis.</summary>
    public Extent Extent => Image.Extent;

    /// <summary>The number of the object at every voxel; null where objects are not told apart, or not asked for.</summary>
    public LabelMap? Objects { get; init; }

    /// <summary>What a voxel counts in the loss, by its objects and classes on the network's grid; null where all count the same.</summary>
    public Func<LabelMap, ushort[], float[]>? Weigh { get; init; }

    /// <summary>Reads a case and proves that its parts fit together and that its labels are in the list.</summary>
    /// <param name="case">Its files.</param>
    /// <param name="description">Channels and labels to expect.</param>
    /// <exception cref="InputException">Unreadable; channels, sizes or labels that do not fit.</exception>
    public static LoadedCase Read(Case @case, DataSetDescription description)
    {
        var image = Join(@case, description, [.. @case.Channels.Select(Volume.Read)]);
        if (@case.Label is null)
        {
            return new LoadedCase(@case, image, null);
        }

        var labels = LabelMap.Read(@case.Label);
        if (labels.Extent != image.Extent)
        {
            throw new InputException(
                $"label map '{@case.Label}' is {labels.Extent} but its image '{@case.Channels[0]}' is {image.Extent}",
                $"segsharp info {CommandText.Word(@case.Channels[0])} {CommandText.Word(@case.Label)}");
        }

        RequireSameGrid(@case.Channels[0], image.Geometry, @case.Label, labels.Geometry, "label map");
        CheckLabels(@case.Label, labels, description.Labels);
        return new LoadedCase(@case, image, labels);
    }

    /// <summary>Reads the numbers of a case's objects and proves that they lie on its image.</summary>
    /// <exception cref="InputException">Unreadable, or of another size.</exception>
    internal static LabelMap ReadObjects(string path, LoadedCase loaded)
    {
        var objects = LabelMap.Read(path);
        return objects.Extent == loaded.Extent
            ? objects
            : throw new InputException(
                $"map of objects '{path}' is {objects.Extent} but its image '{loaded.Case.Channels[0]}' is {loaded.Extent}",
                $"segsharp info {CommandText.Word(loaded.Case.Channels[0])} {CommandText.Word(path)}");
    }

    /// <summary>Makes sure that two files of equal size lie on one grid in the world, rounding aside. Pictures know no world: for them the size is all.</summary>
    /// <param name="imagePath">The image's file.</param>
    /// <param name="image">Its grid.</param>
    /// <param name="otherPath">The other file.</param>
    /// <param name="other">Its grid.</param>
    /// <param name="what">What the other file is, for the message: "label map".</param>
    /// <exception cref="InputException">They lie elsewhere; the message names the fault and how far they are apart.</exception>
    public static void RequireSameGrid(string imagePath, Geometry image, string otherPath, Geometry other, string what)
    {
        if (KnowsWorld(imagePath, otherPath) && GridFinding.Of(image, other) is { IsGood: false } finding)
        {
            throw new InputException(
                $"{what} '{otherPath}' does not lie on its image '{imagePath}': {finding.Text}",
                CommandText.OfMend(imagePath, otherPath, isChannel: what == "channel"));
        }
    }

    /// <summary>Whether the formats of both files say where their voxels lie.</summary>
    public static bool KnowsWorld(string one, string other)
    {
        return Knows(one) && Knows(other);

        // A folder is a DICOM series.
        static bool Knows(string path) => Catalogue.OfEnding(path) is { KnowsWorld: true } || Directory.Exists(path);
    }

    /// <summary>Makes sure that a label map holds only labels of the list.</summary>
    /// <exception cref="InputException">It holds another one; the message names it, its voxels and the list.</exception>
    public static void CheckLabels(string path, LabelMap map, LabelList list)
    {
        var strangers = map.Histogram().Where(l => !list.Contains((ushort)l.Label)).ToList();
        if (strangers.Count > 0)
        {
            var shown = string.Join(", ", strangers.Take(5).Select(s => $"{s.Label} ({s.Voxels} pixels)")) + (strangers.Count > 5 ? $" and {strangers.Count - 5} more" : "");
            throw new InputException(
                $"label map '{path}' holds label {shown}, outside the list: {list.Describe()}",
                strangers is [{ Label: 255 }]
                    ? "a mask of 0 and 255 is converted by segsharp data import folder"
                    : $"add it to \"labels\" in {DataSetDescription.FileName}, or mend the label map");
        }
    }

    private static Volume Join(Case @case, DataSetDescription description, Volume[] files)
    {
        var first = files[0];
        for (var i = 1; i < files.Length; i++)
        {
            if (files[i].Extent != first.Extent)
            {
                throw new InputException(
                    $"channel '{@case.Channels[i]}' is {files[i].Extent} but channel '{@case.Channels[0]}' is {first.Extent}",
                    $"segsharp info {CommandText.Word(@case.Channels[0])} {CommandText.Word(@case.Channels[i])}");
            }
        }

        for (var i = 1; i < files.Length; i++)
        {
            RequireSameGrid(@case.Channels[0], first.Geometry, @case.Channels[i], files[i].Geometry, "channel");
        }

        var expected = description.ChannelNames.Count;
        var found = files.Sum(f => f.Channels);
        if (files.Length == 1 && found == expected)
        {
            return first;
        }

        // Alpha says nothing about tissue: it is left out where the list does not count it.
        if (files.Length == 1 && !KnowsWorld(@case.Channels[0], @case.Channels[0]) && first.Channels is 2 or 4 && first.Channels - 1 == expected)
        {
            return Slice(first, expected);
        }

        if (found != expected)
        {
            throw new InputException(
                $"case '{@case.Id}' has {found} channel(s) in {files.Length} file(s) ('{@case.Channels[0]}' …), but {DataSetDescription.FileName} names {expected}: {string.Join(", ", description.ChannelNames)}",
                expected == 1 && files.Length == 1 && first.Extent.Depth > 1 ? CommandText.OfChannel(@case.Channels[0])
                : found == 3 ? "name the channels \"0\": \"R\", \"1\": \"G\", \"2\": \"B\" in channel_names" : "mend channel_names, or restore the files");
        }

        // Channels of different types meet as float, which holds 8 and 16 bits exactly.
        var type = files.All(f => f.VoxelType == first.VoxelType) ? first.VoxelType : VoxelType.Float32;
        return new Volume(first.Name, first.Geometry, expected, type, [.. files.SelectMany(f => f.Convert(type).Bytes)], first.Path);
    }

    private static Volume Slice(Volume volume, int channels) =>
        new(volume.Name, volume.Geometry, channels, volume.VoxelType, volume.Bytes[..(volume.Bytes.Length / volume.Channels * channels)], volume.Path);
}

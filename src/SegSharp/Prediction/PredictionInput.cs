using SegSharp.Data;
using SegSharp.Imaging;

namespace SegSharp.Prediction;

/// <summary>One thing to segment: the files that make up one image, and the name its mask gets.</summary>
/// <param name="Name">The case's name, without ending and channel suffix.</param>
/// <param name="Files">One file, or one per channel.</param>
public sealed record PredictionInput(string Name, IReadOnlyList<string> Files)
{
    /// <summary>Finds what lies at a path: a file; a folder of images; the training images of a data set.</summary>
    /// <exception cref="InputException">Nothing there, or no image in the folder.</exception>
    public static IReadOnlyList<PredictionInput> Find(string path)
    {
        if (File.Exists(path))
        {
            return [new(CaseName(path), [path])];
        }

        if (!Directory.Exists(path))
        {
            throw new InputException($"input '{path}' is not there", "give an image, a stack, a folder of images or a data set");
        }

        if (File.Exists(Path.Combine(path, DataSetDescription.FileName)))
        {
            return [.. DataSet.Open(path).Cases.Select(c => new PredictionInput(c.Id, c.Channels))];
        }

        var files = Directory.EnumerateFiles(path).Where(Imaging.Formats.Catalogue.HasImageEnding).Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
        {
            throw new InputException($"folder '{path}' holds no image", $"files that can be read end in {string.Join(", ", Imaging.Formats.Catalogue.Endings)}");
        }

        // nnU-Net's channel suffix _0000, _0001 … joins files to one case; a suffix that only some files have is part of the name.
        var channelled = files.TrueForAll(f => ChannelSuffix(f) is not null);
        if (channelled)
        {
            return [.. files.GroupBy(f => CaseName(f), StringComparer.Ordinal).Select(g => new PredictionInput(g.Key, [.. g]))];
        }

        return files.GroupBy(Stem, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twins
            ? throw new InputException($"{string.Join(" and ", twins.Select(t => $"'{t}'"))} would get the same mask '{twins.Key}'", "rename one of them")
            : [.. files.Select(f => new PredictionInput(Stem(f), [f]))];
    }

    /// <summary>The image, its channels joined.</summary>
    /// <exception cref="InputException">A file cannot be read, or the channels differ in size.</exception>
    public Volume Read()
    {
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
        }

        var type = volumes.TrueForAll(v => v.VoxelType == volumes[0].VoxelType) ? volumes[0].VoxelType : VoxelType.Float32;
        return new Volume(Name, volumes[0].Geometry, volumes.Sum(v => v.Channels), type, [.. volumes.SelectMany(v => v.Convert(type).Bytes)], Files[0]);
    }

    /// <summary>The ending of its mask: the image's own where that format holds labels without loss, else <c>.png</c>.</summary>
    public string MaskEnding() => Path.GetExtension(Files[0]).ToLowerInvariant() is ".tif" or ".tiff" ? ".tif" : ".png";

    private static string CaseName(string file) => ChannelSuffix(file) is { } suffix ? Stem(file)[..^suffix.Length] : Stem(file);

    private static string? ChannelSuffix(string file)
    {
        var stem = Stem(file);
        return stem.Length > 5 && stem[^5] == '_' && stem[^4..].All(char.IsAsciiDigit) ? stem[^5..] : null;
    }

    private static string Stem(string file) => Path.GetFileNameWithoutExtension(file);
}

using SegSharp.Data.Coco;
using SegSharp.Foundation;

namespace SegSharp.Data.Import;

/// <summary>Finds what belongs to a COCO file.</summary>
internal static class CocoPlaces
{
    private static readonly string[] Prefixes = ["instances_", "panoptic_", "stuff_", "person_keypoints_"];

    /// <summary>The file itself, or the only JSON file of a folder or of its <c>annotations</c>.</summary>
    public static string FileOf(string source)
    {
        if (File.Exists(source))
        {
            return source;
        }

        if (!Directory.Exists(source))
        {
            throw new InputException($"'{source}' does not exist; expected a COCO file, or a folder that holds one", null);
        }

        foreach (var folder in new[] { source, Path.Combine(source, "annotations") }.Where(Directory.Exists))
        {
            var files = Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).ToList();
            if (files.Count == 1)
            {
                return files[0];
            }

            if (files.Count > 1)
            {
                throw new InputException($"'{folder}' has {files.Count} JSON files: {string.Join(", ", files.Take(6).Select(Path.GetFileName))}", $"name one: segsharp data import coco {files[0]} DST");
            }
        }

        throw new InputException($"'{source}' has no JSON file, nor has its folder 'annotations'", "segsharp data import coco ANNOTATIONS.json DST --images DIR");
    }

    /// <summary>The file of every picture, by its id.</summary>
    /// <exception cref="InputException">One is missing.</exception>
    public static Dictionary<long, string> Images(string path, IReadOnlyList<CocoImage> images, string? given)
    {
        if (given is not null && !Directory.Exists(given))
        {
            throw new InputException($"--images names '{given}', which is no folder", null);
        }

        var folders = given is not null ? [given] : Around(path, "images", "input_images", "JPEGImages", "img");
        var folder = folders.FirstOrDefault(f => images.Any(i => File.Exists(Path.Combine(f, i.FileName))))
            ?? throw new InputException(
                $"the pictures of '{path}' were not found: no '{images[0].FileName}' in {string.Join(", ", folders.Where(Directory.Exists).Take(4).Select(f => $"'{f}'"))}",
                "name their folder: --images DIR");
        var missing = images.Where(i => !File.Exists(Path.Combine(folder, i.FileName))).ToList();
        return missing.Count == 0
            ? images.ToDictionary(i => i.Id, i => Path.Combine(folder, i.FileName))
            : throw new InputException(
                $"{missing.Count} of {images.Count} picture(s) are missing in '{folder}': {string.Join(", ", missing.Take(6).Select(i => i.FileName))}{(missing.Count > 6 ? ", …" : "")}",
                "bring them there, or name their folder: --images DIR");
    }

    /// <summary>The folder of panoptic PNGs.</summary>
    public static string Masks(string path, string? given)
    {
        if (given is not null)
        {
            return Directory.Exists(given) ? given : throw new InputException($"--masks names '{given}', which is no folder", null);
        }

        var folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, Path.GetFileNameWithoutExtension(path));
        return Directory.Exists(folder) ? folder : throw new InputException($"the PNGs of '{path}' were not found: there is no folder '{folder}'", "name their folder: --masks DIR");
    }

    /// <summary>The PNG of a picture.</summary>
    public static string MaskOf(string folder, CocoImage image, string? name)
    {
        var file = Path.Combine(folder, name ?? Path.GetFileNameWithoutExtension(image.FileName) + ".png");
        return File.Exists(file) ? file : throw new InputException($"picture '{image.FileName}' has no mask: '{file}' is missing", "restore the file, or name the folder: --masks DIR");
    }

    /// <summary>A name for every case: that of the picture's file, without nnU-Net's _0000 where all have it; with its folders where two pictures would share it.</summary>
    public static Dictionary<long, string> Names(IReadOnlyList<CocoImage> images)
    {
        if (images.All(i => Path.GetFileNameWithoutExtension(i.FileName).EndsWith("_0000", StringComparison.Ordinal)))
        {
            images = [.. images.Select(i => i with { FileName = Path.ChangeExtension(i.FileName, null)[..^5] + Path.GetExtension(i.FileName) })];
        }

        var twice = images.GroupBy(i => Path.GetFileNameWithoutExtension(i.FileName), StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        return images.ToDictionary(i => i.Id, i => Path.GetFileNameWithoutExtension(i.FileName) is var name && !twice.Contains(name)
            ? name
            : string.Join('_', Path.ChangeExtension(i.FileName, null).Split('/', '\\').Where(part => part is not ("" or "." or ".."))));
    }

    // images/train beside annotations/instances_train.json, and other habits.
    private static List<string> Around(string path, params string[] usual)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var parent = Path.GetDirectoryName(folder) ?? folder;
        var stem = Path.GetFileNameWithoutExtension(path);
        var split = Prefixes.Where(p => stem.StartsWith(p, StringComparison.Ordinal)).Select(p => stem[p.Length..]).FirstOrDefault() ?? stem;
        return
        [
            .. from root in new[] { folder, parent }
               from name in usual
               from below in new[] { Path.Combine(name, split), name }
               select Path.Combine(root, below),
            Path.Combine(folder, split), Path.Combine(parent, split), folder, parent,
        ];
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;

namespace SegSharp.Data;

/// <summary>Where a label map lies: a file, or a page of a stack.</summary>
/// <param name="Case">The case's name: the file's name without ending; of a page the file's name with the page's number.</param>
/// <param name="Path">The file.</param>
/// <param name="Page">The page of a stack; null for a file of its own.</param>
public sealed record LabelSource(string Case, string Path, int? Page)
{
    /// <summary>Everything that lies in a folder, a file or a stack, in the order of names and pages.</summary>
    /// <param name="path">A folder of images, an image, or a file of several pages.</param>
    /// <exception cref="InputException">Nothing is there.</exception>
    public static IReadOnlyList<LabelSource> List(string path)
    {
        if (File.Exists(path))
        {
            var map = LabelMap.Read(path);
            return map.Extent.Depth == 1 || IsVolume(path)
                ? [new(NameOf(path), path, null)]
                : [.. Enumerable.Range(0, map.Extent.Depth).Select(z => new LabelSource($"{NameOf(path)}@{z:D4}", path, z) { Stack = map })];
        }

        if (!Directory.Exists(path))
        {
            throw new InputException($"'{path}' does not exist; expected a folder of label maps, a label map or a stack", null);
        }

        var files = Directory.EnumerateFiles(path)
            .Where(f => Catalogue.HasImageEnding(f) && !System.IO.Path.GetFileName(f).StartsWith('.'))
            .Order(StringComparer.Ordinal).ToList();
        if (files.Count == 0)
        {
            throw new InputException($"'{path}' has 0 label maps: no file that ends with {string.Join(", ", Catalogue.Endings)}", null);
        }

        var twice = files.GroupBy(NameOf, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        return twice is null
            ? [.. files.Select(f => new LabelSource(NameOf(f), f, null))]
            : throw new InputException($"'{path}' has two files for case '{twice.Key}': {string.Join(", ", twice.Select(System.IO.Path.GetFileName))}", "remove one of them");
    }

    /// <summary>A file's name without folder and ending; ".nii.gz" counts as one ending.</summary>
    public static string NameOf(string path) => Catalogue.NameOf(path);

    // Formats of volumes hold one image of many pages; TIFF and GIF hold many images.
    private static bool IsVolume(string path) =>
        !(path.EndsWith(".tif", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tiff", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".gif", StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads the labels.</summary>
    /// <exception cref="InputException">Unreadable or no label image.</exception>
    public LabelMap Read()
    {
        var map = Stack ?? LabelMap.Read(Path);
        return Page is { } z ? map.Page(z) : map;
    }

    // All pages of a stack share it, so that it is decoded once.
    private LabelMap? Stack { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Page is { } z ? $"{Path}, page {z + 1}" : Path;
}

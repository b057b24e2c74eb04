using SegSharp.Foundation;
using SegSharp.Imaging.Formats;

namespace SegSharp.Imaging;

/// <summary>Stacks made of single files, and single files made of stacks.</summary>
public static class Stack
{
    /// <summary>The image files of a folder in the order of people: numbers in names by their value, so 2.png comes before 10.png.</summary>
    /// <exception cref="InputException">No such folder, or no image in it.</exception>
    public static IReadOnlyList<string> FilesIn(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"'{folder}' is not a folder", "check the path");
        }

        string[] files = [.. Directory.EnumerateFiles(folder).Where(Catalogue.HasImageEnding).Order(NaturalOrder.Instance)];
        return files.Length > 0
            ? files
            : throw new InputException($"'{folder}' holds no image; expected files of {Catalogue.Readable}", "name the folder that holds the images");
    }

    /// <summary>Reads single pictures of one size and type as the pages of one volume, in the order given.</summary>
    /// <param name="name">The name of the volume.</param>
    /// <param name="files">One file per page.</param>
    /// <exception cref="InputException">One cannot be read, or differs from the first.</exception>
    public static Volume Read(string name, IEnumerable<string> files) => Volume.Stack(name, [.. files.Select(Volume.Read)]);

    /// <summary>Writes every page to a file of its own, <c>NAME_0000.ENDING</c> and so on.</summary>
    /// <param name="volume">The stack.</param>
    /// <param name="folder">Where the files shall lie; made when missing.</param>
    /// <param name="ending">The ending with its dot, which chooses the format.</param>
    /// <returns>The files, in the order of the pages.</returns>
    public static IReadOnlyList<string> WritePages(Volume volume, string folder, string ending)
    {
        var files = new List<string>();
        for (var z = 0; z < volume.Extent.Depth; z++)
        {
            var file = Path.Combine(folder, $"{volume.Name}_{z:D4}{ending}");
            volume.Page(z).Write(file);
            files.Add(file);
        }

        return files;
    }
}

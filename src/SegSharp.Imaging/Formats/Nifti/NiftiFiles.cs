namespace SegSharp.Imaging.Formats.Nifti;

// Which file is which: one of both, or a header (.hdr) and its voxels (.img), either of them perhaps gzip.
internal static class NiftiFiles
{
    public static bool IsHeader(string path) => Has(path, ".hdr") || Has(path, ".hdr.gz");

    public static bool IsVoxels(string path) => Has(path, ".img") || Has(path, ".img.gz");

    public static bool IsPart(string path) => IsHeader(path) || IsVoxels(path);

    // The header that lies beside a file of voxels; null when there is none.
    public static string? HeaderBeside(string path) => Beside(path, ".hdr").FirstOrDefault(File.Exists);

    // The voxels that lie beside a header; the first name that would do when there are none.
    public static string VoxelsBeside(string path)
    {
        string[] names = [.. Beside(path, ".img")];
        return names.FirstOrDefault(File.Exists) ?? names[0];
    }

    private static bool Has(string path, string ending) => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    // Packed where this one is packed comes first; upper case where this one is in upper case.
    private static IEnumerable<string> Beside(string path, string ending)
    {
        var own = Catalogue.EndingOf(path);
        var stem = path[..^own.Length];
        ending = own.Any(char.IsAsciiLetterUpper) ? ending.ToUpperInvariant() : ending;
        var gz = own.Length > 4 ? own[^3..] : ".gz";
        return own.Length > 4 ? [stem + ending + gz, stem + ending] : [stem + ending, stem + ending + gz];
    }
}

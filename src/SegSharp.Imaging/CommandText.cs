using SegSharp.Imaging.Formats;

namespace SegSharp.Imaging;

/// <summary>Commands in messages: what they say works as it stands, whatever the paths are like.</summary>
public static class CommandText
{
    private const string Folder = "mended";

    /// <summary>A path as a word of a command line, quoted where a shell would take it apart.</summary>
    public static string Word(string path) =>
        path.Length > 0 && path.All(c => char.IsLetterOrDigit(c) || "/._-+=,:@%".Contains(c, StringComparison.Ordinal)) ? path : $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>Where the mended copy of a file goes: <c>mended/NAME</c> below the current folder, in a format that is written.</summary>
    public static string MendedPlace(string path)
    {
        var ending = Catalogue.EndingOf(path);
        var format = Catalogue.OfEnding(path);
        var isWritten = format is { KnowsWorld: true } && format.WritableEndings.Contains(ending, StringComparer.OrdinalIgnoreCase);
        return $"{Folder}/{Catalogue.NameOf(path)}{(isWritten ? ending : ".nii.gz")}";
    }

    /// <summary>The command that takes one volume out of a file of several (4D, or channels).</summary>
    public static string OfChannel(string path) => $"segsharp convert {Word(path)} {Word(MendedPlace(path))} --channel 0 keeps the first of them";

    /// <summary>The command that writes a label map, or another channel, anew on the grid of its image.</summary>
    /// <param name="image">The image whose grid counts.</param>
    /// <param name="other">What does not lie on it.</param>
    /// <param name="isChannel">Whether that is another channel rather than a label map.</param>
    public static string OfMend(string image, string other, bool isChannel = false) =>
        $"segsharp data check --pair {Word(image)} {Word(other)}{(isChannel ? " --channel" : "")} --fix {Word(MendedPlace(other))}";
}

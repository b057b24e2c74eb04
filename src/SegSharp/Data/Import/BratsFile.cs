using System.Globalization;
using SegSharp.Imaging.Formats;

namespace SegSharp.Data.Import;

/// <summary>What a file's name says in one of BraTS's ways of naming.</summary>
/// <param name="Path">The file.</param>
/// <param name="Kind">The modality (T1, T1ce, T2, FLAIR), or <see cref="Label"/>.</param>
/// <param name="Number">A number beside it, such as that of a slice; null where there is none.</param>
internal sealed record BratsFile(string Path, string Kind, int? Number)
{
    /// <summary>The kind of a label map.</summary>
    public const string Label = "label";

    // 2012 to 2020: _t1 _t1ce (t1c, t1gd) _t2 _flair _seg; 2013 and 2015 on the VSD: MR_T1c, OT; from 2023: -t1n -t1c -t2w -t2f -seg.
    private static readonly (string Kind, string[] Words)[] Usual =
    [
        ("T1", ["t1", "t1n", "t1w"]),
        ("T1ce", ["t1ce", "t1c", "t1gd", "t1post"]),
        ("T2", ["t2", "t2w"]),
        ("FLAIR", ["flair", "t2f", "fla"]),
        (Label, ["seg", "segm", "label", "labels", "mask", "ot", "gt"]),
    ];

    private static readonly Dictionary<string, string> Words =
        Usual.SelectMany(u => u.Words.Select(w => (w, u.Kind))).ToDictionary(p => p.w, p => p.Kind, StringComparer.OrdinalIgnoreCase);

    /// <summary>The usual order of the modalities; others follow by name.</summary>
    public static string[] Order { get; } = ["T1", "T1ce", "T2", "FLAIR"];

    /// <summary>Understands a file's name.</summary>
    /// <param name="path">The file.</param>
    /// <param name="patient">The folder's name, which says nothing about the modality.</param>
    /// <param name="named">What files are called where that is not usual: kind → ending of the name; null = the usual words.</param>
    /// <returns>Null where the name says nothing.</returns>
    public static BratsFile? Of(string path, string patient, IReadOnlyDictionary<string, string>? named)
    {
        var stem = Catalogue.NameOf(path);
        var rest = stem.StartsWith(patient, StringComparison.OrdinalIgnoreCase) && stem.Length > patient.Length ? stem[patient.Length..] : stem;
        if (named?.FirstOrDefault(n => Says(rest, n.Value)) is { Key: not null } kind)
        {
            return new BratsFile(path, kind.Key, NumberBeside(Without(rest, kind.Value)));
        }

        // Where modalities are named, only the label may go by its usual words.
        var words = rest.Split('_', '-', '.', ' ');
        var at = Array.FindLastIndex(words, w => Words.TryGetValue(w, out var its) && (named is null || (its == Label && !named.ContainsKey(Label))));
        return at < 0 ? null : new BratsFile(path, Words[words[at]], NumberBeside(string.Join('_', words.Where((_, i) => i != at))));
    }

    /// <summary>The modality or label that a single word means; null where it means none.</summary>
    public static string? KindOf(string word) => Words.GetValueOrDefault(word);

    // The word given is the whole name, or stands in it between separators.
    private static bool Says(string name, string word)
    {
        var at = name.IndexOf(word, StringComparison.OrdinalIgnoreCase);
        return at >= 0 && (at == 0 || !char.IsLetterOrDigit(name[at - 1])) && (at + word.Length == name.Length || !char.IsLetterOrDigit(name[at + word.Length]));
    }

    private static string Without(string name, string word) => name.Remove(name.IndexOf(word, StringComparison.OrdinalIgnoreCase), word.Length);

    // The last stretch of digits: "_z012", "_12", "slice 7".
    private static int? NumberBeside(string rest)
    {
        var end = rest.Length;
        while (end > 0 && !char.IsAsciiDigit(rest[end - 1]))
        {
            end--;
        }

        var start = end;
        while (start > 0 && char.IsAsciiDigit(rest[start - 1]))
        {
            start--;
        }

        return end > start && int.TryParse(rest.AsSpan(start, end - start), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }
}

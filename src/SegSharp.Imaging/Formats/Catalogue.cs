using SegSharp.Foundation;
using SegSharp.Imaging.Formats.Dicom;
using SegSharp.Imaging.Formats.Gif;
using SegSharp.Imaging.Formats.Jpeg;
using SegSharp.Imaging.Formats.MetaImage;
using SegSharp.Imaging.Formats.Nifti;
using SegSharp.Imaging.Formats.Nrrd;
using SegSharp.Imaging.Formats.Png;
using SegSharp.Imaging.Formats.Tiff;

namespace SegSharp.Imaging.Formats;

/// <summary>All image formats. A new one is a folder beside this file and one line here.</summary>
public static class Catalogue
{
    private const string Gzip = "\x1f\x8b";

    private static readonly (string Start, string What)[] Strangers =
    [
        (Gzip, "gzip"), ("BM", "BMP"), ("RIFF", "RIFF (WebP, AVI)"), ("PK\x3\x4", "zip"), ("%PDF", "PDF"),
        ("\0\0\0\fjP", "JPEG 2000"), ("<", "XML or HTML"), ("{", "JSON"), ("version https://git-lfs", "a Git LFS pointer, not the file itself"),
    ];

    /// <summary>Every format that can be read.</summary>
    public static IReadOnlyList<ImageFormat> All { get; } = [new PngFormat(), new TiffFormat(), new JpegFormat(), new GifFormat(), new NiftiFormat(), new NrrdFormat(), new MetaImageFormat(), new DicomFormat()];

    /// <summary>The names of all formats with their endings, for messages: "PNG (.png), …".</summary>
    public static string Readable => string.Join(", ", All.Select(f => $"{f.Name} ({string.Join(" ", f.Endings)})"));

    /// <summary>Every ending that a readable file may have, with its dot, lower case.</summary>
    public static IEnumerable<string> Endings => All.SelectMany(f => f.Endings);

    /// <summary>Whether the ending of <paramref name="path"/> is one of a readable format. For listing folders; contents decide when reading.</summary>
    public static bool HasImageEnding(string path) => Endings.Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>A file's name without folder and ending; ".nii.gz" and its like are one ending.</summary>
    public static string NameOf(string path)
    {
        var name = Path.GetFileName(path);
        return name[..^EndingOf(name).Length];
    }

    /// <summary>The ending of a path with its dot, as it is written there; ".nii.gz" and its like are one ending. "" where there is none.</summary>
    public static string EndingOf(string path)
    {
        var name = Path.GetFileName(path);
        var known = All.SelectMany(f => f.Endings.Concat(f.PartEndings)).Where(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase)).MaxBy(e => e.Length);
        return known is null ? Path.GetExtension(name) : name[^known.Length..];
    }

    /// <summary>The format of a file, told from its first bytes.</summary>
    /// <exception cref="InputException">Empty or unknown; the message lists what can be read.</exception>
    public static ImageFormat Recognise(ByteSource source) =>
        TryRecognise(source) ?? throw Unknown(source);

    /// <summary>The format of a file, told from its first bytes; null when it is none of ours.</summary>
    public static ImageFormat? TryRecognise(ByteSource source)
    {
        var head = new byte[ImageFormat.HeadLength];
        head = head[..source.ReadUpTo(0, head)];
        var packed = Packed.IsGzip(head);
        head = packed ? Packed.Head(source, ImageFormat.HeadLength) : head;
        return All.FirstOrDefault(f => (f.MayBePacked || !packed) && f.Recognises(head)) ?? All.FirstOrDefault(f => f.RecognisesName(source.Path));
    }

    /// <summary>The format whose files end like this path, whatever is in it; null when there is none.</summary>
    public static ImageFormat? OfEnding(string path) =>
        All.FirstOrDefault(f => f.Endings.Concat(f.PartEndings).Contains(EndingOf(path), StringComparer.OrdinalIgnoreCase));

    /// <summary>The format that a path to be written asks for by its ending.</summary>
    /// <exception cref="UsageException">Unknown, or a format that is only read.</exception>
    public static ImageFormat ForWriting(string path)
    {
        var writable = string.Join(", ", All.SelectMany(f => f.WritableEndings));
        var format = OfEnding(path);
        var ending = EndingOf(path);
        return format is not null && format.WritableEndings.Contains(ending, StringComparer.OrdinalIgnoreCase)
            ? format
            : throw new UsageException(
                format is null ? $"cannot tell the format of '{path}' from its ending; endings that can be written: {writable}" : $"{format.Name} files{(format.CanWrite ? $" that end in {ending}" : "")} are only read, so '{path}' cannot be written; endings that can be written: {writable}",
                $"end the name in {(format is { CanWrite: true } ? format : All[0]).WritableEndings[0]}");
    }

    /// <summary>The error for a file of no known format; it lists what can be read.</summary>
    /// <param name="source">The file.</param>
    /// <param name="also">What the caller can read beyond images, or null.</param>
    public static InputException Unknown(ByteSource source, string? also = null)
    {
        Span<byte> head = stackalloc byte[64];
        head = head[..source.ReadUpTo(0, head)];
        if (head.IsEmpty)
        {
            return new InputException($"'{source.Path}' is empty; expected {Readable}{also}", "copy or download the file again");
        }

        var text = System.Text.Encoding.Latin1.GetString(head);
        var what = Strangers.Where(s => text.StartsWith(s.Start, StringComparison.Ordinal)).Select(s => $" (it looks like {s.What})").FirstOrDefault();
        var first = string.Join(" ", head[..Math.Min(4, head.Length)].ToArray().Select(b => b.ToString("x2")));
        return new InputException($"'{source.Path}' {(also is null ? "is not an image that can be read" : "is of no known format")}: it begins with {first}{what}; expected {Readable}{also}", "convert it to PNG or TIFF");
    }
}

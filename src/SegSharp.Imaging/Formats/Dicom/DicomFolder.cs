using System.Collections.Concurrent;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

/// <summary>A DICOM file without pixels that can be read as a volume.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Kind">What it is: "radiotherapy plan: …".</param>
public sealed record DicomObject(string Path, string Kind);

/// <summary>Everything DICOM below a folder, from headers only: series, other objects, what is odd.</summary>
public sealed record DicomFolder
{
    private const double SameDirection = 1e-3;                         // between unit vectors: 0.06 degrees
    private const double SameSpacing = 1e-4;                           // relative

    /// <summary>The folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Every series, numbered from 1.</summary>
    public required IReadOnlyList<DicomSeries> Series { get; init; }

    /// <summary>Plans, reports and other files without pixels.</summary>
    public required IReadOnlyList<DicomObject> Others { get; init; }

    /// <summary>What was found about the folder as a whole: files that could not be understood.</summary>
    public required IReadOnlyList<DicomFinding> Findings { get; init; }

    /// <summary>Files that are not DICOM.</summary>
    public required int Strangers { get; init; }

    /// <summary>Looks through a folder and all folders below; headers are read on all cores.</summary>
    /// <param name="folder">Where to look.</param>
    /// <param name="on">Hears progress.</param>
    /// <param name="cancel">Stops between two files.</param>
    /// <exception cref="InputException">No such folder.</exception>
    public static DicomFolder Read(string folder, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"'{folder}' is not a folder", "check the path");
        }

        string[] files = [.. FilesBelow(folder)];
        var images = new ConcurrentBag<DicomImage>();
        var others = new ConcurrentBag<DicomObject>();
        var unreadable = new ConcurrentBag<InputException>();
        var (strangers, done) = (0, 0);
        _ = Parallel.ForEach(files, new ParallelOptions { CancellationToken = cancel }, path =>
        {
            try
            {
                using var source = ByteSource.Open(path);
                if (!IsDicom(source))
                {
                    Interlocked.Increment(ref strangers);
                    return;
                }

                var file = DicomReader.Read(source);
                if (file.Pixels is null && DicomKind.Of(file) is { IsImage: false } kind)
                {
                    others.Add(new DicomObject(path, kind.Name));
                }
                else
                {
                    images.Add(DicomImage.Of(file));
                }
            }
            catch (InputException e)
            {
                unreadable.Add(e);
            }

            var n = Interlocked.Increment(ref done);
            if (n % 64 == 0)
            {
                on?.Invoke(new Progressed("headers", n, files.Length));
            }
        });
        return new DicomFolder
        {
            Folder = folder,
            Series = Group([.. images.OrderBy(i => i.Path, NaturalOrder.Instance)]),
            Others = [.. others.OrderBy(o => o.Path, NaturalOrder.Instance)],
            Findings = [.. unreadable.OrderBy(e => e.Message, NaturalOrder.Instance).Select(e => new DicomFinding(DicomFindingKind.Unreadable, DicomSeverity.Warning, e.Message, e.Fix))],
            Strangers = strangers,
        };
    }

    /// <summary>Whether a folder, or one below it, holds a DICOM file among its first thousand.</summary>
    public static bool HasDicom(string folder)
    {
        foreach (var path in FilesBelow(folder).Take(1000).Where(f => new FileInfo(f).Length > 132))      // pipes and devices have no length
        {
            try
            {
                using var source = ByteSource.Open(path);
                if (IsDicom(source))
                {
                    return true;
                }
            }
            catch (InputException)
            {
                // Not to be read: others may be.
            }
        }

        return false;
    }

    /// <summary>The only series with images here, or the one of that number.</summary>
    /// <param name="number">Its number from 1, or null for the only one.</param>
    /// <exception cref="InputException">None, several where one is asked for, or no such number; the message lists them.</exception>
    public DicomSeries Only(int? number = null)
    {
        if (number is { } n)
        {
            return n >= 1 && n <= Series.Count ? Series[n - 1]
                : throw new InputException($"'{Folder}' has no series {n}; it has {Series.Count}{List(Series)}", $"segsharp info {Folder}");
        }

        var scans = Series.Where(s => !s.IsSegmentation).ToList();
        scans = scans.Count == 0 ? [.. Series] : scans;
        return scans.Count switch
        {
            1 => scans[0],
            0 when Others.Count > 0 => throw new InputException($"'{Folder}' holds no DICOM image; it holds {string.Join("; ", Others.GroupBy(o => o.Kind).Select(g => $"{g.Count()} x {g.Key}"))}", "name the folder of the images"),
            0 when Findings.Count > 0 => throw new InputException($"'{Folder}' holds no DICOM image that can be read: {Findings[0].Message}", Findings[0].Fix),
            0 => throw new InputException($"'{Folder}' holds no DICOM image", "name the folder that holds the series"),
            _ => throw new InputException($"'{Folder}' holds {scans.Count} series, and one is needed{Why(scans)}{List(scans)}", $"choose one by its number: '{Folder}#{scans[0].Number}'"),
        };
    }

    /// <summary>The series that <c>FOLDER</c> or <c>FOLDER#2</c> names; null when it names no folder with DICOM files.</summary>
    /// <exception cref="InputException">None, or several where one is asked for; the message lists them.</exception>
    public static DicomSeries? Named(string path)
    {
        if (Directory.Exists(path))
        {
            return HasDicom(path) ? Read(path).Only() : null;
        }

        var at = path.LastIndexOf('#');
        return at > 0 && !File.Exists(path) && int.TryParse(path.AsSpan(at + 1), System.Globalization.NumberStyles.None, null, out var number) && Directory.Exists(path[..at])
            ? Read(path[..at]).Only(number)
            : null;
    }

    internal static bool IsDicom(ByteSource source)
    {
        Span<byte> head = stackalloc byte[132];
        head = head[..source.ReadUpTo(0, head)];
        return DicomReader.HasPreamble(head) || DicomReader.LooksBare(head);
    }

    internal static IReadOnlyList<DicomSeries> Group(IReadOnlyList<DicomImage> images)
    {
        var groups = new List<(List<DicomSlice> Slices, List<DicomFinding> Findings)>();
        foreach (var series in images.GroupBy(i => (i.Series, i.Study)))
        {
            var parts = new List<List<DicomSlice>>();
            foreach (var image in series)
            {
                // What stands alone and is no plane of a stack: an object of its own for every file.
                var isOwn = image.Series is null || image.Kind != DicomKind.Image;
                foreach (var frame in image.Frames)
                {
                    var slice = new DicomSlice(image, frame);
                    var part = parts.Find(p => isOwn || p[0].Image.Kind != DicomKind.Image ? ReferenceEquals(p[0].Image, image) && Fits(p[0], slice) : Fits(p[0], slice));
                    if (part is null)
                    {
                        parts.Add([slice]);
                    }
                    else
                    {
                        part.Add(slice);
                    }
                }
            }

            var stacks = parts.FindAll(p => p[0].Image.Kind == DicomKind.Image);
            foreach (var part in parts)
            {
                groups.Add((part, stacks.Count > 1 && stacks.Contains(part) ? [Mixed(part, stacks)] : []));
            }
        }

        return
        [
            .. groups
                .OrderBy(g => g.Slices[0].Image.SeriesNumber ?? int.MaxValue)
                .ThenBy(g => g.Slices[0].Image.Path, NaturalOrder.Instance)
                .ThenBy(g => g.Slices[0].Frame.Index)
                .Select((g, i) => new DicomSeries(i + 1, g.Slices, g.Findings)),
        ];
    }

    private static DicomFinding Mixed(List<DicomSlice> part, List<List<DicomSlice>> all)
    {
        var why = new List<string>();
        var first = all[0][0];
        if (all.Exists(p => p[0].Image.Width != first.Image.Width || p[0].Image.Height != first.Image.Height))
        {
            why.Add("size");
        }

        if (all.Exists(p => !SameDirections(p[0].Frame, first.Frame)))
        {
            why.Add("orientation");
        }

        if (why.Count == 0)
        {
            why.Add("spacing or kind of pixels");
        }

        return new DicomFinding(
            DicomFindingKind.Mixed, DicomSeverity.Warning,
            $"the images of its series differ in {string.Join(" and ", why)}: they are taken as {all.Count} series, this one has {part.Count} of {all.Sum(p => p.Count)} images");
    }

    private static bool Fits(DicomSlice a, DicomSlice b) =>
        a.Image.Width == b.Image.Width && a.Image.Height == b.Image.Height && a.Image.Channels == b.Image.Channels && a.Image.IsFloat == b.Image.IsFloat
        && (a.Image.Photometric == "PALETTE COLOR") == (b.Image.Photometric == "PALETTE COLOR")
        && SameDirections(a.Frame, b.Frame) && Same(a.Frame.SpacingX, b.Frame.SpacingX) && Same(a.Frame.SpacingY, b.Frame.SpacingY)
        && (a.Frame.Position is null) == (b.Frame.Position is null);

    private static bool Same(double? a, double? b) => a == b || (a is { } x && b is { } y && Math.Abs(x - y) <= SameSpacing * x);

    private static bool SameDirections(DicomFrame a, DicomFrame b) =>
        (a.Along is null && b.Along is null)
        || (a is { Along: { } ax, Down: { } ay } && b is { Along: { } bx, Down: { } by } && (ax - bx).Length < SameDirection && (ay - by).Length < SameDirection);

    // Where one series of the scanner became several: in what its images differ.
    private static string Why(List<DicomSeries> scans) =>
        scans.SelectMany(s => s.Findings).FirstOrDefault(f => f.Kind == DicomFindingKind.Mixed) is { } mixed ? $" ({mixed.Message.Split(':')[0]})" : "";

    private static string List(IEnumerable<DicomSeries> series) => string.Concat(series.Select(s => $"\n  {s}"));

    private static IEnumerable<string> FilesBelow(string folder) => Directory
        .EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.System, MaxRecursionDepth = 32 })
        .Where(f => !Path.GetFileName(f).StartsWith('.'));
}

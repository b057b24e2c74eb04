using System.Xml;
using System.Xml.Linq;
using SegSharp.Data;
using SegSharp.Imaging;
using Formats = SegSharp.Imaging.Formats;

namespace SegSharp.Features;

/// <summary>A picture of which one class is known.</summary>
/// <param name="Name">Its file's name without ending; of a page with its number.</param>
/// <param name="Class">"cat".</param>
/// <param name="Read">Reads it: one page, with as many channels as the file has.</param>
public sealed record LabelledImage(string Name, string Class, Func<Volume> Read);

/// <summary>Pictures with a class each: from folders named as the classes, the layout of VOC, or a data set for segmentation.</summary>
public static class LabelledImages
{
    /// <summary>Finds them.</summary>
    /// <param name="folder">
    /// With <c>dataset.json</c>: the class is the label with the most voxels, of a volume on the page with the most foreground. With
    /// <c>JPEGImages</c> and <c>Annotations</c>: the first object of its XML. Else folders named as the classes.
    /// </param>
    /// <param name="on">Hears progress.</param>
    /// <param name="cancel">Stops between two label maps.</param>
    /// <exception cref="InputException">None of these, or fewer than two classes.</exception>
    public static IReadOnlyList<LabelledImage> Find(string folder, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        if (!Directory.Exists(folder))
        {
            throw new InputException($"'{folder}' is not there", "--data DIR: class folders, the layout of VOC, or a data set");
        }

        var images = File.Exists(Path.Combine(folder, DataSetDescription.FileName)) ? OfDataSet(DataSet.Open(folder), on, cancel)
            : Directory.Exists(Path.Combine(folder, "JPEGImages")) && Directory.Exists(Path.Combine(folder, "Annotations")) ? OfVoc(folder)
            : OfClassFolders(folder);
        var classes = images.Select(i => i.Class).Distinct(StringComparer.Ordinal).ToList();
        return classes.Count > 1
            ? images
            : throw new InputException(
                images.Count == 0 ? $"'{folder}' holds no pictures in class folders, no JPEGImages with Annotations and no dataset.json" : $"every picture in '{folder}' has the class '{classes[0]}', so no classes can be told apart",
                "folders named as the classes: DIR/cat/1.png, DIR/dog/2.png");
    }

    /// <summary>As many as wanted, of every class the same number where there are enough; drawn, then sorted by class and name.</summary>
    /// <param name="images">All of them.</param>
    /// <param name="number">How many; all where there are fewer.</param>
    /// <param name="seed">Where chance begins.</param>
    public static IReadOnlyList<LabelledImage> Draw(IReadOnlyList<LabelledImage> images, int number, long seed)
    {
        var random = new RandomStream(seed).Derive("images");
        var queues = images.GroupBy(i => i.Class, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g =>
        {
            var all = g.OrderBy(i => i.Name, StringComparer.Ordinal).ToList();
            return new Queue<LabelledImage>(random.Derive(g.Key).Permutation(all.Count).Select(i => all[i]));
        }).ToList();
        var drawn = new List<LabelledImage>();
        while (drawn.Count < number && queues.Exists(q => q.Count > 0))
        {
            drawn.AddRange(queues.Where(q => q.Count > 0).Take(number - drawn.Count).Select(q => q.Dequeue()).ToList());
        }

        return [.. drawn.OrderBy(i => i.Class, StringComparer.Ordinal).ThenBy(i => i.Name, StringComparer.Ordinal)];
    }

    private static List<LabelledImage> OfClassFolders(string folder) =>
    [
        .. Directory.GetDirectories(folder).Order(StringComparer.Ordinal).SelectMany(d => Directory.GetFiles(d).Order(StringComparer.Ordinal)
            .Where(f => Formats.Catalogue.HasImageEnding(f))
            .Select(f => new LabelledImage($"{Path.GetFileName(d)}/{Formats.Catalogue.NameOf(f)}", Path.GetFileName(d), () => Middle(Volume.Read(f))))),
    ];

    private static List<LabelledImage> OfVoc(string folder)
    {
        var images = new List<LabelledImage>();
        foreach (var file in Directory.GetFiles(Path.Combine(folder, "Annotations"), "*.xml").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var picture = Directory.GetFiles(Path.Combine(folder, "JPEGImages"), name + ".*").Order(StringComparer.Ordinal).FirstOrDefault();
            if (picture is not null && FirstObject(file) is { } found)
            {
                images.Add(new(name, found, () => Volume.Read(picture)));
            }
        }

        return images;
    }

    private static string? FirstObject(string file)
    {
        try
        {
            using var reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null });
            return XDocument.Load(reader).Root?.Element("object")?.Element("name")?.Value.Trim();
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            throw new InputException($"annotation '{file}' cannot be read: {e.Message.TrimEnd('.')}", "restore the file, or remove it", e);
        }
    }

    private static List<LabelledImage> OfDataSet(DataSet data, Action<RunEvent>? on, CancellationToken cancel)
    {
        var images = new List<LabelledImage>();
        foreach (var @case in data.Cases)
        {
            cancel.ThrowIfCancellationRequested();
            var map = LabelMap.Read(@case.Label!);
            var page = (int)map.Extent.PageCount;
            var best = Enumerable.Range(0, map.Extent.Depth)
                .MaxBy(z => map.Labels.AsSpan(z * page, page).ToArray().Count(l => l != 0 && l != data.Labels.Ignore));
            var largest = map.Page(best).Histogram().Where(l => l.Label != 0 && l.Label != data.Labels.Ignore).OrderByDescending(l => l.Voxels).ThenBy(l => l.Label).FirstOrDefault();
            var @class = largest.Label == 0 ? data.Labels.Entries[0].Name
                : data.Labels.Foreground.FirstOrDefault(e => e.Labels.Contains((ushort)largest.Label))?.Name ?? $"label {largest.Label}";
            images.Add(new(map.Extent.Depth == 1 ? @case.Id : $"{@case.Id}, page {best + 1}", @class, () => data.Read(@case).Image.Page(best)));
            on?.Invoke(new Progressed("classes", images.Count, data.Cases.Count, @case.Id));
        }

        return images;
    }

    private static Volume Middle(Volume image) => image.Extent.Depth == 1 ? image : image.Page(image.Extent.Depth / 2);
}

using SegSharp.Data.Coco;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>How a COCO file is understood.</summary>
public sealed record CocoImportOptions
{
    /// <summary>Folder of the pictures; null = looked for around the file.</summary>
    public string? Images { get; init; }

    /// <summary>Folder of panoptic PNGs; null = looked for around the file.</summary>
    public string? Masks { get; init; }

    /// <summary>Categories to keep, by name, id or supercategory, in the order of their labels; null = all.</summary>
    public IReadOnlyList<string>? Categories { get; init; }

    /// <summary>One label for every supercategory.</summary>
    public bool BySupercategory { get; init; }

    /// <summary>What becomes of crowds.</summary>
    public CrowdRule Crowd { get; init; }

    /// <summary>Who keeps a pixel that several objects claim.</summary>
    public OverlapRule Overlap { get; init; }

    /// <summary>Also number the objects, in <c>instancesTr</c>.</summary>
    public bool Instances { get; init; }

    /// <summary>The panoptic PNGs hold the category in red and the number of the object in green, as panopticapi's two-channel format has it.</summary>
    public bool TwoChannels { get; init; }

    /// <summary>Grey or colours.</summary>
    public PictureColours Colours { get; init; } = PictureColours.Rgb;
}

/// <summary>Imports pictures with COCO's annotations: polygons, runs, compressed runs, crowds, panoptic PNGs.</summary>
/// <remarks>
/// Parity: masks are those of pycocotools (<c>20-metrics/coco_rle</c>) and of panopticapi's samples, exact. Pictures without an
/// annotation are all background. In panoptic pictures what no segment covers is to be ignored.
/// </remarks>
public static class CocoImporter
{
    /// <summary>Imports a file.</summary>
    /// <param name="source">The JSON file, or a folder that holds one.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="options">How it is understood.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two cases and leaves nothing behind.</param>
    /// <returns>The imported data set.</returns>
    /// <exception cref="InputException">No COCO file, a picture or mask that is missing, sizes that differ, masks that cannot be understood.</exception>
    public static DataSet Import(
        string source, string target, CocoImportOptions options, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var path = CocoPlaces.FileOf(source);
        var file = CocoFile.Open(path, on, cancel);
        if (file.IsResults)
        {
            throw new InputException($"'{path}' is a list of detections: it names no pictures and no categories", "import the annotations that the detector was run on; masks of detections: examples in docs/reference/imports.md");
        }

        var labels = CocoLabels.Of(file.Categories, options.Categories, options.BySupercategory);
        var panoptic = file.IsPanoptic || options.TwoChannels;
        var images = CocoPlaces.Images(path, file.Images, options.Images);
        var masks = panoptic ? CocoPlaces.Masks(path, options.Masks) : null;
        var channels = PictureChannels.Decide(file.Images.Select(i => images[i.Id]), options.Colours, on, cancel);
        var ignores = panoptic || (options.Crowd == CrowdRule.Ignore && file.Crowds > 0);
        var description = new DataSetDescription
        {
            ChannelNames = channels == 1 ? ["grey"] : ["R", "G", "B"],
            Labels = ignores ? labels.WithIgnore : labels.Labels,
            FileEnding = ".png",
        };
        on?.Invoke(new Noted(labels.How));
        using var writer = new DataSetWriter(target, description, overwrite);
        var painter = new CocoMasks(labels, options.Crowd, options.Overlap);
        var names = CocoPlaces.Names(file.Images);
        var facts = new Facts();
        for (var i = 0; i < file.Images.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var image = file.Images[i];
            var picture = Volume.Read(images[image.Id]);
            if (picture.Extent != new Extent(image.Width, image.Height))
            {
                throw new InputException($"picture '{images[image.Id]}' is {picture.Extent} but '{path}' says {image.Width}x{image.Height}", "is it the picture that was annotated, neither resized nor turned?");
            }

            var painted = !panoptic ? painter.Paint(names[image.Id], picture.Extent, file.ObjectsOf(image))
                : options.TwoChannels ? PanopticMasks.ReadTwoChannels(CocoPlaces.MaskOf(masks!, image, null), names[image.Id], picture.Extent, file, labels)
                : PanopticMasks.Read(file, image, masks!, names[image.Id], picture.Extent, labels, options.Crowd);
            facts.Add(names[image.Id], painted);
            writer.Add(names[image.Id], PictureChannels.Of(picture, channels), painted.Labels, options.Instances ? painted.Objects : null);
            on?.Invoke(new Progressed("import", i + 1, file.Images.Count, names[image.Id]));
        }

        writer.Complete(on);
        facts.Tell(on, options, panoptic, labels, file);
        return DataSet.Open(target);
    }

    private sealed class Facts
    {
        private readonly List<string> _overlaps = [];
        private long _twice;
        private int _unknown;
        private int _empty;

        public void Add(string id, CocoPainted painted)
        {
            if (painted.Twice > 0)
            {
                _overlaps.Add(id);
            }

            _twice += painted.Twice;
            _unknown += painted.Unknown;
            _empty += painted.Labels.Labels.AsSpan().ContainsAnyExcept((ushort)0) ? 0 : 1;
        }

        public void Tell(Action<RunEvent>? on, CocoImportOptions options, bool panoptic, CocoLabels labels, CocoFile file)
        {
            if (_twice > 0)
            {
                var keeps = options.Overlap switch { OverlapRule.Last => "the later one in the file", OverlapRule.First => "the earlier one in the file", _ => "the smaller one" };
                on?.Invoke(new Noted($"objects overlap in {_overlaps.Count} picture(s) ({_twice} pixels), where {keeps} keeps the pixel: {string.Join(", ", _overlaps.Take(5))}{(_overlaps.Count > 5 ? ", …" : "")}"));
            }

            if (file.Crowds > 0)
            {
                on?.Invoke(new Noted($"{file.Crowds} crowd region(s): {options.Crowd switch { CrowdRule.Ignore => $"label {labels.Ignore}, to be ignored, where no object lies", CrowdRule.Foreground => "pixels of their category", _ => "left out" }}"));
            }

            if (panoptic)
            {
                on?.Invoke(new Noted($"what no segment covers became label {labels.Ignore}, to be ignored"));
            }

            if (_unknown > 0)
            {
                on?.Invoke(new Warned($"{_unknown} annotation(s) have no mask (a box only) and were left out"));
            }

            if (_empty > 0)
            {
                on?.Invoke(new Warned($"{_empty} picture(s) have no object of these labels: all background"));
            }
        }
    }
}

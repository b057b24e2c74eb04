using SegSharp.Data.Coco;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>Reads panoptic PNGs.</summary>
/// <remarks>Source: cocodataset.org, panoptic format; panopticapi's two-channel format. Things are numbered as objects, stuff is not; where the file does not say what is a thing, all are.</remarks>
internal static class PanopticMasks
{
    /// <summary>A PNG whose colours are segments: R + 256 G + 65536 B.</summary>
    public static CocoPainted Read(CocoFile file, CocoImage image, string masks, string name, Extent extent, CocoLabels labels, CrowdRule crowd)
    {
        if (file.SegmentsOf(image) is not { } panoptic)
        {
            throw new InputException($"'{file.Path}' has no segments of image {image.Id} ({image.FileName})", null);
        }

        var path = CocoPlaces.MaskOf(masks, image, panoptic.FileName);
        var things = file.Categories.Where(c => c.IsThing != false).Select(c => c.Id).ToHashSet();
        var painted = new Dictionary<int, (ushort Label, ushort Object)> { [0] = (labels.Ignore, 0) };
        foreach (var segment in panoptic.Segments)
        {
            var label = labels.Of(segment.Category) ?? 0;
            var value = (segment.IsCrowd, crowd) switch
            {
                (true, CrowdRule.Ignore) => (labels.Ignore, (ushort)0),
                (true, CrowdRule.Drop) => ((ushort)0, (ushort)0),
                _ => (label, label != 0 && !segment.IsCrowd && things.Contains(segment.Category) ? (ushort)(1 + painted.Values.Max(p => p.Object)) : (ushort)0),
            };
            if (segment.Id is < 1 or > 0xFFFFFF || !painted.TryAdd((int)segment.Id, value))
            {
                throw new InputException($"'{file.Path}' has segment {segment.Id} of image {image.Id} {(painted.ContainsKey((int)segment.Id) ? "twice" : "outside of 1 … 16777215")}", null);
            }
        }

        return Paint(path, name, extent, colour => painted.TryGetValue(colour, out var value)
            ? value
            : throw new InputException($"mask '{path}' has segment {colour}, which '{file.Path}' does not list for image {image.Id}", "do mask and file belong together?"));
    }

    /// <summary>A PNG with the category in red and the number of the object in green.</summary>
    public static CocoPainted ReadTwoChannels(string path, string name, Extent extent, CocoFile file, CocoLabels labels)
    {
        var known = file.Categories.ToDictionary(c => c.Id);
        var numbers = new Dictionary<int, ushort>();
        return Paint(path, name, extent, colour =>
        {
            var category = colour & 0xFF;
            if (category == 0)
            {
                return (labels.Ignore, 0);
            }

            if (!known.TryGetValue(category, out var found))
            {
                throw new InputException($"mask '{path}' has category {category}, which '{file.Path}' does not list", "are its colours segments (panoptic PNG) instead of category and number?");
            }

            var label = labels.Of(category) ?? 0;
            if (label == 0 || found.IsThing == false)
            {
                return (label, 0);
            }

            return (label, numbers.TryGetValue(colour, out var number) ? number : numbers[colour] = (ushort)(numbers.Count + 1));
        });
    }

    private static CocoPainted Paint(string path, string name, Extent extent, Func<int, (ushort Label, ushort Object)> of)
    {
        var volume = ColouredMask.Read(path);
        if (volume.Extent != extent)
        {
            throw new InputException($"mask '{path}' is {volume.Extent} but its picture is {extent}", null);
        }

        var colours = ColouredMask.Colours(volume);
        var (labels, objects) = (new ushort[colours.Length], new ushort[colours.Length]);
        for (var i = 0; i < colours.Length; i++)
        {
            (labels[i], objects[i]) = i > 0 && colours[i] == colours[i - 1] ? (labels[i - 1], objects[i - 1]) : of(colours[i]);
        }

        var grid = Geometry.Pixels(extent);
        return new(new(name, grid, labels, path), new(name, grid, objects, path), 0, 0);
    }
}

using System.Text.Json;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>Imports pictures that were annotated with labelme: a JSON file with polygons beside each.</summary>
/// <remarks>
/// Later shapes lie over earlier ones, as labelme draws them. Shapes of one label and group are one object. <c>__ignore__</c> is to be
/// ignored. Classes are those of <c>labels.txt</c> in or above the folder, else the labels found, by name. Polygons are filled as COCO
/// does; labelme itself fills the outline's pixels too, so masks differ by at most that line.
/// </remarks>
public static class LabelmeImporter
{
    private const string IgnoreName = "__ignore__";
    private const ushort IgnoreLabel = 255;

    /// <summary>Imports the folder.</summary>
    /// <param name="source">Folder with NAME.json and the pictures.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two cases and leaves nothing behind.</param>
    /// <returns>The imported data set, with numbered objects.</returns>
    /// <exception cref="InputException">No annotation, a picture that is missing or of another size, a shape that is none.</exception>
    public static DataSet Import(string source, string target, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var files = Directory.Exists(source)
            ? Directory.GetFiles(source, "*.json").Order(StringComparer.Ordinal).ToList()
            : throw new InputException($"'{source}' does not exist; expected a folder of labelme's JSON files", null);
        var pages = files.ConvertAll(Page.Read);
        if (pages.Count == 0)
        {
            throw new InputException($"'{source}' has no JSON file", "expected NAME.json beside every picture");
        }

        var names = Names(source, pages);
        if (names.Count >= IgnoreLabel)
        {
            throw new InputException($"'{source}' has {names.Count} labels; at most {IgnoreLabel - 1} are known", null);
        }

        var labels = new LabelList([new("background", [0]), .. names.Select((n, i) => new NamedLabel(n, [(ushort)(i + 1)]))], IgnoreLabel);
        using var writer = new DataSetWriter(target, new DataSetDescription { ChannelNames = ["R", "G", "B"], Labels = labels, FileEnding = ".png" }, overwrite);
        var left = 0;
        for (var p = 0; p < pages.Count; p++)
        {
            cancel.ThrowIfCancellationRequested();
            left += Add(writer, pages[p], source, names);
            on?.Invoke(new Progressed("import", p + 1, pages.Count, pages[p].Name));
        }

        writer.Complete(on);
        if (left > 0)
        {
            on?.Invoke(new Warned($"{left} shape(s) have no area (points, lines) and were left out"));
        }

        return DataSet.Open(target);
    }

    private static int Add(DataSetWriter writer, Page page, string source, List<string> names)
    {
        var file = Path.Combine(source, page.Picture.Replace('\\', '/'));
        var picture = Volume.Read(File.Exists(file) ? file : throw new InputException($"'{page.File}' is about '{page.Picture}', which is missing in '{source}'", null));
        var extent = picture.Extent;
        if (page.Size is { } size && size != extent)
        {
            throw new InputException($"picture '{file}' is {extent} but '{page.File}' says {size}", null);
        }

        var (classes, objects, left) = (new ushort[extent.Count], new ushort[extent.Count], 0);
        var numbers = new Dictionary<(string, long), ushort>();
        var next = 0;
        foreach (var shape in page.Shapes)
        {
            if (Outline(shape, page) is not { } outline)
            {
                left++;
                continue;
            }

            var label = shape.Label == IgnoreName ? IgnoreLabel : (ushort)(names.IndexOf(shape.Label) + 1);
            var number = label is 0 or IgnoreLabel ? 0
                : shape.Group is not { } group ? ++next
                : numbers.TryGetValue((shape.Label, group), out var known) ? known
                : numbers[(shape.Label, group)] = (ushort)++next;
            foreach (var (start, length) in outline.Runs(extent).Runs())
            {
                for (var i = start; i < start + length; i++)
                {
                    var at = (i % extent.Height * extent.Width) + (i / extent.Height);
                    (classes[at], objects[at]) = (label, (ushort)number);
                }
            }
        }

        var grid = Geometry.Pixels(extent);
        writer.Add(page.Name, PictureChannels.Of(picture, 3), new(page.Name, grid, classes), new(page.Name, grid, objects));
        return left;
    }

    private static Points? Outline(Shape shape, Page page)
    {
        var p = shape.Points;
        switch (shape.Kind)
        {
            case "polygon" when p.Length >= 6:
                return new(p);
            case "rectangle" when p.Length == 4:
                return new([p[0], p[1], p[2], p[1], p[2], p[3], p[0], p[3]]);
            case "circle" when p.Length == 4:
                var radius = Math.Sqrt(((p[2] - p[0]) * (p[2] - p[0])) + ((p[3] - p[1]) * (p[3] - p[1])));
                return new([.. Enumerable.Range(0, 128).SelectMany(i => new[] { p[0] + (radius * Math.Cos(i * Math.PI / 64)), p[1] + (radius * Math.Sin(i * Math.PI / 64)) })]);
            case "point" or "line" or "linestrip" or "points":
                return null;
            default:
                throw new InputException($"'{page.File}' has a {shape.Kind} '{shape.Label}' of {p.Length / 2} point(s), which is no area that is known", "known: polygon, rectangle, circle");
        }
    }

    // The order of labels.txt gives the numbers.
    private static List<string> Names(string source, List<Page> pages)
    {
        var found = pages.SelectMany(p => p.Shapes).Select(s => s.Label).Where(l => l != IgnoreName && !IsBackground(l)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(source))) ?? source;
        var list = new[] { source, parent }.Select(f => Path.Combine(f, "labels.txt")).FirstOrDefault(File.Exists);
        if (list is null)
        {
            return found;
        }

        var names = File.ReadLines(list).Select(l => l.Trim()).Where(l => l.Length > 0 && l != IgnoreName && !IsBackground(l)).Distinct(StringComparer.Ordinal).ToList();
        return found.Except(names, StringComparer.Ordinal).ToList() is { Count: > 0 } strangers
            ? throw new InputException($"'{list}' does not name {string.Join(", ", strangers.Take(6).Select(s => $"'{s}'"))}, which '{source}' uses", $"add a line to '{list}', or remove it")
            : names;
    }

    private static bool IsBackground(string name) => name is "_background_" or "background" or "__background__";

    private sealed record Points(double[] Values)
    {
        public RunLength Runs(Extent extent) => RunLength.OfPolygon(Values, extent.Width, extent.Height);
    }

    private sealed record Shape(string Label, string Kind, long? Group, double[] Points);

    private sealed record Page(string File, string Name, string Picture, Extent? Size, IReadOnlyList<Shape> Shapes)
    {
        public static Page Read(string file)
        {
            try
            {
                var bytes = System.IO.File.ReadAllBytes(file);
                using var json = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
                var root = json.RootElement;
                return new(
                    file,
                    Path.GetFileNameWithoutExtension(file),
                    Text(root, "imagePath"),
                    Side(root, "imageWidth") is { } w && Side(root, "imageHeight") is { } h ? new Extent(w, h) : null,
                    [.. root.GetProperty("shapes").EnumerateArray().Select(s => new Shape(
                        Text(s, "label"),
                        s.TryGetProperty("shape_type", out var kind) && kind.ValueKind == JsonValueKind.String ? kind.GetString()! : "polygon",
                        s.TryGetProperty("group_id", out var group) && group.ValueKind == JsonValueKind.Number ? group.GetInt64() : null,
                        [.. s.GetProperty("points").EnumerateArray().SelectMany(PointOf)]))]);
            }
            catch (JsonException e)
            {
                throw new InputException($"'{file}' is not JSON: {e.Message.TrimEnd('.')}", null, e);
            }
            catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new InputException($"'{file}' is not labelme's: {e.Message.TrimEnd('.')}", "expected \"imagePath\" and \"shapes\" with label and points", e);
            }
        }

        private static string Text(JsonElement json, string key) => json.GetProperty(key) is { ValueKind: JsonValueKind.String } text
            ? text.GetString()!
            : throw new FormatException($"\"{key}\" is {json.GetProperty(key).GetRawText()}, expected text");

        private static double[] PointOf(JsonElement point) => point.ValueKind == JsonValueKind.Array && point.GetArrayLength() == 2
            ? [point[0].GetDouble(), point[1].GetDouble()]
            : throw new FormatException($"a point is {point.GetRawText()}, expected [x, y]");

        private static int? Side(JsonElement root, string key) => root.TryGetProperty(key, out var side) && side.ValueKind == JsonValueKind.Number ? side.GetInt32() : null;
    }
}

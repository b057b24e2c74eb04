using System.Globalization;
using System.Text.Json;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Coco;

/// <summary>A picture of a COCO file.</summary>
/// <param name="Id">Its number.</param>
/// <param name="FileName">Its file, perhaps with folders.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public sealed record CocoImage(long Id, string FileName, int Width, int Height);

/// <summary>A category of a COCO file.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Supercategory">The group that it belongs to; null where it has none.</param>
/// <param name="IsThing">Whether its objects are counted (things) or not (stuff); null where the file does not say.</param>
public sealed record CocoCategory(long Id, string Name, string? Supercategory, bool? IsThing);

/// <summary>An object of a COCO file.</summary>
/// <param name="Id">Its number; in a list of detections its place.</param>
/// <param name="Category">The number of its category.</param>
/// <param name="IsCrowd">Whether it is a region of many objects.</param>
/// <param name="Score">How sure a detector was; null for annotations.</param>
/// <param name="Mask">Its pixels; null where the file gives none (a box only).</param>
public sealed record CocoObject(long Id, long Category, bool IsCrowd, double? Score, RunLength? Mask);

/// <summary>A segment of a panoptic picture.</summary>
/// <param name="Id">Its number in the picture: R + 256 G + 65536 B.</param>
/// <param name="Category">The number of its category.</param>
/// <param name="IsCrowd">Whether it is a region of many objects.</param>
public sealed record CocoSegment(long Id, long Category, bool IsCrowd);

/// <summary>The segments of a picture and the file that shows them.</summary>
/// <param name="FileName">A PNG; null where the file does not name one.</param>
/// <param name="Segments">All of them.</param>
public sealed record CocoPanoptic(string? FileName, IReadOnlyList<CocoSegment> Segments);

/// <summary>Annotations as COCO stores them: objects (polygons, runs), panoptic segments, or detections.</summary>
/// <remarks>
/// Source: cocodataset.org, formats of data and results. The file is read once for an index; objects are read from it when they are
/// asked for, so that a file of hundreds of megabytes takes some tens in memory.
/// </remarks>
public sealed class CocoFile
{
    private const int LongestSide = 1 << 16;

    private readonly List<Entry> _entries = [];
    private readonly Dictionary<long, List<int>> _ofImage = [];
    private readonly Dictionary<long, CocoCategory> _categories = [];

    private CocoFile(string path) => Path = path;

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>The pictures, by number; for detections those that have one, without names and sizes of 0.</summary>
    public IReadOnlyList<CocoImage> Images { get; private set; } = [];

    /// <summary>The categories, by number.</summary>
    public IReadOnlyList<CocoCategory> Categories => [.. _categories.Values.OrderBy(c => c.Id)];

    /// <summary>Annotations: objects, or pictures of segments.</summary>
    public int Count => _entries.Count;

    /// <summary>Whether it describes panoptic pictures.</summary>
    public bool IsPanoptic { get; private set; }

    /// <summary>Whether it is a list of detections, without pictures and categories.</summary>
    public bool IsResults { get; private set; }

    /// <summary>Regions of many objects; panoptic ones are not counted.</summary>
    public int Crowds => _entries.Count(e => e.IsCrowd);

    /// <summary>Reads what there is, but no masks yet.</summary>
    /// <param name="path">The JSON file.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="InputException">No JSON, a key that is missing or of the wrong kind, an annotation of an image or category that does not exist.</exception>
    public static CocoFile Open(string path, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var file = new CocoFile(path);
        var images = new Dictionary<long, CocoImage>();
        var others = new SortedSet<string>(StringComparer.Ordinal);
        JsonItems.Read(
            path,
            (list, json, offset) =>
            {
                switch (list)
                {
                    case "images":
                        var image = file.Image(Parse(json));
                        if (!images.TryAdd(image.Id, image))
                        {
                            throw file.Wrong($"has two images with id {image.Id}", null);
                        }

                        break;
                    case "categories":
                        var category = file.Category(Parse(json));
                        if (!file._categories.TryAdd(category.Id, category))
                        {
                            throw file.Wrong($"has two categories with id {category.Id}", null);
                        }

                        break;
                    case "annotations" or "":
                        file.IsResults |= list.Length == 0;
                        file.Index(json, offset);
                        break;
                    default:
                        others.Add(list);
                        break;
                }
            },
            (at, of) => on?.Invoke(new Progressed("annotations", (int)(at >> 20), (int)Math.Max(1, of >> 20), "MB")),
            cancel);
        if (file.IsResults)
        {
            images = file._ofImage.Keys.ToDictionary(id => id, id => new CocoImage(id, "", 0, 0));
        }

        if (images.Count == 0)
        {
            throw file.Wrong(
                $"has no images{(others.Count == 0 ? "" : $"; it has {string.Join(", ", others.Take(6))}")}",
                "a COCO file has the lists images, annotations and categories");
        }

        file.Images = [.. images.Values.OrderBy(i => i.Id)];
        file.CheckReferences(images);
        return file;
    }

    /// <summary>The objects of a picture, in the file's order, with their masks.</summary>
    /// <param name="image">One of <see cref="Images"/>; its size is that of the masks where polygons are drawn.</param>
    /// <exception cref="InputException">A mask that cannot be understood; the message names the annotation.</exception>
    public IEnumerable<CocoObject> ObjectsOf(CocoImage image)
    {
        foreach (var (entry, number) in EntriesOf(image))
        {
            using var json = ReadEntry(entry);
            yield return Object(json.RootElement, image, entry, number);
        }
    }

    /// <summary>The segments of a panoptic picture; null where it has none.</summary>
    public CocoPanoptic? SegmentsOf(CocoImage image)
    {
        foreach (var (entry, _) in EntriesOf(image))
        {
            using var json = ReadEntry(entry);
            var segments = json.RootElement.GetProperty("segments_info").EnumerateArray().Select(s =>
            {
                var category = Number(s, "category_id", "a segment");
                return _categories.ContainsKey(category)
                    ? new CocoSegment(Number(s, "id", "a segment"), category, Flag(s, "iscrowd"))
                    : throw UnknownCategory(category, $"segment {Number(s, "id", "a segment")} of image {image.Id}");
            }).ToList();
            return new(Text(json.RootElement, "file_name"), segments);
        }

        return null;
    }

    private IEnumerable<(Entry Entry, int Number)> EntriesOf(CocoImage image) =>
        _ofImage.TryGetValue(image.Id, out var entries) ? entries.Select(i => (_entries[i], i)) : [];

    private static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        using var document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        return document.RootElement.Clone();
    }

    private CocoImage Image(JsonElement json)
    {
        var id = Number(json, "id", "an image");
        var (width, height) = (Number(json, "width", $"image {id}"), Number(json, "height", $"image {id}"));
        return width is >= 1 and <= LongestSide && height is >= 1 and <= LongestSide
            ? new(id, Text(json, "file_name") ?? throw Wrong($"image {id} has no file_name", null), (int)width, (int)height)
            : throw Wrong($"image {id} is {width}x{height}; sides of 1 to {LongestSide} pixels are known", null);
    }

    private CocoCategory Category(JsonElement json)
    {
        var id = Number(json, "id", "a category");
        return new(
            id,
            Text(json, "name") ?? throw Wrong($"category {id} has no name", null),
            Text(json, "supercategory") is { Length: > 0 } group ? group : null,
            json.TryGetProperty("isthing", out _) ? Flag(json, "isthing") : null);
    }

    // Only what is needed to find it again.
    private void Index(ReadOnlySpan<byte> json, long offset)
    {
        long? image = null;
        long? category = null;
        var (crowd, panoptic) = (false, false);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw Wrong($"has an annotation at byte {offset} that is no object", null);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isImage, isCategory, isCrowd) = (reader.ValueTextEquals("image_id"u8), reader.ValueTextEquals("category_id"u8), reader.ValueTextEquals("iscrowd"u8));
            panoptic |= reader.ValueTextEquals("segments_info"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.Number && (isImage || isCategory || isCrowd))
            {
                var value = reader.TryGetInt64(out var whole) ? whole : throw Wrong($"has an annotation at byte {offset} whose ids are no whole numbers", null);
                image = isImage ? value : image;
                category = isCategory ? value : category;
                crowd |= isCrowd && value != 0;
            }
            else if (isCrowd)
            {
                crowd |= reader.TokenType == JsonTokenType.True;
            }

            reader.Skip();
        }

        IsPanoptic |= panoptic;
        if (image is not { } of || (category is null && !panoptic))
        {
            throw Wrong($"has an annotation at byte {offset} without {(image is null ? "image_id" : "category_id")}", null);
        }

        if (!_ofImage.TryGetValue(of, out var entries))
        {
            _ofImage.Add(of, entries = []);
        }

        entries.Add(_entries.Count);
        _entries.Add(new(of, category ?? 0, crowd, offset, json.Length));
    }

    private void CheckReferences(Dictionary<long, CocoImage> images)
    {
        if (_ofImage.Keys.Where(id => !images.ContainsKey(id)).ToList() is { Count: > 0 } strangers)
        {
            throw Wrong($"has annotations of {strangers.Count} image(s) that it does not list: {string.Join(", ", strangers.Order().Take(6))}{(strangers.Count > 6 ? ", …" : "")}", null);
        }

        if (!IsResults && !IsPanoptic && _entries.FindIndex(e => !_categories.ContainsKey(e.Category)) is >= 0 and var i)
        {
            throw UnknownCategory(_entries[i].Category, $"an annotation of image {_entries[i].Image}");
        }
    }

    private InputException UnknownCategory(long category, string of) => Wrong(
        $"has {of} with category {category}, which it does not list; it has {string.Join(", ", Categories.Take(8).Select(c => $"{c.Id} {c.Name}"))}{(_categories.Count > 8 ? ", …" : "")}",
        null);

    private JsonDocument ReadEntry(Entry entry)
    {
        var bytes = new byte[entry.Length];
        using var file = File.OpenRead(Path);
        file.Position = entry.Offset;
        file.ReadExactly(bytes);
        return JsonDocument.Parse(bytes, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
    }

    private CocoObject Object(JsonElement json, CocoImage image, Entry entry, int number)
    {
        var id = json.TryGetProperty("id", out var given) && given.TryGetInt64(out var n) ? n : number;
        double? score = json.TryGetProperty("score", out var sure) && sure.ValueKind == JsonValueKind.Number ? sure.GetDouble() : null;
        try
        {
            return new(id, entry.Category, entry.IsCrowd, score, json.TryGetProperty("segmentation", out var segmentation) ? Mask(segmentation, image) : null);
        }
        catch (InputException e)
        {
            throw Wrong($"annotation {id} of image {image.Id}: {e.Message}", e.Fix);
        }
    }

    private static RunLength? Mask(JsonElement json, CocoImage image)
    {
        if (json.ValueKind == JsonValueKind.Object)
        {
            var size = json.TryGetProperty("size", out var s) && s.ValueKind == JsonValueKind.Array && s.GetArrayLength() == 2
                ? (Height: Run(s[0]), Width: Run(s[1]))
                : throw new InputException("the runs have no size", "\"size\": [HEIGHT, WIDTH]");
            if (image.Width > 0 && size != (image.Height, image.Width))
            {
                throw new InputException($"the mask is {size.Width}x{size.Height} but its image is {image.Width}x{image.Height}", null);
            }

            if (size.Width is < 1 or > LongestSide || size.Height is < 1 or > LongestSide || (long)size.Width * size.Height > int.MaxValue)
            {
                throw new InputException($"the mask is {size.Width}x{size.Height}; sides of 1 to {LongestSide} pixels are known", null);
            }

            return !json.TryGetProperty("counts", out var counts) ? throw new InputException("the runs have no counts", null)
                : counts.ValueKind == JsonValueKind.String ? RunLength.FromCompressed(counts.GetString()!, size.Width, size.Height).Checked()
                : counts.ValueKind == JsonValueKind.Array ? new RunLength(size.Height, size.Width, [.. counts.EnumerateArray().Select(Run)]).Checked()
                : throw new InputException($"counts are a JSON {counts.ValueKind}, expected a list or a text", null);
        }

        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() == 0)
        {
            return json.ValueKind is JsonValueKind.Array or JsonValueKind.Null ? null : throw new InputException($"segmentation is a JSON {json.ValueKind}, expected polygons or runs", null);
        }

        // One polygon may stand there without a list around it.
        var polygons = json[0].ValueKind == JsonValueKind.Number ? [json] : json.EnumerateArray().ToArray();
        return RunLength.Union([.. polygons.Select(p => RunLength.OfPolygon([.. p.EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Number ? v.GetDouble() : double.NaN)], image.Width, image.Height))]);
    }

    private static int Run(JsonElement json) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetInt32(out var run) ? run : throw new InputException($"a run or side is {json.GetRawText()}, expected a whole number", null);

    private long Number(JsonElement json, string key, string of) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)
            ? number
            : throw Wrong($"has {of} without a whole number '{key}'", null);

    private static string? Text(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetDouble().ToString(CultureInfo.InvariantCulture),
            _ => null,
        } : null;

    private static bool Flag(JsonElement json, string key) =>
        json.TryGetProperty(key, out var value) && (value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.Number && value.GetDouble() != 0));

    private InputException Wrong(string what, string? fix) => new($"'{Path}' {what}", fix);

    private readonly record struct Entry(long Image, long Category, bool IsCrowd, long Offset, int Length);
}

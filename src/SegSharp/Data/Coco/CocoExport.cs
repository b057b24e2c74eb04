using System.Text.Json;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Data.Coco;

/// <summary>Writes the labels of a data set as COCO's annotations.</summary>
/// <remarks>
/// An annotation is a numbered object (<see cref="DataSet.ObjectsFolder"/>; one for each of its labels, where it has several); without
/// numbers a connected part of a label (corners touch). Pixels to be ignored are one crowd region of the first category. Read again by
/// <c>data import coco</c>, labels are the same, and objects but for their numbers.
/// </remarks>
public static class CocoExport
{
    /// <summary>Writes a data set.</summary>
    /// <param name="data">Pictures with labels; volumes cannot be written.</param>
    /// <param name="path">The JSON file to write.</param>
    /// <param name="polygons">Outlines instead of compressed runs; crowds stay runs.</param>
    /// <param name="on">Hears progress.</param>
    /// <param name="cancel">Stops and writes nothing.</param>
    /// <returns>How many annotations were written.</returns>
    /// <exception cref="UsageException">The file belongs to the data set itself.</exception>
    /// <exception cref="InputException">A volume, or a case that cannot be read.</exception>
    public static int Write(DataSet data, string path, bool polygons, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var full = Path.GetFullPath(path);
        var own = data.Cases.Concat(data.TestCases).SelectMany(c => c.Channels.Append(c.Label).Append(data.ObjectsOf(c))).OfType<string>()
            .Append(Path.Combine(data.Folder, DataSetDescription.FileName)).Append(Path.Combine(data.Folder, SplitsFile.Name));
        if (own.Any(f => Path.GetFullPath(f) == full))
        {
            throw new UsageException($"'{path}' is a file of the data set '{data.Folder}'", $"segsharp data export coco {CommandText.Word(data.Folder)} {CommandText.Word(Path.Combine(data.Folder, "annotations.json"))}");
        }

        var count = 0;
        AtomicFile.Write(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream);
            json.WriteStartObject();
            json.WriteStartObject("info");
            json.WriteString("description", data.Name);
            json.WriteEndObject();
            json.WriteStartArray("images");
            for (var i = 0; i < data.Cases.Count; i++)
            {
                var map = LabelMap.Read(data.Cases[i].Label!);
                if (map.Extent.Depth > 1)
                {
                    throw new InputException($"'{data.Cases[i].Label}' is {map.Extent}; COCO knows pictures only", null);
                }

                json.WriteStartObject();
                json.WriteNumber("id", i + 1);
                json.WriteString("file_name", Path.GetFileName(data.Cases[i].Channels[0]));
                json.WriteNumber("width", map.Extent.Width);
                json.WriteNumber("height", map.Extent.Height);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("categories");
            var labels = data.Labels.Values.Where(l => l != 0).ToList();
            foreach (var label in labels)
            {
                json.WriteStartObject();
                json.WriteNumber("id", label);
                json.WriteString("name", data.Labels.NameOf(label));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("annotations");
            for (var i = 0; i < data.Cases.Count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                foreach (var (label, crowd, mask) in Objects(data, data.Cases[i], labels))
                {
                    Annotation(json, ++count, i + 1, label, crowd, mask, polygons && !crowd);
                }

                json.Flush();
                on?.Invoke(new Progressed("export", i + 1, data.Cases.Count, data.Cases[i].Id));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
        return count;
    }

    private static IEnumerable<(ushort Label, bool Crowd, RunLength Mask)> Objects(DataSet data, Case @case, List<ushort> labels)
    {
        var map = LabelMap.Read(@case.Label!);
        var classes = map.Labels;
        var numbers = data.ObjectsOf(@case) is { } file ? Array.ConvertAll(LabelMap.Read(file).Labels, l => (int)l) : new int[classes.Length];
        if (numbers.Length != classes.Length)
        {
            throw new InputException($"map of objects '{data.ObjectsOf(@case)}' is of another size than '{@case.Label}'", null);
        }

        // What has a label and no number becomes parts of its own; a number without a label is no object.
        var unnumbered = classes.Select((l, i) => l != 0 && l != data.Labels.Ignore && numbers[i] == 0 ? l : (ushort)0).ToArray();
        var parts = Components.Label(unnumbered, map.Extent, Connectivity.Full, out _);
        var most = numbers.Max();
        var pieces = new SortedDictionary<(int Number, ushort Label), List<int>>();
        for (var i = 0; i < classes.Length; i++)
        {
            if (classes[i] != 0 && classes[i] != data.Labels.Ignore)
            {
                var key = (numbers[i] != 0 ? numbers[i] : most + parts[i], classes[i]);
                if (!pieces.TryGetValue(key, out var pixels))
                {
                    pieces.Add(key, pixels = []);
                }

                pixels.Add(i);
            }
        }

        foreach (var ((_, label), pixels) in pieces)
        {
            yield return (label, false, Runs(pixels, map.Extent));
        }

        if (data.Labels.Ignore is { } ignore && classes.AsSpan().Contains(ignore))
        {
            yield return (labels[0], true, Runs([.. Enumerable.Range(0, classes.Length).Where(i => classes[i] == ignore)], map.Extent));
        }
    }

    private static RunLength Runs(List<int> pixels, Extent extent)
    {
        var mask = new bool[extent.Count];
        foreach (var i in pixels)
        {
            mask[i] = true;
        }

        return RunLength.Of(mask, extent.Width, extent.Height);
    }

    private static void Annotation(Utf8JsonWriter json, int id, int image, ushort label, bool crowd, RunLength mask, bool polygons)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteNumber("image_id", image);
        json.WriteNumber("category_id", label);
        json.WriteNumber("iscrowd", crowd ? 1 : 0);
        json.WriteNumber("area", mask.Area);
        json.WriteStartArray("bbox");
        var box = mask.Box;
        foreach (var side in new[] { box.X, box.Y, box.Width, box.Height })
        {
            json.WriteNumberValue(side);
        }

        json.WriteEndArray();
        if (polygons)
        {
            json.WriteStartArray("segmentation");
            foreach (var outline in Outline.Of(mask.ToMask(), new Extent(mask.Width, mask.Height)))
            {
                json.WriteStartArray();
                foreach (var v in outline)
                {
                    json.WriteNumberValue(v);
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
        }
        else
        {
            json.WriteStartObject("segmentation");
            json.WriteStartArray("size");
            json.WriteNumberValue(mask.Height);
            json.WriteNumberValue(mask.Width);
            json.WriteEndArray();
            json.WriteString("counts", mask.Compressed());
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}

using System.Globalization;
using SegSharp.Data.Voc;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;

namespace SegSharp.Data.Import;

/// <summary>Imports the layout of PASCAL VOC: JPEGImages, SegmentationClass, SegmentationObject, ImageSets, Annotations.</summary>
/// <remarks>
/// Source: the VOC development kit. Masks are palettes (their indices are classes), or colours that <c>labelmap.txt</c> or VOC's own
/// map names; void (255) is to be ignored. Classes are those of <c>labelmap.txt</c> or <c>class_names.txt</c>, else the 21 of VOC.
/// The lists train and val in <c>ImageSets/Segmentation</c> become the one split of <c>splits_final.json</c>, test the test cases.
/// </remarks>
public static class VocImporter
{
    /// <summary>Imports the folder.</summary>
    /// <param name="source">The folder with JPEGImages, or one that holds it as VOCdevkit/VOC2012.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="objects">Also number the objects, from SegmentationObject, in <c>instancesTr</c>.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two cases and leaves nothing behind.</param>
    /// <returns>The imported data set.</returns>
    /// <exception cref="InputException">A folder, picture or mask is missing, sizes differ, a value or colour stands for no class.</exception>
    public static DataSet Import(string source, string target, bool objects = false, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var root = Root(source);
        var classes = Classes.Of(root);
        var (training, validation, test) = Lists(root);
        var names = training.Concat(validation).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var description = new DataSetDescription { ChannelNames = ["R", "G", "B"], Labels = classes.Labels, FileEnding = ".png" };
        var pictures = Directory.EnumerateFiles(Path.Combine(root, "JPEGImages")).Where(Catalogue.HasImageEnding).Order(StringComparer.Ordinal).ToLookup(Catalogue.NameOf, StringComparer.Ordinal);
        using var writer = new DataSetWriter(target, description, overwrite);
        var (coloured, any) = (0, false);
        for (var i = 0; i < names.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var picture = Picture(pictures, root, names[i]);
            var labels = classes.Read(MaskOf(root, "SegmentationClass", names[i]), picture.Extent, ref coloured);
            any |= labels.Labels.AsSpan().ContainsAnyExcept((ushort)0, (ushort)VocColours.Void);
            var numbers = objects ? Classes.ReadNumbers(MaskOf(root, "SegmentationObject", names[i]), picture.Extent) : null;
            writer.Add(names[i], PictureChannels.Of(picture, 3), labels, numbers);
            on?.Invoke(new Progressed("import", i + 1, names.Count + test.Count, names[i]));
        }

        foreach (var name in test)
        {
            writer.AddTest(name, PictureChannels.Of(Picture(pictures, root, name), 3));
        }

        if (validation.Count > 0 && training.Count > 0)
        {
            writer.AddSplits([new Split(training, validation)]);
            on?.Invoke(new Noted($"the lists train ({training.Count}) and val ({validation.Count}) became the split of {SplitsFile.Name} (--validation fold:0)"));
        }

        writer.Complete(on);
        on?.Invoke(new Noted($"classes: {classes.Origin}; void (255) is to be ignored"));
        if (!any)
        {
            on?.Invoke(new Warned("no class occurs: the masks hold only 0 (background) and 255 (void); where 255 is the foreground: segsharp data import folder SRC DST"));
        }

        if (coloured > 0)
        {
            on?.Invoke(new Noted($"{coloured} mask(s) hold colours, which became classes by {classes.Map}"));
        }

        Tell(root, on);
        return DataSet.Open(target);
    }

    private static void Tell(string root, Action<RunEvent>? on)
    {
        var folder = Path.Combine(root, "Annotations");
        var files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.xml").Order(StringComparer.Ordinal).ToList() : [];
        if (files.Count > 0)
        {
            var all = files.SelectMany(f => VocAnnotation.Read(f).Objects).ToList();
            on?.Invoke(new Noted($"{all.Count} boxes in {files.Count} annotation(s), {all.Count(o => o.Difficult)} difficult: {string.Join(", ", all.GroupBy(o => o.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).Take(8).Select(g => $"{g.Key} {g.Count()}"))}"));
        }
    }

    private static string Root(string source)
    {
        if (Directory.Exists(Path.Combine(source, "JPEGImages")))
        {
            return source;
        }

        if (!Directory.Exists(source))
        {
            throw new InputException($"'{source}' does not exist; expected a folder with JPEGImages and SegmentationClass", null);
        }

        var below = new[] { source, Path.Combine(source, "VOCdevkit") }.Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories)
            .Where(d => Directory.Exists(Path.Combine(d, "JPEGImages"))).Order(StringComparer.Ordinal).ToList();
        return below.Count switch
        {
            1 => below[0],
            0 => throw new InputException($"'{source}' has no folder 'JPEGImages'", "segsharp data import voc VOCdevkit/VOC2012 DST"),
            _ => throw new InputException($"'{source}' holds {below.Count} years: {string.Join(", ", below.Select(Path.GetFileName))}", $"name one: segsharp data import voc {below[^1]} DST"),
        };
    }

    // Without lists every picture that has a mask.
    private static (IReadOnlyList<string> Training, IReadOnlyList<string> Validation, IReadOnlyList<string> Test) Lists(string root)
    {
        var folder = Path.Combine(root, "ImageSets", "Segmentation");
        List<string> List(string name) => File.Exists(Path.Combine(folder, name + ".txt"))
            ? [.. File.ReadLines(Path.Combine(folder, name + ".txt")).Select(l => l.Trim()).Where(l => l.Length > 0).Distinct(StringComparer.Ordinal)]
            : [];
        var (training, validation) = (List("train"), List("val"));
        var all = training.Count + validation.Count > 0 ? [] : List("trainval");
        if (training.Count + validation.Count + all.Count == 0)
        {
            var masks = Path.Combine(root, "SegmentationClass");
            all = Directory.Exists(masks)
                ? [.. Directory.EnumerateFiles(masks).Where(Catalogue.HasImageEnding).Select(Catalogue.NameOf).Order(StringComparer.Ordinal)]
                : throw new InputException($"'{root}' has no folder 'SegmentationClass'", "boxes alone are no masks");
        }

        if (new Split(training, validation).Shared is { } shared)
        {
            throw new InputException($"picture '{shared}' stands in both train.txt and val.txt of '{folder}', so validation would measure what was learnt", "take it out of one of them");
        }

        var listed = training.Concat(validation).Concat(all).ToHashSet(StringComparer.Ordinal);
        return ([.. training, .. all], validation, [.. List("test").Where(t => !listed.Contains(t))]);
    }

    private static Volume Picture(ILookup<string, string> pictures, string root, string name) => pictures[name].ToList() switch
    {
        [var one] => Volume.Read(one),
        [] => throw new InputException($"picture '{name}' is missing in '{Path.Combine(root, "JPEGImages")}'", "restore it, or take it out of ImageSets/Segmentation"),
        var several => throw new InputException(
            $"picture '{name}' is there {several.Count} times in '{Path.Combine(root, "JPEGImages")}': {string.Join(", ", several.Select(Path.GetFileName))}", "keep the one that its mask belongs to"),
    };

    private static string MaskOf(string root, string folder, string name) =>
        Path.Combine(root, folder, name + ".png") is var file && File.Exists(file)
            ? file
            : throw new InputException($"picture '{name}' has no mask: '{file}' is missing", "restore it, or take the picture out of ImageSets/Segmentation");

    private sealed class Classes
    {
        private readonly Dictionary<int, ushort> _ofColour;

        private Classes(IReadOnlyList<string> names, Dictionary<int, ushort> ofColour, string origin, string map)
        {
            (_ofColour, Origin, Map) = (ofColour, origin, map);
            Labels = new([.. names.Select((n, i) => new NamedLabel(i == 0 ? "background" : n, [(ushort)i]))], VocColours.Void);
        }

        public LabelList Labels { get; }

        public string Origin { get; }

        public string Map { get; }

        public static Classes Of(string root)
        {
            var usual = Enumerable.Range(0, 256).ToDictionary(i => Colour(VocColours.Of(i)), i => (ushort)i);
            var map = Path.Combine(root, "labelmap.txt");
            if (File.Exists(map))
            {
                var rows = File.ReadLines(map).Select(l => l.Trim()).Where(l => l.Length > 0 && l[0] != '#').Select(l => Row(l, map)).ToList();

                // Background is 0 wherever it stands.
                rows = [.. rows.Where(r => IsBackground(r.Name)), .. rows.Where(r => !IsBackground(r.Name))];
                rows = rows.Count > 0 && IsBackground(rows[0].Name) ? rows : [("background", 0), .. rows];
                var colours = new Dictionary<int, ushort> { [Colour(VocColours.Of(VocColours.Void))] = VocColours.Void };
                var names = CheckCount([.. rows.Select(r => r.Name)], map);
                var nameOf = new Dictionary<int, string>();
                for (var i = 0; i < rows.Count; i++)
                {
                    var colour = rows[i].Colour ?? Colour(VocColours.Of(i));
                    if (!nameOf.TryAdd(colour, names[i]))
                    {
                        throw new InputException($"'{map}' gives '{nameOf[colour]}' and '{names[i]}' one colour, {Written(colour)}", "give each class a colour of its own");
                    }

                    colours[colour] = (ushort)i;
                }

                return new(names, colours, "those of labelmap.txt", "labelmap.txt");
            }

            var list = Path.Combine(root, "class_names.txt");
            if (File.Exists(list))
            {
                var names = File.ReadLines(list).Select(l => l.Trim()).Where(l => l.Length > 0 && l != "__ignore__").ToList();
                names = names.Count > 0 && IsBackground(names[0]) ? names : ["background", .. names];
                return new(CheckCount(names, list), usual, "those of class_names.txt", "VOC's colour map");
            }

            return new(VocColours.Classes, usual, "the 21 of VOC", "VOC's colour map");
        }

        public LabelMap Read(string path, Extent extent, ref int coloured)
        {
            var volume = Load(path, extent);
            if (volume.Channels < 3)
            {
                var map = LabelMap.From(volume);
                LoadedCase.CheckLabels(path, map, Labels);
                return map;
            }

            coloured++;
            var labels = Array.ConvertAll(ColouredMask.Colours(volume), c => _ofColour.TryGetValue(c, out var label) && Labels.Contains(label)
                ? label
                : throw new InputException($"mask '{path}' holds the colour {Written(c)}, which stands for no class by {Map}", "name it in labelmap.txt: NAME:R,G,B::"));
            return new LabelMap(volume.Name, volume.Geometry, labels, path);
        }

        public static LabelMap ReadNumbers(string path, Extent extent)
        {
            var volume = Load(path, extent);
            if (volume.Channels < 3)
            {
                return LabelMap.From(volume).Select(v => v == VocColours.Void ? (ushort)0 : v);
            }

            var labels = Array.ConvertAll(ColouredMask.Colours(volume), c => VocColours.NumberOf((byte)c, (byte)(c >> 8), (byte)(c >> 16)) is { } number
                ? number == VocColours.Void ? (ushort)0 : number
                : throw new InputException($"mask '{path}' holds the colour {Written(c)}, which is none of VOC's map", null));
            return new LabelMap(volume.Name, volume.Geometry, labels, path);
        }

        private static Volume Load(string path, Extent extent)
        {
            var volume = ColouredMask.Read(path);
            return volume.Extent == extent ? volume : throw new InputException($"mask '{path}' is {volume.Extent} but its picture is {extent}", null);
        }

        private static List<string> CheckCount(List<string> names, string file) => names.Count <= VocColours.Void
            ? names
            : throw new InputException($"'{file}' names {names.Count} classes; VOC's masks number at most {VocColours.Void}", null);

        private static string Written(int colour) => $"({colour & 0xFF},{(colour >> 8) & 0xFF},{colour >> 16})";

        private static bool IsBackground(string name) => name is "background" or "_background_" or "__background__";

        private static int Colour((byte R, byte G, byte B) c) => c.R | (c.G << 8) | (c.B << 16);

        // NAME:R,G,B:parts:actions
        private static (string Name, int? Colour) Row(string line, string file)
        {
            var parts = line.Split(':');
            if (parts.Length < 2 || parts[1].Length == 0)
            {
                return (parts[0], null);
            }

            var rgb = parts[1].Split(',').Select(v => byte.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out var b) ? b : -1).ToList();
            return rgb.Count == 3 && rgb.TrueForAll(v => v >= 0)
                ? (parts[0], rgb[0] | (rgb[1] << 8) | (rgb[2] << 16))
                : throw new InputException($"'{file}' has the line '{line}', expected NAME:R,G,B:parts:actions", null);
        }
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;

namespace SegSharp.Data.Import;

/// <summary>Which colours the imported pictures have.</summary>
public enum PictureColours
{
    /// <summary>One grey channel where no picture has colours, else three.</summary>
    Auto,

    /// <summary>One grey channel; colours are weighed as the eye does.</summary>
    Grey,

    /// <summary>Red, green and blue.</summary>
    Rgb,
}

/// <summary>How pictures with numbered objects are understood.</summary>
public sealed record InstancesImportOptions
{
    /// <summary>Folder of the images; null = looked for, or one folder per picture as Kaggle has it.</summary>
    public string? Images { get; init; }

    /// <summary>Folder of the masks; null = looked for.</summary>
    public string? Masks { get; init; }

    /// <summary>What a network shall learn.</summary>
    public ObjectTarget Target { get; init; } = ObjectTarget.Binary;

    /// <summary>What an object is called.</summary>
    public string Name { get; init; } = "object";

    /// <summary>Grey or colours.</summary>
    public PictureColours Colours { get; init; }
}

/// <summary>Imports pictures whose objects are told apart: one label image per picture, or one mask per object as the Data Science Bowl 2018 has them.</summary>
/// <remarks>
/// Writes the labels of <see cref="InstancesImportOptions.Target"/>, and beside them the objects themselves into <c>instancesTr</c>, 16
/// bits: a loss with a border weight measures from them, and <c>evaluate --instances</c> holds predictions against them.
/// Where two masks claim a pixel the first file (by name) keeps it; how many is said.
/// </remarks>
public static class InstancesImporter
{
    /// <summary>Imports the pictures.</summary>
    /// <param name="source">Folder with folders of images and masks, or with a folder per picture that holds <c>images/</c> and <c>masks/</c>.</param>
    /// <param name="target">The data set's folder.</param>
    /// <param name="options">How they are understood.</param>
    /// <param name="overwrite">Replace a data set that lies there.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two cases and leaves nothing behind.</param>
    /// <returns>The imported data set.</returns>
    /// <exception cref="InputException">No picture, a picture without a mask, sizes that differ, masks that JPEG or grey edges spoilt, more objects than 16 bits can number.</exception>
    public static DataSet Import(
        string source, string target, InstancesImportOptions options, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        DataSetWriter.CheckPlace(target, overwrite);
        var pictures = options.Images is null && options.Masks is null ? PerPicture(source) : null;
        pictures ??= [.. FolderImporter.Find(source, options.Images, options.Masks, on).Select(p => new ObjectPicture(p.Id, p.Image, [p.Mask], IsMap: true))];
        var channels = PictureChannels.Decide(pictures.Select(p => p.Image), options.Colours, on, cancel);
        var description = new DataSetDescription
        {
            ChannelNames = channels == 1 ? ["grey"] : ["R", "G", "B"],
            Labels = ObjectLabels.Names(options.Target, options.Name),
            FileEnding = ".png",
        };
        using var writer = new DataSetWriter(target, description, overwrite);
        var facts = new Facts();
        for (var i = 0; i < pictures.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            Add(writer, pictures[i], channels, options.Target, facts);
            on?.Invoke(new Progressed("import", i + 1, pictures.Count, pictures[i].Id));
        }

        writer.Complete(on);
        on?.Invoke(new Noted($"{facts.Objects} objects in {pictures.Count - facts.Test} pictures, in instancesTr; {ObjectLabels.Explain(options.Target, options.Name)}"));
        facts.Tell(on);
        return DataSet.Open(target);
    }

    private static void Add(DataSetWriter writer, ObjectPicture picture, int channels, ObjectTarget target, Facts facts)
    {
        var image = PictureChannels.Of(Volume.Read(picture.Image), channels);
        if (picture.Masks.Count == 0)
        {
            facts.Test++;
            writer.AddTest(picture.Id, image);
            return;
        }

        var objects = picture.IsMap ? ReadMap(picture, image.Extent, facts) : JoinMasks(picture, image.Extent, facts);
        facts.Objects += objects.Histogram().Count(l => l.Label != 0);
        writer.Add(picture.Id, image, ObjectLabels.Of(objects, target), objects);
    }

    private static LabelMap ReadMap(ObjectPicture picture, Extent extent, Facts facts)
    {
        var map = ColouredMask.ReadObjects(picture.Masks[0], out var coloured);
        RequireExtent(picture.Masks[0], map.Extent, picture.Image, extent);
        RequireNumbers(picture.Masks[0], map, coloured);
        facts.Coloured += coloured ? 1 : 0;

        // 0 and 255 number nothing; nor does 0 and 1 where the 1 falls into pieces.
        if (map.Histogram() is var values && values.Count(v => v.Label != 0) == 1)
        {
            var parts = ObjectLabels.OfParts(map);
            facts.Parted += values.Any(v => v.Label == 255) || parts.Labels.Max() > 1 ? 1 : 0;
            return parts;
        }

        return map;
    }

    // The first file by name keeps a pixel that two claim.
    private static LabelMap JoinMasks(ObjectPicture picture, Extent extent, Facts facts)
    {
        if (picture.Masks.Count > ushort.MaxValue)
        {
            throw new InputException($"picture '{picture.Id}' has {picture.Masks.Count} masks; 16 bits number at most {ushort.MaxValue} objects", "remove the smallest masks");
        }

        var labels = new ushort[extent.Count];
        var twice = 0L;
        for (var m = 0; m < picture.Masks.Count; m++)
        {
            var mask = OneObject(picture.Masks[m], LabelMap.Read(picture.Masks[m]), facts);
            RequireExtent(picture.Masks[m], mask.Extent, picture.Image, extent);
            var (any, kept) = (false, false);
            for (var i = 0; i < labels.Length; i++)
            {
                if (mask.Labels[i] == 0)
                {
                    continue;
                }

                any = true;
                if (labels[i] == 0)
                {
                    (labels[i], kept) = ((ushort)(m + 1), true);
                }
                else
                {
                    twice++;
                }
            }

            facts.Empty += any ? 0 : 1;
            facts.Hidden += any && !kept ? 1 : 0;
        }

        facts.Overlap(picture.Id, twice);
        return new LabelMap(picture.Id, Geometry.Pixels(extent), labels);
    }

    // What blurs leave between 0 and 255 numbers nothing.
    private static void RequireNumbers(string path, LabelMap map, bool coloured)
    {
        var values = map.Histogram().Where(v => v.Label != 0).ToList();
        RefuseBlurred(path, values.ConvertAll(v => v.Label), coloured);
        var between = values.Count(v => v.Label < 255);
        if (!coloured && between >= 8 && values[^1].Label == 255 && 2 * values[^1].Voxels > values.Sum(v => v.Voxels))
        {
            throw new InputException(
                $"mask '{path}' is mostly 255 where it is not 0, with {between} values between: grey edges, which number no objects",
                "make every value from 128 on 255 and every other 0; connected parts then become the objects");
        }
    }

    // A mask of one object; edges that were smoothed are cut at half, where what is inside is beyond doubt.
    private static LabelMap OneObject(string path, LabelMap mask, Facts facts)
    {
        var values = mask.Histogram().Where(v => v.Label != 0).ToList();
        RefuseBlurred(path, values.ConvertAll(v => v.Label), coloured: false);
        if (values.Count < 2)
        {
            return mask;
        }

        if (values[^1].Label != 255 || 2 * values[^1].Voxels < values.Sum(v => v.Voxels))
        {
            throw new InputException(
                $"mask '{path}' holds {values.Count} values beside 0 ({string.Join(", ", values.Take(6).Select(v => v.Label))}{(values.Count > 6 ? ", …" : "")}), expected one: a mask in a folder 'masks' is one object",
                "masks that number several objects lie in one folder beside the images: --images FOLDER --masks FOLDER");
        }

        facts.Smoothed++;
        return mask.Select(v => v >= 128 ? (ushort)1 : (ushort)0);
    }

    private static void RefuseBlurred(string path, List<int> values, bool coloured)
    {
        if (MaskValues.IsJpeg(path) && (coloured || values.Exists(v => v != 255)))
        {
            throw new InputException(
                $"JPEG mask '{path}' holds {values.Count} {(coloured ? "colours" : "values")} beside 0: JPEG blurs masks, so they number no objects as they stand",
                "take the masks as they were before JPEG, or store them as PNG with every value from 128 on as 255 and every other as 0");
        }
    }

    private static void RequireExtent(string mask, Extent found, string image, Extent expected)
    {
        if (found != expected)
        {
            throw new InputException($"mask '{mask}' is {found} but its image '{image}' is {expected}", $"segsharp info {CommandText.Word(image)} {CommandText.Word(mask)}");
        }
    }

    // ID/images/*.png and ID/masks/*.png, one for each object; null where the source is not of that form.
    private static List<ObjectPicture>? PerPicture(string source)
    {
        if (!Directory.Exists(source))
        {
            return null;
        }

        var folders = Directory.EnumerateDirectories(source).Where(f => Directory.Exists(Path.Combine(f, "images"))).Order(StringComparer.Ordinal).ToList();
        if (folders.Count == 0)
        {
            return null;
        }

        return [.. folders.Select(folder =>
        {
            var images = Pictures(Path.Combine(folder, "images"));
            return images.Count == 1
                ? new ObjectPicture(Path.GetFileName(folder), images[0], Directory.Exists(Path.Combine(folder, "masks")) ? Pictures(Path.Combine(folder, "masks")) : [], IsMap: false)
                : throw new InputException($"'{Path.Combine(folder, "images")}' has {images.Count} images; expected one", "a folder for every picture, with images/ID.png and masks/*.png");
        })];
    }

    private static List<string> Pictures(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(f => Catalogue.HasImageEnding(f) && !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)];

    private sealed record ObjectPicture(string Id, string Image, IReadOnlyList<string> Masks, bool IsMap);

    // What a reader must know of the masks, said once at the end.
    private sealed class Facts
    {
        private readonly List<(string Case, long Pixels)> _overlaps = [];

        public long Objects { get; set; }

        public int Test { get; set; }

        public int Coloured { get; set; }

        public int Parted { get; set; }

        public int Smoothed { get; set; }

        public int Empty { get; set; }

        public int Hidden { get; set; }

        public void Overlap(string id, long pixels)
        {
            if (pixels > 0)
            {
                _overlaps.Add((id, pixels));
            }
        }

        public void Tell(Action<RunEvent>? on)
        {
            Say(Coloured > 0, $"{Coloured} mask(s) are coloured: every colour but black was taken as an object");
            Say(Parted > 0, $"{Parted} mask(s) number nothing (one value beside 0): their connected parts were taken as objects");
            Say(Smoothed > 0, $"{Smoothed} mask(s) have grey edges: values from 128 on were taken as the object");
            Say(_overlaps.Count > 0, $"objects overlap in {_overlaps.Count} picture(s), where the first mask keeps the pixel: {string.Join(", ", _overlaps.Take(5).Select(o => $"{o.Case} ({o.Pixels} pixels)"))}{(_overlaps.Count > 5 ? ", …" : "")}");
            Warn(Empty > 0, $"{Empty} mask(s) are empty and gave no object");
            Warn(Hidden > 0, $"{Hidden} object(s) lie wholly under earlier ones and were left out");
            Warn(Test > 0, $"{Test} picture(s) have no masks and became test cases (imagesTs)");

            void Say(bool holds, string text) => Hear(holds ? new Noted(text) : null);

            void Warn(bool holds, string text) => Hear(holds ? new Warned(text) : null);

            void Hear(RunEvent? happened)
            {
                if (happened is not null)
                {
                    on?.Invoke(happened);
                }
            }
        }
    }
}

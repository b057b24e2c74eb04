using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Volumes;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;

namespace SegSharp.Cli.Verbs;

internal static class ViewVerb
{
    public static Command Create()
    {
        var source = new Argument<string>("SRC") { Description = "the image" };
        var masks = new Option<string[]>("--mask") { Description = "label maps: the truth", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };
        var predictions = new Option<string[]>("--prediction") { Description = "predicted label maps, drawn dashed over the mask", HelpName = "FILE", AllowMultipleArgumentsPerToken = true };
        var plane = new Option<Plane?>("--plane") { Description = "one plane: axial, coronal or sagittal, image and masks side by side (default: all three)", HelpName = "PLANE" };
        var slice = new Option<int?>("--slice") { Description = "number of the slice along the file's own axis, from 0 (default: the one with the most labelled voxels)", HelpName = "N" };
        var at = new Option<string?>("--at") { Description = "the voxel that the three planes run through", HelpName = "X,Y,Z" };
        var montage = new Option<int?>("--montage") { Description = "that many slices over the labelled part", HelpName = "N" };
        var sideBySide = new Option<bool>("--side-by-side") { Description = "three planes in rows: the image, then each mask on its own" };
        var window = new Option<string?>("--window") { Description = "auto, lung, brain, soft_tissue, bone, stroke, or LEVEL,WIDTH", HelpName = "NAME" };
        var fill = new Option<double>("--fill") { Description = "how strongly labels are filled, 0 (outlines only) to 1", HelpName = "SHARE", DefaultValueFactory = _ => new VolumeViewOptions().Fill };
        var channel = new Option<int>("--channel") { Description = "the channel to draw, from 0", HelpName = "N" };
        var whole = new Option<bool>("--whole") { Description = "do not leave out the empty border" };
        var title = new Option<string?>("--title") { Description = "printed on top (default: the file's name)", HelpName = "TEXT" };
        var labels = new Option<string?>("--labels") { Description = "names for the legend, such as 1=liver,2=spleen", HelpName = "LIST" };
        var @out = new Option<string?>("--out") { Description = "the picture: .png, .svg or .pdf (default: NAME-view.png here)", HelpName = "FILE" };
        var verb = new Command("view", "a volume drawn: three planes, a montage, or one slice with its masks side by side")
        {
            source, masks, predictions, plane, slice, at, montage, sideBySide, window, fill, channel, whole, title, labels, @out,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var image = Volume.Read(args.GetRequiredValue(source));
            var solid = Layers(image, args.GetValue(masks) ?? [], "truth", context);
            var dashed = Layers(image, args.GetValue(predictions) ?? [], "prediction", context);
            var files = (args.GetValue(masks) ?? []).Concat(args.GetValue(predictions) ?? []).ToList();
            var options = new VolumeViewOptions
            {
                Window = args.GetValue(window),
                Channel = args.GetValue(channel),
                Fill = args.GetValue(fill) is >= 0 and <= 1 and var share ? share : throw new UsageException($"--fill is {args.GetValue(fill)}; it must be 0 to 1", "--fill 0.2"),
                Crops = !args.GetValue(whole),
                Centre = Voxel(args.GetValue(at)),
                Title = args.GetValue(title) ?? image.Name,
                Names = args.GetValue(labels) is { } list ? Names(list) : Names(files),
            };
            var figure = Draw(image, solid, dashed, options, (args.GetValue(plane), args.GetValue(slice), args.GetValue(montage), args.GetValue(sideBySide)));
            var path = args.GetValue(@out) ?? $"{image.Name}-view.png";
            figure.Write(path);
            context.Show(new Document().With("file", "drawn", path).With("shows", "shows", figure.Description));
        }));
        return verb;
    }

    private static Figure Draw(
        Volume image, IReadOnlyList<VolumeLayer> solid, IReadOnlyList<VolumeLayer> dashed, VolumeViewOptions options, (Plane? Plane, int? Slice, int? Montage, bool SideBySide) ask)
    {
        if (ask.Montage is { } count)
        {
            return count >= 1
                ? VolumePictures.Montage(image, First(solid), First(dashed), count, ask.Plane ?? Plane.Axial, options)
                : throw new UsageException($"--montage is {count}; it must be 1 or more", "--montage 12");
        }

        // A single picture has one plane only.
        if (ask.Plane is not null || ask.Slice is not null || image.Extent.Depth == 1)
        {
            return VolumePictures.SideBySide(image, [.. solid, .. dashed], ask.Plane ?? Plane.Axial, ask.Slice, options);
        }

        if (ask.SideBySide || solid.Count > 1)
        {
            return VolumePictures.ThreePlanes(image, [.. solid, .. dashed], options);
        }

        var truth = First(solid);
        return VolumePictures.ThreePlanes(
            dashed.Count == 0
                ? [new VolumeCase(null, null, image, truth)]
                : [.. dashed.Select(d => new VolumeCase(dashed.Count == 1 ? null : d.Name, null, image, truth, d.Map))],
            options);
    }

    private static LabelMap? First(IReadOnlyList<VolumeLayer> layers) => layers.Count == 0 ? null : layers[0].Map;

    // A mask whose axes run otherwise is turned to the image's; one that lies elsewhere in the world is said to.
    private static List<VolumeLayer> Layers(Volume image, string[] files, string name, VerbContext context)
    {
        var layers = new List<VolumeLayer>();
        foreach (var file in files)
        {
            var map = LabelMap.Read(file);
            if (VolumePictures.IsVolume(image))
            {
                map = map.Reoriented(image.Geometry.Orientation);
                if (map.Extent == image.Extent && map.Geometry.Match(image.Geometry) == GridMatch.Different)
                {
                    context.On(new Warned($"'{file}' lies up to {map.Geometry.CornersApart(image.Geometry):0.##} mm away from '{image.Path}'; it is drawn voxel on voxel (segsharp info shows both grids)"));
                }
            }

            layers.Add(new(files.Length == 1 ? name : Catalogue.NameOf(file), map));
        }

        return layers;
    }

    // Labels need not follow one another: 1, 2, 4.
    private static Dictionary<int, string> Names(string list)
    {
        var names = new Dictionary<int, string>();
        foreach (var part in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=', 2) is not [var number, var name] || !ushort.TryParse(number, out var label) || name.Length == 0)
            {
                throw new UsageException($"--labels is '{list}', expected a list such as 1=liver,2=spleen", "--labels 1=liver");
            }

            names[label] = name;
        }

        return names;
    }

    // The names in the files themselves, then those of the data set that a file lies in.
    private static Dictionary<int, string> Names(IReadOnlyList<string> files)
    {
        var names = new Dictionary<int, string>();
        foreach (var file in files)
        {
            foreach (var segment in ImageInfo.ReadHeader(file).Segments)
            {
                names.TryAdd(segment.Label, segment.Name);
            }

            var above = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(file)));
            var description = above is null ? null : Path.Combine(above, DataSetDescription.FileName);
            if (names.Count == 0 && File.Exists(description))
            {
                foreach (var entry in DataSetDescription.Read(description).Labels.Foreground.Where(f => f.Labels.Count == 1))
                {
                    names.TryAdd(entry.Labels[0], entry.Name);
                }
            }
        }

        return names;
    }

    private static (int X, int Y, int Z)? Voxel(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var parts = text.Split(',');
        return parts.Length == 3 && int.TryParse(parts[0], out var x) && int.TryParse(parts[1], out var y) && int.TryParse(parts[2], out var z)
            ? (x, y, z)
            : throw new UsageException($"--at is '{text}'; expected three whole numbers", "--at 120,100,77");
    }
}

using System.CommandLine;
using System.Globalization;
using SegSharp.Cli.Terminal;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Postprocessing;

namespace SegSharp.Cli.Verbs;

internal static class PostprocessVerb
{
    public static Command Create()
    {
        var from = new Argument<string>("SRC") { Description = "a mask, or a folder of masks" };
        var to = new Argument<string>("DST") { Description = "the file to write; for a folder the folder that takes the masks under their names" };
        var largest = new Option<string?>("--keep-largest")
        {
            Description = "keep the largest part only: of the whole foreground, or of LABELS such as 1,2 (each by itself) or 1+2 (as one)",
            HelpName = "LABELS",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var small = new Option<string?>("--remove-small") { Description = "remove parts below N voxels (20) or a volume (50mm3), label by label", HelpName = "N" };
        var holes = new Option<bool>("--fill-holes") { Description = "fill what a label encloses, label by label" };
        var connectivity = new Option<int>("--connectivity") { Description = "neighbours of a voxel: 4 or 8 in a page, 6, 18 or 26 in a volume", HelpName = "N", DefaultValueFactory = _ => 26 };
        var instances = new Option<ObjectSeeds?>("--instances") { Description = "number the objects 1, 2, 3 …: connected components, or a watershed that cuts parts at their waist", HelpName = "components|watershed" };
        var border = new Option<ushort?>("--border") { Description = "with --instances: the label of borders, which parts objects and then goes to them", HelpName = "LABEL" };
        var distance = new Option<int?>("--min-distance") { Description = "with --instances watershed: the least distance between two middles, pixels (default: 5)", HelpName = "N" };
        var grow = new Option<int?>("--grow") { Description = "with --instances: voxels by which objects grow into the background at the end", HelpName = "N" };
        var verb = new Command("postprocess", "keep the largest part, remove small parts, fill holes, number objects: of one mask or a folder of them")
        {
            from, to, largest, small, holes, instances, border, distance, grow, connectivity,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var touches = Touches(args.GetValue(connectivity));
            var steps = new List<PostprocessingOptions>();
            if (args.GetResult(largest) is not null)
            {
                steps.AddRange(Regions(args.GetValue(largest)).Select(r => new KeepLargestOptions { Labels = r, Connectivity = touches }));
            }

            if (args.GetValue(small) is { } least)
            {
                steps.Add(Small(least, touches));
            }

            if (args.GetValue(holes))
            {
                steps.Add(new FillHolesOptions());
            }

            if (args.GetValue(instances) is { } seeds)
            {
                if (seeds == ObjectSeeds.Components)
                {
                    NetworkVerb.Refuse(args, "connected components have no middles", distance);
                }

                var usual = new NumberObjectsOptions { Seeds = seeds, Border = args.GetValue(border), Connectivity = touches };
                steps.Add(usual with { MinDistance = args.GetValue(distance) ?? usual.MinDistance, Grow = args.GetValue(grow) ?? usual.Grow });
            }
            else if (new Option[] { border, distance, grow }.FirstOrDefault(o => args.GetResult(o) is not null) is { } alone)
            {
                throw new UsageException($"{alone.Name} goes with --instances only", "--instances components or --instances watershed");
            }

            Apply(context, args.GetRequiredValue(from), args.GetRequiredValue(to), steps.ConvertAll(Catalogue.Build));
        }));
        return verb;
    }

    private static void Apply(VerbContext context, string from, string to, List<PostprocessingStep> steps)
    {
        if (steps.Count == 0)
        {
            throw new UsageException("nothing to do", "name at least one of --keep-largest, --remove-small, --fill-holes, --instances");
        }

        var isFolder = Directory.Exists(from);
        var files = isFolder ? Stack.FilesIn(from) : [from];
        var table = new Table(new("mask", "mask"), new("before", "voxels before"), new("after", "voxels after"), new("written", "written"));
        for (var i = 0; i < files.Count; i++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            var target = isFolder ? Path.Combine(to, Path.GetFileName(files[i])) : to;
            if (!context.Overwrite && File.Exists(target))
            {
                throw new UsageException($"'{target}' is there already", "choose another place, or --overwrite");
            }

            var mask = LabelMap.Read(files[i]);
            var changed = steps.Aggregate(mask, (m, step) => step.Apply(m));
            changed.Write(target);
            table.Add(files[i], mask.Extent.Count - mask.CountOf(0), changed.Extent.Count - changed.CountOf(0), target);
            context.On(new Progressed("masks", i + 1, files.Count));
        }

        context.Show(new Document().With("steps", "steps", steps.Select(s => s.Name).ToList(), string.Join("; ", steps)).With("masks", table));
    }

    private static Connectivity Touches(int neighbours) => neighbours switch
    {
        4 or 6 => Connectivity.Faces,
        18 => Connectivity.Edges,
        8 or 26 => Connectivity.Full,
        _ => throw new UsageException($"--connectivity is {neighbours}; known: 4, 8, 6, 18, 26", "--connectivity 26"),
    };

    private static IEnumerable<IReadOnlyList<ushort>> Regions(string? text) => text is null
        ? [[]]
        : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(region => (IReadOnlyList<ushort>)
            [.. region.Split('+').Select(l => ushort.TryParse(l, NumberStyles.None, CultureInfo.InvariantCulture, out var label) && label > 0
                ? label
                : throw new UsageException($"--keep-largest is '{text}', expected labels such as 1,2 or 1+2", "--keep-largest 1,2"))]);

    private static RemoveSmallOptions Small(string text, Connectivity touches)
    {
        var isVolume = text.EndsWith("mm3", StringComparison.OrdinalIgnoreCase) || text.EndsWith("mm³", StringComparison.OrdinalIgnoreCase);
        var number = isVolume ? text[..^3] : text.EndsWith("voxels", StringComparison.OrdinalIgnoreCase) ? text[..^6] : text;
        return (isVolume, double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var volume), long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var voxels)) switch
        {
            (true, true, _) => new RemoveSmallOptions { Mm3 = volume, Connectivity = touches },
            (false, _, true) => new RemoveSmallOptions { Voxels = voxels, Connectivity = touches },
            _ => throw new UsageException($"--remove-small is '{text}', expected a number of voxels or a volume", "--remove-small 20 or --remove-small 50mm3"),
        };
    }
}

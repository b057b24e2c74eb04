using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Cli.Verbs;

internal static class DataMakeVerb
{
    private const string Membranes = "membranes", Video = "video", Shapes = "shapes";

    public static Command Create()
    {
        string[] kinds = [.. PicturePhantom.All.Select(p => p.Name), Membranes, Video, .. VolumePhantom.All.Select(p => p.Name).Where(n => n != Shapes)];
        var kind = new Argument<string>("KIND")
        {
            Description = "what to draw. Pictures: "
                + string.Join("; ", PicturePhantom.All.Select(p => $"{p.Name} ({p.About})")) + $"; {Membranes} (of cells in an electron microscope); {Video} (a clip of moving shapes). Volumes: "
                + string.Join("; ", VolumePhantom.All.Select(p => $"{p.Name} ({p.About}{(p.Name == Shapes ? "; with --size WxHxD" : "")})")),
        };
        var target = new Argument<string>("DST") { Description = "folder to write" };
        var count = new Option<int?>("--count", "--cases") { Description = "pictures or frames (default: 30) or volumes (default: 4)", HelpName = "N" };
        var size = new Option<string?>("--size") { Description = "their size (default: 256x256; shapes 128x128; volumes as the real scans)", HelpName = "WxH[xD]" };
        var stacks = new Option<bool>("--stacks") { Description = "membranes: write train-volume.tif and train-labels.tif as the ISBI 2012 challenge has them, to be imported" };
        var patients = new Option<bool>("--patients") { Description = "brats: write a folder per patient and lists of patients as BraTS has them, to be imported" };
        var instances = new Option<bool>("--instances") { Description = "cells, lesions, shapes: write images/ and masks/ with the number of the object at every pixel, to be imported with data import instances" };
        var classes = new Option<bool>("--by-class") { Description = "shapes: write pictures of one shape each into a folder per class" };
        var small = new Option<bool>("--small") { Description = "cells, lesions, shapes: small objects, and more of them" };
        var verb = new Command("make", "draws a phantom: made-up pictures or scans with labels, to try everything without data; seeded") { kind, target, count, size, stacks, patients, instances, classes, small };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var name = args.GetRequiredValue(kind);
            if (!kinds.Contains(name, StringComparer.Ordinal))
            {
                throw UsageException.Unknown("phantom", name, kinds);
            }

            (bool Given, string Option, string[] Kinds)[] special =
            [
                (args.GetValue(stacks), "--stacks", [Membranes]), (args.GetValue(patients), "--patients", ["brats"]),
                (args.GetValue(instances), "--instances", ["cells", "lesions", Shapes]), (args.GetValue(classes), "--by-class", [Shapes]), (args.GetValue(small), "--small", ["cells", "lesions", Shapes]),
            ];
            if (special.FirstOrDefault(s => s.Given && !s.Kinds.Contains(name)) is { Option: { } wrong, Kinds: var right })
            {
                throw new UsageException($"{wrong} does not go with '{name}'", string.Join(", or ", right.Select(k => $"segsharp data make {k} DST {wrong}")));
            }

            var extent = args.GetValue(size) is { } text ? Extent.Parse(text) : (Extent?)null;
            var folder = args.GetRequiredValue(target);
            if (name == Video || (PicturePhantom.All.Any(p => p.Name == name) && (name != Shapes || extent is not { Depth: > 1 })))
            {
                var usualPictures = new PicturePhantomOptions();
                var pictures = usualPictures with { Count = args.GetValue(count) ?? usualPictures.Count, Size = extent, Seed = context.Seed, Small = args.GetValue(small) };
                MakePictures(context, name, folder, pictures, args.GetValue(instances), args.GetValue(classes));
                return;
            }

            if (VolumePhantom.All.FirstOrDefault(p => p.Name == name) is { } phantom)
            {
                var volumes = new VolumePhantomOptions { Count = args.GetValue(count) ?? new VolumePhantomOptions().Count, Size = extent, Seed = context.Seed };
                MakeVolumes(context, phantom, folder, volumes, args.GetValue(patients));
                return;
            }

            var usual = new MembranesOptions();
            var options = usual with
            {
                Count = args.GetValue(count) ?? usual.Count,
                Width = extent?.Width ?? usual.Width,
                Height = extent?.Height ?? usual.Height,
                Seed = context.Seed,
            };
            if (args.GetValue(stacks))
            {
                Data.Phantoms.Membranes.WriteStacks(folder, options, context.Overwrite, context.On, context.Cancel);
                context.Show(new Document().With("stacks", "stacks", folder).With("cases", "pictures", options.Count).With("size", "size", $"{options.Width}x{options.Height}"));
            }
            else
            {
                DataVerb.ShowImported(context, Data.Phantoms.Membranes.WriteDataSet(folder, options, context.Overwrite, context.On, context.Cancel));
            }
        }));
        return verb;
    }

    private static void MakePictures(VerbContext context, string name, string folder, PicturePhantomOptions options, bool instances, bool classes)
    {
        Document Written() => new Document().With("folder", "folder", folder).With("cases", "pictures", options.Count);
        if (name == Video)
        {
            var film = ShapeVideo.Write(folder, options, context.Overwrite, context.On, context.Cancel);
            context.Show(Written().With("film", "film", film, film ?? "none"));
            return;
        }

        var phantom = PicturePhantom.All.First(p => p.Name == name);
        if (instances)
        {
            phantom.WriteInstances(folder, options, context.Overwrite, context.On, context.Cancel);
            context.Show(Written());
        }
        else if (classes && phantom is ColouredShapes shapes)
        {
            shapes.WriteClasses(folder, options, context.Overwrite, context.On, context.Cancel);
            context.Show(Written().With("classes", "classes", shapes.Labels.Foreground.Select(l => l.Name)));
        }
        else
        {
            DataVerb.ShowImported(context, phantom.WriteDataSet(folder, options, context.Overwrite, context.On, context.Cancel));
        }
    }

    private static void MakeVolumes(VerbContext context, VolumePhantom phantom, string folder, VolumePhantomOptions options, bool patients)
    {
        if (patients && phantom is TumourHead head)
        {
            head.WritePatients(folder, options, context.Overwrite, context.On, context.Cancel);
            context.Show(new Document().With("folder", "folder", folder).With("patients", "patients", options.Count).With("size", "size", $"{options.Size ?? head.UsualSize}"));
        }
        else
        {
            DataVerb.ShowImported(context, phantom.WriteDataSet(folder, options, context.Overwrite, context.On, context.Cancel));
        }
    }
}

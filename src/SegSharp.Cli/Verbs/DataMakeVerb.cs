using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Cli.Verbs;

internal static class DataMakeVerb
{
    private const string Membranes = "membranes";

    public static Command Create()
    {
        string[] kinds = [Membranes, .. VolumePhantom.All.Select(p => p.Name)];
        var kind = new Argument<string>("KIND") { Description = $"what to draw: {Membranes}; {string.Join("; ", VolumePhantom.All.Select(p => $"{p.Name} ({p.About})"))}" };
        var target = new Argument<string>("DST") { Description = "folder to write" };
        var count = new Option<int?>("--count", "--cases") { Description = "pictures (default: 30) or volumes (default: 4)", HelpName = "N" };
        var size = new Option<string?>("--size") { Description = "their size (default: 256x256, or that of the real scans)", HelpName = "WxH[xD]" };
        var stacks = new Option<bool>("--stacks") { Description = "membranes: write train-volume.tif and train-labels.tif as the ISBI 2012 challenge has them, to be imported" };
        var patients = new Option<bool>("--patients") { Description = "brats: write a folder per patient and lists of patients as BraTS has them, to be imported" };
        var verb = new Command("make", "draws a phantom: made-up pictures or scans with labels, to try everything without data; seeded") { kind, target, count, size, stacks, patients };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var name = args.GetRequiredValue(kind);
            if (!kinds.Contains(name, StringComparer.Ordinal))
            {
                throw UsageException.Unknown("phantom", name, kinds);
            }

            if ((args.GetValue(stacks) && name != Membranes) || (args.GetValue(patients) && name != "brats"))
            {
                throw new UsageException($"--{(args.GetValue(stacks) ? "stacks" : "patients")} does not go with '{name}'", "segsharp data make membranes DST --stacks, or segsharp data make brats DST --patients");
            }

            var extent = args.GetValue(size) is { } text ? Extent.Parse(text) : (Extent?)null;
            var folder = args.GetRequiredValue(target);
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

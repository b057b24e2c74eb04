using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Figures.Panels;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Prediction;
using SegSharp.Torch;

namespace SegSharp.Cli.Verbs;

internal static class PredictVerb
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "run folder or checkpoint; or a TorchScript model, with --recipe and --trust" };
        var input = new Argument<string>("INPUT") { Description = "image, stack, folder of images, DICOM series (FOLDER#2: the second of several), folder of such folders, or data set" };
        var output = new Argument<string>("OUTPUT") { Description = "folder for the masks" };
        var probabilities = new Option<bool>("--probabilities") { Description = "write the probabilities too, as float32 .npy [K, (D,) H, W]" };
        var mirror = new Option<bool>("--mirror") { Description = "average over the mirrored (and turned) images" };
        var patch = new Option<string?>("--patch") { Description = "the window that slides over volumes (default: the training's patch)", HelpName = "WxHxD" };
        var threshold = new Option<double?>("--threshold") { Description = "a pixel is foreground above this probability (sigmoid heads)" };
        var tile = new Option<int?>("--tile") { Description = "side of a tile for large images" };
        var memory = new Option<string?>("--memory") { Description = "the most that this process may hold for a volume, such as 4GB (default: what is free); the mask is the same at every ceiling", HelpName = "SIZE" };
        var format = new Option<string?>("--format") { Description = "form of the masks: nii.gz, seg.nrrd (with names), mha, png, tif …; dcm writes a DICOM segmentation beside a DICOM series (default: the image's own, nii.gz for DICOM)", HelpName = "ENDING" };
        var attention = new Option<string?>("--save-attention") { Description = "a folder for the maps of the network's attention gates: a panel and .npy [gates, H, W] of a picture, NIfTI on the scan's grid of a volume; runs the network a second time", HelpName = "FOLDER" };
        var recipe = new Option<string?>("--recipe") { Description = "for a TorchScript model: a JSON file with its labels, channels, preparation and head (docs/reference/onnx.md)", HelpName = "FILE" };
        var trust = new Option<bool>("--trust") { Description = "run the code inside a TorchScript model: only if you know who made it" };
        var verb = new Command("predict", "segments images; masks get the images' names and sizes")
        {
            model, input, output, probabilities, mirror, threshold, tile, patch, memory, format, attention, recipe, trust,
        };

        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            TorchRuntime.Threads = context.Threads;
            PredictionOptions Asked(PredictionOptions o) => o with
            {
                Mirror = args.GetValue(mirror) || o.Mirror,
                Threshold = args.GetValue(threshold) ?? o.Threshold,
                Tile = args.GetValue(tile) ?? o.Tile,
                Patch = args.GetValue(patch) is { } p ? Extent.Parse(p) : o.Patch,
            };
            var (path, device) = (args.GetRequiredValue(model), Device.Parse(context.Device));
            var isScript = ScriptModule.IsScript(path);
            if (!isScript && Path.Exists(path))
            {
                NetworkVerb.Refuse(args, $"'{path}' is no TorchScript model", recipe, trust);
            }

            using var predictor = isScript
                ? Predictor.OpenScript(path, args.GetValue(trust), args.GetValue(recipe), Asked, device)
                : Predictor.Open(path, Asked, device);
            predictor.MemoryCeiling = args.GetValue(memory) is { } size
                ? ByteSize.TryParse(size) ?? throw new UsageException($"--memory is '{size}'; expected a size", "--memory 4GB")
                : null;
            predictor.MaskEnding = args.GetValue(format) is { } ending ? $".{ending.TrimStart('.')}" : null;
            if (predictor.MaskEnding is { } wanted and not ".dcm")
            {
                _ = Imaging.Formats.Catalogue.ForWriting($"mask{wanted}");
            }

            predictor.On = happened => Tell(context, happened);
            var inputs = PredictionInput.Find(args.GetRequiredValue(input), predictor.Recipe.Channels.Count);
            var folder = args.GetRequiredValue(output);
            var maps = args.GetValue(attention);
            if (maps is not null && predictor.Gates.Count == 0)
            {
                throw new UsageException(
                    $"--save-attention asks for attention maps, but the network of '{args.GetRequiredValue(model)}' has no gates",
                    "leave it away, or train a network with gates, such as --network attention-unet");
            }

            var (written, skipped) = (0, 0);
            bool Write(PredictionInput one)
            {
                try
                {
                    context.Cancel.ThrowIfCancellationRequested();
                    return predictor.Write(one, folder, args.GetValue(probabilities), context.Overwrite, context.Cancel);
                }
                catch (OperationCanceledException e)
                {
                    throw new StoppedException($"run the same command again{(context.Overwrite ? " without --overwrite" : "")}: it goes on with '{one.Name}'", e);
                }
            }

            for (var i = 0; i < inputs.Count; i++)
            {
                _ = Write(inputs[i]) ? written++ : skipped++;
                if (maps is not null)
                {
                    SaveAttention(context, predictor, inputs[i], maps);
                }

                context.On(new Progressed("predict", i + 1, inputs.Count, inputs[i].Name));
            }

            var times = predictor.Clock.Read();
            var shares = new Table(new("phase", "phase"), new("seconds", "seconds", "0.00"), new("share", "share", "0.0 %"));
            foreach (var (phase, seconds) in times.Phases)
            {
                shares.Add(phase.ToString().ToLowerInvariant(), seconds, times.Share(phase));
            }

            var document = new Document()
                .With("output", "masks", folder)
                .With("written", "written", written)
                .With("skipped", "there already", skipped, skipped == 0 ? "0" : $"{skipped} (--overwrite does them again)");
            if (maps is not null)
            {
                document.With("attention", "attention maps", maps);
            }

            if (context.Verbose)
            {
                document.With("times", shares, "where the time went");
            }

            context.Show(document);
        }));
        return verb;
    }

    private static void SaveAttention(VerbContext context, Predictor predictor, PredictionInput input, string folder)
    {
        var isVolume = input.Series is not null || input.Headers()[0].Extent.Depth > 1;
        if (context.Overwrite || !AttentionPictures.Files(folder, input.Name, predictor.Gates, isVolume).All(File.Exists))
        {
            var image = input.Read(context.On, context.Cancel);
            AttentionPictures.Write(folder, input.Name, image, predictor.Attention(image, context.Cancel), predictor.Gates);
        }
    }

    // The steps of one image are finer than the verb's own progress, which counts images.
    private static void Tell(VerbContext context, RunEvent happened)
    {
        if (happened is not Progressed)
        {
            context.On(happened);
        }
    }
}

using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Figures.Video;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Video;
using SegSharp.Prediction;
using SegSharp.Torch;

namespace SegSharp.Cli.Verbs;

internal static class PredictVerb
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "run folder, checkpoint, or the folder of a cross-validation (fold_0, fold_1 …: the mean of its folds); or a TorchScript model, with --recipe and --trust" };
        var input = new Argument<string>("INPUT") { Description = "image, stack, folder of images, DICOM series (FOLDER#2: the second of several), folder of such folders, or data set; or a video, through ffmpeg" };
        var output = new Argument<string>("OUTPUT") { Description = "folder for the masks; of a film .mp4, .gif or a folder for its pictures" };
        var probabilities = new Option<bool>("--probabilities") { Description = "write the probabilities too, as float32 .npy [K, (D,) H, W]" };
        var mirror = new Option<bool>("--mirror") { Description = "short for --averaging dihedral of pictures and mirror of volumes" };
        var averaging = new Option<Averaging?>("--averaging") { Description = "average over views: none, mirror (every mirrored combination of the axes) or dihedral (quarter turns of the plane too)", HelpName = "VIEWS" };
        var patch = new Option<string?>("--patch") { Description = "the window that slides over volumes (default: the training's patch)", HelpName = "WxHxD" };
        var threshold = new Option<string?>("--threshold") { Description = "a pixel is foreground above this probability: a number, one for each label (cell=0.4,border=0.6), a file that evaluate --search-threshold wrote, or auto: thresholds.json in the run", HelpName = "P" };
        var uncertainty = new Option<string?>("--uncertainty") { Description = "write a map of every voxel's entropy, in [0, 1], and a panel of it, into this folder (default: OUTPUT/uncertainty)", HelpName = "FOLDER", Arity = ArgumentArity.ZeroOrOne };
        var mutual = new Option<bool>("--mutual-information") { Description = "with --uncertainty and several models or folds: what they disagree about, too" };
        var tile = new Option<int?>("--tile") { Description = "side of a tile for large images" };
        var memory = new Option<string?>("--memory") { Description = "the most that this process may hold for a volume, such as 4GB (default: what is free); the mask is the same at every ceiling", HelpName = "SIZE" };
        var format = new Option<string?>("--format") { Description = "form of the masks: nii.gz, seg.nrrd (with names), mha, png, tif …; dcm writes a DICOM segmentation beside a DICOM series (default: the image's own, nii.gz for DICOM)", HelpName = "ENDING" };
        var attention = new Option<string?>("--save-attention") { Description = "a folder for the maps of the network's attention gates: a panel and .npy [gates, H, W] of a picture, NIfTI on the scan's grid of a volume; runs the network a second time", HelpName = "FOLDER" };
        var roi = new Option<string?>("--roi") { Description = "predict inside this box alone, the rest is background: x,y,w,h or x,y,z,w,h,d in voxels of the file, or auto: the box around all nonzero voxels", HelpName = "BOX" };
        var recipe = new Option<string?>("--recipe") { Description = "for a TorchScript model: a JSON file with its labels, channels, preparation and head (docs/reference/onnx.md)", HelpName = "FILE" };
        var trust = new Option<bool>("--trust") { Description = "run the code inside a TorchScript model: only if you know who made it" };
        var overlay = new Option<bool>("--overlay") { Description = "write a film: of a video (always), or of a folder of pictures in the order of their names" };
        var fps = new Option<double>("--fps") { Description = "frames of every second that are taken, by their time stamps, and shown", HelpName = "N", DefaultValueFactory = _ => 10 };
        var alpha = new Option<double>("--alpha") { Description = "how much of a label's colour the overlay of a film takes, 0 to 1", HelpName = "SHARE", DefaultValueFactory = _ => 0.5 };
        var keep = new Option<bool>("--keep-background") { Description = "leave the background of a film as bright as it is" };
        var layout = new Option<FilmLayout>("--layout") { Description = "what a film shows: triptych (original, segmentation, overlay), overlay or mask", HelpName = "NAME" };
        var masks = new Option<string?>("--masks") { Description = "write the mask of every frame of a film into this folder, too", HelpName = "FOLDER" };
        var verb = new Command("predict", "segments images; masks get the images' names and sizes")
        {
            model, input, output, probabilities, averaging, mirror, threshold, uncertainty, mutual, tile, patch, memory, format, attention, roi, recipe, trust, overlay, fps, alpha, keep, layout, masks,
        };

        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            TorchRuntime.Threads = context.Threads;
            if (args.GetResult(uncertainty) is null)
            {
                NetworkVerb.Refuse(args, "without --uncertainty no map is written", mutual);
            }

            if (args.GetValue(averaging) == Averaging.None && args.GetValue(mirror))
            {
                throw new UsageException("--averaging none and --mirror exclude each other", "leave one of them out");
            }

            var (path, device) = (args.GetRequiredValue(model), Device.Parse(context.Device));
            var thresholds = ThresholdFile.Asked(args.GetValue(threshold), path);
            PredictionOptions Asked(PredictionOptions o) => o with
            {
                Mirror = args.GetValue(mirror) || (o.Mirror && args.GetValue(averaging) is null),        // what is asked for goes before the recipe
                Averaging = args.GetValue(averaging) ?? o.Averaging,
                Threshold = thresholds?.Common ?? o.Threshold,
                Thresholds = thresholds is null ? o.Thresholds : thresholds.Own,
                Tile = args.GetValue(tile) ?? o.Tile,
                Patch = args.GetValue(patch) is { } p ? Extent.Parse(p) : o.Patch,
            };
            var isScript = ScriptModule.IsScript(path);
            if (!isScript && Path.Exists(path))
            {
                NetworkVerb.Refuse(args, $"'{path}' is no TorchScript model", recipe, trust);
            }

            using var predictor = isScript
                ? Predictor.OpenScript(path, args.GetValue(trust), args.GetValue(recipe), Asked, device)
                : Predictor.OpenEnsemble([path], args.GetValue(mutual) ? EnsembleMean.Probabilities : EnsembleMean.Logits, Asked, device);
            predictor.Interest = args.GetValue(roi);
            predictor.MemoryCeiling = MemoryOf(args.GetValue(memory));
            predictor.MaskEnding = MaskEndingOf(args.GetValue(format));
            if (args.GetValue(overlay) || VideoSource.IsVideo(args.GetRequiredValue(input)))
            {
                NetworkVerb.Refuse(args, "a film is made", probabilities, uncertainty, mutual, format, memory, attention);
                FilmRun.Of(
                    context, predictor, args.GetRequiredValue(input), args.GetRequiredValue(output),
                    new FilmAsked(args.GetValue(fps), args.GetValue(alpha), args.GetValue(keep), args.GetValue(layout), args.GetValue(masks)));
                return ExitCode.Done;
            }

            NetworkVerb.Refuse(args, "neither a video nor --overlay is given, so no film is made", fps, alpha, keep, layout, masks);
            var folder = args.GetRequiredValue(output);
            var files = new PredictionFiles
            {
                Folder = folder,
                Probabilities = args.GetValue(probabilities),
                Uncertainty = args.GetResult(uncertainty) is null ? null : args.GetValue(uncertainty) ?? Path.Combine(folder, "uncertainty"),
                MutualInformation = args.GetValue(mutual),
                Overwrite = context.Overwrite,
            };
            var maps = args.GetValue(attention);
            if (maps is not null && predictor.Gates.Count == 0)
            {
                throw new UsageException(
                    $"--save-attention asks for attention maps, but the network of '{args.GetRequiredValue(model)}' has no gates",
                    "leave it away, or train a network with gates, such as --network attention-unet");
            }

            return PredictionRun.Of(context, [path], predictor, args.GetRequiredValue(input), files, maps);
        }));
        return verb;
    }

    /// <summary>A ceiling such as 4GB; null for none.</summary>
    public static long? MemoryOf(string? size) => size is null
        ? null
        : ByteSize.TryParse(size) ?? throw new UsageException($"--memory is '{size}'; expected a size", "--memory 4GB");

    /// <summary>The ending of masks that --format asks for; null for the images' own.</summary>
    public static string? MaskEndingOf(string? ending)
    {
        var wanted = ending is null ? null : $".{ending.TrimStart('.')}";
        if (wanted is not null and not ".dcm")
        {
            _ = Imaging.Formats.Catalogue.ForWriting($"mask{wanted}");
        }

        return wanted;
    }
}

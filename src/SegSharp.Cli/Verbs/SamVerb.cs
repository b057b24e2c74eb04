using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Panels;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Prediction.Promptable;
using SegSharp.Torch;

namespace SegSharp.Cli.Verbs;

internal static class SamVerb
{
    public static Command Create() => new("sam", "segments by points, boxes and masks: SAM, MedSAM, SAM-Med2D and SAM-Med3D; the weights are yours") { Predict(), Auto() };

    private static Command Predict()
    {
        var image = Image();
        var (weights, model, slice, window) = (Weights(), Model(), Slice(), Window());
        var points = new Option<string[]>("--point") { Description = "a place inside of the object, from the upper left pixel 0,0; label 0 says it is outside. SAM-Med3D: x,y,z[,label]", HelpName = "X,Y[,LABEL]" };
        var background = new Option<string[]>("--background") { Description = "a place outside of the object", HelpName = "X,Y" };
        var box = new Option<string?>("--box") { Description = "left, top, right and bottom around the object", HelpName = "X0,Y0,X1,Y1" };
        var mask = new Option<string?>("--mask") { Description = "a drawn mask of the image's size, or .npy logits of an earlier answer", HelpName = "FILE" };
        var several = new Option<bool>("--multimask") { Description = "three masks for what is ambiguous: FILE is the best, FILE_1 to FILE_3 are all" };
        var choose = new Option<bool>("--choose") { Description = "one mask by SAM's rule: for a click or a box alone the best of its three, else its single one" };
        var embedding = new Option<string?>("--embedding") { Description = "keeps what the encoder made of the image (.safetensors): the next prompt takes well under a second of computing", HelpName = "FILE" };
        var logits = new Option<string?>("--logits") { Description = "writes the low-resolution logits (.npy), to refine with --mask", HelpName = "FILE" };
        var overlay = new Option<string?>("--overlay") { Description = "a picture of prompts and masks: .png, .svg or .pdf", HelpName = "FILE" };
        var @out = Out("the mask, on the image's grid: .png, .tif, .nii.gz …");
        var verb = new Command("predict", "one object by prompts") { image, weights, model, points, background, box, mask, several, choose, slice, window, embedding, logits, overlay, @out };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            TorchRuntime.Threads = context.Threads;
            var output = args.GetRequiredValue(@out);
            _ = Imaging.Formats.Catalogue.ForWriting(output);
            CheckOutputs(output, args.GetValue(overlay), args.GetValue(logits), args.GetValue(embedding));
            var (inside, outside) = (args.GetValue(points) ?? [], args.GetValue(background) ?? []);
            var volume = InVolume(args.GetValue(model), args.GetRequiredValue(weights), inside);
            var prompts = new PromptSet
            {
                Points =
                [
                    .. inside.Select(p => Point("--point", p, volume, foreground: true)),
                    .. outside.Select(p => Point("--background", p, volume, foreground: false)),
                ],
                Box = args.GetValue(box) is { } b ? Box(b) : null,
                Several = args.GetValue(several),
                Chosen = args.GetValue(choose),
            };
            RequireFree(context, output, args.GetValue(overlay), args.GetValue(logits));
            var answer = new PromptRequest
            {
                Image = args.GetRequiredValue(image),
                Weights = args.GetRequiredValue(weights),
                Model = args.GetValue(model),
                Slice = args.GetValue(slice),
                Window = args.GetValue(window) is { } w ? WindowOf(w) : null,
                Prompts = prompts,
                PointsHaveZ = volume,
                MaskFile = args.GetValue(mask),
                Embedding = args.GetValue(embedding),
                Device = Device.Parse(context.Device),
                On = context.On,
            }.Run(context.Cancel);
            var files = answer.Write(output);
            if (args.GetValue(logits) is { } npy)
            {
                answer.WriteLogits(npy);
            }

            if (args.GetValue(overlay) is { } picture)
            {
                Draw(answer, prompts, volume).Write(picture);
            }

            context.Show(Describe(answer, files, args.GetValue(overlay), args.GetValue(embedding)));
        }));
        return verb;
    }

    private static Command Auto()
    {
        var usual = new AutomaticMaskOptions();
        var image = Image();
        var (weights, model, slice, window) = (Weights(), Model(), Slice(), Window());
        var side = Number("--points-per-side", "clicks along a side of the image", usual.PointsPerSide);
        var batch = Number("--points-per-batch", "clicks decoded at once: memory, not result", usual.PointsPerBatch);
        var quality = Number("--pred-iou-thresh", "masks above this predicted IoU are kept", usual.MinimumQuality);
        var stability = Number("--stability-score-thresh", "masks of at least this stability are kept", usual.MinimumStability);
        var offset = Number("--stability-score-offset", "how far the threshold moves for the stability, in logits", usual.StabilityOffset);
        var nms = Number("--box-nms-thresh", "of boxes that overlap more, the better predicted is kept", usual.BoxOverlap);
        var layers = Number("--crop-n-layers", "how often the image is looked at again in smaller crops", usual.CropLayers);
        var cropNms = Number("--crop-nms-thresh", "the same between crops", usual.CropBoxOverlap);
        var overlap = Number("--crop-overlap-ratio", "how much crops overlap, of the shorter side", usual.CropOverlap);
        var divisor = Number("--crop-n-points-downscale-factor", "clicks along a side are divided by this in every layer", usual.CropPointsDivisor);
        var region = Number("--min-mask-region-area", "holes and islands of fewer pixels go", usual.MinimumRegion);
        var rle = new Option<string>("--rle") { Description = "runs in the JSON: coco (text) or uncompressed (numbers)", HelpName = "FORM", DefaultValueFactory = _ => "coco" };
        rle.AcceptOnlyFromAmong("coco", "uncompressed");
        var overlay = new Option<string?>("--overlay") { Description = "a picture of all masks: .png, .svg or .pdf", HelpName = "FILE" };
        var @out = Out(".json (COCO), a label map (.png, .tif, .nii.gz …; the largest mask is 1), or a folder: a picture of 0 and 1 per mask");
        var verb = new Command("auto", "everything on a picture, by a grid of clicks")
        {
            image, weights, model, slice, window, side, batch, quality, stability, offset, nms, layers, cropNms, overlap, divisor, region, rle, overlay, @out,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            TorchRuntime.Threads = context.Threads;
            var output = args.GetRequiredValue(@out);
            if (Path.GetExtension(output) is { Length: > 0 } ending && !ending.Equals(".json", StringComparison.OrdinalIgnoreCase))
            {
                _ = Imaging.Formats.Catalogue.ForWriting(output);
            }

            var options = new AutomaticMaskOptions
            {
                PointsPerSide = args.GetValue(side),
                PointsPerBatch = args.GetValue(batch),
                MinimumQuality = args.GetValue(quality),
                MinimumStability = args.GetValue(stability),
                StabilityOffset = args.GetValue(offset),
                BoxOverlap = args.GetValue(nms),
                CropLayers = args.GetValue(layers),
                CropBoxOverlap = args.GetValue(cropNms),
                CropOverlap = args.GetValue(overlap),
                CropPointsDivisor = args.GetValue(divisor),
                MinimumRegion = args.GetValue(region),
            };
            UsageException.ThrowIfAny(options.Check());
            CheckOutputs(output, args.GetValue(overlay));
            RequireFree(context, output, args.GetValue(overlay));
            var volume = Volume.Read(args.GetRequiredValue(image));
            var z = PromptRequest.PageOf(volume, args.GetValue(slice));
            var page = PromptablePage.Of(volume, z, args.GetValue(window) is { } w ? WindowOf(w) : null);
            using var network = SamModel.Open(args.GetRequiredValue(weights), args.GetValue(model), Device.Parse(context.Device));
            var clock = Stopwatch.StartNew();
            var masks = AutomaticMasks.Find(new SamPredictor(network) { On = context.On }, page, options, context.Cancel);
            var seconds = clock.Elapsed.TotalSeconds;
            AutomaticOutput.Write(output, masks, volume, page, z, args.GetValue(rle) == "coco");
            if (args.GetValue(overlay) is { } picture)
            {
                var labels = AutomaticOutput.ToLabels(masks, volume, z).Page(z).Labels;
                new PromptFigure(page, [new(labels, $"{masks.Count} masks")], new(), page.Name, $"{network.Name}, {options.PointsPerSide} × {options.PointsPerSide} clicks, {page.Scaling}").Write(picture);
            }

            var table = new Table(new("mask", "mask"), new("area", "pixels"), new("predictedIou", "predicted IoU", "0.000"), new("stability", "stability", "0.000"), new("box", "box x, y, w, h"));
            foreach (var (mask, i) in masks.Select((m, i) => (m, i)))
            {
                table.Add(i + 1, mask.Area, mask.Quality, mask.Stability, Text(mask.Box));
            }

            context.Show(new Document()
                .With("model", "model", network.Name)
                .With("out", "written", output)
                .With("found", "masks", masks.Count)
                .With("seconds", "seconds", seconds, seconds.ToString("0.00", CultureInfo.InvariantCulture))
                .With("masks", table));
        }));
        return verb;
    }

    // What cannot be written is said before the network runs for it.
    private static void CheckOutputs(string mask, string? overlay, params string?[] others)
    {
        if (overlay is not null)
        {
            Figure.CheckName(overlay);
        }

        var all = others.Append(overlay).Append(mask).OfType<string>().Select(Path.GetFullPath).ToList();
        if (all.GroupBy(p => p, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new UsageException($"'{twice.Key}' is asked for twice: the second would take the place of the first", "give every output a file of its own");
        }

        if (all.FirstOrDefault(p => p != Path.GetFullPath(mask) && Directory.Exists(p)) is { } folder)
        {
            throw new UsageException($"'{folder}' is a folder; a file is to be written there", "name a file in it");
        }
    }

    private static PromptFigure Draw(PromptAnswer answer, PromptSet prompts, bool volume)
    {
        // Of a volume the slice of the first point, and the clicks that lie in it.
        var here = prompts with { Points = [.. prompts.Points.Where(p => !volume || (int)Math.Round(p.Z) == answer.Slice)] };
        return new PromptFigure(
            answer.Page,
            [.. answer.Masks.Select(m => new PromptedPicture(
                answer.Image.Extent.Depth == 1 ? m.Map.Labels : m.Map.Page(answer.Slice).Labels,
                PromptFigure.Caption(m.Quality, m.Area)))],
            here,
            answer.Image.Extent.Depth == 1 ? answer.Page.Name : $"{answer.Page.Name}, slice {answer.Slice}",
            $"{answer.Model}, {Words(prompts)}, {answer.Page.Scaling}");
    }

    private static string Words(PromptSet prompts)
    {
        var (inside, outside) = (prompts.Points.Count(p => p.Foreground), prompts.Points.Count(p => !p.Foreground));
        var parts = new[]
        {
            inside > 0 ? $"{inside} {(inside == 1 ? "point" : "points")} inside" : null,
            outside > 0 ? $"{outside} outside" : null,
            prompts.Box is null ? null : "box",
        }.OfType<string>().ToList();
        return parts.Count == 0 ? "mask" : string.Join(", ", parts);
    }

    private static Document Describe(PromptAnswer answer, IReadOnlyList<string> files, string? overlay, string? embedding)
    {
        var table = new Table(new("file", "file"), new("predictedIou", "predicted IoU", "0.000"), new("area", "voxels"), new("box", "box x, y, w, h"));
        for (var i = 0; i < answer.Masks.Count; i++)
        {
            table.Add(answer.Masks.Count == 1 ? files[0] : files[i + 1], answer.Masks[i].Quality, answer.Masks[i].Area, Text(answer.Masks[i].Box));
        }

        var document = new Document()
            .With("model", "model", answer.Model)
            .With("out", "mask", files[0])
            .With("intensities", "intensities", answer.Page.Scaling)
            .With("encoded", "embedding", answer.Encoded, $"{(answer.Encoded ? "computed" : "read")} in {answer.EmbeddingSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s{(embedding is null ? "" : $", {embedding}")}")
            .With("promptSeconds", "prompt", answer.PromptSeconds, $"{answer.PromptSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s")
            .WithData("embeddingSeconds", JsonValue.Create(answer.EmbeddingSeconds))
            .WithData("slice", JsonValue.Create(answer.Slice))
            .With("masks", table);
        return overlay is null ? document : document.With("overlay", "picture", overlay);
    }

    private static string Text(PixelBox b) => $"{b.X},{b.Y},{b.Width},{b.Height}";

    // x,y,label and x,y,z look alike: by the model, the weights' name, or a third number that is no label.
    private static bool InVolume(string? model, string weights, string[] points) =>
        model == "sam-med3d"
        || (model is null or "tiny" && (Path.GetFileName(weights).Contains("med3d", StringComparison.OrdinalIgnoreCase) || points.Any(p => Numbers(p) is { Length: 4 } or [_, _, not (0 or 1)])));

    private static PromptPoint Point(string option, string text, bool volume, bool foreground)
    {
        var n = Numbers(text);
        var places = volume ? 3 : 2;
        return n is null || n.Length < places || n.Length > (foreground ? places + 1 : places) || (n.Length > places && n[places] is not (0 or 1))
            ? throw new UsageException(
                $"{option} is '{text}'; expected {(volume ? "x,y,z" : "x,y")}{(foreground ? ", and 1 (inside) or 0 (outside) behind it if you like" : "")}",
                $"{option} {(volume ? "64,64,30" : "120,80")}")
            : new(n[0], n[1], foreground && (n.Length == places || n[places] == 1), volume ? n[2] : 0);
    }

    private static PromptBox Box(string text) => Numbers(text) is [var x0, var y0, var x1, var y1]
        ? new(x0, y0, x1, y1)
        : throw new UsageException($"--box is '{text}'; expected left, top, right and bottom", "--box 40,30,120,90");

    private static double[]? Numbers(string text)
    {
        var parts = text.Split(',');
        var numbers = new double[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i]))
            {
                return null;
            }
        }

        return numbers;
    }

    private static WindowOptions WindowOf(string text) => Numbers(text) is [var level, var width] ? new() { Level = level, Width = width } : WindowOptions.Of(text);

    private static Argument<string> Image() => new("IMAGE") { Description = "picture (grey or RGB), stack, volume or DICOM series" };

    private static Option<string> Weights() => new("--weights") { Description = "checkpoint of the original: .pth, .pt or .safetensors", HelpName = "FILE", Required = true };

    private static Option<string?> Model() => new("--model") { Description = $"{string.Join(", ", SamModel.Names)} (default: by the weights; MedSAM by the file's name)", HelpName = "NAME" };

    private static Option<int?> Slice() => new("--slice") { Description = "slice of a volume, from 0, for models of pictures", HelpName = "N" };

    private static Option<string?> Window() => new("--window") { Description = $"{string.Join(", ", WindowOptions.Named.Keys)}, or LEVEL,WIDTH (default: CT 40,400; else the 0.5th to the 99.5th percentile; 8 bits as they are)", HelpName = "NAME" };

    private static void RequireFree(VerbContext context, params string?[] files)
    {
        if (!context.Overwrite && files.FirstOrDefault(f => f is not null && File.Exists(f)) is { } there)
        {
            throw new UsageException($"'{there}' is there already", "choose another place, or --overwrite");
        }
    }

    private static Option<string> Out(string what) => new("--out") { Description = what, HelpName = "FILE", Required = true };

    private static Option<T> Number<T>(string name, string what, T usual) => new(name) { Description = what, HelpName = "N", DefaultValueFactory = _ => usual };
}

using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Prediction;
using SegSharp.Torch;

namespace SegSharp.Cli.Verbs;

internal static class PredictVerb
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "run folder or checkpoint" };
        var input = new Argument<string>("INPUT") { Description = "image, stack, folder of images or data set" };
        var output = new Argument<string>("OUTPUT") { Description = "folder for the masks" };
        var probabilities = new Option<bool>("--probabilities") { Description = "write the probabilities too, as float32 .npy [K, (D,) H, W]" };
        var mirror = new Option<bool>("--mirror") { Description = "average over the 8 mirrored and turned images" };
        var threshold = new Option<double?>("--threshold") { Description = "a pixel is foreground above this probability (sigmoid heads)" };
        var tile = new Option<int?>("--tile") { Description = "side of a tile for large images" };
        var verb = new Command("predict", "segments images; masks get the images' names and sizes")
        {
            model, input, output, probabilities, mirror, threshold, tile,
        };

        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            TorchRuntime.Threads = context.Threads;
            using var predictor = Predictor.Open(
                args.GetRequiredValue(model),
                o => o with
                {
                    Mirror = args.GetValue(mirror) || o.Mirror,
                    Threshold = args.GetValue(threshold) ?? o.Threshold,
                    Tile = args.GetValue(tile) ?? o.Tile,
                },
                Device.Parse(context.Device));
            var inputs = PredictionInput.Find(args.GetRequiredValue(input), predictor.Recipe.Channels.Count);
            var folder = args.GetRequiredValue(output);
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

                context.On(new Progressed("predict", i + 1, inputs.Count, inputs[i].Name));
            }

            context.Show(new Document()
                .With("output", "masks", folder)
                .With("written", "written", written)
                .With("skipped", "there already", skipped, skipped == 0 ? "0" : $"{skipped} (--overwrite does them again)"));
        }));
        return verb;
    }
}

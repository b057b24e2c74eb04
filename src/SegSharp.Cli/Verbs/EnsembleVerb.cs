using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Prediction;
using SegSharp.Torch;

namespace SegSharp.Cli.Verbs;

internal static class EnsembleVerb
{
    public static Command Create()
    {
        var paths = new Argument<string[]>("MODELS INPUT OUTPUT")
        {
            Description = "run folders, checkpoints or folders of folds, then images and the folder for the masks; or two or more folders that predict --probabilities wrote, then the folder for the masks",
            Arity = new ArgumentArity(3, 100),
        };
        var mean = new Option<EnsembleMean>("--mean") { Description = "what is averaged over models that prepare images alike: probabilities (default) or logits, as predict does with folds", HelpName = "WHAT", DefaultValueFactory = _ => EnsembleMean.Probabilities };
        var averaging = new Option<Averaging?>("--averaging") { Description = "also average over views: none, mirror or dihedral", HelpName = "VIEWS" };
        var threshold = new Option<string?>("--threshold") { Description = "a pixel is foreground above this probability: a number, one for each label, or a file that evaluate --search-threshold wrote", HelpName = "P" };
        var probabilities = new Option<bool>("--probabilities") { Description = "write the mean probabilities too, as float32 .npy [K, (D,) H, W]" };
        var labels = new Option<string?>("--labels") { Description = "of folders of probabilities: the labels of the channels, such as 1=cell,2=border (default: 1, 2, …)", HelpName = "LABELS" };
        var memory = new Option<string?>("--memory") { Description = "the most that this process may hold for a volume, such as 4GB", HelpName = "SIZE" };
        var verb = new Command("ensemble", "masks of the mean of several models, or of the probabilities that they wrote") { paths, mean, averaging, threshold, probabilities, labels, memory };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var all = args.GetRequiredValue(paths);
            var thresholds = ThresholdFile.Asked(args.GetValue(threshold) is "auto"
                ? throw new UsageException("--threshold auto is looked for in one run, but there are several models", "name the file: --threshold FILE.json")
                : args.GetValue(threshold), all[0]);
            if (Array.TrueForAll(all[..^1], ProbabilityFolders.Is))
            {
                NetworkVerb.Refuse(args, $"'{all[0]}' holds probabilities, which are averaged as they are", mean, averaging, memory);
                var list = args.GetValue(labels) is { } text ? LabelList.Parse(text) : null;
                var (written, skipped) = ProbabilityFolders.Average(all[..^1], all[^1], list, Own(thresholds, list), args.GetValue(probabilities), context.Overwrite, context.On, context.Cancel);
                context.Show(new Document()
                    .With("output", "masks", all[^1])
                    .With("written", "written", written)
                    .With("skipped", "there already", skipped, skipped == 0 ? "0" : $"{skipped} (--overwrite does them again)")
                    .With("members", "mean of", all.Length - 1, $"{all.Length - 1} folders of probabilities"));
                return ExitCode.Done;
            }

            if (args.GetValue(labels) is not null)
            {
                throw new UsageException("--labels is for folders of probabilities; models know theirs", "leave it away");
            }

            TorchRuntime.Threads = context.Threads;
            using var predictor = Predictor.OpenEnsemble(all[..^2], args.GetValue(mean), o => o with
            {
                Averaging = args.GetValue(averaging) ?? o.Averaging,
                Mirror = o.Mirror && args.GetValue(averaging) is null,
                Threshold = thresholds?.Common ?? o.Threshold,
                Thresholds = thresholds is null ? o.Thresholds : thresholds.Own,
            }, Device.Parse(context.Device));
            predictor.MemoryCeiling = PredictVerb.MemoryOf(args.GetValue(memory));
            return PredictionRun.Of(context, all[..^2], predictor, all[^2], new PredictionFiles { Folder = all[^1], Probabilities = args.GetValue(probabilities), Overwrite = context.Overwrite }, attention: null);
        }));
        return verb;
    }

    private static IReadOnlyDictionary<string, double>? Own(AskedThresholds? asked, LabelList? labels) => (asked, labels) switch
    {
        (null, _) => null,
        (_, null) => throw new UsageException("thresholds belong to labels, and these folders of probabilities do not name any", "--labels 1=cell"),
        ({ Common: { } common }, _) => labels.Foreground.ToDictionary(f => f.Name, _ => common, StringComparer.Ordinal),
        _ => asked.Own,
    };
}

using System.CommandLine;
using SegSharp.Augmentation;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Data.Import;
using SegSharp.Data.Phantoms;
using SegSharp.Figures.Reports;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Metrics;
using SegSharp.Networks;
using SegSharp.Torch;
using SegSharp.Torch.Optimizers;
using SegSharp.Torch.Schedules;
using SegSharp.Training;

namespace SegSharp.Cli.Verbs;

/// <summary>The whole way in one verb: data, import, training, prediction, evaluation, report.</summary>
internal static class DemoVerb
{
    private const string Usual = "out/demo", Marker = ".segsharp-demo";

    public static Command Create()
    {
        var data = new Option<string?>("--data") { Description = "folder with the ISBI 2012 stacks; without it a phantom is drawn", HelpName = "DIR" };
        var @out = new Option<string>("--out") { Description = "where everything goes", HelpName = "DIR", DefaultValueFactory = _ => Usual };
        var verb = new Command("demo", "the whole way on a phantom (or on the ISBI 2012 stacks): import, train, predict, evaluate, report") { data, @out };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
            Go(context, args.GetValue(data), args.GetRequiredValue(@out))));
        return verb;
    }

    private static void Go(VerbContext context, string? stacks, string @out)
    {
        var isPhantom = stacks is null;
        var recipe = isPhantom ? Phantom(context.Seed) : Exercise(context.Seed);
        Claim(@out, context.Overwrite);
        if (stacks is null)
        {
            stacks = Path.Combine(@out, "stacks");
            context.Say("1/5  draw: 30 pictures of a membrane phantom, made by a formula, not by a microscope");
            Membranes.WriteStacks(stacks, new() { Seed = context.Seed }, overwrite: true, context.On, context.Cancel);
        }
        else
        {
            context.Say($"1/5  read: the stacks in '{stacks}'");
        }

        context.Say("2/5  import: into a data set in nnU-Net's layout");
        var data = IsbiImporter.Import(stacks, Path.Combine(@out, "data"), overwrite: true, isPhantom ? "phantom" : "isbi", context.On, context.Cancel);
        var split = data.Split(Validation.Parse(recipe.Validation!));

        context.Say($"3/5  train: a U-Net on {split.Training.Count} pictures, {recipe.Training.Epochs} epochs; {split.Validation.Count} pictures are held out");
        var settings = new RunSettings { Threads = context.Threads, Overwrite = true, Device = Device.Parse(context.Device) };
        using var run = Run.Start(recipe, data, split, Path.Combine(@out, "run"), settings, context.On, context.Cancel);
        var steps = new StepProgress(context.On);
        run.Train(steps.On, context.Cancel);
        RunReport.TryWriteCurves(run, context.On);

        context.Say("4/5  predict: the held-out pictures with the best weights");
        var masks = run.PredictValidation(data, context.On, context.Cancel);

        context.Say("5/5  evaluate and report");
        var summary = RunReport.Write(run.Folder, masks, data, context.On);
        Show(context, run, summary);
    }

    // The demo replaces what it made itself, and nobody else's data or runs.
    private static void Claim(string folder, bool overwrite)
    {
        var marker = Path.Combine(folder, Marker);
        var own = File.Exists(marker) || Path.GetFullPath(folder) == Path.GetFullPath(Usual);
        if (!own && !overwrite && new[] { "stacks", "data", "run" }.Select(n => Path.Combine(folder, n)).FirstOrDefault(Directory.Exists) is { } there)
        {
            throw new UsageException($"'{there}' is there already and the demo did not make it", "choose another --out, or add --overwrite to replace it");
        }

        AtomicFile.WriteText(marker, "made by segsharp demo, which may replace the stacks, the data and the run here\n");
    }

    private static void Show(VerbContext context, Run run, RunSummary summary)
    {
        var scores = summary.Evaluation!.Models[0].Scores;
        Column[] columns = [.. scores.Metrics.Select(m => new Column(m.Key, m.Name, "0.000"))];
        var table = new Table([new("image", "image"), new("grid", "grid"), .. columns]);
        foreach (var c in scores.Cases)
        {
            table.Add([c.Case, $"{c.Grid}", .. c.Values[0].Select(v => (object?)v)]);
        }

        table.Add(["mean of images", scores.Grid, .. scores.Metrics.Select((_, m) => (object?)scores.Mean(0, m).Value)]);
        table.Add(["pooled", scores.Grid, .. scores.Metrics.Select((_, m) => (object?)scores.Pooled(0, m))]);
        context.Show(new Document()
            .With("scores", table, $"{scores.Regions[0].Name}, held-out pictures")
            .WithText(string.Join("\n", Evaluation.Explain(summary.Evaluation, EmptyRule.Undefined)))
            .With("bestEpoch", "best epoch", run.Position.Best?.Epoch)
            .With("seconds", "training", Math.Round(run.Made.Seconds, 1), $"{run.Made.Seconds:F0} s, {run.Made.Parameters:N0} parameters, {run.Made.Threads} threads")
            .With("report", "report", Path.GetFullPath(summary.Report)));
    }

    // Small enough for two minutes on two cores, large enough to be a real training.
    private static Recipe Phantom(long seed) => new()
    {
        Network = new UNetOptions { Base = 16, Depth = 3 },
        Loss = new DiceCrossEntropyOptions { Sigmoid = true },
        Augmentation = [new FlipOptions(), new Rotate90Options()],
        Training = new TrainingOptions
        {
            Epochs = 20,
            BatchSize = 8,
            PatchSize = new Extent(128, 128),
            Repeats = 3,
            Optimizer = new AdamOptions { LearningRate = 3e-3 },
            Schedule = new CosineOptions(),
            Seed = seed,
        },
        Validation = "last:5",
    };

    /// <summary>The exercise on ISBI 2012: 128×128, BCE with positive weight 9, Adam 1e-3, batch 8, flips and quarter turns.</summary>
    private static Recipe Exercise(long seed) => new()
    {
        Network = new UNetOptions { Base = 16, Depth = 4 },
        Preparation = new PreparationOptions { Resize = new Extent(128, 128) },
        Loss = new BinaryCrossEntropyOptions { PositiveWeight = 9 },
        Augmentation = [new FlipOptions(), new Rotate90Options()],
        Training = new TrainingOptions { Epochs = 100, BatchSize = 8, Optimizer = new AdamOptions { LearningRate = 1e-3 }, Seed = seed },
        Validation = "last:5",
    };
}

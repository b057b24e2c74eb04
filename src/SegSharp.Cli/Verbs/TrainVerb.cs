using System.CommandLine;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Figures.Reports;
using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Training;

namespace SegSharp.Cli.Verbs;

internal static class TrainVerb
{
    private static readonly Argument<string?> Data = new("DIR") { Description = "data set (nnU-Net layout); may be left out with --resume", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Out = new("--out") { Description = "folder of the run" };
    private static readonly Option<string?> Resume = new("--resume") { Description = "go on with this run where it was stopped or killed, bit for bit" };

    public static Command Create()
    {
        var verb = new Command("train", "trains a network; --resume goes on bit-identically") { Data, Out, Resume };
        RecipeOptions.AddTo(verb);
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context => Train(context)));
        return verb;
    }

    private static void Train(VerbContext context)
    {
        var settings = new RunSettings { Threads = context.Threads, Overwrite = context.Overwrite };
        var data = context.Args.GetValue(Data);
        if (context.Args.GetValue(Resume) is { } folder)
        {
            CheckSameRecipe(context, folder);
            using var resumed = Run.Resume(folder, settings, data, context.On, context.Cancel);
            Finish(context, resumed, DataSet.Open(data ?? resumed.Made.DataSet));
            return;
        }

        var set = DataSet.Open(data ?? throw new UsageException("the data set is missing", "segsharp train DIR --out RUN, or --resume RUN"));
        var recipe = RecipeOptions.Recipe(context);
        var split = set.Split(Validation.Parse(recipe.Validation ?? "none", recipe.Training.Seed));
        var @out = context.Args.GetValue(Out) ?? throw new UsageException("--out is missing: where shall the run lie?", "--out out/run");
        using var run = Run.Start(recipe, set, split, @out, settings with { Device = Device.Parse(context.Device) }, context.On, context.Cancel);
        Finish(context, run, set);
    }

    // A run that goes on keeps its recipe: what is said again must be the same.
    private static void CheckSameRecipe(VerbContext context, string folder)
    {
        if (context.Args.GetValue(Out) is { } other && Path.GetFullPath(other) != Path.GetFullPath(folder))
        {
            throw new UsageException($"--resume '{folder}' and --out '{other}' are two folders", "leave out --out: a run goes on in its own folder");
        }

        var before = OptionsJson.Write(Run.ReadRecipe(folder));
        var asked = OptionsJson.Write(OptionsJson.Read<Recipe>(RecipeOptions.Asked(context, (JsonObject)before.DeepClone()), ""));
        if (FirstDifference(before, asked, "") is { } key)
        {
            throw new UsageException($"--resume goes on with the recipe of '{folder}', but {key} would change it", "leave the option out, or train anew with another --out");
        }
    }

    private static string? FirstDifference(JsonNode? a, JsonNode? b, string path)
    {
        if (a is JsonObject x && b is JsonObject y)
        {
            return x.Select(p => p.Key).Union(y.Select(p => p.Key))
                .Select(key => FirstDifference(x[key], y[key], path.Length == 0 ? key : $"{path}.{key}"))
                .FirstOrDefault(found => found is not null);
        }

        return JsonNode.DeepEquals(a, b) ? null : path;
    }

    private static void Finish(VerbContext context, Run run, DataSet data)
    {
        var steps = new StepProgress(context.On);
        var draws = true;                                    // what prevents the curves is said once
        IReadOnlyDictionary<string, string> masks;
        try
        {
            run.Train(
                happened =>
                {
                    steps.On(happened);
                    if (happened is EpochEnded && draws)
                    {
                        draws = RunReport.TryWriteCurves(run, context.On);
                    }
                },
                context.Cancel);
            masks = run.PredictValidation(data, context.On, context.Cancel);
        }
        catch (OperationCanceledException e)
        {
            throw new StoppedException($"segsharp train --resume {run.Folder} goes on", e);
        }

        var summary = RunReport.Write(run.Folder, masks, data, context.On);
        context.Show(Document(run, summary));
    }

    private static Document Document(Run run, RunSummary summary)
    {
        var best = run.Position.Best;
        var document = new Document()
            .With("run", "run", run.Folder)
            .With("epochs", "epochs", run.Position.Epoch)
            .With("seconds", "seconds in epochs", Math.Round(run.Made.Seconds, 1))
            .With("parameters", "parameters", run.Made.Parameters)
            .With("trainingGrid", "trained on", run.Made.Grid)
            .With("bestEpoch", "best epoch", best?.Epoch)
            .With("bestDice", "best Dice", best?.MeanDice, best?.MeanDice is { } dice ? $"{dice:F4} (pooled over the validation pixels at {run.Made.ValidationGrid})" : null)
            .With("lastDice", "last Dice", run.Position.History is [.., var last] ? last.MeanDice : null);
        if (summary.PooledDice is { } original)
        {
            document.With("validationDice", "Dice on the original grid", original, $"{original:F4} (pooled, best checkpoint, grid {summary.Grid})");
        }

        return document.With("report", "report", summary.Report);
    }
}

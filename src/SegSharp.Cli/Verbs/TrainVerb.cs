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

    private static readonly Option<string?> Folds = new("--folds") { Description = "cross-validation: one training per fold, in RUN/fold_K; all: those of splits_final.json, else five", HelpName = "all|N" };
    private static readonly Option<int[]> Fold = new("--fold") { Description = "this fold alone, from 0; may be given several times", HelpName = "K" };

    private static readonly Option<string?> Events = new("--events") { Description = "append every step and epoch to this file, a line of JSON each", HelpName = "FILE" };

    public static Command Create()
    {
        var verb = new Command("train", "trains a network; --resume goes on bit-identically") { Data, Out, Resume, Folds, Fold, Events };
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
            if (CrossValidation.IsAt(folder))
            {
                var validation = CrossValidation.Open(folder);
                CheckSameRecipe(context, folder, (JsonObject)validation.Record.Recipe.DeepClone());
                CheckSameFolds(context, folder, validation.Record);
                TrainFolds(context, validation, data);
                return;
            }

            CheckSameRecipe(context, folder, OptionsJson.Write(Run.ReadRecipe(folder)));
            NetworkVerb.Refuse(context.Args, $"'{folder}' is one training, no cross-validation", Folds, Fold);
            using var resumed = Run.Resume(folder, settings, data, context.On, context.Cancel);
            var again = DataSet.Open(data ?? resumed.Made.DataSet);
            context.Show(Document(resumed, Finish(context, resumed, again, folder).Summary));
            return;
        }

        var set = DataSet.Open(data ?? throw new UsageException("the data set is missing", "segsharp train DIR --out RUN, or --resume RUN"));
        var recipe = RecipeOptions.Recipe(context);
        var chosen = context.Args.GetValue(Fold) ?? [];
        settings = settings with { Device = Device.Parse(context.Device) };
        if (context.Args.GetValue(Folds) is not null || chosen.Length > 0)
        {
            if (recipe.Validation is { } held)
            {
                throw new UsageException($"--validation '{held}' and folds exclude each other: every fold holds out its own cases", "leave out --validation");
            }

            TrainFolds(context, CrossValidation.Start(recipe, set, CountOf(context.Args.GetValue(Folds)), chosen, OutOf(context), settings), data);
            return;
        }

        var split = set.Split(Validation.Parse(recipe.Validation ?? "none", recipe.Training.Seed));
        using var run = Run.Start(recipe, set, split, OutOf(context), settings, context.On, context.Cancel);
        context.Show(Document(run, Finish(context, run, set, run.Folder).Summary));
    }

    private static string OutOf(VerbContext context) =>
        context.Args.GetValue(Out) ?? throw new UsageException("--out is missing: where shall the run lie?", "--out out/run");

    private static int? CountOf(string? folds) =>
        folds is null or "all" ? null
        : int.TryParse(folds, out var count) && count >= 2 ? count
        : throw new UsageException($"--folds is '{folds}'; it must be all, or a number of 2 or more", "--folds all");

    private static void TrainFolds(VerbContext context, CrossValidation validation, string? dataFolder)
    {
        var data = DataSet.Open(dataFolder ?? validation.Record.DataSet);
        foreach (var fold in validation.Unfinished)
        {
            validation.Reload();
            if (!validation.Unfinished.Contains(fold))
            {
                continue;
            }

            if (Run.IsInUse(validation.FolderOf(fold)))
            {
                context.On(new Warned($"fold {fold} is left out: another process trains it in '{validation.FolderOf(fold)}'"));
                continue;
            }

            context.Say($"fold {fold} of {validation.Record.Splits.Count}: {validation.Record.Splits[fold].Training.Count} training and {validation.Record.Splits[fold].Validation.Count} validation cases");
            using var run = validation.OpenFold(fold, dataFolder, context.On, context.Cancel);
            var (summary, masks) = Finish(context, run, data, validation.Folder);
            validation.Complete(fold, run, masks, summary.Evaluation?.Models[0].Scores);
        }

        if (validation.Record.Results.Count == 0)
        {
            throw new SegSharpException($"no fold of '{validation.Folder}' has ended, and other processes train them all", "wait for them, then --resume it");
        }

        var report = CrossValidationReport.Write(validation, data, context.On);
        var record = validation.Record;
        var table = new Table(new("fold", "fold"), new("bestEpoch", "best epoch"), new("dice", "Dice", "0.0000"));
        foreach (var result in record.Results)
        {
            table.Add(result.Fold, result.BestEpoch, result.MeanDice);
        }

        context.Show(new Document()
            .With("run", "run", validation.Folder)
            .With("folds", table, "pooled Dice of every fold, on the original grid")
            .With("meanDice", "Dice over the folds", record.MeanDice, CrossValidationReport.PlusMinus(record))
            .WithData("spread", record.Spread)
            .With("outOfFoldDice", "out-of-fold Dice", record.OutOfFoldMeanDice, $"{record.OutOfFoldMeanDice:F4} (pooled over {validation.Masks().Count} cases)")
            .With("report", "report", report));
    }

    // A run that goes on keeps its recipe: what is said again must be the same.
    private static void CheckSameRecipe(VerbContext context, string folder, JsonObject before)
    {
        if (context.Args.GetValue(Out) is { } other && Path.GetFullPath(other) != Path.GetFullPath(folder))
        {
            throw new UsageException($"--resume '{folder}' and --out '{other}' are two folders", "leave out --out: a run goes on in its own folder");
        }

        var asked = OptionsJson.Write(OptionsJson.Read<Recipe>(RecipeOptions.Asked(context, (JsonObject)before.DeepClone()), ""));
        if (FirstDifference(before, asked, "") is { } key)
        {
            throw new UsageException($"--resume goes on with the recipe of '{folder}', but {key} would change it", "leave the option out, or train anew with another --out");
        }
    }

    private static void CheckSameFolds(VerbContext context, string folder, CrossValidationRecord record)
    {
        if (context.Args.GetValue(Folds) is { } asked && CountOf(asked) is var count && count != record.Folds && count != record.Splits.Count)
        {
            throw new UsageException($"--resume goes on with the {record.Splits.Count} folds of '{folder}', but --folds is {asked}", "leave --folds out, or train anew with another --out");
        }

        if (context.Args.GetValue(Fold) is { Length: > 0 } chosen && !chosen.Distinct().Order().SequenceEqual(record.Chosen))
        {
            throw new UsageException(
                $"--resume goes on with {(record.Chosen.Count == 1 ? "fold" : "folds")} {string.Join(", ", record.Chosen)} of '{folder}', but --fold names {string.Join(", ", chosen.Distinct().Order())}",
                $"leave --fold out; another fold is added by train DIR --out {folder} --fold K with the same recipe");
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

    private static (RunSummary Summary, IReadOnlyDictionary<string, string> Masks) Finish(VerbContext context, Run run, DataSet data, string whole)
    {
        var steps = new StepProgress(context.On);
        var draws = true;                                    // what prevents the curves is said once
        IReadOnlyDictionary<string, string> masks;
        using var lines = context.Args.GetValue(Events) is { } file ? new EventLines(file) : null;
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
                context.Cancel,
                lines is null ? [] : [lines]);
            masks = run.PredictValidation(data, context.On, context.Cancel);
        }
        catch (OperationCanceledException e)
        {
            throw new StoppedException($"segsharp train --resume {whole} goes on", e);
        }

        return (RunReport.Write(run.Folder, masks, data, context.On), masks);
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

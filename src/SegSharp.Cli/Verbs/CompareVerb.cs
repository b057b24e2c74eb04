using System.CommandLine;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Figures.Reports;
using SegSharp.Foundation;
using SegSharp.Torch;
using SegSharp.Training;

namespace SegSharp.Cli.Verbs;

internal static class CompareVerb
{
    public static Command Create()
    {
        var recipes = new Argument<string[]>("RECIPE") { Description = "recipes: files, or names of `recipe list`; none or one with --vary", Arity = new ArgumentArity(0, 20) };
        var data = new Option<string>("--data") { Description = "data set (nnU-Net layout)", HelpName = "DIR", Required = true };
        var output = new Option<string>("--out") { Description = "folder of all trainings and the report; the same command again goes on and skips what is finished", HelpName = "DIR", Required = true };
        var folds = new Option<int>("--folds") { Description = "cross-validation with so many folds, the same for every recipe", HelpName = "N" };
        var seeds = new Option<int>("--seeds") { Description = "trainings with so many seeds each", HelpName = "N", DefaultValueFactory = _ => 1 };
        var vary = new Option<string[]>("--vary") { Description = "one recipe with several values of a key, such as loss.name=ce,dice+ce; repeated: every combination", HelpName = "KEY=A,B" };
        var verb = new Command("compare", "several recipes with the same folds and seeds: mean, spread, paired difference and test") { recipes, data, output, folds, seeds, vary };
        RecipeOptions.AddShort(verb);
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var set = DataSet.Open(args.GetRequiredValue(data));
            var folder = args.GetRequiredValue(output);
            var trial = RecipeTrial.Plan(Asked(context, args.GetRequiredValue(recipes), args.GetValue(vary) ?? []), folder, args.GetValue(folds), args.GetValue(seeds), set);
            foreach (var recipe in trial.Recipes)
            {
                UsageException.ThrowIfAny(recipe.Recipe.Resolve(set.Description).Check());
            }

            var (trained, skipped) = (0, 0);
            foreach (var run in trial.Runs)
            {
                if (!context.Overwrite && RecipeTrial.IsFinished(run, set))
                {
                    skipped++;
                    continue;
                }

                context.Say($"{trained + skipped + 1} of {trial.Runs.Count}: {Path.GetRelativePath(folder, run.Folder)}");
                Train(context, run, set);
                trained++;
            }

            var runs = FinishedRun.Read([.. trial.Recipes.Select(r => Path.Combine(folder, r.Name))]);
            var comparison = RunComparison.Of(runs, set.Folder, on: context.On, cancel: context.Cancel);
            var page = RunComparisonReport.Write(folder, RunComparisonReport.Of(comparison, $"{trial.Recipes.Count} recipes compared"), context.On);
            context.Show(ReportVerb.Document(comparison).With("trained", "trained", trained).With("skipped", "there already", skipped).With("report", "report", page));
        }));
        return verb;
    }

    private static IReadOnlyList<TrialRecipe> Asked(VerbContext context, string[] names, string[] vary)
    {
        var assigned = RecipeOptions.Assignments(context);
        JsonObject Json(string? name)
        {
            var json = OptionsJson.Write(new Recipe());
            if (name is not null)
            {
                OptionsJson.Merge(json, RecipeSource.Json(name));
            }

            OptionsJson.SetAll(json, assigned);
            if (context.Args.GetResult(CommonOptions.Seed) is { Implicit: false })
            {
                OptionsJson.Set(json, $"training.seed={context.Seed}");
            }

            return json;
        }

        if (vary.Length == 0)
        {
            return [.. names.Select(n => new TrialRecipe(Path.GetFileNameWithoutExtension(n), OptionsJson.Read<Recipe>(Json(n), "")))];
        }

        return names.Length <= 1
            ? RecipeTrial.Varied(Json(names.FirstOrDefault()), vary)
            : throw new UsageException($"--vary changes one recipe, but {names.Length} were given", "give one recipe, or leave out --vary");
    }

    private static void Train(VerbContext context, TrialRun asked, DataSet data)
    {
        var settings = new RunSettings { Threads = context.Threads, Device = Device.Parse(context.Device), Overwrite = context.Overwrite };
        try
        {
            var goesOn = !context.Overwrite && File.Exists(Path.Combine(asked.Folder, "recipe.json"));
            using var run = goesOn
                ? Run.Resume(asked.Folder, settings, data.Folder, context.On, context.Cancel)
                : Run.Start(asked.Asked, data, data.Split(Validation.Parse(asked.Asked.Validation!, asked.Asked.Training.Seed)), asked.Folder, settings, context.On, context.Cancel);
            run.Train(new StepProgress(context.On).On, context.Cancel);
            RunReport.TryWriteCurves(run, context.On);
            run.PredictValidation(data, context.On, context.Cancel);
        }
        catch (OperationCanceledException e)
        {
            throw new StoppedException("the same command again goes on where it stopped", e);
        }
    }
}

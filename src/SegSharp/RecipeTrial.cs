using System.Text.Json.Nodes;
using SegSharp.Data;

namespace SegSharp;

/// <summary>A recipe under a name of its own, to be held against others.</summary>
/// <param name="Name">A folder's name: "dice+ce".</param>
/// <param name="Recipe">What is asked for.</param>
public sealed record TrialRecipe(string Name, Recipe Recipe);

/// <summary>One training of a trial.</summary>
/// <param name="Recipe">Its place in the trial's recipes.</param>
/// <param name="Folder">Where it lies.</param>
/// <param name="Asked">The recipe with its seed and validation.</param>
public sealed record TrialRun(int Recipe, string Folder, Recipe Asked);

/// <summary>Several recipes with the same folds and the same seeds: the plan of all trainings, each resumable by itself.</summary>
/// <param name="Recipes">Two or more.</param>
/// <param name="Runs">Every training, recipe by recipe within each fold and seed, so that a trial that is stopped early has compared something.</param>
public sealed record RecipeTrial(IReadOnlyList<TrialRecipe> Recipes, IReadOnlyList<TrialRun> Runs)
{
    /// <summary>Plans the trainings.</summary>
    /// <param name="recipes">Under names that differ.</param>
    /// <param name="folder">Where all shall lie: <c>folder/NAME/seed_S/fold_K</c>.</param>
    /// <param name="folds">Folds of a cross-validation; 0 = each recipe's own validation, else the last fifth of the cases.</param>
    /// <param name="seeds">How many seeds, from each recipe's own on.</param>
    /// <param name="data">The data set: says how many cases there are.</param>
    /// <exception cref="UsageException">Names that are the same, no validation, or counts out of range.</exception>
    public static RecipeTrial Plan(IReadOnlyList<TrialRecipe> recipes, string folder, int folds, int seeds, DataSet data)
    {
        if (recipes.Count < 2)
        {
            throw new UsageException($"{recipes.Count} recipe(s) to compare; there must be 2 or more", "compare A.json B.json, or --vary loss.name=ce,dice+ce");
        }

        if (recipes.GroupBy(r => r.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new UsageException($"two recipes are called '{twice.Key}'", "give files with names that differ");
        }

        if (folds == 1 || folds < 0 || seeds < 1)
        {
            throw new UsageException($"{folds} folds and {seeds} seeds were asked for; folds must be 0 or 2 and more, seeds 1 or more", "--folds 5 --seeds 1");
        }

        var held = recipes.Select(r => r.Recipe.Validation).Distinct(StringComparer.Ordinal).ToList();
        if (folds == 0 && held.Count > 1)
        {
            throw new UsageException($"the recipes hold out other cases: {string.Join(", ", held.Select(h => h ?? "none"))}", "--folds 5, or --validation last:5 for all");
        }

        var usual = held[0] is null or "none" ? $"last:{Math.Max(1, data.Cases.Count / 5)}" : held[0]!;
        var runs = new List<TrialRun>();
        for (var s = 0; s < seeds; s++)
        {
            for (var k = 0; k < Math.Max(1, folds); k++)
            {
                for (var r = 0; r < recipes.Count; r++)
                {
                    var recipe = recipes[r].Recipe;
                    List<string> place = [folder, recipes[r].Name];
                    if (seeds > 1)
                    {
                        place.Add($"seed_{s}");
                    }

                    if (folds > 0)
                    {
                        place.Add($"fold_{k}");
                    }

                    runs.Add(new(r, Path.Combine([.. place]), recipe with
                    {
                        Validation = folds > 0 ? $"fold:{k}/{folds}" : usual,
                        Training = recipe.Training with { Seed = recipe.Training.Seed + s },
                    }));
                }
            }
        }

        return new RecipeTrial(recipes, runs);
    }

    /// <summary>Recipes that differ in the values of one key or several: every combination.</summary>
    /// <param name="begin">The recipe that all begin with, as JSON with every default.</param>
    /// <param name="vary">"loss.name=ce,dice+ce"; lists such as patchSize=[64,128] are separated by ";" instead.</param>
    /// <exception cref="UsageException">No such key, or fewer than two values.</exception>
    public static IReadOnlyList<TrialRecipe> Varied(JsonObject begin, IReadOnlyList<string> vary)
    {
        IEnumerable<(string Name, IReadOnlyList<string> Set)> all = [("", [])];
        foreach (var rule in vary)
        {
            var (key, list) = rule.Split('=', 2) is [var k, var v] && k.Length > 0 ? (k.Trim(), v) : throw new UsageException($"'{rule}' varies nothing; it must be key=value,value", "--vary loss.name=ce,dice+ce");
            var values = list.Split(list.Contains(';') ? ';' : ',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (values.Length < 2 && vary.Count == 1)
            {
                throw new UsageException($"'{rule}' has {values.Length} value(s); there must be 2 or more", "--vary loss.name=ce,dice+ce");
            }

            var shown = key.EndsWith(".name", StringComparison.Ordinal) ? "" : key.Split('.')[^1] + "=";
            all = all.SelectMany(a => values.Select(v => (a.Name.Length == 0 ? shown + v : $"{a.Name}, {shown}{v}", (IReadOnlyList<string>)[.. a.Set, $"{key}={v}"])));
        }

        return
        [
            .. all.Select(a =>
            {
                var json = (JsonObject)begin.DeepClone();
                OptionsJson.SetAll(json, a.Set);
                return new TrialRecipe(string.Concat(a.Name.Select(c => Path.GetInvalidFileNameChars().Contains(c) ? '_' : c)), OptionsJson.Read<Recipe>(json, ""));
            }),
        ];
    }

    /// <summary>Whether a training has finished, with its validation masks.</summary>
    /// <exception cref="UsageException">The folder holds a training of another recipe.</exception>
    public static bool IsFinished(TrialRun run, DataSet data)
    {
        if (!File.Exists(Path.Combine(run.Folder, "recipe.json")))
        {
            return false;
        }

        // What follows from the data is filled in at the start; what was asked for must be the same.
        var (before, made) = (Run.ReadRecipe(run.Folder), Run.ReadRecord(run.Folder));
        var asked = run.Asked.Resolve(data.Description);
        asked = asked with { Preparation = asked.Preparation with { Statistics = before.Preparation.Statistics } };
        if (made.Training.All(data.Ids.Contains))
        {
            asked = Run.Guarded(asked, data, new Split(made.Training, made.Validation), on: null);
        }

        if (!JsonNode.DeepEquals(OptionsJson.Write(before), OptionsJson.Write(asked)))
        {
            throw new UsageException($"'{run.Folder}' holds a training of another recipe", "choose another --out, or remove that folder");
        }

        return made.Finished is not null && new RunPart("", run.Folder, before, made, []).Masks().Count == made.Validation.Count;
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Foundation;

namespace SegSharp.Cli.Verbs;

internal static class RecipeVerb
{
    public static Command Create()
    {
        var list = new Command("list", "the recipes that ship; `train --recipe NAME` takes one");
        list.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var table = new Table(new("name", "name"), new("about", "about"));
            foreach (var recipe in RecipeSource.Shipped)
            {
                table.Add(recipe.Name, recipe.About);
            }

            context.Show(new Document().With("recipes", table));
        }));

        var name = new Argument<string>("NAME|FILE") { Description = "a name of `recipe list`, a recipe's file or a run's folder" };
        var source = new Option<bool>("--source") { Description = "as it was written, comments included, without the defaults" };
        var show = new Command("show", "a recipe with every default filled in") { name, source, RecipeOptions.Set };
        show.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var which = args.GetRequiredValue(name);
            if (args.GetValue(source))
            {
                NetworkVerb.Refuse(args, "--source shows the recipe as it was written", RecipeOptions.Set);
                context.Show(Text(Directory.Exists(which) ? File.ReadAllText(Path.Combine(which, "recipe.json")) : RecipeSource.Text(which), null));
                return;
            }

            JsonObject json;
            if (Directory.Exists(which))
            {
                json = OptionsJson.Write(Run.ReadRecipe(which));
            }
            else
            {
                json = OptionsJson.Write(new Recipe());
                OptionsJson.Merge(json, RecipeSource.Json(which));
            }

            OptionsJson.SetAll(json, args.GetValue(RecipeOptions.Set) ?? []);
            var recipe = OptionsJson.Read<Recipe>(json, "");
            UsageException.ThrowIfAny(recipe.Check());
            context.Show(Text(null, OptionsJson.Write(recipe)));
        }));

        var schema = new Command("schema", "the JSON schema of recipes, for editors: every key with type, default, range and meaning");
        schema.SetAction((args, cancel) => Verb.Run(args, cancel, context => context.Show(Text(null, RecipeSchema.Create()))));
        return new Command("recipe", "what a training is asked for: list, show, schema") { list, show, schema };
    }

    // The JSON itself is the result: as it stands with --json too.
    private static Document Text(string? text, JsonObject? json)
    {
        var document = new Document().WithText(text?.TrimEnd() ?? Indented(json!));
        if (json is null)
        {
            return document.WithData("recipe", text);
        }

        foreach (var (key, value) in json)
        {
            document.WithData(key, value?.DeepClone());
        }

        return document;
    }

    private static string Indented(JsonObject json)
    {
        using var text = new StringWriter();
        JsonText.Write(json, text);
        return text.ToString().TrimEnd();
    }
}

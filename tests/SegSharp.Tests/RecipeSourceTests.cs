using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests;

public sealed class RecipeSourceTests
{
    public static TheoryData<string> Names => [.. RecipeSource.Shipped.Select(r => r.Name)];

    [Fact]
    public void Every_recipe_of_the_examples_ships_with_its_first_sentence()
    {
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "examples"), "*.json").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal);

        Assert.Equal(files, RecipeSource.Shipped.Select(r => r.Name));
        Assert.All(RecipeSource.Shipped, r => Assert.NotEqual("", r.About));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_recipe_that_ships_has_no_fault_and_fits_its_schema(string name)
    {
        var json = OptionsJson.Write(new Recipe());
        OptionsJson.Merge(json, RecipeSource.Json(name));

        var recipe = OptionsJson.Read<Recipe>(json, "");

        Assert.Empty(recipe.Check());
        Assert.Empty(Strangers(RecipeSchema.Create(), OptionsJson.Write(recipe), RecipeSchema.Create()));
    }

    [Fact]
    public void An_unknown_name_lists_what_ships()
    {
        var error = Assert.Throws<UsageException>(() => RecipeSource.Json("hipocampus-3d"));

        Assert.StartsWith("unknown recipe 'hipocampus-3d'; known: hippocampus-3d, ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_schema_knows_types_defaults_ranges_and_meanings()
    {
        var training = RecipeSchema.Create()["properties"]!["training"]!["properties"]!;

        Assert.Equal("""{"type":"integer","description":"Times that the training cases are gone through.","default":100,"minimum":1}""", training["epochs"]!.ToJsonString());
        Assert.Equal((0, 1), ((double)training["foregroundShare"]!["minimum"]!, (double)training["foregroundShare"]!["maximum"]!));
        Assert.Contains("float32", training["precision"]!["enum"]!.AsArray().Select(n => (string?)n));
    }

    [Theory]
    [InlineData("network.bas=3", "bas")]
    [InlineData("training.epoch=3", "epoch")]
    public void What_the_program_refuses_as_a_key_the_schema_does_not_know(string assignment, string key)
    {
        var json = OptionsJson.Write(new Recipe());
        OptionsJson.Set(json, assignment);

        Assert.Throws<UsageException>(() => OptionsJson.Read<Recipe>(json, ""));
        Assert.Equal([key], Strangers(RecipeSchema.Create(), json, RecipeSchema.Create()));
    }

    // Keys for which the schema has no place; of a family those of the member that the name chooses.
    private static IEnumerable<string> Strangers(JsonNode schema, JsonNode? value, JsonNode root)
    {
        if (schema["$ref"] is { } reference)
        {
            schema = root["$defs"]![reference.GetValue<string>().Split('/')[^1]]!;
        }

        if (schema["anyOf"] is JsonArray choices)
        {
            var chosen = choices.OfType<JsonObject>().FirstOrDefault(c => c["$ref"] is not null || (string?)c["properties"]?["name"]?["const"] == (value as JsonObject)?["name"]?.GetValue<string>());
            return chosen is null ? [] : Strangers(chosen, value, root);
        }

        return value switch
        {
            JsonObject o when schema["properties"] is JsonObject known => o.SelectMany(p => known[p.Key] is { } place ? Strangers(place, p.Value, root) : [p.Key]),
            JsonArray list when schema["items"] is { } items => list.SelectMany(i => Strangers(items, i, root)),
            _ => [],
        };
    }
}

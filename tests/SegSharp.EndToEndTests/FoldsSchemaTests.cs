using System.Text.Json.Nodes;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

public sealed class FoldsSchemaTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void A_cross_validation_prints_what_its_schema_says()
    {
        var result = Workshop.Succeed([.. Workshop.Training(_workshop.Phantom(), _workshop["cv"], 1).Where(a => a is not ("--validation" or "last:2")), "--folds", "2", "--json"]).Json;

        Assert.Equal(Required(Schema("train-folds")), result.AsObject().Select(p => p.Key));
        Assert.Equal(Required(Schema("train-folds")["properties"]!["folds"]!["items"]!), result["folds"]![0]!.AsObject().Select(p => p.Key));
        Assert.Equal(2, result["folds"]!.AsArray().Count);
    }

    [Fact]
    public void The_list_of_public_data_sets_prints_what_its_schema_says()
    {
        var result = Workshop.Succeed("data", "get", "--json").Json;

        Assert.Equal(Required(Schema("data-get-list")), result.AsObject().Select(p => p.Key));
        Assert.All(result["dataSets"]!.AsArray(), d => Assert.Equal(Required(Schema("data-get-list")["properties"]!["dataSets"]!["items"]!), d!.AsObject().Select(p => p.Key)));
    }

    private static IEnumerable<string> Required(JsonNode schema) => schema["required"]!.AsArray().Select(n => (string)n!);

    private static JsonNode Schema(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "json", name + ".schema.json")))!;
}

using System.Text.Json.Nodes;
using SegSharp.Augmentation;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

public sealed class AugmentVerbTests : IDisposable
{
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void What_was_drawn_is_recorded_and_replayed_to_the_same_bits()
    {
        var (data, record) = (_shop.Phantom(), _shop["drawn.json"]);

        var first = Workshop.Succeed("augment", data, "--augmentation", "strong", "--grid", "4", "--seed", "3", "--record", record, "--json");
        var again = Workshop.Succeed("augment", data, "--augmentation", "strong", "--grid", "4", "--seed", "3", "--json");
        var other = Workshop.Succeed("augment", data, "--augmentation", "strong", "--grid", "4", "--seed", "4", "--json");
        var replayed = Workshop.Succeed("augment", data, "--replay", record, "--json");

        static string[] Digests(CliResult r) => [.. r.Json["samples"]!.AsArray().Select(s => (string)s!["digest"]!)];
        Assert.Equal(4, Digests(first).Distinct().Count());
        Assert.Equal(Digests(first), Digests(again));
        Assert.Equal(Digests(first), Digests(replayed));
        Assert.Empty(Digests(first).Intersect(Digests(other)));
        Assert.Equal(Required(), replayed.Json.AsObject().Select(p => p.Key));
    }

    [Fact]
    public void A_volume_shows_three_planes_and_what_was_drawn()
    {
        var figure = _shop["a.svg"];

        var result = Workshop.Succeed(
            "augment", VolumeFiles.Image(_shop["image.nii.gz"]), "--mask", VolumeFiles.Mask(_shop["mask.nii.gz"]),
            "--only", "rotate", "elastic", "--set", "rotate.degrees=20", "--set", "elastic.spacing=8", "--set", "elastic.largest=2", "--out", figure, "--json");

        Assert.Equal(["rotation", "elastic"], result.Json["samples"]![0]!["drawn"]!.AsArray().Select(d => (string)d!["step"]!));
        var text = File.ReadAllText(figure);
        Assert.Contains("augmented, z = ", text, StringComparison.Ordinal);
        Assert.Contains("augmented, y = ", text, StringComparison.Ordinal);
        Assert.Contains("degrees ", text, StringComparison.Ordinal);
        Assert.Contains("nodes, 8 apart", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_shows_what_a_training_would_see()
    {
        var (data, recipe) = (_shop.Phantom(), _shop["recipe.json"]);
        File.WriteAllText(recipe, """{ "augmentation": [{ "name": "flip", "horizontal": 1, "vertical": 0 }, { "name": "gamma", "probability": 0 }] }""");

        var result = Workshop.Succeed("augment", data, "--recipe", recipe, "--json");

        var drawn = Assert.Single(result.Json["samples"]![0]!["drawn"]!.AsArray());
        Assert.Equal("""{"step":"flip","horizontal":true,"vertical":false,"through":false}""", drawn!.ToJsonString());
    }

    [Fact]
    [Trait("Category", "Full")]
    public void Every_augmentation_has_a_figure()
    {
        var folder = _shop["figures"];

        var result = Workshop.Succeed("augment", _shop.Phantom(), "--all", "--out", folder, "--json");

        // One channel: there is none to swap or to lose, so nothing is drawn.
        Assert.Equal(Catalogue.Transforms.Names.Select(n => Path.Combine(folder, n + ".png")), result.Json["figures"]!.AsArray().Select(f => (string)f!));
        Assert.All(result.Json["samples"]!.AsArray(), s => Assert.Equal(((string)s!["augmentation"]!).StartsWith("channel-", StringComparison.Ordinal) ? 0 : 1, s["drawn"]!.AsArray().Count));
    }

    [Theory]
    [InlineData("unknown augmentation 'elastik'; known: elastic", "--only", "elastik")]
    [InlineData("unknown augmentation 'nnunett'; known: nnunet", "--augmentation", "nnunett")]
    [InlineData("unknown augmentation in --set 'gamma'; known: elastic", "--only", "elastic", "--set", "gamma.low=1")]
    [InlineData("unknown key 'elastic.larges'; known: elastic.largest", "--only", "elastic", "--set", "elastic.larges=1")]
    [InlineData("augmentation.elastic.largest is 99; beyond 12.8", "--only", "elastic", "--set", "elastic.largest=99")]
    [InlineData("--only and --all exclude each other", "--only", "elastic", "--all")]
    [InlineData("--grid is 0; it must lie between 1 and 64", "--grid", "0")]
    [InlineData("option '--slice' is 6; 'image' has the slices 0 to 5", "--slice", "6")]
    [InlineData("option '--channel' is 1; 'image' has channel 0 alone", "--channel", "1")]
    [InlineData("--case belongs to a data set; ", "--case", "a")]
    public void What_cannot_be_is_said(string error, params string[] options)
    {
        var result = CliRunner.Run(["augment", VolumeFiles.Image(_shop["image.nii.gz"]), .. options]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Required() =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "json", "augment.schema.json")))!["required"]!.AsArray().Select(r => (string)r!);
}

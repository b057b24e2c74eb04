using System.Text.Json.Nodes;
using System.Xml.Linq;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Two recipes compared by one command; its trainings serve every test here.</summary>
public sealed class ReportVerbTests(ReportVerbTests.Trial trial) : IClassFixture<ReportVerbTests.Trial>
{
    [Fact]
    public void Compare_trains_every_recipe_on_every_fold_and_says_how_sure_the_difference_is()
    {
        Assert.Equal(4, (int?)trial.First["trained"]);
        Assert.Equal(["ce", "dice+ce"], trial.First["scores"]!.AsArray().Select(r => (string?)r!["run"]).Distinct());
        Assert.Equal([6], PairsOfDice(trial.First));
        Assert.Contains("loss.name", trial.First["differences"]!.AsArray().Select(d => (string?)d!["key"]));
        Assert.Contains("the runs have different losses, so the curves of the loss are not on one scale", trial.First["warnings"]!.AsArray().Select(w => (string?)w));
        Assert.Equal(Properties("compare"), trial.First.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal));
        Assert.Equal(Columns("compare", "scores"), trial.First["scores"]![0]!.AsObject().Select(p => p.Key));
        Assert.Equal(Columns("compare", "tests"), trial.First["tests"]![0]!.AsObject().Select(p => p.Key));
    }

    [Fact]
    public void The_same_command_again_trains_nothing_and_one_lost_training_alone_is_done_again()
    {
        var before = Workshop.Weights(trial.Run("ce", "fold_0"), "checkpoint-best.pt");
        Directory.Delete(trial.Run("ce", "fold_1"), recursive: true);

        var again = trial.Compare();

        Assert.Equal((1, 3), ((int)again["trained"]!, (int)again["skipped"]!));
        Assert.Equal(before, Workshop.Weights(trial.Run("ce", "fold_0"), "checkpoint-best.pt"));
        Assert.Equal(trial.First["scores"]!.ToJsonString(), again["scores"]!.ToJsonString());
    }

    [Fact]
    public void A_report_is_one_page_that_fetches_nothing_and_its_switch_needs_no_script()
    {
        var result = Workshop.Succeed("report", trial.Run("ce"), trial.Run("dice+ce"), "--out", trial.At("page"), "--json").Json;

        var page = File.ReadAllText((string)result["report"]!);
        var html = XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));
        Assert.Equal(Properties("report"), result.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
        Assert.Equal("smoothed", html.Descendants("label").Single().Value);
        Assert.Equal(
            ["Result", "Before you compare", "Curves", "Scores", "Is a difference more than chance?"], html.Descendants("h2").Select(h => h.Value).Take(5));
        Assert.Contains("worst", page, StringComparison.Ordinal);
        Assert.Contains("median", page, StringComparison.Ordinal);
        Assert.True(File.Exists(trial.At("page", "curves.svg")) && File.Exists(trial.At("page", "panels.png")));
    }

    [Fact]
    public void Runs_with_other_validation_cases_are_compared_on_the_common_ones_and_that_is_said()
    {
        var result = Workshop.Succeed("report", trial.Run("ce"), trial.Run("dice+ce", "fold_0"), "--out", trial.At("other"), "--json").Json;

        Assert.Contains("fold_0 held out other cases than ce: 3 in common, 3 and 0 alone; only the common ones are compared", result["warnings"]!.AsArray().Select(w => (string?)w));
        Assert.Equal([3], PairsOfDice(result));
    }

    [Fact]
    public void What_is_no_run_is_refused()
    {
        var result = CliRunner.Run("report", trial.At("data"));

        Assert.Equal(3, result.ExitCode);
        Assert.Equal($"error: '{trial.At("data")}' holds no run: there is no recipe.json, no fold_K and no seed_S\nfix: give the folder that was --out of a training\n", result.Error);
    }

    [Fact]
    public void Recipes_are_listed_shown_and_described()
    {
        var list = Workshop.Succeed("recipe", "list", "--json").Json;
        var shown = Workshop.Succeed("recipe", "show", "isbi-full-resolution", "--set", "training.epochs=3").Out;
        var schema = Workshop.Succeed("recipe", "schema", "--json").Json;

        Assert.Equal(Columns("recipe-list", "recipes"), list["recipes"]![0]!.AsObject().Select(p => p.Key));
        Assert.Equal(3, (int?)JsonNode.Parse(shown)!["training"]!["epochs"]);
        Assert.NotNull(schema["properties"]!["training"]!["properties"]!["epochs"]!["description"]);
        Assert.Equal("ce", (string?)JsonNode.Parse(Workshop.Succeed("recipe", "show", trial.Run("ce", "fold_0")).Out)!["loss"]!["name"]);
    }

    // Distances between surfaces may be undefined after two epochs; the Dice never is.
    private static IEnumerable<int> PairsOfDice(JsonNode result) => result["tests"]!.AsArray().Where(t => (string?)t!["metric"] == "Dice").Select(t => (int)t!["pairs"]!);

    private static IEnumerable<string> Properties(string schema) => Schema(schema)["properties"]!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Columns(string schema, string table) => Schema(schema)["properties"]![table]!["items"]!["required"]!.AsArray().Select(n => (string)n!);

    private static JsonNode Schema(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "json", name + ".schema.json")))!;

    public sealed class Trial : IDisposable
    {
        private readonly Workshop _workshop = new();
        private readonly string _data;

        public Trial()
        {
            _data = _workshop.Phantom();
            First = Compare();
        }

        public JsonNode First { get; }

        public JsonNode Compare() => Workshop.Succeed(
            "compare", "--data", _data, "--out", At("trial"), "--vary", "loss.name=ce,dice+ce", "--folds", "2", "--network", "unet", "--set", "network.base=2", "--set", "network.depth=2",
            "--epochs", "2", "--batch", "2", "--lr", "1e-2", "--threads", "1", "--json").Json;

        public string Run(params string[] parts) => At(["trial", .. parts]);

        public string At(params string[] parts) => _workshop[parts];

        public void Dispose() => _workshop.Dispose();
    }
}

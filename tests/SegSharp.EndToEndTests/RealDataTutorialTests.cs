using System.Text.Json.Nodes;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Runs the commands of the pages that train on real pictures: by default with one short epoch, in the full run as they stand there.</summary>
public sealed class RealDataTutorialTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public static TheoryData<string> Pages => ["nuclei.md", "vessels.md", "membranes.md"];

    public void Dispose() => _workshop.Dispose();

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_command_of_the_page_works_with_one_short_epoch(string page)
    {
        RealData.Require();

        Run(page, short_: true);
    }

    [Fact]
    [Trait("Category", "Full")]
    public void The_nuclei_are_found_under_microscopes_that_were_never_seen_and_the_border_weight_tells_them_apart()
    {
        RealData.Require();

        Run("nuclei.md", short_: false);

        var dice = Evaluate("masks", "data", "labelsTr", "--cases", "last:16", "--metrics", "dice")["scores"]![0]!;
        Assert.True((double)dice["mean"]! >= 0.88, $"mean {dice["mean"]}");
        Assert.True((double)dice["pooled"]! >= 0.83, $"pooled {dice["pooled"]}");
        double Precision(string objects) => (double)Evaluate(objects, "apart", "instancesTr", "--cases", "last:16", "--instances")["scores"]!.AsArray().First(s => (string)s!["metric"]! == "AP50")!["mean"]!;
        var (plain, border) = (Precision("objects-plain"), Precision("objects-border"));
        Assert.True(border > plain, $"AP50 {border} with the weight, {plain} without");
    }

    [Fact]
    [Trait("Category", "Full")]
    public void The_vessels_are_found_inside_the_field_of_view()
    {
        RealData.Require();

        Run("vessels.md", short_: false);

        var scores = Evaluate("masks", "data", "labelsTr", "--cases", "last:2", "--metrics", "dice");
        Assert.True((double)scores["scores"]![0]!["pooled"]! >= 0.81, $"Dice {scores["scores"]![0]!["pooled"]}");
        Assert.True((double)scores["curves"]![0]!["auc"]! >= 0.976, $"AUC {scores["curves"]![0]!["auc"]}");
    }

    [Fact]
    [Trait("Category", "Full")]
    public void The_cells_between_membranes_are_cut_apart()
    {
        RealData.Require();

        Run("membranes.md", short_: false);

        var thresholds = Evaluate("masks", "data", "labelsTr", "--cases", "last:5", "--metrics", "vrand,vinfo")["partitions"]!.AsArray();
        Assert.True(thresholds.Max(p => (double)p!["vrand"]!) >= 0.92, string.Join(", ", thresholds.Select(p => p!["vrand"])));
        Assert.True(thresholds.Max(p => (double)p!["vinfo"]!) >= 0.95, string.Join(", ", thresholds.Select(p => p!["vinfo"])));
    }

    private JsonNode Evaluate(string predictions, string data, string truth, params string[] options) =>
        CliRunner.Run(["evaluate", _workshop[predictions], _workshop[data, truth], .. options, "--json"]).Json;

    private void Run(string name, bool short_)
    {
        var page = new TutorialPage(name, _workshop);
        var commands = page.Commands("");
        Assert.Contains(commands, c => c[0] == "train");
        foreach (var command in commands)
        {
            page.Run(short_ && command[0] == "train" ? [.. command, "--repeats", "1", "--set", "training.epochs=1", "--set", "prediction.mirror=false"] : command);
        }
    }
}

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

    [Theory]
    [Trait("Category", "Full")]
    [InlineData("nuclei.md", "dice", 0.88, 0.83)]
    [InlineData("vessels.md", "dice", 0.81, 0.81)]
    [InlineData("membranes.md", "vrand", 0.6, null)]
    public void The_page_reaches_what_it_promises(string page, string metric, double mean, double? pooled)
    {
        RealData.Require();

        Run(page, short_: false);

        var scores = JsonNode.Parse(CliRunner.Run("evaluate", _workshop["masks"], _workshop["data", "labelsTr"], "--cases", CasesOf(page), "--metrics", metric, "--json").Out)!["scores"]![0]!;
        Assert.True((double)scores["mean"]! >= mean, $"mean {scores["mean"]}");
        Assert.True(pooled is null || (double)scores["pooled"]! >= pooled, $"pooled {scores["pooled"]}");
    }

    private static string CasesOf(string page) => page switch { "nuclei.md" => "last:16", "vessels.md" => "last:2", _ => "last:5" };

    private void Run(string name, bool short_)
    {
        var page = new TutorialPage(name, _workshop);
        var commands = page.Commands("");
        Assert.Contains(commands, c => c[0] == "train");
        foreach (var command in commands)
        {
            page.Run(short_ && command[0] == "train" ? [.. command, "--epochs", "1", "--repeats", "1", "--set", "prediction.mirror=false"] : command);
        }
    }
}

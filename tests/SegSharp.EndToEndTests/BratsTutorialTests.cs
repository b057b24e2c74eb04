using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Runs the commands of docs/tutorials/brats.md as they stand there, so that the page cannot drift from the program.</summary>
public sealed class BratsTutorialTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly TutorialPage _page;

    public BratsTutorialTests() => _page = new("brats.md", _workshop);

    public void Dispose() => _workshop.Dispose();

    [Fact]
    [Trait("Category", "Full")]
    public void Every_command_of_the_page_works_in_its_order()
    {
        var commands = _page.Commands("");

        foreach (var command in commands)
        {
            _page.Run(command);
        }

        var scan = Volume.Read(_workshop["brats", "imagesTr", "BraTS19_PHANTOM_004_1_0000.nii.gz"]);
        var mask = LabelMap.Read(_workshop["brats-masks", "BraTS19_PHANTOM_004_1.nii.gz"]);
        Assert.True(commands.Count >= 10, $"the page has {commands.Count} commands");
        Assert.Equal(new Extent(240, 240, 155), mask.Extent);
        Assert.Equal(scan.Geometry, mask.Geometry);
        Assert.Contains(mask.Histogram(), l => l.Label == 2);
        Assert.True(File.Exists(_workshop["brats-report", "report.html"]));
    }

    [Fact]
    public void The_real_patients_of_the_page_are_imported()
    {
        _ = RealData.Require("brats");

        _page.Run(Assert.Single(_page.Commands("sh")));

        Assert.Equal(2, Directory.GetFiles(_workshop["real", "labelsTr"]).Length);
    }

    [Fact]
    public void The_page_names_only_options_that_exist()
    {
        foreach (var command in _page.Commands("").Concat(_page.Commands("sh")))
        {
            var verb = command.TakeWhile(w => !w.Contains('/') && !w.StartsWith('-') && w != "brats").ToArray();
            var help = CliRunner.Run([.. verb, .. command[0] == "data" && command[1] is "import" ? ["brats"] : Array.Empty<string>(), "--help"]).Out;
            Assert.All(command.Where(w => w.StartsWith("--", StringComparison.Ordinal)), option => Assert.Contains(option, help, StringComparison.Ordinal));
        }
    }
}

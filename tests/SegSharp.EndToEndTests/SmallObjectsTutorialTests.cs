using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Runs the commands of docs/tutorials/small-objects.md as they stand there.</summary>
public sealed class SmallObjectsTutorialTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly TutorialPage _page;

    public SmallObjectsTutorialTests() => _page = new("small-objects.md", _workshop);

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

        Assert.True(commands.Count >= 6, $"the page has {commands.Count} commands");
        Assert.True(File.Exists(_workshop["recall.png"]));
    }

    [Fact]
    public void The_page_names_only_options_that_exist()
    {
        foreach (var command in _page.Commands(""))
        {
            var verb = command[0] == "data" ? command[..2] : command[..1];
            var help = CliRunner.Run([.. verb, "--help"]).Out;
            Assert.All(command.Where(w => w.StartsWith("--", StringComparison.Ordinal)), option => Assert.Contains(option, help, StringComparison.Ordinal));
        }
    }
}

using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Runs the commands of the course's pages in docs/tutorials as they stand there.</summary>
public sealed class CourseTutorialTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Theory]
    [InlineData("kings-college.md", 17)]
    [InlineData("unet-notes.md", 8)]
    [InlineData("upsampling-dice-attention.md", 14)]
    public void Every_command_of_the_page_works_in_its_order(string name, int least) => RunAll(name, least);

    [Fact]
    [Trait("Category", "Full")]
    public void Every_command_of_the_longest_page_works_in_its_order() => RunAll("lecture-notebook.md", 50);

    private void RunAll(string name, int least)
    {
        var page = new TutorialPage(name, _workshop);
        var commands = page.Commands("");

        foreach (var command in commands)
        {
            page.Run(command);
        }

        Assert.True(commands.Count >= least, $"the page has {commands.Count} commands");
    }
}

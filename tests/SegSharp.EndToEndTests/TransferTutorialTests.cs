using SegSharp.Imaging;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Runs the commands of docs/tutorials/transfer.md as they stand there.</summary>
public sealed class TransferTutorialTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly TutorialPage _page;

    public TransferTutorialTests() => _page = new("transfer.md", _workshop);

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Every_command_of_the_page_works_in_its_order()
    {
        var commands = _page.Commands("");

        foreach (var command in commands)
        {
            _page.Run(command);
        }

        Assert.True(commands.Count >= 6, $"the page has {commands.Count} commands");
        Assert.Contains((ushort)1, LabelMap.Read(Directory.GetFiles(_workshop["masks"], "*.png")[0]).Labels);
        Assert.Equal("encoder", (string?)Run.ReadRecord(_workshop["second"]).Pretrained?.Part);
    }

    [Fact]
    public void What_needs_a_download_names_only_options_that_exist()
    {
        var help = CliRunner.Run("train", "--help").Out;

        Assert.All(_page.Commands("sh").SelectMany(c => c).Where(w => w.StartsWith("--", StringComparison.Ordinal)), o => Assert.Contains(o, help, StringComparison.Ordinal));
    }
}

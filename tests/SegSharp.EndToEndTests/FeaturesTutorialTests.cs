using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Runs the commands of docs/tutorials/features.md: smaller here, as they stand there in the full tests.</summary>
public sealed class FeaturesTutorialTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly TutorialPage _page;

    public FeaturesTutorialTests() => _page = new("features.md", _workshop);

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Every_command_of_the_page_works_with_less_of_everything()
    {
        foreach (var command in _page.Commands(""))
        {
            _page.Run(Smaller(command));
        }

        var (features, places) = (Npy.Read(_workshop["features", "features-1.npy"]), Npy.Read(_workshop["features", "embedding-1.npy"]));
        Assert.Equal([30, 2], places.Shape);
        Assert.Equal(30, features.Shape[0]);
        Assert.Equal(31, File.ReadAllLines(_workshop["features", "images.csv"]).Length);
        Assert.True(File.Exists(_workshop["features", "embedding.svg"]));
    }

    [Fact]
    [Trait("Category", "Full")]
    public void Every_command_of_the_page_works_as_it_stands()
    {
        foreach (var command in _page.Commands(""))
        {
            _page.Run(command);
        }
    }

    [Fact]
    public void What_needs_a_download_names_only_options_that_exist()
    {
        var help = CliRunner.Run("features", "--help").Out;

        Assert.All(_page.Commands("sh").SelectMany(c => c).Where(w => w.StartsWith("--", StringComparison.Ordinal)), o => Assert.Contains(o, help, StringComparison.Ordinal));
    }

    private static string[] Smaller(string[] command)
    {
        var smaller = command.ToArray();
        foreach (var (option, value) in new[] { ("--count", "30"), ("--size", "32x32"), ("--epochs", "1"), ("--num", "30"), ("--perplexity", "5"), ("--validation", "last:4") })
        {
            if (Array.IndexOf(smaller, option) is >= 0 and var at)
            {
                smaller[at + 1] = value;
            }
        }

        return command[0] == "features" && !command.Contains("--perplexity") ? [.. smaller, "--perplexity", "5", "--iterations", "50"] : [.. smaller];
    }
}

using System.Text.RegularExpressions;
using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Runs the commands of docs/tutorials/brats.md as they stand there, so that the page cannot drift from the program.</summary>
public sealed partial class BratsTutorialTests : IDisposable
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "tutorials", "brats.md"));
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    [Trait("Category", "Full")]
    public void Every_command_of_the_page_works_in_its_order()
    {
        var commands = Commands("");

        foreach (var command in commands)
        {
            Run(command);
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

        Run(Assert.Single(Commands("sh")));

        Assert.Equal(2, Directory.GetFiles(_workshop["real", "labelsTr"]).Length);
    }

    [Fact]
    public void The_page_names_only_options_that_exist()
    {
        foreach (var command in Commands("").Concat(Commands("sh")))
        {
            var verb = command.TakeWhile(w => !w.Contains('/') && !w.StartsWith('-') && w != "brats").ToArray();
            var help = CliRunner.Run([.. verb, .. command[0] == "data" && command[1] is "import" ? ["brats"] : Array.Empty<string>(), "--help"]).Out;
            Assert.All(command.Where(w => w.StartsWith("--", StringComparison.Ordinal)), option => Assert.Contains(option, help, StringComparison.Ordinal));
        }
    }

    // Lines that begin with ./segsharp in code blocks of that kind, without the program's name.
    private static List<string[]> Commands(string kind) =>
    [
        .. CodeBlock().Matches(Page).Where(m => m.Groups["kind"].Value == kind)
            .SelectMany(m => m.Groups["text"].Value.Split('\n'))
            .Where(l => l.StartsWith("./segsharp ", StringComparison.Ordinal))
            .Select(l => Word().Matches(l).Skip(1).Select(w => w.Value.Trim('"')).ToArray()),
    ];

    private void Run(string[] command)
    {
        string[] args = [.. command.Select(Place)];
        using var process = CliRunner.Start(new Dictionary<string, string?>(StringComparer.Ordinal), [.. args, "--quiet"]);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(TimeSpan.FromMinutes(30)))
        {
            process.Kill(entireProcessTree: true);
        }

        Assert.True(process.ExitCode == 0, $"segsharp {string.Join(' ', args)} ended with {process.ExitCode}: {error.GetAwaiter().GetResult()}{output.GetAwaiter().GetResult()}");
    }

    private string Place(string word) =>
        word.StartsWith("out/", StringComparison.Ordinal) ? _workshop[word.Split('/')[1..]]
        : word.StartsWith("examples/", StringComparison.Ordinal) ? Path.Combine(Repository.Root, word)
        : word == "BRATS2015" ? Path.Combine(RealData.Root, "brats")
        : word;

    [GeneratedRegex(@"^```(?<kind>[a-z]*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("\"[^\"]*\"|[^ ]+")]
    private static partial Regex Word();
}

using System.Text.RegularExpressions;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>A page of docs/tutorials whose commands a test runs as they stand there.</summary>
/// <param name="name">Its file.</param>
/// <param name="workshop">Where its files lie.</param>
internal sealed partial class TutorialPage(string name, Workshop workshop)
{
    // Words of a page that stand for a folder of real data.
    private static readonly Dictionary<string, string> RealFolders = new(StringComparer.Ordinal)
    {
        ["BRATS2015"] = "brats",
        ["DRIVE"] = "drive",
        ["DSB2018"] = "dsb2018",
        ["ISBI2012"] = "isbi2012",
    };

    private readonly string _text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "tutorials", name));

    /// <summary>Lines that begin with ./segsharp in code blocks of that kind, without the program's name.</summary>
    public List<string[]> Commands(string kind) =>
    [
        .. CodeBlock().Matches(_text).Where(m => m.Groups["kind"].Value == kind)
            .SelectMany(m => m.Groups["text"].Value.Split('\n'))
            .Where(l => l.StartsWith("./segsharp ", StringComparison.Ordinal))
            .Select(l => Word().Matches(l).Skip(1).Select(w => w.Value.Trim('"')).ToArray()),
    ];

    /// <summary>Runs a command and asserts that it succeeds; what the page calls out/ lies in the workshop.</summary>
    public void Run(string[] command)
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
        word.StartsWith("out/", StringComparison.Ordinal) ? workshop[word.Split('/')[1..]]
        : word.StartsWith("examples/", StringComparison.Ordinal) ? Path.Combine(Repository.Root, word)
        : RealFolders.TryGetValue(word, out var folder) ? Path.Combine(RealData.Root, folder)
        : word;

    [GeneratedRegex(@"^```(?<kind>[a-z]*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex CodeBlock();

    [GeneratedRegex("\"[^\"]*\"|[^ ]+")]
    private static partial Regex Word();
}

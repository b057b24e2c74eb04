using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;

namespace SegSharp.Cli.Terminal;

/// <summary>From the words of the command line to an exit code.</summary>
internal static class Entrance
{
    private const string Summary =
        "Medical image segmentation in C# on libtorch.\n" +
        "In a clone, ./segsharp also knows: build, test [--full] [--filter WORD], bench [NAME].";

    public static int Run(IEnumerable<Command> verbs, string[] args)
    {
        var root = Root(verbs);
        if (args is [['[', 's', 'u', 'g', 'g', 'e', 's', 't', ..] directive, ..])
        {
            return Suggest(root, directive, args[1..]);
        }

        var parse = root.Parse(args);
        if (parse.Errors.Count > 0)
        {
            return Failure.Report(ParseFault.Explain(parse), Streams.OfProcess, parse.GetValue(CommonOptions.Json), parse.GetValue(CommonOptions.Verbose));
        }

        // Verb.Run handles signals and errors itself; the library's own handlers would answer first, in other words.
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        return parse.InvokeAsync(configuration, CancellationToken.None).GetAwaiter().GetResult();
    }

    private static Command Root(IEnumerable<Command> verbs)
    {
        // Not a RootCommand: that one calls itself after the executable's file.
        var root = new Command("segsharp", Summary);
        foreach (var verb in verbs)
        {
            root.Add(verb);
        }

        foreach (var option in CommonOptions.All)
        {
            root.Add(option);
        }

        root.Add(new HelpOption());
        root.Add(new VersionOption());
        return root;
    }

    /// <summary>Answers a shell that completes a word: <c>segsharp "[suggest:9]" "network s"</c> prints the candidates, one a line.</summary>
    private static int Suggest(Command root, string directive, string[] args)
    {
        var line = string.Join(' ', args);
        var colon = directive.IndexOf(':', StringComparison.Ordinal);
        var position = colon >= 0 && int.TryParse(directive.AsSpan(colon + 1).TrimEnd(']'), NumberStyles.None, null, out var at) ? at : line.Length;
        foreach (var item in root.Parse(line).GetCompletions(position))
        {
            Streams.OfProcess.Out.WriteLine(item.Label);
        }

        return ExitCode.Done;
    }
}

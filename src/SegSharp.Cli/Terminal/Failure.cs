using System.Text.Json.Nodes;
using SegSharp.Foundation;

namespace SegSharp.Cli.Terminal;

/// <summary>An error on its way to the terminal: one sentence, a fix, an exit code.</summary>
internal static class Failure
{
    /// <summary>Shows the error and returns the exit code that belongs to it.</summary>
    public static int Report(Exception error, Streams streams, bool json, bool verbose)
    {
        error = Unwrap(error);
        var code = CodeOf(error);
        var sentence = SentenceOf(error);
        var fix = FixOf(error);

        streams.Error.WriteLine($"{streams.ErrorInk.Red("error:")} {sentence}");
        if (fix is not null)
        {
            streams.Error.WriteLine($"{streams.ErrorInk.Bold("fix:")} {fix}");
        }

        if (verbose)
        {
            streams.Error.WriteLine(error);
        }

        if (json)
        {
            var document = new JsonObject { ["error"] = sentence, ["fix"] = fix, ["exitCode"] = code };
            if (error is SegSharpException { Details: { Count: > 0 } details })
            {
                document["details"] = new JsonObject(details.Select(d => KeyValuePair.Create(d.Key, (JsonNode?)new JsonArray([.. d.Value.Select(v => JsonValue.Create(v))]))));
            }

            JsonText.Write(document, streams.Out);
        }

        return code;
    }

    /// <summary>The exit code that belongs to an error.</summary>
    public static int CodeOf(Exception error) => error switch
    {
        UsageException => ExitCode.Usage,
        InputException or FileNotFoundException or DirectoryNotFoundException => ExitCode.Input,
        OperationCanceledException => ExitCode.Stopped,
        _ => ExitCode.Failed,
    };

    private static string SentenceOf(Exception error) => error switch
    {
        OperationCanceledException => "stopped",
        OutOfMemoryException => "out of memory",
        FileNotFoundException { FileName: { } file } => $"there is no file '{file}'",
        SegSharpException or IOException or UnauthorizedAccessException => OneLine(error.Message),
        _ => $"{OneLine(error.Message)} ({error.GetType().Name}, which SegSharp did not expect)",
    };

    private static string? FixOf(Exception error) => error switch
    {
        SegSharpException e => e.Fix,
        StoppedException e => e.Fix,
        OperationCanceledException => null,
        OutOfMemoryException => "close other programs, or ask for smaller patches or batches",
        IOException or UnauthorizedAccessException => null,
        _ => "run again with --verbose and report the stack trace",
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").Trim().TrimEnd('.');

    /// <summary>The error that a person should read: a static constructor or a parallel loop wraps it.</summary>
    public static Exception Unwrap(Exception error)
    {
        while (error is AggregateException or TypeInitializationException && error.InnerException is { } inner)
        {
            error = inner;
        }

        return error;
    }
}

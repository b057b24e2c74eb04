using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.Json;
using SegSharp.Figures.Lessons;
using SegSharp.Foundation;

namespace SegSharp.Cli.Verbs;

/// <summary>
/// Judges a student's class in a process of its own: an endless loop, a full stack, <c>Environment.Exit</c> and printing do not
/// reach the process that reports. The child writes its verdicts last, so that no verdicts mean failed.
/// </summary>
internal static class StudentProcess
{
    private const int MostHeard = 4000;                      // characters of what the class printed

    /// <summary>The child's part: judges here and writes the outcome to a file.</summary>
    public static void Judge(Lesson lesson, IReadOnlyList<string> answer, string file)
    {
        Outcome outcome;
        try
        {
            outcome = new(lesson.Check!.Judge(lesson.Id, answer), null, null, false);
        }
        catch (SegSharpException e)
        {
            outcome = new([], e.Message, e.Fix, e is UsageException);
        }

        AtomicFile.WriteText(file, JsonSerializer.Serialize(outcome));
    }

    /// <summary>The parent's part.</summary>
    /// <param name="lesson">Its check takes a C# file.</param>
    /// <param name="answer">The words on the command line.</param>
    /// <param name="seconds">The most that compiling and judging may take.</param>
    /// <param name="say">Hears what the class printed.</param>
    /// <param name="cancel">Ends the child.</param>
    public static IReadOnlyList<Verdict> Run(Lesson lesson, IReadOnlyList<string> answer, int seconds, Action<string> say, CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("segsharp-check-").FullName;
        try
        {
            var file = Path.Combine(folder, "outcome.json");
            using var child = Process.Start(Start(["lesson", "check", lesson.Id, "--judge-into", file, "--", .. answer]))
                ?? throw new SegSharpException("cannot start a process for the class", "close other programs and try again");
            child.StandardInput.Close();
            var (printed, faults) = (Hear(child.StandardOutput), Hear(child.StandardError));
            var inTime = Wait(child, file, TimeSpan.FromSeconds(seconds), cancel);
            End(child);
            var (heard, fault) = (printed.GetAwaiter().GetResult(), faults.GetAwaiter().GetResult());
            if (heard.Trim() is { Length: > 0 } words)
            {
                say($"your class printed: {words}");
            }

            if (File.Exists(file))
            {
                var outcome = JsonSerializer.Deserialize<Outcome>(File.ReadAllBytes(file))!;
                return outcome.Error is null ? outcome.Verdicts
                    : outcome.IsUsage ? throw new UsageException(outcome.Error, outcome.Fix)
                    : throw new InputException(outcome.Error, outcome.Fix);
            }

            return [new(false, "runs", Reason(inTime, seconds, child, fault))];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Reason(bool inTime, int seconds, Process child, string fault) =>
        !inTime ? $"not done after {seconds} s: a loop without end, perhaps; --limit N gives it N seconds"
        : fault.Contains("Stack overflow", StringComparison.Ordinal) ? "the stack is full: a method calls itself without end"
        : fault.Contains("Unhandled exception", StringComparison.Ordinal) ? $"it ended the process: {fault[fault.IndexOf("Unhandled exception", StringComparison.Ordinal)..].Split('\n')[0].Trim().TrimEnd('.')}"
        : $"it ended the process with code {child.ExitCode} before the check was done: leave Environment.Exit out";

    private static bool Wait(Process child, string file, TimeSpan most, CancellationToken cancel)
    {
        var since = Stopwatch.StartNew();
        while (!child.WaitForExit(50))
        {
            if (cancel.IsCancellationRequested)
            {
                End(child);
                cancel.ThrowIfCancellationRequested();
            }

            // The verdicts are there; a thread of the class may run on.
            if (File.Exists(file))
            {
                child.WaitForExit(1000);
                return true;
            }

            if (since.Elapsed > most)
            {
                return false;
            }
        }

        return true;
    }

    private static void End(Process child)
    {
        if (!child.HasExited)
        {
            child.Kill(entireProcessTree: true);
            child.WaitForExit();
        }
    }

    // All is read, so that the child never waits; the beginning is kept.
    private static async Task<string> Hear(StreamReader from)
    {
        var kept = new StringBuilder();
        var buffer = new char[4096];
        for (var read = 1; read > 0;)
        {
            read = await from.ReadAsync(buffer).ConfigureAwait(false);
            kept.Append(buffer, 0, Math.Min(read, MostHeard - kept.Length));
        }

        return kept.ToString();
    }

    // Started as this process was: by its own executable, or by dotnet with the program's file.
    private static ProcessStartInfo Start(IEnumerable<string> words)
    {
        var own = Environment.ProcessPath ?? throw new SegSharpException("this process does not know its own file", "start segsharp by its path");
        var isHost = Path.GetFileNameWithoutExtension(own).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return new ProcessStartInfo(own, isHost ? [Assembly.GetEntryAssembly()!.Location, .. words] : words)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
    }

    private sealed record Outcome(IReadOnlyList<Verdict> Verdicts, string? Error, string? Fix, bool IsUsage);
}

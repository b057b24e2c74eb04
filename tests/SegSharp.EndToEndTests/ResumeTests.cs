using System.Diagnostics;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>A training that is killed or stopped and taken up again ends with the same bits.</summary>
public sealed class ResumeTests : IDisposable
{
    private const int Epochs = 10;
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void A_run_killed_with_SIGKILL_ends_with_the_bits_of_one_that_was_not()
    {
        var data = _workshop.Phantom();
        Workshop.Succeed(Workshop.Training(data, _workshop["whole"], Epochs));

        var run = _workshop["killed"];
        foreach (var rows in new[] { 2, 5 })
        {
            using var process = rows == 2 ? Workshop.TrainUntil(data, run, Epochs, rows) : ResumeUntil(run, rows);
            Signal(process, "KILL");
            Assert.Equal(137, process.ExitCode);
            Assert.InRange(Workshop.FinishedEpochs(run), rows, Epochs - 1);
        }

        Workshop.Succeed("train", "--resume", run, "--quiet");

        AssertSame(_workshop["whole"], run);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_run_stopped_by_a_signal_saves_says_how_to_go_on_and_ends_with_the_same_bits(string signal)
    {
        // A script's background jobs inherit an ignored SIGINT, and .NET leaves an ignored signal ignored.
        var ignored = Convert.ToUInt64(File.ReadLines("/proc/self/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim(), 16);
        Assert.SkipWhen(signal == "INT" && (ignored & 2) != 0, "SIGINT is ignored in this process, as in a script's background jobs");

        var data = _workshop.Phantom();
        Workshop.Succeed(Workshop.Training(data, _workshop["whole"], Epochs));

        var run = _workshop["stopped"];
        using var process = Workshop.TrainUntil(data, run, Epochs, rows: 2);
        Signal(process, signal);
        Assert.Equal(130, process.ExitCode);
        Assert.Equal($"error: stopped\nfix: segsharp train --resume {run} goes on\n", process.StandardError.ReadToEnd());
        Assert.InRange(Workshop.FinishedEpochs(run), 2, Epochs - 1);

        // What is said again and is the same does not disturb.
        Workshop.Succeed("train", data, "--resume", run, "--epochs", $"{Epochs}", "--quiet");

        AssertSame(_workshop["whole"], run);
        Assert.Empty(_workshop.Unfinished());
    }

    [Fact]
    public void A_resume_that_would_change_the_recipe_is_refused()
    {
        var data = _workshop.Phantom();
        var run = _workshop["run"];
        Workshop.Succeed(Workshop.Training(data, run, 1));

        var result = CliRunner.Run("train", "--resume", run, "--epochs", "2");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(
            $"error: --resume goes on with the recipe of '{run}', but training.epochs would change it\n"
            + "fix: leave the option out, or train anew with another --out\n",
            result.Error);
    }

    private static Process ResumeUntil(string run, int rows)
    {
        var process = CliRunner.Start(new Dictionary<string, string?>(StringComparer.Ordinal), "train", "--resume", run, "--quiet");
        while (Workshop.FinishedEpochs(run) < rows)
        {
            Assert.False(process.HasExited, "the training ended before it was killed");
            Thread.Sleep(2);
        }

        return process;
    }

    private static void Signal(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), $"the process outlived SIG{signal}");
    }

    private static void AssertSame(string whole, string resumed)
    {
        foreach (var checkpoint in new[] { "checkpoint-last.pt", "checkpoint-best.pt" })
        {
            Assert.Equal(Workshop.Weights(whole, checkpoint), Workshop.Weights(resumed, checkpoint));
        }

        Assert.Equal(Rows(whole), Rows(resumed));
    }

    // All but the seconds, the last column but one.
    internal static IEnumerable<string> Rows(string run) =>
        File.ReadAllLines(Path.Combine(run, "metrics.csv")).Select(r => r.Split(',')).Select(c => string.Join(',', c.Take(c.Length - 2).Append(c[^1])));
}

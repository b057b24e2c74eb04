using System.Diagnostics;
using SegSharp.Training;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>
/// A training that is killed at any write, or whose disk is full, loses nothing: what is resumed ends with the same checkpoints, the same
/// table and the same curves. <c>SEGSHARP_FAULT</c> counts the writes of a process and ends it at one of them.
/// </summary>
public sealed class CrashTests : IDisposable
{
    private readonly Workshop _workshop = new();
    private readonly string _data;
    private readonly List<string> _boundaries;
    private bool _folds;                                                        // a cross-validation of two folds in place of one run

    public CrashTests()
    {
        _data = _workshop.Phantom();
        var trace = _workshop["boundaries"];
        Assert.Equal(0, Faulty($"trace:{trace}", Training("whole")).ExitCode);
        _boundaries = [.. File.ReadAllLines(trace)];
    }

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Killed_at_some_writes_a_run_resumes_bit_for_bit()
    {
        foreach (var boundary in new[] { "create recipe.json", "rename checkpoint-best.pt", "delete 0.json", "tear log.txt" })
        {
            KillAndResume(_boundaries.LastIndexOf(boundary) + 1);
        }

        KillAndResume(_boundaries.FindLastIndex(b => b.StartsWith("tear events.", StringComparison.Ordinal)) + 1, alsoInTheResume: 12);
    }

    [Fact]
    public void A_full_disk_ends_with_exit_code_1_and_a_resume_bit_for_bit()
    {
        FillAndResume(_boundaries.LastIndexOf("write checkpoint-last.pt") + 1);
    }

    [Fact]
    [Trait("Category", "Full")]
    public void Killed_at_every_write_a_run_resumes_bit_for_bit()
    {
        for (var at = 1; at <= _boundaries.Count; at++)
        {
            KillAndResume(at);
        }

        TestContext.Current.SendDiagnosticMessage($"killed at each of {_boundaries.Count} boundaries");
    }

    [Fact]
    [Trait("Category", "Full")]
    public void With_a_disk_that_is_full_from_any_write_on_nothing_is_lost()
    {
        for (var at = 1; at <= _boundaries.Count; at += 3)
        {
            FillAndResume(at);
        }
    }

    [Fact]
    [Trait("Category", "Full")]
    public void Killed_at_a_hundred_random_moments_runs_resume_bit_for_bit()
    {
        // A run of its own length decides how long a process is left alone.
        var watch = Stopwatch.StartNew();
        CliRunner.Run(Training("timed"));
        var (whole, random, kills, runs) = (watch.Elapsed, new Random(1), 0, 0);
        while (kills < 100)
        {
            var run = $"random{runs++}";
            while (true)
            {
                using var process = CliRunner.Start(new Dictionary<string, string?>(StringComparer.Ordinal), Next(run));
                if (process.WaitForExit(whole * random.NextDouble()))
                {
                    break;
                }

                process.Kill();
                process.WaitForExit();
                kills++;
            }

            Finish(run);
            AssertSame(run);
        }

        TestContext.Current.SendDiagnosticMessage($"{kills} kills in {runs} runs");
    }

    [Fact]
    public void Killed_at_some_writes_a_cross_validation_resumes_bit_for_bit()
    {
        TraceFolds();
        foreach (var boundary in new[] { "rename recipe.json", "flush cross-validation.json", "write report.html" })
        {
            KillAndResume(_boundaries.LastIndexOf(boundary) + 1);
        }
    }

    [Fact]
    [Trait("Category", "Full")]
    public void Killed_at_every_write_a_cross_validation_resumes_bit_for_bit()
    {
        TraceFolds();
        for (var at = 1; at <= _boundaries.Count; at++)
        {
            KillAndResume(at);
        }

        TestContext.Current.SendDiagnosticMessage($"killed at each of {_boundaries.Count} boundaries");
    }

    private void TraceFolds()
    {
        _folds = true;
        Directory.Delete(_workshop["whole"], recursive: true);
        File.Delete(_workshop["boundaries"]);
        Assert.Equal(0, Faulty($"trace:{_workshop["boundaries"]}", Training("whole")).ExitCode);
        _boundaries.Clear();
        _boundaries.AddRange(File.ReadAllLines(_workshop["boundaries"]));
    }

    private void KillAndResume(int at, int? alsoInTheResume = null)
    {
        Assert.InRange(at, 1, _boundaries.Count);
        var run = $"killed{at}";
        Assert.Equal(137, Faulty($"kill:{at}", Training(run)).ExitCode);
        if (alsoInTheResume is { } again)
        {
            Assert.Equal(137, Faulty($"kill:{again}", Next(run)).ExitCode);
        }

        Finish(run);
        AssertSame(run);
        Directory.Delete(_workshop[run], recursive: true);
    }

    private void FillAndResume(int at)
    {
        Assert.InRange(at, 1, _boundaries.Count);
        var run = $"full{at}";

        var result = Faulty($"full:{at}", Training(run));

        Assert.True(result.ExitCode == 1, $"at {_boundaries[at - 1]}: {result.ExitCode}, {result.Error}");
        Assert.Contains("\nfix: free some space", "\n" + result.Error, StringComparison.Ordinal);
        Finish(run);
        AssertSame(run);
        Directory.Delete(_workshop[run], recursive: true);
    }

    private static CliResult Faulty(string fault, string[] args) => CliRunner.Run(new Dictionary<string, string?>(StringComparer.Ordinal) { ["SEGSHARP_FAULT"] = fault }, args);

    private string[] Training(string run) =>
    [
        "train", _data, "--out", _workshop[run], "--epochs", _folds ? "1" : "3", "--network", "unet", "--set", "network.base=2", "--set", "network.depth=1", "--set", "network.dropout=0.2",
        "--set", "training.weightAverage=0.9", "--batch", "2", _folds ? "--folds" : "--validation", _folds ? "2" : "last:2", "--lr", "1e-2", "--threads", "1", "--quiet",
    ];

    // Where the folder is no run yet, nothing is lost by beginning anew.
    private string[] Next(string run) =>
        File.Exists(Path.Combine(_workshop[run], _folds ? "cross-validation.json" : "recipe.json")) ? ["train", "--resume", _workshop[run], "--quiet"] : Training(run);

    private void Finish(string run)
    {
        var result = CliRunner.Run(Next(run));
        Assert.True(result.ExitCode == 0, $"'{run}' does not resume: {result.Error}");
    }

    private void AssertSame(string run)
    {
        var (whole, found) = (_workshop["whole"], _workshop[run]);
        foreach (var fold in _folds ? new[] { "fold_0", "fold_1" } : [""])
        {
            AssertSameRun(Path.Combine(whole, fold), Path.Combine(found, fold));
        }

        if (_folds)
        {
            Assert.Equal(File.ReadAllText(Path.Combine(whole, "cross-validation.json")), File.ReadAllText(Path.Combine(found, "cross-validation.json")));
        }

        Assert.Empty(_workshop.Unfinished());
        Assert.True(File.Exists(Path.Combine(found, "report.html")));
    }

    private static void AssertSameRun(string whole, string found)
    {
        foreach (var checkpoint in new[] { "checkpoint-last.pt", "checkpoint-best.pt" })
        {
            Assert.Equal(Workshop.Weights(whole, checkpoint), Workshop.Weights(found, checkpoint));
        }

        Assert.Equal(ResumeTests.Rows(whole), ResumeTests.Rows(found));
        Assert.Equal(Curves(whole), Curves(found));
        Assert.All(File.ReadAllLines(Path.Combine(found, "log.txt")), l => Assert.Matches("^(\\d{4}-\\d\\d-\\d\\d |.{0,99}$)", l));   // whole, or torn and ended
    }

    private static SortedSet<string> Curves(string run) =>
        new(Directory.GetFiles(run, "events.out.tfevents.*").Where(f => new FileInfo(f).Length > 40).SelectMany(TensorBoardReader.Read).Where(e => e.Scalar is not null).Select(e => $"{e.Tag} {e.Step} {e.Scalar:R}"), StringComparer.Ordinal);
}

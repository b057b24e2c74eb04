using System.CommandLine;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Networks;
using SegSharp.Torch;

namespace SegSharp.Cli.Verbs;

internal static class NetworkVerifyVerb
{
    public static Command Create()
    {
        var cases = new Argument<string[]>("DIR") { Description = "folders with a case.json, or folders of such folders", Arity = ArgumentArity.OneOrMore };
        var verb = new Command("verify", "holds networks against their originals: outputs, buffers and gradients beside the tolerance") { cases };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            TorchRuntime.Threads = context.Threads;
            var reports = new List<CaseReport>();
            foreach (var report in Verification.Check(args.GetRequiredValue(cases)))
            {
                cancel.ThrowIfCancellationRequested();
                reports.Add(report);
            }

            context.Show(Describe(reports));
            return reports.Exists(r => r.Outcome == CaseOutcome.Failed) ? ExitCode.Failed
                : reports.Exists(r => r.Outcome == CaseOutcome.Unknown) || !reports.Exists(r => r.Outcome == CaseOutcome.Passed) ? ExitCode.Input
                : ExitCode.Done;
        }));
        return verb;
    }

    private static Document Describe(List<CaseReport> reports)
    {
        var document = new Document();
        foreach (var report in reports)
        {
            Text(document, report);
        }

        var (passed, failed, unknown, ignored) = (Count(CaseOutcome.Passed), Count(CaseOutcome.Failed), Count(CaseOutcome.Unknown), Count(CaseOutcome.Ignored));
        return document
            .WithText($"{passed} passed, {failed} failed, {unknown} of unknown originals, {ignored} ignored")
            .WithData("passed", passed).WithData("failed", failed).WithData("unknown", unknown).WithData("ignored", ignored)
            .WithData("cases", new JsonArray([.. reports.Select(Json)]));

        int Count(CaseOutcome outcome) => reports.Count(r => r.Outcome == outcome);
    }

    private static void Text(Document document, CaseReport report)
    {
        var verdict = report.Outcome switch { CaseOutcome.Passed => "PASS", CaseOutcome.Failed => "FAIL", CaseOutcome.Unknown => "unknown", _ => "ignored" };
        var head = $"{verdict}  {report.Path}{(report.Original.Length > 0 ? $"  ({report.Original})" : "")}{(report.Note is null ? "" : $": {report.Note}")}";
        var lines = Shorten(report.Comparisons).Select(c =>
            $"  {(c.Passed switch { true => "ok  ", false => "OVER", null => "–   " })}  {c.What,-58}  {(c.Largest is { } d ? $"{d,9:0.00e-00} of {c.Tolerance}, {c.Share:0.0 %} used" : c.Note)}");
        document.WithText(string.Join('\n', lines.Prepend(head)));
    }

    // A network has dozens of buffers: a person sees the worst of them, a program sees all.
    private static IEnumerable<Comparison> Shorten(IReadOnlyList<Comparison> comparisons)
    {
        var fine = comparisons.Where(c => c.What.StartsWith("buffer ", StringComparison.Ordinal) && c.Passed == true).ToList();
        return fine.Count < 2
            ? comparisons
            : [.. comparisons.Except(fine), fine.MaxBy(c => c.Share)! with { What = $"{fine.Count} buffers after one training step" }];
    }

    private static JsonNode Json(CaseReport report) => new JsonObject
    {
        ["path"] = report.Path,
        ["original"] = report.Original,
        ["outcome"] = report.Outcome.ToString().ToLowerInvariant(),
        ["note"] = report.Note,
        ["comparisons"] = new JsonArray([.. report.Comparisons.Select(c => (JsonNode)new JsonObject
        {
            ["what"] = c.What,
            ["largestDifference"] = c.Largest,
            ["tolerance"] = c.Tolerance,
            ["share"] = c.Share,
            ["passed"] = c.Passed,
            ["note"] = c.Note,
        })]),
    };
}

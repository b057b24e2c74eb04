using System.Text;
using System.Text.Json;

namespace SegSharp.Benchmarks;

/// <summary>Turns outcomes into the tables of <c>bench/README.md</c> and <c>bench/results/</c>.</summary>
internal sealed class Report(IReadOnlyDictionary<string, BenchTask> tasks, IReadOnlyDictionary<string, IReadOnlyList<Outcome>> outcomes)
{
    private const string End = "<!-- end of table -->";

    /// <summary>The ratios of what was measured: networks, promptable networks, volumes.</summary>
    public string Table() => string.Join("\n", new[] { Networks(), Promptable(), Volumes() }.Where(t => t.Length > 0));

    /// <summary>Tasks with libtorch beside PyTorch, in float32, then in bfloat16; empty where none was measured.</summary>
    private string Networks()
    {
        var text = new StringBuilder();
        if (Measured().All(t => t.Task.IsImaging || t.Task.IsPromptable))
        {
            return "";
        }

        text.AppendLine("| float32 | SegSharp | PyTorch at its best | speedup | least to least | CPU time | peak memory | speedup against Debian's | aim |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var (name, task) in Measured().Where(t => !t.Task.IsImaging && !t.Task.IsPromptable))
        {
            if (Find(name, Contestant.SegSharp) is { } ours)
            {
                text.Append($"| {task.Title} | {Time(ours.Median)} | ");
                if (Best(name) is { } peer)
                {
                    var debian = Find(name, Contestant.Debian);
                    text.Append($"{Time(peer.Median)} | {Ratios(ours, peer)} | ");
                    text.Append($"{(debian is null ? "–" : Ratio(debian.Median, ours.Median))} | {Aim(task.Target, task.MemoryTarget)} |");
                }
                else
                {
                    text.Append("– | – | – | – | – | – | – |");
                }

                text.AppendLine();
            }
        }

        if (Measured().Any(t => Find(t.Name, Contestant.BFloat16) is not null))
        {
            text.AppendLine();
            text.AppendLine("| bfloat16 | SegSharp | PyTorch | speedup | against PyTorch's float32 | peak memory against float32 | values differ by | aim |");
            text.AppendLine("|---|---|---|---|---|---|---|---|");
            foreach (var (name, task) in Measured())
            {
                if (Find(name, Contestant.BFloat16) is { } ours)
                {
                    var peer = Find(name, Contestant.PeerBFloat16);
                    var single = Best(name);
                    text.Append($"| {task.Title} | {Time(ours.Median)} | {(peer is null ? "–" : Time(peer.Median))} | {(peer is null ? "–" : Ratio(peer.Median, ours.Median))} | ");
                    text.Append($"{(single is null ? "–" : Ratio(single.Median, ours.Median))} | {(single is null ? "–" : $"{ours.Peak / single.Peak:0.00}")} | ");
                    text.AppendLine($"{Apart(ours, Find(name, Contestant.SegSharp)!):0.0e+0} | {(task.BFloat16Target is { } aim ? $"≥ {aim:0.0}× PyTorch's float32" : "")} |");
                }
            }
        }

        return text.ToString();
    }

    /// <summary>Promptable networks beside PyTorch with OpenBLAS; empty where none was measured.</summary>
    private string Promptable()
    {
        var measured = Measured().Where(t => t.Task.IsPromptable).ToList();
        if (measured.Count == 0)
        {
            return "";
        }

        var text = new StringBuilder();
        text.AppendLine("| promptable, float32 | SegSharp | its peak memory | PyTorch, OpenBLAS | its peak memory | speedup | least to least | CPU time | peak memory | aim |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
        foreach (var (name, task) in measured)
        {
            var ours = Find(name, Contestant.SegSharp)!;
            var theirs = Best(name) is { } peer ? $"{Time(peer.Median)} | {peer.Peak / 1e6:0} MB | {Ratios(ours, peer)}" : "– | – | – | – | – | –";
            text.AppendLine($"| {task.Title} | {Time(ours.Median)} | {ours.Peak / 1e6:0} MB | {theirs} | {Aim(task.Target, task.MemoryTarget)} |");
        }

        return text.ToString();
    }

    /// <summary>Tasks without a network, beside the library that does them; empty where none was measured.</summary>
    private string Volumes()
    {
        var text = new StringBuilder();
        if (!Measured().Any(t => t.Task.IsImaging))
        {
            return "";
        }

        text.AppendLine("| volumes | SegSharp | peer | its time | speedup | least to least | CPU time | peak memory | aim |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var (name, task) in Measured().Where(t => t.Task.IsImaging))
        {
            var ours = Find(name, Contestant.SegSharp)!;
            var theirs = Best(name) is { } peer ? $"{peer.Contestant.Name} | {Time(peer.Median)} | {Ratios(ours, peer)}" : "– | – | – | – | – | –";
            text.AppendLine($"| {task.Title} | {Time(ours.Median)} | {theirs} | {Aim(task.Target, task.MemoryTarget)} |");
        }

        return text.ToString();
    }

    /// <summary>Everyone's numbers, with the machine and how they were made.</summary>
    public string Whole(Computer machine, RunnerOptions o, DateTimeOffset at, string command)
    {
        var text = new StringBuilder();
        text.AppendLine($"# {at:yyyy-MM-dd}, {machine.Processor}, {machine.Cores} cores");
        text.AppendLine();
        text.AppendLine($"`{command}` on {machine.System}, {machine.MemoryGigabytes:0} GB; load when it began: {machine.Load:0.0}. {o.Threads} threads on both sides, {o.Rounds} rounds, forwards and backwards in turn, one process for each measurement, {o.WarmUp} steps to warm up (none for peers that take long).");
        text.AppendLine();
        var first = outcomes.Values.SelectMany(v => v).SelectMany(v => v.Rounds).ToList();
        foreach (var side in first.GroupBy(m => m.Side))
        {
            text.AppendLine($"- {side.Key} {side.First().Version}" + (side.First().About is { } about ? $": `{about.GetRawText()}`" : ""));
        }

        foreach (var blas in first.Where(m => m.Blas is not null).GroupBy(m => m.Blas))
        {
            text.AppendLine($"- BLAS \"{blas.Key}\": {string.Join(", ", blas.First().BlasLoaded ?? [])}; a product of 512 × 512 runs at {blas.Max(m => m.SgemmGigaflops):0} GF/s");
        }

        text.AppendLine();
        text.AppendLine(Table());
        foreach (var (name, task) in Measured())
        {
            text.AppendLine($"## {task.Title} (`{name}`)");
            text.AppendLine();
            text.AppendLine("| | median s | least s | CPU s | peak MB | before the steps MB | tensors MB | first value | last value | apart from SegSharp |");
            text.AppendLine("|---|---|---|---|---|---|---|---|---|---|");
            var ours = Find(name, Contestant.SegSharp);
            foreach (var outcome in outcomes[name])
            {
                var one = outcome.Rounds[0];
                text.AppendLine(
                    $"| {outcome.Contestant.Name} | {outcome.Median:0.0000} | {outcome.Minimum:0.0000} | {outcome.Cpu:0.000} | {outcome.Peak / 1e6:0} | {one.StartBytes / 1e6:0} | "
                    + $"{(one.PeakTensorBytes is { } tensors ? $"{tensors / 1e6:0}" : "")} | {one.Values[0]:G8} | {one.Values[^1]:G8} | {(ours is null || outcome == ours ? "" : $"{Apart(outcome, ours):0.0e+0}")} |");
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    /// <summary>Every measurement as a line of JSON.</summary>
    public string Lines() => string.Concat(outcomes.Values.SelectMany(v => v)
        .SelectMany(v => v.Rounds)
        .Select(m => JsonSerializer.Serialize(m with { About = null }, Measurement.Format) + "\n"));

    /// <summary>Puts what was measured between the marks of a README; a table of which nothing was measured stays.</summary>
    public string Insert(string readme, string result) => Insert(Insert(Insert(readme, "networks", Networks(), result), "sam", Promptable(), result), "volumes", Volumes(), result);

    private static string Insert(string readme, string part, string table, string result)
    {
        if (table.Length == 0)
        {
            return readme;
        }

        var begin = $"<!-- table: ./segsharp bench {part} --publish -->";
        var from = readme.IndexOf(begin, StringComparison.Ordinal);
        var to = from < 0 ? -1 : readme.IndexOf(End, from, StringComparison.Ordinal);
        return to < 0
            ? throw new InputException($"bench/README.md has no lines '{begin}' and '{End}'", "put them where the table belongs")
            : $"{readme[..from]}{begin}\nFrom [results/{result}.md](results/{result}.md):\n\n{table}{readme[to..]}";
    }

    private IEnumerable<(string Name, BenchTask Task)> Measured() => tasks.Where(t => outcomes.ContainsKey(t.Key)).Select(t => (t.Key, t.Value));

    private Outcome? Find(string name, Contestant contestant) => outcomes[name].FirstOrDefault(o => o.Contestant == contestant);

    private Outcome? Best(string name) => outcomes[name].Where(o => Contestant.Best.Contains(o.Contestant)).MinBy(o => o.Median);

    // The largest relative difference of the values over the steps that both did.
    private static double Apart(Outcome a, Outcome b) =>
        a.Rounds[0].Values.Zip(b.Rounds[0].Values, (x, y) => Math.Abs(x - y) / Math.Max(Math.Abs(y), 1e-30)).Max();

    private static string Time(double seconds) => seconds < 1 ? $"{seconds * 1000:0.0} ms" : $"{seconds:0.00} s";

    private static string Ratios(Outcome ours, Outcome peer) =>
        $"**{Ratio(peer.Median, ours.Median)}** | {Ratio(peer.Minimum, ours.Minimum)} | {Ratio(peer.Cpu, ours.Cpu)} | {ours.Peak / peer.Peak:0.00}";

    private static string Ratio(double theirs, double ours) => $"{theirs / ours:0.00}×";

    private static string Aim(double? speed, double? memory) =>
        string.Join(", ", new[] { speed is { } s ? $"≥ {s:0.0}×" : null, memory is { } m ? $"memory ≤ {m:0.00#}" : null }.OfType<string>());
}

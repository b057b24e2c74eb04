using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using SegSharp.Benchmarks;

// ./segsharp bench [NAME…] measures; `step` is what it starts in a process of its own for each measurement of ours.
var tasks = BenchTask.ReadAll();
var threads = new Option<int>("--threads") { Description = "threads for both sides", DefaultValueFactory = _ => Environment.ProcessorCount, Recursive = true };
var steps = new Option<int?>("--steps") { Description = "timed steps of a process; left out: the task's own number", Recursive = true };
var warmUp = new Option<int>("--warmup") { Description = "steps before the timed ones", DefaultValueFactory = _ => 2, Recursive = true };

var names = new Argument<string[]>("NAME") { Description = $"tasks, or how their names begin, or networks, or volumes: {string.Join(", ", tasks.Keys)}", Arity = ArgumentArity.ZeroOrMore };
var rounds = new Option<int>("--rounds") { Description = "processes for each contestant, forwards and backwards in turn", DefaultValueFactory = _ => 5 };
var publish = new Option<bool>("--publish") { Description = "also writes bench/results/DATE-machine.md and the table of bench/README.md" };
var root = new RootCommand("Times SegSharp beside PyTorch, scipy, scikit-image and nibabel: the same task on the same machine in the same minutes.") { names, rounds, publish, threads, steps, warmUp };
root.SetAction(r => Guarded(() => Measure(r.GetValue(names) ?? [], r.GetValue(publish), new RunnerOptions
{
    Rounds = r.GetValue(rounds),
    Threads = r.GetValue(threads),
    Steps = r.GetValue(steps),
    WarmUp = r.GetValue(warmUp),
})));

var task = new Argument<string>("TASK");
var conv = new Option<string>("--conv") { Description = "auto, direct or winograd", DefaultValueFactory = _ => "auto" };
var half = new Option<bool>("--bf16") { Description = "convolutions in bfloat16" };
var last = new Option<bool>("--channels-last") { Description = "the channels fastest in memory" };
var weights = new Option<string?>("--weights") { Description = "a checkpoint to start from, or the file to read" };
var step = new Command("step", "measures one task of ours in this process and prints a line of JSON") { task, conv, half, last, weights };
step.SetAction(r => Guarded(() =>
{
    var name = r.GetRequiredValue(task);
    var found = StepBenchmark.Run(name, Find(name).Task, new StepOptions
    {
        Threads = r.GetValue(threads),
        Steps = r.GetValue(steps) ?? 10,
        WarmUp = r.GetValue(warmUp),
        Conv = r.GetRequiredValue(conv),
        BFloat16 = r.GetValue(half),
        ChannelsLast = r.GetValue(last),
        Weights = r.GetValue(weights),
    });
    Console.WriteLine(JsonSerializer.Serialize(found, Measurement.Format));
}));
root.Subcommands.Add(step);

var data = new Argument<string>("DATA") { Description = "the folder that holds isbi2012/ and Dataset004_Hippocampus/" };
var rows = new Argument<string[]>("ROW") { Description = "rows of bench/catalogue.json; none: all", Arity = ArgumentArity.ZeroOrMore };
var learn = new Command("learn", "trains every network of bench/catalogue.json by one recipe and stores what came out") { data, rows };
learn.SetAction(r => Guarded(() => Learn(r.GetRequiredValue(data), r.GetValue(rows) ?? [], r.GetValue(threads))));
root.Subcommands.Add(learn);

var row = new Argument<string>("ROW");
var learnOne = new Command("learn-one", "trains one in this process and prints a line of JSON") { data, row };
learnOne.SetAction(r => Guarded(() =>
{
    var folder = Directory.CreateTempSubdirectory("segsharp-learn-").FullName;
    try
    {
        var found = CatalogueTraining.Run(CatalogueRow.Find(r.GetRequiredValue(row)), r.GetRequiredValue(data), folder, r.GetValue(threads), Console.Error.WriteLine);
        Console.WriteLine(JsonSerializer.Serialize(found, Measurement.Format));
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}));
root.Subcommands.Add(learnOne);
return root.Parse(args).Invoke();

static void Learn(string data, string[] wanted, int threads)
{
    var machine = Computer.Here();
    foreach (var row in wanted.Length == 0 ? CatalogueRow.ReadAll() : [.. wanted.Select(CatalogueRow.Find)])
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["learn-one", data, row.Name, "--threads", $"{threads}"]) { UseShellExecute = false, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            Console.Error.WriteLine($"{row.Name} was not trained: exit code {process.ExitCode}");
            continue;
        }

        var found = JsonSerializer.Deserialize<CatalogueResult>(output, Measurement.Format)!;
        var known = CatalogueResult.ReadAll().FirstOrDefault(k => k.Name == row.Name) ?? found;
        (known with
        {
            Date = $"{DateTimeOffset.Now:yyyy-MM-dd}",
            Machine = $"{machine.Processor}, {machine.Cores} cores",
            Parameters = found.Parameters,
            Steps = found.Steps,
            Loss = found.Loss,
            Dice = found.Dice,
            BestDice = found.BestDice,
            Seconds = found.Seconds,
        }).Store();
        Console.Error.WriteLine($"{row.Name}: Dice {found.BestDice:F4} in {found.Seconds:F0} s");
    }

    Console.WriteLine(CatalogueTable.Text());
}

void Measure(string[] wanted, bool write, RunnerOptions o)
{
    var chosen = wanted.Length == 0 ? [.. tasks.Where(t => t.Value.Network is null).Select(t => (t.Key, t.Value))] : wanted.SelectMany(All).Distinct().ToList();
    var machine = Computer.Here();
    var at = DateTimeOffset.Now;
    var runner = new Runner(o, Console.Error.WriteLine);
    foreach (var missing in chosen.Where(c => !runner.HasPeers(c.Task)).Select(c => Runner.PeersOf(c.Task)).Distinct())
    {
        var packages = string.Join(' ', missing.Split(", ").Select(m => "python3-" + m));
        Console.Error.WriteLine($"no python3 with {missing}: only SegSharp's own numbers (fix: apt-get install {packages}, or set SEGSHARP_PYTHON)");
    }

    var outcomes = new Dictionary<string, IReadOnlyList<Outcome>>(StringComparer.Ordinal);
    foreach (var (name, chosenTask) in chosen)
    {
        outcomes[name] = runner.Run(name, chosenTask);
    }

    foreach (var measured in CatalogueRow.ReadAll().Where(r => outcomes.ContainsKey(r.Task)))
    {
        var (ours, peer) = (outcomes[measured.Task][0], outcomes[measured.Task].Where(o => Contestant.Best.Contains(o.Contestant)).MinBy(o => o.Median));
        var known = CatalogueResult.ReadAll().FirstOrDefault(k => k.Name == measured.Name) ?? new CatalogueResult { Name = measured.Name };
        (known with { Step = ours.Median, Peak = ours.Peak, PeerStep = peer?.Median, PeerPeak = peer?.Peak }).Store();
    }

    if (write && chosen.All(c => c.Task.Network is not null))
    {
        CatalogueTable.Publish();
        return;
    }

    var report = new Report(tasks, outcomes);
    if (!write)
    {
        Console.WriteLine(report.Table());
        return;
    }

    var part = chosen.All(c => c.Task.IsImaging) ? "-volumes" : chosen.All(c => c.Task.IsPromptable) ? "-sam" : "";
    var result = $"{at:yyyy-MM-dd}-{machine.Slug}{part}";
    var results = Path.Combine(Places.Bench, "results");
    Directory.CreateDirectory(results);
    var command = string.Join(' ', (string[])["./segsharp bench", .. args]);
    AtomicFile.WriteText(Path.Combine(results, result + ".md"), report.Whole(machine, o, at, command));
    AtomicFile.WriteText(Path.Combine(results, result + ".jsonl"), report.Lines());
    var readme = Path.Combine(Places.Bench, "README.md");
    AtomicFile.WriteText(readme, report.Insert(File.ReadAllText(readme), result));
    Console.WriteLine(report.Table());
    Console.WriteLine($"bench/results/{result}.md");
}

IEnumerable<(string Name, BenchTask Task)> All(string name)
{
    var found = tasks.Where(t => t.Key == name || (name == (t.Value.IsImaging ? "volumes" : t.Value.IsPromptable ? "sam" : "networks") && t.Value.Network is null) || t.Key.StartsWith(name + "-", StringComparison.Ordinal)).Select(t => (t.Key, t.Value)).ToList();
    return found.Count > 0 ? found : [Find(name)];
}

(string Name, BenchTask Task) Find(string name) =>
    tasks.TryGetValue(name, out var found) ? (name, found) : throw UsageException.Unknown("task", name, tasks.Keys);

static int Guarded(Action run)
{
    try
    {
        run();
        return 0;
    }
    catch (SegSharpException e)
    {
        Console.Error.WriteLine($"error: {e.Message}");
        if (e.Fix is { } fix)
        {
            Console.Error.WriteLine($"fix: {fix}");
        }

        return e switch { UsageException => 2, InputException => 3, _ => 1 };
    }
}

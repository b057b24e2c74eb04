using System.Text.Json.Nodes;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch.Schedules;
using Xunit;

namespace SegSharp.ParityTests.Schedules;

/// <summary>The learning rate of every step beside nnU-Net, torch.optim.lr_scheduler and MONAI.</summary>
public sealed class ScheduleParityTests
{
    private static string List => Path.Combine(ParityCases.Root, "08-training", "schedules.json");

    public static TheoryData<string> Cases => ParityCases.Names(List);

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void The_rate_of_every_step_is_the_originals(string name)
    {
        var json = ParityCases.Named(List, name);
        var relative = JsonNode.Parse(File.ReadAllBytes(List))!["tolerance"]!["rtol"]!.GetValue<double>();
        var options = new RecordedOptions(json["options"]!.AsObject());
        var initial = json["initial_lr"]?.GetValue<double>() ?? options.Number("initial_lr", 0);

        var (schedule, steps, peak) = Ours(options, initial);
        options.SkipTheUnread("schedules");
        initial = peak ?? initial;

        // Behind the last step PyTorch's cosine goes up again; a run of ours ends there. One-cycle's last step has the last rate.
        var rates = json["lr"]!.AsArray().Select(r => r!.GetValue<double>()).Take((int)steps + 1).ToList();
        var seen = json["metric"]?.AsArray().Select(m => m!.GetValue<double>()).ToList() ?? [];
        var end = schedule is OneCycle ? steps - 1 : steps;
        double At(int i) => initial * schedule.Factor(new SchedulePoint { Progress = i / end, Epochs = steps, Seen = [.. seen.Take(i)] });
        var found = rates.Select((rate, i) => Comparison.Of($"step {i}", At(i), rate, 1e-12 * initial, relative)).ToList();
        Assert.True(found.TrueForAll(c => c.Passed == true), string.Join('\n', found));
    }

    [Fact]
    public void The_rate_stays_at_the_end_of_the_run()
    {
        Assert.Equal(0, new Cosine(new()).Factor(1.5), 1e-15);
        Assert.Equal(0, new Polynomial(new()).Factor(1.5));
    }

    private static (Schedule Schedule, double Steps, double? Peak) Ours(RecordedOptions o, double initial)
    {
        const int Recorded = 20;                                                 // where the original counts epochs and knows no end
        if (o.Integer("max_steps") is { } most)
        {
            return (new Polynomial(new() { Exponent = o.Number("exponent", 0.9) }), most, null);
        }

        if (o.Integer("T_0") is { } period)
        {
            return (new Cosine(new() { Period = period, Growth = o.Number("T_mult", 1), Lowest = o.Number("eta_min", 0) / initial }), Recorded, null);
        }

        if (o.Integer("T_max") is { } half)
        {
            return (new Cosine(new() { Lowest = o.Number("eta_min", 0) / initial }), half, null);
        }

        if (o.Integer("total_steps") is { } cycle)
        {
            o.Only("cycle_momentum", false);
            var peak = (o.Number("pct_start", 0.3) * cycle) - 1;                 // PyTorch's phases end one step early
            return (new OneCycle(new()
            {
                PeakAt = peak / (cycle - 1),
                DivideFirst = o.Number("div_factor", 25),
                DivideLast = o.Number("final_div_factor", 1e4),
                Linear = o.Text("anneal_strategy") == "linear",
                ThreePhases = o.Flag("three_phase"),
            }), cycle, o.Number("max_lr", 0));
        }

        if (o.Text("mode") is { } mode)
        {
            o.Only("eps", 1e-8);
            return (new Plateau(new()
            {
                Watch = mode == "max" ? Watched.Dice : Watched.ValidationLoss,
                Gamma = o.Number("factor", 0.1),
                Patience = o.Integer("patience") ?? 10,
                Threshold = o.Number("threshold", 1e-4),
                Absolute = o.Text("threshold_mode") == "abs",
                Cooldown = o.Integer("cooldown") ?? 0,
                Lowest = o.Number("min_lr", 0) / initial,
            }), Recorded, null);
        }

        if (o.Integer("step_size") is { } every)
        {
            return (new Steps(new() { Every = every, Gamma = o.Number("gamma", 0.1) }), Recorded, null);
        }

        if (o.Below("LinearLR") is var line && line.Integer("total_iters") is { } rise && o.Below("CosineAnnealingLR").Integer("T_max") is { } fall)
        {
            o.Ignore("milestones");
            return (new Cosine(new() { WarmUp = rise / (double)(rise + fall), WarmUpStart = line.Number("start_factor", 1.0 / 3) }), rise + fall, null);
        }

        if (o.Numbers("milestones") is { } milestones)
        {
            return (new Steps(new() { Milestones = [.. milestones.Select(m => (int)m)], Gamma = o.Number("gamma", 0.1) }), Recorded, null);
        }

        if (o.Integer("t_total") is { } total)
        {
            o.Only("cycles", 0.5);
            return (new Cosine(new() { WarmUp = o.Number("warmup_steps", 0) / total, WarmUpStart = o.Number("warmup_multiplier", 0) }), total, null);
        }

        return o.Number("gamma", 0) is > 0 and var gamma
            ? (new Exponential(new() { Gamma = gamma }), Recorded, null)
            : (new Constant(), 1, null);                                         // and whatever was recorded is named as unread
    }
}

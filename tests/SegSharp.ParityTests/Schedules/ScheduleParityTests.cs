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

        var (schedule, steps) = Ours(options);
        options.SkipTheUnread("schedules");

        // Behind the last step PyTorch's cosine goes up again; a run of ours ends there.
        var rates = json["lr"]!.AsArray().Select(r => r!.GetValue<double>()).Take((int)steps + 1).ToList();
        var found = rates.Select((rate, i) => Comparison.Of($"step {i}", initial * schedule.Factor(i / steps), rate, 1e-12 * initial, relative)).ToList();
        Assert.True(found.TrueForAll(c => c.Passed == true), string.Join('\n', found));
    }

    [Fact]
    public void The_rate_stays_at_the_end_of_the_run()
    {
        Assert.Equal(0, new Cosine(new()).Factor(1.5), 1e-15);
        Assert.Equal(0, new Polynomial(new()).Factor(1.5));
    }

    private static (Schedule Schedule, double Steps) Ours(RecordedOptions o)
    {
        if (o.Integer("max_steps") is { } most)
        {
            return (new Polynomial(new() { Exponent = o.Number("exponent", 0.9) }), most);
        }

        if (o.Integer("T_max") is { } half)
        {
            o.Only("eta_min", 0.0);
            return (new Cosine(new()), half);
        }

        if (o.Integer("t_total") is { } total)
        {
            o.Only("cycles", 0.5);
            return (new Cosine(new() { WarmUp = o.Number("warmup_steps", 0) / total }), total);
        }

        return (new Constant(), 1);                                              // and whatever was recorded is named as unread
    }
}

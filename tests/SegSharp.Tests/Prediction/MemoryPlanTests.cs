using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Prediction;

[Collection(NativeCollection.Name)]
public sealed class MemoryPlanTests
{
    private static readonly Extent Size = new(160, 144, 60);

    [Fact]
    public void Ample_memory_needs_no_blocks_and_the_plan_names_its_parts()
    {
        using var network = Random(5);
        var sink = Labels(Size, 5);

        var plan = MemoryPlan.Make(Window(network), Size, sink, [new("labels", Size.Count)]);

        Assert.Single(plan.Layout.Blocks);
        Assert.Equal(1, plan.Recomputation);
        Assert.Equal(["the process now", "labels", "band of logits", "one window in the network", "resampling", "kept by the allocator"], plan.Items.Select(i => i.What));
        Assert.Equal(6L * 32 * Size.PageCount * 4, plan.Items[2].Bytes);
        Assert.StartsWith($"predicted peak {ByteSize.Format(plan.PeakBytes)} of {ByteSize.Format(plan.LimitBytes)} (the process now ", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_lower_ceiling_cuts_blocks_and_is_kept()
    {
        using var network = Random(40);
        var (window, sink) = (Window(network), Labels(Size, 40));
        var ample = MemoryPlan.Make(window, Size, sink, []);
        var band = ample.Items.Single(i => i.What == "band of logits").Bytes;

        var plan = MemoryPlan.Make(window, Size, sink, [], ample.PeakBytes - (band / 2));

        Assert.InRange(plan.Layout.Blocks.Count, 2, 8);
        Assert.InRange(plan.Recomputation, 1.01, 3);
        Assert.InRange(plan.PeakBytes, 0, ample.PeakBytes - (band / 2));
        Assert.Contains($", in {plan.Layout.Blocks.Count} blocks that cost {plan.Recomputation:0.00} times the windows (", plan.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_ceiling_that_cannot_be_kept_is_refused_before_the_start_and_one_that_can_is_named()
    {
        using var network = Random(5);
        var (window, sink) = (Window(network), Labels(Size, 5));

        var error = Assert.Throws<UsageException>(() => MemoryPlan.Make(window, Size, sink, [new("labels", 1 << 20)], 64L << 20));
        var offered = ByteSize.TryParse(error.Fix!.Split(' ', ',')[1])!.Value;

        Assert.Matches(@"^this prediction needs at least [\d.]+ [MG]B \(the process now [\d.]+ [MG]B, labels 1\.00 MB, band of logits .*, one window in the network [\d.]+ MB, .*\), but --memory allows 64\.0 MB$", error.Message);
        Assert.Matches(@"^--memory \d+MB, or a smaller patch$", error.Fix);
        Assert.NotEmpty(MemoryPlan.Make(window, Size, sink, [new("labels", 1 << 20)], offered + (32 << 20)).Layout.Blocks);
    }

    [Fact]
    public void The_process_stays_below_the_predicted_peak_and_not_far_below()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux says what a process held");
        HoldToPlan(Size, classes: 40, ceiling: null, step: 1, atLeast: 0.7);
    }

    /// <summary>Memory is what is held to account here, not time: hours on two cores.</summary>
    [Theory]
    [Trait("Category", "Full")]
    [InlineData(600, 5)]
    [InlineData(824, 117)]
    public void A_scan_of_the_whole_body_is_predicted_in_4_GB(int depth, int classes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux says what a process held");
        Assert.SkipUnless(Machine.MemoryBytes > 4L << 30, "the machine has less");
        HoldToPlan(new Extent(512, 512, depth), classes, ceiling: 4L << 30, step: 0.75, atLeast: 0.6);
    }

    /// <summary>The band and the blocks of the whole body, in minutes: only the number of planes is smaller.</summary>
    [Theory]
    [Trait("Category", "Full")]
    [InlineData(5)]
    [InlineData(117)]
    public void Its_first_planes_take_as_much(int classes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux says what a process held");
        Assert.SkipUnless(Machine.MemoryBytes > 4L << 30, "the machine has less");
        HoldToPlan(new Extent(512, 512, 96), classes, ceiling: 4L << 30, step: 0.75, atLeast: 0.6);
    }

    private static void HoldToPlan(Extent size, int classes, long? ceiling, double step, double atLeast)
    {
        using var network = Random(classes);
        var window = Window(network, step, size.Count > 1 << 24 ? [64, 128, 128] : [32, 48, 48]);
        var sink = Labels(size, classes);
        var source = new Wave(size);
        TorchRuntime.EmptyCache();
        var plan = MemoryPlan.Make(window, size, sink, [new("labels", size.Count * sizeof(ushort))], ceiling);
        File.WriteAllText("/proc/self/clear_refs", "5");                           // the peak begins anew

        window.Run(source, sink, plan.Layout, cancel: TestContext.Current.CancellationToken);

        var peak = Machine.ProcessPeakBytes!.Value;
        TestContext.Current.SendDiagnosticMessage($"{plan}; measured {ByteSize.Format(peak)}");
        Assert.InRange(peak, (long)(plan.PeakBytes * atLeast), plan.PeakBytes);
        Assert.InRange(peak, 0, ceiling ?? long.MaxValue);
    }

    private static SlidingWindow Window(Network network, double step = 0.5, int[]? patch = null) => new(network, new() { Patch = patch ?? [32, 48, 48], Step = [step] });

    private static UNet Random(int classes)
    {
        TorchRuntime.Seed(5);
        var network = new UNet(new UNetOptions { Dimensions = 3, Base = 4, Depth = 3, Classes = classes });
        network.Evaluate();
        return network;
    }

    private static LabelSink Labels(Extent size, int classes) => LabelSink.Into(classes, size, size, new ushort[size.Count]);

    // An image that needs no memory.
    private sealed class Wave(Extent extent) : IWindowSource
    {
        public int Channels => 1;

        public Extent Extent => extent;

        public void Read(int channel, int z, int y, int x, Span<float> values)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = ((((z * 7) + (y * 3) + x + i) % 64) / 32f) - 1;
            }
        }
    }
}

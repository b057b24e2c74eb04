using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Prediction;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using Xunit;

namespace SegSharp.Tests.Prediction;

[Collection(NativeCollection.Name)]
public sealed class SlidingWindowTests
{
    private static readonly Extent Size = new(23, 30, 21);
    private static readonly SlidingWindowOptions Options = new() { Patch = [8, 12, 16], MirrorAxes = [0, 2] };

    public static TheoryData<int, Extent> Budgets
    {
        get
        {
            var rows = new TheoryData<int, Extent>();
            foreach (var budget in new[] { 60, 150, 300 })
            {
                rows.Add(budget, Size);
                rows.Add(budget, new Extent(41, 50, 19));
                rows.Add(budget, new Extent(12, 31, 44));
            }

            return rows;
        }
    }

    [Fact]
    public void Over_a_pointwise_network_windows_change_nothing()
    {
        using var check = new NoLeaks();
        using var network = new Pointwise();
        foreach (var options in new[] { Options, Options with { Blending = Blending.Constant, Border = Border.Edge }, Options with { Patch = [40, 7, 9], Placing = WindowPlacing.Dense } })
        {
            var sink = new CollectedLogits(2, Size);

            new SlidingWindow(network, options).Run(Image(), sink, BlockLayout.Whole(sink));

            using var scope = new TensorScope();
            var direct = network.Forward(Tensor.From(Voxels(Size), 1, 1, Size.Depth, Size.Height, Size.Width)).Full.ToArray<float>();
            Assert.InRange(direct.Zip(sink.Values, (a, b) => Math.Abs(a - b)).Max(), 0, 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Budgets))]
    public void The_mask_is_the_same_at_every_budget(int planeCount, Extent output)
    {
        using var network = Random();
        var window = new SlidingWindow(network, Options);
        var (all, parts) = (new ushort[output.Count], new ushort[output.Count]);
        var (whole, cut) = (LabelSink.Into(3, Size, output, all, [0, 7, 9]), LabelSink.Into(3, Size, output, parts, [0, 7, 9]));
        var layout = BlockLayout.Cheapest(window.Over(Size), cut, b => b.OutputRows.Count * b.OutputColumns.Count <= planeCount)!;

        window.Run(Image(), whole, BlockLayout.Whole(whole));
        window.Run(Image(), cut, layout);

        Assert.True(layout.Blocks.Count > 1);
        Assert.InRange(all.Distinct().Count(), 2, 3);
        Assert.All(all, l => Assert.Contains(l, new ushort[] { 0, 7, 9 }));
        Assert.Equal(all, parts);
    }

    [Fact]
    public void On_its_own_grid_the_label_is_that_of_the_largest_logit_or_of_the_last_positive_one()
    {
        using var network = Random();
        var window = new SlidingWindow(network, Options);
        var (logits, labels, regions) = (new CollectedLogits(3, Size), new ushort[Size.Count], new ushort[Size.Count]);
        var largest = LabelSink.Into(3, Size, Size, labels);
        var positive = new LabelSink(3, Size, Size, (z, _, plane) => plane.CopyTo(regions.AsSpan(z * (int)Size.PageCount)), regions: [4, 5, 6]);

        foreach (var sink in new ILogitsSink[] { logits, largest, positive })
        {
            window.Run(Image(), sink, BlockLayout.Whole(sink));
        }

        float Logit(int k, int i) => logits.Values[(k * (int)Size.Count) + i];
        Assert.Equal(Enumerable.Range(0, (int)Size.Count).Select(i => (ushort)Enumerable.Range(0, 3).MaxBy(k => Logit(k, i))), labels);
        Assert.Equal(Enumerable.Range(0, (int)Size.Count).Select(i => (ushort)(Enumerable.Range(0, 3).LastOrDefault(k => Logit(k, i) > 0, -4) + 4)), regions);
    }

    [Fact]
    public void Logits_are_the_same_bits_in_blocks_of_any_shape()
    {
        using var network = Random();
        var window = new SlidingWindow(network, Options);
        var whole = new CollectedLogits(3, Size);
        window.Run(Image(), whole, BlockLayout.Whole(whole));

        foreach (var (rows, columns) in new[] { (2, 23), (30, 9), (11, 5) })
        {
            var cut = new CollectedLogits(3, Size);
            window.Run(Image(), cut, BlockLayout.Cheapest(window.Over(Size), cut, b => b.Rows.Count <= rows && b.Columns.Count <= columns)!);
            Assert.Equal(whole.Values, cut.Values);
        }
    }

    [Fact]
    public void Blocks_are_cut_where_the_fewest_windows_are_computed_twice()
    {
        using var network = Random();
        var window = new SlidingWindow(network, Options with { Patch = [8, 10, 23] });
        var sink = new CollectedLogits(3, Size);
        var grid = window.Over(Size);                                                  // rows 0..9, 5..14, 10..19, 15..24, 20..29

        var layout = BlockLayout.Cheapest(grid, sink, b => b.Rows.Count <= 15)!;

        Assert.Equal([0, 5, 10, 15, 20], grid.Starts(1));
        Assert.Equal(2, layout.Blocks.Count);
        Assert.Equal(6 / 5.0, layout.Recomputation(grid));                             // one of 5 rows of windows is needed on both sides
    }

    [Fact]
    public void What_does_not_fit_even_in_blocks_of_one_voxel_has_no_layout()
    {
        using var network = Random();
        var sink = new CollectedLogits(3, Size);

        Assert.Null(BlockLayout.Cheapest(new SlidingWindow(network, Options).Over(Size), sink, _ => false));
    }

    [Fact]
    public void A_plane_network_goes_through_a_volume_plane_by_plane()
    {
        TorchRuntime.Seed(5);
        using var network = new UNet(new UNetOptions { Dimensions = 2, Base = 2, Depth = 2, Classes = 2 });
        network.Evaluate();
        var window = new SlidingWindow(network, new() { Patch = [12, 16] });
        var all = new CollectedLogits(2, Size);
        window.Run(Image(), all, BlockLayout.Whole(all));

        var page = new CollectedLogits(2, Size.Page);
        window.Run(new PreparedSource(Voxels(Size).AsMemory(4 * (int)Size.PageCount, (int)Size.PageCount), 1, Size.Page), page, BlockLayout.Whole(page));

        for (var k = 0; k < 2; k++)
        {
            Assert.Equal(page.Values.Skip(k * (int)Size.PageCount).Take((int)Size.PageCount), all.Values.Skip(((k * Size.Depth) + 4) * (int)Size.PageCount).Take((int)Size.PageCount));
        }
    }

    [Fact]
    public void Progress_counts_every_window_and_cancelling_stops_between_two()
    {
        using var network = Random();
        var window = new SlidingWindow(network, Options);
        var sink = new CollectedLogits(3, Size);
        var heard = new List<RunEvent>();
        using var cancel = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => window.Run(Image(), sink, BlockLayout.Whole(sink), on: e =>
        {
            heard.Add(e);
            if (heard.Count == 3)
            {
                cancel.Cancel();
            }
        }, cancel: cancel.Token));

        Assert.Equal(Enumerable.Range(1, 3).Select(i => new Progressed("predict", i, window.Over(Size).Count)), heard);
    }

    [Fact]
    public void The_clock_gives_every_moment_to_one_phase()
    {
        using var network = Random();
        var sink = new CollectedLogits(3, Size);
        var clock = new PredictionClock();

        new SlidingWindow(network, Options).Run(Image(), sink, BlockLayout.Whole(sink), clock);
        var times = clock.Read();

        Assert.Equal(times.Total, times.Phases.Sum(p => p.Value), tolerance: 1e-9);
        Assert.All([PredictionPhase.Network, PredictionPhase.Cutting, PredictionPhase.Blending, PredictionPhase.Resampling], p => Assert.InRange(times.Share(p), 1e-9, 1));
        Assert.Equal(0, times.Share(PredictionPhase.Writing));
    }

    [Fact]
    public void A_wrong_request_names_every_fault()
    {
        using var network = Random();

        var faults = Assert.Throws<UsageException>(() => new SlidingWindow(network, new() { Patch = [8], Step = [0], MirrorAxes = [1, 1] }));
        var axes = Assert.Throws<UsageException>(() => new SlidingWindow(network, new() { Patch = [8, 8] }));
        var channels = Assert.Throws<InputException>(() => new SlidingWindow(network, Options).Run(
            new PreparedSource(new float[2 * Size.Count], 2, Size), new CollectedLogits(3, Size), BlockLayout.Whole(new CollectedLogits(3, Size))));

        Assert.Equal(
            "prediction.patch is [8]; it must be 2 or 3 sides of 0 or more; prediction.step is [0]; it must be one number in (0, 1], or one for each side of the patch; "
            + "prediction.mirrorAxes is [1, 1]; it must be different axes from 0 to 0",
            faults.Message);
        Assert.Equal("prediction.patch has 2 sides, but the network sees 3 axes", axes.Message);
        Assert.Equal("the image has 2 channels, but the network takes 1", channels.Message);
    }

    private static PreparedSource Image() => new(Voxels(Size), 1, Size);

    private static float[] Voxels(Extent extent)
    {
        var random = new RandomStream(7);
        return [.. Enumerable.Range(0, (int)extent.Count).Select(_ => (float)random.NextNormal())];
    }

    private static UNet Random()
    {
        TorchRuntime.Seed(5);
        var network = new UNet(new UNetOptions { Dimensions = 3, Base = 3, Depth = 2, Classes = 3, Normalisation = NormKind.Instance });
        network.Evaluate();
        return network;
    }

    private sealed class Pointwise : Network
    {
        private readonly Conv _only;

        public Pointwise()
            : base(new UNetOptions { Classes = 2 }) => _only = Child("only", new Conv(3, 1, 2, kernel: 1));

        public override int Dimensions => 3;

        public override Logits Forward(Tensor image) => _only.Forward(image);
    }
}

using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;
using Xunit;

namespace SegSharp.Tests.Augmentation;

public sealed class MovementTests
{
    private static readonly Extent Picture = new(40, 32);
    private static readonly Extent Volume = new(24, 20, 16);

    public static TheoryData<Interpolation> Orders => [.. Enum.GetValues<Interpolation>()];

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_movement_that_moves_nothing_is_the_identity_bit_for_bit(Interpolation order)
    {
        var still = new DisplacementGrid(5, 5, 32, new float[100], new float[100], 4, new float[100]);
        foreach (var extent in new[] { Picture, Volume })
        {
            var sample = Samples.Noise(extent);
            Drawn[] steps = [new Rotation(0, 0, 0, order), new Scaling(1, 1, 1, order), new Shear(0, 0, Interpolation: order), new Translation(0, 0, 0, order), new Elastic(still, Interpolation: order)];

            foreach (var drawn in steps.Select(s => new[] { s }).Append(steps))
            {
                var same = Augmentations.Apply(sample, drawn);

                Assert.Equal(sample.Image, same.Image);
                Assert.Equal(sample.Labels, same.Labels);
                Assert.Equal(sample.Weights, same.Weights);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Whole_shifts_and_quarter_turns_copy_voxels_as_they_are(Interpolation order)
    {
        var sample = Samples.Noise(new Extent(21, 21, 21));

        var shifted = new Translation(3, -2, 1, order).Apply(sample);
        var turned = new Rotation(90, 0, 0, order).Apply(sample);

        Assert.Equal(At(sample, 4, 9, 6), At(shifted, 7, 7, 7));
        Assert.Equal(At(sample, 2, 2, 1), At(shifted, 1, 0, 0));         // from (−2, 2, −1): mirrored
        Assert.Equal(new Rotate90(1).Apply(sample).Image, turned.Image);
        Assert.Equal(new Rotate90(1).Apply(sample).Labels, turned.Labels);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Turns_by_quarters_and_by_degrees_go_the_same_way_round_about_every_axis(int axis)
    {
        var sample = Samples.Noise(new Extent(15, 15, 15));
        foreach (var quarters in new[] { 1, 2, 3 })
        {
            var by = quarters * 90.0;

            var turned = new Rotation(axis == 2 ? by : 0, axis == 1 ? by : 0, axis == 0 ? by : 0).Apply(sample);

            Assert.Equal((axis == 2 ? new Rotate90(quarters) : new Rotate90(0, quarters, axis)).Apply(sample).Image, turned.Image);
        }
    }

    [Fact]
    public void An_image_of_labels_read_by_the_nearest_voxel_equals_the_moved_labels()
    {
        foreach (var (extent, seed) in new[] { (Picture, 1), (Volume, 2), (new Extent(33, 17, 5), 3) })
        {
            var sample = Samples.Waves(extent);
            sample = sample with { Image = Array.ConvertAll(sample.Labels!, l => (float)l) };
            var all = Augmentations.From(
            [
                new RotateOptions { Interpolation = Interpolation.Nearest }, new ScaleOptions { Interpolation = Interpolation.Nearest }, new FlipOptions(),
                new ShearOptions { Interpolation = Interpolation.Nearest }, new TranslateOptions { Interpolation = Interpolation.Nearest, Whole = false },
                new ElasticOptions { Interpolation = Interpolation.Nearest, Spacing = 16, Largest = 5 }, new ElasticNoiseOptions { Interpolation = Interpolation.Nearest },
            ]);

            var moved = all.Change(sample, new RandomStream(seed));

            Assert.Equal(Array.ConvertAll(moved.Labels!, l => (float)l), moved.Image);
            Assert.True(moved.Labels!.Zip(sample.Labels!).Count(p => p.First != p.Second) > 20);
        }
    }

    [Fact]
    public void Four_channels_share_one_warp()
    {
        var one = Samples.Noise(Volume);
        var four = one with { Channels = 4, Image = [.. one.Image, .. one.Image, .. one.Image, .. one.Image] };
        var strong = Augmentations.From(Spatial());

        var moved = strong.Change(four, new RandomStream(4));

        Assert.All(Enumerable.Range(1, 3), c => Assert.Equal(moved.Image[..moved.Voxels], moved.Image[(c * moved.Voxels)..((c + 1) * moved.Voxels)]));
        Assert.Equal(strong.Change(one, new RandomStream(4)).Image, moved.Image[..moved.Voxels]);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_constant_image_stays_constant(Interpolation order)
    {
        var flat = Samples.Waves(Volume) with { Image = [.. Enumerable.Repeat(0.75f, (int)Volume.Count)] };

        var moved = Augmentations.From(Spatial(order)).Change(flat, new RandomStream(5));

        Assert.All(moved.Image, v => Assert.Equal(0.75f, v, 2e-6f));
    }

    [Theory]
    [InlineData(Interpolation.Bilinear)]
    [InlineData(Interpolation.Nearest)]
    public void Orders_0_and_1_stay_within_the_range_of_the_image(Interpolation order)
    {
        foreach (var extent in new[] { Picture, Volume })
        {
            var sample = Samples.Noise(extent);
            foreach (var outside in Enum.GetValues<Outside>())
            {
                var moved = Augmentations.From(Spatial(order, outside)).Change(sample, new RandomStream(6));

                Assert.InRange(moved.Image.Min(), outside == Outside.Zero ? 0 : sample.Image.Min(), sample.Image.Max());
                Assert.InRange(moved.Image.Max(), sample.Image.Min(), sample.Image.Max() + 1e-6f);
            }
        }
    }

    [Theory]
    [InlineData(Interpolation.Bilinear, 0.06)]
    [InlineData(Interpolation.Cubic, 0.02)]
    [InlineData(Interpolation.Spline, 0.01)]
    public void Joined_movements_are_the_movements_in_a_row_up_to_what_interpolating_twice_costs(Interpolation order, double apart)
    {
        foreach (var extent in new[] { new Extent(64, 56), new Extent(40, 36, 32) })
        {
            var sample = Samples.Waves(extent);
            IReadOnlyList<Drawn> steps = [.. Augmentations.From(
                [
                    new ElasticOptions { Spacing = 24, Largest = 4, Interpolation = order }, new RotateOptions { Degrees = 12, Tilt = 8, Interpolation = order }, new FlipOptions { Horizontal = 1 },
                    new ScaleOptions { Low = 1.05, High = 1.2, PerAxis = true, Interpolation = order }, new ShearOptions { Largest = 0.05, Interpolation = order },
                    new ElasticNoiseOptions { SigmaLow = 9, SpreadHigh = 0.1, Interpolation = order }, new TranslateOptions { Largest = 0.04, Whole = false, Interpolation = order },
                ]).Draw(new RandomStream(7), extent)];

            var joined = Augmentations.Apply(sample, steps);
            var inRow = steps.Aggregate(sample, (s, d) => d.Apply(s));

            // Near the border the row has mirrored what the joined movement still finds in the image.
            var inner = Inner(extent, 14).ToList();
            Assert.InRange(inner.Max(i => Math.Abs(joined.Image[i] - inRow.Image[i])), 0, apart);
            Assert.InRange(inner.Count(i => joined.Labels![i] != inRow.Labels![i]), 0, inner.Count / 4);
        }
    }

    [Fact]
    public void Interpolating_once_keeps_more_than_interpolating_in_a_row()
    {
        var sample = Samples.Noise(new Extent(64, 64));
        Drawn[] there = [new Rotation(10, 0, 0), new Rotation(10, 0, 0), new Rotation(10, 0, 0), new Rotation(-30, 0, 0)];

        var once = Augmentations.Apply(sample, there);
        var often = there.Aggregate(sample, (s, d) => d.Apply(s));

        var inner = Inner(sample.Extent, 16).ToList();
        Assert.InRange(inner.Max(i => Math.Abs(once.Image[i] - sample.Image[i])), 0, 1e-4);
        Assert.True(inner.Max(i => Math.Abs(often.Image[i] - sample.Image[i])) > 0.2);
    }

    [Fact]
    public void The_number_of_threads_does_not_change_a_bit()
    {
        var sample = Samples.Noise(new Extent(48, 40, 36));
        foreach (var order in Enum.GetValues<Interpolation>())
        {
            var one = Augmentations.From(Spatial(order), threads: 1).Change(sample, new RandomStream(8));
            var many = Augmentations.From(Spatial(order), threads: 7).Change(sample, new RandomStream(8));

            Assert.Equal(one.Image, many.Image);
            Assert.Equal(one.Labels, many.Labels);
            Assert.Equal(one.Weights, many.Weights);
        }
    }

    [Fact]
    public void An_elastic_movement_within_its_bound_never_folds()
    {
        // The worst draws: every node at the end of its range.
        foreach (var extent in new[] { new Extent(64, 64), new Extent(48, 48, 48) })
        {
            var options = new ElasticOptions { Spacing = 16, Largest = 6.4 };
            Assert.Empty(options.Check());
            for (var seed = 0; seed < 10; seed++)
            {
                var grid = ((Elastic)new RandomElastic(options).Draw(new RandomStream(seed), extent)!).Grid;
                float[] Ends(float[] values) => Array.ConvertAll(values, v => 6.4f * Math.Sign(v));
                var warp = new Warp(extent, [(new Elastic(grid with { X = Ends(grid.X), Y = Ends(grid.Y), Z = grid.Z is null ? null : Ends(grid.Z) })).Step(extent)]);

                Assert.True(LeastJacobian(warp) > 0);
            }
        }
    }

    [Fact]
    public void A_displacement_that_could_fold_is_refused_unless_it_may() =>
        Assert.Equal(
            [
                "augmentation.elastic.largest is 14; beyond 12.8, 0.4 of the spacing, the image can fold over itself: make it smaller, the spacing larger, or set mayFold",
                "augmentation.elastic.curve is keys, which bends more sharply: beyond 2.2, 0.07 of the spacing, the image can fold over itself; take bSpline, a smaller largest, or set mayFold",
            ],
            new ElasticOptions { Largest = 14 }.Check()
                .Concat(new ElasticOptions { Curve = GridCurve.Keys }.Check())
                .Concat(new ElasticOptions { Largest = 14, Curve = GridCurve.Keys, MayFold = true }.Check())
                .Select(f => f.ToString()));

    [Fact]
    public void A_moved_patch_shows_what_lies_around_it_in_the_image()
    {
        var whole = Samples.Waves(new Extent(120, 100));
        var turn = new Rotation(45, 0, 0);

        var patch = Augmentations.ApplyToPatch(whole, (40, 30, 0), new Extent(32, 32), [turn]);
        var alone = turn.Apply(PatchSampler.CutAt(whole, 40, 30, 0, new Extent(32, 32)));

        // Its upper right corner comes from 15.5·√2 = 21.9 to the right of its middle, 6.4 outside of the patch.
        Assert.Equal(At(whole, 40 + 37, 30 + 15, 0), At(patch, 31, 0, 0), 0.2f);
        Assert.Equal(At(alone, 16, 16, 0), At(patch, 16, 16, 0), 1e-4f);
        Assert.NotEqual(At(alone, 31, 0, 0), At(patch, 31, 0, 0), 0.1f);
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Cutting_and_moving_at_once_is_moving_all_and_then_cutting(Interpolation order)
    {
        var whole = Samples.Waves(new Extent(90, 80, 40));
        var corner = (X: 31, Y: 25, Z: 9);
        var size = new Extent(24, 24, 16);
        IReadOnlyList<Drawn> drawn = [.. Augmentations.From(
            [new FlipOptions { Horizontal = 1 }, new ScaleOptions { Interpolation = order }, new TranslateOptions { Whole = false, Interpolation = order }, new Rotate90Options(), new BrightnessOptions { Probability = 1 }])
            .Draw(new RandomStream(3), size)];

        var patch = Augmentations.ApplyToPatch(whole, corner, size, drawn);
        var wide = PatchSampler.CutAt(whole, corner.X - 20, corner.Y - 20, corner.Z - 9, new Extent(64, 64, 34));
        var cut = PatchSampler.CutAt(Augmentations.Apply(wide, drawn), 20, 20, 9, size);

        Assert.Equal(size, patch.Extent);
        Assert.All(Enumerable.Range(0, patch.Voxels), i => Assert.Equal(cut.Image[i], patch.Image[i], 2e-4f));
    }

    [Fact]
    public void A_patch_that_only_flips_is_cut_exactly()
    {
        var whole = Samples.Noise(new Extent(30, 30));

        var patch = Augmentations.ApplyToPatch(whole, (-4, 5, 0), new Extent(16, 16), [new Flip(true, false), new Gamma(1.3)]);

        Assert.Equal(new Gamma(1.3).Apply(new Flip(true, false).Apply(PatchSampler.CutAt(whole, -4, 5, 0, new Extent(16, 16)))).Image, patch.Image);
    }

    [Fact]
    public void Flips_and_turns_in_any_plane_show_all_48_symmetries_of_the_cube_equally_often()
    {
        var sample = Samples.Noise(new Extent(2, 2, 2));
        var augment = Augmentations.From([new FlipOptions(), new Rotate90Options { AnyPlane = true }]);
        var random = new RandomStream(9);

        var counts = Enumerable.Range(0, 24000)
            .GroupBy(i => string.Join("", augment.Change(sample, random.Derive(i)).Image))
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

        Assert.Equal(48, counts.Count);
        Assert.All(counts.Values, n => Assert.InRange(n, 380, 620));
    }

    [Fact]
    public void Outside_lies_what_was_asked_for()
    {
        var sample = Samples.Noise(new Extent(8, 8)) with { Labels = [.. Enumerable.Repeat((ushort)3, 64)] };
        Sample Shift(Outside outside) => new Translation(3, 0, Outside: outside).Apply(sample);

        Assert.Equal(At(sample, 2, 4, 0), At(Shift(Outside.Mirror), 1, 4, 0));
        Assert.Equal(At(sample, 0, 4, 0), At(Shift(Outside.Nearest), 1, 4, 0));
        Assert.Equal(0, At(Shift(Outside.Zero), 1, 4, 0));
        Assert.Equal(sample.Image.Min(), At(Shift(Outside.Minimum), 1, 4, 0));
        Assert.Equal((3, 0), (Shift(Outside.Mirror).Labels![33], Shift(Outside.Minimum).Labels![33]));
    }

    private static TransformOptions[] Spatial(Interpolation order = Interpolation.Bilinear, Outside outside = Outside.Mirror) =>
    [
        new RotateOptions { Interpolation = order, Outside = outside }, new ScaleOptions { Interpolation = order, Outside = outside, PerAxis = true }, new ShearOptions { Interpolation = order, Outside = outside },
        new TranslateOptions { Interpolation = order, Outside = outside, Whole = false }, new ElasticOptions { Interpolation = order, Outside = outside, Spacing = 16, Largest = 5 },
    ];

    private static float At(Sample s, int x, int y, int z) => s.Image[(((z * s.Height) + y) * s.Width) + x];

    private static IEnumerable<int> Inner(Extent e, int rim)
    {
        for (var i = 0; i < e.Count; i++)
        {
            var (x, y, z) = (i % e.Width, i / e.Width % e.Height, i / (int)e.PageCount);
            if (x >= rim && y >= rim && x < e.Width - rim && y < e.Height - rim && (e.Depth == 1 || (z >= rim && z < e.Depth - rim)))
            {
                yield return i;
            }
        }
    }

    // By differences between neighbours, over the whole grid.
    private static double LeastJacobian(Warp warp)
    {
        var e = warp.Result;
        var rows = new Dictionary<(int, int), WarpRow>();
        WarpRow Row(int y, int z)
        {
            if (!rows.TryGetValue((y, z), out var row))
            {
                warp.Positions(y, z, rows[(y, z)] = row = new WarpRow(e.Width), new WarpRow(e.Width));
            }

            return row;
        }

        Triple At(int x, int y, int z) => new(Row(y, z).X[x], Row(y, z).Y[x], Row(y, z).Z[x]);
        var least = double.MaxValue;
        for (var z = 0; z < Math.Max(1, e.Depth - 1); z++)
        {
            for (var y = 0; y < e.Height - 1; y++)
            {
                for (var x = 0; x < e.Width - 1; x++)
                {
                    var here = At(x, y, z);
                    var behind = e.Depth == 1 ? new Triple(0, 0, 1) : At(x, y, z + 1) - here;
                    least = Math.Min(least, new Affine(At(x + 1, y, z) - here, At(x, y + 1, z) - here, behind, Triple.Zero).Determinant);
                }
            }
        }

        return least;
    }
}

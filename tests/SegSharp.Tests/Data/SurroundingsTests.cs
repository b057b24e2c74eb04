using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Tests.Augmentation;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Data;

[Collection("native")]
public sealed class SurroundingsTests
{
    private static readonly Dictionary<string, int> Labels = new() { ["background"] = 0, ["cell"] = 1 };

    public static TheoryData<Extent, int, int, int, Extent, int> Windows => new()
    {
        { new Extent(40, 30), 12, 9, 0, new Extent(8, 6), 2 },
        { new Extent(40, 30), -3, 20, 0, new Extent(10, 16), 3 },
        { new Extent(7, 5), -2, -3, 0, new Extent(12, 11), 16 },
        { new Extent(20, 18, 9), 4, -2, 3, new Extent(6, 8, 4), 4 },
        { new Extent(11, 13, 6), 2, 3, -1, new Extent(5, 7, 8), 2 },
        { new Extent(11, 13, 6), 2, 3, 4, new Extent(5, 7), 3 },
        { new Extent(9, 8), 0, 0, 0, new Extent(4, 4, 4), 2 },
    };

    [Theory]
    [MemberData(nameof(Windows))]
    public void Each_voxel_is_the_mean_of_a_box_about_the_same_centre(Extent whole, int x, int y, int z, Extent window, int factor)
    {
        var image = Samples.Noise(whole).Image;
        var values = new float[window.Count];

        Surroundings.Of(image, whole, (x, y, z), window, factor, values);

        // Voxel by voxel: from the window's middle so many boxes to either side; whole voxels, where the middle lies on none the one before it.
        var through = window.Depth == 1 ? 1 : factor;
        for (var i = 0; i < values.Length; i++)
        {
            var (u, v, w) = (i % window.Width, i / window.Width % window.Height, i / (int)window.PageCount);
            double sum = 0;
            for (var c = 0; c < through; c++)
            {
                for (var b = 0; b < factor; b++)
                {
                    for (var a = 0; a < factor; a++)
                    {
                        sum += image[
                            (((Seen(z, window.Depth, w, through, c, whole.Depth) * whole.Height) + Seen(y, window.Height, v, factor, b, whole.Height)) * whole.Width)
                            + Seen(x, window.Width, u, factor, a, whole.Width)];
                    }
                }
            }

            Assert.Equal(sum / (factor * factor * through), values[i], 1e-5);
        }

        static int Seen(int start, int count, int box, int factor, int within, int size)
        {
            var place = (int)Math.Ceiling(start + (count / 2.0) + ((box - (count / 2.0)) * factor)) + within;
            while (size > 1 && (place < 0 || place >= size))
            {
                place = place < 0 ? -place : (2 * (size - 1)) - place;
            }

            return size == 1 ? 0 : place;
        }
    }

    [Fact]
    public void In_the_middle_of_an_image_four_by_four_boxes_are_an_ordinary_downsampling()
    {
        var whole = Samples.Noise(new Extent(32, 32)) with { ContextFactor = 4 };

        var patch = PatchSampler.CutAt(whole, 12, 12, 0, new Extent(8, 8));

        Assert.Equal((2, 1, 4), (patch.Channels, patch.ContextChannels, patch.ContextFactor));
        Assert.Equal(PatchSampler.CutAt(whole with { ContextFactor = 0 }, 12, 12, 0, new Extent(8, 8)).Image, patch.Image[..64]);
        for (var i = 0; i < 64; i++)
        {
            var box = Enumerable.Range(0, 16).Average(k => whole.Image[(((4 * (i / 8)) + (k / 4)) * 32) + (4 * (i % 8)) + (k % 4)]);
            Assert.Equal(box, patch.Image[64 + i], 1e-5f);
        }
    }

    [Fact]
    public void They_lie_between_the_channels_of_the_image_and_its_places()
    {
        var volume = Volume.Of<byte>("v", Geometry.Pixels(new Extent(12, 10)), 2, [.. Enumerable.Range(0, 240).Select(i => (byte)i)]);
        var options = new PreparationOptions { Context = 2, Coordinates = "xy" };
        var sample = Preparation.Prepare(new LoadedCase(new Case("v", ["v.tif"], null), volume, null), options).Sample;

        var patch = PatchSampler.CutAt(sample, 4, 2, 0, new Extent(4, 4));
        var changed = Augmentations.Apply(patch, [new Flip(true, false), new Brightness(3), new GaussianNoise(1, 5), new ChannelSwap([1, 0])]);

        // Two of the image, the two seen coarser, x and y; the same change of intensity for the first four, swapped in pairs, and no noise in the means.
        Assert.Equal((4, 2, 0, 2), (sample.Channels, sample.Places, sample.ContextChannels, sample.ContextFactor));
        Assert.Equal((6, 2, 2), (patch.Channels, patch.Places, patch.ContextChannels));
        Assert.Equal(sample.Image[(240 + (2 * 12) + 4)..][..4], patch.Image[64..68]);
        Assert.Equal(patch.Image[64..68].Reverse(), changed.Image[64..68]);
        Assert.Equal(patch.Image[48..52].Reverse().Select(v => v + 3), changed.Image[32..36]);
        Assert.Equal((6, 2, 2, 2), (changed.Channels, changed.Places, changed.ContextChannels, changed.ContextFactor));
    }

    [Fact]
    public void A_flip_or_turn_moves_them_with_the_patch()
    {
        var whole = Samples.Noise(new Extent(40, 36)) with { ContextFactor = 3 };
        Drawn[] steps = [new Flip(true, false), new Rotate90(1)];

        var patch = Augmentations.ApplyToPatch(whole, (9, 14, 0), new Extent(12, 12), steps);

        // The whole turned first, and then cut where the patch went: from 9,14 by the flip to 40−12−9, by the turn to 14 and 9, or its other side.
        var turned = Augmentations.Apply(whole with { ContextFactor = 0 }, steps) with { ContextFactor = 3 };
        var places = new[] { (14, 9), (10, 9), (14, 19), (10, 19) };
        var found = places.Select(p => PatchSampler.CutAt(turned, p.Item1, p.Item2, 0, new Extent(12, 12))).Single(p => p.Image.AsSpan(0, 144).SequenceEqual(patch.Image.AsSpan(0, 144)));
        Assert.All(Enumerable.Range(144, 144), i => Assert.Equal(found.Image[i], patch.Image[i], 1e-5f));
    }

    public static TheoryData<string> Movements => ["turn", "scale", "shift", "all", "elastic", "then"];

    [Theory]
    [MemberData(nameof(Movements))]
    public void Whatever_moves_a_patch_moves_the_whole_around_it(string kind)
    {
        var slow = Enumerable.Range(0, 400 * 360).Select(i => (float)(Math.Sin(0.06 * (i % 400)) * Math.Cos(0.05 * (i / 400))));
        var whole = new Sample { Id = "waves", Extent = new Extent(400, 360), Channels = 1, Image = [.. slow] };
        var grid = new DisplacementGrid(6, 6, 64, [.. Enumerable.Repeat(4f, 36)], [.. Enumerable.Repeat(-3f, 36)]);
        Drawn[] steps = kind switch
        {
            "turn" => [new Rotation(30, 0, 0)],
            "scale" => [new Spatial(-20, 1.2, grid with { X = new float[36], Y = new float[36] }, Interpolation.Cubic)],
            "shift" => [new Translation(6, -4)],
            "elastic" => [new Spatial(0, 1, grid, Interpolation.Cubic)],
            "then" => [new Translation(2, 1), new Brightness(0.5), new Rotation(10, 0, 0)],
            _ => [new Flip(true, false), new Rotation(75, 0, 0), new Translation(2.5, 3)],
        };

        var patch = Augmentations.ApplyToPatch(whole with { ContextFactor = 4 }, (190, 160, 0), new Extent(24, 24), steps);

        // A window of the same centre that holds all the patch and its surroundings see, moved as one image, and what lies around the patch in it.
        var large = Augmentations.ApplyToPatch(whole, (190 - 64, 160 - 64, 0), new Extent(152, 152), steps);
        var expected = PatchSampler.CutAt(large with { ContextFactor = 4 }, 64, 64, 0, new Extent(24, 24));
        var (margin, tolerance) = kind == "then" ? (7, 0.03f) : (0, 0.02f);          // what moves after a change of intensity is interpolated twice, and has no more than the patch
        Assert.Equal((2, 1), (patch.Channels, patch.ContextChannels));
        for (var c = 0; c < 2; c++)
        {
            for (var y = margin; y < 24 - margin; y++)
            {
                for (var x = margin; x < 24 - margin; x++)
                {
                    Assert.Equal(expected.Image[(((c * 24) + y) * 24) + x], patch.Image[(((c * 24) + y) * 24) + x], tolerance);
                }
            }
        }
    }

    [Fact]
    public void Training_validation_and_prediction_show_the_same_at_the_same_place()
    {
        using var check = new SegSharp.Testing.NoLeaks();
        var random = new RandomStream(3);
        var image = Volume.Of<byte>("v", Geometry.Pixels(new Extent(40, 33)), 1, [.. Enumerable.Range(0, 40 * 33).Select(_ => (byte)random.Next(256))]);
        var recipe = new Recipe
        {
            Preparation = new() { Context = 3, Coordinates = "xy" },
            Training = new() { PatchSize = new Extent(16, 12) },
            Loss = new DiceCrossEntropyOptions { Sigmoid = true },
        }.Resolve(Labels, ["grey"]);
        var network = new Watcher(2, 4);
        using var predictor = new Predictor(recipe with { Network = network.Options with { Classes = 1 } }, network);

        predictor.Predict(image);

        var sample = Preparation.Prepare(new LoadedCase(new Case("v", ["v.png"], null), image, null), recipe.Preparation).Sample;
        Assert.Equal(4 * 5, network.Seen.Count);            // 40 in tiles of 16, 33 in tiles of 12, half overlapping
        Assert.All(network.Seen, seen =>
        {
            var (x, y) = Whereabouts(seen[(2 * 192)..]);
            Assert.Equal(PatchSampler.CutAt(sample, x, y, 0, new Extent(16, 12)).Image, seen);
        });

        // The coordinates say where a window was.
        static (int X, int Y) Whereabouts(float[] places) => ((int)MathF.Round((places[0] + 1) / 2 * 39), (int)MathF.Round((places[192] + 1) / 2 * 32));

        var tiles = new TiledSamples(new MemorySource(1, _ => sample), _ => sample.Extent, new Extent(16, 12), 0);
        Assert.Equal(PatchSampler.CutAt(sample, 16, 0, 0, new Extent(16, 12)).Image, tiles.Get(1).Image);
    }

    [Fact]
    public void A_window_of_a_volume_is_the_patch_of_its_place()
    {
        using var check = new SegSharp.Testing.NoLeaks();
        var sample = Samples.Noise(new Extent(20, 17, 12)) with { ContextFactor = 2, Places = 0 };
        using var network = new Watcher(3, 2);
        var options = new SlidingWindowOptions { Patch = [6, 8, 10] };
        var window = new SlidingWindow(network, options);
        var sink = new CollectedLogits(1, sample.Extent);

        window.Run(new PreparedSource(sample), sink, BlockLayout.Whole(sink));

        var grid = window.Over(sample.Extent);
        var places = grid.Starts(0).SelectMany(z => grid.Starts(1).SelectMany(y => grid.Starts(2).Select(x => (x, y, z)))).ToList();
        Assert.Equal(grid.Count, network.Seen.Count);
        Assert.All(places.Zip(network.Seen), p => Assert.Equal(PatchSampler.CutAt(sample, p.First.x, p.First.y, p.First.z, new Extent(10, 8, 6)).Image, p.Second));
    }

    [Fact]
    public void A_part_of_an_image_has_no_surroundings_to_show()
    {
        var recipe = new Recipe { Preparation = new() { Context = 3 }, Loss = new DiceCrossEntropyOptions { Sigmoid = true } }.Resolve(Labels, ["grey"]);
        var network = new Watcher(2, 2);
        using var predictor = new Predictor(recipe with { Network = network.Options with { Classes = 1 } }, network) { Interest = "auto" };

        var e = Assert.Throws<UsageException>(() => predictor.Predict(Volume.Of<byte>("v", Geometry.Pixels(new Extent(8, 8)), 1, new byte[64])));

        Assert.Equal("the network sees what lies around every window, so it cannot be shown a part of the image", e.Message);
        Assert.Equal("leave away --roi", e.Fix);
    }

    [Fact]
    public void A_whole_image_is_one_window()
    {
        var sample = Samples.Noise(new Extent(20, 14)) with { ContextFactor = 2, Labels = null, Weights = null };

        var changed = new Augmentations([]).Change(sample, new RandomStream(0));
        var tile = new TiledSamples(new MemorySource(1, _ => sample), _ => sample.Extent, new Extent(8, 8), 1000).Get(0);

        Assert.Equal(PatchSampler.CutAt(sample, 0, 0, 0, sample.Extent).Image, changed.Image);
        Assert.Equal(changed.Image, tile.Image);
        Assert.Equal(2, changed.Channels);
    }

    [Fact]
    public void The_network_gets_twice_the_channels_and_the_recipe_keeps_it()
    {
        var recipe = new Recipe { Preparation = new() { Context = 4, Coordinates = "xyz" } }.Resolve(Labels, ["T1", "T2"]);

        var again = Recipe.Parse(OptionsJson.Write(recipe).ToJsonString(), "recipe.json");

        Assert.Equal(7, recipe.Network.InChannels);
        Assert.Equal(recipe.Preparation, again.Preparation with { Statistics = recipe.Preparation.Statistics });
        again.RequireResolved("recipe");
        Assert.Equal(
            "'recipe' names 2 labels and 7 channels, but its network has 2 classes (softmax head) and 3 channels",
            Assert.Throws<InputException>(() => (again with { Network = again.Network with { InChannels = 3 } }).RequireResolved("recipe")).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(17)]
    public void Other_factors_are_refused(int factor) =>
        Assert.Equal([$"preparation.context is {factor}; it must lie between 2 and 16"], new PreparationOptions { Context = factor }.Check().Select(f => f.ToString()));

    [Fact]
    public void What_is_kept_of_older_recipes_stays_valid()
    {
        Assert.DoesNotContain("Context", new PreparationOptions().Rules, StringComparison.Ordinal);
        Assert.NotEqual(new PreparationOptions { Context = 2 }.Rules, new PreparationOptions { Context = 3 }.Rules);
    }

    // Keeps what it is shown.
    private sealed class Watcher(int dimensions, int channels) : Network(new UNetOptions { Dimensions = dimensions, InChannels = channels, Classes = 1 })
    {
        public List<float[]> Seen { get; } = [];

        public override int Dimensions => dimensions;

        public override Logits Forward(Tensor image)
        {
            Seen.Add(image.ToArray<float>());
            return image.Narrow(1, 0, 1).Contiguous();
        }
    }
}

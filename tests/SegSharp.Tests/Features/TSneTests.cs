using SegSharp.Features;
using SegSharp.Foundation;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Features;

[Collection(NativeCollection.Name)]
public sealed class TSneTests
{
    private static readonly TSneOptions Quick = new() { Perplexity = 8, Iterations = 300, ExaggeratedIterations = 100 };

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Groups_that_lie_apart_lie_apart_on_the_page(double theta)
    {
        var (points, classes) = Groups();

        var page = TSne.Of(points, Quick with { Theta = theta });

        Assert.Equal(1, Neighbours.Purity(page.Places, classes, 5));
        Assert.InRange(page.Divergence, 0, 1);
    }

    [Fact]
    public void A_seed_gives_the_same_bits_and_another_gives_others()
    {
        var (points, _) = Groups();

        var first = TSne.Of(points, Quick with { Start = EmbeddingStart.Random, Seed = 3 });
        var again = TSne.Of(points, Quick with { Start = EmbeddingStart.Random, Seed = 3 });
        var other = TSne.Of(points, Quick with { Start = EmbeddingStart.Random, Seed = 4 });

        Assert.Equal(first.Places.Values, again.Places.Values);
        Assert.NotEqual(first.Places.Values, other.Places.Values);
    }

    [Fact]
    public void Many_points_are_divided_among_threads_without_changing_a_bit()
    {
        var random = new RandomStream(5);
        var points = new Points(260, 3, [.. Enumerable.Range(0, 780).Select(_ => random.NextNormal())]);
        var options = Quick with { Iterations = 30, ExaggeratedIterations = 10 };

        var runs = Enumerable.Range(0, 3).Select(_ => TSne.Of(points, options).Places.Values).ToList();

        Assert.All(runs, r => Assert.Equal(runs[0], r));
    }

    [Fact]
    public void Points_in_one_place_do_not_hang_the_tree()
    {
        var points = new Points(40, 2, [.. Enumerable.Repeat(1.0, 60), .. Enumerable.Repeat(5.0, 20)]);

        var page = TSne.Of(points, Quick with { Iterations = 20 });

        Assert.All(page.Places.Values, v => Assert.True(double.IsFinite(v)));
    }

    [Fact]
    public void Angle_zero_of_the_tree_is_the_sum_over_all_pairs()
    {
        var random = new RandomStream(1);
        double[] places = [.. Enumerable.Range(0, 100).Select(_ => random.NextNormal())];
        var tree = new QuadTree();
        tree.Build(places);

        var (x, y, sum) = tree.Push(places[6], places[7], squaredAngle: 0);

        var (ex, ey, es) = (0.0, 0.0, 0.0);
        for (var j = 0; j < 50; j++)
        {
            var (dx, dy) = (places[6] - places[2 * j], places[7] - places[(2 * j) + 1]);
            var q = j == 3 ? 0 : 1 / (1 + (dx * dx) + (dy * dy));
            (ex, ey, es) = (ex + (q * q * dx), ey + (q * q * dy), es + q);
        }

        Assert.Equal([ex, ey, es], (double[])[x, y, sum], (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void A_perplexity_that_so_few_points_cannot_have_is_refused()
    {
        var error = Assert.Throws<UsageException>(() => TSne.Of(new Points(10, 2, new double[20])));

        Assert.Equal("perplexity is 30, but there are 10 points; it must be less than 10", error.Message);
        Assert.Equal("--perplexity 3", error.Fix);
    }

    [Fact]
    public void Principal_components_of_points_on_a_line_are_that_line()
    {
        var pca = Pca.Of(new Points(4, 2, [0, 0, 3, 4, 6, 8, 9, 12]), 2);

        Assert.Equal([0.6, 0.8], pca.Components![0].ToArray().Select(v => Math.Round(Math.Abs(v), 9)));
        Assert.Equal([1, 0], pca.Shares.Select(s => Math.Round(s, 9)));
        Assert.Equal(pca.Scores.Values.Max(Math.Abs), pca.Scores.Values.Where((_, i) => i % 2 == 0).Max());       // the farthest point lies on the positive side
    }

    [Fact]
    public void Purity_of_two_far_groups_is_one_and_of_mixed_classes_less()
    {
        var (points, classes) = Groups();

        Assert.Equal(1, Neighbours.Purity(points, classes, 5));
        Assert.InRange(Neighbours.Purity(points, [.. classes.Select((_, i) => i % 2)], 5), 0.2, 0.8);
    }

    // Three groups of twenty points, ten deviations apart.
    private static (Points Points, int[] Classes) Groups()
    {
        var random = new RandomStream(2);
        int[] classes = [.. Enumerable.Range(0, 60).Select(i => i / 20)];
        return (new Points(60, 4, [.. classes.SelectMany(c => Enumerable.Range(0, 4).Select(a => (a == c ? 10 : 0) + random.NextNormal()))]), classes);
    }
}

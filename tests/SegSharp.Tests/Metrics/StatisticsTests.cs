using SegSharp.Foundation;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Metrics;

public sealed class StatisticsTests
{
    [Fact]
    public void Signed_ranks_have_the_exact_probabilities_of_the_table()
    {
        double?[] zeros = [0, 0, 0, 0, 0, 0];

        Assert.Equal(2.0 / 64, PairedTest.Of([1, 2, 3, 4, 5, 6], zeros).P!.Value, 1e-12);           // one sign pattern of 64 on each side
        Assert.Equal(4.0 / 64, PairedTest.Of([-1, 2, 3, 4, 5, 6], zeros).P!.Value, 1e-12);
        Assert.Equal(1, PairedTest.Of([1, 2, 3, 4, 5, 6], zeros).Effect);
        Assert.Equal((20 - 1) / 21.0, PairedTest.Of([-1, 2, 3, 4, 5, 6], zeros).Effect!.Value, 1e-12);
    }

    [Fact]
    public void The_approximation_meets_the_exact_test()
    {
        var random = new RandomStream(6);
        double?[] Differences(int n) => [.. Enumerable.Range(0, n).Select(_ => (double?)(random.NextNormal() + 0.15))];
        var hundred = Differences(100);

        var exact = PairedTest.Of(hundred, new double?[100].Select(_ => (double?)0).ToList());
        var more = PairedTest.Of([.. hundred, 1e-9], new double?[101].Select(_ => (double?)0).ToList());        // one pair more, of no weight

        Assert.Equal(exact.P!.Value, more.P!.Value, 0.01);
    }

    [Fact]
    public void Pairs_that_only_one_side_defines_are_counted_as_left_out()
    {
        var test = PairedTest.Of([0.9, null, 0.8, 0.7], [0.8, 0.5, null, 0.7]);

        Assert.Equal((2, 2), (test.Pairs, test.LeftOut));
        Assert.Equal(0.05, test.Difference!.Value, 1e-12);
        Assert.Equal(1, test.P);                                    // a single pair that differs says nothing
        Assert.Null(PairedTest.Of([0.5], [0.5]).P);
    }

    [Fact]
    public void Intervals_hold_the_mean_and_their_level()
    {
        var random = new RandomStream(7);
        var (held, all) = (0, 200);
        for (var i = 0; i < all; i++)
        {
            double[] values = [.. Enumerable.Range(0, 30).Select(_ => Math.Exp(random.NextNormal()))];     // skewed, mean e^0.5
            var interval = Bootstrap.OfMean(values, random.Derive(i), resamples: 500)!.Value;
            held += interval.Low <= Math.Exp(0.5) && Math.Exp(0.5) <= interval.High ? 1 : 0;
            Assert.InRange(values.Average(), interval.Low, interval.High);
        }

        Assert.InRange(held, 0.84 * all, all);          // BCa of 30 skewed values covers about 90 %; the plain percentile interval less
    }

    [Fact]
    public void An_interval_is_the_same_at_every_call_and_none_of_two_values()
    {
        double[] values = [0.3, 0.8, 0.9, 0.95];

        Assert.Equal(Bootstrap.OfMean(values, new RandomStream(1)), Bootstrap.OfMean(values, new RandomStream(1)));
        Assert.Equal(new Interval(0.5, 0.5), Bootstrap.OfMean([0.5, 0.5, 0.5], new RandomStream(1)));
        Assert.Null(Bootstrap.OfMean([0.5, 0.6], new RandomStream(1)));
    }
}

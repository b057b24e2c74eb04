using SegSharp.Foundation;

namespace SegSharp.Metrics;

/// <summary>An interval around a mean.</summary>
/// <param name="Low">Its lower end.</param>
/// <param name="High">Its upper end.</param>
public readonly record struct Interval(double Low, double High);

/// <summary>Confidence intervals of a mean over images, without assuming how scores are distributed.</summary>
/// <remarks>Source: Efron 1987, "Better Bootstrap Confidence Intervals": bias-corrected and accelerated (BCa).</remarks>
public static class Bootstrap
{
    /// <summary>What the interval is, for a table's foot.</summary>
    public const string Explanation = "95 % interval of the mean: BCa bootstrap over images, 2000 resamples, from 3 images on";

    /// <summary>The interval of the mean; null with fewer than three values, of which nothing can be said.</summary>
    /// <param name="values">One per image.</param>
    /// <param name="random">Where chance comes from; the same stream gives the same interval.</param>
    /// <param name="level">How sure: 0.95.</param>
    /// <param name="resamples">How often images are drawn anew.</param>
    public static Interval? OfMean(IReadOnlyList<double> values, RandomStream random, double level = 0.95, int resamples = 2000)
    {
        var n = values.Count;
        if (n < 3)
        {
            return null;
        }

        var sum = values.Sum();
        var mean = sum / n;
        var means = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            var drawn = 0.0;
            for (var i = 0; i < n; i++)
            {
                drawn += values[random.Next(n)];
            }

            means[r] = drawn / n;
        }

        Array.Sort(means);
        var below = means.Count(m => m < mean) + (means.Count(m => m == mean) / 2.0);
        if (below <= 0 || below >= resamples)
        {
            return new Interval(mean, mean);        // every image scores the same
        }

        var bias = Normal.Quantile(below / resamples);

        // How skewed the values are, by leaving out one image after the other.
        double[] without = [.. values.Select(v => (sum - v) / (n - 1))];
        var middle = without.Average();
        var squares = without.Sum(v => (middle - v) * (middle - v));
        var acceleration = squares == 0 ? 0 : without.Sum(v => Math.Pow(middle - v, 3)) / (6 * Math.Pow(squares, 1.5));
        return new Interval(At((1 - level) / 2), At((1 + level) / 2));

        double At(double share)
        {
            var z = bias + Normal.Quantile(share);
            var place = Normal.Share(bias + (z / (1 - (acceleration * z)))) * (resamples - 1);
            var lower = (int)place;
            return lower + 1 >= resamples ? means[^1] : means[lower] + ((place - lower) * (means[lower + 1] - means[lower]));
        }
    }
}

/// <summary>The normal distribution.</summary>
internal static class Normal
{
    /// <summary>The share below z: Φ(z), to 1e-12.</summary>
    /// <remarks>Source: Marsaglia 2004, "Evaluating the Normal Distribution": the series, and zero or one far outside.</remarks>
    public static double Share(double z)
    {
        if (Math.Abs(z) > 8)
        {
            return z < 0 ? 0 : 1;
        }

        var (sum, term) = (z, z);
        for (var i = 3; Math.Abs(term) > 1e-17 * Math.Abs(sum) && term != 0; i += 2)
        {
            term *= z * z / i;
            sum += term;
        }

        return 0.5 + (sum * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI));
    }

    /// <summary>The z below which that share lies, by halving: 1e-12 is more than a bootstrap needs.</summary>
    public static double Quantile(double share)
    {
        var (low, high) = (-8.0, 8.0);
        while (high - low > 1e-12)
        {
            var middle = (low + high) / 2;
            (low, high) = Share(middle) < share ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}

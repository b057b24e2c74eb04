namespace SegSharp.Features;

/// <summary>Who lies nearest to whom, and what that says about an embedding.</summary>
public static class Neighbours
{
    /// <summary>The nearest points of every point, nearest first, without itself; of equal distances the earlier point.</summary>
    /// <param name="points">More than <paramref name="count"/>.</param>
    /// <param name="count">How many.</param>
    public static int[][] Of(Points points, int count) => Nearest(points, count).Places;

    /// <summary>The share of the nearest points that have the same class as the point, mean over all points: 1 where classes lie apart.</summary>
    /// <param name="points">Where they lie.</param>
    /// <param name="classes">One per point.</param>
    /// <param name="count">Neighbours to ask; fewer where there are fewer points.</param>
    public static double Purity(Points points, IReadOnlyList<int> classes, int count = 10)
    {
        var nearest = Of(points, Math.Min(count, points.Count - 1));
        return nearest.Select((places, i) => places.Length == 0 ? 1 : places.Count(j => classes[j] == classes[i]) / (double)places.Length).Average();
    }

    /// <summary>How far an embedding's neighbours are neighbours in truth: 1 where every one is.</summary>
    /// <remarks>Source: Venna and Kaski 2001. Parity: scikit-learn 1.2.1 trustworthiness.</remarks>
    /// <param name="truth">The points.</param>
    /// <param name="embedded">The same points on the page.</param>
    /// <param name="count">Neighbours to look at, fewer than half of the points.</param>
    public static double Trustworthiness(Points truth, Points embedded, int count = 5)
    {
        var n = truth.Count;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(count, n / 2.0);
        var shown = Of(embedded, count);
        var all = Of(truth, n - 1);
        var strangers = 0.0;
        for (var i = 0; i < n; i++)
        {
            var rank = new int[n];
            for (var r = 0; r < n - 1; r++)
            {
                rank[all[i][r]] = r + 1;
            }

            strangers += shown[i].Sum(j => Math.Max(0, rank[j] - count));
        }

        return 1 - (strangers * 2 / (n * (double)count * ((2.0 * n) - (3 * count) - 1)));
    }

    /// <summary>Nearest points with the squares of their distances.</summary>
    internal static (int[][] Places, double[][] Squares) Nearest(Points points, int count)
    {
        var n = points.Count;
        var (places, squares) = (new int[n][], new double[n][]);
        Parallel.For(0, n, new ParallelOptions { MaxDegreeOfParallelism = Machine.Cores }, i =>
        {
            var distances = new double[n];
            var order = new int[n];
            for (var j = 0; j < n; j++)
            {
                (distances[j], order[j]) = (j == i ? double.PositiveInfinity : points.Squared(i, j), j);
            }

            Array.Sort(order, (a, b) => distances[a].CompareTo(distances[b]) is not 0 and var by ? by : a == i ? 1 : b == i ? -1 : a.CompareTo(b));
            places[i] = order[..count];
            squares[i] = [.. places[i].Select(j => distances[j])];
        });
        return (places, squares);
    }
}

namespace SegSharp.Features;

/// <summary>How much two points belong together: P of t-SNE, symmetric, its sum 1.</summary>
/// <remarks>Source: van der Maaten and Hinton 2008, equations 1 and 2; van der Maaten 2014 for the nearest points alone. Parity: scikit-learn 1.2.1, to 1e-5.</remarks>
public static class Affinities
{
    private const int Halvings = 100;
    private const double Near = 1e-5;
    private const double Least = 2.220446049250313e-16;

    /// <summary>Of every pair: [n, n], point by point; the diagonal holds the smallest number that counts.</summary>
    /// <param name="points">Two or more.</param>
    /// <param name="perplexity">How many neighbours a point has, about.</param>
    public static double[] Joint(Points points, double perplexity)
    {
        var n = points.Count;
        var conditional = new double[n * n];
        Parallel.For(0, n, new ParallelOptions { MaxDegreeOfParallelism = Machine.Cores }, i =>
        {
            int[] others = [.. Enumerable.Range(0, n).Where(j => j != i)];
            var found = Conditional([.. others.Select(j => points.Squared(i, j))], perplexity);
            for (var k = 0; k < others.Length; k++)
            {
                conditional[(i * n) + others[k]] = found[k];
            }
        });
        var joint = new double[n * n];
        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < n; j++)
            {
                joint[(i * n) + j] = conditional[(i * n) + j] + conditional[(j * n) + i];
            }
        }

        var sum = Math.Max(joint.Sum(), Least);
        return Array.ConvertAll(joint, p => Math.Max(p / sum, Least));
    }

    /// <summary>Of every point's nearest three times perplexity, made symmetric: for each point the others in their order, with their P.</summary>
    internal static (int[][] Others, double[][] P) Sparse(Points points, double perplexity)
    {
        var n = points.Count;
        var (places, squares) = Neighbours.Nearest(points, Math.Min(n - 1, (int)((3 * perplexity) + 1)));
        var rows = new SortedDictionary<int, double>[n];
        for (var i = 0; i < n; i++)
        {
            rows[i] = [];
        }

        for (var i = 0; i < n; i++)
        {
            var found = Conditional(squares[i], perplexity);
            for (var k = 0; k < found.Length; k++)
            {
                rows[i][places[i][k]] = rows[i].GetValueOrDefault(places[i][k]) + found[k];
                rows[places[i][k]][i] = rows[places[i][k]].GetValueOrDefault(i) + found[k];
            }
        }

        var sum = Math.Max(rows.Sum(r => r.Values.Sum()), Least);
        return ([.. rows.Select(r => r.Keys.ToArray())], [.. rows.Select(r => r.Values.Select(p => p / sum).ToArray())]);
    }

    // The width of the bell that gives the wanted perplexity, by halving.
    private static double[] Conditional(double[] squares, double perplexity)
    {
        var (beta, low, high) = (1.0, double.NegativeInfinity, double.PositiveInfinity);
        var wanted = Math.Log(perplexity);
        var p = new double[squares.Length];
        for (var step = 0; step < Halvings; step++)
        {
            var sum = 0.0;
            for (var j = 0; j < p.Length; j++)
            {
                p[j] = Math.Exp(-squares[j] * beta);
                sum += p[j];
            }

            sum = sum == 0 ? 1e-8 : sum;
            var mean = 0.0;
            for (var j = 0; j < p.Length; j++)
            {
                p[j] /= sum;
                mean += squares[j] * p[j];
            }

            var apart = Math.Log(sum) + (beta * mean) - wanted;
            if (Math.Abs(apart) <= Near)
            {
                break;
            }

            (low, high) = apart > 0 ? (beta, high) : (low, beta);
            beta = apart > 0
                ? double.IsInfinity(high) ? beta * 2 : (beta + high) / 2
                : double.IsInfinity(low) ? beta / 2 : (beta + low) / 2;
        }

        return p;
    }
}

using SegSharp.Foundation;

namespace SegSharp.Imaging.Filters;

/// <summary>Options of <see cref="BiasCorrection"/>.</summary>
public sealed record BiasCorrectionOptions : FilterOptions
{
    /// <summary>Order of the polynomial.</summary>
    public int Order { get; init; } = 3;

    /// <summary>Rounds of fitting; in each, voxels far from the last fit count less.</summary>
    public int Rounds { get; init; } = 6;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => [.. Within("bias-correction.order", Order, 1, 5), .. Within("bias-correction.rounds", Rounds, 1, 50)];
}

/// <summary>Divides by a smooth field: a polynomial through the logarithm of the bright voxels, fitted so that other tissues do not pull at it.</summary>
/// <remarks>
/// Source: Dawant et al. 1993 (a surface through one tissue), with Tukey's biweight in place of chosen points. It sees one tissue as the
/// usual one: where tissues themselves vary slowly over the image, it takes that away too. The mean of the bright voxels stays.
/// </remarks>
public sealed class BiasCorrection(BiasCorrectionOptions o) : ImageFilter
{
    /// <inheritdoc/>
    public override float[] Apply(ReadOnlySpan<float> image, Extent extent)
    {
        var low = image[0];
        var total = 0.0;
        foreach (var v in image)
        {
            low = Math.Min(low, v);
            total += v;
        }

        // Air has no tissue to fit; it is darker than half of the mean, in all images with a body in them.
        var level = Math.Min(0, low);
        var least = (float)(level + (0.5 * ((total / image.Length) - level)));
        var inside = new List<int>();
        for (var i = 0; i < image.Length; i++)
        {
            if (image[i] > least && image[i] > level)
            {
                inside.Add(i);
            }
        }

        var terms = PolynomialField.Terms(o.Order).Where(t => extent.Depth > 1 || t.Z == 0).ToList();
        if (inside.Count < 4 * terms.Count)
        {
            return image.ToArray();
        }

        var step = Math.Max(1, inside.Count / 50_000);
        int[] places = [.. inside.Where((_, i) => i % step == 0)];
        var logs = new double[places.Length];
        for (var i = 0; i < places.Length; i++)
        {
            logs[i] = Math.Log(image[places[i]] - level);
        }

        var fitted = Fit(extent, places, logs, terms);
        var coefficients = PolynomialField.Terms(o.Order).Select(t => terms.IndexOf(t) is >= 0 and var k ? fitted[k] : 0).ToArray();
        var field = PolynomialField.Evaluate(extent, o.Order, coefficients);
        var (before, after) = (0.0, 0.0);
        var result = new float[image.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = (image[i] - level) * (float)Math.Exp(-field[i]);
        }

        foreach (var i in inside)
        {
            before += image[i] - level;
            after += result[i];
        }

        for (var i = 0; i < result.Length; i++)
        {
            result[i] = level + (result[i] * (float)(before / after));
        }

        return result;
    }

    private double[] Fit(Extent extent, int[] places, double[] logs, List<(int X, int Y, int Z)> terms)
    {
        var (px, py, pz) = (PolynomialField.Powers(extent.Width, o.Order), PolynomialField.Powers(extent.Height, o.Order), PolynomialField.Powers(extent.Depth, o.Order));
        var n = terms.Count;
        var rows = places.Select(i =>
        {
            var (x, y, z) = (px[i % extent.Width], py[i / extent.Width % extent.Height], pz[i / (int)extent.PageCount]);
            return terms.Select(t => x[t.X] * y[t.Y] * z[t.Z]).ToArray();
        }).ToArray();
        var weights = new double[places.Length];
        Array.Fill(weights, 1);
        double[] solution = [];
        for (var round = 0; round < o.Rounds; round++)
        {
            var (matrix, right) = (new double[n, n], new double[n]);
            for (var i = 0; i < rows.Length; i++)
            {
                for (var a = 0; a < n; a++)
                {
                    var scaled = weights[i] * rows[i][a];
                    right[a] += scaled * logs[i];
                    for (var b = 0; b <= a; b++)
                    {
                        matrix[a, b] += scaled * rows[i][b];
                    }
                }
            }

            solution = Solve(matrix, right);
            var residuals = rows.Select((row, i) => (float)(logs[i] - row.Zip(solution, (r, s) => r * s).Sum())).ToArray();
            var spread = 1.4826 * Median.Of(Array.ConvertAll(residuals, Math.Abs));
            for (var i = 0; i < weights.Length && spread > 0; i++)
            {
                var u = residuals[i] / (4.685 * spread);
                weights[i] = Math.Abs(u) < 1 ? (1 - (u * u)) * (1 - (u * u)) : 0;
            }
        }

        return solution;
    }

    // Cholesky of the lower half; a small ridge keeps it solvable where voxels lie in few places.
    private static double[] Solve(double[,] a, double[] b)
    {
        var n = b.Length;
        var ridge = 1e-9 * Enumerable.Range(0, n).Max(i => a[i, i]);
        for (var j = 0; j < n; j++)
        {
            a[j, j] += ridge;
            for (var k = 0; k < j; k++)
            {
                a[j, j] -= a[j, k] * a[j, k];
            }

            a[j, j] = Math.Sqrt(Math.Max(a[j, j], 1e-300));
            for (var i = j + 1; i < n; i++)
            {
                for (var k = 0; k < j; k++)
                {
                    a[i, j] -= a[i, k] * a[j, k];
                }

                a[i, j] /= a[j, j];
            }
        }

        var x = new double[n];
        for (var i = 0; i < n; i++)
        {
            x[i] = b[i];
            for (var k = 0; k < i; k++)
            {
                x[i] -= a[i, k] * x[k];
            }

            x[i] /= a[i, i];
        }

        for (var i = n - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < n; k++)
            {
                x[i] -= a[k, i] * x[k];
            }

            x[i] /= a[i, i];
        }

        return x;
    }
}

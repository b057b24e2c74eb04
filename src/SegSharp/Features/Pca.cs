using System.Numerics;
using SegSharp.Torch;

namespace SegSharp.Features;

/// <summary>Principal components: the directions along which points differ most, exact.</summary>
/// <remarks>
/// Source: Jolliffe, Principal Component Analysis. Signs are fixed: the point that lies farthest along a component lies on its positive
/// side. Of more axes than points the products of the points are decomposed, else those of the axes; sums are taken in an order of
/// their own, so the number of threads does not change a bit. Parity: scikit-learn 1.2.1 PCA, full SVD, to 1e-5.
/// </remarks>
public sealed class Pca
{
    // So much of every point is multiplied at a time that the block stays in the processor's cache.
    private const int Block = 512;
    private static readonly Operator Eigen = new("aten::linalg_eigh", arguments: 1);

    private Pca(double[] mean, double[] variance, double total, Points scores, Points? components)
    {
        (Mean, Variance, TotalVariance, Scores, Components) = (mean, variance, total, scores, components);
    }

    /// <summary>The mean of every axis.</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>The variance along every component (n − 1), largest first.</summary>
    public IReadOnlyList<double> Variance { get; }

    /// <summary>The variance along all axes together.</summary>
    public double TotalVariance { get; }

    /// <summary>The share of all variance along every component.</summary>
    public IEnumerable<double> Shares => Variance.Select(v => TotalVariance > 0 ? v / TotalVariance : 0);

    /// <summary>The points along the components: [points, components].</summary>
    public Points Scores { get; }

    /// <summary>The components, each of length 1: [components, axes]; null where they were not asked for.</summary>
    public Points? Components { get; }

    /// <summary>The scores with variance 1 along every component.</summary>
    public Points Whitened() =>
        Scores with { Values = [.. Scores.Values.Select((v, i) => Variance[i % Scores.Axes] is > 0 and var variance ? v / Math.Sqrt(variance) : 0)] };

    /// <summary>Finds the components.</summary>
    /// <param name="points">Two or more.</param>
    /// <param name="components">How many; at most the smaller of points and axes.</param>
    /// <param name="directions">Whether <see cref="Components"/> is wanted.</param>
    /// <exception cref="UsageException">More components than there can be, or fewer than one.</exception>
    public static Pca Of(Points points, int components, bool directions = true)
    {
        var (n, axes) = (points.Count, points.Axes);
        if (components < 1 || components > Math.Min(n, axes) || n < 2)
        {
            throw new UsageException($"{components} components of {n} points with {axes} axes were asked for; there are 1 to {Math.Min(n, axes)}", $"--components {Math.Min(n, axes)}");
        }

        var mean = new double[axes];
        for (var i = 0; i < n; i++)
        {
            for (var a = 0; a < axes; a++)
            {
                mean[a] += points.Values[(i * axes) + a] / n;
            }
        }

        var centred = new Points(n, axes, [.. points.Values.Select((v, i) => v - mean[i % axes])]);
        var wide = axes > n;
        var (values, vectors) = Decompose(wide ? Products(centred) : Products(Turned(centred)), wide ? n : axes, components);
        double[] variance = [.. values.Select(v => Math.Max(0, v) / (n - 1))];
        double[] lengths = [.. values.Select(v => Math.Sqrt(Math.Max(0, v)))];
        var scores = new double[n * components];
        for (var i = 0; i < n; i++)
        {
            for (var c = 0; c < components; c++)
            {
                scores[(i * components) + c] = wide ? vectors[c][i] * lengths[c] : Dot(centred[i], vectors[c]);
            }
        }

        double[][]? found = !directions ? null : wide ? [.. vectors.Select((v, c) => Along(centred, v, lengths[c]))] : vectors;
        for (var c = 0; c < components; c++)
        {
            if (IsTurned(scores, components, c))
            {
                for (var i = c; i < scores.Length; i += components)
                {
                    scores[i] = -scores[i];
                }

                if (found is not null)
                {
                    found[c] = Array.ConvertAll(found[c], v => -v);
                }
            }
        }

        return new Pca(
            mean, variance, centred.Values.Sum(v => v * v) / (n - 1), new Points(n, components, scores),
            found is null ? null : new Points(components, axes, [.. found.SelectMany(v => v)]));
    }

    // Every point with every other: [n, n].
    private static double[] Products(Points x)
    {
        var n = x.Count;
        var products = new double[n * n];
        for (var from = 0; from < x.Axes; from += Block)
        {
            var (start, length) = (from, Math.Min(Block, x.Axes - from));
            Parallel.For(0, n, new ParallelOptions { MaxDegreeOfParallelism = Machine.Cores }, i =>
            {
                var a = x[i].Slice(start, length);
                for (var j = i; j < n; j++)
                {
                    products[(i * n) + j] += Dot(a, x[j].Slice(start, length));
                }
            });
        }

        for (var i = 0; i < n; i++)
        {
            for (var j = 0; j < i; j++)
            {
                products[(i * n) + j] = products[(j * n) + i];
            }
        }

        return products;
    }

    private static Points Turned(Points x)
    {
        var turned = new double[x.Values.Length];
        for (var i = 0; i < x.Count; i++)
        {
            for (var a = 0; a < x.Axes; a++)
            {
                turned[(a * x.Count) + i] = x.Values[(i * x.Axes) + a];
            }
        }

        return new Points(x.Axes, x.Count, turned);
    }

    // The largest eigenvalues with their vectors.
    private static (double[] Values, double[][] Vectors) Decompose(double[] products, int side, int most)
    {
        var threads = TorchRuntime.Threads;
        TorchRuntime.Threads = 1;                                                // its blocks, and so its rounding, follow the threads
        try
        {
            using var guard = new NoGrad();
            using var scope = new TensorScope();
            var (ascending, columns) = Eigen.CallTwo(Tensor.From(products, side, side));
            var (values, vectors) = (ascending.ToArray<double>(), columns.Contiguous().ToArray<double>());
            return (
                [.. Enumerable.Range(0, most).Select(c => values[side - 1 - c])],
                [.. Enumerable.Range(0, most).Select(c => Enumerable.Range(0, side).Select(i => vectors[(i * side) + side - 1 - c]).ToArray())]);
        }
        finally
        {
            TorchRuntime.Threads = threads;
        }
    }

    private static double[] Along(Points x, double[] weights, double length)
    {
        var sum = new double[x.Axes];
        for (var i = 0; i < x.Count && length > 0; i++)
        {
            var row = x[i];
            var weight = weights[i] / length;
            for (var a = 0; a < sum.Length; a++)
            {
                sum[a] += weight * row[a];
            }
        }

        return sum;
    }

    private static bool IsTurned(double[] scores, int components, int component)
    {
        var farthest = 0.0;
        for (var i = component; i < scores.Length; i += components)
        {
            if (Math.Abs(scores[i]) > Math.Abs(farthest))
            {
                farthest = scores[i];
            }
        }

        return farthest < 0;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var (width, i) = (Vector<double>.Count, 0);
        var (first, second) = (Vector<double>.Zero, Vector<double>.Zero);
        for (; i + (2 * width) <= a.Length; i += 2 * width)
        {
            first += new Vector<double>(a[i..]) * new Vector<double>(b[i..]);
            second += new Vector<double>(a[(i + width)..]) * new Vector<double>(b[(i + width)..]);
        }

        var sum = Vector.Sum(first + second);
        for (; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}

namespace SegSharp.Features;

/// <summary>Where the points of an embedding begin.</summary>
public enum EmbeddingStart
{
    /// <summary>At their two first principal components, made small: far groups stay far.</summary>
    Pca,

    /// <summary>At random, near one another.</summary>
    Random,
}

/// <summary>Options of t-SNE.</summary>
public sealed record TSneOptions
{
    /// <summary>How many neighbours a point listens to, about: 5 to 50 in the paper.</summary>
    public double Perplexity { get; init; } = 30;

    /// <summary>Steps downhill.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>Where chance begins.</summary>
    public long Seed { get; init; }

    /// <summary>How coarsely far points are taken together, 0 to 1; 0 computes every pair.</summary>
    public double Theta { get; init; } = 0.5;

    /// <summary>At first neighbours pull this much stronger, so that groups find together.</summary>
    public double Exaggeration { get; init; } = 12;

    /// <summary>For so many steps.</summary>
    public int ExaggeratedIterations { get; init; } = 250;

    /// <summary>Length of a step; null = points / exaggeration / 4, at least 50.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Where the points begin.</summary>
    public EmbeddingStart Start { get; init; } = EmbeddingStart.Pca;

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (!(Perplexity >= 1))
        {
            yield return Fault.At("perplexity", $"is {Perplexity}; it must be 1 or more");
        }

        if (Iterations < 1)
        {
            yield return Fault.At("iterations", $"is {Iterations}; it must be 1 or more");
        }

        if (Theta is not (>= 0 and <= 1))
        {
            yield return Fault.At("theta", $"is {Theta}; it must be in [0, 1]");
        }

        if (!(Exaggeration >= 1))
        {
            yield return Fault.At("exaggeration", $"is {Exaggeration}; it must be 1 or more");
        }

        if (ExaggeratedIterations < 0)
        {
            yield return Fault.At("exaggeratedIterations", $"is {ExaggeratedIterations}; it must be 0 or more");
        }

        if (!(LearningRate is null or > 0))
        {
            yield return Fault.At("learningRate", $"is {LearningRate}; it must be more than 0");
        }
    }
}

/// <summary>Points on a page, neighbours beside neighbours: t-SNE, every pair or by Barnes and Hut.</summary>
/// <remarks>
/// Source: van der Maaten and Hinton 2008; van der Maaten 2014 (Barnes–Hut); Belkina et al. 2019 for the step; Jacobs 1988 for the gains.
/// Parity: scikit-learn 1.2.1 reaches the same divergence. The number of threads does not change a bit.
/// </remarks>
public sealed class TSne
{
    private const int Look = 50;
    private const int Patience = 300;
    private const double LeastGradient = 1e-7;

    private TSne(Points places, double divergence, int iterations, double learningRate) =>
        (Places, Divergence, Iterations, LearningRate) = (places, divergence, iterations, learningRate);

    /// <summary>x and y of every point.</summary>
    public Points Places { get; }

    /// <summary>The Kullback–Leibler divergence that is left. By Barnes and Hut over the nearest points alone, so the two are not on one scale.</summary>
    public double Divergence { get; }

    /// <summary>Steps that were made: fewer than asked for when nothing changed any more.</summary>
    public int Iterations { get; }

    /// <summary>The step that was used.</summary>
    public double LearningRate { get; }

    /// <summary>Embeds points.</summary>
    /// <param name="points">More than three times the perplexity is wise; more than the perplexity is needed. Reduce many axes by <see cref="Pca"/> first.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="on">Hears progress.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <exception cref="UsageException">Faults in the options, or a perplexity that so few points cannot have.</exception>
    public static TSne Of(Points points, TSneOptions? options = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var o = options ?? new TSneOptions();
        UsageException.ThrowIfAny(o.Check());
        var n = points.Count;
        if (o.Perplexity >= n)
        {
            throw new UsageException($"perplexity is {o.Perplexity}, but there are {n} points; it must be less than {n}", $"--perplexity {Math.Max(1, (n - 1) / 3)}");
        }

        Field field = o.Theta == 0 ? new EveryPair(Affinities.Joint(points, o.Perplexity), n) : new BarnesHut(Affinities.Sparse(points, o.Perplexity), n, o.Theta);
        var (y, moved, gains) = (Begin(points, o), new double[2 * n], new double[2 * n]);
        Array.Fill(gains, 1);
        var gradient = new double[2 * n];
        var rate = o.LearningRate ?? Math.Max(n / o.Exaggeration / 4, 50);
        var (best, bestAt, divergence, step) = (double.PositiveInfinity, 0, double.NaN, 0);
        var early = Math.Min(o.ExaggeratedIterations, o.Iterations);
        for (; step < o.Iterations; step++)
        {
            cancel.ThrowIfCancellationRequested();
            if (step == early)
            {
                (best, bestAt) = (double.PositiveInfinity, step);
                Array.Clear(moved);
                Array.Fill(gains, 1);
            }

            var looks = (step + 1) % Look == 0 || step == o.Iterations - 1;
            var kl = field.Compute(y, step < early ? o.Exaggeration : 1, gradient, looks);
            var momentum = step < early ? 0.5 : 0.8;
            var squares = 0.0;
            for (var i = 0; i < y.Length; i++)
            {
                gains[i] = Math.Max(0.01, moved[i] * gradient[i] < 0 ? gains[i] + 0.2 : gains[i] * 0.8);
                squares += gradient[i] * gradient[i];
                moved[i] = (momentum * moved[i]) - (rate * gains[i] * gradient[i]);
                y[i] += moved[i];
            }

            if (!looks)
            {
                continue;
            }

            divergence = kl;
            on?.Invoke(new Progressed("t-SNE", step + 1, o.Iterations));
            if (kl < best)
            {
                (best, bestAt) = (kl, step);
            }
            else if (step >= early && step - bestAt > Patience)
            {
                break;
            }

            if (step >= early && Math.Sqrt(squares) <= LeastGradient)
            {
                break;
            }
        }

        return new TSne(new Points(n, 2, y), divergence, Math.Min(step + 1, o.Iterations), rate);
    }

    private static double[] Begin(Points points, TSneOptions o)
    {
        if (o.Start == EmbeddingStart.Random || points.Axes < 2)
        {
            var random = new RandomStream(o.Seed).Derive("t-SNE");
            return [.. Enumerable.Range(0, 2 * points.Count).Select(_ => 1e-4 * random.NextNormal())];
        }

        var scores = Pca.Of(points, 2, directions: false);
        var spread = Math.Sqrt(scores.Variance[0] * (points.Count - 1) / points.Count);
        var jitter = new RandomStream(o.Seed).Derive("t-SNE");                  // equal points must be able to part; seeds differ a little
        return [.. scores.Scores.Values.Select(v => ((spread > 0 ? v / spread : 0) * 1e-4) + (1e-8 * jitter.NextNormal()))];
    }

    /// <summary>What pulls and pushes.</summary>
    private abstract class Field
    {
        /// <summary>The gradient at these places; the divergence where it is wanted, else NaN.</summary>
        public abstract double Compute(double[] y, double exaggeration, double[] gradient, bool divergence);

        protected static void Each(int n, Action<int> body)
        {
            // Each point has its own sums, so the division among threads changes nothing; few points are not worth it.
            if (n < 200)
            {
                for (var i = 0; i < n; i++)
                {
                    body(i);
                }

                return;
            }

            var parts = Math.Min(n, 4 * Machine.Cores);
            Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = Machine.Cores }, part =>
            {
                for (var i = (int)((long)n * part / parts); i < (int)((long)n * (part + 1) / parts); i++)
                {
                    body(i);
                }
            });
        }
    }

    private sealed class EveryPair(double[] p, int n) : Field
    {
        private readonly double[] _sums = new double[n], _kl = new double[n];

        public override double Compute(double[] y, double exaggeration, double[] gradient, bool divergence)
        {
            Each(n, i =>
            {
                var sum = 0.0;
                for (var j = 0; j < n; j++)
                {
                    sum += j == i ? 0 : Q(y, i, j);
                }

                _sums[i] = sum;
            });
            var z = _sums.Sum();
            Each(n, i =>
            {
                var (x, v, kl) = (0.0, 0.0, 0.0);
                for (var j = 0; j < n; j++)
                {
                    if (j == i)
                    {
                        continue;
                    }

                    var q = Q(y, i, j);
                    var pull = ((exaggeration * p[(i * n) + j]) - (q / z)) * q;
                    x += pull * (y[2 * i] - y[2 * j]);
                    v += pull * (y[(2 * i) + 1] - y[(2 * j) + 1]);
                    kl += divergence ? p[(i * n) + j] * Math.Log(p[(i * n) + j] * z / q) : 0;
                }

                (gradient[2 * i], gradient[(2 * i) + 1], _kl[i]) = (4 * x, 4 * v, kl);
            });
            return divergence ? _kl.Sum() : double.NaN;
        }
    }

    private sealed class BarnesHut((int[][] Others, double[][] P) near, int n, double theta) : Field
    {
        private readonly QuadTree _tree = new();
        private readonly double[] _pullX = new double[n], _pullY = new double[n], _pushX = new double[n], _pushY = new double[n], _sums = new double[n], _kl = new double[n];

        public override double Compute(double[] y, double exaggeration, double[] gradient, bool divergence)
        {
            _tree.Build(y);
            Each(n, i =>
            {
                var (x, v, others, p) = (0.0, 0.0, near.Others[i], near.P[i]);
                for (var k = 0; k < others.Length; k++)
                {
                    var j = others[k];
                    var pull = p[k] * Q(y, i, j);
                    x += pull * (y[2 * i] - y[2 * j]);
                    v += pull * (y[(2 * i) + 1] - y[(2 * j) + 1]);
                }

                (_pullX[i], _pullY[i]) = (x, v);
                (_pushX[i], _pushY[i], _sums[i]) = _tree.Push(y[2 * i], y[(2 * i) + 1], theta * theta);
            });
            var z = _sums.Sum();
            for (var i = 0; i < n; i++)
            {
                gradient[2 * i] = 4 * ((exaggeration * _pullX[i]) - (_pushX[i] / z));
                gradient[(2 * i) + 1] = 4 * ((exaggeration * _pullY[i]) - (_pushY[i] / z));
            }

            if (!divergence)
            {
                return double.NaN;
            }

            Each(n, i =>
            {
                var kl = 0.0;
                for (var k = 0; k < near.P[i].Length; k++)
                {
                    kl += near.P[i][k] <= 0 ? 0 : near.P[i][k] * Math.Log(near.P[i][k] * z / Q(y, i, near.Others[i][k]));
                }

                _kl[i] = kl;
            });
            return _kl.Sum();
        }
    }

    private static double Q(double[] y, int i, int j)
    {
        var (dx, dy) = (y[2 * i] - y[2 * j], y[(2 * i) + 1] - y[(2 * j) + 1]);
        return 1 / (1 + (dx * dx) + (dy * dy));
    }
}

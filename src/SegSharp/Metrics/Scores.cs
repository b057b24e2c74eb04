using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Metrics;

/// <summary>Scores of one image.</summary>
/// <param name="Case">The image's name.</param>
/// <param name="Grid">The grid on which prediction and truth were compared.</param>
/// <param name="Counts">Counts by region, in the order of <see cref="Scores.Regions"/>.</param>
/// <param name="Values">[region][metric]; null = undefined.</param>
public sealed record CaseScores(string Case, Extent Grid, IReadOnlyList<ConfusionCounts> Counts, IReadOnlyList<IReadOnlyList<double?>> Values)
{
    /// <summary>Generalised Dice over all regions of the image: a share in [0, 1]; null where no region occurs in the truth.</summary>
    public double? GeneralisedDice { get; init; }

    /// <summary>Lesions by region; empty where they were not asked for.</summary>
    public IReadOnlyList<LesionScores> Lesions { get; init; } = [];
}

/// <summary>A mean that says over how many images it was taken.</summary>
/// <param name="Value">Null where no image defines it.</param>
/// <param name="Counted">Images that were counted.</param>
/// <param name="Images">Images there are.</param>
public sealed record Average(double? Value, int Counted, int Images);

/// <summary>Scores of several images: each one, their mean, and all pixels pooled.</summary>
public sealed class Scores
{
    private readonly List<CaseScores> _cases = [];

    /// <summary>An empty table.</summary>
    /// <param name="regions">What is scored.</param>
    /// <param name="metrics">By what.</param>
    public Scores(IReadOnlyList<Region> regions, IReadOnlyList<Metric> metrics)
    {
        Regions = regions;
        Metrics = metrics;
    }

    /// <summary>Why the two summaries of a table differ; belongs under every table that shows both.</summary>
    public static string Explanation =>
        "mean of images: every image scored by itself, then averaged, so each image weighs the same; "
        + "pooled: pixels of all images counted together, so each pixel weighs the same and images with more of a region weigh more";

    /// <summary>What is scored.</summary>
    public IReadOnlyList<Region> Regions { get; }

    /// <summary>By what.</summary>
    public IReadOnlyList<Metric> Metrics { get; }

    /// <summary>How lesions are told apart and scored; null = they are not.</summary>
    public LesionRules? LesionRules { get; init; }

    /// <summary>One entry per image, in the order of their names.</summary>
    public IReadOnlyList<CaseScores> Cases => _cases;

    /// <summary>The grids on which the images were compared, each once.</summary>
    public IReadOnlyList<Extent> Grids => [.. _cases.Select(c => c.Grid).Distinct()];

    /// <summary>The grids in words: "512x512".</summary>
    public string Grid => string.Join(", ", Grids);

    /// <summary>The mean over the images (of one image: its value); null = undefined.</summary>
    /// <param name="region">A region's name.</param>
    /// <param name="metric">A metric of this table, by its key.</param>
    /// <exception cref="KeyNotFoundException">The table has no such region or metric.</exception>
    public double? this[string region, Metric metric] => Mean(IndexOf(region), IndexOf(metric)).Value;

    /// <summary>Scores an image and adds it.</summary>
    /// <param name="name">The image's name.</param>
    /// <param name="comparison">Prediction and truth.</param>
    /// <returns>What was added.</returns>
    public CaseScores Add(string name, Comparison comparison)
    {
        var scores = new CaseScores(
            name,
            comparison.Grid,
            [.. Regions.Select(comparison.Counts)],
            [.. Regions.Select(r => (IReadOnlyList<double?>)[.. Metrics.Select(m => m.Of(comparison, r))])])
        {
            GeneralisedDice = SegSharp.Metrics.GeneralisedDice.Of([.. Regions.Select(comparison.Counts)]),
            Lesions = LesionRules is { } rules ? [.. Regions.Select(r => LesionScores.Of(comparison, r, rules))] : [],
        };
        _cases.Add(scores);
        return scores;
    }

    /// <summary>Adds an image that several predictions were made of: its values are their means, undefined where one of them is, its counts their sums.</summary>
    /// <param name="name">The image's name.</param>
    /// <param name="scored">One or more, each by this table's regions and metrics; their lesions are left out.</param>
    /// <returns>What was added.</returns>
    public CaseScores AddMean(string name, IReadOnlyList<CaseScores> scored)
    {
        static double? Mean(IEnumerable<double?> values) => values.ToList() is var v && v.TrueForAll(x => x is not null) ? v.Average() : null;
        var scores = scored.Count == 1
            ? scored[0] with { Case = name }
            : new CaseScores(
                name,
                scored[0].Grid,
                [.. Regions.Select((_, r) => scored.Aggregate(default(ConfusionCounts), (sum, s) => sum + s.Counts[r]))],
                [.. Regions.Select((_, r) => (IReadOnlyList<double?>)[.. Metrics.Select((_, m) => Mean(scored.Select(s => s.Values[r][m])))])])
            {
                GeneralisedDice = Mean(scored.Select(s => s.GeneralisedDice)),
            };
        _cases.Add(scores);
        return scores;
    }

    /// <summary>The mean over the images that define it.</summary>
    /// <param name="region">Index into <see cref="Regions"/>.</param>
    /// <param name="metric">Index into <see cref="Metrics"/>.</param>
    public Average Mean(int region, int metric)
    {
        var values = _cases.Select(c => c.Values[region][metric]).OfType<double>().ToList();
        return new Average(values.Count == 0 ? null : values.Average(), values.Count, _cases.Count);
    }

    /// <summary>Images that at least one metric defines.</summary>
    /// <param name="region">Index into <see cref="Regions"/>.</param>
    public int Counted(int region) => _cases.Count(c => c.Values[region].Any(v => v is not null));

    /// <summary>Images whose truth has the region and whose prediction has none of it.</summary>
    /// <param name="region">Index into <see cref="Regions"/>.</param>
    public int Missed(int region) => _cases.Count(c => c.Counts[region] is { Truth: > 0, Predicted: 0 });

    /// <summary>Images whose prediction has the region and whose truth has none of it.</summary>
    /// <param name="region">Index into <see cref="Regions"/>.</param>
    public int Spurious(int region) => _cases.Count(c => c.Counts[region] is { Truth: 0, Predicted: > 0 });

    /// <summary>Images in which neither has the region.</summary>
    /// <param name="region">Index into <see cref="Regions"/>.</param>
    public int Absent(int region) => _cases.Count(c => c.Counts[region] is { Truth: 0, Predicted: 0 });

    /// <summary>The 95 % interval of the mean, the same at every call; null with fewer than three images that define it.</summary>
    /// <inheritdoc cref="Mean(int, int)"/>
    public Interval? Interval(int region, int metric) => Bootstrap.OfMean(
        [.. _cases.Select(c => c.Values[region][metric]).OfType<double>()],
        new RandomStream(0).Derive("bootstrap").Derive(Regions[region].Name).Derive(Metrics[metric].Key));

    /// <summary>This table against another of the same images, regions and metrics, pair by pair.</summary>
    /// <param name="other">The other predictions.</param>
    /// <param name="region">Index into <see cref="Regions"/>.</param>
    /// <param name="metric">Index into <see cref="Metrics"/>.</param>
    public PairedTest Against(Scores other, int region, int metric) =>
        PairedTest.Of([.. _cases.Select(c => c.Values[region][metric])], [.. other._cases.Select(c => c.Values[region][metric])]);

    /// <summary>One sentence for every mean that counts fewer images than <see cref="Counted"/> says: "membrane: the mean of IoU counts 3 images, not 5".</summary>
    public IEnumerable<string> CountedOtherwise() =>
        from r in Enumerable.Range(0, Regions.Count)
        from m in Enumerable.Range(0, Metrics.Count)
        let counted = Mean(r, m).Counted
        where counted != Counted(r)
        select $"{Regions[r].Name}: the mean of {Metrics[m].Name} counts {counted} {(counted == 1 ? "image" : "images")}, not {Counted(r)}; the others leave it undefined";

    /// <summary>The standard deviation over the images that define it (n − 1); null with fewer than two.</summary>
    /// <inheritdoc cref="Mean(int, int)"/>
    public double? Spread(int region, int metric)
    {
        var values = _cases.Select(c => c.Values[region][metric]).OfType<double>().ToList();
        if (values.Count < 2)
        {
            return null;
        }

        var mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }

    /// <summary>The value over all pixels of all images; null = undefined or not possible for this metric.</summary>
    /// <inheritdoc cref="Mean(int, int)"/>
    public double? Pooled(int region, int metric) => Metrics[metric].Of(PooledCounts(region));

    /// <summary>The value over all pixels of all images, by name.</summary>
    /// <exception cref="KeyNotFoundException">The table has no such region or metric.</exception>
    public double? Pooled(string region, Metric metric) => Pooled(IndexOf(region), IndexOf(metric));

    /// <summary>Counts summed over the images.</summary>
    public ConfusionCounts PooledCounts(int region) => _cases.Aggregate(default(ConfusionCounts), (sum, c) => sum + c.Counts[region]);

    private int IndexOf(string region) => IndexOf(Regions.Select(r => r.Name), region, "region");

    private int IndexOf(Metric metric) => IndexOf(Metrics.Select(m => m.Key), metric.Key, "metric");

    private static int IndexOf(IEnumerable<string> names, string name, string kind)
    {
        var all = names.ToList();
        var index = all.IndexOf(name);
        return index >= 0 ? index : throw new KeyNotFoundException($"no {kind} '{name}' in these scores; there are: {string.Join(", ", all)}");
    }
}

using SegSharp.Foundation;

namespace SegSharp.Metrics;

/// <summary>A number that says how well objects were found.</summary>
/// <param name="Key">Its key: "ap50".</param>
/// <param name="Name">Its name in tables.</param>
/// <param name="Of">Its value, by the matchings at <see cref="InstanceScores.Thresholds"/>; null = undefined, since there is no object at all.</param>
public sealed record InstanceMeasure(string Key, string Name, Func<IReadOnlyList<InstanceMatching>, double?> Of);

/// <summary>How the objects of one image were found.</summary>
/// <param name="Case">The image.</param>
/// <param name="Matchings">One for every threshold.</param>
public sealed record InstanceCase(string Case, IReadOnlyList<InstanceMatching> Matchings)
{
    /// <summary>True objects.</summary>
    public int Truths => Matchings[0].Truths;

    /// <summary>Predicted objects.</summary>
    public int Predictions => Matchings[0].Predictions;
}

/// <summary>Objects of many images held against their truth: average precision by threshold, F1, panoptic quality, counts.</summary>
/// <remarks>
/// Source: average precision as in Caicedo et al. 2019 (Data Science Bowl 2018): TP / (TP + FP + FN), the mean over IoU 0.5 … 0.95;
/// panoptic quality, Kirillov et al. 2019. Parity: see <see cref="InstanceMatching"/>. Differs from COCO's average precision, which
/// ranks detections by their confidence; a label map has none.
/// </remarks>
public sealed class InstanceScores
{
    private readonly List<InstanceCase> _cases = [];

    /// <summary>0.5, 0.55, … 0.95: the least IoU of a pair that counts.</summary>
    public static IReadOnlyList<double> Thresholds { get; } = [.. Enumerable.Range(10, 10).Select(t => t / 20.0)];

    /// <summary>What is reported, in order.</summary>
    public static IReadOnlyList<InstanceMeasure> Measures { get; } =
    [
        new("ap", "AP 0.5–0.95", m => Mean(m.Select(x => x.AveragePrecision))),
        new("ap50", "AP50", m => m[0].AveragePrecision),
        new("ap75", "AP75", m => m[5].AveragePrecision),
        new("f1", "F1", m => m[0].F1),
        new("precision", "precision", m => m[0].Precision),
        new("recall", "recall", m => m[0].Recall),
        new("pq", "PQ", m => m[0].PanopticQuality),
        new("sq", "SQ", m => m[0].MeanMatched),
        new("rq", "RQ", m => m[0].F1),
    ];

    /// <summary>What the numbers mean, for a table's foot.</summary>
    public const string Explanation =
        "objects are paired one to one by IoU, from 0.5 on where no threshold is named: AP = TP / (TP + FP + FN) (AP 0.5–0.95: mean of ten thresholds), F1 = RQ = 2 TP / (2 TP + FP + FN), SQ = mean IoU of the pairs, PQ = SQ x RQ; pooled: all objects of all images together";

    /// <summary>The images, in the order in which they were added.</summary>
    public IReadOnlyList<InstanceCase> Cases => _cases;

    /// <summary>Adds an image.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="overlap">How its objects lie over the true ones.</param>
    public void Add(string id, InstanceOverlap overlap) =>
        _cases.Add(new(id, [.. Thresholds.Select(t => InstanceMatching.Of(overlap, new() { Threshold = t }))]));

    /// <summary>A measure image by image; null where an image has no object at all.</summary>
    public IReadOnlyList<double?> Values(InstanceMeasure measure) => [.. _cases.Select(c => measure.Of(c.Matchings))];

    /// <summary>The mean over the images where it is defined; null when it is nowhere.</summary>
    public double? Mean(InstanceMeasure measure) => Mean(Values(measure));

    /// <summary>The interval of that mean; null with fewer than three images.</summary>
    public Interval? Interval(InstanceMeasure measure) =>
        Bootstrap.OfMean([.. Values(measure).OfType<double>()], Chance(measure));

    /// <summary>The measure of all objects together.</summary>
    public double? Pooled(InstanceMeasure measure) => _cases.Count == 0
        ? null
        : measure.Of([.. Enumerable.Range(0, Thresholds.Count).Select(t => _cases.Select(c => c.Matchings[t]).Aggregate((a, b) => a + b))]);

    /// <summary>This table against another of the same images: the test, and the interval of the mean difference (this − other).</summary>
    public (PairedTest Test, Interval? Interval) Against(InstanceScores other, InstanceMeasure measure)
    {
        var (mine, theirs) = (Values(measure), other.Values(measure));
        var differences = mine.Zip(theirs).Where(p => p is { First: not null, Second: not null }).Select(p => p.First!.Value - p.Second!.Value).ToList();
        return (PairedTest.Of(mine, theirs), Bootstrap.OfMean(differences, Chance(measure).Derive("difference")));
    }

    private static RandomStream Chance(InstanceMeasure measure) => new RandomStream(0).Derive("bootstrap").Derive("instances").Derive(measure.Key);

    private static double? Mean(IEnumerable<double?> values) => values.OfType<double>().ToList() is { Count: > 0 } defined ? defined.Average() : null;
}

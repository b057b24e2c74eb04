using SegSharp.Foundation;

namespace SegSharp.Metrics;

/// <summary>The metrics by name; a new one adds its line here.</summary>
public static class Catalogue
{
    /// <summary>All metrics.</summary>
    public static Catalogue<Metric> Metrics { get; } = new Catalogue<Metric>("metric")
        .Add<MetricOptions>("dice", o => new Dice(o))
        .Add<MetricOptions>("iou", o => new IoU(o))
        .Add<MetricOptions>("precision", o => new Precision(o))
        .Add<MetricOptions>("recall", o => new Recall(o))
        .Add<MetricOptions>("specificity", o => new Specificity(o))
        .Add<MetricOptions>("accuracy", o => new Accuracy(o));

    /// <summary>Metrics by name, all following one rule for empty masks.</summary>
    /// <param name="names">Names in the catalogue; empty = all.</param>
    /// <param name="empty">What two empty masks score.</param>
    /// <exception cref="UsageException">A name that does not exist; the message lists those that do.</exception>
    public static IReadOnlyList<Metric> Of(IReadOnlyCollection<string> names, EmptyRule empty = EmptyRule.Undefined)
    {
        var wanted = names.Count == 0 ? Metrics : names.Select(Metrics.Get);
        return [.. wanted.Select(entry => entry.Build(new MetricOptions { Empty = empty }))];
    }
}

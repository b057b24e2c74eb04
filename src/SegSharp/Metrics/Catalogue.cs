using System.Globalization;
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
        .Add<MetricOptions>("accuracy", o => new Accuracy(o))
        .Add<MetricOptions>("hd95", o => new Hausdorff(o, 95))
        .Add<MetricOptions>("surface-dice", o => new SurfaceDice(o, o.Tolerances[0]))
        .Add<MetricOptions>("hd", o => new Hausdorff(o))
        .Add<MetricOptions>("asd", o => new AverageDistance(o))
        .Add<MetricOptions>("assd", o => new AverageSymmetricDistance(o))
        .Add<MetricOptions>("volume-error", o => new VolumeError(o))
        .Add<MetricOptions>("volume-difference", o => new VolumeDifference(o))
        .Add<MetricOptions>("f1", o => new F1(o))
        .Add<MetricOptions>("mcc", o => new Matthews(o))
        .Add<MetricOptions>("kappa", o => new Kappa(o))
        .Add<MetricOptions>("pq", o => new PanopticQuality(o))
        .Add<MetricOptions>("arand", o => new AdaptedRand(o))
        .Add<MetricOptions>("voi", o => new VariationOfInformation(o))
        .Add<MetricOptions>("vrand", o => new RandScore(o))
        .Add<MetricOptions>("vinfo", o => new InformationScore(o));

    /// <summary>What is computed when nothing else is asked for: overlap and surface.</summary>
    public static IReadOnlyList<string> Default { get; } =
        ["dice", "iou", "precision", "recall", "specificity", "accuracy", "hd95", "surface-dice"];

    /// <summary>Metrics by name, all following one rule for empty masks.</summary>
    /// <param name="names">Names in the catalogue; empty = <see cref="Default"/>.</param>
    /// <param name="empty">What two empty masks score.</param>
    /// <exception cref="UsageException">A name that does not exist; the message lists those that do.</exception>
    public static IReadOnlyList<Metric> Of(IReadOnlyCollection<string> names, EmptyRule empty = EmptyRule.Undefined) =>
        Of(names, new MetricOptions { Empty = empty });

    /// <summary>Metrics by name, all following the same options.</summary>
    /// <param name="names">Names in the catalogue, or <c>hdNN</c> for any percentile; empty = <see cref="Default"/>. surface-dice gives one metric per tolerance.</param>
    /// <param name="options">Rules, convention and tolerances.</param>
    /// <exception cref="UsageException">A name that does not exist; the message lists those that do.</exception>
    public static IReadOnlyList<Metric> Of(IReadOnlyCollection<string> names, MetricOptions options) =>
        [.. (names.Count == 0 ? Default : names).SelectMany(name => Named(name, options))];

    private static IEnumerable<Metric> Named(string name, MetricOptions options)
    {
        if (name.StartsWith("hd", StringComparison.OrdinalIgnoreCase) && name.Length > 2
            && double.TryParse(name.AsSpan(2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percentile))
        {
            return percentile is > 0 and <= 100
                ? [new Hausdorff(options, percentile)]
                : throw new UsageException($"metric '{name}' asks for percentile {percentile}; it must lie above 0 and be at most 100", "write hd95");
        }

        return name.Equals("surface-dice", StringComparison.OrdinalIgnoreCase)
            ? options.Tolerances.Select(t => new SurfaceDice(options, t))
            : [Metrics.Get(name).Build(options)];
    }
}

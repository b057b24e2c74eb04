using SegSharp.Features;

namespace SegSharp;

/// <summary>How features are brought to a page.</summary>
public sealed record FeatureStudyOptions
{
    /// <summary>Principal components that t-SNE sees.</summary>
    public int Components { get; init; } = 50;

    /// <summary>t-SNE.</summary>
    public TSneOptions Embedding { get; init; } = new();

    /// <summary>Neighbours that are asked for their class.</summary>
    public int Neighbours { get; init; } = 10;
}

/// <summary>One model's view of the images.</summary>
/// <param name="Name">The model.</param>
/// <param name="Features">[images, numbers].</param>
/// <param name="Averaged">Whether the places of its maps were averaged.</param>
/// <param name="Places">Where the images lie on the page.</param>
/// <param name="Explained">The share of the variance that the principal components hold.</param>
/// <param name="Divergence">What t-SNE could not bring to the page.</param>
/// <param name="PagePurity">k-NN purity on the page.</param>
/// <param name="FeaturePurity">k-NN purity among the principal components.</param>
/// <param name="Seconds">What PCA and t-SNE took.</param>
public sealed record FeatureView(string Name, Points Features, bool Averaged, Points Places, double Explained, double Divergence, double PagePurity, double FeaturePurity, double Seconds);

/// <summary>The same images through several models: features, principal components, t-SNE, and how pure neighbourhoods are.</summary>
/// <param name="Images">In the order of all points.</param>
/// <param name="Classes">Their classes, each once, sorted.</param>
/// <param name="Views">One per model.</param>
/// <param name="Neighbours">Neighbours of the purity.</param>
public sealed record FeatureStudy(IReadOnlyList<LabelledImage> Images, IReadOnlyList<string> Classes, IReadOnlyList<FeatureView> Views, int Neighbours)
{
    /// <summary>The purity of neighbours drawn blindly: Σ share².</summary>
    public double Chance => Classes.Sum(c => Math.Pow(Images.Count(i => i.Class == c) / (double)Images.Count, 2));

    /// <summary>The class of every image by its number in <see cref="Classes"/>.</summary>
    public IReadOnlyList<int> ClassNumbers => [.. Images.Select(i => Classes.ToList().IndexOf(i.Class))];

    /// <summary>Computes it.</summary>
    /// <param name="models">Two beside one another, as a rule.</param>
    /// <param name="images">With their classes.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="layer">As <see cref="FeatureModel.Compute"/>.</param>
    /// <param name="average">As <see cref="FeatureModel.Compute"/>.</param>
    /// <param name="on">Hears progress.</param>
    /// <param name="cancel">Stops between two images or steps.</param>
    /// <exception cref="UsageException">Fewer images than the perplexity needs.</exception>
    public static FeatureStudy Of(
        IReadOnlyList<FeatureModel> models, IReadOnlyList<LabelledImage> images, FeatureStudyOptions? options = null, string? layer = null, bool? average = null,
        Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var o = options ?? new();
        UsageException.ThrowIfAny(o.Embedding.Check());
        if (o.Embedding.Perplexity >= images.Count)
        {
            throw new UsageException($"perplexity is {o.Embedding.Perplexity}, but there are {images.Count} images; it must be less", $"--perplexity {Math.Max(1, (images.Count - 1) / 3)}");
        }

        List<string> classes = [.. images.Select(i => i.Class).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        int[] numbers = [.. images.Select(i => classes.IndexOf(i.Class))];
        var views = new List<FeatureView>();
        foreach (var model in models)
        {
            var (features, averaged) = model.Compute(images, layer, average, on, cancel);
            var watch = System.Diagnostics.Stopwatch.StartNew();
            var reduced = Pca.Of(features, Math.Min(o.Components, Math.Min(features.Count, features.Axes)), directions: false);
            var embedded = TSne.Of(reduced.Scores, o.Embedding, on, cancel);
            views.Add(new(
                model.Name, features, averaged, embedded.Places, reduced.Shares.Sum(), embedded.Divergence,
                Features.Neighbours.Purity(embedded.Places, numbers, o.Neighbours), Features.Neighbours.Purity(reduced.Scores, numbers, o.Neighbours), watch.Elapsed.TotalSeconds));
        }

        return new FeatureStudy(images, classes, views, o.Neighbours);
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Metrics;

namespace SegSharp;

/// <summary>The best that any network can score behind a preparation: a truth that went down to the network's grid and back up, held against itself.</summary>
/// <param name="Region">What is scored.</param>
/// <param name="Dice">Dice of the truth that came back; null where the region is empty on both sides.</param>
public sealed record Ceiling(Region Region, double? Dice)
{
    /// <summary>The ceilings of one case.</summary>
    /// <param name="truth">The label map on its own grid.</param>
    /// <param name="options">The steps of the preparation: crop, spacing or size, and how labels are resampled.</param>
    /// <param name="regions">What is scored, in order.</param>
    /// <param name="image">The image, where the steps crop to its nonzero voxels.</param>
    /// <returns>One entry per region.</returns>
    public static IReadOnlyList<Ceiling> Of(LabelMap truth, PreparationOptions options, IReadOnlyList<Region> regions, Volume? image = null)
    {
        var there = Preparation.PrepareLabels(truth, options, image);
        var comparison = new Comparison(there.Record.Restore(there.Labels, truth.Name, options.LabelOrder), truth);
        return [.. regions.Select(r => new Ceiling(r, Metric.Dice.Of(comparison, r)))];
    }

    /// <summary>The ceilings of every scored case, in the order of the pairs.</summary>
    /// <param name="pairs">What was scored.</param>
    /// <param name="options">The steps of the preparation.</param>
    /// <param name="regions">What was scored.</param>
    /// <exception cref="InputException">A file is unreadable, or an image is needed for the crop and none lies beside the truth.</exception>
    public static IReadOnlyList<IReadOnlyList<Ceiling>> Of(IReadOnlyList<EvaluationPair> pairs, PreparationOptions options, IReadOnlyList<Region> regions) =>
    [
        .. pairs.Select(p => Of(p.Truth.Read(), options, regions, !options.CropToNonzero ? null
            : p.Image is { } image ? Volume.Read(image)
            : throw new InputException($"case '{p.Case}' has no image, but the preparation crops to the image's nonzero voxels", "--images DIR"))),
    ];

    /// <summary>The preparation of a run, or of a recipe's file.</summary>
    /// <param name="path">A run's folder, or a recipe; what the recipe does not say is as by default.</param>
    /// <exception cref="InputException">Neither.</exception>
    public static PreparationOptions PreparationOf(string path)
    {
        if (Directory.Exists(path))
        {
            return Run.ReadRecipe(path).Preparation;
        }

        if (!File.Exists(path))
        {
            throw new InputException($"'{path}' is neither a run's folder nor a recipe", "--ceiling out/run, or --ceiling examples/brats-tp3.json");
        }

        var json = OptionsJson.Write(new Recipe());
        OptionsJson.Merge(json, OptionsJson.Parse(File.ReadAllText(path), path));
        var preparation = OptionsJson.Read<Recipe>(json, "").Preparation;
        UsageException.ThrowIfAny(preparation.Check());
        return preparation;
    }
}

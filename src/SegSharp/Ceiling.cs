using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Metrics;

namespace SegSharp;

/// <summary>The best Dice that a network can reach on a coarser grid.</summary>
/// <param name="Factor">How many times coarser along each axis.</param>
/// <param name="Region">What is scored.</param>
/// <param name="Cases">Cases that have it.</param>
/// <param name="Mean">Over these cases; null where there are none.</param>
/// <param name="Worst">Of these cases.</param>
public sealed record FactorCeiling(double Factor, Region Region, int Cases, double? Mean, double? Worst);

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

    /// <summary>The ceilings of downsampling: every label map of a data set brought to a grid that is coarser by a factor, and back.</summary>
    /// <remarks>Pictures lose along both axes, volumes along all three; an axis never falls below one voxel. Labels go by the rules of the preparation.</remarks>
    /// <param name="data">The data set; cases without a label map are left out.</param>
    /// <param name="factors">2 keeps every second voxel along each axis.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Looked at between cases.</param>
    /// <returns>Per factor and foreground label, in that order.</returns>
    public static IReadOnlyList<FactorCeiling> OfFactors(DataSet data, IReadOnlyList<double> factors, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        if (factors.FirstOrDefault(f => !(f >= 1 && double.IsFinite(f)), 1) is var wrong && wrong != 1)
        {
            throw new UsageException($"a factor is {wrong}; it must be 1 or more", "--ceiling 2,4,8");
        }

        IReadOnlyList<Region> regions = [.. data.Labels.Foreground.Select(f => new Region(f.Name, f.Labels))];
        var cases = data.Cases.Where(c => c.Label is not null).ToList();
        var dice = factors.Select(_ => regions.Select(_ => new List<double>()).ToArray()).ToArray();
        for (var i = 0; i < cases.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var truth = LabelMap.Read(cases[i].Label!);
            for (var f = 0; f < factors.Count; f++)
            {
                int Smaller(int side) => Math.Max(1, (int)Math.Round(side / factors[f]));
                var (w, h, d) = (Smaller(truth.Extent.Width), Smaller(truth.Extent.Height), Smaller(truth.Extent.Depth));
                var options = truth.Extent.Depth == 1 ? new PreparationOptions { Resize = new Extent(w, h) } : new PreparationOptions { Size = new Extent(w, h, d) };
                var ceilings = Of(truth, options, regions);
                for (var r = 0; r < regions.Count; r++)
                {
                    if (ceilings[r].Dice is { } value)
                    {
                        dice[f][r].Add(value);
                    }
                }
            }

            on?.Invoke(new Progressed("ceiling", i + 1, cases.Count, cases[i].Id));
        }

        return [.. factors.SelectMany((factor, f) => regions.Select((region, r) => new FactorCeiling(
            factor, region, dice[f][r].Count, dice[f][r].Count == 0 ? null : dice[f][r].Average(), dice[f][r].Count == 0 ? null : dice[f][r].Min())))];
    }

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

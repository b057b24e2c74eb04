using System.Globalization;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Torch;

namespace SegSharp;

public sealed partial class Predictor
{
    private readonly List<Predictor> _others = [];
    private IReadOnlyList<Network> _members = [];
    private List<Predictor>? _alone;
    private EnsembleMean _mean;

    /// <summary>The networks that are averaged; 1 when there is no ensemble.</summary>
    public int Members => _others.Sum(o => o.Members) + Math.Max(1, _members.Count);

    /// <summary>Opens several models as one whose answer is their mean.</summary>
    /// <remarks>
    /// Models that prepare images in the same way go through the windows together, and no more is held than for one of them. Others
    /// answer one after the other, each on the image's own grid, where the mean of their probabilities is taken.
    /// </remarks>
    /// <param name="paths">Run folders, checkpoints, or folders of a cross-validation, each of which stands for all its folds.</param>
    /// <param name="mean">What is averaged over models that go together; between the others it is always probabilities.</param>
    /// <param name="change">Changes the recipes' prediction options; null keeps them.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="InputException">A model is missing or damaged, or they do not answer the same question.</exception>
    public static Predictor OpenEnsemble(IReadOnlyList<string> paths, EnsembleMean mean = EnsembleMean.Probabilities, Func<PredictionOptions, PredictionOptions>? change = null, Device device = default)
    {
        var files = paths.SelectMany(FoldsOf).ToList();
        var loaded = new List<(string Path, Recipe Recipe, Network Network)>();
        var built = new List<Predictor>();
        try
        {
            foreach (var file in files)
            {
                var (recipe, network) = Load(file, change);
                loaded.Add((file, recipe, network));
                RequireSameQuestion(loaded[0].Path, loaded[0].Recipe, file, recipe);
            }

            foreach (var group in loaded.GroupBy(l => WayOf(l.Recipe), StringComparer.Ordinal).Select(g => g.ToList()).ToList())
            {
                var network = group.Count == 1 ? group[0].Network
                    : new EnsembleNetwork([.. group.Select(g => g.Network)], mean, group[0].Recipe.Loss.Head == Head.Sigmoid);
                built.Add(new Predictor(group[0].Recipe, network, device) { _members = [.. group.Select(g => g.Network)], _mean = mean });
                loaded.RemoveAll(group.Contains);
            }
        }
        catch
        {
            loaded.ForEach(l => l.Network.Dispose());
            built.ForEach(b => b.Dispose());
            throw;
        }

        built[0]._others.AddRange(built.Skip(1));
        return built[0];
    }

    /// <summary>The run folders of a cross-validation in the order of their folds; the path itself where it is none.</summary>
    public static IReadOnlyList<string> FoldsOf(string path)
    {
        if (!Directory.Exists(path) || CheckpointNames.Any(n => File.Exists(Path.Combine(path, n))))
        {
            return [path];
        }

        var folds = Directory.EnumerateDirectories(path, "fold_*").Order(NaturalOrder.Instance).ToList();
        return folds.Count > 0 ? folds : [path];
    }

    private static void RequireSameQuestion(string firstPath, Recipe first, string path, Recipe recipe)
    {
        string Labels(Recipe r) => string.Join(", ", r.Labels.OrderBy(l => l.Value).Select(l => $"{l.Value} {l.Key}"));
        var (what, one, other) = Labels(first) != Labels(recipe) ? ("labels", Labels(first), Labels(recipe))
            : string.Join(", ", first.Foreground) is var names && names != string.Join(", ", recipe.Foreground) ? ("regions", names, string.Join(", ", recipe.Foreground))
            : first.Channels.Count != recipe.Channels.Count ? ("channels", string.Join(", ", first.Channels), string.Join(", ", recipe.Channels))
            : first.Loss.Head != recipe.Loss.Head ? ("head", $"{first.Loss.Head}".ToLowerInvariant(), $"{recipe.Loss.Head}".ToLowerInvariant())
            : default;
        if (what is not null)
        {
            throw new InputException(
                $"'{path}' and '{firstPath}' cannot be averaged: their {what} differ ({other}; {one})",
                what == "head"
                    ? "predict --probabilities with each, and segsharp ensemble the folders of probabilities of one head"
                    : "give models of one data set");
        }
    }

    // Models with the same text see the same windows.
    private static string WayOf(Recipe r) => string.Join('\n',
        OptionsJson.Write(r.Preparation).ToJsonString(), OptionsJson.Write(r.Prediction).ToJsonString(), r.Network.Axes.ToString(CultureInfo.InvariantCulture), r.Training.PatchSize?.ToString());

    // The mean of probabilities on the image's own grid: this one's members and those that prepare images in another way, one after the other.
    private Predicted PredictMean(Volume image, Wanted wanted, CancellationToken cancel)
    {
        var mean = new ProbabilityMean();
        Geometry? grid = null;
        foreach (var group in _others.Prepend(this))
        {
            (group.MemoryCeiling, group.On) = (MemoryCeiling, On);
            var p = group == this ? PredictAlone(image, Wanted.Probabilities, cancel) : group.Predict(image, Wanted.Probabilities, cancel);
            grid = p.Labels.Geometry;
            mean.Add(p.Probabilities!.Channels, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(p.Probabilities.Bytes), Math.Max(1, group._members.Count));
        }

        var values = mean.Values();
        var labels = new ushort[image.Extent.Count];
        _rule.Decide(values, labels);
        var entropy = wanted.HasFlag(Wanted.Entropy) ? new float[labels.Length] : null;
        if (entropy is not null)
        {
            Uncertainty.Entropies(values, _rule.Sigmoid, entropy);
        }

        return new Predicted(
            new LabelMap(image.Name, grid!, labels),
            wanted.HasFlag(Wanted.Probabilities) ? Volume.Of<float>(image.Name, grid!, _rule.Channels, values) : null)
        {
            Entropy = entropy is null ? null : Volume.Of<float>(image.Name, grid!, 1, entropy),
        };
    }

    private Predicted PredictAlone(Volume image, Wanted wanted, CancellationToken cancel) =>
        SeesVolume(image.Extent.Depth) ? PredictVolume(image, wanted, cancel) : PredictPages(image, wanted, cancel);

    // The entropy of the mean less the mean of the entropies: what is left when every member is sure, but of different things.
    private Predicted WithMutualInformation(Volume image, Wanted wanted, CancellationToken cancel)
    {
        if (Members < 2)
        {
            throw new UsageException("mutual information is what the members of an ensemble disagree about, but there is one network alone", "give several models, or a folder of folds");
        }

        if (_mean == EnsembleMean.Logits && _members.Count > 1)
        {
            throw new UsageException("mutual information is defined for a mean of probabilities, but this ensemble averages logits", "open it with EnsembleMean.Probabilities");
        }

        var predicted = Predict(image, (wanted | Wanted.Entropy) & ~Wanted.MutualInformation, cancel);
        var sum = new double[image.Extent.Count];
        var single = _others.Prepend(this).SelectMany(g => g.Alone()).ToList();
        foreach (var member in single)
        {
            (member.MemoryCeiling, member.On) = (MemoryCeiling, On);
            var one = member.PredictAlone(image, Wanted.Entropy, cancel).Entropy!.ToFloats();
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += one[i];
            }
        }

        var all = predicted.Entropy!.ToFloats();
        return predicted with
        {
            Entropy = wanted.HasFlag(Wanted.Entropy) ? predicted.Entropy : null,
            MutualInformation = Volume.Of<float>(image.Name, predicted.Labels.Geometry, 1, [.. sum.Select((s, i) => (float)Math.Max(0, all[i] - (s / single.Count)))]),
        };
    }

    // Each member by itself; its weights stay the ensemble's.
    private List<Predictor> Alone() => _alone ??= _members.Count < 2 ? [this] : [.. _members.Select(m => new Predictor(_recipe, m, _device))];
}

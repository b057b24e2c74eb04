using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Training;

namespace SegSharp;

/// <summary>A union of labels that a network answers for with a channel of its own; regions may overlap.</summary>
public sealed record RecipeRegion
{
    /// <summary>"whole tumour".</summary>
    public string Name { get; init; } = "";

    /// <summary>The labels that belong to it, as stored in label maps.</summary>
    public int[] Labels { get; init; } = [];

    /// <summary>The label that masks get where the region is found; later regions write over earlier ones.</summary>
    public int Writes { get; init; }
}

/// <summary>
/// Everything that a training is asked for. Stored resolved, with every default, beside the run and inside its checkpoints,
/// so that a checkpoint alone is enough to predict.
/// </summary>
public sealed record Recipe
{
    /// <summary>The network; its channels and classes follow from the data and the loss.</summary>
    public NetworkOptions Network { get; init; } = new UNetOptions();

    /// <summary>Weights from elsewhere to begin with; null = fresh ones.</summary>
    public PretrainedOptions? Pretrained { get; init; }

    /// <summary>How files become samples.</summary>
    public PreparationOptions Preparation { get; init; } = new();

    /// <summary>Random changes of the training samples, in the order of their application.</summary>
    public IReadOnlyList<TransformOptions> Augmentation { get; init; } = [new FlipOptions(), new Rotate90Options()];

    /// <summary>What the network is told.</summary>
    public LossOptions Loss { get; init; } = new DiceCrossEntropyOptions();

    /// <summary>Epochs, batches, optimizer, schedule.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>How the trained network is used.</summary>
    public PredictionOptions Prediction { get; init; } = new();

    /// <summary>Which cases are held out: "last:5", "fold:0/5"; null learns from all.</summary>
    public string? Validation { get; init; }

    /// <summary>Label values by name, background first; filled in from the data set.</summary>
    public IReadOnlyDictionary<string, int> Labels { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>The regions that the network's channels stand for, in order; filled in from a data set that is made of regions, else empty.</summary>
    public IReadOnlyList<RecipeRegion> Regions { get; init; } = [];

    /// <summary>Channel names in order; filled in from the data set.</summary>
    public IReadOnlyList<string> Channels { get; init; } = [];

    /// <summary>The same recipe with what follows from a data set filled in: labels, channels, the network's sizes.</summary>
    /// <param name="labels">Label values by name, background first.</param>
    /// <param name="channels">Channel names in order.</param>
    public Recipe Resolve(IReadOnlyDictionary<string, int> labels, IReadOnlyList<string> channels) => this with
    {
        Labels = labels,
        Channels = channels,
        Network = Network with
        {
            InChannels = Preparation.ChannelsFor(channels.Count),
            Classes = Loss.Head == Head.Sigmoid ? labels.Count - 1 : labels.Count,
        },
    };

    /// <summary>The same recipe with what follows from a data set filled in; regions and the label to ignore too.</summary>
    /// <remarks>
    /// Source: nnU-Net v2, documentation of region-based training: the channels are the regions in the order of <c>dataset.json</c>, each a
    /// sigmoid of its own; masks are painted in that order with the labels of <c>regions_class_order</c>. Dice + cross-entropy becomes
    /// its sigmoid form, as there; another loss must have been asked for with a sigmoid head.
    /// </remarks>
    /// <param name="data">What <c>dataset.json</c> says.</param>
    /// <exception cref="InputException">The data set has regions, but not one label to write for each.</exception>
    public Recipe Resolve(DataSetDescription data)
    {
        var recipe = data.Labels.Ignore is null ? this : this with { Loss = Loss with { Ignore = data.Labels.Count } };
        if (!data.Labels.HasRegions)
        {
            return recipe.Resolve(data.Labels.Entries.ToDictionary(e => e.Name, e => (int)e.Labels[0], StringComparer.Ordinal), data.ChannelNames);
        }

        var regions = data.Labels.Foreground.ToList();
        if (data.RegionsClassOrder is not { } order || order.Count != regions.Count)
        {
            throw new InputException(
                $"the data set has {regions.Count} regions ({data.Labels.Describe()}) but its regions_class_order {(data.RegionsClassOrder is { } short_ ? $"has {short_.Count} labels" : "is missing")}",
                $"add \"regions_class_order\": [{string.Join(", ", regions.Select(r => r.Labels[0]))}] to dataset.json: what masks shall hold where each region is found");
        }

        recipe = recipe with
        {
            Regions = [.. regions.Select((r, i) => new RecipeRegion { Name = r.Name, Labels = [.. r.Labels.Select(l => (int)l)], Writes = order[i] })],
            Loss = recipe.Loss is DiceCrossEntropyOptions both ? both with { Sigmoid = true } : recipe.Loss,
        };
        return recipe.Resolve(
            regions.Select((r, i) => (r.Name, Label: order[i])).Prepend((Name: "background", Label: 0)).ToDictionary(l => l.Name, l => l.Label, StringComparer.Ordinal),
            data.ChannelNames);
    }

    /// <summary>Names of the foreground in the order of the network's channels: the regions, else the labels by their numbers.</summary>
    public IReadOnlyList<string> Foreground =>
        Regions.Count > 0 ? [.. Regions.Select(r => r.Name)] : [.. Labels.Where(l => l.Value != 0).OrderBy(l => l.Value).Select(l => l.Key)];

    /// <summary>Reads a recipe that was stored beside a run or inside a checkpoint.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="InputException">Not JSON, or keys and values that this SegSharp does not know.</exception>
    public static Recipe Parse(string text, string source)
    {
        try
        {
            var recipe = OptionsJson.Read<Recipe>(OptionsJson.Parse(text, source), "");
            UsageException.ThrowIfAny(recipe.Check());
            return recipe;
        }
        catch (UsageException e)
        {
            throw new InputException($"'{source}' is no recipe of this SegSharp: {e.Message}", e.Fix, e);
        }
    }

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check() =>
    [
        .. Network.Check(),
        .. Pretrained?.Check() ?? [],
        .. Preparation.Check(),
        .. Augmentation.SelectMany(a => a.Check()),
        .. Loss.Check(),
        .. ClassWeights(),
        .. Overlap(),
        .. Axes(),
        .. Training.Check(),
        .. Prediction.Check(),
    ];

    /// <summary>Makes sure that a stored recipe is resolved: network, labels and channels belong together.</summary>
    /// <param name="source">Where it comes from, for messages.</param>
    /// <exception cref="InputException">No labels, or another number of them or of channels than the network has.</exception>
    public void RequireResolved(string source)
    {
        var classes = Loss.Head == Head.Sigmoid ? Labels.Count - 1 : Labels.Count;
        if (classes < 1 || classes != Network.Classes || Preparation.ChannelsFor(Channels.Count) != Network.InChannels || Labels.Values.Any(v => v is < 0 or > ushort.MaxValue))
        {
            throw new InputException(
                $"'{source}' names {Labels.Count} labels and {Preparation.ChannelsFor(Channels.Count)} channels, but its network has {Network.Classes} classes ({Loss.Head.ToString().ToLowerInvariant()} head) and {Network.InChannels} channels",
                "use a checkpoint as training wrote it");
        }
    }

    private IEnumerable<Fault> Axes()
    {
        if (Training.PatchSize is { } patch && patch.Depth > 1 != (Network.Axes == 3))
        {
            yield return Fault.At("training.patchSize", $"is {patch}, but the network has {Network.Axes} spatial axes; write it as {(Network.Axes == 3 ? "WxHxD" : "WxH")}");
        }

        if (Network.Axes == 3 && Prediction.Patch is { Depth: 1 } flat)
        {
            yield return Fault.At("prediction.patch", $"is {flat}, but the network has 3 spatial axes; write it as WxHxD");
        }

        if (Network.Axes == 2 && Prediction.Patch is { Depth: > 1 } deep)
        {
            yield return Fault.At("prediction.patch", $"is {deep}, but the network has 2 spatial axes; write it as WxH");
        }

        if (Network.Axes == 3 && Preparation.Resize is { } resize)
        {
            yield return Fault.At("preparation.resize", $"is {resize}: it is for pictures; volumes are resampled with preparation.size or preparation.spacing");
        }
    }

    private IEnumerable<Fault> Overlap() =>
        Regions.Count > 0 && Loss.Head != Head.Sigmoid
            ? [Fault.At("loss.sigmoid", $"is off, but the regions {string.Join(", ", Regions.Select(r => r.Name))} overlap, so each needs a yes or no of its own; set loss.sigmoid=true")]
            : [];

    // How many there must be is known once the data set is.
    private IEnumerable<Fault> ClassWeights()
    {
        foreach (var part in Labels.Count == 0 ? [] : Loss.Parts)
        {
            if (part is BoundaryOptions { Classes: { } chosen } && chosen.Any(c => c >= Network.Classes))
            {
                yield return Fault.At("loss.classes", $"are [{string.Join(", ", chosen)}]; the network has {Network.Classes} channels, 0 to {Network.Classes - 1}");
            }

            var (key, weights, background) = part switch
            {
                CrossEntropyOptions o => ("classWeights", o.ClassWeights, true),
                DiceCrossEntropyOptions o => ("classWeights", o.ClassWeights, true),
                TopKOptions o => ("classWeights", o.ClassWeights, true),
                SoftDiceOptions o => ("classWeights", o.ClassWeights, o.Background),
                TverskyOptions o => ("classWeights", o.ClassWeights, o.Background),
                FocalOptions o => ("classWeights", o.ClassWeights, o.Background),
                BinaryCrossEntropyOptions o => ("positiveWeights", o.PositiveWeights, true),
                _ => ("", null, true),
            };
            var counted = part.Head == Head.Sigmoid || background ? Network.Classes : Network.Classes - 1;
            if (weights is not null && weights.Length != counted)
            {
                IEnumerable<string> channels = counted == Network.Classes && part.Head == Head.Softmax ? Labels.OrderBy(l => l.Value).Select(l => l.Key) : Foreground;
                yield return Fault.At($"loss.{key}", $"are {weights.Length} weights; there must be {counted}, one per {(Regions.Count > 0 ? "region" : "label")}: {string.Join(", ", channels)}");
            }
        }
    }
}

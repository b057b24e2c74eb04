using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Training;

namespace SegSharp;

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
            InChannels = channels.Count,
            Classes = Loss.Head == Head.Sigmoid ? labels.Count - 1 : labels.Count,
        },
    };

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
        if (classes < 1 || classes != Network.Classes || Channels.Count != Network.InChannels || Labels.Values.Any(v => v is < 0 or > ushort.MaxValue))
        {
            throw new InputException(
                $"'{source}' names {Labels.Count} labels and {Channels.Count} channels, but its network has {Network.Classes} classes ({Loss.Head.ToString().ToLowerInvariant()} head) and {Network.InChannels} channels",
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

    // How many there must be is known once the data set is.
    private IEnumerable<Fault> ClassWeights() =>
        Labels.Count > 0 && Loss is CrossEntropyOptions { ClassWeights: { } weights } && weights.Length != Network.Classes
            ? [Fault.At("loss.classWeights", $"are {weights.Length} weights; there must be {Network.Classes}, one per label: {string.Join(", ", Labels.OrderBy(l => l.Value).Select(l => l.Key))}")]
            : [];
}

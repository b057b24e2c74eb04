using SegSharp.Foundation;
using SegSharp.Networks.KeyMaps;
using SegSharp.Networks.Originals;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>Which part of a network begins with weights from elsewhere.</summary>
public enum PretrainedPart
{
    /// <summary>The whole network where its names are there, else the encoder.</summary>
    Auto,

    /// <summary>All of it; a head for other classes begins anew.</summary>
    Network,

    /// <summary>The encoder alone: from a classifier, or from a network of the same kind.</summary>
    Encoder,
}

/// <summary>What became of weights from elsewhere.</summary>
/// <param name="Origin">Whose names they had.</param>
/// <param name="Part">The part that they went into.</param>
/// <param name="Loaded">Tensors that were loaded, adapted ones too.</param>
/// <param name="Adapted">Our names of weights that were brought to another number of image channels.</param>
/// <param name="Fresh">Our names of what begins anew.</param>
/// <param name="LeftOut">Names in the file for which there is no place.</param>
public sealed record PretrainedWeights(
    string Origin, PretrainedPart Part, int Loaded, IReadOnlyList<string> Adapted, IReadOnlyList<string> Fresh, IReadOnlyList<string> LeftOut)
{
    /// <summary>The normalisation that the origin's published weights were trained with: "imagenet"; null where that is not known.</summary>
    public string? Input { get; init; }

    /// <summary>One sentence for the log.</summary>
    public override string ToString() =>
        $"{Loaded} tensors by the names of {Origin}"
        + (Adapted.Count > 0 ? $"; adapted to the image's channels: {List(Adapted)}" : "")
        + (Fresh.Count > 0 ? $"; begun anew: {List(Fresh)}" : "")
        + (LeftOut.Count > 0 ? $"; left out: {List(LeftOut)}" : "");

    private static string List(IReadOnlyList<string> names) => names.Count <= 4 ? string.Join(", ", names) : $"{string.Join(", ", names.Take(3))} and {names.Count - 3} more";
}

/// <summary>Begins a network with weights from elsewhere: all of them, or its encoder's.</summary>
public static class Pretraining
{
    private const string Count = "num_batches_tracked";

    /// <summary>Loads all or nothing. What the weights do not give keeps the values that the network was built with.</summary>
    /// <param name="network">Freshly built.</param>
    /// <param name="tensors">Name → content, as in the file.</param>
    /// <param name="source">The file, for messages.</param>
    /// <param name="origin">Whose names; null = found out.</param>
    /// <param name="part">What to load.</param>
    /// <exception cref="InputException">They fit neither the network nor its encoder; every key is in the details.</exception>
    /// <exception cref="UsageException">No such origin, names that fit two, or a network that names no encoder.</exception>
    public static PretrainedWeights Load(
        Network network, IReadOnlyDictionary<string, TensorData> tensors, string source, string? origin = null, PretrainedPart part = PretrainedPart.Auto)
    {
        if (part == PretrainedPart.Encoder)
        {
            return LoadEncoder(network, tensors, source, origin);
        }

        if (part == PretrainedPart.Auto && network.EncoderPart is { Classifier: not null } encoder && encoder.Fits(network, tensors.Keys)
            && (IsClassifier(origin, encoder) || !NamedWeights.FitsByName(network, tensors)))
        {
            return LoadEncoder(network, tensors, source, origin);
        }

        return LoadNetwork(network, tensors, source, origin);
    }

    private static PretrainedWeights LoadNetwork(Network network, IReadOnlyDictionary<string, TensorData> tensors, string source, string? origin)
    {
        var named = NamedWeights.Match(network, tensors, source, origin, anyShape: true);
        var own = ShapesOf(network);
        if (Fits(own, named.Tensors))
        {
            network.Load(named.Tensors, source);
            return new(named.Origin, PretrainedPart.Network, named.Tensors.Count, [], [], []) { Input = InputOf(named.Origin, network) };
        }

        // Which layers see the channels and which make the classes, the network itself tells: by what changes when it is built for others.
        var (classes, channels) = Counts(network, named.Tensors)
            ?? throw KeyMismatch.Between([.. own.Select(s => (named.Names.Theirs(s.Key), s.Value))], Theirs(named)).Error(source);
        var fresh = Differences(own, ShapesOf(network.Options with { Classes = classes }));
        var adapted = Differences(own, ShapesOf(network.Options with { InChannels = channels })).Except(fresh, StringComparer.Ordinal).ToList();
        var before = network.StateData().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        foreach (var (name, value) in named.Tensors)
        {
            if (!fresh.Contains(name, StringComparer.Ordinal))
            {
                before[name] = adapted.Contains(name, StringComparer.Ordinal) ? ToChannels(value, (int)own[name][1]) : value;
            }
        }

        network.Load(before, source);
        return new(named.Origin, PretrainedPart.Network, named.Tensors.Count - fresh.Count, adapted, fresh, []) { Input = InputOf(named.Origin, network) };
    }

    private static PretrainedWeights LoadEncoder(Network network, IReadOnlyDictionary<string, TensorData> tensors, string source, string? origin)
    {
        var encoder = network.EncoderPart ?? throw new UsageException(
            "this network names no part of it as its encoder, so there is none to load", "leave out --part encoder, or choose a network with an encoder");
        var own = ShapesOf(network);
        var places = own.Keys.Where(encoder.Holds).ToList();
        var readings = Readings(network, encoder, origin)
            .SelectMany(r => NamedWeights.PrefixesOf(tensors.Keys).Select(prefix => (r.Origin, r.Read, Keys: encoder.Place(tensors.Keys, prefix, r.Read, own))))
            .OrderByDescending(r => r.Keys.Count).ToList();
        var best = readings[0];
        var values = best.Keys.ToDictionary(k => k.Key, k => Shaped(tensors[k.Value], own[k.Key]), StringComparer.Ordinal);
        var (adapted, different) = (new List<string>(), new List<string>());
        foreach (var (name, value) in values.Where(v => !v.Value.Shape.SequenceEqual(own[v.Key])).ToList())
        {
            if (SeesImage(value.Shape, own[name], network.Options.InChannels))
            {
                values[name] = ToChannels(value, network.Options.InChannels);
                adapted.Add(name);
            }
            else
            {
                different.Add(KeyMismatch.Shapes(best.Keys[name], value.Shape, own[name]));
            }
        }

        List<string> missing = [.. places.Where(p => !values.ContainsKey(p) && !p.EndsWith(Count, StringComparison.Ordinal))];
        if (missing.Count + different.Count > 0)
        {
            throw new KeyMismatch(different, missing, []).Error(
                source, $"give weights of {(encoder.Classifier is { } c ? $"a {c}" : "the same network")}, or other options of the network; --json lists every key", "for the encoder");
        }

        var all = network.StateData().ToDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            all[name] = value;
        }

        network.Load(all, source);
        return new(
            best.Origin, PretrainedPart.Encoder, values.Count, adapted,
            [.. own.Keys.Where(n => !encoder.Holds(n))], [.. tensors.Keys.Except(best.Keys.Values, StringComparer.Ordinal)])
        {
            Input = best.Origin == encoder.Classifier ? InputOfClassifier(best.Keys.Values) : InputOf(best.Origin, network),
        };
    }

    // Names that are our own too belong to the one original that is called the same, if there is one.
    private static string? InputOf(string origin, Network network)
    {
        var name = origin != "same" ? origin
            : OriginalTable.Origins(network.Options).Where(o => o != "same" && OriginalTable.Names(o, network.Options) == KeyMap.Same).ToList() is [var only] ? only
            : origin;
        return OriginalTable.All.FirstOrDefault(o => o.Name == name)?.Input;
    }

    // torchvision's names came with ImageNet's mean and deviation, Caffe's with BGR.
    private static string? InputOfClassifier(IEnumerable<string> keys) =>
        keys.Any(k => k.Contains("conv1_1.", StringComparison.Ordinal)) ? "caffe-vgg"
        : keys.Any(k => k.Contains("features.0.", StringComparison.Ordinal) || k.Contains("layer1.0.", StringComparison.Ordinal)) ? "imagenet"
        : null;

    private static bool IsClassifier(string? origin, EncoderPart encoder) =>
        origin is not null && encoder.Classifier is { } classifier && (string.Equals(origin, classifier, StringComparison.OrdinalIgnoreCase) || OriginalTable.IsOfClassifier(origin, classifier));

    // A classifier's names, or a whole network's.
    private static IEnumerable<(string Origin, Func<string, string?> Read)> Readings(Network network, EncoderPart encoder, string? origin)
    {
        if (encoder.Classifier is { } classifier && (origin is null || IsClassifier(origin, encoder)))
        {
            yield return (classifier, encoder.OwnName);
        }

        foreach (var name in origin is null ? OriginalTable.Origins(network.Options) : IsClassifier(origin, encoder) ? [] : [origin])
        {
            yield return (name, OriginalTable.Names(name, network.Options).Ours);
        }
    }

    // Channels and classes with which the network has the shapes of the file; null when there are none.
    private static (int Classes, int Channels)? Counts(Network network, IReadOnlyDictionary<string, TensorData> theirs)
    {
        var own = ShapesOf(network);
        var different = theirs.Where(t => !t.Value.Shape.SequenceEqual(own[t.Key])).Select(t => t.Value.Shape).ToList();
        var classes = different.Where(s => s.Length > 0).Select(s => (int)s[0]).Append(network.Options.Classes).Distinct().Order().Take(4);
        var channels = different.Where(s => s.Length > 2).Select(s => (int)s[1]).Append(network.Options.InChannels).Distinct().Order().Take(4).ToList();
        foreach (var (k, c) in classes.SelectMany(k => channels.Select(c => (k, c))))
        {
            try
            {
                if (Fits(ShapesOf(network.Options with { Classes = k, InChannels = c }), theirs))
                {
                    return (k, c);
                }
            }
            catch (UsageException)
            {
                // No such network: not these numbers.
            }
        }

        return null;
    }

    private static Dictionary<string, TensorData> Theirs(NamedWeights named) => named.Tensors.ToDictionary(t => named.Names.Theirs(t.Key), t => t.Value, StringComparer.Ordinal);

    private static Dictionary<string, long[]> ShapesOf(Network network) => network.State().ToDictionary(s => s.Name, s => s.Tensor.Shape, StringComparer.Ordinal);

    // Shapes alone: drawing fresh weights would change what is drawn afterwards.
    private static Dictionary<string, long[]> ShapesOf(NetworkOptions options)
    {
        var random = TorchRuntime.RandomState;                                  // a network of somebody's own may draw all the same
        using var shapesOnly = Initialise.Skip();
        try
        {
            using var network = Catalogue.All.GetByOptions(options.GetType()).Build(options);
            return ShapesOf(network);
        }
        finally
        {
            TorchRuntime.RandomState = random;
        }
    }

    private static bool Fits(Dictionary<string, long[]> shapes, IReadOnlyDictionary<string, TensorData> values) =>
        shapes.All(s => values.TryGetValue(s.Key, out var v) && v.Shape.SequenceEqual(s.Value));

    private static List<string> Differences(Dictionary<string, long[]> a, Dictionary<string, long[]> b) => [.. a.Where(s => !b[s.Key].SequenceEqual(s.Value)).Select(s => s.Key)];

    // A fully connected layer [out, in·h·w] that reads a whole map is a convolution [out, in, h, w].
    private static TensorData Shaped(TensorData value, long[] shape) =>
        value.Shape.Length == 2 && shape.Length > 2 && value.Shape[0] == shape[0] && value.Count == shape.Aggregate(1L, (a, b) => a * b) ? value with { Shape = shape } : value;

    private static bool SeesImage(long[] theirs, long[] ours, int channels) =>
        theirs.Length > 2 && theirs.Length == ours.Length && ours[1] == channels && theirs[0] == ours[0] && theirs.AsSpan(2).SequenceEqual(ours.AsSpan(2));

    /// <summary>Weights of a first layer for images with another number of channels.</summary>
    /// <remarks>
    /// One channel: the sum over the old ones, as if grey were given to each. More: the old ones in turn, scaled by old ÷ new, so that a
    /// constant image gives the same response. Source: the rule of segmentation_models.pytorch for its encoders.
    /// </remarks>
    /// <param name="weight">[out, old, …].</param>
    /// <param name="channels">The new number.</param>
    public static TensorData ToChannels(TensorData weight, int channels)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        var w = Tensor.From(weight).To(DType.Float32);
        var old = (int)weight.Shape[1];
        var result = channels == 1
            ? w.Sum([1], keep: true)
            : Tensor.Cat(axis: 1, [.. Enumerable.Range(0, channels).Select(c => w.Narrow(1, c % old, 1))]) * ((float)old / channels);
        return result.Contiguous().ToData();
    }
}

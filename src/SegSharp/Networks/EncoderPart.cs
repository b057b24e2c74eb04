namespace SegSharp.Networks;

/// <summary>The part of a network that sees the image first: what transfer learning loads by itself, freezes, or trains at a rate of its own.</summary>
public sealed record EncoderPart
{
    /// <summary>Its modules by our names, without a dot at the end: "encoder", or "down".</summary>
    public required IReadOnlyList<string> Parts { get; init; }

    /// <summary>The classifier that it is without its last layer: "resnet34"; null when it is none.</summary>
    public string? Classifier { get; init; }

    /// <summary>Our name for a classifier's parameter; null for what has no place here, such as the layer that decides. Without a classifier the names are our own.</summary>
    public Func<string, string?> OwnName { get; init; } = name => name;

    /// <summary>Whether a parameter or buffer belongs to it.</summary>
    public bool Holds(string name) => Parts.Any(p => name.StartsWith(p, StringComparison.Ordinal) && (name.Length == p.Length || name[p.Length] == '.'));

    /// <summary>Whether names are those of its classifier, whatever stands before them.</summary>
    internal bool Fits(Network network, IEnumerable<string> names)
    {
        var state = network.State().ToDictionary(s => s.Name, s => s.Tensor.Shape, StringComparer.Ordinal);
        var all = names.ToList();
        var needed = state.Keys.Count(n => Holds(n) && !n.EndsWith("num_batches_tracked", StringComparison.Ordinal));
        return NamedWeights.PrefixesOf(all).Exists(prefix => Place(all, prefix, OwnName, state).Keys.Count(n => !n.EndsWith("num_batches_tracked", StringComparison.Ordinal)) == needed);
    }

    /// <summary>Our name of every place in the encoder → the key that gives it.</summary>
    internal Dictionary<string, string> Place(IEnumerable<string> keys, string prefix, Func<string, string?> read, IReadOnlyDictionary<string, long[]> state)
    {
        var places = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var key in keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (read(key[prefix.Length..]) is { } name && Holds(name) && state.ContainsKey(name))
            {
                places.TryAdd(name, key);
            }
        }

        return places;
    }
}

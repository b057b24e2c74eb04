using SegSharp.Foundation;
using SegSharp.Networks.KeyMaps;
using SegSharp.Networks.Originals;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>Weights that lay in a file under somebody's names, brought under a network's own.</summary>
/// <param name="Origin">Whose names they were: "same", or an original's short name.</param>
/// <param name="Prefix">What stood before every name and was taken away: "module."; empty for nothing.</param>
/// <param name="Names">The origin's names ↔ ours.</param>
/// <param name="Tensors">Our name → content. Fits the network in names; in shapes too unless differences were allowed.</param>
public sealed record NamedWeights(string Origin, string Prefix, KeyMap Names, IReadOnlyDictionary<string, TensorData> Tensors)
{
    /// <summary>PyTorch counts batches since 0.4; weights without the count begin at 0.</summary>
    private const string Count = "num_batches_tracked";

    /// <summary>What wrappers put before every name: DataParallel, torch.compile, Lightning and hand-written classes.</summary>
    public static IReadOnlyList<string> Prefixes { get; } = ["module.", "_orig_mod.", "model.", "net.", "network.", "state_dict.", "_model.", "unet."];

    /// <summary>Finds out whose names the weights have, and brings them under ours.</summary>
    /// <param name="network">The network that they are for; nothing is loaded yet.</param>
    /// <param name="tensors">Name → content, as in the file.</param>
    /// <param name="source">The file, for messages.</param>
    /// <param name="origin">"same" or an original's short name; null = found out from the names.</param>
    /// <param name="anyShape">Whether shapes may differ: for a network with other channels or classes.</param>
    /// <exception cref="InputException">They are another network's: the missing, unexpected and differently shaped keys, as the file has them.</exception>
    /// <exception cref="UsageException">No such origin, or more than one fits and they disagree.</exception>
    public static NamedWeights Match(
        Network network, IReadOnlyDictionary<string, TensorData> tensors, string source, string? origin = null, bool anyShape = false)
    {
        IReadOnlyList<string> origins = origin is null or "auto" ? OriginalTable.Origins(network.Options) : [origin];
        return Match(
            [.. network.State().Select(s => (s.Name, s.Tensor.Shape))], tensors, source, [.. origins.Select(o => (o, OriginalTable.Names(o, network.Options)))], anyShape);
    }

    /// <summary>Whether the names are those of the whole network, by any origin and whatever the shapes.</summary>
    internal static bool FitsByName(Network network, IReadOnlyDictionary<string, TensorData> tensors)
    {
        var state = network.State().Select(s => (s.Name, s.Tensor.Shape)).ToList();
        return OriginalTable.Origins(network.Options).Any(o => PrefixesOf(tensors.Keys)
            .Exists(p => new Reading(state, tensors, "", p, o, OriginalTable.Names(o, network.Options), anyShape: true).Fits));
    }

    internal static NamedWeights Match(
        IReadOnlyList<(string Name, long[] Shape)> state, IReadOnlyDictionary<string, TensorData> tensors, string source,
        IReadOnlyList<(string Origin, KeyMap Map)> origins, bool anyShape)
    {
        var readings = PrefixesOf(tensors.Keys).SelectMany(p => origins.Select(o => new Reading(state, tensors, source, p, o.Origin, o.Map, anyShape))).ToList();
        var fitting = readings.Where(r => r.Fits).GroupBy(r => r.Prefix.Length).FirstOrDefault()?.ToList() ?? [];
        if (fitting.Exists(r => r.SameShapes))
        {
            fitting = fitting.FindAll(r => r.SameShapes);
        }

        if (fitting.Count == 0)
        {
            var best = readings.MaxBy(r => r.Score)!;
            _ = best.Values();                                                  // a weight that is there twice, with other numbers, is the first thing to say
            throw best.Mismatch().Error(source, remark: origins.Count == 1 || best.Origin == "same" ? null : $"by the names of {best.Origin}");
        }

        // Two origins with the same names for the same things are one answer.
        var answers = fitting.DistinctBy(r => r.Assignment).ToList();
        return answers is [var only]
            ? new(only.Origin, only.Prefix, only.Map, only.Values())
            : throw new UsageException(
                $"the names in '{source}' fit {string.Join(" and ", answers.Select(a => $"'{a.Origin}'"))}, which mean different things by them",
                string.Join(" or ", answers.Select(a => $"--names {a.Origin}")));
    }

    // The empty one first: MONAI's UNet has "model." before every name of its own.
    internal static List<string> PrefixesOf(IEnumerable<string> names)
    {
        var all = names.ToList();
        List<string> found = [""];
        while (all.Count > 0 && Prefixes.FirstOrDefault(p => all.TrueForAll(n => n.Length > found[^1].Length + p.Length && string.CompareOrdinal(n, found[^1].Length, p, 0, p.Length) == 0)) is { } next)
        {
            found.Add(found[^1] + next);
        }

        return found;
    }

    /// <summary>The file read with one prefix and one origin's names.</summary>
    private sealed class Reading
    {
        private readonly IReadOnlyList<(string Name, long[] Shape)> _state;
        private readonly IReadOnlyDictionary<string, TensorData> _tensors;
        private readonly string _source;
        private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);    // ours → the key in the file
        private readonly bool _agree = true;                                    // what is stored twice is equal
        private readonly HashSet<string> _unexpected = new(StringComparer.Ordinal);

        public Reading(IReadOnlyList<(string Name, long[] Shape)> state, IReadOnlyDictionary<string, TensorData> tensors, string source, string prefix, string origin, KeyMap map, bool anyShape)
        {
            (_state, _tensors, _source, Prefix, Origin, Map) = (state, tensors, source, prefix, origin, map);
            var known = state.ToDictionary(s => s.Name, s => s.Shape, StringComparer.Ordinal);
            foreach (var (key, value) in tensors)
            {
                // Our own name for what the original calls otherwise is none of its names.
                var ours = map.Ours(key[prefix.Length..]);
                if (!known.ContainsKey(ours) || !map.AllTheirs(ours).Contains(key[prefix.Length..], StringComparer.Ordinal))
                {
                    _unexpected.Add(key);
                }
                else if (!_keys.TryAdd(ours, key))
                {
                    _agree &= tensors[_keys[ours]].Bytes.Span.SequenceEqual(value.Bytes.Span);
                }
            }

            Missing = [.. state.Where(s => !_keys.ContainsKey(s.Name) && !s.Name.EndsWith(Count, StringComparison.Ordinal)).Select(s => s.Name)];
            SameShapes = _keys.All(k => tensors[k.Value].Shape.SequenceEqual(known[k.Key]));
            Fits = Missing.Count == 0 && _unexpected.Count == 0 && _agree && (anyShape || SameShapes);
        }

        public string Prefix { get; }

        public string Origin { get; }

        public KeyMap Map { get; }

        public List<string> Missing { get; }

        public bool SameShapes { get; }

        public bool Fits { get; }

        /// <summary>How much of it makes sense.</summary>
        public int Score => _keys.Count - _unexpected.Count - Missing.Count;

        /// <summary>What it makes of the file: equal for two readings that load the same numbers.</summary>
        public string Assignment => string.Join('\n', _keys.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => $"{k.Key} {k.Value} {Map.Swapped.Contains(k.Key)}"));

        public Dictionary<string, TensorData> Values()
        {
            var values = new Dictionary<string, TensorData>(
                Map.Read(_tensors.ToDictionary(t => t.Key[Prefix.Length..], t => t.Value, StringComparer.Ordinal), _source), StringComparer.Ordinal);
            foreach (var (name, _) in _state.Where(s => !values.ContainsKey(s.Name) && s.Name.EndsWith(Count, StringComparison.Ordinal)))
            {
                values.Add(name, new TensorData(DType.Int64, [], new byte[sizeof(long)]));
            }

            return values;
        }

        /// <summary>In the file's own words: what a person can look up there.</summary>
        public KeyMismatch Mismatch() => new(
            [.. _state.Where(s => _keys.ContainsKey(s.Name) && !_tensors[_keys[s.Name]].Shape.SequenceEqual(s.Shape))
                .Select(s => KeyMismatch.Shapes(_keys[s.Name], _tensors[_keys[s.Name]].Shape, s.Shape))],
            [.. Missing.Select(name => Prefix + Map.Theirs(name))],
            [.. _unexpected]);
    }
}

using SegSharp.Foundation;
using SegSharp.Torch;

namespace SegSharp.Networks.KeyMaps;

/// <summary>What an original calls a parameter, and what we call it: a table of prefixes that end at a dot.</summary>
/// <param name="prefixes">
/// Their prefix and ours: ("bottle_neck.conv_op.0", "down.4.conv1"). An original that writes a weight several times has several
/// rows with the same prefix of ours; the first is the weight's own name.
/// </param>
public sealed class KeyMap(IEnumerable<(string Theirs, string Ours)> prefixes)
{
    private readonly List<(string Theirs, string Ours)> _prefixes = [.. prefixes];

    /// <summary>Names stay as they are.</summary>
    public static KeyMap Same { get; } = new([]);

    /// <summary>Our weights whose input channels the original joins in the other order: its [skip, raised] is our [raised, skip]. Both halves are equally many.</summary>
    public IReadOnlySet<string> Swapped { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Our name for theirs; a name outside the table stays, so that loading reports it as it is written.</summary>
    public string Ours(string theirs) => Replacements(theirs, _prefixes.Select(p => (p.Theirs, p.Ours))).FirstOrDefault(theirs);

    /// <summary>Their name for ours.</summary>
    public string Theirs(string ours) => Replacements(ours, _prefixes.Select(p => (p.Ours, p.Theirs))).FirstOrDefault(ours);

    /// <summary>Every name under which they write a weight of ours; the first is <see cref="Theirs"/>.</summary>
    public IReadOnlyList<string> AllTheirs(string ours) =>
        [.. Replacements(ours, _prefixes.Select(p => (p.Ours, p.Theirs))).DefaultIfEmpty(ours).Distinct(StringComparer.Ordinal)];

    /// <summary>Their weights under our names. A weight that they write several times is taken once.</summary>
    /// <param name="theirs">Their name → content.</param>
    /// <param name="source">What the weights come from, for messages: the checkpoint's path.</param>
    /// <exception cref="InputException">Two names of one weight hold different numbers.</exception>
    public IReadOnlyDictionary<string, TensorData> Read(IReadOnlyDictionary<string, TensorData> theirs, string source)
    {
        var ours = new OrderedDictionary<string, TensorData>(theirs.Count, StringComparer.Ordinal);
        var first = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in theirs)
        {
            var own = Ours(name);
            if (ours.TryAdd(own, Reorder(own, value)))
            {
                first.Add(own, name);
            }
            else if (!Equal(ours[own], Reorder(own, value)))
            {
                throw new InputException(
                    $"'{source}' holds one weight twice, as '{first[own]}' and as '{name}', with different numbers",
                    "save the weights again from the network that they were trained in");
            }
        }

        return ours;
    }

    /// <summary>Our weights under their names; a weight that they write several times comes as often, with the same content.</summary>
    public IEnumerable<(string Name, TensorData Value)> Write(IEnumerable<(string Name, TensorData Value)> ours) =>
        ours.SelectMany(w => AllTheirs(w.Name).Select(name => (name, Reorder(w.Name, w.Value))));

    /// <summary>Brings a value's input channels from their order to ours, or from ours to theirs.</summary>
    /// <param name="ours">Our name of it.</param>
    /// <param name="value">[out, in, …]; what is not <see cref="Swapped"/> comes back as it is.</param>
    public TensorData Reorder(string ours, TensorData value)
    {
        if (!Swapped.Contains(ours) || value.Shape.Length < 2 || value.Shape[0] == 0 || value.Shape[1] % 2 != 0)
        {
            return value;
        }

        var (bytes, row) = (new byte[value.Bytes.Length], value.Bytes.Length / (int)value.Shape[0]);
        for (var at = 0; at < bytes.Length; at += row)
        {
            value.Bytes.Span.Slice(at + (row / 2), row / 2).CopyTo(bytes.AsSpan(at));
            value.Bytes.Span.Slice(at, row / 2).CopyTo(bytes.AsSpan(at + (row / 2)));
        }

        return value with { Bytes = bytes };
    }

    private static bool Equal(TensorData a, TensorData b) =>
        a.DType == b.DType && a.Shape.SequenceEqual(b.Shape) && a.Bytes.Span.SequenceEqual(b.Bytes.Span);

    private static IEnumerable<string> Replacements(string name, IEnumerable<(string From, string To)> table)
    {
        foreach (var (from, to) in table)
        {
            if (name.Length > from.Length && name[from.Length] == '.' && name.StartsWith(from, StringComparison.Ordinal))
            {
                yield return to + name[from.Length..];
            }
        }
    }
}

namespace SegSharp.Networks.KeyMaps;

/// <summary>What an original calls a parameter, and what we call it: a table of prefixes that end at a dot.</summary>
/// <param name="prefixes">Their prefix and ours: ("bottle_neck.conv_op.0", "down.4.conv1").</param>
public sealed class KeyMap(IEnumerable<(string Theirs, string Ours)> prefixes)
{
    private readonly List<(string Theirs, string Ours)> _prefixes = [.. prefixes];

    /// <summary>Names stay as they are.</summary>
    public static KeyMap Same { get; } = new([]);

    /// <summary>Our name for theirs; a name outside the table stays, so that loading reports it as it is written.</summary>
    public string Ours(string theirs) => Replace(theirs, _prefixes.Select(p => (p.Theirs, p.Ours)));

    /// <summary>Their name for ours.</summary>
    public string Theirs(string ours) => Replace(ours, _prefixes.Select(p => (p.Ours, p.Theirs)));

    private static string Replace(string name, IEnumerable<(string From, string To)> table)
    {
        foreach (var (from, to) in table)
        {
            if (name.StartsWith(from + ".", StringComparison.Ordinal))
            {
                return to + name[from.Length..];
            }
        }

        return name;
    }
}

namespace SegSharp.Torch;

/// <summary>What keeps weights from fitting a network: the keys of each kind, all of them.</summary>
/// <param name="Different">Keys with another shape, as sentences: "'head.weight' is [1,3,1,1] there and [1,2,1,1] here".</param>
/// <param name="Missing">Keys that the network needs and the weights lack.</param>
/// <param name="Unexpected">Keys of the weights that the network has no place for.</param>
public sealed record KeyMismatch(IReadOnlyList<string> Different, IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected)
{
    private const int Shown = 3;

    /// <summary>Whether there is nothing in the way.</summary>
    public bool IsEmpty => Different.Count + Missing.Count + Unexpected.Count == 0;

    /// <summary>Holds values against the names and shapes of a network.</summary>
    /// <param name="state">Name and shape of everything that the network holds.</param>
    /// <param name="values">Name → content.</param>
    public static KeyMismatch Between(IReadOnlyList<(string Name, long[] Shape)> state, IReadOnlyDictionary<string, TensorData> values)
    {
        var known = state.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        return new(
            [.. state.Where(s => values.TryGetValue(s.Name, out var v) && !v.Shape.SequenceEqual(s.Shape)).Select(s => Shapes(s.Name, values[s.Name].Shape, s.Shape))],
            [.. state.Where(s => !values.ContainsKey(s.Name)).Select(s => s.Name)],
            [.. values.Keys.Where(k => !known.Contains(k))]);
    }

    /// <summary>A key with two shapes, as a sentence.</summary>
    /// <param name="name">The key.</param>
    /// <param name="there">Its shape in the file.</param>
    /// <param name="here">Its shape in the network.</param>
    public static string Shapes(string name, IEnumerable<long> there, IEnumerable<long> here) =>
        $"'{name}' is [{string.Join(',', there)}] there and [{string.Join(',', here)}] here";

    /// <summary>The error: the first keys of each kind with their number in its sentence, all of them in its details.</summary>
    /// <param name="source">What the values come from: the checkpoint's path.</param>
    /// <param name="fix">What mends it; null for the usual advice.</param>
    /// <param name="remark">Put behind the sentence; null for nothing.</param>
    public InputException Error(string source, string? fix = null, string? remark = null) => new(
        $"'{source}' holds another network: {this}{(remark is null ? "" : $" ({remark})")}",
        fix ?? "give the options that the checkpoint was trained with, or the network it belongs to; --json lists every key")
    {
        Details = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
        {
            ["differentKeys"] = Different,
            ["missingKeys"] = Missing,
            ["unexpectedKeys"] = Unexpected,
        },
    };

    /// <summary>The first keys of each kind, with how many there are.</summary>
    public override string ToString() => string.Join(
        "; ", new[] { First("differently shaped", Different), First("missing", [.. Missing.Select(Quote)]), First("unexpected", [.. Unexpected.Select(Quote)]) }.OfType<string>());

    private static string Quote(string key) => $"'{key}'";

    private static string? First(string kind, IReadOnlyList<string> keys) => keys.Count == 0 ? null
        : $"{keys.Count} {kind} {(keys.Count == 1 ? "key" : "keys")}: {string.Join(", ", keys.Take(Shown))}{(keys.Count > Shown ? $" and {keys.Count - Shown} more" : "")}";
}

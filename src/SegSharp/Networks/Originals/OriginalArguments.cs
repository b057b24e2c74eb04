using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Foundation;

namespace SegSharp.Networks.Originals;

/// <summary>
/// What an original was built with: its constructor's arguments as far as a case tells them, and the shapes of its weights, which
/// tell the rest (hard-coded widths that somebody divided).
/// </summary>
/// <param name="name">The original.</param>
/// <param name="constructor">Argument → value; null when the case has none.</param>
/// <param name="shapes">Key → shape of every weight.</param>
public sealed class OriginalArguments(OriginalName name, JsonObject? constructor, IReadOnlyDictionary<string, long[]> shapes)
{
    /// <summary>The original.</summary>
    public OriginalName Name { get; } = name;

    /// <summary>Key → shape of every weight.</summary>
    public IReadOnlyDictionary<string, long[]> Shapes => shapes;

    /// <summary>Whether the case tells the constructor's arguments.</summary>
    public bool HasConstructor => constructor is not null;

    /// <summary>Whether the constructor has an argument of that name, of whatever kind.</summary>
    public bool HasArgument(string argument) => constructor?[argument] is not null;

    /// <summary>The arguments of a part: the constructor's object of that name, and the weights below that name.</summary>
    public OriginalArguments Below(string part) => new(
        Name,
        constructor?[part] as JsonObject,
        shapes.Where(s => s.Key.StartsWith($"{part}.", StringComparison.Ordinal)).ToDictionary(s => s.Key[(part.Length + 1)..], s => s.Value, StringComparer.Ordinal));

    /// <summary>A number: as the constructor says, else from the weights.</summary>
    public double Number(string argument, Func<double> fromShapes) => Value(argument) is { } v ? v.GetValue<double>() : fromShapes();

    /// <summary>A whole number: as the constructor says, else from the weights.</summary>
    public int Int(string argument, Func<long> fromShapes) => (int)(Value(argument) is { } v ? v.GetValue<double>() : fromShapes());

    /// <summary>A truth value: as the constructor says, else from the weights.</summary>
    public bool Flag(string argument, Func<bool> fromShapes) => Value(argument) is { } v
        ? v.GetValueKind() is JsonValueKind.True || (v.GetValueKind() is JsonValueKind.Number && v.GetValue<double>() != 0)
        : fromShapes();

    /// <summary>A text under the first of these names, or the first of a list ("elu" of ["elu", {…}]); null when the constructor has none of them.</summary>
    public string? Text(params string[] arguments) => arguments
        .Select(a => constructor?[a] is JsonArray { Count: > 0 } list ? list[0] as JsonValue : Value(a)).OfType<JsonValue>().FirstOrDefault()?.ToString();

    /// <summary>Whether there is a weight of that name.</summary>
    public bool Has(string key) => shapes.ContainsKey(key);

    /// <summary>Axes of a weight; 0 when there is none of that name.</summary>
    public int Rank(string key) => shapes.TryGetValue(key, out var shape) ? shape.Length : 0;

    /// <summary>One side of a weight's shape.</summary>
    /// <exception cref="InputException">There is no such weight, so the case is not one of this original.</exception>
    public long Side(string key, int axis) => shapes.TryGetValue(key, out var shape) && axis < shape.Length
        ? shape[axis]
        : throw new InputException($"the weights of {Name} have no '{key}' with {axis + 1} axes; first of {shapes.Count}: {string.Join(", ", shapes.Keys.Take(3))}");

    /// <summary>How many of "prefix.0", "prefix.1", … (or from <paramref name="first"/> on, joined without a dot) there are.</summary>
    public int Count(Func<int, string> prefix, int first = 0)
    {
        var n = 0;
        while (shapes.Keys.Any(k => k.StartsWith(prefix(first + n) + ".", StringComparison.Ordinal)))
        {
            n++;
        }

        return n;
    }

    /// <summary>A list of whole numbers; null when the constructor has no list of that name.</summary>
    public int[]? Ints(string argument) => (constructor?[argument] as JsonArray)?.Select(n => (int)n!.GetValue<double>()).ToArray();

    /// <summary>A number: as the constructor says, else this.</summary>
    public double Number(string argument, double otherwise) => Value(argument)?.GetValue<double>() ?? otherwise;

    /// <summary>A list of lists of whole numbers; null when the constructor has none of that name.</summary>
    public int[][]? Grid(string argument) => (constructor?[argument] as JsonArray)?.Select(row => ((JsonArray)row!).Select(n => (int)n!.GetValue<double>()).ToArray()).ToArray();

    /// <summary>The arguments under one that is itself a dictionary ("norm_op_kwargs"); empty when there is none.</summary>
    public OriginalArguments Inside(string argument) => new(Name, constructor?[argument] as JsonObject, shapes);

    /// <summary>All arguments that the case tells, as a copy.</summary>
    public JsonObject All() => constructor?.DeepClone() as JsonObject ?? [];

    private JsonValue? Value(string argument) => constructor?[argument] as JsonValue;
}

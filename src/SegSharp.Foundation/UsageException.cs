namespace SegSharp.Foundation;

/// <summary>The request itself is wrong: an unknown name, an option out of range. Exit code 2.</summary>
/// <inheritdoc/>
public sealed class UsageException(string message, string? fix = null, Exception? inner = null)
    : SegSharpException(message, fix, inner)
{
    /// <summary>An unknown name, with what exists, the nearest first.</summary>
    /// <param name="kind">What was named: "network", "loss", "key".</param>
    /// <param name="name">The name as it was written.</param>
    /// <param name="known">All names that exist.</param>
    public static UsageException Unknown(string kind, string name, IEnumerable<string> known)
    {
        var sorted = Nearest.Sort(name, known);
        var list = sorted.Count == 0 ? "there is none" : string.Join(", ", sorted);
        return new UsageException(
            $"unknown {kind} '{name}'; known: {list}",
            sorted.Count > 0 && Nearest.Distance(name, sorted[0]) <= 3 ? $"did you mean '{sorted[0]}'?" : null);
    }

    /// <summary>Throws when there is a fault, naming every one of them.</summary>
    /// <exception cref="UsageException">At least one fault.</exception>
    public static void ThrowIfAny(IEnumerable<Fault> faults)
    {
        var all = faults.ToList();
        if (all.Count > 0)
        {
            throw new UsageException(string.Join("; ", all), $"set {string.Join(", ", all.Select(f => f.Key).Distinct(StringComparer.Ordinal))}");
        }
    }
}

using SegSharp.Foundation;

namespace SegSharp.Metrics;

/// <summary>What is scored as one thing: a label, or the union of several.</summary>
/// <param name="Name">Its name in tables: "membrane", "whole tumor".</param>
/// <param name="Labels">The labels that belong to it.</param>
public sealed record Region(string Name, IReadOnlyList<ushort> Labels)
{
    /// <summary>A region of one label.</summary>
    public Region(string name, ushort label)
        : this(name, [label])
    {
    }

    /// <summary>Regions written as on the command line: <c>WT=1+2+3+4,TC=1+3+4,ET=4</c>. They may overlap, and labels need not be consecutive.</summary>
    /// <exception cref="UsageException">Not of that form, or a name twice.</exception>
    public static IReadOnlyList<Region> Parse(string text)
    {
        var regions = new List<Region>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, numbers) = part.Split('=', 2) is [var left, var right] ? (left.Trim(), right.Split('+', StringSplitOptions.TrimEntries)) : ("", []);
            var labels = numbers.Select(n => ushort.TryParse(n, out var label) ? label : -1).ToList();
            if (name.Length == 0 || labels.Count == 0 || labels.Contains(-1) || regions.Any(r => r.Name == name))
            {
                throw new UsageException($"regions are '{text}', expected a list such as WT=1+2+3+4,TC=1+3+4,ET=4 with each name once", "--regions \"WT=1+2+3+4,TC=1+3+4,ET=4\"");
            }

            regions.Add(new Region(name, [.. labels.Select(l => (ushort)l)]));
        }

        return regions.Count > 0 ? regions : throw new UsageException("regions are empty", "--regions \"WT=1+2+3+4,TC=1+3+4,ET=4\"");
    }

    /// <inheritdoc/>
    public bool Equals(Region? other) => other is not null && Name == other.Name && Labels.SequenceEqual(other.Labels);

    /// <inheritdoc/>
    public override int GetHashCode() => Labels.Aggregate(Name.GetHashCode(StringComparison.Ordinal), HashCode.Combine);
}

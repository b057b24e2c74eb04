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

    /// <inheritdoc/>
    public bool Equals(Region? other) => other is not null && Name == other.Name && Labels.SequenceEqual(other.Labels);

    /// <inheritdoc/>
    public override int GetHashCode() => Labels.Aggregate(Name.GetHashCode(StringComparison.Ordinal), HashCode.Combine);
}

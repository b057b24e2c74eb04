using SegSharp.Foundation;

namespace SegSharp.Data;

/// <summary>A name in a data set's list of labels, with the stored integers that it stands for.</summary>
/// <param name="Name">"membrane".</param>
/// <param name="Labels">One integer, or several where the data set is made of regions.</param>
public sealed record NamedLabel(string Name, IReadOnlyList<ushort> Labels);

/// <summary>The labels of a data set: background 0 and others, which need not be consecutive; perhaps one to ignore.</summary>
/// <remarks>Source: nnU-Net v2, documentation of the data set format.</remarks>
public sealed class LabelList
{
    /// <summary>A list of labels.</summary>
    /// <param name="entries">Background first.</param>
    /// <param name="ignore">The label that neither training nor scores count; null = none.</param>
    /// <exception cref="InputException">The list breaks a rule of the format.</exception>
    public LabelList(IReadOnlyList<NamedLabel> entries, ushort? ignore = null)
    {
        Entries = entries;
        Ignore = ignore;
        var used = entries.SelectMany(e => e.Labels).Distinct().Order().ToList();
        if (used.Count == 0 || used[0] != 0 || !entries.Any(e => e.Name == "background" && e.Labels is [0]))
        {
            throw new InputException($"labels are {Describe()}, but 'background' must be there and be 0", "add \"background\": 0 to the labels in dataset.json");
        }

        if (ignore is { } i && used.Contains(i))
        {
            throw new InputException($"label to ignore is {i}, but that is also a label: {Describe()}", "give the label to ignore an integer of its own in dataset.json");
        }

        Values = [.. used];
    }

    /// <summary>Every different integer in rising order, background included and the one to ignore not. The place in this list is the class of a softmax network, so 0, 1, 2, 4 are four classes.</summary>
    public IReadOnlyList<ushort> Values { get; }

    /// <summary>All names, background first; without the one to ignore.</summary>
    public IReadOnlyList<NamedLabel> Entries { get; }

    /// <summary>The label that neither training nor scores count; null = none.</summary>
    public ushort? Ignore { get; }

    /// <summary>All names but the background.</summary>
    public IEnumerable<NamedLabel> Foreground => Entries.Where(e => e.Labels is not [0]);

    /// <summary>Whether a name stands for several integers, so that the network predicts overlapping regions.</summary>
    public bool HasRegions => Entries.Any(e => e.Labels.Count > 1);

    /// <summary>How many different integers there are, background included and the one to ignore not: the classes of a softmax network.</summary>
    public int Count => Values.Count;

    /// <summary>Whether a label map may hold this integer.</summary>
    public bool Contains(ushort label) => Values.Contains(label) || label == Ignore;

    /// <summary>The name of an integer; the integer itself where several regions share it.</summary>
    public string NameOf(ushort label) =>
        label == Ignore ? "ignore" : Entries.FirstOrDefault(e => e.Labels.Count == 1 && e.Labels[0] == label)?.Name ?? $"{label}";

    /// <summary>Puts the classes 0, 1, 2 … in the place of integers; the label to ignore becomes <see cref="Count"/>.</summary>
    /// <param name="labels">Only integers that <see cref="Contains"/>.</param>
    /// <returns>The same array where nothing changes, else a new one.</returns>
    public ushort[] ToClasses(ushort[] labels)
    {
        if (Values[^1] == Count - 1 && (Ignore is null || Ignore == Count))
        {
            return labels;
        }

        var classes = new ushort[ushort.MaxValue + 1];
        for (var i = 0; i < Count; i++)
        {
            classes[Values[i]] = (ushort)i;
        }

        if (Ignore is { } ignore)
        {
            classes[ignore] = (ushort)Count;
        }

        return Array.ConvertAll(labels, l => classes[l]);
    }

    /// <summary>"0 background, 1 membrane".</summary>
    public string Describe() =>
        string.Join(", ", Entries.Select(e => $"{string.Join("+", e.Labels)} {e.Name}")) + (Ignore is { } i ? $", {i} ignore" : "");

    /// <summary>Labels written as on the command line: <c>1=nucleus,2=border</c>; background is added.</summary>
    /// <exception cref="UsageException">Not of that form.</exception>
    public static LabelList Parse(string text)
    {
        var entries = new List<NamedLabel> { new("background", [0]) };
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (number, name) = part.Split('=', 2) is [var left, var right] ? (left, right.Trim()) : ("", "");
            if (!ushort.TryParse(number, out var label) || name.Length == 0)
            {
                throw new UsageException($"labels are '{text}', expected a list such as 1=nucleus,2=border", "--labels 1=nucleus");
            }

            if (label != 0)
            {
                entries.Add(new(name, [label]));
            }
        }

        return new LabelList(entries);
    }
}

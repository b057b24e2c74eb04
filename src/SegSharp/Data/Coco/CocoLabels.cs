using SegSharp.Foundation;

namespace SegSharp.Data.Coco;

/// <summary>Which label a category becomes.</summary>
/// <remarks>
/// A label is the category's id where ids are 1 to 254 (COCO's are 1 to 90, with gaps), one more where a category other than the
/// background has id 0, and the place in the order of ids where ids are larger. Chosen categories are numbered from 1 in the order in
/// which they are named; groups (supercategories) in the order of their first category.
/// </remarks>
public sealed class CocoLabels
{
    private const int LargestId = 254;
    private static readonly string[] Backgrounds = ["background", "_background_", "__background__"];

    private readonly Dictionary<long, ushort> _labelOf;

    private CocoLabels(Dictionary<long, ushort> labelOf, LabelList labels, string how) => (_labelOf, Labels, How) = (labelOf, labels, how);

    /// <summary>The labels of the data set, without one to ignore.</summary>
    public LabelList Labels { get; }

    /// <summary>How categories became labels, for a remark.</summary>
    public string How { get; }

    /// <summary>The label of a category; null where it was not chosen, 0 for the background.</summary>
    public ushort? Of(long category) => _labelOf.TryGetValue(category, out var label) ? label : null;

    /// <summary>The labels with one to ignore.</summary>
    public LabelList WithIgnore => new(Labels.Entries, Ignore);

    /// <summary>A label for what is not to be counted: 255, or the one behind the largest.</summary>
    public ushort Ignore => Labels.Values[^1] < 255 ? (ushort)255 : (ushort)(Labels.Values[^1] + 1);

    /// <summary>Makes the labels.</summary>
    /// <param name="categories">All of the file.</param>
    /// <param name="chosen">Names or ids of categories to keep, in the order of their labels; names of groups take all of a group. null = all.</param>
    /// <param name="byGroup">One label for a supercategory.</param>
    /// <exception cref="InputException">A name that the file does not have.</exception>
    public static CocoLabels Of(IReadOnlyList<CocoCategory> categories, IReadOnlyList<string>? chosen, bool byGroup)
    {
        var background = categories.Where(c => Backgrounds.Contains(c.Name, StringComparer.OrdinalIgnoreCase)).ToList();
        var others = categories.Except(background).OrderBy(c => c.Id).ToList();
        if (others.Count == 0)
        {
            throw new InputException("the file has no categories but the background", null);
        }

        var labelOf = background.ToDictionary(c => c.Id, _ => (ushort)0);
        if (chosen is not null)
        {
            return Numbered([.. chosen.Select(name => (name, Choose(others, name)))], labelOf, "labels are numbered in the order in which categories were named");
        }

        if (byGroup)
        {
            return Numbered([.. others.GroupBy(c => c.Supercategory ?? c.Name).Select(g => (g.Key, g.ToList()))], labelOf, "a label for every supercategory, in the order of their first category");
        }

        if (others[^1].Id > LargestId || others[0].Id < 0)
        {
            return Numbered([.. others.Select(c => (c.Name, new List<CocoCategory> { c }))], labelOf, $"labels are numbered in the order of category ids, which are {others[0].Id} to {others[^1].Id}");
        }

        var shift = others[0].Id == 0 ? 1 : 0;
        foreach (var category in others)
        {
            labelOf[category.Id] = (ushort)(category.Id + shift);
        }

        return new(labelOf, List(others.Select(c => (c.Name, (ushort)(c.Id + shift)))), shift == 1 ? "labels are category ids plus 1, since a category has id 0" : "labels are category ids");
    }

    private static CocoLabels Numbered(List<(string Name, List<CocoCategory> Categories)> groups, Dictionary<long, ushort> labelOf, string how)
    {
        for (var i = 0; i < groups.Count; i++)
        {
            foreach (var category in groups[i].Categories)
            {
                labelOf[category.Id] = (ushort)(i + 1);
            }
        }

        return new(labelOf, List(groups.Select((g, i) => (g.Name, (ushort)(i + 1)))), how);
    }

    // Two categories of one name keep their numbers as part of it.
    private static LabelList List(IEnumerable<(string Name, ushort Label)> labels)
    {
        var all = labels.ToList();
        var twice = all.GroupBy(l => l.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        return new([new("background", [0]), .. all.Select(l => new NamedLabel(twice.Contains(l.Name) || l.Name == "ignore" ? $"{l.Name} {l.Label}" : l.Name, [l.Label]))]);
    }

    private static List<CocoCategory> Choose(List<CocoCategory> categories, string name)
    {
        var found = categories.Where(c => c.Name == name || $"{c.Id}" == name).ToList();
        found = found.Count > 0 ? found : [.. categories.Where(c => c.Supercategory == name)];
        var known = categories.Select(c => c.Name).Concat(categories.Select(c => c.Supercategory).OfType<string>()).Distinct(StringComparer.Ordinal);
        return found.Count > 0
            ? found
            : throw new InputException($"no category or supercategory is called '{name}'; known: {string.Join(", ", Nearest.Sort(name, known).Take(8))}", null);
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Postprocessing;

/// <summary>Options of a step.</summary>
public abstract record PostprocessingOptions
{
    /// <summary>Every fault, with its key.</summary>
    public abstract IEnumerable<Fault> Check();
}

/// <summary>A change of a finished mask by what its objects look like.</summary>
public abstract class PostprocessingStep
{
    /// <summary>What it does, in words: "keep the largest part of 1+2".</summary>
    public abstract string Name { get; }

    /// <summary>The changed mask on the same grid; what came in is not changed.</summary>
    public abstract LabelMap Apply(LabelMap mask);

    /// <inheritdoc/>
    public sealed override string ToString() => Name;

    /// <summary>The voxels of some labels; of all above 0 when there is none in the list.</summary>
    protected static bool[] Of(LabelMap mask, IReadOnlyList<ushort> labels)
    {
        var belongs = new bool[ushort.MaxValue + 1];
        foreach (var label in labels)
        {
            belongs[label] = true;
        }

        return Array.ConvertAll(mask.Labels, l => labels.Count == 0 ? l != 0 : belongs[l]);
    }

    /// <summary>The labels that a step looks at one by one: the list, or every label above 0 that occurs.</summary>
    protected static IEnumerable<ushort> Each(LabelMap mask, IReadOnlyList<ushort> labels) =>
        labels.Count > 0 ? labels : mask.Histogram().Select(c => (ushort)c.Label).Where(l => l != 0);

    /// <summary>The mask with 0 where <paramref name="before"/> holds and <paramref name="after"/> does not.</summary>
    protected static LabelMap Without(LabelMap mask, bool[] before, bool[] after)
    {
        var labels = (ushort[])mask.Labels.Clone();
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = before[i] && !after[i] ? (ushort)0 : labels[i];
        }

        return new LabelMap(mask.Name, mask.Geometry, labels, mask.Path);
    }

    /// <summary>Labels in words: "1+2", "every label".</summary>
    protected static string Words(IReadOnlyList<ushort> labels, string none) => labels.Count == 0 ? none : string.Join("+", labels);
}

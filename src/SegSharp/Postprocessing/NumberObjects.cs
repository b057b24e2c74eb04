using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Postprocessing;

/// <summary>How a piece of a mask becomes objects.</summary>
public enum ObjectSeeds
{
    /// <summary>Every connected part is an object.</summary>
    Components,

    /// <summary>Every place that lies deeper inside than all around it is an object: parts that touch are cut at their waist.</summary>
    Watershed,
}

/// <summary>Options of <see cref="NumberObjects"/>.</summary>
public sealed record NumberObjectsOptions : PostprocessingOptions
{
    /// <summary>The labels that are inside of objects; empty takes every label above 0 but <see cref="Border"/>.</summary>
    public IReadOnlyList<ushort> Labels { get; init; } = [];

    /// <summary>The label of borders or outlines: it parts objects, and then goes to the object next to it. null = none.</summary>
    public ushort? Border { get; init; }

    /// <summary>What becomes an object.</summary>
    public ObjectSeeds Seeds { get; init; }

    /// <summary>The watershed's least distance between two middles, pixels.</summary>
    public int MinDistance { get; init; } = 5;

    /// <summary>Which voxels touch.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.Full;

    /// <summary>Voxels by which every object grows into the background at the end: gives back a seam that was learnt as background. Objects stay apart.</summary>
    public int Grow { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        if (MinDistance < 1)
        {
            yield return Fault.At("numberObjects.minDistance", $"is {MinDistance}; it must be 1 or more");
        }

        if (Grow < 0)
        {
            yield return Fault.At("numberObjects.grow", $"is {Grow}; it must be 0 or more");
        }

        if (Border is { } border && (border == 0 || Labels.Contains(border)))
        {
            yield return Fault.At("numberObjects.border", $"is {border}; it must be a label of its own, not the background nor the inside");
        }
    }
}

/// <summary>Makes a mask a map of numbered objects: 1, 2, 3, … in the order of their first voxels.</summary>
/// <remarks>
/// Source: Soille and Ansoult 1990 for the watershed on the depth; Caicedo et al. 2019 for a border class as what parts nuclei.
/// Parity: its pieces (components, peaks, watershed, expansion) are held against scikit-image 0.19, exact.
/// </remarks>
public sealed class NumberObjects(NumberObjectsOptions o) : PostprocessingStep
{
    /// <inheritdoc/>
    public override string Name =>
        $"number the {(o.Seeds == ObjectSeeds.Watershed ? "objects of a watershed" : "connected parts")} of {Words(o.Labels, "the foreground")}"
        + (o.Border is { } border ? $", parted by label {border}" : "")
        + (o.Grow > 0 ? $", grown by {o.Grow}" : "");

    /// <summary>The objects.</summary>
    /// <param name="mask">Labels.</param>
    /// <exception cref="InputException">More objects than 16 bits can number.</exception>
    public override LabelMap Apply(LabelMap mask)
    {
        var inside = Of(mask, o.Labels);
        var open = (bool[])inside.Clone();
        if (o.Border is { } border)
        {
            for (var i = 0; i < inside.Length; i++)
            {
                inside[i] &= mask.Labels[i] != border;
                open[i] |= mask.Labels[i] == border;
            }
        }

        var objects = Components.Label(inside, mask.Extent, o.Connectivity, out var count);
        if (count > 0 && (o.Seeds == ObjectSeeds.Watershed || o.Border is not null))
        {
            var seeds = o.Seeds == ObjectSeeds.Watershed ? Middles(inside, objects, mask.Extent) : objects;
            var heights = Array.ConvertAll(DistanceTransform.Inside(open, mask.Extent), d => -d);
            objects = Watershed.Flood(heights, seeds, mask.Extent, open, o.Connectivity);
        }

        objects = o.Grow > 0 ? Instances.Expand(objects, mask.Extent, Math.Min(o.Grow, Diagonal(mask.Extent))) : objects;
        return Numbered(mask, objects);
    }

    // A part without a peak of its own (too thin, or at the border of the grid) keeps itself as its seed.
    private int[] Middles(bool[] inside, int[] parts, Extent extent)
    {
        var depth = DistanceTransform.Inside(inside, extent);
        var seeds = new int[parts.Length];
        var (next, seeded) = (0, new HashSet<int>());
        foreach (var peak in Peaks.FindWithin(depth, parts, extent, new() { MinDistance = o.MinDistance, Border = 0, Threshold = 0 }))
        {
            seeds[peak] = ++next;
            seeded.Add(parts[peak]);
        }

        var kept = new Dictionary<int, int>();
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] != 0 && !seeded.Contains(parts[i]))
            {
                seeds[i] = kept.TryGetValue(parts[i], out var number) ? number : kept[parts[i]] = ++next;
            }
        }

        return seeds;
    }

    // Growing further reaches nothing more.
    private static int Diagonal(Extent e) => (int)Math.Ceiling(Math.Sqrt(((double)e.Width * e.Width) + ((double)e.Height * e.Height) + ((double)e.Depth * e.Depth)));

    private static LabelMap Numbered(LabelMap mask, int[] objects)
    {
        var numbers = new Dictionary<int, ushort> { [0] = 0 };
        var labels = Array.ConvertAll(objects, n =>
        {
            if (!numbers.TryGetValue(n, out var number))
            {
                number = numbers.Count <= ushort.MaxValue
                    ? (ushort)numbers.Count
                    : throw new InputException($"'{mask.Path ?? mask.Name}' has more than {ushort.MaxValue} objects; 16 bits number no more", "remove small parts first: --remove-small 20");
                numbers.Add(n, number);
            }

            return number;
        });
        return new LabelMap(mask.Name, mask.Geometry, labels, mask.Path);
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Data.Import;

/// <summary>What a network shall learn of pictures whose objects are numbered.</summary>
public enum ObjectTarget
{
    /// <summary>1 inside of objects, 0 outside. Objects that touch become one piece; the border's weight may still press on their seam.</summary>
    Binary,

    /// <summary>As <see cref="Binary"/>, with a seam of background where objects touch, so that the pieces of the mask are the objects.</summary>
    Separated,

    /// <summary>1 inside, 2 where the 3 × 3 neighbourhood holds two objects: the border between those that touch or nearly do.</summary>
    Borders,

    /// <summary>1 inside, 2 on the outermost pixels of every object.</summary>
    Outlines,
}

/// <summary>Makes labels for a network of a map of numbered objects.</summary>
/// <remarks>
/// Source: Ronneberger et al. 2015 (a seam of background between touching cells, weighted); Caicedo et al. 2019 and the winners of the
/// Data Science Bowl 2018 (inside, border, outside). Parity: <c>touch_3x3_two_instances</c> and scikit-image's inner boundaries, exact.
/// </remarks>
public static class ObjectLabels
{
    /// <summary>The labels that a target knows.</summary>
    /// <param name="target">What shall be learnt.</param>
    /// <param name="name">What an object is called: "nucleus".</param>
    public static LabelList Names(ObjectTarget target, string name) => target switch
    {
        ObjectTarget.Borders => new([new("background", [0]), new(name, [1]), new("border", [2])]),
        ObjectTarget.Outlines => new([new("background", [0]), new(name, [1]), new("outline", [2])]),
        _ => new([new("background", [0]), new(name, [1])]),
    };

    /// <summary>The target in words, for a remark.</summary>
    public static string Explain(ObjectTarget target, string name) => target switch
    {
        ObjectTarget.Separated => $"labels: 1 {name}, with a seam of background where objects touch",
        ObjectTarget.Borders => $"labels: 1 {name}, 2 border where two objects lie within 3x3 pixels",
        ObjectTarget.Outlines => $"labels: 1 {name}, 2 outline (the outermost pixels of every object)",
        _ => $"labels: 1 {name} wherever an object is",
    };

    /// <summary>The labels of a map.</summary>
    /// <param name="objects">The number of the object at every pixel; 0 outside.</param>
    /// <param name="target">What shall be learnt.</param>
    public static LabelMap Of(LabelMap objects, ObjectTarget target)
    {
        var numbers = Array.ConvertAll(objects.Labels, l => (int)l);
        var labels = Array.ConvertAll(numbers, n => n == 0 ? (ushort)0 : (ushort)1);
        if (target == ObjectTarget.Outlines)
        {
            Paint(Instances.Boundaries(numbers, objects.Extent, BoundarySide.Inner), 2);
        }
        else if (target != ObjectTarget.Binary)
        {
            Paint(Instances.Touching(numbers, objects.Extent), target == ObjectTarget.Borders ? (ushort)2 : (ushort)0);
        }

        return new LabelMap(objects.Name, objects.Geometry, labels, objects.Path);

        void Paint(bool[] where, ushort label)
        {
            for (var i = 0; i < labels.Length; i++)
            {
                labels[i] = where[i] ? label : labels[i];
            }
        }
    }

    /// <summary>The connected parts of a mask as objects, numbered 1, 2, 3, … (corners touch).</summary>
    /// <exception cref="InputException">More parts than 16 bits can number.</exception>
    public static LabelMap OfParts(LabelMap mask)
    {
        var parts = Components.Label(Array.ConvertAll(mask.Labels, l => l != 0), mask.Extent, Connectivity.Full, out var count);
        return Numbered(mask, parts, count);
    }

    /// <summary>Numbers as a label map on the grid of another.</summary>
    /// <exception cref="InputException">More objects than 16 bits can number.</exception>
    internal static LabelMap Numbered(LabelMap grid, int[] numbers, int count) => count <= ushort.MaxValue
        ? new LabelMap(grid.Name, grid.Geometry, Array.ConvertAll(numbers, n => (ushort)n), grid.Path)
        : throw new InputException($"'{grid.Path ?? grid.Name}' has {count} objects; 16 bits number at most {ushort.MaxValue}", "remove small parts first: segsharp postprocess SRC DST --remove-small 20");
}

using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Coco;

/// <summary>What becomes of regions that hold many objects which nobody told apart.</summary>
public enum CrowdRule
{
    /// <summary>Neither training nor scores count them.</summary>
    Ignore,

    /// <summary>They are pixels of their category.</summary>
    Foreground,

    /// <summary>They are left out: background.</summary>
    Drop,
}

/// <summary>Who keeps a pixel that several objects claim.</summary>
public enum OverlapRule
{
    /// <summary>The smaller object, so that what stands in front of something larger stays visible.</summary>
    Smallest,

    /// <summary>The later one in the file.</summary>
    Last,

    /// <summary>The earlier one in the file.</summary>
    First,
}

/// <summary>Labels and objects of one picture.</summary>
/// <param name="Labels">The classes.</param>
/// <param name="Objects">The numbers of the objects, from 1 in the file's order; crowds are none.</param>
/// <param name="Twice">Pixels that two objects or more claim.</param>
/// <param name="Unknown">Annotations without a mask.</param>
public sealed record CocoPainted(LabelMap Labels, LabelMap Objects, long Twice, int Unknown);

/// <summary>Paints the objects of a picture.</summary>
/// <param name="labels">Which label a category becomes; objects of others are left out.</param>
/// <param name="crowd">What becomes of crowds; they always lie under all objects.</param>
/// <param name="overlap">Who keeps a pixel.</param>
public sealed class CocoMasks(CocoLabels labels, CrowdRule crowd, OverlapRule overlap)
{
    /// <summary>The labels and objects of one picture.</summary>
    /// <param name="name">What the maps are called.</param>
    /// <param name="extent">The picture's size.</param>
    /// <param name="objects">All of the picture, in the file's order.</param>
    /// <exception cref="InputException">More than 65,535 objects.</exception>
    public CocoPainted Paint(string name, Extent extent, IEnumerable<CocoObject> objects)
    {
        var all = objects.ToList();
        var unknown = all.Count(o => o.Mask is null);
        var known = all.Where(o => o.Mask is not null && labels.Of(o.Category) is > 0).Select((o, i) => (Object: o, Number: i + 1, o.Mask!.Area)).ToList();
        if (known.Count > ushort.MaxValue)
        {
            throw new InputException($"picture '{name}' has {known.Count} objects; 16 bits number at most {ushort.MaxValue}", null);
        }

        var (classes, numbers, claims) = (new ushort[extent.Count], new ushort[extent.Count], new byte[extent.Count]);
        foreach (var (item, _, _) in known.Where(k => k.Object.IsCrowd && crowd != CrowdRule.Drop))
        {
            Each(item.Mask!, extent, i => classes[i] = crowd == CrowdRule.Ignore ? labels.Ignore : labels.Of(item.Category)!.Value);
        }

        var single = known.Where(k => !k.Object.IsCrowd);
        var order = overlap switch
        {
            OverlapRule.First => single.Reverse(),
            OverlapRule.Last => single,
            _ => single.OrderByDescending(k => k.Area),
        };
        foreach (var (item, number, _) in order)
        {
            var label = labels.Of(item.Category)!.Value;
            Each(item.Mask!, extent, i => (classes[i], numbers[i], claims[i]) = (label, (ushort)number, (byte)Math.Min(2, claims[i] + 1)));
        }

        var grid = Geometry.Pixels(extent);
        return new(new(name, grid, classes), new(name, grid, numbers), claims.LongCount(c => c > 1), unknown);
    }

    private static void Each(RunLength mask, Extent extent, Action<int> paint)
    {
        foreach (var (start, length) in mask.Runs())
        {
            for (var i = start; i < start + length; i++)
            {
                paint((i % mask.Height * extent.Width) + (i / mask.Height));
            }
        }
    }
}

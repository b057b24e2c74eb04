using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>One object of the truth.</summary>
/// <param name="Voxels">Its size.</param>
/// <param name="Covered">How many of its voxels were predicted.</param>
public sealed record TrueObject(long Voxels, long Covered)
{
    /// <summary>Whether it was found: at least half of it was predicted.</summary>
    public bool Found => 2 * Covered >= Voxels;
}

/// <summary>How many objects of some size were found.</summary>
/// <param name="From">Voxels of the smallest.</param>
/// <param name="To">Voxels that are too many; null = no end.</param>
/// <param name="Objects">Objects of the truth.</param>
/// <param name="Found">Those of them of which at least half was predicted.</param>
/// <param name="Covered">Share of their voxels that was predicted; null where there are none.</param>
public sealed record SizeRecall(long From, long? To, int Objects, int Found, double? Covered)
{
    /// <summary>Found of all; null where there are none.</summary>
    public double? Recall => Objects == 0 ? null : (double)Found / Objects;

    /// <summary>"20 to 99", "100 and more".</summary>
    public string Range => To is { } end ? $"{From} to {end - 1}" : $"{From} and more";

    /// <summary>The objects of one region: connected voxels of the truth, corners included, and how much of each was predicted.</summary>
    /// <param name="prediction">On the grid of the truth.</param>
    /// <param name="truth">The truth.</param>
    /// <param name="region">What an object is made of.</param>
    /// <exception cref="InputException">The grids differ.</exception>
    public static IReadOnlyList<TrueObject> ObjectsOf(LabelMap prediction, LabelMap truth, Region region)
    {
        _ = new Comparison(prediction, truth);
        var mask = Array.ConvertAll(truth.Labels, l => region.Labels.Contains(l));
        var parts = Components.Label(mask, truth.Extent, Connectivity.Full, out var count);
        var (voxels, covered) = (new long[count + 1], new long[count + 1]);
        for (var i = 0; i < parts.Length; i++)
        {
            voxels[parts[i]]++;
            covered[parts[i]] += region.Labels.Contains(prediction.Labels[i]) ? 1 : 0;
        }

        return [.. Enumerable.Range(1, count).Select(n => new TrueObject(voxels[n], covered[n]))];
    }

    /// <summary>Sorts objects by their size.</summary>
    /// <param name="objects">Of one image or of all.</param>
    /// <param name="edges">Where a size class ends and the next begins, voxels, ascending.</param>
    public static IReadOnlyList<SizeRecall> Of(IReadOnlyCollection<TrueObject> objects, IReadOnlyList<long> edges)
    {
        long[] starts = [1, .. edges];
        return
        [
            .. starts.Select((from, i) =>
            {
                long? to = i + 1 < starts.Length ? starts[i + 1] : null;
                var inside = objects.Where(o => o.Voxels >= from && (to is null || o.Voxels < to)).ToList();
                return new SizeRecall(from, to, inside.Count, inside.Count(o => o.Found), inside.Count == 0 ? null : (double)inside.Sum(o => o.Covered) / inside.Sum(o => o.Voxels));
            }),
        ];
    }

    /// <summary>Reads "20,100".</summary>
    /// <exception cref="UsageException">No ascending whole numbers above 1.</exception>
    public static IReadOnlyList<long> ParseEdges(string text)
    {
        var words = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var edges = words.Select(w => long.TryParse(w, out var v) ? v : 0).ToArray();
        return edges.Length > 0 && edges[0] > 1 && edges.Zip(edges.Skip(1)).All(p => p.First < p.Second)
            ? edges
            : throw new UsageException($"sizes '{text}' are no ascending whole numbers above 1", "--by-size 20,100");
    }
}

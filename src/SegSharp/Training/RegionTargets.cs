using SegSharp.Torch;

namespace SegSharp.Training;

/// <summary>Makes the truth of overlapping regions from classes: one channel of 0 and 1 per region, −1 where nothing is known.</summary>
/// <param name="regions">The classes of every region, one region per channel of the network.</param>
/// <param name="classes">How many classes there are, background included.</param>
/// <param name="ignore">The class that does not count; null = none.</param>
public sealed class RegionTargets(IReadOnlyList<IReadOnlyList<int>> regions, int classes, int? ignore = null)
{
    /// <summary>Whether a voxel of that class belongs to the region; null where the class does not count.</summary>
    public bool? Contains(int region, int label) => label == ignore ? null : regions[region].Contains(label);

    /// <summary>The truth of every channel.</summary>
    /// <param name="labels">[N, (D,) H, W] as int64.</param>
    /// <returns>[N, K, (D,) H, W] as float32.</returns>
    public Tensor Of(Tensor labels)
    {
        using var scope = new TensorScope();
        var rows = Math.Max(classes, (ignore ?? 0) + 1);
        var table = new float[rows * regions.Count];
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = Contains(i % regions.Count, i / regions.Count) is { } inside ? inside ? 1 : 0 : -1;
        }

        var looked = Tensor.From(table, rows, regions.Count).To(labels.Device).IndexSelect(0, labels.Reshape(-1));
        var last = looked.Reshape([.. labels.Shape, regions.Count]);              // [N, (D,) H, W, K]
        return scope.Keep(last.Permute([0, labels.Dimensions, .. Enumerable.Range(1, labels.Dimensions - 1).Select(i => (long)i)]).Contiguous());
    }
}

using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Losses;

namespace SegSharp.Training;

/// <summary>The maps that some losses take beside the labels. They are geometry, so they are made here, by the threads that load.</summary>
internal static class LossMaps
{
    /// <summary>The change that gives samples the map of a loss; null when it takes none.</summary>
    /// <param name="loss">The loss, or a sum of several, of which at most one takes a map.</param>
    /// <param name="channels">The network's.</param>
    /// <param name="regions">Which classes a channel stands for; null where every channel is a label.</param>
    public static SampleChange? For(LossOptions loss, int channels, RegionTargets? regions)
    {
        foreach (var part in loss.Parts)
        {
            switch (part)
            {
                case CrossEntropyOptions { BorderWeight: > 0 } border:
                    return (sample, _) => Border(sample, border);
                case BoundaryOptions boundary:
                    return (sample, _) => Distances(sample, boundary, channels, regions);
            }
        }

        return null;
    }

    /// <summary>The data set whose samples come with the border's weights where it tells its objects apart (<see cref="DataSet.ObjectsFolder"/>); elsewhere they are made patch by patch, of connected parts.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="loss">The loss, or a sum of several.</param>
    public static DataSet Weighted(DataSet data, LossOptions loss) =>
        loss.Parts.OfType<CrossEntropyOptions>().FirstOrDefault(o => o.BorderWeight > 0) is { } border && data.Cases.Any(c => data.ObjectsOf(c) is not null)
            ? data.Weighted((objects, classes) => BorderWeights.Of(Only(objects, classes, border.BorderCells), Of(border)), $"{border}")
            : data;

    /// <summary>The U-Net's weight map, which presses on the thin borders between touching cells. The class weights stay with the loss; the map is 1 far from borders.</summary>
    /// <remarks>Source: Ronneberger et al. 2015, equation 2.</remarks>
    private static Sample Border(Sample sample, CrossEntropyOptions options)
    {
        // True objects know better than connected parts; their weights went through the augmentation with the image.
        if (sample.Labels is not { } labels || sample.Weights is not null)
        {
            return sample;
        }

        var mask = Array.ConvertAll(labels, l => l == options.BorderCells);
        var weights = BorderWeights.Of(mask, sample.Extent, Of(options));
        return sample with { Weights = weights, Maps = 0 };
    }

    // A seam or a border class between objects is no cell: there the weight is highest.
    private static LabelMap Only(LabelMap objects, ushort[] classes, int cells) =>
        new(objects.Name, objects.Geometry, [.. objects.Labels.Select((o, i) => classes[i] == cells ? o : (ushort)0)], objects.Path);

    private static BorderWeightsOptions Of(CrossEntropyOptions o) => new() { Height = o.BorderWeight, Sigma = o.BorderSigma, WithinCells = !o.BorderOnBackground };

    /// <summary>How far every voxel lies outside (above 0) or inside each channel's truth.</summary>
    private static Sample Distances(Sample sample, BoundaryOptions options, int channels, RegionTargets? regions)
    {
        if (sample.Labels is not { } labels)
        {
            return sample;
        }

        var first = options.Sigmoid ? 1 : 0;
        var maps = new float[channels * sample.Voxels];
        for (var k = 0; k < channels; k++)
        {
            var inside = Array.ConvertAll(labels, l => regions is null ? l == k + first : regions.Contains(k, l) == true);
            SignedDistances(inside, sample.Extent, options.Spacing).CopyTo(maps, k * sample.Voxels);
        }

        return sample with { Weights = maps, Maps = channels };
    }

    /// <summary>The distance to the mask outside it, and 1 − the distance to its outside within, so that its outermost voxels are 0. All 0 where there is no boundary.</summary>
    /// <remarks>
    /// Source: Kervadec et al. 2019; parity: LIVIAETS/boundary-loss one_hot2dist. Differs: for a mask that fills the image its distances
    /// are those to a place outside the array; here they are 0.
    /// </remarks>
    /// <param name="inside">The mask, x fastest.</param>
    /// <param name="extent">Its grid.</param>
    /// <param name="spacing">Voxel sizes, slowest axis first; null counts voxels.</param>
    public static float[] SignedDistances(bool[] inside, Extent extent, double[]? spacing)
    {
        var distances = new float[inside.Length];
        if (!inside.Contains(true) || !inside.Contains(false))
        {
            return distances;
        }

        Triple? step = spacing is null ? null : new Triple(spacing[^1], spacing[^2], spacing.Length == 3 ? spacing[0] : 1);
        var toMask = DistanceTransform.Euclidean(inside, extent, step);
        var toOutside = DistanceTransform.Euclidean(Array.ConvertAll(inside, i => !i), extent, step);
        for (var i = 0; i < distances.Length; i++)
        {
            distances[i] = (float)(inside[i] ? 1 - toOutside[i] : toMask[i]);
        }

        return distances;
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;


/// <summary>Several movements of one sample as one resampling.</summary>
internal static class Movement
{
    /// <summary>Moves a sample.</summary>
    /// <param name="sample">The whole image.</param>
    /// <param name="steps">In their order; they are drawn for a grid of <paramref name="size"/>.</param>
    /// <param name="size">The grid that is moved: the sample's own, or a patch of it.</param>
    /// <param name="corner">Where the patch begins in the sample. Voxels around it that the movement asks for are the image's own.</param>
    /// <param name="threads">0 = one per core.</param>
    /// <remarks>What lies around a patch moves with it as the whole image would, seen coarser: a shift by so many voxels is one by fewer of those.</remarks>
    public static Sample Apply(Sample sample, IReadOnlyList<SpatialDrawn> steps, Extent size, (int X, int Y, int Z) corner, int threads)
    {
        if (sample.ContextFactor == 0)
        {
            return Run(sample, steps, size, corner, 1, threads);
        }

        if (sample.ContextChannels > 0)
        {
            var (channels, own) = (sample.Channels - sample.ContextChannels, (sample.Channels - sample.Places - sample.ContextChannels) * sample.Voxels);
            var (from, to) = (own, own + (sample.ContextChannels * sample.Voxels));
            var alone = sample with { Channels = channels, ContextChannels = 0, Image = [.. sample.Image.AsSpan(0, from), .. sample.Image.AsSpan(to)] };
            return Surroundings.With(Run(alone, steps, size, corner, 1, threads), Around(sample.Image[from..to], sample.Extent, corner));
        }

        // Cut wider than the patch, for what turns into its corners.
        var (x, y, z) = (size.Width / 2, size.Height / 2, size.Depth / 2);
        var wide = new Extent(size.Width + (2 * x), size.Height + (2 * y), size.Depth + (2 * z));
        var values = Surroundings.Values(sample, (corner.X - x, corner.Y - y, corner.Z - z), wide);
        return Surroundings.With(Run(sample, steps, size, corner, 1, threads), Around(values, wide, (x, y, z)));

        float[] Around(float[] image, Extent extent, (int X, int Y, int Z) begin)
        {
            var around = new Sample { Id = sample.Id, Extent = extent, Channels = image.Length / (int)extent.Count, Image = image };
            return Run(around, steps, size, begin, sample.ContextFactor, threads).Image;
        }
    }

    private static Sample Run(Sample sample, IReadOnlyList<SpatialDrawn> steps, Extent size, (int X, int Y, int Z) corner, int factor, int threads)
    {
        var way = new List<WarpStep> { new(Affine.Identity with { Offset = new Triple(corner.X, corner.Y, corner.Z) }) };
        var extent = size;
        if (factor > 1)
        {
            way.Add(new(Surroundings.ToWindow(size, factor).Inverse()));
        }

        foreach (var step in steps)
        {
            var moved = step.Step(extent);
            way.Add(moved.Displacement is { Largest: { X: 0, Y: 0, Z: 0 } } ? moved with { Displacement = null } : moved);
            extent = step.After(extent);
        }

        if (factor > 1)
        {
            way.Add(new(Surroundings.ToWindow(extent, factor)));
        }

        var warp = new Warp(extent, way);

        // Where every voxel comes from exactly one other, nothing is interpolated and every value stays as it is.
        var order = IsShift(way) ? WarpOrder.Nearest : Order(steps);
        var outside = steps.OfType<WarpDrawn>().FirstOrDefault()?.Outside ?? Outside.Mirror;
        return Fill(sample, warp, order, outside, threads);
    }

    private static Sample Fill(Sample sample, Warp warp, WarpOrder order, Outside outside, int threads)
    {
        var (from, to) = (sample.Voxels, (int)warp.Result.Count);
        var border = outside switch
        {
            Outside.Mirror => Imaging.Resampling.Border.Mirror,
            Outside.Nearest => Imaging.Resampling.Border.Nearest,
            _ => Imaging.Resampling.Border.GridConstant,
        };
        var layers = new List<WarpLayer>();
        var image = new float[sample.Channels * to];
        for (var c = 0; c < sample.Channels; c++)
        {
            var channel = sample.Image.AsMemory(c * from, from);
            var value = outside == Outside.Minimum ? Tone.Range(channel.Span).Low : 0;
            layers.Add(WarpLayer.Image(channel, sample.Extent, image.AsMemory(c * to, to), order, border, value, warp.SourceBox));
        }

        ushort[]? labels = null;
        if (sample.Labels is not null)
        {
            labels = new ushort[to];
            layers.Add(WarpLayer.Labels(sample.Labels, sample.Extent, labels, border));
        }

        float[]? weights = null;
        if (sample.Weights is not null)
        {
            var maps = sample.Weights.Length / from;
            weights = new float[maps * to];
            for (var k = 0; k < maps; k++)
            {
                layers.Add(WarpLayer.Image(sample.Weights.AsMemory(k * from, from), sample.Extent, weights.AsMemory(k * to, to), order == WarpOrder.Nearest ? order : WarpOrder.Linear, border, outside: sample.Maps == 0 ? 1 : 0));
            }
        }

        warp.Fill(layers, threads);
        return sample with { Extent = warp.Result, Image = image, Labels = labels, Weights = weights };
    }

    private static WarpOrder Order(IReadOnlyList<SpatialDrawn> steps)
    {
        // The finest that anyone asks for.
        var finest = steps.OfType<WarpDrawn>().Select(s => s.Interpolation).ToList();
        return finest.Contains(Interpolation.Spline) ? WarpOrder.Spline
            : finest.Contains(Interpolation.Cubic) ? WarpOrder.Keys
            : finest.Contains(Interpolation.Bilinear) ? WarpOrder.Linear
            : WarpOrder.Nearest;
    }

    private static bool IsShift(List<WarpStep> way)
    {
        if (way.Exists(s => s.Displacement is not null))
        {
            return false;
        }

        var all = Enumerable.Reverse(way).Aggregate(Affine.Identity, (done, next) => done.Then(next.ToSource));
        return Whole(all.X) && Whole(all.Y) && Whole(all.Z) && Whole(all.Offset);
    }

    private static bool Whole(Triple t) => t.X == Math.Round(t.X) && t.Y == Math.Round(t.Y) && t.Z == Math.Round(t.Z);
}

using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>What lies around a window of an image, seen coarser: as many voxels as the window has, about the same centre, each the mean of a box.</summary>
/// <remarks>
/// Source: Kamnitsas et al. 2017 (DeepMedic), where a second path sees a larger, downsampled surrounding. Differs: here it comes as
/// further channels of the input, and the boxes are averaged rather than sampled.
/// </remarks>
public static class Surroundings
{
    /// <summary>One channel around a window.</summary>
    /// <param name="channel">The whole image [D, H, W].</param>
    /// <param name="whole">Its size.</param>
    /// <param name="corner">The window's first voxel; may lie outside.</param>
    /// <param name="window">Voxels per axis of the window; of depth 1 only width and height are seen coarser.</param>
    /// <param name="factor">How many voxels a box has along an axis.</param>
    /// <param name="values">Receives as many voxels as the window has. Outside lies the mirrored image (the border voxel not repeated).</param>
    public static void Of(ReadOnlySpan<float> channel, Extent whole, (int X, int Y, int Z) corner, Extent window, int factor, Span<float> values)
    {
        var (width, height, depth) = (window.Width, window.Height, window.Depth);
        var through = depth == 1 ? 1 : factor;
        var columns = Along(corner.X, width, factor, whole.Width);
        var rows = BySource(Along(corner.Y, height, factor, whole.Height), factor, whole.Height);
        var planes = BySource(Along(corner.Z, depth, through, whole.Depth), through, whole.Depth);
        var left = Start(corner.X, width, factor);
        var inside = left >= 0 && left + columns.Length <= whole.Width;
        var (line, sheet) = (new float[width], new float[width * height]);
        var share = 1f / ((float)factor * factor * through);
        values.Clear();

        // Axis by axis, each voxel read once: a row is shrunk, added to the rows that it is part of, and planes likewise.
        for (var z = 0; z < whole.Depth; z++)
        {
            if (planes[z] is not { } inPlanes)
            {
                continue;
            }

            Array.Clear(sheet);
            for (var y = 0; y < whole.Height; y++)
            {
                if (rows[y] is not { } inRows)
                {
                    continue;
                }

                var from = channel.Slice(((z * whole.Height) + y) * whole.Width, whole.Width);
                if (inside)
                {
                    Shrink(from.Slice(left, columns.Length), line, factor);
                }
                else
                {
                    Shrink(from, columns, line, factor);
                }

                foreach (var (at, times) in inRows)
                {
                    Add(line, times, sheet.AsSpan(at * width, width));
                }
            }

            foreach (var (at, times) in inPlanes)
            {
                Add(sheet, times * share, values.Slice(at * sheet.Length, sheet.Length));
            }
        }
    }

    /// <summary>A whole image with what lies around it as further channels; the same sample where it is to have none.</summary>
    internal static Sample Around(Sample whole) => whole.ContextFactor == 0 || whole.ContextChannels > 0 ? whole : Beside(whole, whole, (0, 0, 0));

    /// <summary>A window with its surroundings as channels behind the image's own and before those that say where a voxel lies.</summary>
    /// <param name="patch">The window as it was cut.</param>
    /// <param name="whole">What it was cut from.</param>
    /// <param name="corner">Its first voxel in the whole.</param>
    internal static Sample Beside(Sample patch, Sample whole, (int X, int Y, int Z) corner) => With(patch, Values(whole, corner, patch.Extent));

    /// <summary>The surroundings of every channel of intensities.</summary>
    internal static float[] Values(Sample whole, (int X, int Y, int Z) corner, Extent window)
    {
        var (own, count) = (whole.Channels - whole.Places, (int)window.Count);
        var values = new float[own * count];
        for (var c = 0; c < own; c++)
        {
            Of(whole.Image.AsSpan(c * whole.Voxels, whole.Voxels), whole.Extent, corner, window, whole.ContextFactor, values.AsSpan(c * count, count));
        }

        return values;
    }

    /// <summary>Puts surroundings between the channels of a window that has none yet.</summary>
    internal static Sample With(Sample patch, float[] surroundings)
    {
        var own = (patch.Channels - patch.Places) * patch.Voxels;
        return patch with
        {
            Channels = patch.Channels + (surroundings.Length / patch.Voxels),
            ContextChannels = surroundings.Length / patch.Voxels,
            Image = [.. patch.Image.AsSpan(0, own), .. surroundings, .. patch.Image.AsSpan(own)],
        };
    }

    /// <summary>Where the voxels of surroundings lie, in voxels of the window that they belong to.</summary>
    /// <param name="window">Its size.</param>
    /// <param name="factor">How much coarser they are.</param>
    internal static Affine ToWindow(Extent window, int factor)
    {
        var through = window.Depth == 1 ? 1 : factor;
        return new(
            new Triple(factor, 0, 0),
            new Triple(0, factor, 0),
            new Triple(0, 0, through),
            new Triple(First(window.Width, factor), First(window.Height, factor), First(window.Depth, through)));

        // The middle of the first box.
        static double First(int count, int boxes) => Start(0, count, boxes) + ((boxes - 1) / 2.0);
    }

    // The first voxel that a window of that start sees, where its middle stays the middle. An odd window of even boxes lies half a voxel off.
    private static int Start(int start, int count, int factor) => start - ((count * (factor - 1)) / 2);

    // For each voxel that is seen along an axis the one inside the image that it shows.
    private static int[] Along(int start, int count, int factor, int size)
    {
        var first = Start(start, count, factor);
        return [.. Enumerable.Range(first, count * factor).Select(i => PatchSampler.Mirror(i, size))];
    }

    // For each row of the image the boxes that it is in, and how often; null where it is in none.
    private static List<(int At, float Times)>?[] BySource(int[] seen, int factor, int size)
    {
        var boxes = new List<(int At, float Times)>?[size];
        for (var i = 0; i < seen.Length; i++)
        {
            var (list, at) = (boxes[seen[i]] ??= [], i / factor);
            if (list.Count > 0 && list[^1].At == at)
            {
                list[^1] = (at, list[^1].Times + 1);
            }
            else
            {
                list.Add((at, 1));
            }
        }

        return boxes;
    }

    private static void Shrink(ReadOnlySpan<float> from, Span<float> to, int factor)
    {
        for (var x = 0; x < to.Length; x++)
        {
            var sum = 0f;
            foreach (var v in from.Slice(x * factor, factor))
            {
                sum += v;
            }

            to[x] = sum;
        }
    }

    private static void Shrink(ReadOnlySpan<float> from, ReadOnlySpan<int> columns, Span<float> to, int factor)
    {
        for (var x = 0; x < to.Length; x++)
        {
            var sum = 0f;
            foreach (var column in columns.Slice(x * factor, factor))
            {
                sum += from[column];
            }

            to[x] = sum;
        }
    }

    private static void Add(ReadOnlySpan<float> from, float times, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++)
        {
            to[i] += times * from[i];
        }
    }
}

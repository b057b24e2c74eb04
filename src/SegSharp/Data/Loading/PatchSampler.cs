using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>How patches are cut.</summary>
public sealed record PatchOptions
{
    private const int MostVoxels = 1 << 28;

    /// <summary>Voxels per axis; depth 1 for pictures and slices.</summary>
    public Extent Size { get; init; } = new(192, 192);

    /// <summary>Share of the patches whose centre is a foreground voxel (where the image has one); a third, as in nnU-Net.</summary>
    public double ForegroundShare { get; init; } = 1.0 / 3;

    /// <summary>What those voxels are drawn from.</summary>
    public PatchSampling Sampling { get; init; } = PatchSampling.Foreground;

    /// <summary>A class that is no foreground, since it is to be ignored; null = none.</summary>
    public int? Ignore { get; init; }

    /// <summary>Every fault, with its key in a recipe.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Size.Width < 1 || Size.Height < 1 || Size.Depth < 1)
        {
            yield return Fault.At("training.patchSize", $"is {Size.Width}x{Size.Height}x{Size.Depth}; every side must be 1 or more");
        }

        if ((double)Size.Width * Size.Height * Size.Depth > MostVoxels)
        {
            yield return Fault.At("training.patchSize", $"is {Size}; at most {MostVoxels:N0} voxels go into a patch");
        }

        if (ForegroundShare is not (>= 0 and <= 1))
        {
            yield return Fault.At("training.foregroundShare", $"is {ForegroundShare}; it must lie between 0 and 1");
        }

        if (!Enum.IsDefined(Sampling))
        {
            yield return Fault.At("training.sampling", $"is {Sampling}; it must be one of {string.Join(", ", Enum.GetNames<PatchSampling>())}");
        }
    }
}

/// <summary>Cuts one random patch of a fixed size from a picture or volume; a smaller one is continued by mirroring at its border.</summary>
/// <remarks>Source: Isensee et al. 2021, oversampling of foreground. Differs: drawn for every patch, not fixed by its place in the batch.</remarks>
public sealed class PatchSampler
{
    private readonly PatchOptions _options;

    /// <summary>A sampler.</summary>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public PatchSampler(PatchOptions options)
    {
        UsageException.ThrowIfAny(options.Check());
        _options = options;
    }

    /// <summary>Cuts one patch.</summary>
    /// <param name="sample">The whole image.</param>
    /// <param name="random">Decides the place.</param>
    /// <returns>A new sample of the options' size.</returns>
    public Sample Cut(Sample sample, RandomStream random)
    {
        var (left, top, front) = Corner(sample, random);
        return CutAt(sample, left, top, front, _options.Size);
    }

    /// <summary>Voxels per axis of a patch.</summary>
    public Extent Size => _options.Size;

    /// <summary>Draws the place of a patch without cutting it.</summary>
    /// <param name="sample">The whole image.</param>
    /// <param name="random">Decides the place.</param>
    /// <returns>The first voxel; negative where the image is smaller than the patch.</returns>
    public (int Left, int Top, int Front) Corner(Sample sample, RandomStream random)
    {
        var (whole, size) = (sample.Extent, _options.Size);
        var forced = random.Chance(_options.ForegroundShare) && _options.Sampling != PatchSampling.Uniform;
        if (forced && sample.Labels is { } labels && PatchCentres.Of(labels, whole, _options.Sampling, _options.Ignore ?? 0).Draw(random) is { } centre)
        {
            return (
                Near(centre % whole.Width, size.Width, whole.Width),
                Near(centre / whole.Width % whole.Height, size.Height, whole.Height),
                Near(centre / (int)whole.PageCount, size.Depth, whole.Depth));
        }

        return (Anywhere(size.Width, whole.Width, random), Anywhere(size.Height, whole.Height, random), Anywhere(size.Depth, whole.Depth, random));
    }

    /// <summary>Cuts at a place; what lies outside is the image mirrored at its border (the border voxel not repeated).</summary>
    /// <param name="sample">The whole image. Where it has a <see cref="Sample.ContextFactor"/>, the patch gets its <see cref="Surroundings"/>.</param>
    /// <param name="left">First column; may be negative.</param>
    /// <param name="top">First row; may be negative.</param>
    /// <param name="front">First plane; may be negative.</param>
    /// <param name="size">Voxels per axis to cut.</param>
    public static Sample CutAt(Sample sample, int left, int top, int front, Extent size)
    {
        var (whole, width) = (sample.Extent, size.Width);
        var columns = new int[width];
        for (var x = 0; x < width; x++)
        {
            columns[x] = Mirror(left + x, whole.Width);
        }

        var image = new float[sample.Channels * size.Count];
        var labels = sample.Labels is null ? null : new ushort[size.Count];
        var weights = sample.Weights is null ? null : new float[size.Count];
        var inside = left >= 0 && left + width <= whole.Width;
        for (var line = 0; line < size.Height * size.Depth; line++)
        {
            var (z, y) = (line / size.Height, line % size.Height);
            var row = ((Mirror(front + z, whole.Depth) * whole.Height) + Mirror(top + y, whole.Height)) * whole.Width;
            for (var c = 0; c < sample.Channels; c++)
            {
                var from = sample.Image.AsSpan((c * sample.Voxels) + row, whole.Width);
                var to = image.AsSpan(((c * size.Depth * size.Height) + line) * width, width);
                Take<float>(from, to, columns, left, inside);
            }

            if (weights is not null)
            {
                Take(sample.Weights.AsSpan(row, whole.Width), weights.AsSpan(line * width, width), columns, left, inside);
            }

            if (labels is not null)
            {
                Take(sample.Labels.AsSpan(row, whole.Width), labels.AsSpan(line * width, width), columns, left, inside);
            }
        }

        var patch = sample with { Extent = size, Image = image, Labels = labels, Weights = weights };
        return sample.ContextFactor == 0 || sample.ContextChannels > 0 ? patch : Surroundings.Beside(patch, sample, (left, top, front));
    }

    /// <summary>The place inside 0 … <paramref name="size"/> − 1 that a place outside mirrors: … 2 1 | 0 1 2 | 1 0 ….</summary>
    public static int Mirror(int place, int size)
    {
        if (size == 1)
        {
            return 0;
        }

        var period = 2 * (size - 1);
        place = ((place % period) + period) % period;
        return place < size ? place : period - place;
    }

    private static void Take<T>(ReadOnlySpan<T> from, Span<T> to, int[] columns, int left, bool inside)
    {
        if (inside)
        {
            from.Slice(left, to.Length).CopyTo(to);
            return;
        }

        for (var x = 0; x < to.Length; x++)
        {
            to[x] = from[columns[x]];
        }
    }

    // A start that puts the place in the middle, moved so that the patch stays inside where it can.
    private static int Near(int centre, int patch, int size) =>
        patch >= size ? (size - patch) / 2 : Math.Clamp(centre - (patch / 2), 0, size - patch);

    private static int Anywhere(int patch, int size, RandomStream random) =>
        patch >= size ? (size - patch) / 2 : random.Next(size - patch + 1);
}

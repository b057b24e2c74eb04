using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Transforms in a row, drawn and applied to one sample after another. Movements that follow one another are one resampling.</summary>
/// <param name="transforms">In the order of their application.</param>
/// <param name="threads">Threads of one sample; 0 = one per core. The bits do not depend on it.</param>
public sealed class Augmentations(IReadOnlyList<Transform> transforms, int threads = 0)
{
    /// <summary>The exercise's augmentation: left-right and top-bottom with probability 1/2 each, then a turn by 0, 90, 180 or 270 degrees.</summary>
    public static Augmentations FlipsAndTurns { get; } = new([new RandomFlip(new()), new RandomRotate90(new())]);

    /// <summary>No change.</summary>
    public static Augmentations None { get; } = new([]);

    /// <summary>Transforms by their options, in that order.</summary>
    /// <param name="options">One per transform.</param>
    /// <param name="threads">Threads of one sample; 0 = one per core.</param>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static Augmentations From(IEnumerable<TransformOptions> options, int threads = 0)
    {
        var all = options.ToList();
        UsageException.ThrowIfAny(all.SelectMany(o => o.Check()));
        return new([.. all.Select(o => Catalogue.Transforms.GetByOptions(o.GetType()).Build(o))], threads);
    }

    /// <summary>Draws the parameters of every transform for a sample of that size.</summary>
    /// <param name="random">The only source of chance.</param>
    /// <param name="extent">Voxels per axis of the sample, or of the patch that is cut from it.</param>
    /// <param name="channels">Channels of its image.</param>
    /// <returns>What was drawn, in the order of application; transforms that do nothing this time are left out.</returns>
    public IReadOnlyList<Drawn> Draw(RandomStream random, Extent extent, int channels = 1)
    {
        var drawn = new List<Drawn>();
        for (var i = 0; i < transforms.Count; i++)
        {
            // A stream of its own for each, so that adding a transform at the end does not change the others.
            if (transforms[i].Draw(random.Derive(i), extent, channels) is { } d)
            {
                drawn.Add(d);
            }
        }

        return drawn;
    }

    /// <summary>Applies what was drawn, in order; movements that follow one another as one resampling.</summary>
    /// <param name="sample">Not changed.</param>
    /// <param name="drawn">In order.</param>
    /// <param name="threads">0 = one per core.</param>
    public static Sample Apply(Sample sample, IEnumerable<Drawn> drawn, int threads = 0)
    {
        var steps = drawn.ToList();
        for (var i = 0; i < steps.Count;)
        {
            var run = steps.Skip(i).TakeWhile(s => s is SpatialDrawn).Cast<SpatialDrawn>().ToList();
            sample = run.Count == 0 ? Tint(sample, steps[i]) : Move(sample, run, threads);
            i += Math.Max(1, run.Count);
        }

        return sample;
    }

    /// <summary>Cuts a patch and applies what was drawn for it. Where the first steps move it, corners and edges show what lies around the patch in the image.</summary>
    /// <param name="whole">The image; not changed.</param>
    /// <param name="corner">The patch's first voxel; may lie outside.</param>
    /// <param name="size">Voxels per axis of the patch.</param>
    /// <param name="drawn">Drawn for a sample of that size.</param>
    /// <param name="threads">0 = one per core.</param>
    /// <remarks>Source: Isensee et al. 2021: a larger patch is cut, moved and cropped, so that no border artefact is learnt; here the two are one resampling.</remarks>
    public static Sample ApplyToPatch(Sample whole, (int X, int Y, int Z) corner, Extent size, IEnumerable<Drawn> drawn, int threads = 0)
    {
        var steps = drawn.ToList();
        var run = steps.TakeWhile(s => s is SpatialDrawn).Cast<SpatialDrawn>().ToList();
        var last = run.FindLastIndex(s => !s.IsExact);
        if (last < 0)
        {
            return Apply(PatchSampler.CutAt(whole, corner.X, corner.Y, corner.Z, size), steps, threads);
        }

        return Apply(Movement.Apply(whole, run[..(last + 1)], size, corner, threads), steps.Skip(last + 1), threads);
    }

    /// <summary>Draws and applies; fits <see cref="SampleChange"/>.</summary>
    public Sample Change(Sample sample, RandomStream random)
    {
        var drawn = Draw(random, sample.Extent, sample.Channels - sample.Places - sample.ContextChannels);
        return sample.ContextFactor == 0 ? Apply(sample, drawn, threads) : ApplyToPatch(sample, (0, 0, 0), sample.Extent, drawn, threads);
    }

    /// <summary>Cuts a patch, draws and applies, as <see cref="ApplyToPatch"/>.</summary>
    /// <param name="whole">The image.</param>
    /// <param name="corner">The patch's first voxel; may lie outside.</param>
    /// <param name="size">Voxels per axis of the patch.</param>
    /// <param name="random">The only source of chance.</param>
    public Sample ChangePatch(Sample whole, (int X, int Y, int Z) corner, Extent size, RandomStream random) =>
        ApplyToPatch(whole, corner, size, Draw(random, size, whole.Channels - whole.Places - whole.ContextChannels), threads);

    // What changes intensities never sees the channels that say where a voxel lies. What lies around is changed by itself in the same way,
    // channel by channel, but for noise: the mean of a box has hardly any, and the same one twice would give it away.
    private static Sample Tint(Sample sample, Drawn step)
    {
        if (sample.Places == 0 && sample.ContextChannels == 0)
        {
            return step.Apply(sample);
        }

        var channels = sample.Channels - sample.Places - sample.ContextChannels;
        var (own, around) = (channels * sample.Voxels, sample.ContextChannels * sample.Voxels);
        var alone = sample with { Channels = channels, Places = 0, ContextChannels = 0 };
        var changed = step.Apply(alone with { Image = sample.Image[..own] });
        var seen = sample.Image[own..(own + around)];
        if (around > 0 && Noiseless(step) is { } calm)
        {
            seen = calm.Apply(alone with { Image = seen }).Image;
        }

        return changed with
        {
            Channels = sample.Channels,
            Places = sample.Places,
            ContextChannels = sample.ContextChannels,
            Image = [.. changed.Image, .. seen, .. sample.Image.AsSpan(own + around)],
        };
    }

    private static Drawn? Noiseless(Drawn step) => step switch
    {
        GaussianNoise => null,
        ByChannel each => each with { Steps = Array.ConvertAll(each.Steps, s => s is null ? null : Noiseless(s)) },
        _ => step,
    };

    // Exact steps at both ends stay exact copies; what lies between the first and the last that interpolate is one resampling.
    private static Sample Move(Sample sample, List<SpatialDrawn> run, int threads)
    {
        var first = run.FindIndex(s => !s.IsExact);
        if (first < 0)
        {
            return run.Aggregate(sample, (s, d) => d.Apply(s));
        }

        var last = run.FindLastIndex(s => !s.IsExact);
        sample = run[..first].Aggregate(sample, (s, d) => d.Apply(s));
        sample = Movement.Apply(sample, run[first..(last + 1)], sample.Extent, (0, 0, 0), threads);
        return run[(last + 1)..].Aggregate(sample, (s, d) => d.Apply(s));
    }
}

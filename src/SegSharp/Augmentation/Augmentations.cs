using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Augmentation;

/// <summary>Transforms in a row, drawn and applied to one sample after another.</summary>
/// <param name="transforms">In the order of their application.</param>
public sealed class Augmentations(IReadOnlyList<Transform> transforms)
{
    /// <summary>The exercise's augmentation: left-right and top-bottom with probability 1/2 each, then a turn by 0, 90, 180 or 270 degrees.</summary>
    public static Augmentations FlipsAndTurns { get; } = new([new RandomFlip(new()), new RandomRotate90(new())]);

    /// <summary>No change.</summary>
    public static Augmentations None { get; } = new([]);

    /// <summary>Transforms by their options, in that order.</summary>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static Augmentations From(IEnumerable<TransformOptions> options)
    {
        var all = options.ToList();
        UsageException.ThrowIfAny(all.SelectMany(o => o.Check()));
        return new([.. all.Select(o => Catalogue.Transforms.GetByOptions(o.GetType()).Build(o))]);
    }

    /// <summary>Draws the parameters of every transform for a sample of that size.</summary>
    /// <returns>What was drawn, in the order of application; transforms that do nothing this time are left out.</returns>
    public IReadOnlyList<Drawn> Draw(RandomStream random, Extent extent)
    {
        var drawn = new List<Drawn>();
        for (var i = 0; i < transforms.Count; i++)
        {
            // A stream of its own for each, so that adding a transform at the end does not change the others.
            if (transforms[i].Draw(random.Derive(i), extent) is { } d)
            {
                drawn.Add(d);
            }
        }

        return drawn;
    }

    /// <summary>Applies what was drawn, in order.</summary>
    public static Sample Apply(Sample sample, IEnumerable<Drawn> drawn) => drawn.Aggregate(sample, (s, d) => d.Apply(s));

    /// <summary>Draws and applies; fits <see cref="SampleChange"/>.</summary>
    public Sample Change(Sample sample, RandomStream random) => Apply(sample, Draw(random, sample.Extent));
}

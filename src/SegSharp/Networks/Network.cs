using SegSharp.Foundation;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>What every network is told: what comes in and what shall come out.</summary>
public abstract record NetworkOptions
{
    // More is a slip of the keyboard, and would take the machine's memory before anybody could say so. A label has 16 bits.
    private const int MostChannels = 65536;

    /// <summary>Channels of the image: 1 for grey, 3 for RGB, one per MR sequence.</summary>
    public int InChannels { get; init; } = 1;

    /// <summary>Logits per voxel: 1 for one foreground under a sigmoid, K for K labels (background counts) under a softmax.</summary>
    public int Classes { get; init; } = 1;

    /// <summary>Spatial axes of its images: 2 or 3.</summary>
    public virtual int Axes => 2;

    /// <summary>One line about the network, for the catalogue.</summary>
    public abstract string About { get; }

    /// <summary>The original that recorded numbers hold it against; null while it is unverified.</summary>
    public virtual string? HeldAgainst => null;

    /// <summary>Every fault, with its key in a recipe ("network.base").</summary>
    public virtual IEnumerable<Fault> Check()
    {
        if (InChannels is < 1 or > MostChannels)
        {
            yield return Fault.At("network.inChannels", $"is {InChannels}; it must be 1 to {MostChannels}");
        }

        if (Classes is < 1 or > MostChannels)
        {
            yield return Fault.At("network.classes", $"is {Classes}; it must be 1 to {MostChannels}");
        }
    }
}

/// <summary>A segmentation network: an image in, logits per voxel out. Knows no loss, no file and no spacing.</summary>
public abstract class Network : Module
{
    /// <summary>Refuses options with a fault, so that what follows may trust them.</summary>
    /// <exception cref="UsageException">At least one fault; every one is named.</exception>
    protected Network(NetworkOptions options)
    {
        UsageException.ThrowIfAny(options.Check());
        Options = options;
    }

    /// <summary>What it was built from.</summary>
    public NetworkOptions Options { get; }

    /// <summary>Spatial axes of its images: 2 or 3.</summary>
    public abstract int Dimensions { get; }

    /// <summary>The part that transfer learning loads, freezes or slows down; null when the network names none.</summary>
    public virtual EncoderPart? EncoderPart => null;

    /// <summary>Computes the logits.</summary>
    /// <param name="image">[N, InChannels, (D,) H, W], float32.</param>
    /// <returns>Logits [N, Classes, (D,) H, W], before sigmoid or softmax, in the caller's scope. The sides are the image's unless the network says otherwise.</returns>
    /// <exception cref="InputException">The image has other channels or sides that this network cannot take.</exception>
    public abstract Logits Forward(Tensor image);

    /// <summary>The sides of the output for an image with these sides.</summary>
    /// <param name="sides">(D,) H, W.</param>
    /// <exception cref="InputException">Sides that this network cannot take; the nearest that it can are named.</exception>
    public virtual long[] OutputSides(long[] sides) => [.. sides];

    /// <summary>The blocks and arrows of a drawing; null when this network has none.</summary>
    /// <param name="sides">Sides of the image, (D,) H, W.</param>
    public virtual NetworkGraph? Graph(long[] sides) => null;

    /// <summary>Refuses an image with other axes or channels, in words rather than in libtorch's.</summary>
    protected void CheckImage(Tensor image)
    {
        var shape = image.Shape;
        if (shape.Length != Dimensions + 2 || shape[1] != Options.InChannels)
        {
            throw new InputException(
                $"the image is {image.Describe()} but the network takes [N, {Options.InChannels}, {(Dimensions == 3 ? "D, " : "")}H, W]",
                $"network.inChannels={(shape.Length > 1 ? shape[1] : 1)}");
        }
    }

    /// <summary>The sides of the image that give at least an output of these sides; the same for padded networks.</summary>
    /// <param name="outputSides">(D,) H, W.</param>
    public virtual long[] InputSides(long[] outputSides) => [.. outputSides];

    /// <summary>Logits with the sides of the image itself: an unpadded network gets the image mirrored at its borders as its surroundings.</summary>
    /// <remarks>Source: Ronneberger et al. 2015, figure 2 (overlap-tile with mirrored borders).</remarks>
    /// <param name="image">[N, InChannels, (D,) H, W].</param>
    /// <returns>[N, Classes, (D,) H, W], in the caller's scope.</returns>
    public Tensor ForwardSame(Tensor image)
    {
        long[] sides = [.. image.Shape.Skip(2)];
        var need = InputSides(sides);
        if (need.SequenceEqual(sides))
        {
            return Forward(image).Full;
        }

        using var scope = new TensorScope();
        var before = need.Zip(sides, (n, s) => (n - s) / 2).ToArray();
        var after = need.Zip(sides, (n, s) => n - s - ((n - s) / 2)).ToArray();
        var logits = Forward(Surround(image, before, after)).Full;
        for (var axis = 0; axis < sides.Length; axis++)
        {
            logits = logits.Narrow(axis + 2, (logits.Size(axis + 2) - sides[axis]) / 2, sides[axis]);
        }

        return scope.Keep(logits.Contiguous());
    }

    /// <summary>The logits of every supervised level, finest first; an unpadded network gives its full resolution alone, as <see cref="ForwardSame"/>.</summary>
    /// <param name="image">[N, InChannels, (D,) H, W].</param>
    /// <returns>[N, Classes, …] each, in the caller's scope; the first has the sides of the image.</returns>
    public IReadOnlyList<Tensor> ForwardLevels(Tensor image)
    {
        long[] sides = [.. image.Shape.Skip(2)];
        return InputSides(sides).SequenceEqual(sides) ? Forward(image).Levels : [ForwardSame(image)];
    }

    // A reflection must be smaller than the side it reflects: small images are mirrored again and again.
    private static Tensor Surround(Tensor image, long[] before, long[] after)
    {
        while (before.Concat(after).Any(m => m > 0))
        {
            long[] most = [.. image.Shape.Skip(2).Select(s => s - 1)];
            var first = before.Zip(most, Math.Min).ToArray();
            var last = after.Zip(most, Math.Min).ToArray();
            if (first.Concat(last).All(m => m == 0))
            {
                return image.Pad(Margins(before, after));             // a side of one pixel has no mirror image
            }

            image = image.PadMirrored(Margins(first, last));
            before = [.. before.Zip(first, (a, b) => a - b)];
            after = [.. after.Zip(last, (a, b) => a - b)];
        }

        return image;
    }

    private static long[] Margins(long[] before, long[] after) =>
        [.. Enumerable.Range(0, before.Length).Reverse().SelectMany(i => new[] { before[i], after[i] })];
}

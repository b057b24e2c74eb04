using SegSharp.Torch;

namespace SegSharp.Networks.Blocks;

/// <summary>Lets a network that halves its sides take any image: the far sides are continued with the edge's values, and cut off the result.</summary>
internal static class AnySize
{
    /// <summary>The image, or a larger one whose every side is a multiple.</summary>
    public static Tensor Enlarge(Tensor image, int multiple) => Enlarge(image, [.. image.Shape.Skip(2).Select(_ => (long)multiple)]);

    /// <summary>The image, or a larger one whose sides are multiples, axis by axis ((D,) H, W).</summary>
    public static Tensor Enlarge(Tensor image, long[] multiples)
    {
        var sides = image.Shape[2..];
        var missing = sides.Select((s, axis) => (multiples[axis] - (s % multiples[axis])) % multiples[axis]).ToArray();
        return missing.All(m => m == 0) ? image : image.PadEdge([.. missing.Reverse().SelectMany(m => new[] { 0, m })]);
    }

    /// <summary>What lies over the image.</summary>
    public static Tensor Cut(Tensor x, Tensor image) => Cut(x, image.Shape[2..]);

    /// <summary>The near corner with these sides.</summary>
    public static Tensor Cut(Tensor x, long[] sides) => Crop(x, sides, (_, _) => 0);

    /// <summary>The middle; where a margin is odd, the near side gives the smaller half.</summary>
    public static Tensor Centre(Tensor x, long[] sides) => Crop(x, sides, (larger, smaller) => (larger - smaller) / 2);

    private static Tensor Crop(Tensor x, long[] sides, Func<long, long, long> start)
    {
        if (x.Shape.Skip(2).SequenceEqual(sides))
        {
            return x;
        }

        using var scope = new TensorScope();
        for (var i = 0; i < sides.Length; i++)
        {
            x = x.Narrow(i + 2, start(x.Size(i + 2), sides[i]), sides[i]);
        }

        return scope.Keep(x);
    }
}

using SegSharp.Foundation;

namespace SegSharp.Networks.Originals;

/// <summary>The levels of MONAI's nested networks: channels of each, the stride between two, and the kernels.</summary>
internal sealed class MonaiLevels(
    int dimensions,
    int first,
    int depth,
    IReadOnlyList<int> widths,
    IReadOnlyList<IReadOnlyList<int>> strides,
    IReadOnlyList<int> kernel,
    IReadOnlyList<int> upKernel)
{
    /// <summary>How many levels there are.</summary>
    public int Count => widths.Count > 0 ? widths.Count : depth + 1;

    /// <summary>Channels of every level, from the top.</summary>
    public IReadOnlyList<int> Widths { get; } = widths.Count > 0 ? widths : [.. Enumerable.Range(0, Math.Clamp(depth, 0, 8) + 1).Select(i => first << i)];

    /// <summary>By how much the sides shrink between a level and the next.</summary>
    public IReadOnlyList<long[]> Strides => strides.Count > 0
        ? [.. strides.Select(s => s.Select(n => (long)n).ToArray())]
        : [.. Enumerable.Range(0, Count - 1).Select(_ => MonaiBlocks.Every(dimensions, 2))];

    /// <summary>Kernel of the convolutions.</summary>
    public long[] Kernel => Axes(kernel);

    /// <summary>Kernel of the transposed convolutions.</summary>
    public long[] UpKernel => Axes(upKernel);

    /// <summary>What every side must be a multiple of.</summary>
    public long[] Multiples => [.. Enumerable.Range(0, dimensions).Select(axis => Strides.Aggregate(1L, (a, s) => a * s[axis]))];

    /// <summary>The sides at a level of an image that is enlarged first; level 0 has the image's.</summary>
    public long[] SidesAt(long[] sides, int level)
    {
        var larger = sides.Zip(Multiples, (s, m) => (s + m - 1) / m * m);
        return [.. larger.Select((s, axis) => Strides.Take(level).Aggregate(s, (a, stride) => a / stride[axis]))];
    }

    /// <summary>Every fault of the options that it is made of.</summary>
    public IEnumerable<Fault> Check()
    {
        if (first < 1)
        {
            yield return Fault.At("network.base", $"is {first}; it must be 1 or more");
        }

        if (dimensions is not (2 or 3))
        {
            yield return Fault.At("network.dimensions", $"is {dimensions}; it must be 2 or 3");
        }

        if (depth is < 1 or > 8)
        {
            yield return Fault.At("network.depth", $"is {depth}; it must be 1 to 8");
        }
        else if ((long)first << depth > 65536)
        {
            yield return Fault.At("network.base", $"is {first}, which makes {(long)first << depth} channels at depth {depth}; 65536 is the most");
        }

        if (widths.Count is 1 or > 9 || widths.Any(w => w is < 1 or > 65536))
        {
            yield return Fault.At("network.widths", $"is [{string.Join(", ", widths)}]; it must be two to nine numbers from 1 to 65536, or none");
        }

        if (strides.Count > 0 && (strides.Count != Count - 1 || strides.Any(s => s.Count != dimensions || s.Any(n => n is < 1 or > 16))))
        {
            yield return Fault.At("network.strides", $"is [{string.Join(", ", strides.Select(s => $"[{string.Join(", ", s)}]"))}]; it must be {Count - 1} lists of {dimensions} numbers from 1 to 16, or none");
        }

        foreach (var (key, sides) in new[] { ("network.kernel", kernel), ("network.upKernel", upKernel) })
        {
            if (sides.Count > 0 && (sides.Count != dimensions || sides.Any(s => s is < 1 or > 31 || s % 2 == 0)))
            {
                yield return Fault.At(key, $"is [{string.Join(", ", sides)}]; it must be {dimensions} odd numbers from 1 to 31, or none");
            }
        }
    }

    private long[] Axes(IReadOnlyList<int> sides) => sides.Count > 0 ? [.. sides.Select(s => (long)s)] : MonaiBlocks.Every(dimensions, 3);
}

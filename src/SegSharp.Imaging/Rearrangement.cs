using System.Runtime.InteropServices;

namespace SegSharp.Imaging;

/// <summary>How voxels move when axes are permuted and flipped, or when a box is cut out. Copies, never interpolates.</summary>
internal readonly struct Rearrangement
{
    private readonly int[] _source;
    private readonly bool[] _flipped;

    /// <summary>The way from one orientation to another.</summary>
    public Rearrangement(Orientation from, Orientation to)
    {
        (_source, _flipped) = (new int[3], new bool[3]);
        for (var axis = 0; axis < 3; axis++)
        {
            for (var old = 0; old < 3; old++)
            {
                if (from.WorldAxis(old) == to.WorldAxis(axis))
                {
                    _source[axis] = old;
                    _flipped[axis] = from.IsReversed(old) != to.IsReversed(axis);
                }
            }
        }
    }

    /// <summary>Whether nothing moves.</summary>
    public bool IsIdentity => _source is [0, 1, 2] && !_flipped.Contains(true);

    /// <summary>The old axis that becomes axis <paramref name="axis"/>.</summary>
    public int Source(int axis) => _source[axis];

    /// <summary>Whether it runs the other way afterwards.</summary>
    public bool IsFlipped(int axis) => _flipped[axis];

    /// <summary>Moves the voxels of one channel.</summary>
    /// <param name="from">The channel, x fastest.</param>
    /// <param name="to">Receives it; as long as <paramref name="from"/>.</param>
    /// <param name="extent">Voxels per axis before.</param>
    /// <param name="size">Bytes per voxel: 1, 2, 4 or 8.</param>
    public void Apply(ReadOnlySpan<byte> from, Span<byte> to, Extent extent, int size)
    {
        switch (size)
        {
            case 1:
                Move(from, to, extent);
                break;
            case 2:
                Move(MemoryMarshal.Cast<byte, ushort>(from), MemoryMarshal.Cast<byte, ushort>(to), extent);
                break;
            case 4:
                Move(MemoryMarshal.Cast<byte, uint>(from), MemoryMarshal.Cast<byte, uint>(to), extent);
                break;
            default:
                Move(MemoryMarshal.Cast<byte, ulong>(from), MemoryMarshal.Cast<byte, ulong>(to), extent);
                break;
        }
    }

    /// <summary>Copies a box of one channel into <paramref name="to"/>; what lies outside stays as it is there.</summary>
    public static void CopyPart(ReadOnlySpan<byte> from, Extent whole, Span<byte> to, (int X, int Y, int Z) start, Extent part, int size)
    {
        var (x0, x1) = (Math.Max(0, start.X), Math.Min(whole.Width, start.X + part.Width));
        if (x1 <= x0)
        {
            return;
        }

        for (var z = Math.Max(0, start.Z); z < Math.Min(whole.Depth, start.Z + part.Depth); z++)
        {
            for (var y = Math.Max(0, start.Y); y < Math.Min(whole.Height, start.Y + part.Height); y++)
            {
                var source = ((((long)z * whole.Height) + y) * whole.Width) + x0;
                var target = ((((long)(z - start.Z) * part.Height) + y - start.Y) * part.Width) + x0 - start.X;
                from.Slice((int)(source * size), (x1 - x0) * size).CopyTo(to[(int)(target * size)..]);
            }
        }
    }

    private void Move<T>(ReadOnlySpan<T> from, Span<T> to, Extent extent)
    {
        int[] sizes = [extent.Width, extent.Height, extent.Depth];
        int[] strides = [1, extent.Width, extent.Width * extent.Height];
        var (first, step) = (0, new int[3]);
        for (var axis = 0; axis < 3; axis++)
        {
            var stride = strides[_source[axis]];
            step[axis] = _flipped[axis] ? -stride : stride;
            first += _flipped[axis] ? stride * (sizes[_source[axis]] - 1) : 0;
        }

        var (width, height, depth) = (sizes[_source[0]], sizes[_source[1]], sizes[_source[2]]);
        var at = 0;
        for (var z = 0; z < depth; z++)
        {
            for (var y = 0; y < height; y++)
            {
                var start = first + (z * step[2]) + (y * step[1]);
                if (step[0] == 1)
                {
                    from.Slice(start, width).CopyTo(to[at..]);
                    at += width;
                    continue;
                }

                for (var x = 0; x < width; x++)
                {
                    to[at++] = from[start + (x * step[0])];
                }
            }
        }
    }
}

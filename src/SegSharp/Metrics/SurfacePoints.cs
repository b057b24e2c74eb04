using System.Numerics;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>A point of a surface: where it lies on the grid, and whether it is a point of the other surface too.</summary>
internal readonly record struct SurfacePoint(int X, int Y, int Z, bool IsShared)
{
    public int this[int axis] => axis == 0 ? X : axis == 1 ? Y : Z;
}

/// <summary>The points of one surface, with what each weighs.</summary>
/// <param name="Points">In the order of the grid, x fastest.</param>
/// <param name="Weights">Areas in mm² (lengths in mm in 2D) in the order of the points; null where every point weighs 1.</param>
internal sealed record SurfacePoints(SurfacePoint[] Points, double[]? Weights)
{
    /// <summary>The surfaces of prediction and truth, both from one look at every voxel.</summary>
    public static (SurfacePoints Prediction, SurfacePoints Truth) Of(MaskPair pair, Triple spacing, bool betweenVoxels, Connectivity connectivity) =>
        betweenVoxels ? Between(pair, spacing) : Edges(pair, connectivity);

    // Voxels of a mask with a neighbour outside. Both masks at once, since each has its bit in the byte.
    private static (SurfacePoints Prediction, SurfacePoints Truth) Edges(MaskPair pair, Connectivity connectivity)
    {
        var (prediction, truth) = (new List<SurfacePoint>(), new List<SurfacePoint>());
        var steps = Neighbours(pair, connectivity);
        var bits = pair.Bits.AsSpan();
        var edges = new byte[pair.Inner.Width];
        for (var z = 0; z < pair.Inner.Depth; z++)
        {
            for (var y = 0; y < pair.Inner.Height; y++)
            {
                var start = pair.IndexOf(0, y, z);
                var row = bits.Slice(start, pair.Inner.Width);
                if (!row.ContainsAnyExcept((byte)0))
                {
                    continue;
                }

                row.CopyTo(edges);
                foreach (var step in steps)
                {
                    And(edges, bits.Slice(start + step, edges.Length));
                }

                AndNot(row, edges);
                for (var x = 0; edges.AsSpan(x).IndexOfAnyExcept((byte)0) is var next and >= 0; x++)
                {
                    x += next;
                    var both = edges[x] == (MaskPair.Prediction | MaskPair.Truth);
                    if ((edges[x] & MaskPair.Prediction) != 0)
                    {
                        prediction.Add(new(x, y, z, both));
                    }

                    if ((edges[x] & MaskPair.Truth) != 0)
                    {
                        truth.Add(new(x, y, z, both));
                    }

                    if (x + 1 == edges.Length)
                    {
                        break;
                    }
                }
            }
        }

        return (new([.. prediction], null), new([.. truth], null));
    }

    // Points between 2 x 2 (x 2) voxels that are not all alike.
    private static (SurfacePoints Prediction, SurfacePoints Truth) Between(MaskPair pair, Triple spacing)
    {
        var (prediction, truth) = (new List<SurfacePoint>(), new List<SurfacePoint>());
        var (weightsP, weightsT) = (new List<double>(), new List<double>());
        var area = pair.IsFlat ? SurfelAreas.Of2D(spacing) : SurfelAreas.Of3D(spacing);
        var (w, page) = (pair.Outer.Width, pair.Outer.Width * pair.Outer.Height);
        int[] corners = pair.IsFlat ? [0, 1, w, w + 1] : [0, 1, w, w + 1, page, page + 1, page + w, page + w + 1];
        var bits = pair.Bits.AsSpan();
        var (all, any) = (new byte[w - 1], new byte[w - 1]);
        for (var z = 0; z < (pair.IsFlat ? 1 : pair.Outer.Depth - 1); z++)
        {
            for (var y = 0; y < pair.Outer.Height - 1; y++)
            {
                var start = (z * page) + (y * w);
                bits.Slice(start, all.Length).CopyTo(all);
                all.CopyTo(any, 0);
                foreach (var corner in corners.AsSpan(1))
                {
                    And(all, bits.Slice(start + corner, all.Length));
                    Or(any, bits.Slice(start + corner, all.Length));
                }

                AndNot(any, all);
                for (var x = 0; x < all.Length && all.AsSpan(x).IndexOfAnyExcept((byte)0) is var next and >= 0; x++)
                {
                    x += next;
                    var (codeP, codeT) = (0, 0);
                    for (var c = 0; c < corners.Length; c++)
                    {
                        var voxel = bits[start + x + corners[c]];
                        codeT |= (voxel & 1) << c;
                        codeP |= (voxel >> 1) << c;
                    }

                    var both = all[x] == (MaskPair.Prediction | MaskPair.Truth);
                    if ((all[x] & MaskPair.Prediction) != 0)
                    {
                        prediction.Add(new(x, y, z, both));
                        weightsP.Add(area[codeP]);
                    }

                    if ((all[x] & MaskPair.Truth) != 0)
                    {
                        truth.Add(new(x, y, z, both));
                        weightsT.Add(area[codeT]);
                    }
                }
            }
        }

        return (new([.. prediction], [.. weightsP]), new([.. truth], [.. weightsT]));
    }

    private static int[] Neighbours(MaskPair pair, Connectivity connectivity)
    {
        var (w, page) = (pair.Outer.Width, pair.Outer.Width * pair.Outer.Height);
        if (connectivity == Connectivity.Faces)
        {
            return pair.IsFlat ? [-1, 1, -w, w] : [-1, 1, -w, w, -page, page];
        }

        int[] pages = pair.IsFlat ? [0] : [-page, 0, page];
        return [.. from z in pages from y in (int[])[-w, 0, w] from x in (int[])[-1, 0, 1] where x != 0 || y != 0 || z != 0 select x + y + z];
    }

    private static void And(Span<byte> to, ReadOnlySpan<byte> with)
    {
        var i = 0;
        for (; i <= to.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            (new Vector<byte>(to[i..]) & new Vector<byte>(with[i..])).CopyTo(to[i..]);
        }

        for (; i < to.Length; i++)
        {
            to[i] &= with[i];
        }
    }

    private static void Or(Span<byte> to, ReadOnlySpan<byte> with)
    {
        var i = 0;
        for (; i <= to.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            (new Vector<byte>(to[i..]) | new Vector<byte>(with[i..])).CopyTo(to[i..]);
        }

        for (; i < to.Length; i++)
        {
            to[i] |= with[i];
        }
    }

    // to = from and not to
    private static void AndNot(ReadOnlySpan<byte> from, Span<byte> to)
    {
        var i = 0;
        for (; i <= to.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.AndNot(new Vector<byte>(from[i..]), new Vector<byte>(to[i..])).CopyTo(to[i..]);
        }

        for (; i < to.Length; i++)
        {
            to[i] = (byte)(from[i] & ~to[i]);
        }
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SegSharp.Imaging.Resampling.Warping;

/// <summary>How an image is read between its voxels.</summary>
public enum WarpOrder
{
    /// <summary>The nearest voxel; halfway the later one.</summary>
    Nearest,

    /// <summary>Straight lines between neighbours: quick, smooths a little.</summary>
    Linear,

    /// <summary>Cubic through the voxels (Keys 1981, a = −1/2), 4 per axis.</summary>
    Keys,

    /// <summary>The cubic B-spline through the voxels, as scipy's order 3.</summary>
    Spline,
}

/// <summary>One image or label map that a <see cref="Warp"/> carries from its source to its result.</summary>
public abstract class WarpLayer
{
    /// <summary>Fills one row of the result.</summary>
    /// <param name="row">Where its voxels come from.</param>
    /// <param name="at">The index of its first voxel in the result.</param>
    public abstract void FillRow(WarpRow row, long at);

    /// <summary>A label map: every voxel takes the label of the nearest one.</summary>
    /// <param name="from">The source, x fastest.</param>
    /// <param name="extent">Its grid.</param>
    /// <param name="to">The result.</param>
    /// <param name="border">What lies outside; with <see cref="Border.GridConstant"/> label <paramref name="outside"/>.</param>
    /// <param name="outside">The fixed label.</param>
    public static WarpLayer Labels(ReadOnlyMemory<ushort> from, Extent extent, Memory<ushort> to, Border border, ushort outside = 0) =>
        new NearestLayer<ushort>(from, extent, to, border, outside);

    /// <summary>An image.</summary>
    /// <param name="from">The source, x fastest.</param>
    /// <param name="extent">Its grid.</param>
    /// <param name="to">The result.</param>
    /// <param name="order">How it is read between voxels.</param>
    /// <param name="border">What lies outside: mirrored, the outermost again, or <see cref="Border.GridConstant"/>.</param>
    /// <param name="outside">The fixed value.</param>
    /// <param name="box">The positions that will be asked for, where that is known: a spline is then prepared there alone.</param>
    public static WarpLayer Image(ReadOnlyMemory<float> from, Extent extent, Memory<float> to, WarpOrder order, Border border, float outside = 0, (Triple Low, Triple High)? box = null) => order switch
    {
        WarpOrder.Nearest => new NearestLayer<float>(from, extent, to, border, outside),
        WarpOrder.Linear => new LinearLayer(from, extent, to, border, outside),
        _ => new CubicLayer(from, extent, to, order, border, outside, box),
    };

    // −1 where the fixed value stands.
    private static int Inside(int index, int length, Border border) =>
        (uint)index < (uint)length ? index : length == 1 && border != Border.GridConstant ? 0 : SplineLine.Inside(index, length, border);

    private sealed class NearestLayer<T>(ReadOnlyMemory<T> from, Extent extent, Memory<T> to, Border border, T outside) : WarpLayer
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void FillRow(WarpRow row, long at)
        {
            var source = from.Span;
            var target = to.Span.Slice((int)at, row.Length);
            var (w, h, d) = (extent.Width, extent.Height, extent.Depth);
            for (var i = 0; i < target.Length; i++)
            {
                var (x, y, z) = ((int)MathF.Floor(row.X[i] + 0.5f), (int)MathF.Floor(row.Y[i] + 0.5f), d == 1 ? 0 : (int)MathF.Floor(row.Z[i] + 0.5f));
                if ((uint)x >= (uint)w || (uint)y >= (uint)h || (uint)z >= (uint)d)
                {
                    (x, y, z) = (Inside(x, w, border), Inside(y, h, border), Inside(z, d, border));
                }

                target[i] = (x | y | z) < 0 ? outside : source[(((z * h) + y) * w) + x];
            }
        }
    }

    private sealed class LinearLayer(ReadOnlyMemory<float> from, Extent extent, Memory<float> to, Border border, float outside) : WarpLayer
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void FillRow(WarpRow row, long at)
        {
            var source = from.Span;
            var target = to.Span.Slice((int)at, row.Length);
            var i = 0;
            if (Avx2.IsSupported)
            {
                i = extent.Depth == 1 ? Flat(source, target, row) : Deep(source, target, row);
            }

            for (; i < target.Length; i++)
            {
                target[i] = One(source, row.X[i], row.Y[i], row.Z[i]);
            }
        }

        // Eight voxels at a time where all of them and their neighbours lie inside; the same sums as below, so the same bits.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private unsafe int Deep(ReadOnlySpan<float> source, Span<float> target, WarpRow row)
        {
            var (w, page) = (extent.Width, (int)extent.PageCount);
            var (mostX, mostY, mostZ) = (Vector256.Create(extent.Width - 2), Vector256.Create(extent.Height - 2), Vector256.Create(extent.Depth - 2));
            var i = 0;
            fixed (float* s = source)
            {
                for (; i <= target.Length - 8; i += 8)
                {
                    var (x, y, z) = (Vector256.LoadUnsafe(ref row.X[i]), Vector256.LoadUnsafe(ref row.Y[i]), Vector256.LoadUnsafe(ref row.Z[i]));
                    var (fx, fy, fz) = (Vector256.Floor(x), Vector256.Floor(y), Vector256.Floor(z));
                    var (ix, iy, iz) = (Vector256.ConvertToInt32(fx), Vector256.ConvertToInt32(fy), Vector256.ConvertToInt32(fz));
                    var least = Vector256.BitwiseOr(Vector256.BitwiseOr(ix, iy), iz);
                    var room = Vector256.BitwiseOr(Vector256.BitwiseOr(mostX - ix, mostY - iy), mostZ - iz);
                    if (Vector256.ExtractMostSignificantBits(least | room) != 0)
                    {
                        for (var k = i; k < i + 8; k++)
                        {
                            target[k] = One(source, row.X[k], row.Y[k], row.Z[k]);
                        }

                        continue;
                    }

                    var at = (((iz * extent.Height) + iy) * w) + ix;
                    var (tx, ty, tz) = (x - fx, y - fy, z - fz);
                    var front = Square(s, at, w, tx, ty);
                    var behind = Square(s + page, at, w, tx, ty);
                    (front + (tz * (behind - front))).StoreUnsafe(ref target[i]);
                }
            }

            return i;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private unsafe int Flat(ReadOnlySpan<float> source, Span<float> target, WarpRow row)
        {
            var w = extent.Width;
            var (mostX, mostY) = (Vector256.Create(extent.Width - 2), Vector256.Create(extent.Height - 2));
            var i = 0;
            fixed (float* s = source)
            {
                for (; i <= target.Length - 8; i += 8)
                {
                    var (x, y) = (Vector256.LoadUnsafe(ref row.X[i]), Vector256.LoadUnsafe(ref row.Y[i]));
                    var (fx, fy) = (Vector256.Floor(x), Vector256.Floor(y));
                    var (ix, iy) = (Vector256.ConvertToInt32(fx), Vector256.ConvertToInt32(fy));
                    if (Vector256.ExtractMostSignificantBits(ix | iy | (mostX - ix) | (mostY - iy)) != 0)
                    {
                        for (var k = i; k < i + 8; k++)
                        {
                            target[k] = One(source, row.X[k], row.Y[k], 0);
                        }

                        continue;
                    }

                    Square(s, (iy * w) + ix, w, x - fx, y - fy).StoreUnsafe(ref target[i]);
                }
            }

            return i;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static unsafe Vector256<float> Square(float* s, Vector256<int> at, int w, Vector256<float> tx, Vector256<float> ty)
        {
            var (a, b) = (Avx2.GatherVector256(s, at, 4), Avx2.GatherVector256(s + 1, at, 4));
            var (c, d) = (Avx2.GatherVector256(s + w, at, 4), Avx2.GatherVector256(s + w + 1, at, 4));
            var upper = a + (tx * (b - a));
            var lower = c + (tx * (d - c));
            return upper + (ty * (lower - upper));
        }

        private float One(ReadOnlySpan<float> source, float x, float y, float z)
        {
            var (fx, fy, fz) = (MathF.Floor(x), MathF.Floor(y), extent.Depth == 1 ? 0 : MathF.Floor(z));
            var (tx, ty, tz) = (x - fx, y - fy, extent.Depth == 1 ? 0 : z - fz);
            var (x0, x1) = (Inside((int)fx, extent.Width, border), Inside((int)fx + 1, extent.Width, border));
            var (y0, y1) = (Inside((int)fy, extent.Height, border), Inside((int)fy + 1, extent.Height, border));
            var z0 = extent.Depth == 1 ? 0 : Inside((int)fz, extent.Depth, border);
            var front = Corner(source, x0, x1, y0, y1, z0, tx, ty);
            return extent.Depth == 1 ? front : front + (tz * (Corner(source, x0, x1, y0, y1, Inside((int)fz + 1, extent.Depth, border), tx, ty) - front));
        }

        private float Corner(ReadOnlySpan<float> source, int x0, int x1, int y0, int y1, int z, float tx, float ty)
        {
            var (a, b) = (Value(source, x0, y0, z), Value(source, x1, y0, z));
            var (c, d) = (Value(source, x0, y1, z), Value(source, x1, y1, z));
            var upper = a + (tx * (b - a));
            var lower = c + (tx * (d - c));
            return upper + (ty * (lower - upper));
        }

        private float Value(ReadOnlySpan<float> source, int x, int y, int z) =>
            (x | y | z) < 0 ? outside : source[(((z * extent.Height) + y) * extent.Width) + x];
    }

    private sealed class CubicLayer : WarpLayer
    {
        // The pole of the cubic B-spline to this power is 1e-9: what lies further away does not count.
        private const int Reach = 16;

        private readonly ReadOnlyMemory<float> _values;
        private readonly Extent _part;
        private readonly (int X, int Y, int Z) _corner;
        private readonly Extent _whole;
        private readonly Memory<float> _to;
        private readonly WarpOrder _order;
        private readonly Border _border;
        private readonly float _outside;

        public CubicLayer(ReadOnlyMemory<float> from, Extent extent, Memory<float> to, WarpOrder order, Border border, float outside, (Triple Low, Triple High)? box)
        {
            (_whole, _part, _to, _order, _border, _outside, _values) = (extent, extent, to, order, border, outside, from);
            if (order == WarpOrder.Spline)
            {
                var (x, y, z) = (Part(box, 0, extent.Width), Part(box, 1, extent.Height), Part(box, 2, extent.Depth));
                _corner = (x.From, y.From, z.From);
                _part = new Extent(x.Count, y.Count, z.Count);
                _values = SplineCoefficients.Of(from.Span, extent, _corner, _part);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void FillRow(WarpRow row, long at)
        {
            var values = _values.Span;
            var target = _to.Span.Slice((int)at, row.Length);
            Span<float> wx = stackalloc float[4], wy = stackalloc float[4], wz = stackalloc float[4];
            Span<int> ix = stackalloc int[4], iy = stackalloc int[4], iz = stackalloc int[4];
            var deep = _whole.Depth > 1 ? 4 : 1;
            for (var i = 0; i < target.Length; i++)
            {
                var (x, y, z) = (row.X[i], row.Y[i], deep == 1 ? 0 : row.Z[i]);
                if (_order == WarpOrder.Spline && !Enter(ref x, ref y, ref z))
                {
                    target[i] = _outside;
                    continue;
                }

                var (fx, fy, fz) = (MathF.Floor(x), MathF.Floor(y), MathF.Floor(z));
                Weights(x - fx, wx);
                Weights(y - fy, wy);
                wz[0] = 1;
                if (deep == 4)
                {
                    Weights(z - fz, wz);
                }

                var (x0, y0, z0) = ((int)fx - 1 - _corner.X, (int)fy - 1 - _corner.Y, deep == 1 ? 0 : (int)fz - 1 - _corner.Z);
                target[i] = x0 >= 0 && y0 >= 0 && z0 >= 0 && x0 + 4 <= _part.Width && y0 + 4 <= _part.Height && z0 + deep <= _part.Depth
                    ? Within(values, x0, y0, z0, wx, wy, wz, deep)
                    : Across(values, (int)fx - 1, (int)fy - 1, (int)fz - 1, wx, wy, wz, deep, ix, iy, iz);
            }
        }

        // Where the box leaves enough room on both sides, the box; else the whole axis, since mirrored voxels lie anywhere near the border.
        private static (int From, int Count) Part((Triple Low, Triple High)? box, int axis, int size)
        {
            if (box is not { } b || !(b.Low[axis] - Reach > 0 && b.High[axis] + Reach < size - 1))
            {
                return (0, size);
            }

            var (low, high) = ((int)b.Low[axis] - Reach, (int)b.High[axis] + Reach + 1);
            return (low, high - low);
        }

        private bool Enter(ref float x, ref float y, ref float z)
        {
            if (_border == Border.GridConstant)
            {
                return x >= -0.5f && y >= -0.5f && z >= -0.5f && x <= _whole.Width - 0.5f && y <= _whole.Height - 0.5f && z <= _whole.Depth - 0.5f;
            }

            if (_border == Border.Nearest)
            {
                (x, y, z) = (Math.Clamp(x, 0, _whole.Width - 1), Math.Clamp(y, 0, _whole.Height - 1), Math.Clamp(z, 0, _whole.Depth - 1));
            }

            return true;
        }

        private void Weights(float t, Span<float> w)
        {
            var (t2, t3) = (t * t, t * t * t);
            if (_order == WarpOrder.Keys)
            {
                w[0] = -0.5f * (t3 - (2 * t2) + t);
                w[1] = 0.5f * ((3 * t3) - (5 * t2) + 2);
                w[2] = -0.5f * ((3 * t3) - (4 * t2) - t);
                w[3] = 0.5f * (t3 - t2);
                return;
            }

            var s = 1 - t;
            w[0] = s * s * s / 6;
            w[1] = ((3 * t3) - (6 * t2) + 4) / 6;
            w[2] = ((-3 * t3) + (3 * t2) + (3 * t) + 1) / 6;
            w[3] = t3 / 6;
        }

        private float Within(ReadOnlySpan<float> values, int x, int y, int z, ReadOnlySpan<float> wx, ReadOnlySpan<float> wy, ReadOnlySpan<float> wz, int deep)
        {
            var sum = Vector128<float>.Zero;
            ref var start = ref MemoryMarshal.GetReference(values);
            for (var c = 0; c < deep; c++)
            {
                for (var b = 0; b < 4; b++)
                {
                    var at = (nuint)(((((z + c) * _part.Height) + y + b) * _part.Width) + x);
                    sum += Vector128.LoadUnsafe(ref start, at) * (wz[c] * wy[b]);
                }
            }

            return ((sum[0] * wx[0]) + (sum[1] * wx[1])) + ((sum[2] * wx[2]) + (sum[3] * wx[3]));
        }

        private float Across(
            ReadOnlySpan<float> values, int x, int y, int z, ReadOnlySpan<float> wx, ReadOnlySpan<float> wy, ReadOnlySpan<float> wz, int deep, Span<int> ix, Span<int> iy, Span<int> iz)
        {
            // A spline's coefficients go on mirrored whatever the image does: the position was brought inside before.
            var border = _order == WarpOrder.Spline ? Border.Mirror : _border;
            for (var k = 0; k < 4; k++)
            {
                (ix[k], iy[k], iz[k]) = (Inside(x + k, _whole.Width, border) - _corner.X, Inside(y + k, _whole.Height, border) - _corner.Y, deep == 1 ? 0 : Inside(z + k, _whole.Depth, border) - _corner.Z);
            }

            Span<float> lanes = [0, 0, 0, 0];
            for (var c = 0; c < deep; c++)
            {
                for (var b = 0; b < 4; b++)
                {
                    var share = wz[c] * wy[b];
                    for (var a = 0; a < 4; a++)
                    {
                        lanes[a] += ((ix[a] | iy[b] | iz[c]) < 0 ? _outside : values[(((iz[c] * _part.Height) + iy[b]) * _part.Width) + ix[a]]) * share;
                    }
                }
            }

            return ((lanes[0] * wx[0]) + (lanes[1] * wx[1])) + ((lanes[2] * wx[2]) + (lanes[3] * wx[3]));
        }
    }
}

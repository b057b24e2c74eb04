using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Resampling;

/// <summary>Brings images and labels to another grid.</summary>
/// <remarks>
/// Splines are separable and linear in the voxels, so an image is multiplied by one short-rowed matrix per axis (see
/// <see cref="AxisMatrix"/>), many lines at a time. The result does not depend on the number of threads.
/// Source: scikit-image's <c>resize(mode="edge", anti_aliasing=False)</c>, nnU-Net's <c>resample_data_or_seg</c>.
/// Parity: scikit-image 0.19.3 and nnU-Net 2.8.1, 1e-5 of the range of the values.
/// </remarks>
public static partial class Resample
{
    /// <summary>An image between the same outer faces in another number of voxels.</summary>
    /// <param name="source">The voxels, x fastest; finite.</param>
    /// <param name="from">Their grid.</param>
    /// <param name="to">The new grid.</param>
    /// <param name="order">The same for all axes.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>The new voxels, within the range of the old ones: what a cubic spline swings over is cut off.</returns>
    public static float[] Image(ReadOnlySpan<float> source, Extent from, Extent to, Interpolation order = Interpolation.Cubic, CancellationToken cancel = default) =>
        Image<float>(source, from, to, order, order, null, cancel);

    /// <summary>An image between the same outer faces, with an order for a coarse axis of its own (see <see cref="ResampleOptions.CoarseAxis"/>).</summary>
    /// <param name="source">The voxels, x fastest; finite.</param>
    /// <param name="from">Their grid.</param>
    /// <param name="to">The new grid.</param>
    /// <param name="options">Orders.</param>
    /// <param name="coarseAxis">0, 1 or 2 for x, y or z; null: all axes alike.</param>
    /// <param name="cancel">Stops the work.</param>
    public static float[] Image(ReadOnlySpan<float> source, Extent from, Extent to, ResampleOptions options, int? coarseAxis, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(options.Check());
        return Image<float>(source, from, to, options.Order, options.CoarseOrder, coarseAxis, cancel);
    }

    /// <summary>Every channel of a volume, between the same outer faces in another number of voxels; the spacing follows.</summary>
    /// <returns>A volume of the same type; whole numbers are rounded (half to even).</returns>
    public static Volume Volume(Volume volume, Extent to, Interpolation order = Interpolation.Cubic, CancellationToken cancel = default) =>
        Volume(volume, to, new ResampleOptions { Order = order, SeparateCoarse = false }, cancel);

    /// <summary>Every channel of a volume in another number of voxels, a coarse axis apart where the options say so.</summary>
    /// <inheritdoc cref="Volume(Volume, Extent, Interpolation, CancellationToken)"/>
    public static Volume Volume(Volume volume, Extent to, ResampleOptions options, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(options.Check());
        var geometry = volume.Geometry.Resized(to);
        if (to == volume.Extent)
        {
            return volume;
        }

        var coarse = options.CoarseAxis(volume.Geometry.Spacing, geometry.Spacing);
        var result = Imaging.Volume.Zeros(volume.Name, geometry, volume.Channels, volume.VoxelType);
        for (var c = 0; c < volume.Channels; c++)
        {
            switch (volume.VoxelType)
            {
                case VoxelType.Float32:
                    Image<float>(volume.Channel<float>(c), volume.Extent, to, options.Order, options.CoarseOrder, coarse, cancel).CopyTo(result.Channel<float>(c));
                    break;
                case VoxelType.UInt8:
                    Whole<byte, float>(volume, result, c, options, coarse, cancel);
                    break;
                case VoxelType.Int8:
                    Whole<sbyte, float>(volume, result, c, options, coarse, cancel);
                    break;
                case VoxelType.UInt16:
                    Whole<ushort, float>(volume, result, c, options, coarse, cancel);
                    break;
                case VoxelType.Int16:
                    Whole<short, float>(volume, result, c, options, coarse, cancel);
                    break;
                case VoxelType.UInt32:
                    Whole<uint, double>(volume, result, c, options, coarse, cancel);
                    break;
                case VoxelType.Int32:
                    Whole<int, double>(volume, result, c, options, coarse, cancel);
                    break;
                case VoxelType.Int64:
                    Whole<long, double>(volume, result, c, options, coarse, cancel);
                    break;
                case VoxelType.UInt64:
                    Whole<ulong, double>(volume, result, c, options, coarse, cancel);
                    break;
                default:
                    Image<double>(volume.Channel<double>(c), volume.Extent, to, options.Order, options.CoarseOrder, coarse, cancel).CopyTo(result.Channel<double>(c));
                    break;
            }
        }

        return new Volume(volume.Name, geometry, volume.Channels, volume.VoxelType, result.Bytes, volume.Path);
    }

    /// <summary>Multiplies each axis by its matrix.</summary>
    /// <typeparam name="T">float or double: the precision of weights and sums.</typeparam>
    /// <param name="source">The voxels, x fastest.</param>
    /// <param name="x">From the width.</param>
    /// <param name="y">From the height.</param>
    /// <param name="z">From the depth.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <returns>The new voxels, not cut to any range.</returns>
    public static T[] Apply<T>(ReadOnlySpan<T> source, AxisMatrix x, AxisMatrix y, AxisMatrix z, CancellationToken cancel = default)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (from, to) = (new Extent(x.From, y.From, z.From), new Extent(x.To, y.To, z.To));
        if (source.Length != from.Count)
        {
            throw new ArgumentException($"{source.Length} voxels; {from} needs {from.Count}", nameof(source));
        }

        // Where the depth shrinks it goes first, so that what lies between is small; where it grows it goes last, in place.
        if (to.Depth < from.Depth)
        {
            var flat = new T[checked((int)(from.PageCount * to.Depth))];
            Depth(source, flat, new AxisKernel<T>(z), from.PageCount, cancel);
            if (x.IsIdentity && y.IsIdentity)
            {
                return flat;
            }

            var shrunk = new T[checked((int)to.Count)];
            Pages<T>(flat, shrunk, new AxisKernel<T>(x), new AxisKernel<T>(y), to.Depth, cancel);
            return shrunk;
        }

        var result = new T[checked((int)to.Count)];
        Pages(source, result, new AxisKernel<T>(x), new AxisKernel<T>(y), from.Depth, cancel);
        if (!z.IsIdentity)
        {
            Depth(result, result, new AxisKernel<T>(z), to.PageCount, cancel);
        }

        return result;
    }

    private static T[] Image<T>(ReadOnlySpan<T> source, Extent from, Extent to, Interpolation order, Interpolation coarseOrder, int? coarseAxis, CancellationToken cancel)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (from == to)
        {
            return source.ToArray();
        }

        AxisMatrix Axis(int axis, int old, int now, bool coarse) =>
            (axis == coarseAxis) == coarse ? AxisMatrix.Between(old, now, coarse ? coarseOrder : order) : AxisMatrix.Identity(coarse ? now : old);

        var fine = Apply(source, Axis(0, from.Width, to.Width, false), Axis(1, from.Height, to.Height, false), Axis(2, from.Depth, to.Depth, false), cancel);
        if (order == Interpolation.Cubic)
        {
            var middle = coarseAxis switch
            {
                0 => to with { Width = from.Width },
                1 => to with { Height = from.Height },
                2 => to with { Depth = from.Depth },
                _ => to,
            };
            CutToRange(source, from, fine, middle, coarseAxis);
        }

        return coarseAxis is null
            ? fine
            : Apply<T>(fine, Axis(0, from.Width, to.Width, true), Axis(1, from.Height, to.Height, true), Axis(2, from.Depth, to.Depth, true), cancel);
    }

    // Each plane across the coarse axis has its own range, as in the original, which resizes it by itself.
    private static void CutToRange<T>(ReadOnlySpan<T> source, Extent from, Span<T> image, Extent to, int? axis)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var planes = axis switch { 0 => from.Width, 1 => from.Height, 2 => from.Depth, _ => 1 };
        var (low, high) = (new T[planes], new T[planes]);
        Array.Fill(low, T.PositiveInfinity);
        Array.Fill(high, T.NegativeInfinity);
        for (var row = 0; row < from.Height * from.Depth; row++)
        {
            var values = source.Slice(row * from.Width, from.Width);
            if (axis == 0)
            {
                for (var x = 0; x < values.Length; x++)
                {
                    low[x] = T.Min(low[x], values[x]);
                    high[x] = T.Max(high[x], values[x]);
                }

                continue;
            }

            var plane = axis switch { 1 => row % from.Height, 2 => row / from.Height, _ => 0 };
            Widen(values, ref low[plane], ref high[plane]);
        }

        for (var row = 0; row < to.Height * to.Depth; row++)
        {
            var values = image.Slice(row * to.Width, to.Width);
            if (axis == 0)
            {
                for (var x = 0; x < values.Length; x++)
                {
                    values[x] = T.Min(T.Max(values[x], low[x]), high[x]);
                }

                continue;
            }

            var plane = axis switch { 1 => row % to.Height, 2 => row / to.Height, _ => 0 };
            Cut(values, low[plane], high[plane]);
        }
    }

    private static void Widen<T>(ReadOnlySpan<T> values, ref T low, ref T high)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (least, most, i) = (Vector512.Create(low), Vector512.Create(high), 0);
        for (; i <= values.Length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            var v = Vector512.Create(values[i..]);
            least = Vector512.Min(least, v);
            most = Vector512.Max(most, v);
        }

        for (var k = 0; k < Vector512<T>.Count; k++)
        {
            (low, high) = (T.Min(low, least[k]), T.Max(high, most[k]));
        }

        for (; i < values.Length; i++)
        {
            (low, high) = (T.Min(low, values[i]), T.Max(high, values[i]));
        }
    }

    private static void Cut<T>(Span<T> values, T low, T high)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (least, most, i) = (Vector512.Create(low), Vector512.Create(high), 0);
        for (; i <= values.Length - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            Vector512.Min(Vector512.Max(Vector512.Create<T>(values[i..]), least), most).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] = T.Min(T.Max(values[i], low), high);
        }
    }

    private static void Whole<TVoxel, T>(Volume volume, Volume result, int channel, ResampleOptions options, int? coarse, CancellationToken cancel)
        where TVoxel : unmanaged, INumber<TVoxel>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var values = Array.ConvertAll(volume.Channel<TVoxel>(channel).ToArray(), T.CreateTruncating);
        var made = Image<T>(values, volume.Extent, result.Extent, options.Order, options.CoarseOrder, coarse, cancel);
        var target = result.Channel<TVoxel>(channel);
        for (var i = 0; i < made.Length; i++)
        {
            target[i] = TVoxel.CreateSaturating(T.Round(made[i]));
        }
    }

    // Page by page along x, then along y.
    private static unsafe void Pages<T>(ReadOnlySpan<T> source, Span<T> target, AxisKernel<T> x, AxisKernel<T> y, int pages, CancellationToken cancel)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var lanes = AxisKernel<T>.Lanes;
        var (fromPage, toPage, between) = ((long)x.From * y.From, (long)x.To * y.To, (long)x.To * y.From);
        fixed (T* from = source, to = target)
        {
            var (old, made) = ((nint)from, (nint)to);
            InParallel(pages, cancel, () => new PageSpace<T>(x.IsIdentity || y.IsIdentity ? 0 : (int)between, Math.Max(Math.Max(x.From, x.To), Math.Max(y.From, y.To))), (z, space) =>
            {
                var page = (T*)old + (z * fromPage);
                var result = (T*)made + (z * toPage);
                var middle = x.IsIdentity ? page : y.IsIdentity ? result : space.Page;
                for (var row = 0; !x.IsIdentity && row < y.From; row += lanes)
                {
                    x.Along(page + ((long)row * x.From), middle + ((long)row * x.To), Math.Min(lanes, y.From - row), space.Lines);
                }

                for (var column = 0; !y.IsIdentity && column < x.To; column += lanes)
                {
                    y.Across(middle + column, x.To, result + column, x.To, Math.Min(lanes, x.To - column), space.Lines);
                }

                if (x.IsIdentity && y.IsIdentity)
                {
                    Buffer.MemoryCopy(page, result, toPage * sizeof(T), toPage * sizeof(T));
                }
            });
        }
    }

    // Column by column; every column is read before it is written, so that both may be the same memory.
    private static unsafe void Depth<T>(ReadOnlySpan<T> source, Span<T> target, AxisKernel<T> z, long page, CancellationToken cancel)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var lanes = AxisKernel<T>.Lanes;
        fixed (T* from = source, to = target)
        {
            var (old, made) = ((nint)from, (nint)to);
            InParallel((int)((page + lanes - 1) / lanes), cancel, () => new AxisKernel<T>.Space(Math.Max(z.From, z.To)), (i, space) =>
            {
                var column = (long)i * lanes;
                z.Across((T*)old + column, page, (T*)made + column, page, (int)Math.Min(lanes, page - column), space);
            });
        }
    }

    internal static void InParallel<TSpace>(int count, CancellationToken cancel, Func<TSpace> space, Action<int, TSpace> body) =>
        Parallel.For(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = Machine.Cores, CancellationToken = cancel },
            space,
            (i, _, mine) =>
            {
                body(i, mine);
                return mine;
            },
            _ => { });

    private sealed unsafe class PageSpace<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T[] _page;

        public PageSpace(int page, int longest)
        {
            _page = GC.AllocateArray<T>(Math.Max(1, page), pinned: true);
            Lines = new AxisKernel<T>.Space(longest);
        }

        public T* Page => (T*)Unsafe.AsPointer(ref _page[0]);

        public AxisKernel<T>.Space Lines { get; }
    }
}

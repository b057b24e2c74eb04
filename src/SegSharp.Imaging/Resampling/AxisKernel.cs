using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SegSharp.Imaging.Resampling;

/// <summary>A matrix of one axis, applied to many lines at once: they lie side by side, <see cref="Lanes"/> of them, and share the weights.</summary>
/// <typeparam name="T">float or double: the type of values, weights and sums.</typeparam>
internal sealed unsafe class AxisKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // What single precision cannot see in the sum.
    private const double LeastForFloat = 1e-9;

    private readonly int[] _first;
    private readonly int[] _start;
    private readonly T[] _weights;

    public AxisKernel(AxisMatrix matrix)
    {
        if (typeof(T) == typeof(float))
        {
            matrix = matrix.Trimmed(LeastForFloat);
        }

        (From, To, IsIdentity) = (matrix.From, matrix.To, matrix.IsIdentity);
        (_first, _start, _weights) = (matrix.Firsts.ToArray(), matrix.RowStarts.ToArray(), [.. matrix.AllWeights.ToArray().Select(T.CreateTruncating)]);
    }

    /// <summary>Lines that are computed at once.</summary>
    public static int Lanes => 4 * Vector512<T>.Count;

    public int From { get; }

    public int To { get; }

    public bool IsIdentity { get; }

    /// <summary>[From, Lanes] becomes [To, Lanes].</summary>
    public void Multiply(T* from, T* to)
    {
        var (step, lanes) = (Vector512<T>.Count, Lanes);
        fixed (T* weights = _weights)
        {
            for (var i = 0; i < To; i++, to += lanes)
            {
                var source = from + ((long)_first[i] * lanes);
                var (a, b, c, d) = (Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero);
                for (var k = _start[i]; k < _start[i + 1]; k++, source += lanes)
                {
                    var weight = Vector512.Create(weights[k]);
                    a += weight * Vector512.Load(source);
                    b += weight * Vector512.Load(source + step);
                    c += weight * Vector512.Load(source + (2 * step));
                    d += weight * Vector512.Load(source + (3 * step));
                }

                a.Store(to);
                b.Store(to + step);
                c.Store(to + (2 * step));
                d.Store(to + (3 * step));
            }
        }
    }

    /// <summary>Lines that run across memory: element i of line j lies at [i * stride + j].</summary>
    public void Across(T* from, long fromStride, T* to, long toStride, int lines, Space space)
    {
        var old = space.Old;
        var made = space.New;
        var lanes = Lanes;
        for (var i = 0; i < From; i++)
        {
            Unsafe.CopyBlockUnaligned(old + ((long)i * lanes), from + (i * fromStride), (uint)(lines * sizeof(T)));
        }

        Multiply(old, made);
        for (var i = 0; i < To; i++)
        {
            Unsafe.CopyBlockUnaligned(to + (i * toStride), made + ((long)i * lanes), (uint)(lines * sizeof(T)));
        }
    }

    /// <summary>Lines that run along memory, one after another: element i of line j lies at [j * From + i].</summary>
    public void Along(T* from, T* to, int lines, Space space)
    {
        var old = space.Old;
        var made = space.New;
        var lanes = Lanes;
        Transpose(from, From, old, lanes, lines, From);
        Multiply(old, made);
        Transpose(made, lanes, to, To, To, lines);
    }

    // [rows, columns] becomes [columns, rows], in squares that stay in the nearest cache.
    private static void Transpose(T* from, long fromStride, T* to, long toStride, int rows, int columns)
    {
        const int square = 8;
        var (evenRows, evenColumns) = (rows / square * square, columns / square * square);
        for (var y = 0; y < evenRows; y += square)
        {
            for (var x = 0; x < evenColumns; x += square)
            {
                for (var j = 0; j < square; j++)
                {
                    var row = from + ((y + j) * fromStride) + x;
                    var column = to + (x * toStride) + y + j;
                    column[0] = row[0];
                    column[toStride] = row[1];
                    column[2 * toStride] = row[2];
                    column[3 * toStride] = row[3];
                    column[4 * toStride] = row[4];
                    column[5 * toStride] = row[5];
                    column[6 * toStride] = row[6];
                    column[7 * toStride] = row[7];
                }
            }

            Corner(from, fromStride, to, toStride, (y, y + square), (evenColumns, columns));
        }

        Corner(from, fromStride, to, toStride, (evenRows, rows), (0, columns));
    }

    private static void Corner(T* from, long fromStride, T* to, long toStride, (int Start, int End) rows, (int Start, int End) columns)
    {
        for (var y = rows.Start; y < rows.End; y++)
        {
            for (var x = columns.Start; x < columns.End; x++)
            {
                to[(x * toStride) + y] = from[(y * fromStride) + x];
            }
        }
    }

    /// <summary>Room for the lines of one thread, before and after.</summary>
    public sealed class Space
    {
        private readonly T[] _old;
        private readonly T[] _new;

        public Space(int longest)
        {
            _old = GC.AllocateArray<T>(longest * Lanes, pinned: true);
            _new = GC.AllocateArray<T>(longest * Lanes, pinned: true);
        }

        public T* Old => (T*)Unsafe.AsPointer(ref _old[0]);

        public T* New => (T*)Unsafe.AsPointer(ref _new[0]);
    }
}

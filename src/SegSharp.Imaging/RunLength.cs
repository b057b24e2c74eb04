using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Imaging;

/// <summary>A mask as runs down its columns, as COCO stores masks: first the zeros, then the ones, and so on.</summary>
/// <remarks>Source: pycocotools' maskApi; segment-anything's utils/amg. Parity: <c>20-metrics/coco_rle</c> and <c>07-sam/sam-tiny/amg.json</c>, exact.</remarks>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Counts">Lengths of the runs, the first one of zeros; columns from the left, each from the top.</param>
public sealed record RunLength(int Height, int Width, IReadOnlyList<int> Counts)
{
    private const int Fifths = 5;
    private const double Farthest = 1e6;

    /// <summary>Ones.</summary>
    public long Area => Counts.Where((_, i) => i % 2 == 1).Sum(c => (long)c);

    /// <summary>The smallest box around the ones: column, row, columns, rows; all 0 where there is none.</summary>
    public (int X, int Y, int Width, int Height) Box
    {
        get
        {
            var (left, top, right, bottom) = (Width, Height, -1, -1);
            foreach (var (start, length) in Runs())
            {
                var (first, last) = (start / Height, (start + length - 1) / Height);
                left = Math.Min(left, first);
                right = Math.Max(right, last);

                // A run that goes on in the next column holds both ends of its columns.
                top = Math.Min(top, first == last ? start % Height : 0);
                bottom = Math.Max(bottom, first == last ? (start + length - 1) % Height : Height - 1);
            }

            return right < 0 ? (0, 0, 0, 0) : (left, top, right - left + 1, bottom - top + 1);
        }
    }

    /// <summary>The runs of a mask.</summary>
    /// <param name="inside">One per pixel, x fastest.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public static RunLength Of(ReadOnlySpan<bool> inside, int width, int height)
    {
        var (counts, now, run) = (new List<int>(), false, 0);
        for (var x = 0; x < width; x++)
        {
            for (var y = 0; y < height; y++)
            {
                if (inside[(y * width) + x] != now)
                {
                    counts.Add(run);
                    (now, run) = (!now, 0);
                }

                run++;
            }
        }

        counts.Add(run);
        return new(height, width, counts);
    }

    /// <summary>The pixels inside of a closed polygon, by its even-odd rule; what lies outside the picture is cut off.</summary>
    /// <remarks>
    /// Source: pycocotools' <c>rleFrPoly</c>. The outline is walked in fifths of a pixel; wherever it crosses the middle of a column, the
    /// column turns from outside to inside at that height. (0, 0) is the corner of the first pixel, so an outline of whole numbers
    /// that follows the pixels' edges gives exactly these pixels.
    /// </remarks>
    /// <param name="points">x and y of every corner in turn, pixels.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <exception cref="InputException">An odd number of values, fewer than three corners, or a corner that is no number or more than a million pixels away.</exception>
    public static RunLength OfPolygon(ReadOnlySpan<double> points, int width, int height)
    {
        if (points.Length < 6 || points.Length % 2 != 0)
        {
            throw new InputException($"a polygon has {points.Length} values; expected x and y of three corners or more", null);
        }

        foreach (var v in points)
        {
            if (!(Math.Abs(v) <= Farthest))
            {
                throw new InputException($"a polygon has a corner at {v}; expected pixels, at most a million from the picture", null);
            }
        }

        var turns = new List<int>();
        var before = (X: 0, Y: 0, Known: false);
        for (var i = 0; i < points.Length; i += 2)
        {
            var next = (i + 2) % points.Length;
            Walk(
                (InFifths(points[i]), InFifths(points[i + 1])),
                (InFifths(points[next]), InFifths(points[next + 1])),
                (x, y) =>
                {
                    if (before.Known && x != before.X && Turn(Math.Min(x, before.X), Math.Min(y, before.Y), width, height) is { } turn)
                    {
                        turns.Add(turn);
                    }

                    before = (x, y, true);
                });
        }

        turns.Sort();
        var (counts, at) = (new List<int>(), 0);
        for (var i = 0; i < turns.Count; i++)
        {
            // Two turns at one place cancel each other; one behind the last pixel turns nothing.
            if (i + 1 < turns.Count && turns[i + 1] == turns[i])
            {
                i++;
            }
            else if (turns[i] < width * height)
            {
                counts.Add(turns[i] - at);
                at = turns[i];
            }
        }

        counts.Add((width * height) - at);
        return new(height, width, counts);
    }

    /// <summary>The pixels that belong to one of several masks at least.</summary>
    /// <param name="masks">One or more of one size.</param>
    public static RunLength Union(IReadOnlyList<RunLength> masks) => masks.Count == 1 ? masks[0] : Joined(masks, (a, b) => a | b);

    /// <summary>The pixels that belong to all masks.</summary>
    /// <param name="masks">One or more of one size.</param>
    public static RunLength Intersection(IReadOnlyList<RunLength> masks) => masks.Count == 1 ? masks[0] : Joined(masks, (a, b) => a & b);

    /// <summary>Shared pixels over the pixels of both; with a crowd, over the pixels of <paramref name="found"/> alone, since a crowd holds many.</summary>
    /// <param name="found">A mask.</param>
    /// <param name="truth">Another of the same size.</param>
    /// <param name="crowd">Whether <paramref name="truth"/> is a region of many objects.</param>
    public static double Iou(RunLength found, RunLength truth, bool crowd = false)
    {
        var shared = Intersection([found, truth]).Area;
        var whole = crowd ? found.Area : found.Area + truth.Area - shared;
        return whole == 0 ? 0 : (double)shared / whole;
    }

    /// <summary>Every run of ones: where it starts, counted down the columns from the left, and how many pixels it has.</summary>
    public IEnumerable<(int Start, int Length)> Runs()
    {
        var at = 0;
        for (var i = 0; i < Counts.Count; i++)
        {
            if (i % 2 == 1 && Counts[i] > 0)
            {
                yield return (at, Counts[i]);
            }

            at += Counts[i];
        }
    }

    /// <summary>Makes sure that the runs fill the mask: none below 0, together as many as there are pixels.</summary>
    /// <exception cref="InputException">They do not; the message says how many pixels they have.</exception>
    public RunLength Checked()
    {
        if (Counts.FirstOrDefault(c => c < 0) is < 0 and var negative)
        {
            throw new InputException($"a mask has a run of {negative} pixels", null);
        }

        var sum = Counts.Sum(c => (long)c);
        return sum == (long)Width * Height
            ? this
            : throw new InputException($"the runs of a mask have {sum} pixels together, but {Width}x{Height} has {(long)Width * Height}", null);
    }

    /// <summary>The mask, x fastest.</summary>
    public bool[] ToMask()
    {
        var mask = new bool[Width * Height];
        foreach (var (start, length) in Runs())
        {
            for (var i = start; i < start + length; i++)
            {
                mask[(i % Height * Width) + (i / Height)] = true;
            }
        }

        return mask;
    }

    /// <summary>COCO's compressed form: differences to the run before the last, five bits a letter.</summary>
    public string Compressed()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Counts.Count; i++)
        {
            long x = i > 2 ? Counts[i] - Counts[i - 2] : Counts[i];
            bool more;
            do
            {
                var c = x & 0x1f;
                x >>= 5;
                more = (c & 0x10) != 0 ? x != -1 : x != 0;
                text.Append((char)((more ? c | 0x20 : c) + 48));
            }
            while (more);
        }

        return text.ToString();
    }

    /// <summary>Reads COCO's compressed form.</summary>
    /// <exception cref="InputException">A letter that does not belong there, an end within a number, or a number that no run can have.</exception>
    public static RunLength FromCompressed(string text, int width, int height)
    {
        var counts = new List<int>();
        for (var at = 0; at < text.Length;)
        {
            long x = 0;
            var k = 0;
            bool more;
            do
            {
                if (at == text.Length)
                {
                    throw new InputException("a compressed mask ends within a number", "the file is cut off, or its text was changed");
                }

                long c = text[at++] - 48;
                if (c is < 0 or > 63 || k > 6)
                {
                    throw new InputException($"a compressed mask has '{text[at - 1]}' at letter {at}, where it cannot stand", "only COCO's letters from '0' to 'o' are known");
                }

                x |= (c & 0x1f) << (5 * k++);
                more = (c & 0x20) != 0;
                if (!more && (c & 0x10) != 0)
                {
                    x |= -1L << (5 * k);
                }
            }
            while (more);
            x += counts.Count > 2 ? counts[^2] : 0;
            counts.Add(x is >= int.MinValue and <= int.MaxValue ? (int)x : throw new InputException($"a compressed mask has a run of {x} pixels", null));
        }

        return new(height, width, counts);
    }

    // As in the original: towards zero after adding a half.
    private static int InFifths(double v) => (int)((Fifths * v) + 0.5);

    // Every step of the longer axis, both ends included; an edge gives the same points whichever way it is walked.
    private static void Walk((int X, int Y) from, (int X, int Y) to, Action<int, int> visit)
    {
        var (dx, dy) = (Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y));
        var flat = dx >= dy;
        var turned = flat ? from.X > to.X : from.Y > to.Y;
        var (low, high) = turned ? (to, from) : (from, to);
        var steps = flat ? dx : dy;
        var slope = flat ? (double)(high.Y - low.Y) / dx : (double)(high.X - low.X) / dy;
        for (var d = 0; d <= steps; d++)
        {
            var t = turned ? steps - d : d;
            if (flat)
            {
                visit(low.X + t, steps == 0 ? low.Y : (int)(low.Y + (slope * t) + 0.5));
            }
            else
            {
                visit((int)(low.X + (slope * t) + 0.5), low.Y + t);
            }
        }
    }

    // The pixel from which on a column is turned, where the outline crosses the column's middle.
    private static int? Turn(int fifthsX, int fifthsY, int width, int height)
    {
        var x = ((fifthsX + 0.5) / Fifths) - 0.5;
        if (Math.Floor(x) != x || x < 0 || x > width - 1)
        {
            return null;
        }

        var y = Math.Ceiling(Math.Clamp(((fifthsY + 0.5) / Fifths) - 0.5, 0, height));
        return ((int)x * height) + (int)y;
    }

    private static RunLength Joined(IReadOnlyList<RunLength> masks, Func<bool, bool, bool> join)
    {
        var (width, height) = (masks[0].Width, masks[0].Height);
        if (masks.FirstOrDefault(m => m.Width != width || m.Height != height) is { } other)
        {
            throw new ArgumentException($"masks of {width}x{height} and {other.Width}x{other.Height} cannot be joined", nameof(masks));
        }

        var inside = masks[0].ToMask();
        foreach (var mask in masks.Skip(1))
        {
            var more = mask.ToMask();
            for (var i = 0; i < inside.Length; i++)
            {
                inside[i] = join(inside[i], more[i]);
            }
        }

        return Of(inside, width, height);
    }
}

using System.Text;

namespace SegSharp.Prediction.Promptable;

/// <summary>A mask as runs down its columns, as COCO stores masks: first the zeros, then the ones, and so on.</summary>
/// <remarks>Source: pycocotools' maskApi; segment-anything's utils/amg. Parity: <c>07-sam/sam-tiny/amg.json</c>, exact.</remarks>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Counts">Lengths of the runs, the first one of zeros; columns from the left, each from the top.</param>
public sealed record RunLength(int Height, int Width, IReadOnlyList<int> Counts)
{
    /// <summary>Ones.</summary>
    public long Area => Counts.Where((_, i) => i % 2 == 1).Sum(c => (long)c);

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

    /// <summary>The mask, x fastest.</summary>
    public bool[] ToMask()
    {
        var (mask, at, inside) = (new bool[Width * Height], 0, false);
        foreach (var count in Counts)
        {
            for (var i = 0; i < count; i++, at++)
            {
                mask[(at % Height * Width) + (at / Height)] = inside;
            }

            inside = !inside;
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
                long c = text[at++] - 48;
                x |= (c & 0x1f) << (5 * k++);
                more = (c & 0x20) != 0;
                if (!more && (c & 0x10) != 0)
                {
                    x |= -1L << (5 * k);
                }
            }
            while (more);
            counts.Add((int)(counts.Count > 2 ? x + counts[^2] : x));
        }

        return new(height, width, counts);
    }
}

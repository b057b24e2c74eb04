namespace SegSharp.Imaging.Formats.Png;

// The five filters of a row. Source: ISO/IEC 15948:2003, clause 9. Here "back" is the distance to the byte of the pixel before.
internal static class PngFilter
{
    public const int Count = 5;

    // Turns a filtered row into plain bytes, in place; "above" is the plain row before it (zeros for the first).
    public static bool Undo(int filter, Span<byte> row, ReadOnlySpan<byte> above, int back)
    {
        switch (filter)
        {
            case 0:
                return true;
            case 1:
                for (var i = back; i < row.Length; i++)
                {
                    row[i] += row[i - back];
                }

                return true;
            case 2:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += above[i];
                }

                return true;
            case 3:
                for (var i = 0; i < row.Length; i++)
                {
                    row[i] += (byte)(((i < back ? 0 : row[i - back]) + above[i]) >> 1);
                }

                return true;
            case 4:
                for (var i = 0; i < Math.Min(back, row.Length); i++)
                {
                    row[i] += above[i];
                }

                for (var i = back; i < row.Length; i++)
                {
                    row[i] += Paeth(row[i - back], above[i], above[i - back]);
                }

                return true;
            default:
                return false;
        }
    }

    public static void Apply(int filter, ReadOnlySpan<byte> row, ReadOnlySpan<byte> above, int back, Span<byte> result)
    {
        for (var i = 0; i < row.Length; i++)
        {
            var left = i < back ? (byte)0 : row[i - back];
            var corner = i < back ? (byte)0 : above[i - back];
            result[i] = (byte)(row[i] - filter switch
            {
                1 => left,
                2 => above[i],
                3 => (left + above[i]) >> 1,
                4 => Paeth(left, above[i], corner),
                _ => 0,
            });
        }
    }

    private static byte Paeth(byte left, byte above, byte corner)
    {
        var estimate = left + above - corner;
        var (a, b, c) = (Math.Abs(estimate - left), Math.Abs(estimate - above), Math.Abs(estimate - corner));
        return a <= b && a <= c ? left : b <= c ? above : corner;
    }
}

namespace SegSharp.Imaging.Formats.Tiff;

// Source: TIFF Revision 6.0, section 13. A string of the table is a stretch of the output written so far.
internal static class TiffLzw
{
    private const int Clear = 256, End = 257, MaxCodes = 4096;

    public static int Decode(ByteSource source, byte[] stored, byte[] bytes)
    {
        if (stored.Length >= 2 && stored[0] == 0 && (stored[1] & 1) != 0)
        {
            throw source.Unsupported("its LZW data are of the kind before TIFF 5.0", "save it again with LZW or Deflate compression");
        }

        var (start, length) = (new int[MaxCodes], new int[MaxCodes]);
        var (next, bits, held, count, at, done) = (End + 1, 9, 0, 0, 0, 0);
        var (previousStart, previousLength) = (0, 0);
        while (done < bytes.Length)
        {
            while (count < bits)
            {
                if (at == stored.Length)
                {
                    return done;
                }

                held = (held << 8) | stored[at++];
                count += 8;
            }

            count -= bits;
            var code = (held >> count) & ((1 << bits) - 1);
            held &= (1 << count) - 1;
            if (code == End)
            {
                return done;
            }

            if (code == Clear)
            {
                (next, bits, previousLength) = (End + 1, 9, 0);
                continue;
            }

            if (code > next || (code == next && previousLength == 0) || (code >= End + 1 && previousLength == 0))
            {
                throw source.Damaged($"its LZW data hold code {code} where at most {next - 1} is known");
            }

            // The new string is the one before and the first letter of this one, which is written next: the stretch goes on.
            if (previousLength > 0 && next < MaxCodes)
            {
                (start[next], length[next]) = (previousStart, previousLength + 1);
                next++;
            }
            else if (code >= next)
            {
                throw source.Damaged("its LZW table is full");
            }

            var begin = done;
            if (code < Clear)
            {
                bytes[done++] = (byte)code;
            }
            else
            {
                var n = Math.Min(length[code], bytes.Length - done);
                for (int i = 0, from = start[code]; i < n; i++)
                {
                    bytes[done++] = bytes[from + i];
                }
            }

            (previousStart, previousLength) = (begin, done - begin);
            if (next >= (1 << bits) - 1 && bits < 12)
            {
                bits++;
            }
        }

        return done;
    }
}

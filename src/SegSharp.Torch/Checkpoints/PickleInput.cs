using System.Buffers.Binary;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>The bytes of a pickle, through a window; every length is held against what is left before memory is taken.</summary>
internal sealed class PickleInput(ByteSource source, long start, long end)
{
    private const int LongestPiece = 256 << 20;
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _window = new byte[(int)Math.Min(1 << 16, Math.Max(0, end - start))];
    private int _at, _filled;
    private long _next = start;

    /// <summary>Position in the source.</summary>
    public long Position => _next - (_filled - _at);

    public byte Byte()
    {
        if (_at == _filled)
        {
            Fill();
        }

        return _window[_at++];
    }

    public int UInt16()
    {
        var low = Byte();
        return low | (Byte() << 8);
    }

    public int Int32() => UInt16() | (UInt16() << 16);

    public long UInt32() => (uint)Int32();

    public ulong UInt64() => (ulong)UInt32() | ((ulong)UInt32() << 32);

    public double BigEndianDouble()
    {
        Span<byte> eight = stackalloc byte[8];
        foreach (ref var b in eight)
        {
            b = Byte();
        }

        return BinaryPrimitives.ReadDoubleBigEndian(eight);
    }

    /// <summary>So many bytes.</summary>
    public byte[] Bytes(ulong count)
    {
        if (count > (ulong)(end - Position))
        {
            throw Bad($"a piece of {count} bytes is announced where {end - Position} are left");
        }

        if (count > LongestPiece)
        {
            throw Bad($"one piece of {count} bytes; {LongestPiece} is the limit");
        }

        var bytes = new byte[count];
        var done = Math.Min(bytes.Length, _filled - _at);
        _window.AsSpan(_at, done).CopyTo(bytes);
        _at += done;
        if (done < bytes.Length)
        {
            source.Read(_next, bytes.AsSpan(done));
            _next += bytes.Length - done;
        }

        return bytes;
    }

    /// <summary>UTF-8 text of so many bytes.</summary>
    public string Text(ulong count)
    {
        var bytes = Bytes(count);
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Bad("text that is not UTF-8");
        }
    }

    /// <summary>Text up to the next line feed, at most 1,000 bytes.</summary>
    public string Line()
    {
        Span<byte> line = stackalloc byte[1000];
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = Byte();
            if (line[i] == '\n')
            {
                return Encoding.Latin1.GetString(line[..i]);
            }
        }

        throw Bad("a name of more than 1000 bytes");
    }

    public InputException Bad(string reason) => source.Bad($"broken pickle: {reason} (at byte {Position})", "copy or download the file again");

    private void Fill()
    {
        var count = (int)Math.Min(_window.Length, end - _next);
        if (count <= 0)
        {
            throw source.Bad("broken pickle: it ends without STOP", "copy or download the file again");
        }

        source.Read(_next, _window.AsSpan(0, count));
        _next += count;
        _at = 0;
        _filled = count;
    }
}

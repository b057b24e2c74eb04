using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>NumPy's array files, <c>.npy</c>, format versions 1 to 3. Nothing in them is ever executed.</summary>
/// <remarks>Source: numpy.lib.format, "NPY format" (NEP 1). Differs: arrays of Python objects, text and records are refused.</remarks>
public static class Npy
{
    private const int LongestHeader = 1 << 20;
    private const string Fix = "save a plain array of numbers with numpy.save(path, array, allow_pickle=False)";

    /// <summary>Reads an array: C or Fortran order, either byte order, as row-major little-endian.</summary>
    /// <returns>
    /// bool, int8 to int64, uint8, float16 to float64 and complex keep their type; uint16 becomes int32, uint32 and uint64 become int64.
    /// </returns>
    /// <exception cref="InputException">Not such a file, a damaged one, an element type that is not listed, a uint64 above 2⁶³ − 1.</exception>
    public static TensorData Read(string path)
    {
        using var source = ByteSource.Open(path);
        return Read(source);
    }

    /// <summary>Writes an array (version 1, C order, little-endian).</summary>
    /// <exception cref="InputException">bfloat16 or complex32, for which NumPy has no type.</exception>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public static void Write(string path, TensorData tensor)
    {
        var head = Header(path, tensor);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(head);
            stream.Write(tensor.Bytes.Span);
        });
    }

    internal static TensorData Read(ByteSource source)
    {
        var magic = source.Length < 10 ? [] : source.Read(0, 10);
        if (magic.Length < 10 || magic[0] != 0x93 || !magic.AsSpan(1, 5).SequenceEqual("NUMPY"u8))
        {
            throw source.Bad("it is not a .npy file (it does not start with \\x93NUMPY)", Fix);
        }

        if (magic[6] is < 1 or > 3 || magic[7] != 0)
        {
            throw source.Bad($".npy version {magic[6]}.{magic[7]} is unknown; 1.0, 2.0 and 3.0 can be read", Fix);
        }

        var wide = magic[6] > 1;
        var start = wide ? 12 : 10;
        long length = wide ? BinaryPrimitives.ReadUInt32LittleEndian(source.Read(8, 4)) : BinaryPrimitives.ReadUInt16LittleEndian(magic.AsSpan(8));
        if (length > LongestHeader || length > source.Length - start)
        {
            throw source.Bad($"its header claims {length} bytes; the file has {source.Length - start} left, and {LongestHeader} is the limit", Fix);
        }

        var text = new HeaderText(source, source.Read(start, (int)length));
        var (descr, fortran, shape) = text.Parse();
        var stored = Element(source, descr);
        var count = Count(source, shape);
        var room = source.Length - start - length;
        if (count != room / stored.Size || room % stored.Size != 0)
        {
            throw source.Bad($"shape ({string.Join(", ", shape)}) of '{descr}' needs {(Int128)count * stored.Size} bytes; {room} follow the header", Fix);
        }

        if (room > Array.MaxLength)
        {
            throw source.Bad($"an array of {room} bytes is larger than the {Array.MaxLength} that can be held");
        }

        var bytes = new byte[room];
        source.Read(start + length, bytes);
        if (stored.Swap > 1)
        {
            ByteOrder.Swap(bytes, stored.Swap);
        }

        if (fortran && shape.Length > 1 && count > 0)
        {
            var strides = new long[shape.Length];
            var step = 1L;
            for (var axis = 0; axis < shape.Length; axis++)
            {
                strides[axis] = step;
                step *= shape[axis];
            }

            var ordered = new byte[bytes.Length];
            Strided.Copy(bytes, 0, shape, strides, stored.Size, ordered);
            bytes = ordered;
        }

        return stored.Widen switch
        {
            2 => new TensorData(DType.Int32, shape, Widen16(bytes)),
            4 => new TensorData(DType.Int64, shape, Widen32(bytes)),
            8 => new TensorData(DType.Int64, shape, Checked64(source, bytes)),
            _ => new TensorData(stored.DType, shape, bytes),
        };
    }

    internal static byte[] Header(string path, TensorData tensor)
    {
        var descr = tensor.DType switch
        {
            DType.Bool => "|b1",
            DType.UInt8 => "|u1",
            DType.Int8 => "|i1",
            DType.Int16 => "<i2",
            DType.Int32 => "<i4",
            DType.Int64 => "<i8",
            DType.Float16 => "<f2",
            DType.Float32 => "<f4",
            DType.Float64 => "<f8",
            DType.Complex64 => "<c8",
            DType.Complex128 => "<c16",
            _ => throw new InputException($"cannot write '{path}': NumPy has no element type for {tensor.DType.TorchName()}", "convert it to float32 first"),
        };
        var shape = tensor.Shape.Length == 1 ? $"({tensor.Shape[0]},)" : $"({string.Join(", ", tensor.Shape)})";
        var text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}";
        var length = ((10 + text.Length + 1 + 63) / 64 * 64) - 10;
        var head = new byte[10 + length];
        head[0] = 0x93;
        "NUMPY"u8.CopyTo(head.AsSpan(1));
        head[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(8), (ushort)length);
        head.AsSpan(10).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text).CopyTo(head, 10);
        head[^1] = (byte)'\n';
        return head;
    }

    private static (DType DType, int Size, int Swap, int Widen) Element(ByteSource source, string descr)
    {
        var order = descr.Length > 0 && descr[0] is '<' or '>' or '|' or '=' ? descr[0] : '=';
        var code = descr.TrimStart('<', '>', '|', '=');
        (DType DType, int Size, int Part, int Widen) type = code switch
        {
            "b1" or "?" => (DType.Bool, 1, 1, 0),
            "u1" => (DType.UInt8, 1, 1, 0),
            "i1" => (DType.Int8, 1, 1, 0),
            "i2" => (DType.Int16, 2, 2, 0),
            "i4" => (DType.Int32, 4, 4, 0),
            "i8" => (DType.Int64, 8, 8, 0),
            "u2" => (DType.Int32, 2, 2, 2),
            "u4" => (DType.Int64, 4, 4, 4),
            "u8" => (DType.Int64, 8, 8, 8),
            "f2" => (DType.Float16, 2, 2, 0),
            "f4" => (DType.Float32, 4, 4, 0),
            "f8" => (DType.Float64, 8, 8, 0),
            "c8" => (DType.Complex64, 8, 4, 0),
            "c16" => (DType.Complex128, 16, 8, 0),
            _ when code.StartsWith('O') => throw source.Bad("it holds Python objects (a pickle), which could execute code; refused", Fix),
            _ => throw source.Bad($"element type '{descr}' is not one of bool, integer, float or complex numbers", Fix),
        };
        return (type.DType, type.Size, order == '>' ? type.Part : 1, type.Widen);
    }

    private static long Count(ByteSource source, long[] shape)
    {
        Int128 count = 1;
        foreach (var size in shape)
        {
            count *= size;
            if (count > long.MaxValue)
            {
                throw source.Bad($"shape ({string.Join(", ", shape)}) has more elements than 64 bits can count", Fix);
            }
        }

        return (long)count;
    }

    private static byte[] Widen16(byte[] bytes)
    {
        var to = new byte[checked(bytes.Length * 2)];
        ReadOnlySpan<ushort> small = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
        var large = MemoryMarshal.Cast<byte, int>(to.AsSpan());
        for (var i = 0; i < small.Length; i++)
        {
            large[i] = small[i];
        }

        return to;
    }

    private static byte[] Widen32(byte[] bytes)
    {
        var to = new byte[checked(bytes.Length * 2)];
        ReadOnlySpan<uint> small = MemoryMarshal.Cast<byte, uint>(bytes.AsSpan());
        var large = MemoryMarshal.Cast<byte, long>(to.AsSpan());
        for (var i = 0; i < small.Length; i++)
        {
            large[i] = small[i];
        }

        return to;
    }

    private static byte[] Checked64(ByteSource source, byte[] bytes)
    {
        foreach (var value in MemoryMarshal.Cast<byte, long>(bytes))
        {
            if (value < 0)
            {
                throw source.Bad($"the uint64 value {(ulong)value} does not fit int64", "save the array as int64 or float64");
            }
        }

        return bytes;
    }

    /// <summary>The header: a Python dictionary literal with exactly three keys, parsed and never evaluated.</summary>
    private sealed class HeaderText(ByteSource source, byte[] bytes)
    {
        private readonly string _text = Decode(bytes);
        private int _at;

        public (string Descr, bool Fortran, long[] Shape) Parse()
        {
            string? descr = null;
            bool? fortran = null;
            long[]? shape = null;
            Expect('{');
            while (Peek() != '}')
            {
                var key = Text();
                Expect(':');
                switch (key)
                {
                    case "descr" when descr is null:
                        if (Peek() is '[' or '(')
                        {
                            throw source.Bad("it holds records (a structured element type)", Fix);
                        }

                        descr = Text();
                        break;
                    case "fortran_order" when fortran is null:
                        fortran = Bool();
                        break;
                    case "shape" when shape is null:
                        shape = Shape();
                        break;
                    default:
                        throw Broken();
                }

                if (Peek() == ',')
                {
                    _at++;
                }
                else if (Peek() != '}')
                {
                    throw Broken();
                }
            }

            _at++;
            if (_text.AsSpan(_at).Trim().Length > 0 || descr is null || fortran is null || shape is null)
            {
                throw Broken();
            }

            return (descr, fortran.Value, shape);
        }

        // Latin-1 never fails; version 3 is UTF-8, but the three keys and every type that is accepted are plain ASCII.
        private static string Decode(byte[] bytes) => Encoding.Latin1.GetString(bytes);

        private InputException Broken() =>
            source.Bad($"its header is not {{'descr': …, 'fortran_order': …, 'shape': …}} (at character {_at})", Fix);

        private char Peek()
        {
            while (_at < _text.Length && _text[_at] is ' ' or '\n' or '\t' or '\r')
            {
                _at++;
            }

            return _at < _text.Length ? _text[_at] : throw Broken();
        }

        private void Expect(char c)
        {
            if (Peek() != c)
            {
                throw Broken();
            }

            _at++;
        }

        private string Text()
        {
            var quote = Peek();
            var end = quote is '\'' or '"' ? _text.IndexOf(quote, _at + 1) : -1;
            if (end < 0)
            {
                throw Broken();
            }

            var text = _text[(_at + 1)..end];
            _at = end + 1;
            return text;
        }

        private bool Bool()
        {
            _ = Peek();
            foreach (var (word, value) in new[] { ("True", true), ("False", false) })
            {
                if (_text.AsSpan(_at).StartsWith(word, StringComparison.Ordinal))
                {
                    _at += word.Length;
                    return value;
                }
            }

            throw Broken();
        }

        private long[] Shape()
        {
            var sizes = new List<long>();
            Expect('(');
            while (Peek() != ')')
            {
                var start = _at;
                while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
                {
                    _at++;
                }

                if (!long.TryParse(_text.AsSpan(start, _at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var size) || sizes.Count == 64)
                {
                    throw Broken();
                }

                sizes.Add(size);
                if (Peek() == 'L')
                {
                    _at++; // Python 2 wrote long integers as 3L
                }

                if (Peek() == ',')
                {
                    _at++;
                }
                else if (Peek() != ')')
                {
                    throw Broken();
                }
            }

            _at++;
            return [.. sizes];
        }
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace SegSharp.Imaging.Formats.Dicom;

// Data elements to be written, explicit little endian. Source: DICOM PS3.5 section 7.1, PS3.10 section 7.1.
internal sealed class DicomBuilder
{
    private const string Implementation = "2.25.208861938272948105962349021473680214";

    private readonly SortedDictionary<uint, (string Type, byte[] Value)> _elements = [];

    // A world-wide number made of what the object is made of: the same input gives the same number, any other another.
    public static string UidOf(string text) =>
        "2.25." + new BigInteger(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16), isUnsigned: true).ToString(CultureInfo.InvariantCulture);

    // A decimal string has 16 characters at most: the most digits that fit.
    public static string Decimal(double value)
    {
        for (var digits = 15; digits > 1; digits--)
        {
            var text = value.ToString("G" + digits, CultureInfo.InvariantCulture);
            if (text.Length <= 16)
            {
                return text;
            }
        }

        return "0";
    }

    // The whole file: preamble, meta header, data set.
    public static byte[] File(DicomBuilder data, string sopClass, string sopInstance, string? syntax = null)
    {
        var meta = new DicomBuilder()
            .Bytes(0x0002_0001, "OB", [0, 1])
            .Text(0x0002_0002, "UI", sopClass)
            .Text(0x0002_0003, "UI", sopInstance)
            .Text(DicomTag.TransferSyntax, "UI", syntax ?? DicomSyntax.ExplicitLittle.Uid)
            .Text(0x0002_0012, "UI", Implementation)
            .Text(0x0002_0013, "SH", "SEGSHARP")
            .ToBytes();
        var length = new DicomBuilder().Numbers(0x0002_0000, (uint)meta.Length).ToBytes();
        return [.. new byte[128], .. "DICM"u8, .. length, .. meta, .. data.ToBytes()];
    }

    public DicomBuilder Text(uint tag, string type, string? text, Encoding? letters = null)
    {
        var bytes = (letters ?? Encoding.ASCII).GetBytes(text ?? "");
        return Bytes(tag, type, bytes.Length % 2 == 0 ? bytes : [.. bytes, type == "UI" ? (byte)0 : (byte)' ']);
    }

    public DicomBuilder Numbers(uint tag, params ReadOnlySpan<ushort> values)
    {
        var bytes = new byte[2 * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), values[i]);
        }

        return Bytes(tag, "US", bytes);
    }

    public DicomBuilder Numbers(uint tag, params ReadOnlySpan<uint> values)
    {
        var bytes = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), values[i]);
        }

        return Bytes(tag, "UL", bytes);
    }

    public DicomBuilder Decimals(uint tag, params IEnumerable<double> values) => Text(tag, "DS", string.Join('\\', values.Select(Decimal)));

    public DicomBuilder Items(uint tag, params IEnumerable<DicomBuilder> items)
    {
        using var all = new MemoryStream();
        var head = new byte[8];
        foreach (var item in items)
        {
            var bytes = item.ToBytes();
            BinaryPrimitives.WriteUInt16LittleEndian(head, 0xFFFE);
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(2), 0xE000);
            BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), bytes.Length);
            all.Write(head);
            all.Write(bytes);
        }

        return Bytes(tag, "SQ", all.ToArray());
    }

    public DicomBuilder Bytes(uint tag, string type, byte[] value)
    {
        _elements[tag] = (type, value.Length % 2 == 0 ? value : [.. value, 0]);
        return this;
    }

    public DicomBuilder Without(uint tag)
    {
        _ = _elements.Remove(tag);
        return this;
    }

    public byte[] ToBytes()
    {
        using var all = new MemoryStream();
        var head = new byte[12];
        foreach (var (tag, (type, value)) in _elements)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)(tag >> 16));
            BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(2), (ushort)tag);
            head[4] = (byte)type[0];
            head[5] = (byte)type[1];
            var isLong = type is "OB" or "OW" or "SQ" or "UN" or "UT" or "OF" or "OD";
            if (isLong)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(6), 0);
                BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), value.Length);
            }
            else
            {
                BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(6), checked((ushort)value.Length));
            }

            all.Write(head.AsSpan(0, isLong ? 12 : 8));
            all.Write(value);
        }

        return all.ToArray();
    }
}

using System.Buffers.Binary;
using System.Text;

namespace SegSharp.Training;

/// <summary>One value or picture of a TensorBoard file.</summary>
/// <param name="WallTime">When it was written.</param>
/// <param name="Step">Place along x.</param>
/// <param name="Tag">Name of the curve or the row of pictures.</param>
/// <param name="Scalar">The value, or null when it is a picture.</param>
/// <param name="Image">The picture, or null when it is a value.</param>
/// <param name="Text">The text, or null when it is none.</param>
public sealed record TensorBoardEvent(DateTimeOffset WallTime, long Step, string Tag, float? Scalar, TensorBoardImage? Image, string? Text = null);

/// <summary>A picture of a TensorBoard file.</summary>
/// <param name="Width">Pixels in a row, as the file says.</param>
/// <param name="Height">Rows, as the file says.</param>
/// <param name="Png">The bytes as they were written, PNG as a rule.</param>
public sealed record TensorBoardImage(int Width, int Height, byte[] Png);

/// <summary>Reads the scalars, pictures and texts of TensorBoard files, own and foreign; other kinds of summaries are passed over.</summary>
/// <remarks>
/// Source: as <see cref="TensorBoardWriter"/>. The reading ends at the first record that is cut off or whose checksum is wrong,
/// since a run that was killed leaves such a tail; what came before it is good.
/// Differs: numbers stored as tensors by TensorFlow 2's own summary operators are not read; PyTorch and we write the simple form.
/// </remarks>
public static class TensorBoardReader
{
    /// <summary>The events of one file, in its order.</summary>
    /// <exception cref="InputException">The file cannot be read, or its first record is none.</exception>
    public static IReadOnlyList<TensorBoardEvent> Read(string path)
    {
        var records = Records(Load(path)).ToList();
        return records.Count > 0
            ? [.. records.SelectMany(Events)]
            : throw new InputException($"'{path}' is not a TensorBoard file: its first record is cut off or has a wrong checksum");
    }

    private static byte[] Load(string path)
    {
        try
        {
            // A run may be writing it.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var all = new MemoryStream();
            file.CopyTo(all);
            return all.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cannot read '{path}': {e.Message.TrimEnd('.')}", inner: e);
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Records(byte[] file)
    {
        var at = 0;
        while (file.Length - at >= TensorBoardRecord.Head + TensorBoardRecord.Tail)
        {
            var length = BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));
            if (BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8)) != TensorBoardRecord.MaskedCrc(file.AsSpan(at, 8))
                || length > (ulong)(file.Length - at - TensorBoardRecord.Head - TensorBoardRecord.Tail))
            {
                yield break;
            }

            var content = file.AsMemory(at + TensorBoardRecord.Head, (int)length);
            at += TensorBoardRecord.Head + (int)length;
            if (BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at)) != TensorBoardRecord.MaskedCrc(content.Span))
            {
                yield break;
            }

            at += TensorBoardRecord.Tail;
            yield return content;
        }
    }

    private static IEnumerable<TensorBoardEvent> Events(ReadOnlyMemory<byte> record)
    {
        var fields = Fields(record).ToList();
        var wall = DateTimeOffset.UnixEpoch.AddSeconds(BitConverter.UInt64BitsToDouble(Number(fields, 1)));
        var step = (long)Number(fields, 2);
        foreach (var value in fields.Where(f => f.Id == 5).SelectMany(f => Fields(f.Bytes)).Where(f => f.Id == 1))
        {
            var parts = Fields(value.Bytes).ToList();
            var tag = Encoding.UTF8.GetString(parts.LastOrDefault(p => p.Id == 1).Bytes.Span);
            float? scalar = parts.Any(p => p.Id == 2) ? BitConverter.UInt32BitsToSingle((uint)Number(parts, 2)) : null;
            var image = parts.Any(p => p.Id == 4) ? Image([.. Fields(parts.Last(p => p.Id == 4).Bytes)]) : null;
            var text = parts.Any(p => p.Id == 8) ? Text([.. Fields(parts.Last(p => p.Id == 8).Bytes)]) : null;
            if (scalar is not null || image is not null || text is not null)
            {
                yield return new(wall, step, tag, scalar, image, text);
            }
        }
    }

    // A tensor of type 7 holds texts; any other is a kind that is passed over.
    private static string? Text(List<Field> tensor) =>
        Number(tensor, 1) == 7 ? string.Join('\n', tensor.Where(f => f.Id == 8).Select(f => Encoding.UTF8.GetString(f.Bytes.Span))) : null;

    private static TensorBoardImage Image(List<Field> fields) =>
        new((int)Number(fields, 2), (int)Number(fields, 1), fields.LastOrDefault(f => f.Id == 4).Bytes.ToArray());

    private static ulong Number(List<Field> fields, int id) => fields.LastOrDefault(f => f.Id == id).Number;

    // Protocol buffers: a key (number of the field, kind of its value), then the value. What does not fit ends the message.
    private static IEnumerable<Field> Fields(ReadOnlyMemory<byte> message)
    {
        var at = 0;
        while (at < message.Length && Varint(message.Span, ref at) is { } key)
        {
            var id = (int)(key >> 3);
            var kind = (int)(key & 7);
            var size = kind switch { 1 => 8, 5 => 4, _ => 0 };
            switch (kind)
            {
                case 0 when Varint(message.Span, ref at) is { } number:
                    yield return new(id, number, default);
                    break;
                case 1 or 5 when message.Length - at >= size:
                    yield return new(id, Fixed(message.Span.Slice(at, size)), default);
                    at += size;
                    break;
                case 2 when Varint(message.Span, ref at) is { } length && length <= (ulong)(message.Length - at):
                    yield return new(id, 0, message.Slice(at, (int)length));
                    at += (int)length;
                    break;
                default:
                    yield break;
            }
        }
    }

    private static ulong Fixed(ReadOnlySpan<byte> bytes) =>
        bytes.Length == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ulong? Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            var b = bytes[at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        return null;
    }

    private readonly record struct Field(int Id, ulong Number, ReadOnlyMemory<byte> Bytes);
}

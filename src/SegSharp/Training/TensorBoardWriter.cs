using System.Buffers.Binary;
using System.Text;

namespace SegSharp.Training;

/// <summary>Writes scalars, pictures and texts that TensorBoard shows.</summary>
/// <remarks>
/// Source: TensorFlow, <c>core/util/event.proto</c> and <c>core/framework/summary.proto</c>; the records' frame: <see cref="TensorBoardRecord"/>.
/// A file grows while a run goes on, so it is the one output that is not renamed into place: each record is whole once <see cref="Flush"/> returns,
/// and readers pass over a tail that a crash cut off. Every start writes a new file beside the old ones, as TensorBoard expects of a resumed run.
/// </remarks>
public sealed class TensorBoardWriter : IDisposable
{
    private readonly FileStream _file;
    private readonly TimeProvider _time;
    private Exception? _broken;

    /// <summary>Opens a new <c>events.out.tfevents.…</c> in a folder.</summary>
    /// <param name="folder">The run's folder; made when missing.</param>
    /// <param name="time">The clock; null takes the system's.</param>
    /// <exception cref="SegSharpException">The folder cannot be written.</exception>
    public TensorBoardWriter(string folder, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _file = Open(folder, _time.GetUtcNow().ToUnixTimeSeconds());
        Write([0x1A, .. Bytes(Encoding.ASCII.GetBytes("brain.Event:2"))], step: null);   // field 3, file_version: it must come first
        Flush();
    }

    /// <summary>The file that is being written.</summary>
    public string Path => _file.Name;

    /// <summary>Adds one value.</summary>
    /// <param name="tag">Name of the curve, parts joined by "/": "loss/train".</param>
    /// <param name="step">Place along x: the epoch.</param>
    /// <param name="value">Any number; NaN and infinities too, TensorBoard marks them.</param>
    public void Scalar(string tag, long step, double value)
    {
        var simple = new byte[5];
        simple[0] = 0x15;                                                      // field 2, simple_value, 4 bytes
        BinaryPrimitives.WriteSingleLittleEndian(simple.AsSpan(1), (float)value);
        Write(Summary(tag, simple), step);
    }

    /// <summary>Adds one picture.</summary>
    /// <param name="tag">Name of the row of pictures: "validation/case_25".</param>
    /// <param name="step">The epoch.</param>
    /// <param name="width">Pixels in a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="png">The picture as a PNG file, RGB or RGBA.</param>
    public void Image(string tag, long step, int width, int height, ReadOnlyMemory<byte> png)
    {
        const byte Rgb = 3;
        byte[] image = [0x08, .. Varint((ulong)height), 0x10, .. Varint((ulong)width), 0x18, Rgb, 0x22, .. Bytes(png.Span)];
        Write(Summary(tag, [0x22, .. Bytes(image)]), step);                    // field 4, image
    }

    /// <summary>Adds a text, shown as Markdown.</summary>
    /// <param name="tag">Name of the text: "recipe".</param>
    /// <param name="step">The epoch.</param>
    /// <param name="markdown">Markdown; four spaces at the start of every line show it as it is.</param>
    public void Text(string tag, long step, string markdown)
    {
        const byte StringType = 7;
        byte[] shape = [0x12, .. Bytes([0x08, 1])];                             // one dimension of size 1
        byte[] tensor = [0x08, StringType, 0x12, .. Bytes(shape), 0x42, .. Bytes(Encoding.UTF8.GetBytes(markdown))];
        byte[] plugin = [0x0A, .. Bytes([0x0A, .. Bytes("text"u8)])];            // metadata: plugin_data: plugin_name
        Write(Summary(tag, [0x42, .. Bytes(tensor), 0x4A, .. Bytes(plugin)]), step);   // fields 8, tensor, and 9, metadata
    }

    /// <summary>Hands everything to the disk: a crash after it loses nothing of what was added before it.</summary>
    public void Flush() => Guard(() =>
    {
        _file.Flush(flushToDisk: true);
        WriteBoundary.Pass("flush", Path);
    });

    /// <summary>Closes the file. Never throws: call <see cref="Flush"/> before it to hear that the disk is full.</summary>
    public void Dispose()
    {
        try
        {
            _file.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error of the write or flush that led here is the one to report.
        }
    }

    private static FileStream Open(string folder, long seconds)
    {
        try
        {
            Directory.CreateDirectory(folder);
            for (var attempt = 0; ; attempt++)
            {
                var path = System.IO.Path.Combine(folder, $"events.out.tfevents.{seconds}.{Environment.MachineName}.{Environment.ProcessId}.{attempt}");
                if (!File.Exists(path))
                {
                    return new(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot write TensorBoard events to '{folder}': {e.Message.TrimEnd('.')}", "choose an output folder that you may write to", e);
        }
    }

    private static byte[] Summary(string tag, byte[] content)
    {
        byte[] value = [0x0A, .. Bytes(Encoding.UTF8.GetBytes(tag)), .. content];   // field 1, tag
        return [0x2A, .. Bytes([0x0A, .. Bytes(value)])];                           // event field 5, summary; its field 1, value
    }

    private static byte[] Bytes(ReadOnlySpan<byte> bytes) => [.. Varint((ulong)bytes.Length), .. bytes];

    private static List<byte> Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return bytes;
    }

    private void Write(byte[] content, long? step)
    {
        var wall = new byte[9];
        wall[0] = 0x09;                                                        // field 1, wall_time, 8 bytes
        BinaryPrimitives.WriteDoubleLittleEndian(wall.AsSpan(1), (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds);
        IEnumerable<byte> at = step is { } s ? [0x10, .. Varint((ulong)s)] : [];   // field 2, step
        byte[] record = TensorBoardRecord.Frame((byte[])[.. wall, .. at, .. content]);
        Guard(() => WriteBoundary.Append(_file, record, Path));
    }

    private void Guard(Action write)
    {
        try
        {
            if (_broken is null)
            {
                write();
                return;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _broken = e;                                                       // what would follow a torn record could not be read
        }

        throw new SegSharpException($"cannot write '{Path}': {_broken.Message.TrimEnd('.')}", "free some space or write to another disk", _broken);
    }
}

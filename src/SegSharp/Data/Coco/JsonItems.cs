using System.Text.Json;
using SegSharp.Foundation;

namespace SegSharp.Data.Coco;

/// <summary>One element of a list in a JSON file.</summary>
/// <param name="list">The list's key; empty where the file itself is a list.</param>
/// <param name="json">The element's bytes; theirs only during the call.</param>
/// <param name="offset">Where they begin in the file.</param>
internal delegate void JsonItem(string list, ReadOnlySpan<byte> json, long offset);

/// <summary>Walks through the lists of a JSON file element by element, so that a file of hundreds of megabytes is never in memory.</summary>
internal static class JsonItems
{
    private const int Piece = 1 << 18;
    private const int LargestElement = 1 << 28;
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    /// <summary>Calls for every element of every list on the first level, in the file's order.</summary>
    /// <param name="path">The file.</param>
    /// <param name="on">Takes an element.</param>
    /// <param name="progress">Hears how many bytes were read, of how many; null = nobody.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="InputException">Missing, no JSON, or neither an object nor a list.</exception>
    public static void Read(string path, JsonItem on, Action<long, long>? progress = null, CancellationToken cancel = default)
    {
        try
        {
            using var file = File.OpenRead(path);
            Read(file, path, on, progress, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be read: {e.Message.TrimEnd('.')}", null, e);
        }
        catch (JsonException e)
        {
            throw new InputException($"'{path}' is not JSON: {e.Message.TrimEnd('.')}", "is the download complete?", e);
        }
    }

    private static void Read(FileStream file, string path, JsonItem on, Action<long, long>? progress, CancellationToken cancel)
    {
        var buffer = new byte[Piece];
        var (held, start) = (0, 0L);
        var state = new JsonReaderState(new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var (key, inList, isList, begun) = ("", false, false, false);
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            var read = file.Read(buffer, held, buffer.Length - held);
            held += read;
            progress?.Invoke(file.Position, file.Length);
            var last = read == 0;
            var skip = start == 0 && buffer.AsSpan(0, held).StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
            var reader = new Utf8JsonReader(buffer.AsSpan(skip, held - skip), last, state);
            var before = reader;
            var done = false;
            while (!done)
            {
                before = reader;
                if (!reader.Read())
                {
                    break;
                }

                if (!begun)
                {
                    begun = true;
                    isList = inList = reader.TokenType == JsonTokenType.StartArray;
                    if (!isList && reader.TokenType != JsonTokenType.StartObject)
                    {
                        throw new InputException($"'{path}' holds a JSON {reader.TokenType}, expected an object or a list", null);
                    }
                }
                else if (inList && reader.TokenType == JsonTokenType.EndArray)
                {
                    inList = false;
                }
                else if (inList)
                {
                    var from = (int)reader.TokenStartIndex;
                    if (!reader.TrySkip())
                    {
                        done = true;
                        reader = before;
                        break;
                    }

                    on(key, buffer.AsSpan(skip + from, (int)reader.BytesConsumed - from), start + skip + from);
                }
                else if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    key = reader.GetString()!;
                }
                else if (reader.TokenType == JsonTokenType.StartArray)
                {
                    inList = true;
                }
                else if (reader.TokenType == JsonTokenType.StartObject && !reader.TrySkip())
                {
                    done = true;
                    reader = before;
                    break;
                }
            }

            if (last)
            {
                return;
            }

            // What was not consumed comes again, before more of the file.
            var consumed = skip + (int)reader.BytesConsumed;
            state = reader.CurrentState;
            buffer.AsSpan(consumed, held - consumed).CopyTo(buffer);
            held -= consumed;
            start += consumed;
            if (held == buffer.Length)
            {
                if (buffer.Length >= LargestElement)
                {
                    throw new InputException($"'{path}' has an element of more than {LargestElement >> 20} MB in '{key}'", "is it a file of annotations?");
                }

                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }
    }
}

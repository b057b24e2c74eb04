using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>The safetensors format: a JSON table of contents, then the numbers. Nothing in it can be executed.</summary>
/// <remarks>Source: the format's README, huggingface/safetensors 0.4. Differs: float8 and unsigned types above 8 bits are refused by name.</remarks>
public static class Safetensors
{
    internal const int LongestHeader = 100_000_000;
    private const string Damaged = "copy or download the file again";
    private const string MetadataKey = "__metadata__";

    /// <summary>Reads a file.</summary>
    /// <returns>The tensors in the header's order, and the metadata.</returns>
    /// <exception cref="InputException">Anything that the specification does not allow.</exception>
    public static (IReadOnlyDictionary<string, TensorData> Tensors, IReadOnlyDictionary<string, string> Metadata) Read(string path)
    {
        using var source = ByteSource.Open(path);
        return Read(source);
    }

    /// <summary>Writes a file: header padded to 8 bytes, larger element types first, otherwise in the given order.</summary>
    /// <param name="path">The file; it is never seen half-written.</param>
    /// <param name="tensors">Names and tensors; every name once.</param>
    /// <param name="metadata">Text by name, or null.</param>
    /// <exception cref="InputException">complex32 or complex128, for which the format has no type.</exception>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<(string Name, TensorData Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var all = tensors.ToList();
        var ordered = all.OrderByDescending(t => t.Tensor.DType.Size()).ToList(); // stable, and keeps every tensor aligned
        var head = Header(path, ordered, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, head.Length);
            stream.Write(length);
            stream.Write(head);
            foreach (var (_, tensor) in ordered)
            {
                stream.Write(tensor.Bytes.Span);
            }
        });
    }

    internal static (OrderedDictionary<string, TensorData> Tensors, Dictionary<string, string> Metadata) Read(ByteSource source)
    {
        if (source.Length < 8)
        {
            throw source.Bad($"a safetensors file has at least 8 bytes; this one has {source.Length}", Damaged);
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(source.Read(0, 8));
        if (length > LongestHeader)
        {
            throw source.Bad($"its header claims {length} bytes; {LongestHeader} is the limit", Damaged);
        }

        if ((long)length > source.Length - 8)
        {
            throw source.Bad($"its header claims {length} bytes; {source.Length - 8} are there", Damaged);
        }

        var head = source.Read(8, (int)length);
        if (head.Length == 0 || head[0] != '{')
        {
            throw source.Bad("its header does not begin with '{'", Damaged);
        }

        try
        {
            _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetCharCount(head);
            return ReadTensors(source, head, 8 + (long)length);
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException or InvalidOperationException or FormatException)
        {
            throw source.Bad($"its header is not valid JSON: {e.Message.TrimEnd('.')}", Damaged);
        }
    }

    private static (OrderedDictionary<string, TensorData>, Dictionary<string, string>) ReadTensors(ByteSource source, byte[] head, long start)
    {
        var infos = new OrderedDictionary<string, Info>(StringComparer.Ordinal);
        Dictionary<string, string>? metadata = null;
        var json = new Utf8JsonReader(head, new JsonReaderOptions { MaxDepth = 8 });
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                throw source.Bad($"its header holds something else than an object under '{TensorFactory.Name(name)}'", Damaged);
            }

            if (name == MetadataKey)
            {
                metadata = metadata is null ? ReadMetadata(source, ref json) : throw source.Bad("its header has metadata twice", Damaged);
            }
            else if (!infos.TryAdd(name, ReadInfo(source, name, ref json)))
            {
                throw source.Bad($"its header has tensor '{TensorFactory.Name(name)}' twice", Damaged);
            }
        }

        while (json.Read())
        {
        }

        var end = 0L;
        foreach (var (name, info) in infos.OrderBy(i => i.Value.Begin).ThenBy(i => i.Value.End))
        {
            if (info.Begin != end)
            {
                throw source.Bad($"tensor '{TensorFactory.Name(name)}' begins at {info.Begin}; the one before ends at {end}", Damaged);
            }

            end = info.End;
        }

        if (end != source.Length - start)
        {
            throw source.Bad($"its tensors take {end} bytes; {source.Length - start} follow the header", Damaged);
        }

        var tensors = new OrderedDictionary<string, TensorData>(infos.Count, StringComparer.Ordinal);
        foreach (var (name, info) in infos)
        {
            if (info.End - info.Begin > Array.MaxLength)
            {
                throw source.Bad($"tensor '{TensorFactory.Name(name)}' has {info.End - info.Begin} bytes; at most {Array.MaxLength} can be held in one piece");
            }

            tensors.Add(name, new TensorData(info.DType, info.Shape, source.Read(start + info.Begin, (int)(info.End - info.Begin))));
        }

        return (tensors, metadata ?? []);
    }

    private static Dictionary<string, string> ReadMetadata(ByteSource source, ref Utf8JsonReader json)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String || !metadata.TryAdd(key, json.GetString()!))
            {
                throw source.Bad($"its metadata '{TensorFactory.Name(key)}' is no text or there twice", Damaged);
            }
        }

        return metadata;
    }

    private static Info ReadInfo(ByteSource source, string name, ref Utf8JsonReader json)
    {
        string? dtype = null;
        List<long>? shape = null, offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString();
            json.Read();
            switch (key)
            {
                case "dtype" when dtype is null && json.TokenType == JsonTokenType.String:
                    dtype = json.GetString();
                    break;
                case "shape" when shape is null:
                    shape = Numbers(source, name, ref json);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = Numbers(source, name, ref json);
                    break;
                default:
                    throw Wrong(source, name, $"has an unexpected '{TensorFactory.Name(key!)}'");
            }
        }

        if (dtype is null || shape is null || offsets is not [var begin, var end])
        {
            throw Wrong(source, name, "lacks one of dtype, shape and two data_offsets");
        }

        var type = Element(source, name, dtype);
        Int128 bytes = type.Size();
        foreach (var size in shape)
        {
            bytes *= size;
            if (bytes > long.MaxValue)
            {
                throw Wrong(source, name, $"has a shape [{string.Join(", ", shape)}] that 64 bits cannot count");
            }
        }

        return begin <= end && end - begin == (long)bytes
            ? new Info(type, [.. shape], begin, end)
            : throw Wrong(source, name, $"needs {bytes} bytes for {dtype} [{string.Join(", ", shape)}]; its offsets are {begin} and {end}");
    }

    private static List<long> Numbers(ByteSource source, string name, ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            throw Wrong(source, name, "has a shape or offsets that are no list");
        }

        var numbers = new List<long>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            numbers.Add(json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number) && number >= 0 && numbers.Count < 64
                ? number
                : throw Wrong(source, name, "has a shape or offsets that are not up to 64 whole numbers of 0 or more"));
        }

        return numbers;
    }

    private static DType Element(ByteSource source, string name, string dtype) => dtype switch
    {
        "BOOL" => DType.Bool,
        "U8" => DType.UInt8,
        "I8" => DType.Int8,
        "I16" => DType.Int16,
        "I32" => DType.Int32,
        "I64" => DType.Int64,
        "F16" => DType.Float16,
        "BF16" => DType.BFloat16,
        "F32" => DType.Float32,
        "F64" => DType.Float64,
        "C64" => DType.Complex64,
        _ => throw Wrong(source, name, $"has the element type '{TensorFactory.Name(dtype)}', which is not supported"),
    };

    private static InputException Wrong(ByteSource source, string name, string reason) =>
        source.Bad($"tensor '{TensorFactory.Name(name)}' {reason}", Damaged);

    private static byte[] Header(string path, List<(string Name, TensorData Tensor)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(MetadataKey);
                foreach (var (key, value) in metadata)
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            var names = new HashSet<string>(StringComparer.Ordinal) { MetadataKey };
            var at = 0L;
            foreach (var (name, tensor) in tensors)
            {
                StateDict.CheckTensor(name, tensor, names);
                json.WriteStartObject(name);
                json.WriteString("dtype", tensor.DType switch
                {
                    DType.Bool => "BOOL",
                    DType.UInt8 => "U8",
                    DType.Int8 => "I8",
                    DType.Int16 => "I16",
                    DType.Int32 => "I32",
                    DType.Int64 => "I64",
                    DType.Float16 => "F16",
                    DType.BFloat16 => "BF16",
                    DType.Float32 => "F32",
                    DType.Float64 => "F64",
                    DType.Complex64 => "C64",
                    _ => throw new InputException($"cannot write '{path}': safetensors has no element type for {tensor.DType.TorchName()} ('{name}')", "write a .pt file instead"),
                });
                json.WriteStartArray("shape");
                foreach (var size in tensor.Shape)
                {
                    json.WriteNumberValue(size);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += tensor.Bytes.Length);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private sealed record Info(DType DType, long[] Shape, long Begin, long End);
}

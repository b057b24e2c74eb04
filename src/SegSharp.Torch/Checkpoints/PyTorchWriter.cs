using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Numerics;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>
/// Writes weights as a PyTorch state dict (zip format, an OrderedDict of tensors, pickle protocol 2), which
/// <c>torch.load(path, weights_only=True)</c> opens from PyTorch 1.13 on.
/// </summary>
/// <remarks>Source: torch/serialization.py and caffe2/serialize/inline_container.cc. Equal input gives equal bytes.</remarks>
public static class PyTorchWriter
{
    private const string Top = "archive/";

    /// <summary>Writes a file. Tensors are taken one at a time, so the sequence may make each as it is asked for.</summary>
    /// <param name="path">The file; it is never seen half-written.</param>
    /// <param name="tensors">Names and tensors in order; every name once. The same memory under names that follow each other is stored once.</param>
    /// <param name="extraEntries">
    /// Further entries below the archive's top folder, such as "segsharp/recipe.json"; PyTorch ignores them.
    /// </param>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    /// <exception cref="InputException">complex32, for which old PyTorch has no storage.</exception>
    public static void Write(
        string path,
        IEnumerable<(string Name, TensorData Tensor)> tensors,
        IEnumerable<(string Name, ReadOnlyMemory<byte> Content)>? extraEntries = null) =>
        AtomicFile.Write(path, stream => Write(stream, path, tensors, extraEntries ?? []));

    internal static void Write(
        Stream stream,
        string path,
        IEnumerable<(string Name, TensorData Tensor)> tensors,
        IEnumerable<(string Name, ReadOnlyMemory<byte> Content)> extraEntries)
    {
        var zip = new ZipWriter(stream);
        var pickle = new Pickle();
        var names = new HashSet<string>(StringComparer.Ordinal);
        pickle.Begin();
        var (key, last) = ("", (TensorData?)null);
        foreach (var (name, tensor) in tensors)
        {
            StateDict.CheckTensor(name, tensor, names);

            // One weight under several names is stored once, as PyTorch does.
            var known = last is not null && !last.Bytes.IsEmpty && last.DType == tensor.DType && last.Bytes.Equals(tensor.Bytes);
            key = known ? key : (names.Count - 1).ToString();
            pickle.Tensor(name, key, StorageName(path, name, tensor.DType), tensor);
            if (!known)
            {
                zip.Add($"{Top}data/{key}", tensor.Bytes.Span);
            }

            last = tensor;
        }

        zip.Add($"{Top}data.pkl", pickle.End());
        zip.Add($"{Top}byteorder", "little"u8);
        zip.Add($"{Top}version", "3\n"u8);
        var taken = new HashSet<string>(StringComparer.Ordinal) { "data.pkl", "byteorder", "version", "constants.pkl" };
        foreach (var (name, content) in extraEntries)
        {
            if (name.Length == 0 || name.StartsWith('/') || name.StartsWith("data/") || name.StartsWith("code/") || !taken.Add(name))
            {
                throw new ArgumentException($"the entry name '{name}' is taken or not allowed", nameof(extraEntries));
            }

            zip.Add(Top + name, content.Span);
        }

        zip.Finish();
    }

    private static string StorageName(string path, string name, DType dtype) => dtype switch
    {
        DType.Float32 => "FloatStorage",
        DType.Float64 => "DoubleStorage",
        DType.Float16 => "HalfStorage",
        DType.BFloat16 => "BFloat16Storage",
        DType.Int64 => "LongStorage",
        DType.Int32 => "IntStorage",
        DType.Int16 => "ShortStorage",
        DType.Int8 => "CharStorage",
        DType.UInt8 => "ByteStorage",
        DType.Bool => "BoolStorage",
        DType.Complex64 => "ComplexFloatStorage",
        DType.Complex128 => "ComplexDoubleStorage",
        DType.Complex32 => throw new InputException($"cannot write '{path}': PyTorch has no storage for complex32 ('{name}')", "convert it to complex64 first"),
        _ => throw new UnreachableException($"element type {(int)dtype} is not listed"),
    };

    /// <summary>Just enough of a pickler for an OrderedDict of tensors.</summary>
    private sealed class Pickle
    {
        private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

        private readonly ArrayBufferWriter<byte> _to = new();
        private readonly Dictionary<string, int> _memo = new(StringComparer.Ordinal);

        public void Begin()
        {
            _to.Write<byte>([0x80, 2]);
            Global("collections", "OrderedDict");
            _to.Write(")R("u8); // called without arguments; the mark before the items
        }

        public void Tensor(string name, string key, string storage, TensorData tensor)
        {
            Text(name);
            Global("torch._utils", "_rebuild_tensor_v2");
            _to.Write("(("u8);
            Known("storage");
            Global("torch", storage);
            Text(key);
            Known("cpu");
            Integer(tensor.Count);
            _to.Write("tQ"u8); // the persistent id
            Integer(0);
            Tuple(tensor.Shape);
            Tuple(Strides(tensor.Shape));
            _to.Write<byte>([0x89]); // requires_grad = False
            Global("collections", "OrderedDict");
            _to.Write(")RtR"u8);
        }

        public byte[] End()
        {
            _to.Write("u."u8);
            return _to.WrittenSpan.ToArray();
        }

        private static long[] Strides(long[] shape)
        {
            var strides = new long[shape.Length];
            var step = 1L;
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                strides[axis] = step;
                step = unchecked(step * Math.Max(shape[axis], 1));
            }

            return strides;
        }

        private void Global(string module, string name)
        {
            if (!Recall($"{module}.{name}"))
            {
                _to.Write(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));
                Memorize($"{module}.{name}");
            }
        }

        private void Known(string text)
        {
            if (!Recall(text))
            {
                Text(text);
                Memorize(text);
            }
        }

        private bool Recall(string what)
        {
            if (!_memo.TryGetValue(what, out var index))
            {
                return false;
            }

            _to.Write<byte>([(byte)'h', (byte)index]);
            return true;
        }

        // At most one entry per storage class and four more: they fit BINPUT's one byte.
        private void Memorize(string what)
        {
            _memo.Add(what, _memo.Count);
            _to.Write<byte>([(byte)'q', (byte)_memo[what]]);
        }

        private void Text(string text)
        {
            var bytes = Utf8.GetBytes(text);
            _to.Write<byte>([(byte)'X']);
            Little(bytes.Length);
            _to.Write(bytes);
        }

        private void Tuple(long[] numbers)
        {
            if (numbers.Length == 0)
            {
                _to.Write<byte>([(byte)')']);
                return;
            }

            _to.Write<byte>([(byte)'(']);
            foreach (var number in numbers)
            {
                Integer(number);
            }

            _to.Write<byte>([(byte)'t']);
        }

        private void Integer(long value)
        {
            switch (value)
            {
                case >= 0 and <= 255:
                    _to.Write<byte>([(byte)'K', (byte)value]);
                    break;
                case >= int.MinValue and <= int.MaxValue:
                    _to.Write<byte>([(byte)'J']);
                    Little((int)value);
                    break;
                default:
                    var bytes = new BigInteger(value).ToByteArray();
                    _to.Write<byte>([0x8a, (byte)bytes.Length]);
                    _to.Write(bytes);
                    break;
            }
        }

        private void Little(int value)
        {
            Span<byte> four = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(four, value);
            _to.Write(four);
        }
    }
}

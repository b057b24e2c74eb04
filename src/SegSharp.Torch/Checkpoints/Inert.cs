using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace SegSharp.Torch.Checkpoints;

/// <summary>
/// A value found in a checkpoint: data only, nothing that could run. The kinds are the nested classes here and no others.
/// A list or dictionary may contain itself (as in Python), so whoever walks the tree must limit its depth.
/// </summary>
public abstract class Inert
{
    private protected Inert()
    {
    }

    /// <summary>The values directly inside this one.</summary>
    internal virtual IEnumerable<Inert> Children => [];

    /// <summary>Python's None.</summary>
    public sealed class None : Inert
    {
        internal static readonly None Instance = new();

        private None()
        {
        }

        /// <inheritdoc/>
        public override string ToString() => "none";
    }

    /// <summary>True or false.</summary>
    public sealed class Bool : Inert
    {
        internal static readonly Bool True = new(true), False = new(false);

        private Bool(bool value) => Value = value;

        /// <summary>The value.</summary>
        public bool Value { get; }

        /// <inheritdoc/>
        public override string ToString() => Value ? "true" : "false";
    }

    /// <summary>A whole number of any size (at most 1,024 bytes).</summary>
    public sealed class Integer : Inert
    {
        internal Integer(BigInteger value) => Value = value;

        /// <summary>The value.</summary>
        public BigInteger Value { get; }

        /// <inheritdoc/>
        public override string ToString() => Value.ToString();
    }

    /// <summary>A double-precision number.</summary>
    public sealed class Float : Inert
    {
        internal Float(double value) => Value = value;

        /// <summary>The value; NaN and infinities occur.</summary>
        public double Value { get; }

        /// <inheritdoc/>
        public override string ToString() => Value.ToString("R");
    }

    /// <summary>Text.</summary>
    public sealed class Text : Inert
    {
        internal Text(string value) => Value = value;

        /// <summary>The value.</summary>
        public string Value { get; }

        /// <inheritdoc/>
        public override string ToString() => Value;
    }

    /// <summary>Raw bytes.</summary>
    public sealed class Bytes : Inert
    {
        internal Bytes(byte[] value) => Value = value;

        /// <summary>The value.</summary>
        public ReadOnlyMemory<byte> Value { get; }

        /// <inheritdoc/>
        public override string ToString() => $"{Value.Length} bytes";
    }

    /// <summary>A list. It may contain itself.</summary>
    public sealed class List : Inert
    {
        private readonly List<Inert> _items = [];

        internal List()
        {
        }

        /// <summary>The items in order.</summary>
        public IReadOnlyList<Inert> Items => _items;

        internal override IEnumerable<Inert> Children => _items;

        /// <inheritdoc/>
        public override string ToString() => $"list of {_items.Count}";

        internal void Add(Inert item) => _items.Add(item);
    }

    /// <summary>A tuple; torch.Size is one as well.</summary>
    public sealed class Tuple : Inert
    {
        internal static readonly Tuple Empty = new([]);
        private readonly Inert[] _items;

        internal Tuple(Inert[] items) => _items = items;

        /// <summary>The items in order.</summary>
        public IReadOnlyList<Inert> Items => _items;

        internal override IEnumerable<Inert> Children => _items;

        /// <inheritdoc/>
        public override string ToString() => $"tuple of {_items.Length}";
    }

    /// <summary>A dictionary (also OrderedDict and defaultdict), in the file's order. It may contain itself.</summary>
    public sealed class Dictionary : Inert
    {
        private readonly List<KeyValuePair<Inert, Inert>> _entries = [];
        private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);

        internal Dictionary()
        {
        }

        /// <summary>Keys and values in order. A key that is text occurs once.</summary>
        public IReadOnlyList<KeyValuePair<Inert, Inert>> Entries => _entries;

        internal override IEnumerable<Inert> Children
        {
            get
            {
                foreach (var (key, value) in _entries)
                {
                    yield return key;
                    yield return value;
                }
            }
        }

        /// <summary>The value under a key that is text.</summary>
        public bool TryGet(string key, [NotNullWhen(true)] out Inert? value)
        {
            value = _byName.TryGetValue(key, out var index) ? _entries[index].Value : null;
            return value is not null;
        }

        /// <inheritdoc/>
        public override string ToString() => $"dictionary of {_entries.Count}";

        internal void Set(Inert key, Inert value)
        {
            if (key is Text text)
            {
                if (_byName.TryGetValue(text.Value, out var index))
                {
                    _entries[index] = new(_entries[index].Key, value);
                    return;
                }

                _byName.Add(text.Value, _entries.Count);
            }

            _entries.Add(new(key, value));
        }
    }

    /// <summary>A tensor; its numbers are read when they are asked for.</summary>
    public sealed class Tensor : Inert
    {
        private readonly Func<TensorData> _read;

        internal Tensor(DType dtype, long[] shape, Func<TensorData> read)
        {
            DType = dtype;
            Shape = shape;
            _read = read;
        }

        /// <summary>Element type.</summary>
        public DType DType { get; }

        /// <summary>Sizes, slowest axis first; empty for a scalar.</summary>
        public IReadOnlyList<long> Shape { get; }

        /// <summary>Reads the numbers from the file, which must still be there. Tensors that share a storage may share the memory.</summary>
        /// <exception cref="Foundation.InputException">The file is gone or has changed; its checksum does not fit.</exception>
        public TensorData Read() => _read();

        /// <inheritdoc/>
        public override string ToString() => $"{DType.TorchName()} [{string.Join(", ", Shape)}]";
    }

    /// <summary>A storage that is saved by itself, without a tensor around it.</summary>
    public sealed class Storage : Inert
    {
        internal Storage(StorageRecord record, DType? dtype, long start, long count)
        {
            Record = record;
            DType = dtype;
            Start = start;
            Count = count;
        }

        /// <summary>Element type; null when it counts bytes.</summary>
        public DType? DType { get; }

        /// <summary>The number of elements.</summary>
        public long Count { get; }

        /// <summary>First element within the record (views of files before 0.4).</summary>
        internal long Start { get; }

        internal StorageRecord Record { get; }

        /// <inheritdoc/>
        public override string ToString() => $"storage of {Count}";
    }

    /// <summary>The bare name of a harmless Python class or element type, such as <c>torch.float16</c>.</summary>
    public sealed class Global : Inert
    {
        internal Global(string name) => Name = name;

        /// <summary>Module and name joined by a dot.</summary>
        public string Name { get; }

        /// <inheritdoc/>
        public override string ToString() => Name;
    }

    /// <summary>A Python object that was described, never built: the name of its class, arguments, state.</summary>
    public sealed class Object : Inert
    {
        internal Object(string name, Tuple arguments)
        {
            Name = name;
            Arguments = arguments;
        }

        /// <summary>Module and class joined by a dot: "datetime.datetime", "builtins.set", "argparse.Namespace".</summary>
        public string Name { get; }

        /// <summary>What its constructor would have been called with; the items of a set as one list.</summary>
        public Tuple Arguments { get; }

        /// <summary>The state that would have been put on it; null when there is none.</summary>
        public Inert? State { get; internal set; }

        internal override IEnumerable<Inert> Children => State is null ? [Arguments] : [Arguments, State];

        /// <inheritdoc/>
        public override string ToString() => $"{Name} object";
    }
}

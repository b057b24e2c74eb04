using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>
/// Reads a pickle into inert values. Nothing is executed: a call in the pickle only ever makes one of the values below,
/// and a name outside <see cref="Globals"/> is refused before anything is done with it.
/// </summary>
/// <remarks>Source: Python's pickletools (opcodes, protocols 2 to 5); torch/serialization.py (persistent ids).</remarks>
internal sealed class Unpickler
{
    private const int MostSteps = 4_000_000;
    private const int DeepestNesting = 500;
    private const int LongestInteger = 1024;
    private const long MostCopied = 64 << 20;

    private readonly ByteSource _file;
    private readonly PickleInput _in;
    private readonly StorageMap _storages;
    private readonly TensorFactory _tensors;
    private readonly List<Inert> _stack = [];
    private long _copied;
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, Inert> _memo = [];
    private readonly Dictionary<string, Inert.Global> _globals = new(StringComparer.Ordinal);

    private Unpickler(ByteSource file, PickleInput input, StorageMap storages, TensorFactory tensors)
    {
        _file = file;
        _in = input;
        _storages = storages;
        _tensors = tensors;
    }

    /// <summary>Reads one pickle from where the input stands to its STOP.</summary>
    /// <exception cref="InputException">Broken, too deep, or it names something that is not allowed.</exception>
    public static Inert Read(ByteSource file, PickleInput input, StorageMap storages, TensorFactory tensors)
    {
        var unpickler = new Unpickler(file, input, storages, tensors);
        var value = unpickler.Run();
        unpickler.LimitDepth(value);
        return value;
    }

    private Inert Run()
    {
        for (var step = 0; step < MostSteps; step++)
        {
            var position = _in.Position;
            var op = _in.Byte();
            switch (op)
            {
                case 0x80: // PROTO
                    var protocol = _in.Byte();
                    if (protocol > 5)
                    {
                        throw _in.Bad($"pickle protocol {protocol} is unknown");
                    }

                    break;
                case 0x95: // FRAME
                    _ = _in.UInt64();
                    break;
                case (byte)'.': // STOP
                    return Pop();

                case (byte)'(': // MARK
                    _marks.Add(_stack.Count);
                    break;
                case (byte)'0': // POP
                    if (_marks.Count > 0 && _marks[^1] == _stack.Count)
                    {
                        _marks.RemoveAt(_marks.Count - 1);
                    }
                    else
                    {
                        _ = Pop();
                    }

                    break;
                case (byte)'1': // POP_MARK
                    _ = PopToMark();
                    break;
                case (byte)'2': // DUP
                    Push(Top());
                    break;

                case (byte)'q': // BINPUT
                    _memo[_in.Byte()] = Top();
                    break;
                case (byte)'r': // LONG_BINPUT
                    _memo[_in.UInt32()] = Top();
                    break;
                case 0x94: // MEMOIZE
                    _memo[_memo.Count] = Top();
                    break;
                case (byte)'h': // BINGET
                    Push(Recall(_in.Byte()));
                    break;
                case (byte)'j': // LONG_BINGET
                    Push(Recall(_in.UInt32()));
                    break;

                case (byte)'N':
                    Push(Inert.None.Instance);
                    break;
                case 0x88:
                    Push(Inert.Bool.True);
                    break;
                case 0x89:
                    Push(Inert.Bool.False);
                    break;
                case (byte)'J': // BININT
                    Push(new Inert.Integer(_in.Int32()));
                    break;
                case (byte)'K': // BININT1
                    Push(new Inert.Integer(_in.Byte()));
                    break;
                case (byte)'M': // BININT2
                    Push(new Inert.Integer(_in.UInt16()));
                    break;
                case 0x8a: // LONG1
                    Push(Long(_in.Byte()));
                    break;
                case 0x8b: // LONG4
                    Push(Long(_in.Int32()));
                    break;
                case (byte)'G': // BINFLOAT
                    Push(new Inert.Float(_in.BigEndianDouble()));
                    break;

                case (byte)'X': // BINUNICODE
                    Push(new Inert.Text(_in.Text((ulong)_in.UInt32())));
                    break;
                case 0x8c: // SHORT_BINUNICODE
                    Push(new Inert.Text(_in.Text(_in.Byte())));
                    break;
                case 0x8d: // BINUNICODE8
                    Push(new Inert.Text(_in.Text(_in.UInt64())));
                    break;
                case (byte)'S': // STRING: only old attacks use it; read so that what follows can be named
                    Push(new Inert.Text(_in.Line()));
                    break;
                case (byte)'T': // BINSTRING: text of Python 2
                    Push(new Inert.Text(Encoding.Latin1.GetString(_in.Bytes((ulong)_in.UInt32()))));
                    break;
                case (byte)'U': // SHORT_BINSTRING
                    Push(new Inert.Text(Encoding.Latin1.GetString(_in.Bytes(_in.Byte()))));
                    break;
                case (byte)'B': // BINBYTES
                    Push(new Inert.Bytes(_in.Bytes((ulong)_in.UInt32())));
                    break;
                case (byte)'C': // SHORT_BINBYTES
                    Push(new Inert.Bytes(_in.Bytes(_in.Byte())));
                    break;
                case 0x8e: // BINBYTES8
                case 0x96: // BYTEARRAY8
                    Push(new Inert.Bytes(_in.Bytes(_in.UInt64())));
                    break;

                case (byte)']': // EMPTY_LIST
                    Push(new Inert.List());
                    break;
                case (byte)'l': // LIST
                    Push(AddAll(new Inert.List(), PopToMark()));
                    break;
                case (byte)'a': // APPEND
                    var item = Pop();
                    AddAll(TopList(), [item]);
                    break;
                case (byte)'e': // APPENDS
                    var items = PopToMark();
                    AddAll(TopList(), items);
                    break;
                case (byte)')': // EMPTY_TUPLE
                    Push(Inert.Tuple.Empty);
                    break;
                case (byte)'t': // TUPLE
                    Push(new Inert.Tuple(PopToMark()));
                    break;
                case 0x85: // TUPLE1
                case 0x86: // TUPLE2
                case 0x87: // TUPLE3
                    Push(PopTuple(op - 0x84));
                    break;
                case (byte)'}': // EMPTY_DICT
                    Push(new Inert.Dictionary());
                    break;
                case (byte)'d': // DICT
                    Push(SetAll(new Inert.Dictionary(), PopToMark()));
                    break;
                case (byte)'s': // SETITEM
                    var pair = PopTuple(2).Items;
                    SetAll(TopDictionary(), [pair[0], pair[1]]);
                    break;
                case (byte)'u': // SETITEMS
                    var pairs = PopToMark();
                    SetAll(TopDictionary(), pairs);
                    break;
                case 0x8f: // EMPTY_SET
                    Push(new Inert.Object("builtins.set", new Inert.Tuple([new Inert.List()])));
                    break;
                case 0x90: // ADDITEMS
                    var members = PopToMark();
                    AddAll(Top() is Inert.Object { Name: "builtins.set", Arguments.Items: [Inert.List set] } ? set : throw _in.Bad("ADDITEMS without a set"), members);
                    break;
                case 0x91: // FROZENSET
                    Push(new Inert.Object("builtins.frozenset", new Inert.Tuple([AddAll(new Inert.List(), PopToMark())])));
                    break;

                case (byte)'c': // GLOBAL
                    var module = _in.Line();
                    Push(Name(module, _in.Line()));
                    break;
                case 0x93: // STACK_GLOBAL
                    var parts = PopTuple(2).Items;
                    Push(parts is [Inert.Text m, Inert.Text n] ? Name(m.Value, n.Value) : throw _in.Bad("STACK_GLOBAL without two names"));
                    break;
                case (byte)'R': // REDUCE
                    var arguments = PopArguments();
                    Push(Call(Pop(), arguments));
                    break;
                case 0x81: // NEWOBJ
                    var fields = PopArguments();
                    Push(Call(Pop(), fields));
                    break;
                case (byte)'b': // BUILD
                    var state = Pop();
                    Build(Top(), state);
                    break;
                case (byte)'Q': // BINPERSID
                    Push(Persistent(Pop()));
                    break;

                case (byte)'i': // INST: a class by name, called
                    var owner = _in.Line();
                    _ = Name(owner, _in.Line());
                    throw Refused(op, position);
                default:
                    throw Refused(op, position);
            }
        }

        throw _in.Bad($"it has more than {MostSteps} instructions");
    }

    private InputException Refused(byte op, long position) => _file.Bad(
        Opcodes.Names.TryGetValue(op, out var name)
            ? $"pickle opcode {name} at byte {position} does not occur in checkpoints; refused"
            : $"broken pickle: unknown opcode 0x{op:x2} at byte {position}",
        "save the weights again with torch.save(model.state_dict(), path)");

    private void Push(Inert value) => _stack.Add(value);

    private int Floor => _marks.Count == 0 ? 0 : _marks[^1];

    private Inert Top() => _stack.Count > Floor ? _stack[^1] : throw _in.Bad("the stack is empty");

    private Inert Pop()
    {
        var value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private Inert.Tuple PopTuple(int count)
    {
        if (_stack.Count - Floor < count)
        {
            throw _in.Bad("the stack is empty");
        }

        var items = _stack.GetRange(_stack.Count - count, count).ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return new Inert.Tuple(items);
    }

    private Inert[] PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw _in.Bad("no mark on the stack");
        }

        var mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        var items = _stack.GetRange(mark, _stack.Count - mark).ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private Inert.Tuple PopArguments() => Pop() as Inert.Tuple ?? throw _in.Bad("a call whose arguments are no tuple");

    private Inert Recall(long index) => _memo.TryGetValue(index, out var value) ? value : throw _in.Bad($"memo {index} was never set");

    private Inert.Integer Long(int length) => length is >= 0 and <= LongestInteger
        ? new Inert.Integer(new BigInteger(_in.Bytes((ulong)length)))
        : throw _in.Bad($"a whole number of {length} bytes; 0 to {LongestInteger} are accepted");

    private Inert.List TopList() => Top() as Inert.List ?? throw _in.Bad($"items for {Top()}, which is no list");

    private Inert.Dictionary TopDictionary() => Top() as Inert.Dictionary ?? throw _in.Bad($"entries for {Top()}, which is no dictionary");

    private static Inert.List AddAll(Inert.List list, ReadOnlySpan<Inert> items)
    {
        foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }

    private Inert.Dictionary SetAll(Inert.Dictionary dictionary, ReadOnlySpan<Inert> pairs)
    {
        if (pairs.Length % 2 != 0)
        {
            throw _in.Bad("a key without a value");
        }

        for (var i = 0; i < pairs.Length; i += 2)
        {
            dictionary.Set(pairs[i], pairs[i + 1]);
        }

        return dictionary;
    }

    private Inert.Global Name(string module, string name)
    {
        var full = Globals.Canonical(module, name) ?? throw Globals.Refuse(_file, module, name);
        if (!_globals.TryGetValue(full, out var global))
        {
            _globals.Add(full, global = new Inert.Global(full));
        }

        return global;
    }

    // Every "call" of a pickle ends here; none runs anything.
    private Inert Call(Inert callee, Inert.Tuple arguments)
    {
        if (callee is not Inert.Global global)
        {
            throw _in.Bad($"a call of {callee}, which is no class");
        }

        var a = arguments.Items;
        switch (global.Name)
        {
            case "torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_tensor_v3":
                return _tensors.Make(a, _in);
            case "torch._utils._rebuild_parameter" or "torch._utils._rebuild_parameter_with_state":
                return a is [Inert.Tensor parameter, ..] ? parameter : throw _in.Bad("a parameter without a tensor");
            case "torch._tensor._rebuild_from_type_v2":
                return a is [Inert.Global inner, Inert.Global, Inert.Tuple innerArguments, ..] && inner.Name.StartsWith("torch._utils._rebuild_tensor")
                    ? Call(inner, innerArguments)
                    : throw _in.Bad("a tensor of an unknown kind");
            case "collections.OrderedDict" or "builtins.dict":
                return a is [] ? new Inert.Dictionary() : Pairs(global, a);
            case "collections.defaultdict":
                return new Inert.Dictionary();
            case "torch.Size" or "builtins.tuple":
                return a is [Inert.Tuple sizes] ? sizes : new Inert.Tuple([.. OneList(global, a)]);
            case "builtins.list":
                return AddAll(new Inert.List(), [.. OneList(global, a)]);
            case "_codecs.encode":
                return a is [Inert.Text text, Inert.Text { Value: "latin1" or "latin-1" }]
                    ? new Inert.Bytes(Latin1(text.Value))
                    : throw _in.Bad("bytes in an unknown encoding");
            case "numpy.core.multiarray.scalar":
                return NumpyScalar(a);
            case "builtins.set" or "builtins.frozenset":
                return a is [] ? new Inert.Object(global.Name, new Inert.Tuple([new Inert.List()])) : new Inert.Object(global.Name, arguments);
            default:
                return Globals.IsClass(global.Name)
                    ? new Inert.Object(global.Name, arguments)
                    : throw _in.Bad($"a call of {global.Name}, which is no class");
        }
    }

    private IReadOnlyList<Inert> OneList(Inert.Global kind, IReadOnlyList<Inert> arguments)
    {
        var items = arguments switch
        {
            { Count: 0 } => [],
            [Inert.List list] => list.Items,
            [Inert.Tuple tuple] => tuple.Items,
            _ => throw _in.Bad($"a {kind} of something that is no list"),
        };
        Charge(8L * items.Count);
        return items;
    }

    // Copies of one value cost a few bytes of pickle each, whatever the value's size: their sum is limited.
    private void Charge(long bytes)
    {
        _copied += bytes;
        if (_copied > MostCopied + (4 * _file.Length))
        {
            throw _in.Bad("it copies its values over and over");
        }
    }

    private Inert.Dictionary Pairs(Inert.Global kind, IReadOnlyList<Inert> arguments)
    {
        var result = new Inert.Dictionary();
        if (arguments is [Inert.Dictionary from])
        {
            Charge(64L * from.Entries.Count);
            foreach (var (key, value) in from.Entries)
            {
                result.Set(key, value);
            }

            return result;
        }

        var pairs = OneList(kind, arguments);
        Charge(56L * pairs.Count);
        foreach (var pair in pairs)
        {
            switch (pair)
            {
                case Inert.Tuple { Items: [var key, var value] }:
                    result.Set(key, value);
                    break;
                case Inert.List { Items: [var key, var value] }: // Python 2 wrote pairs as lists
                    result.Set(key, value);
                    break;
                default:
                    throw _in.Bad("a dictionary of something else than pairs");
            }
        }

        return result;
    }

    private byte[] Latin1(string text)
    {
        Charge(text.Length);
        var bytes = new byte[text.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = text[i] <= 255 ? (byte)text[i] : throw _in.Bad("text that is not Latin-1");
        }

        return bytes;
    }

    // A scalar of numbers becomes a plain number, anything else stays a described object.
    private Inert NumpyScalar(IReadOnlyList<Inert> a)
    {
        if (a is not [Inert.Object { Name: "numpy.dtype" } dtype, ..] || dtype.Arguments.Items is not [Inert.Text code, ..])
        {
            throw _in.Bad("a NumPy scalar without element type");
        }

        var raw = a.Count < 2 ? null : a[1] switch
        {
            Inert.Bytes { Value.Length: <= 8 } b => b.Value.ToArray(),
            Inert.Text { Value.Length: <= 8 } t => Latin1(t.Value),
            _ => null,
        };
        var big = dtype.State is Inert.Tuple { Items: [_, Inert.Text { Value: ">" }, ..] } || code.Value.StartsWith('>');
        if (raw is { Length: > 0 and <= 8 } && big)
        {
            Array.Reverse(raw);
        }

        return (code.Value.TrimStart('<', '>', '=', '|'), raw?.Length) switch
        {
            ("f8", 8) => new Inert.Float(BinaryPrimitives.ReadDoubleLittleEndian(raw)),
            ("f4", 4) => new Inert.Float(BinaryPrimitives.ReadSingleLittleEndian(raw)),
            ("f2", 2) => new Inert.Float((double)BinaryPrimitives.ReadHalfLittleEndian(raw)),
            ("i1" or "i2" or "i4" or "i8", 1 or 2 or 4 or 8) => new Inert.Integer(new BigInteger(raw)),
            ("u1" or "u2" or "u4" or "u8", 1 or 2 or 4 or 8) => new Inert.Integer(new BigInteger(raw, isUnsigned: true)),
            ("b1" or "?", 1) => raw![0] != 0 ? Inert.Bool.True : Inert.Bool.False,
            _ => new Inert.Object("numpy.core.multiarray.scalar", new Inert.Tuple([.. a])),
        };
    }

    private void Build(Inert target, Inert state)
    {
        switch (target)
        {
            case Inert.Dictionary: // attributes of an OrderedDict, such as _metadata: not needed
            case Inert.Tensor: // attributes on a tensor
                break;
            case Inert.Object described when described.State is null:
                described.State = state;
                break;
            default:
                throw _in.Bad($"a state for {target}");
        }
    }

    private Inert.Storage Persistent(Inert id)
    {
        if (id is not Inert.Tuple { Items: [Inert.Text { Value: "storage" }, Inert.Global type, Inert key, Inert.Text, Inert.Integer count, ..] rest }
            || rest.Count > 6
            || !Globals.IsStorage(type.Name, out var dtype)
            || (key as Inert.Text)?.Value is not { } name)
        {
            throw _in.Bad("a persistent id that is no storage");
        }

        if (count.Value < 0 || count.Value > long.MaxValue)
        {
            throw _in.Bad($"storage '{name}' of {Brief(count.Value)} elements");
        }

        var record = _storages.Find(name, dtype, (long)count.Value);
        switch (rest.Count == 6 ? rest[5] : Inert.None.Instance)
        {
            case Inert.None:
                return new Inert.Storage(record, dtype, 0, (long)count.Value);
            case Inert.Tuple { Items: [_, Inert.Integer start, Inert.Integer size] } when start.Value >= 0 && size.Value >= 0 && start.Value + size.Value <= count.Value:
                return new Inert.Storage(record, dtype, (long)start.Value, (long)size.Value);
            default:
                throw _in.Bad($"storage '{name}' with a view outside of it");
        }
    }

    internal static string Brief(BigInteger value) =>
        BigInteger.Abs(value) < BigInteger.Pow(10, 30) ? value.ToString() : $"{value.Sign * Math.Exp(BigInteger.Log10(BigInteger.Abs(value)) % 1 * Math.Log(10)):F1}e{(int)BigInteger.Log10(BigInteger.Abs(value))}";

    // The longest way down, found without recursion; ways back up (a list inside itself) do not count.
    private void LimitDepth(Inert root)
    {
        var heights = new Dictionary<Inert, int>(ReferenceEqualityComparer.Instance);
        var path = new Stack<(Inert Node, IEnumerator<Inert> Inside, int Height)>();
        heights.Add(root, 0);
        Enter(root);
        while (path.TryPop(out var here))
        {
            if (!here.Inside.MoveNext())
            {
                heights[here.Node] = here.Height;
                if (path.TryPop(out var above))
                {
                    path.Push(above with { Height = Math.Max(above.Height, here.Height + 1) });
                }

                continue;
            }

            var child = here.Inside.Current;
            if (heights.TryGetValue(child, out var height))
            {
                here.Height = Math.Max(here.Height, height + 1);
            }

            path.Push(here);
            if (path.Count + height > DeepestNesting)
            {
                throw _file.Bad($"its values are nested more than {DeepestNesting} deep; refused", "save the weights alone: torch.save(model.state_dict(), path)");
            }

            if (child is Inert.List or Inert.Tuple or Inert.Dictionary or Inert.Object && heights.TryAdd(child, 0))
            {
                Enter(child);
            }
        }

        void Enter(Inert node) => path.Push((node, node.Children.GetEnumerator(), 0));
    }
}

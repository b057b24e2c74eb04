using System.Runtime.InteropServices;
using System.Text;
using SegSharp.Torch.Native;

namespace SegSharp.Torch;

/// <summary>
/// A libtorch operator, called by its name through the bridge's one generic call. Found at the first use, so that a name
/// which another libtorch does not know fails only there.
/// </summary>
/// <param name="name">With its namespace: "aten::add".</param>
/// <param name="overload">"Tensor", "Scalar", or empty.</param>
/// <param name="arguments">How many arguments SegSharp passes at most; a test holds it against the live schema.</param>
public sealed unsafe class Operator(string name, string overload = "", int arguments = 0)
{
    private const int ListOnStack = 64;
    private nint _found;

    /// <summary>The name with its namespace.</summary>
    public string Name { get; } = name;

    /// <summary>The overload's name; empty for the plain one.</summary>
    public string Overload { get; } = overload;

    /// <summary>How many arguments SegSharp passes at most; 0 when not stated.</summary>
    public int Arguments { get; } = arguments;

    /// <summary>Calls with arguments in schema order; missing trailing ones take their defaults.</summary>
    /// <returns>The first result, owned by the innermost <see cref="TensorScope"/> of this thread.</returns>
    /// <exception cref="TorchException">libtorch refused; the message names the operator and the shapes.</exception>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        NativeArgument result = default;
        Invoke(arguments, &result, 1);
        var tensor = new Tensor(result.Pointer);
        OperatorTrace.Current?.Record(this, arguments, tensor);
        return tensor;
    }

    /// <summary>Calls an operator with two results.</summary>
    /// <inheritdoc cref="Call"/>
    public (Tensor First, Tensor Second) CallTwo(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeArgument[2];
        Invoke(arguments, results, 2);
        var (first, second) = (new Tensor(results[0].Pointer), new Tensor(results[1].Pointer));
        OperatorTrace.Current?.Record(this, arguments, first, second);
        return (first, second);
    }

    /// <summary>Calls an operator whose results are a list of tensors.</summary>
    /// <inheritdoc cref="Call"/>
    public Tensor[] CallMany(int capacity, params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeArgument[capacity];
        var count = Invoke(arguments, results, capacity);
        var tensors = new Tensor[count];
        for (var i = 0; i < count; i++)
        {
            tensors[i] = new Tensor(results[i].Pointer);
        }

        OperatorTrace.Current?.Record(this, arguments, tensors);
        return tensors;
    }

    /// <summary>Calls for the effect (in-place operators); results are released at once.</summary>
    /// <inheritdoc cref="Call"/>
    public void Run(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeArgument[4];
        var count = Invoke(arguments, results, 4);
        for (var i = 0; i < count; i++)
        {
            if (results[i].Tag == Argument.TensorTag)
            {
                Bridge.Release(results[i].Pointer);
            }
        }

        OperatorTrace.Current?.Record(this, arguments);
    }

    /// <summary>The operator's schema as libtorch prints it.</summary>
    public string Schema()
    {
        var found = Find();
        return NativeText.Fetch(Name, (text, capacity, length) => Bridge.Schema(found, text, capacity, length));
    }

    private nint Find()
    {
        if (_found == 0)
        {
            Bridge.Check(Bridge.Find(Name, Overload, out var found), Name);
            _found = found;
        }

        return _found;
    }

    private int Invoke(ReadOnlySpan<Argument> arguments, NativeArgument* results, int capacity)
    {
        var found = Find();
        var slots = 0;
        foreach (ref readonly var a in arguments)
        {
            slots += a.ListLength;
        }

        // Lists are copied beside the arguments: they are short, and nothing needs pinning.
        var onStack = stackalloc long[ListOnStack];
        var lists = slots <= ListOnStack ? onStack : (long*)NativeMemory.Alloc((nuint)slots, sizeof(long));
        var native = stackalloc NativeArgument[arguments.Length];
        try
        {
            var next = lists;
            for (var i = 0; i < arguments.Length; i++)
            {
                next = Fill(in arguments[i], ref native[i], next);
            }

            int count;
            var status = Bridge.Call(found, native, arguments.Length, results, capacity, &count);
            if (status != 0)
            {
                Throw(arguments);
            }

            return count;
        }
        finally
        {
            if (lists != onStack)
            {
                NativeMemory.Free(lists);
            }

            // The native code worked on raw handles: no finalizer may run before this line.
            foreach (ref readonly var a in arguments)
            {
                GC.KeepAlive(a.Reference);
            }
        }
    }

    private static long* Fill(ref readonly Argument a, ref NativeArgument n, long* next)
    {
        n.Tag = a.Tag;
        n.Integer = a.Bits;
        n.Length = a.Small;
        switch (a.Reference)
        {
            case Tensor t:
                n.Pointer = t.Handle;
                break;
            case long[] values:
                values.CopyTo(new Span<long>(next, values.Length));
                next = Point(ref n, next, values.Length, values.Length);
                break;
            case double[] values:
                values.CopyTo(new Span<double>(next, values.Length));
                next = Point(ref n, next, values.Length, values.Length);
                break;
            case Tensor?[] values:
                for (var k = 0; k < values.Length; k++)
                {
                    next[k] = values[k]?.Handle ?? 0;
                }

                next = Point(ref n, next, values.Length, values.Length);
                break;
            case bool[] values:
                for (var k = 0; k < values.Length; k++)
                {
                    ((byte*)next)[k] = values[k] ? (byte)1 : (byte)0;
                }

                next = Point(ref n, next, values.Length, values.Length);
                break;
            case string text:
                var bytes = Encoding.UTF8.GetBytes(text, new Span<byte>(next, a.ListLength * sizeof(long)));
                next = Point(ref n, next, bytes, a.ListLength);
                break;
        }

        return next;
    }

    private static long* Point(ref NativeArgument n, long* list, int length, int slots)
    {
        n.Pointer = (nint)list;
        n.Length = length;
        return list + slots;
    }

    private void Throw(ReadOnlySpan<Argument> arguments)
    {
        var reason = Marshal.PtrToStringUTF8((nint)Bridge.Error()) ?? "no message";
        var parts = new List<string>();
        foreach (ref readonly var a in arguments)
        {
            parts.Add(a.Describe());
        }

        throw new TorchException($"{Name}({string.Join(", ", parts)})", reason);
    }
}

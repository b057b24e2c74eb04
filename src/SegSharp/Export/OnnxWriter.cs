using System.Runtime.InteropServices;
using Google.Protobuf;
using SegSharp.Export.Onnx;
using SegSharp.Networks;
using SegSharp.Torch;

namespace SegSharp.Export;

/// <summary>Builds an ONNX graph out of a <see cref="SymbolicGraph"/>: names, weights, sizes that are computed, and the model around it.</summary>
internal sealed class OnnxWriter(Network network)
{
    private const int Spatial = 2;
    private static readonly string[] SideNames = ["depth", "height", "width"];

    private readonly Dictionary<string, Tensor> _state = network.State().ToDictionary(s => s.Name, s => s.Tensor, StringComparer.Ordinal);
    private readonly GraphProto _graph = new() { Name = network.GetType().Name, DocString = network.Options.About };
    private readonly Dictionary<SymbolicValue, string> _names = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Size, string> _sizes = [];
    private readonly Dictionary<string, string> _initializers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal) { "image", "logits" };

    /// <summary>The image's axes in words: "batch", "1", "height".</summary>
    public static IReadOnlyList<string> Axes(SymbolicValue image, int dimensions) =>
    [
        .. Enumerable.Range(0, image.Rank).Select(axis => image.FixedSide(axis) is { } side && axis > 0
            ? side.ToString()
            : axis == 0 ? "batch" : SideNames[axis - Spatial + SideNames.Length - dimensions]),
    ];

    /// <summary>The whole file.</summary>
    public ModelProto Model(SymbolicGraph graph, IReadOnlyDictionary<string, string> metadata)
    {
        var (image, logits) = (graph.Inputs[0], graph.Outputs[0]);
        var axes = Axes(image, network.Dimensions);
        _names[image] = "image";
        if (logits.Kind == TraceValueKind.Computed)
        {
            _names[logits] = "logits";
        }

        foreach (var node in graph.Nodes)
        {
            OnnxOperators.Translate(this, node);
        }

        if (logits.Kind != TraceValueKind.Computed)
        {
            Add("Identity", [Name(logits)], "logits");
        }

        _graph.Input.Add(Info("image", axes));
        _graph.Output.Add(Info("logits", [.. Enumerable.Range(0, logits.Rank).Select(axis => logits.FixedSide(axis) is { } side
            ? side.ToString()
            : Enumerable.Range(0, image.Rank).Where(i => image.Shapes.Select(s => s[i]).SequenceEqual(logits.Shapes.Select(s => s[axis]))).Select(i => axes[i]).FirstOrDefault()
                ?? $"out_{SideNames[axis - Spatial + SideNames.Length - network.Dimensions]}")]));
        var model = new ModelProto
        {
            IrVersion = OnnxExport.IrVersion,
            ProducerName = "SegSharp",
            ProducerVersion = typeof(OnnxWriter).Assembly.GetName().Version!.ToString(3),
            DocString = network.Options.About,
            Graph = _graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = OnnxExport.Opset });
        foreach (var (key, value) in metadata)
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        return model;
    }

    /// <summary>The name of a tensor; weights and constants enter the file when they are first named.</summary>
    public string Name(SymbolicValue value)
    {
        if (_names.TryGetValue(value, out var known))
        {
            return known;
        }

        var name = value.Kind switch
        {
            TraceValueKind.Parameter or TraceValueKind.Buffer => Weights(Unique(value.Name), _state[value.Name]),
            TraceValueKind.Constant => Data(Unique("constant"), value.Data!),
            _ => throw new InvalidOperationException("a tensor is read before it is computed"),
        };
        return _names[value] = name;
    }

    /// <summary>The name that a node gives its result; the graph's output keeps its own.</summary>
    public string Result(SymbolicValue value, string hint)
    {
        if (!_names.TryGetValue(value, out var name))
        {
            _names[value] = name = Unique(hint);
        }

        return name;
    }

    /// <summary>Lets a value go by a name that is there already.</summary>
    public void Same(SymbolicValue value, string name)
    {
        if (_names.TryGetValue(value, out var wanted))
        {
            Add("Identity", [name], wanted);
        }
        else
        {
            _names[value] = name;
        }
    }

    /// <summary>Appends a node.</summary>
    /// <param name="op">Its ONNX name.</param>
    /// <param name="inputs">Names; empty for an optional one that is left out.</param>
    /// <param name="output">The name of its result; null makes one up.</param>
    /// <param name="attributes">By name: long, float, string, or a list of long.</param>
    /// <returns>The result's name.</returns>
    public string Add(string op, IEnumerable<string> inputs, string? output = null, params (string Name, object Value)[] attributes)
    {
        var result = output ?? Unique(op.ToLowerInvariant());
        var node = new NodeProto { OpType = op, Name = result };
        node.Input.Add(inputs);
        node.Output.Add(result);
        foreach (var (name, value) in attributes)
        {
            node.Attribute.Add(Attribute(name, value));
        }

        _graph.Node.Add(node);
        return result;
    }

    /// <summary>A list of whole numbers as an int64 tensor of one axis: a constant, or computed from the sides of tensors.</summary>
    public string Integers(IReadOnlyList<Size> sizes)
    {
        if (sizes.All(s => s is Size.Fixed))
        {
            return Integers([.. sizes.Select(s => ((Size.Fixed)s).Value)]);
        }

        string[] parts = [.. sizes.Select(One)];
        return parts.Length == 1 ? parts[0] : Add("Concat", parts, null, ("axis", 0L));
    }

    /// <summary>The same with constants.</summary>
    public string Integers(params long[] values) => Shared($"i{string.Join(',', values)}", () =>
        Data(Unique("integers"), new TensorData(DType.Int64, [values.Length], MemoryMarshal.AsBytes<long>(values).ToArray())));

    /// <summary>A number as a float32 tensor without axes.</summary>
    public string Number(double value) => Shared($"f{value:R}", () => Floats(Unique("number"), [(float)value]));

    /// <summary>As many times that number, as a float32 tensor of one axis.</summary>
    public string Numbers(double value, long count) => Shared($"f{value:R}x{count}", () => Floats(Unique("numbers"), [.. Enumerable.Repeat((float)value, (int)count)], count));

    /// <summary>A weight in another shape or with its axes exchanged, stored so.</summary>
    public string Rearranged(SymbolicValue value, string how, Func<Tensor, Tensor> rearrange) => Shared($"{value.Name}:{how}", () =>
    {
        using var scope = new TensorScope();
        return Weights(Unique($"{value.Name}.{how}"), rearrange(_state[value.Name]));
    });

    private string Shared(string key, Func<string> make) => _initializers.TryGetValue(key, out var name) ? name : _initializers[key] = make();

    // An int64 tensor with one element.
    private string One(Size size)
    {
        if (size is Size.Fixed whole)
        {
            return Integers(whole.Value);
        }

        if (_sizes.TryGetValue(size, out var known))
        {
            return known;
        }

        var name = size switch
        {
            Size.Side side => Add("Shape", [Name(side.Of)], null, ("start", (long)side.Axis), ("end", side.Axis + 1L)),
            Size.Affine affine => Scaled(affine),
            Size.Missing missing => Add("Mod", [Add("Sub", [Integers(missing.Multiple), Add("Mod", [One(missing.Of), Integers(missing.Multiple)])]), Integers(missing.Multiple)]),
            Size.Less less => Add("Sub", [One(less.From), One(less.Subtract)]),
            Size.Product product => Add("Mul", [One(product.First), One(product.Second)]),
            _ => throw new InvalidOperationException(size.GetType().Name),
        };
        return _sizes[size] = name;
    }

    private string Scaled(Size.Affine affine)
    {
        var name = One(affine.Of);
        name = affine.Factor == 1 ? name : Add("Mul", [name, Integers(affine.Factor)]);
        name = affine.Offset == 0 ? name : Add("Add", [name, Integers(affine.Offset)]);
        return affine.Divisor == 1 ? name : Add("Div", [name, Integers(affine.Divisor)]);
    }

    private string Weights(string name, Tensor tensor) => Data(name, tensor.ToData());

    private string Floats(string name, float[] values, params long[] shape) => Data(name, new TensorData(DType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray()));

    private string Data(string name, TensorData data)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)OnnxOperators.Type(data.DType), RawData = UnsafeByteOperations.UnsafeWrap(data.Bytes) };
        tensor.Dims.Add(data.Shape);
        _graph.Initializer.Add(tensor);
        return name;
    }

    private string Unique(string hint)
    {
        var name = hint;
        for (var i = 1; !_taken.Add(name); i++)
        {
            name = $"{hint}_{i}";
        }

        return name;
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case long number:
                (attribute.Type, attribute.I) = (AttributeProto.Types.AttributeType.Int, number);
                break;
            case double number:
                (attribute.Type, attribute.F) = (AttributeProto.Types.AttributeType.Float, (float)number);
                break;
            case string text:
                (attribute.Type, attribute.S) = (AttributeProto.Types.AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            case long[] list:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.Add(list);
                break;
            default:
                throw new InvalidOperationException(value.GetType().Name);
        }

        return attribute;
    }

    private static ValueInfoProto Info(string name, IEnumerable<string> axes)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(axes.Select(a => long.TryParse(a, out var side) ? new TensorShapeProto.Types.Dimension { DimValue = side } : new TensorShapeProto.Types.Dimension { DimParam = a }));
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = shape } },
        };
    }
}

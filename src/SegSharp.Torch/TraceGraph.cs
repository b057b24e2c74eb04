using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Torch.Native;

namespace SegSharp.Torch;

/// <summary>Where a value of a <see cref="TraceGraph"/> comes from.</summary>
public enum TraceValueKind
{
    /// <summary>Given to the computation.</summary>
    Input,

    /// <summary>A parameter of the module.</summary>
    Parameter,

    /// <summary>A buffer of the module, such as a running mean.</summary>
    Buffer,

    /// <summary>Made on the way out of nothing: its content is part of the graph.</summary>
    Constant,

    /// <summary>The result of a step.</summary>
    Computed,
}

/// <summary>A tensor that a recorded computation saw.</summary>
public sealed class TraceValue
{
    /// <summary>Its number in the graph.</summary>
    public required int Id { get; init; }

    /// <summary>Where it comes from.</summary>
    public required TraceValueKind Kind { get; init; }

    /// <summary>The name of an input, a parameter or a buffer; empty for others.</summary>
    public string Name { get; init; } = "";

    /// <summary>Sizes of its axes.</summary>
    public required IReadOnlyList<long> Shape { get; init; }

    /// <summary>Element type.</summary>
    public required DType DType { get; init; }

    /// <summary>The content of a constant; null for others.</summary>
    public TensorData? Data { get; init; }

    /// <summary>The value whose memory this one looks at; itself when it has memory of its own.</summary>
    public TraceValue Memory { get => field ?? this; internal init; }
}

/// <summary>One operator of a recorded computation.</summary>
/// <param name="Name">With its namespace: "aten::relu_".</param>
/// <param name="Overload">"Tensor", "Scalar", or empty.</param>
/// <param name="Arguments">In schema order: a <see cref="TraceValue"/>, a list of them, numbers, texts, lists of numbers, null for None. Trailing ones that were left out are missing.</param>
/// <param name="Results">What it gave; empty when it changed its first argument in place.</param>
public sealed record TraceStep(string Name, string Overload, IReadOnlyList<object?> Arguments, IReadOnlyList<TraceValue> Results);

/// <summary>A computation written down: every operator in its order, with its arguments and with where every tensor comes from.</summary>
/// <remarks>Sizes and other numbers are those of the recorded run. What was computed from no input, parameter or buffer is a constant, and not a step.</remarks>
public sealed class TraceGraph
{
    // Their result looks at their first argument's memory.
    private static readonly HashSet<string> Views = new(StringComparer.Ordinal)
    {
        "aten::narrow", "aten::select", "aten::slice", "aten::permute", "aten::transpose", "aten::unsqueeze", "aten::squeeze", "aten::expand",
        "aten::alias", "aten::detach", "aten::view", "aten::split", "aten::chunk", "aten::unbind",
    };

    private readonly Dictionary<Tensor, TraceValue> _values = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Tensor, (string Name, TraceValueKind Kind)> _state = new(ReferenceEqualityComparer.Instance);
    private readonly List<TraceStep> _steps = [];
    private readonly List<TraceValue> _inputs = [], _all = [];

    private TraceGraph()
    {
    }

    /// <summary>What was given, in order.</summary>
    public IReadOnlyList<TraceValue> Inputs => _inputs;

    /// <summary>The operators, in the order of computing.</summary>
    public IReadOnlyList<TraceStep> Steps => _steps;

    /// <summary>What came out.</summary>
    public IReadOnlyList<TraceValue> Outputs { get; private set; } = [];

    /// <summary>Every value that occurs, by its number.</summary>
    public IReadOnlyList<TraceValue> Values => _all;

    /// <summary>Runs a computation and writes it down. What the bridge would fuse runs as single operators.</summary>
    /// <param name="module">Whose parameters and buffers are known by name. Its mode stays as it is.</param>
    /// <param name="inputs">Tensors with their names.</param>
    /// <param name="compute">The computation; its results belong to the caller's scope.</param>
    public static TraceGraph Record(Module module, IReadOnlyList<(string Name, Tensor Tensor)> inputs, Func<IReadOnlyList<Tensor>> compute)
    {
        var graph = new TraceGraph();
        foreach (var (name, tensor) in module.NamedParameters())
        {
            graph._state[tensor] = (name, TraceValueKind.Parameter);
        }

        foreach (var (name, tensor) in module.NamedBuffers())
        {
            graph._state[tensor] = (name, TraceValueKind.Buffer);
        }

        foreach (var (name, tensor) in inputs)
        {
            graph._inputs.Add(graph.Add(tensor, TraceValueKind.Input, name));
        }

        using var trace = new OperatorTrace(graph.Write);
        graph.Outputs = [.. compute().Select(graph.Known)];
        return graph;
    }

    /// <summary>
    /// The graph as JSON: <c>inputs</c>, <c>state</c> (parameters and buffers by name), <c>constants</c> (bytes in base 64), <c>steps</c>, <c>outputs</c>.
    /// A tensor among the arguments is <c>{"tensor": id}</c>, a list of tensors <c>{"tensors": [id, …]}</c>; element types are PyTorch's numbers.
    /// </summary>
    public JsonObject ToJson()
    {
        JsonArray Of(params IEnumerable<TraceValueKind> kinds) => [.. _all.Where(v => kinds.Contains(v.Kind)).Select(Describe)];
        return new JsonObject
        {
            ["inputs"] = Of(TraceValueKind.Input),
            ["state"] = Of(TraceValueKind.Parameter, TraceValueKind.Buffer),
            ["constants"] = Of(TraceValueKind.Constant),
            ["steps"] = new JsonArray([.. _steps.Select(s => new JsonObject
            {
                ["op"] = s.Name,
                ["overload"] = s.Overload,
                ["arguments"] = new JsonArray([.. s.Arguments.Select(Written)]),
                ["results"] = new JsonArray([.. s.Results.Select(r => (JsonNode)r.Id)]),
            })]),
            ["outputs"] = new JsonArray([.. Outputs.Select(o => (JsonNode)o.Id)]),
        };
    }

    private static JsonObject Describe(TraceValue value)
    {
        var json = new JsonObject
        {
            ["id"] = value.Id,
            ["name"] = value.Name,
            ["shape"] = new JsonArray([.. value.Shape.Select(s => (JsonNode)s)]),
            ["dtype"] = value.DType.TorchName(),
        };
        if (value.Data is { } data)
        {
            json["data"] = Convert.ToBase64String(data.Bytes.Span);
        }

        return json;
    }

    private static JsonNode? Written(object? argument) => argument switch
    {
        null => null,
        TraceValue value => new JsonObject { ["tensor"] = value.Id },
        TraceValue?[] values => new JsonObject { ["tensors"] = new JsonArray([.. values.Select(v => (JsonNode?)v?.Id)]) },
        long number => JsonValue.Create(number),
        double number => double.IsFinite(number) ? JsonValue.Create(number) : JsonValue.Create(number.ToString()),
        bool truth => JsonValue.Create(truth),
        string text => JsonValue.Create(text),
        long[] list => new JsonArray([.. list.Select(v => (JsonNode)v)]),
        double[] list => new JsonArray([.. list.Select(v => (JsonNode)v)]),
        bool[] list => new JsonArray([.. list.Select(v => (JsonNode)v)]),
        _ => throw new NotSupportedException($"an argument of type {argument.GetType().Name}"),
    };

    private void Write(OperatorCall call)
    {
        var arguments = call.Arguments.Select(a => a switch
        {
            Tensor t => Known(t),
            Tensor?[] many => many.Select(t => t is null ? null : Known(t)).ToArray(),
            _ => a,
        }).ToArray();
        var read = arguments.SelectMany(a => a switch { TraceValue v => [v], TraceValue?[] many => many.OfType<TraceValue>(), _ => Enumerable.Empty<TraceValue>() }).ToList();
        if (read.TrueForAll(v => v.Kind == TraceValueKind.Constant))
        {
            // Computed from nothing that was given: the content says all.
            foreach (var tensor in call.Results.Count > 0 ? call.Results : [(Tensor)call.Arguments[0]!])
            {
                Add(tensor, TraceValueKind.Constant, "");
            }

            return;
        }

        var results = call.Results.Select(r => Add(r, TraceValueKind.Computed, "", Looks(call, r) ? ((TraceValue)arguments[0]!).Memory : null)).ToList();
        _steps.Add(new TraceStep(call.Name, call.Overload, arguments, results));
    }

    private static unsafe bool Looks(OperatorCall call, Tensor result) =>
        call.Arguments[0] is Tensor first && (Views.Contains(call.Name) || Bridge.Data(first.Handle) == Bridge.Data(result.Handle));

    private TraceValue Known(Tensor tensor) => _values.TryGetValue(tensor, out var value) ? value
        : _state.TryGetValue(tensor, out var state) ? Add(tensor, state.Kind, state.Name)
        : Add(tensor, TraceValueKind.Constant, "");

    private TraceValue Add(Tensor tensor, TraceValueKind kind, string name, TraceValue? memory = null)
    {
        var value = new TraceValue
        {
            Id = _all.Count,
            Kind = kind,
            Name = name,
            Shape = tensor.Shape,
            DType = tensor.DType,
            Data = kind == TraceValueKind.Constant ? tensor.ToData() : null,
            Memory = memory!,
        };
        _all.Add(value);
        return _values[tensor] = value;
    }
}

using SegSharp.Torch;

namespace SegSharp.Export;

/// <summary>
/// Lays recordings of one computation at several sizes over each other: steps that agree become one node, numbers that differ
/// become expressions of sizes. What was skipped at some sizes (a border of nothing, a cut that keeps all) is put back there.
/// </summary>
internal sealed class Alignment
{
    private static readonly HashSet<string> Pads = new(StringComparer.Ordinal)
    {
        "aten::constant_pad_nd", "aten::replication_pad2d", "aten::replication_pad3d", "aten::reflection_pad2d", "aten::reflection_pad3d",
    };

    private static readonly HashSet<string> Resizes = new(StringComparer.Ordinal)
    {
        "aten::upsample_bilinear2d", "aten::upsample_trilinear3d", "aten::upsample_nearest2d", "aten::upsample_nearest3d",
    };

    private readonly IReadOnlyList<TraceGraph> _traces;
    private readonly int[] _at;

    // A recording's tensor may stand for several values of the graph: where a step was skipped, for what would come in and for what would go out.
    private readonly Dictionary<TraceValue, List<SymbolicValue>>[] _map;
    private readonly HashSet<TraceValue>[] _overwritten;
    private readonly Dictionary<SymbolicValue, TraceValue[]> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly SizeSearch _sizes = new();
    private readonly List<SymbolicNode> _nodes = [];

    private Alignment(IReadOnlyList<TraceGraph> traces)
    {
        _traces = traces;
        _at = new int[traces.Count];
        _map = [.. traces.Select(_ => new Dictionary<TraceValue, List<SymbolicValue>>(ReferenceEqualityComparer.Instance))];
        _overwritten = [.. traces.Select(_ => new HashSet<TraceValue>(ReferenceEqualityComparer.Instance))];
    }

    /// <summary>The common graph.</summary>
    /// <exception cref="ExportException">The recordings do not agree, or a number has no expression.</exception>
    public static SymbolicGraph Of(IReadOnlyList<TraceGraph> traces) => new Alignment(traces).Run();

    private SymbolicGraph Run()
    {
        var inputs = _traces[0].Inputs.Select((_, i) => Bind([.. _traces.Select(t => t.Inputs[i])])).ToList();
        while (true)
        {
            var heads = _traces.Select((_, k) => Head(k)).ToArray();
            if (heads.All(h => h is null))
            {
                break;
            }

            Step(heads);
        }

        var outputs = _traces[0].Outputs.Select((_, i) => Unify([.. _traces.Select(t => t.Outputs[i])])).ToList();
        return new SymbolicGraph(inputs, _nodes, outputs);
    }

    // The next step of a recording that computes something; what only passes its argument on is taken in on the way.
    private TraceStep? Head(int k)
    {
        while (_at[k] < _traces[k].Steps.Count)
        {
            var step = _traces[k].Steps[_at[k]];
            if (!PassesOn(step))
            {
                return step;
            }

            _map[k][step.Results[0]] = Candidates(k, (TraceValue)step.Arguments[0]!);
            _at[k]++;
        }

        return null;
    }

    private static bool PassesOn(TraceStep step) => step.Name switch
    {
        "aten::contiguous" or "aten::alias" or "aten::detach" or "aten::clone" => true,
        "aten::dropout" or "aten::feature_dropout" => step.Arguments[2] is false,
        "aten::to" => step.Results[0].DType == ((TraceValue)step.Arguments[0]!).DType,
        _ => false,
    };

    private void Step(TraceStep?[] heads)
    {
        var name = heads.All(h => h is not null && Alike(h, heads[0]!))
            ? heads[0]!.Name
            : heads.FirstOrDefault(h => h is not null && IsOptional(h))?.Name
                ?? throw new ExportException($"the network computes differently at other sizes: {string.Join(", ", heads.Select(h => h?.Name ?? "nothing").Distinct())}");
        var model = heads.First(h => h?.Name == name)!;
        var here = heads.Select(h => h is not null && Alike(h, model) ? h : null).ToArray();
        var missing = here.Contains(null);
        if (missing && !IsOptional(model))
        {
            throw new ExportException($"the network computes differently at other sizes: {name} only at some");
        }

        // A list's length and an argument's kind are the model's; in the recordings without this step it does nothing.
        var first = missing ? Common(here, h => (TraceValue)h.Arguments[0]!) : null;
        var steps = here.Select((h, k) => h?.Arguments ?? Nothing(model, _seen[first!][k])).ToArray();
        var arguments = new object?[model.Arguments.Count];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = i == 0 && first is not null ? first : Argument([.. steps.Select(s => s[i])], $"argument {i} of {name}");
        }

        for (var k = 0; k < here.Length; k++)
        {
            _at[k] += here[k] is null ? 0 : 1;
        }

        if (model.Results.Count > 0)
        {
            var results = model.Results.Select((_, r) => Bind([.. here.Select((h, k) => h?.Results[r] ?? _seen[first!][k])])).ToList();
            _nodes.Add(new SymbolicNode(name, model.Overload, arguments, results));
            return;
        }

        // In place: the same operator without it, whose result takes the name over; views of that memory are outdated from now on.
        if (!name.EndsWith('_') || arguments[0] is not SymbolicValue { Kind: TraceValueKind.Computed } target)
        {
            throw new ExportException($"the network changes what it was given: {name}");
        }

        TraceValue[] targets = [.. here.Select(h => (TraceValue)h!.Arguments[0]!)];
        for (var k = 0; k < targets.Length; k++)
        {
            _overwritten[k].UnionWith(_traces[k].Values.Where(v => v != targets[k] && v.Memory == targets[k].Memory && _map[k].ContainsKey(v)));
            _map[k].Remove(targets[k]);
        }

        _nodes.Add(new SymbolicNode(name[..^1], model.Overload, arguments, [Bind(targets, TraceValueKind.Computed)]));
    }

    private static bool Alike(TraceStep a, TraceStep b) =>
        a.Name == b.Name && a.Overload == b.Overload && a.Arguments.Count == b.Arguments.Count && a.Results.Count == b.Results.Count
        && (a.Name is not ("aten::narrow" or "aten::slice") || Equals(a.Arguments[1], b.Arguments[1]));

    private static bool IsOptional(TraceStep step) => step.Name == "aten::narrow" || Pads.Contains(step.Name) || Resizes.Contains(step.Name);

    // The arguments with which the step changes nothing.
    private static object?[] Nothing(TraceStep model, TraceValue x)
    {
        object?[] arguments = [.. model.Arguments];
        arguments[0] = x;
        if (model.Name == "aten::narrow")
        {
            var axis = (long)arguments[1]!;
            (arguments[2], arguments[3]) = (0L, x.Shape[(int)(axis < 0 ? axis + x.Shape.Count : axis)]);
        }
        else
        {
            arguments[1] = Pads.Contains(model.Name) ? new long[((long[])arguments[1]!).Length] : x.Shape.Skip(2).ToArray();
        }

        return arguments;
    }

    private object? Argument(object?[] values, string where)
    {
        switch (values[0])
        {
            case TraceValue:
                return Unify([.. values.Cast<TraceValue>()]);
            case TraceValue?[] list:
                if (values.Any(v => v is not TraceValue?[] other || other.Length != list.Length))
                {
                    throw new ExportException($"{where} is a list of another length at other sizes");
                }

                return list.Select((first, i) => first is null ? null : Unify([.. values.Select(v => ((TraceValue?[])v!)[i]!)])).ToArray();
            case long:
                return Number([.. values.Cast<long>()], where) is var size && size is Size.Fixed f ? f.Value : size;
            case long[] list:
                if (values.Any(v => v is not long[] other || other.Length != list.Length))
                {
                    throw new ExportException($"{where} is a list of another length at other sizes");
                }

                Size[] sizes = [.. list.Select((_, i) => Number([.. values.Select(v => ((long[])v!)[i])], where))];
                return Array.TrueForAll(sizes, s => s is Size.Fixed) ? list : sizes;
            case double[] list:
                return values.All(v => v is double[] other && other.AsSpan().SequenceEqual(list)) ? list : throw new ExportException($"{where} differs at other sizes");
            case bool[] list:
                return values.All(v => v is bool[] other && other.AsSpan().SequenceEqual(list)) ? list : throw new ExportException($"{where} differs at other sizes");
            default:
                return values.All(v => Equals(v, values[0])) ? values[0] : throw new ExportException($"{where} differs at other sizes: {string.Join(", ", values)}");
        }
    }

    private Size Number(long[] values, string where) =>
        _sizes.Find(values) ?? throw new ExportException($"{where} is {string.Join(", ", values)} at other sizes, which does not follow from the sides of a tensor in a way that is known");

    private SymbolicValue Unify(TraceValue[] values)
    {
        if (values[0].Kind is TraceValueKind.Parameter or TraceValueKind.Buffer && !_map[0].ContainsKey(values[0]))
        {
            return values.All(v => v.Name == values[0].Name) ? Bind(values) : throw new ExportException("the network reads other weights at other sizes");
        }

        if (values.All(v => v.Kind == TraceValueKind.Constant) && !_map[0].ContainsKey(values[0]))
        {
            return Constant(values);
        }

        return Common(values, v => v);
    }

    private SymbolicValue Common<T>(T?[] from, Func<T, TraceValue> value)
        where T : class
    {
        List<SymbolicValue>? common = null;
        for (var k = 0; k < from.Length; k++)
        {
            if (from[k] is { } item)
            {
                var candidates = Candidates(k, value(item));
                common = common is null ? candidates : [.. common.Where(candidates.Contains)];
            }
        }

        return common is { Count: > 0 } ? common[^1] : throw new ExportException("the network connects its layers differently at other sizes");
    }

    private List<SymbolicValue> Candidates(int k, TraceValue value)
    {
        if (_overwritten[k].Contains(value))
        {
            throw new ExportException("the network reads a tensor again after it was overwritten through another view");
        }

        return _map[k].TryGetValue(value, out var candidates) ? candidates : value.Kind switch
        {
            TraceValueKind.Parameter or TraceValueKind.Buffer => [Bind([.. _traces.Select(t => t.Values.First(v => v.Name == value.Name && v.Kind == value.Kind))])],
            _ => throw new ExportException("the network connects its layers differently at other sizes"),
        };
    }

    // A constant of one value may have sides that follow from the image's.
    private SymbolicValue Constant(TraceValue[] values)
    {
        var data = values[0].Data!;
        if (values.All(v => v.Shape.SequenceEqual(data.Shape) && v.Data!.Bytes.Span.SequenceEqual(data.Bytes.Span)))
        {
            return Bind(values);
        }

        var size = data.DType.Size();
        var one = data.Bytes[..Math.Min(size, data.Bytes.Length)];
        if (values.Any(v => v.Shape.Count != data.Shape.Length || !IsEverywhere(one.Span, v.Data!.Bytes.Span)))
        {
            throw new ExportException("the network makes a constant that depends on the size");
        }

        var scalar = new SymbolicValue { Kind = TraceValueKind.Constant, DType = data.DType, Shapes = [.. values.Select(_ => Array.Empty<long>())], Data = new TensorData(data.DType, [], one) };
        Size[] sides = [.. data.Shape.Select((_, axis) => Number([.. values.Select(v => v.Shape[axis])], "a constant's side"))];
        var result = Bind(values, TraceValueKind.Computed);
        _nodes.Add(new SymbolicNode("aten::expand", "", [scalar, sides], [result]));
        return result;
    }

    private static bool IsEverywhere(ReadOnlySpan<byte> one, ReadOnlySpan<byte> all)
    {
        for (var i = 0; i < all.Length; i += one.Length)
        {
            if (!all.Slice(i, one.Length).SequenceEqual(one))
            {
                return false;
            }
        }

        return all.Length > 0;
    }

    private SymbolicValue Bind(TraceValue[] values, TraceValueKind? kind = null)
    {
        if (values.Any(v => v.Shape.Count != values[0].Shape.Count || v.DType != values[0].DType))
        {
            throw new ExportException("a tensor has another number of axes at other sizes");
        }

        var value = new SymbolicValue
        {
            Kind = kind ?? values[0].Kind,
            Name = values[0].Name,
            DType = values[0].DType,
            Shapes = [.. values.Select(v => v.Shape)],
            Data = kind is null ? values[0].Data : null,
        };
        for (var k = 0; k < values.Length; k++)
        {
            if (_map[k].TryGetValue(values[k], out var candidates))
            {
                candidates.Add(value);
            }
            else
            {
                _map[k][values[k]] = [value];
            }
        }

        _seen[value] = values;
        _sizes.Add(value);
        return value;
    }
}

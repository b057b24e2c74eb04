namespace SegSharp.Torch;

/// <summary>An operator that ran.</summary>
/// <param name="Name">With its namespace: "aten::max_pool2d".</param>
/// <param name="Arguments">Tensors, lists (long[]), numbers; null for None. Tensors are the callers' own objects.</param>
/// <param name="Result">The first result; null when it ran for its effect on its first argument.</param>
public sealed record OperatorCall(string Name, IReadOnlyList<object?> Arguments, Tensor? Result)
{
    /// <summary>"Tensor", "Scalar", or empty for the plain one.</summary>
    public string Overload { get; init; } = "";

    /// <summary>Every result; empty when it ran for its effect.</summary>
    public IReadOnlyList<Tensor> Results { get; init; } = [];
}

/// <summary>Listens to the operators that this thread runs, until it is disposed: how summaries of networks see every layer.</summary>
public sealed class OperatorTrace : IDisposable
{
    [ThreadStatic]
    private static OperatorTrace? _current;

    private readonly OperatorTrace? _outer = _current;
    private readonly Action<OperatorCall> _on;

    /// <summary>Begins to listen.</summary>
    /// <param name="on">Called after each operator, on its thread; must not keep the tensors.</param>
    public OperatorTrace(Action<OperatorCall> on)
    {
        _on = on;
        _current = this;
    }

    /// <summary>Whether this thread is listened to: what can run as one operator or as several then runs as several, so that each is seen.</summary>
    public static bool IsOn => _current is not null;

    internal static OperatorTrace? Current => _current;

    /// <summary>Stops listening.</summary>
    public void Dispose() => _current = _outer;

    internal void Record(Operator op, ReadOnlySpan<Argument> arguments, params ReadOnlySpan<Tensor> results)
    {
        var values = new object?[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            values[i] = arguments[i].Value;
        }

        // What the listener itself computes is not reported to it.
        _current = _outer;
        try
        {
            _on(new OperatorCall(op.Name, values, results.Length > 0 ? results[0] : null) { Overload = op.Overload, Results = results.ToArray() });
        }
        finally
        {
            _current = this;
        }
    }
}

namespace SegSharp.Torch;

/// <summary>libtorch refused: the operator, the shapes it was given, and its own words.</summary>
/// <param name="operation">The operator's name with its arguments, such as "aten::add([2,3] float32, [4] float32)".</param>
/// <param name="reason">libtorch's message, without its stack trace.</param>
public sealed class TorchException(string operation, string reason)
    : SegSharpException($"{operation}: {reason.Trim()}")
{
    /// <summary>The operator's name with its arguments.</summary>
    public string Operation { get; } = operation;

    /// <summary>libtorch's message.</summary>
    public string Reason { get; } = reason;
}

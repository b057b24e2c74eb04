namespace SegSharp.Losses;

/// <summary>Two tensors that belong together lie on different grids.</summary>
/// <param name="message">Both shapes and what was expected.</param>
public sealed class ShapeException(string message) : SegSharpException(message);

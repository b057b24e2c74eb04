namespace SegSharp.Foundation;

/// <summary>The input is bad: an unreadable file, grids that differ, a checkpoint of another network. Exit code 3.</summary>
/// <inheritdoc/>
public sealed class InputException(string message, string? fix = null, Exception? inner = null)
    : SegSharpException(message, fix, inner);

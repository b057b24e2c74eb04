using SegSharp.Foundation;

namespace SegSharp.Export;

/// <summary>A computation that cannot be written as a graph for every size, or at all; says why.</summary>
internal sealed class ExportException(string message) : SegSharpException(message, "export it for one size: --size HxW");

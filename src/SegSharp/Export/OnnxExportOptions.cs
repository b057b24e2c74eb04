namespace SegSharp.Export;

/// <summary>What <see cref="OnnxExport"/> is asked for.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Sides of the image, (D,) H, W, when the file shall hold for this size alone; null for every size that the network takes.</summary>
    public IReadOnlyList<long>? Sides { get; init; }

    /// <summary>What else the file shall say about itself, by key: labels, channels, preprocessing.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>What was exported.</summary>
/// <param name="Path">The file.</param>
/// <param name="Input">The image's axes: numbers where they are fixed, names where any size goes ("batch", 1, "height", "width").</param>
/// <param name="Nodes">Operators in the file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Checked">Shapes of the images at which the graph was computed again and held against the network.</param>
/// <param name="LargestDifference">Between the logits of both, over these images.</param>
public sealed record OnnxExportReport(string Path, IReadOnlyList<string> Input, int Nodes, long Bytes, IReadOnlyList<IReadOnlyList<long>> Checked, double LargestDifference);

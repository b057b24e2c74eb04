using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;
using SegSharp.Imaging.Formats.Nifti;
using SegSharp.Metrics;

namespace SegSharp.Doctor;

/// <summary>A label map that went to the network's grid and back: what that alone costs, before any network has erred.</summary>
/// <param name="Name">Which way: "spacing 1.5x1.5x1.5", "rotated copy".</param>
/// <param name="Prepared">Voxels per axis on the network's grid.</param>
/// <param name="SameGrid">
/// Whether the grid that came back is that of the file: the steps undone lead to its place (rounding aside), and a NIfTI of what came
/// back, written and read again, has the same numbers, bit for bit.
/// </param>
/// <param name="Dice">By label: the Dice between the map that came back and the one that left; null where the label is in neither.</param>
public sealed record RoundTrip(string Name, Extent Prepared, bool SameGrid, IReadOnlyDictionary<ushort, double?> Dice)
{
    /// <summary>The smallest Dice of any label; null where there is no foreground at all.</summary>
    public double? Worst => Dice.Values.Min();

    /// <summary>Sends a label map there and back.</summary>
    /// <param name="name">How it is called in tables.</param>
    /// <param name="labels">The map.</param>
    /// <param name="options">The steps of the grid.</param>
    /// <param name="image">The image, where the steps crop to its nonzero voxels.</param>
    /// <param name="isMoved">Whether the map's grid was changed since it was read.</param>
    public static RoundTrip Of(string name, LabelMap labels, PreparationOptions options, Volume? image = null, bool isMoved = false)
    {
        // A grid that was never in a file is taken as a file would hold it.
        var start = labels.Path is { } path && new NiftiFormat().Endings.Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase)) && !isMoved
            ? labels
            : new LabelMap(labels.Name, Held(labels), labels.Labels);
        var there = Preparation.PrepareLabels(start, options, image);
        var back = there.Record.Restore(there.Labels, labels.Name, options.LabelOrder);
        var comparison = new Comparison(back, start);
        var values = labels.Histogram().Select(l => (ushort)l.Label).Where(l => l != 0);
        return new RoundTrip(
            name,
            there.Labels.Extent,
            there.Record.Undone().Match(start.Geometry) != GridMatch.Different && Held(back) == start.Geometry,
            values.ToDictionary(l => l, l => Metric.Dice.Of(comparison, new Region($"{l}", l))));
    }

    // The grid of a map as NIfTI holds it: written, and read again.
    private static Geometry Held(LabelMap map)
    {
        using var file = new MemoryStream();
        var format = new NiftiFormat();
        format.Write(file, map.ToVolume());
        using var source = ByteSource.Of($"{map.Name}.nii", file.ToArray());
        return format.Read(source, Reading.Indices).Geometry;
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>The values that occur in a folder of masks, and how they become labels 0, 1, 2 ….</summary>
internal sealed class MaskValues
{
    private readonly SortedDictionary<int, int> _labelOf;
    private readonly int? _threshold;
    private readonly bool _binary;

    private MaskValues(SortedDictionary<int, int> labelOf, int? threshold, bool binary)
    {
        _labelOf = labelOf;
        _threshold = threshold;
        _binary = binary;
    }

    /// <summary>Looks through all masks.</summary>
    /// <exception cref="InputException">So many values that they cannot be labels.</exception>
    public static MaskValues Of(IEnumerable<string> masks, FolderImportOptions options, CancellationToken cancel)
    {
        if (options.MaskThreshold is not null || options.Binary)
        {
            return new([], options.MaskThreshold, options.Binary);
        }

        var seen = new SortedSet<int>();
        foreach (var path in masks)
        {
            cancel.ThrowIfCancellationRequested();
            var before = seen.Count;
            foreach (var (value, _) in LabelMap.Read(path).Histogram())
            {
                seen.Add(value);
            }

            if (IsJpeg(path) && seen.Any(v => v is not 0 and not 255))
            {
                throw new InputException(
                    $"JPEG mask '{path}' holds {seen.Count} values ({string.Join(", ", seen.Take(6))}{(seen.Count > 6 ? ", …" : "")}): JPEG blurs masks, so they are no labels as they stand",
                    "--mask-threshold 128 makes every value from 128 on foreground");
            }

            if (seen.Count > Math.Max(32, options.Labels?.Count ?? 0) && seen.Count > before)
            {
                throw new InputException(
                    $"mask '{path}' brings the values found to {seen.Count} ({string.Join(", ", seen.Take(6))}, …): too many for labels",
                    "--binary makes every value above 0 foreground (masks that number their objects); --mask-threshold 128 every value from 128 on");
            }
        }

        // 0 is background whether it occurs or not; labels that are consecutive already stay as they are.
        seen.Add(0);
        var consecutive = options.Labels is { } labels ? seen.All(v => labels.Contains((ushort)v)) : seen.Max == seen.Count - 1;
        var map = new SortedDictionary<int, int>();
        foreach (var value in seen)
        {
            map.Add(value, consecutive ? value : map.Count);
        }

        return new(map, null, false);
    }

    /// <summary>The labels of the data set: the given ones, or names made up.</summary>
    /// <exception cref="InputException">More values than labels.</exception>
    public LabelList Labels(FolderImportOptions options)
    {
        var largest = _labelOf.Count == 0 ? 1 : Math.Max(1, _labelOf.Values.Max());
        if (options.Labels is not { } given)
        {
            return new([new("background", [0]), .. Enumerable.Range(1, largest).Select(l => new NamedLabel(largest == 1 ? "foreground" : $"label {l}", [(ushort)l]))]);
        }

        return largest < given.Count
            ? given
            : throw new InputException(
                $"masks hold the values {string.Join(", ", _labelOf.Keys)}, but the labels given are {given.Describe()}",
                $"name them all: --labels {string.Join(",", Enumerable.Range(1, largest).Select(l => $"{l}=NAME"))}");
    }

    /// <summary>What was understood, in a sentence.</summary>
    public string Explain(LabelList labels)
    {
        if (_threshold is { } t)
        {
            return $"mask values from {t} on became 1 {labels.NameOf(1)}, all others 0 background";
        }

        return _binary
            ? $"mask values above 0 became 1 {labels.NameOf(1)}"
            : "mask values became labels: " + string.Join(", ", _labelOf.Select(v => $"{v.Key} → {v.Value} {labels.NameOf((ushort)v.Value)}"));
    }

    /// <summary>A mask with its values turned into labels.</summary>
    public LabelMap Convert(string path)
    {
        var map = LabelMap.Read(path);
        var least = _threshold ?? 1;
        return _threshold is not null || _binary
            ? map.Select(v => v >= least ? (ushort)1 : (ushort)0)
            : map.Select(v => (ushort)_labelOf[v]);
    }

    /// <summary>Whether the name says that the mask was stored with loss.</summary>
    public static bool IsJpeg(string path) =>
        path.EndsWith(".jpg", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".jpeg", StringComparison.OrdinalIgnoreCase);
}

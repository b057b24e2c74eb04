using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Import;

/// <summary>The labels of the data set, and how those of the files become them.</summary>
/// <param name="List">Names and integers.</param>
/// <param name="Change">What becomes of a label in a file; null = all stay.</param>
internal sealed record BratsLabels(LabelList List, Func<ushort, ushort>? Change)
{
    // nnU-Net's order for BraTS: edema, necrosis, enhancing.
    private static readonly Dictionary<ushort, ushort> NnUNet = new() { [2] = 1, [1] = 2, [4] = 3 };

    /// <summary>Looks at every label map and decides.</summary>
    /// <exception cref="InputException">Label 3 without 4, or a label that BraTS does not have.</exception>
    public static BratsLabels Of(IReadOnlyList<BratsPatient> patients, BratsImportOptions options, Action<RunEvent>? on, CancellationToken cancel)
    {
        var change = Renaming(options.Relabel);
        if (options.Labels is { } given)
        {
            return options.Consecutive
                ? throw new UsageException("--labels and --consecutive exclude each other", "give the numbers in --labels, and --map to come there")
                : new BratsLabels(given, change);
        }

        var first = new SortedDictionary<ushort, string>();
        var labelled = patients.Where(p => p.HasLabels).ToList();
        for (var i = 0; i < labelled.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var label in labelled[i].ReadLabels()!.Histogram().Select(l => (ushort)l.Label))
            {
                first.TryAdd(change is null ? label : change(label), labelled[i].LabelFile!);
            }

            on?.Invoke(new Progressed("look at labels", i + 1, labelled.Count, labelled[i].Id));
        }

        if (first.FirstOrDefault(l => l.Key > 4) is { Value: not null } stranger)
        {
            throw new InputException(
                $"label map '{stranger.Value}' holds label {stranger.Key}; BraTS has 0, 1, 2 and 4, until 2016 also 3",
                $"--map \"{stranger.Key}=2\" renames it, --labels \"1=necrosis,2=edema,{stranger.Key}=NAME\" keeps it");
        }

        if (first.TryGetValue(3, out var holder) && !first.ContainsKey(4))
        {
            throw new InputException(
                $"label map '{holder}' holds label 3 and none holds 4: that is enhancing tumour in BraTS 2023, and non-enhancing tumour until 2016",
                "say which: --map 3=4 (BraTS 2023) or --map 3=1 (until 2016)");
        }

        return first.ContainsKey(3) ? Older(options, change, on) : Newer(options, change, on);
    }

    private static BratsLabels Newer(BratsImportOptions options, Func<ushort, ushort>? change, Action<RunEvent>? on)
    {
        if (!options.Consecutive)
        {
            return new(BratsImporter.Labels, change);
        }

        on?.Invoke(new Noted("labels are numbered as nnU-Net does for BraTS: 2 → 1 edema, 1 → 2 necrosis, 4 → 3 enhancing; the whole tumour is 1+2+3, its core 2+3"));
        return new(
            new LabelList([new("background", [0]), new("edema", [1]), new("necrosis", [2]), new("enhancing", [3])]),
            l => NnUNet.GetValueOrDefault(change is null ? l : change(l)));
    }

    private static BratsLabels Older(BratsImportOptions options, Func<ushort, ushort>? change, Action<RunEvent>? on)
    {
        if (options.Consecutive)
        {
            throw new InputException("labels are 0 to 4 as in BraTS until 2016, which --consecutive does not know", "add --map 3=1: non-enhancing tumour counts as necrosis, as since 2017");
        }

        on?.Invoke(new Noted("labels are 0 to 4 as in BraTS until 2016, where 3 is non-enhancing tumour; --map 3=1 counts it as necrosis, as since 2017"));
        return new(
            new LabelList([new("background", [0]), new("necrosis", [1]), new("edema", [2]), new("non-enhancing", [3]), new("enhancing", [4])]),
            change);
    }

    private static Func<ushort, ushort>? Renaming(IReadOnlyDictionary<ushort, ushort> relabel) =>
        relabel.Any(r => r.Key != r.Value) ? l => relabel.TryGetValue(l, out var to) ? to : l : null;
}

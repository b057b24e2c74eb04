using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Prediction;

namespace SegSharp;

public sealed partial class Predictor
{
    // Above this size what earlier images have left is collected before memory is planned: 64 MB of float.
    private const long LargeVolume = 1 << 24;

    // Without a patch of the training a volume goes through in one piece up to this many voxels, and in cubes of this side above.
    private const long WholeVolume = 1 << 21;
    private const int Cube = 128;

    private readonly Dictionary<string, SlidingWindow> _windows = new(StringComparer.Ordinal);
    private string? _told;

    // Pages go one by one only where each comes out the same alone.
    private bool SeesVolume(int depth) => _network.Dimensions == 3 || _recipe.Preparation.NeedsVolume || (depth > 1 && _recipe.Preparation.MeasuresVolume);

    private Predicted PredictVolume(Volume image, Wanted wanted, CancellationToken cancel)
    {
        var (name, path) = (image.Name, image.Path);
        PreparedCase prepared;
        using (Clock.In(PredictionPhase.Preparing))
        {
            prepared = Preparation.Prepare(new LoadedCase(new Case(name, [path ?? name], null), image, null), _recipe.Preparation);
        }

        var (sample, record) = (prepared.Sample, prepared.Record);
        if (sample.Extent.Count > LargeVolume)
        {
            Machine.ReleaseGarbage();
        }

        var window = WindowOver(record.Prepared, On);
        var source = new PreparedSource(sample);
        var planned = NewSinks(record, [], wanted, planning: true);
        var plan = MemoryPlan.Make(window, sample.Extent, planned.All, [new MemoryItem("labels", LabelBytes(record)), .. BesideItems(record, wanted)], MemoryCeiling);
        Tell(name, plan);
        var voxels = new ushort[record.Cropped.Extent.Count];
        var sinks = NewSinks(record, voxels, wanted);
        window.Run(source, sinks.All, plan.Layout, Clock, On, cancel);

        using var back = Clock.In(PredictionPhase.Resampling);
        Volume? Whole(ProbabilitySink? sink, int channels, bool background) => sink is null
            ? null
            : record.FromCropped(Volume.Of<float>(name, record.Cropped, channels, sink.Probabilities), name, background);
        return new Predicted(record.FromCropped(new LabelMap(name, record.Cropped, voxels), name), Whole(sinks.Probabilities, _recipe.Network.Classes, !_rule.Sigmoid))
        {
            Entropy = Whole(sinks.Entropy, 1, background: false),
        };
    }

    /// <summary>Predicts the peak before anything but a header has been read, and refuses what the ceiling cannot hold.</summary>
    private void RequireMemory(PredictionInput input, Wanted wanted)
    {
        var headers = input.Headers();
        if (!SeesVolume(headers[0].Extent.Depth))
        {
            return;
        }

        var geometry = new Geometry { Extent = headers[0].Extent, Spacing = headers[0].Spacing ?? Triple.One };
        if (geometry.Spacing is not { X: > 0, Y: > 0, Z: > 0 })
        {
            return;                                                     // the reader says what is wrong with it
        }

        if (wanted.HasFlag(Wanted.Probabilities) && geometry.Extent.Count * _recipe.Network.Classes * sizeof(float) > Imaging.Formats.Limits.MaxBytes)
        {
            throw new InputException(
                $"the probabilities of '{input.Files[0]}' ({_recipe.Network.Classes} classes of {geometry.Extent}) would take {ByteSize.Format(geometry.Extent.Count * _recipe.Network.Classes * sizeof(float))}; at most {ByteSize.Format(Imaging.Formats.Limits.MaxBytes)} are held",
                "predict without --probabilities");
        }

        var record = PreparationRecord.Plan(geometry, _recipe.Preparation with { Orientation = null }, () => null);
        var voxels = geometry.Extent.Count * headers.Sum(h => h.Channels);
        MemoryItem[] held =
        [
            new("image", headers.Sum(h => h.Extent.Count * h.Channels * h.Type.Size())),
            new("prepared image", Math.Max(voxels, record.Prepared.Extent.Count * (headers.Sum(h => h.Channels) + _recipe.Preparation.AddedChannels)) * sizeof(float)),
            new("labels", LabelBytes(record)),
            .. BesideItems(record, wanted),
        ];
        var plan = MemoryPlan.Make(WindowOver(record.Prepared, on: null), record.Prepared.Extent, NewSinks(record, [], wanted, planning: true).All, held, MemoryCeiling);
        Tell(input.Name, plan);
    }

    // Once for each image: from its header where a file is predicted, else when it is there.
    private void Tell(string name, MemoryPlan plan)
    {
        if (_told != name)
        {
            On?.Invoke(new Noted($"{name}: {plan}"));
        }

        _told = name;
    }

    private (ILogitsSink All, ProbabilitySink? Probabilities, ProbabilitySink? Entropy) NewSinks(PreparationRecord record, ushort[] voxels, Wanted wanted, bool planning = false)
    {
        // While memory is planned the sinks are asked for their sizes only, and hold nothing for the whole volume.
        ProbabilitySink? Beside(Wanted which) => wanted.HasFlag(which)
            ? new(record.Prepared.Extent, record.Cropped.Extent, _recipe.Network.Classes, _rule.Sigmoid, CoarseAxis(record), which == Wanted.Entropy, planning)
            : null;
        var (probabilities, entropy) = (Beside(Wanted.Probabilities), Beside(Wanted.Entropy));
        ILogitsSink[] all = [NewSink(record, voxels), .. new[] { probabilities, entropy }.OfType<ILogitsSink>()];
        return (all.Length == 1 ? all[0] : new JoinedSink(all), probabilities, entropy);
    }

    private ILogitsSink NewSink(PreparationRecord record, ushort[] voxels)
    {
        var (from, to, coarse, shifts) = (record.Prepared.Extent, record.Cropped.Extent, CoarseAxis(record), _rule.Shifts());
        if (_rule.Paints is { } paints)
        {
            var painted = LabelSink.Painting([.. paints.Select(p => (int)p)], from, to, voxels, coarse);
            return shifts is null ? painted : new ThresholdSink(painted, paints.Count, shifts, widen: false);
        }

        var sink = LabelSink.Into(_rule.Values.Count, from, to, voxels, _rule.Values, coarse);
        return _rule.Sigmoid ? new ThresholdSink(sink, _rule.Channels, shifts ?? new float[_rule.Channels])
            : shifts is null ? sink
            : new ThresholdSink(sink, _rule.Channels, shifts, widen: false);
    }

    private int? CoarseAxis(PreparationRecord record) =>
        record.Resamples ? _recipe.Preparation.LabelResampling.CoarseAxis(record.Prepared.Spacing, record.Cropped.Spacing) : null;

    // The labels on the cropped grid; on the file's own grid again where that is another one; and as the file holds them.
    private long LabelBytes(PreparationRecord record) =>
        (sizeof(ushort) * (record.Cropped.Extent.Count + (record.Crops || record.Oriented != record.Original ? record.Original.Extent.Count : 0)))
        + (record.Original.Extent.Count * (_rule.Values.Max() > byte.MaxValue ? sizeof(ushort) : sizeof(byte)));

    // On the cropped grid, and on the file's own.
    private IEnumerable<MemoryItem> BesideItems(PreparationRecord record, Wanted wanted)
    {
        var maps = (wanted.HasFlag(Wanted.Probabilities) ? _recipe.Network.Classes : 0) + (wanted.HasFlag(Wanted.Entropy) ? 1 : 0);
        return maps > 0 ? [new("probabilities", 2L * sizeof(float) * maps * record.Original.Extent.Count)] : [];
    }

    // A window is measured once: images of one patch and one set of mirrored axes share it.
    private SlidingWindow WindowOver(Geometry prepared, Action<RunEvent>? on)
    {
        var options = WindowOptions(prepared, on);
        var key = $"{string.Join('x', options.Patch)}|{string.Join(',', options.MirrorAxes)}|{options.Turns}";
        if (!_windows.TryGetValue(key, out var window))
        {
            _windows[key] = window = new SlidingWindow(_network, options, _device);
        }

        return window;
    }

    private SlidingWindowOptions WindowOptions(Geometry prepared, Action<RunEvent>? on)
    {
        var o = _recipe.Prediction;
        var (extent, axes) = (prepared.Extent, _network.Dimensions);
        var patch = o.Patch ?? (axes == 3 || _recipe.Preparation.Context is not null ? _recipe.Training.PatchSize : null)
            ?? (axes == 3
                ? (extent.Count <= WholeVolume ? new Extent(0, 0, 0) : new Extent(Cube, Cube, Cube))
                : (extent.PageCount <= o.WholeUpTo ? new Extent(0, 0) : new Extent(o.Tile, o.Tile)));
        IReadOnlyList<int> mirrored = o.AveragingOf(volume: true) != Averaging.None
            ? LeftRight.AxesToMirror([.. Enumerable.Range(0, axes)], axes, _recipe.Labels.Keys, prepared.Orientation, on)
            : [];
        return o.Window(axes == 3 ? [patch.Depth, patch.Height, patch.Width] : [patch.Height, patch.Width], mirrored);
    }
}

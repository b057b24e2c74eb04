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

    private IReadOnlyList<ushort> LabelValues => [.. _recipe.Labels.Values.Order().Select(v => (ushort)v)];

    // A sigmoid head's threshold among the logits.
    private float? LogitThreshold => _recipe.Loss.Head == Head.Sigmoid
        ? (float)Math.Log(_recipe.Prediction.Threshold / (1 - _recipe.Prediction.Threshold))
        : null;

    private Predicted PredictVolume(Volume image, bool probabilities, CancellationToken cancel)
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
        var source = new PreparedSource(sample.Image, sample.Channels, sample.Extent);
        var voxels = new ushort[record.Cropped.Extent.Count];
        var sink = NewSink(record, voxels);
        var plan = MemoryPlan.Make(window, sample.Extent, sink, [new MemoryItem("labels", LabelBytes(record)), .. ProbabilityItem(record, probabilities)], MemoryCeiling);
        Tell(name, plan);
        window.Run(source, sink, plan.Layout, Clock, On, cancel);

        using var back = Clock.In(PredictionPhase.Resampling);
        var labels = record.FromCropped(new LabelMap(name, record.Cropped, voxels), name);
        return new Predicted(labels, probabilities ? ProbabilitiesOf(name, window, source, record, plan.Layout, cancel) : null);
    }

    /// <summary>Predicts the peak before anything but a header has been read, and refuses what the ceiling cannot hold.</summary>
    private void RequireMemory(PredictionInput input, bool probabilities)
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

        if (probabilities && geometry.Extent.Count * _recipe.Network.Classes * sizeof(float) > Imaging.Formats.Limits.MaxBytes)
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
            new("prepared image", Math.Max(voxels, record.Prepared.Extent.Count * headers.Sum(h => h.Channels)) * sizeof(float)),
            new("labels", LabelBytes(record)),
            .. ProbabilityItem(record, probabilities),
        ];
        var plan = MemoryPlan.Make(WindowOver(record.Prepared, on: null), record.Prepared.Extent, NewSink(record, []), held, MemoryCeiling);
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

    private Volume ProbabilitiesOf(string name, SlidingWindow window, PreparedSource source, PreparationRecord record, BlockLayout layout, CancellationToken cancel)
    {
        var classes = _recipe.Network.Classes;
        var sink = new ProbabilitySink(record.Prepared.Extent, record.Cropped.Extent, classes, _recipe.Loss.Head == Head.Sigmoid, CoarseAxis(record));
        window.Run(source, sink, layout, Clock, On, cancel);
        return record.FromCropped(Volume.Of<float>(name, record.Cropped, classes, sink.Probabilities), name, background: _recipe.Loss.Head == Head.Softmax);
    }

    private ILogitsSink NewSink(PreparationRecord record, ushort[] voxels)
    {
        if (_recipe.Regions.Count > 0)
        {
            var painted = LabelSink.Painting([.. _recipe.Regions.Select(r => r.Writes)], record.Prepared.Extent, record.Cropped.Extent, voxels, CoarseAxis(record));
            return LogitThreshold is { } above and not 0 ? new ThresholdSink(painted, _recipe.Network.Classes, above, widen: false) : painted;
        }

        var sink = LabelSink.Into(LabelValues.Count, record.Prepared.Extent, record.Cropped.Extent, voxels, LabelValues, CoarseAxis(record));
        return LogitThreshold is { } threshold ? new ThresholdSink(sink, _recipe.Network.Classes, threshold) : sink;
    }

    private int? CoarseAxis(PreparationRecord record) =>
        record.Resamples ? _recipe.Preparation.LabelResampling.CoarseAxis(record.Prepared.Spacing, record.Cropped.Spacing) : null;

    // The labels on the cropped grid; on the file's own grid again where that is another one; and as the file holds them.
    private long LabelBytes(PreparationRecord record) =>
        (sizeof(ushort) * (record.Cropped.Extent.Count + (record.Crops || record.Oriented != record.Original ? record.Original.Extent.Count : 0)))
        + (record.Original.Extent.Count * (LabelValues.Max() > byte.MaxValue ? sizeof(ushort) : sizeof(byte)));

    private IEnumerable<MemoryItem> ProbabilityItem(PreparationRecord record, bool wanted) =>
        wanted ? [new("probabilities", 2L * sizeof(float) * _recipe.Network.Classes * record.Original.Extent.Count)] : [];

    // A window is measured once: images of one patch and one set of mirrored axes share it.
    private SlidingWindow WindowOver(Geometry prepared, Action<RunEvent>? on)
    {
        var options = WindowOptions(prepared, on);
        var key = $"{string.Join('x', options.Patch)}|{string.Join(',', options.MirrorAxes)}";
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
        var patch = o.Patch ?? (axes == 3 ? _recipe.Training.PatchSize : null)
            ?? (axes == 3
                ? (extent.Count <= WholeVolume ? new Extent(0, 0, 0) : new Extent(Cube, Cube, Cube))
                : (extent.PageCount <= o.WholeUpTo ? new Extent(0, 0) : new Extent(o.Tile, o.Tile)));
        IReadOnlyList<int> mirrored = o.Mirror
            ? LeftRight.AxesToMirror([.. Enumerable.Range(0, axes)], axes, _recipe.Labels.Keys, prepared.Orientation, on)
            : [];
        return o.Window(axes == 3 ? [patch.Depth, patch.Height, patch.Width] : [patch.Height, patch.Width], mirrored);
    }
}

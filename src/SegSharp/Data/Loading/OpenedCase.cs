using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>A case whose files were decoded once, from which its samples are taken.</summary>
internal sealed class OpenedCase : IDisposable
{
    private readonly LoadedCase? _loaded;
    private readonly PreparedCase? _prepared;
    private readonly PreparationOptions _options;
    private readonly LabelList _labels;
    private readonly bool _volumes;

    /// <summary>Prepares the whole where the steps need it; else pages are prepared when they are asked for.</summary>
    public OpenedCase(LoadedCase loaded, PreparationOptions options, LabelList labels, bool volumes)
    {
        (_options, _labels, _volumes) = (options, labels, volumes);
        if (volumes || options.NeedsVolume || loaded.Extent.Depth == 1 || options.MeasuresVolume)
        {
            _prepared = Preparation.Prepare(loaded, options, labels);
        }
        else
        {
            _loaded = loaded;
        }
    }

    /// <summary>How many samples the case is.</summary>
    public int Count => _volumes ? 1 : _prepared?.Sample.Depth ?? _loaded!.Extent.Depth;

    /// <summary>What it takes in memory.</summary>
    public long Bytes => _prepared is { } p
        ? BytesOf(p.Sample)
        : _loaded!.Image.Bytes.LongLength + (2L * (_loaded.Labels?.Labels.LongLength ?? 0)) + (2L * (_loaded.Objects?.Labels.LongLength ?? 0));

    /// <summary>A sample: the volume, or one of its pages.</summary>
    public Sample this[int index] =>
        _volumes ? _prepared!.Sample
        : _prepared is { } p ? p.Slice(index)
        : Preparation.PrepareSlice(_loaded!, index, _options, _labels);

    /// <summary>What a sample takes in memory.</summary>
    public static long BytesOf(Sample s) => (4L * s.Image.Length) + (2L * (s.Labels?.Length ?? 0)) + (4L * (s.Weights?.Length ?? 0));

    /// <summary>Nothing to give back; what waits in a line must be disposable.</summary>
    public void Dispose()
    {
    }
}

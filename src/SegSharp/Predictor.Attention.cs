using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Networks;

namespace SegSharp;

public sealed partial class Predictor
{
    private Predictor? _attention;

    /// <summary>The attention gates of the network, finest first; empty when it has none.</summary>
    public IReadOnlyList<string> Gates => AttentionView.GatesOf(_network);

    /// <summary>
    /// What the network's gates let through: for every gate a map on the image's own grid. Tiles and windows are blended as those of
    /// the masks are, as log(α / (1 − α)). Runs the network once more.
    /// </summary>
    /// <param name="image">As for <see cref="Predict(Volume, bool, CancellationToken)"/>.</param>
    /// <param name="cancel">Looked at between pages and tiles.</param>
    /// <returns>One channel per gate of <see cref="Gates"/>, float32 in [0, 1]; 0 where the preparation cut the image away.</returns>
    /// <exception cref="UsageException">The network has no gates.</exception>
    public Volume Attention(Volume image, CancellationToken cancel = default)
    {
        _attention ??= new(
            _recipe with
            {
                Network = new AttentionView(_network).Options,
                Loss = new BinaryCrossEntropyOptions(),
                Regions = [],
                Prediction = _recipe.Prediction with { Threshold = 0.5, Thresholds = null },
                Labels = Gates.Prepend("background").Select((name, i) => (name, i)).ToDictionary(g => g.name, g => g.i, StringComparer.Ordinal),
            },
            new AttentionView(_network),
            _device);
        _attention.MemoryCeiling = MemoryCeiling;
        return _attention.Predict(image, probabilities: true, cancel).Probabilities!;
    }
}

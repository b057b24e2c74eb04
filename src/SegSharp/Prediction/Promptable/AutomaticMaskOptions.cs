using SegSharp.Imaging;

namespace SegSharp.Prediction.Promptable;

/// <summary>Options of the automatic mask generator; the defaults are segment-anything's.</summary>
public sealed record AutomaticMaskOptions
{
    // A million clicks: more would take days, and the list of them the memory.
    private const int MostPerSide = 1024;

    /// <summary>Clicks along a side of the image; the square of it is asked.</summary>
    public int PointsPerSide { get; init; } = 32;

    /// <summary>Clicks decoded at once: memory, not result.</summary>
    public int PointsPerBatch { get; init; } = 64;

    /// <summary>Masks are kept whose predicted IoU is above this; 0 keeps all.</summary>
    public double MinimumQuality { get; init; } = 0.88;

    /// <summary>Masks are kept whose area hardly changes when the threshold moves; 0 keeps all.</summary>
    public double MinimumStability { get; init; } = 0.95;

    /// <summary>How far the threshold moves for that, in logits.</summary>
    public double StabilityOffset { get; init; } = 1;

    /// <summary>Of two masks whose boxes overlap more (IoU), the better predicted is kept.</summary>
    public double BoxOverlap { get; init; } = 0.7;

    /// <summary>How often the image is looked at again in crops, twice as many along a side each time.</summary>
    public int CropLayers { get; init; }

    /// <summary>As <see cref="BoxOverlap"/>, between crops; the smaller crop's mask is kept.</summary>
    public double CropBoxOverlap { get; init; } = 0.7;

    /// <summary>How much crops overlap, of the image's shorter side.</summary>
    public double CropOverlap { get; init; } = 512.0 / 1500;

    /// <summary>Clicks along a side are divided by this in every further layer.</summary>
    public int CropPointsDivisor { get; init; } = 1;

    /// <summary>Holes and islands of fewer pixels are filled and removed; 0 leaves them.</summary>
    public int MinimumRegion { get; init; }

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        foreach (var (key, value) in new[] { ("pointsPerSide", PointsPerSide), ("pointsPerBatch", PointsPerBatch), ("cropPointsDivisor", CropPointsDivisor) })
        {
            if (value < 1)
            {
                yield return Fault.At($"auto.{key}", $"is {value}; it must be 1 or more");
            }
        }

        if (PointsPerSide > MostPerSide)
        {
            yield return Fault.At("auto.pointsPerSide", $"is {PointsPerSide}; it must be {MostPerSide} or less");
        }

        if (CropLayers is < 0 or > 5)
        {
            yield return Fault.At("auto.cropLayers", $"is {CropLayers}; it must be 0 to 5");
        }

        if (MinimumRegion < 0)
        {
            yield return Fault.At("auto.minimumRegion", $"is {MinimumRegion}; it must be 0 or more");
        }

        foreach (var (key, value) in new[] { ("minimumQuality", MinimumQuality), ("minimumStability", MinimumStability), ("stabilityOffset", StabilityOffset) })
        {
            if (!double.IsFinite(value))
            {
                yield return Fault.At($"auto.{key}", $"is {value}; it must be a finite number");
            }
        }

        foreach (var (key, value) in new[] { ("boxOverlap", BoxOverlap), ("cropBoxOverlap", CropBoxOverlap), ("cropOverlap", CropOverlap) })
        {
            if (value is not (>= 0 and <= 1))
            {
                yield return Fault.At($"auto.{key}", $"is {value}; it must be 0 to 1");
            }
        }
    }
}

/// <summary>A mask that was found without being asked for.</summary>
/// <param name="Runs">Its pixels.</param>
/// <param name="Box">Left, top, width and height in pixels, as the original counts: from the first to the last pixel, so one less than pixels inside.</param>
/// <param name="Quality">The predicted IoU.</param>
/// <param name="Point">The click it answers.</param>
/// <param name="Stability">Area at a higher threshold over area at a lower one.</param>
/// <param name="Crop">Left, top, width and height of the crop it was found in.</param>
public sealed record AutomaticMask(RunLength Runs, PixelBox Box, double Quality, (double X, double Y) Point, double Stability, PixelBox Crop)
{
    /// <summary>Pixels inside.</summary>
    public long Area => Runs.Area;
}

/// <summary>A box of whole pixels.</summary>
/// <param name="X">Left.</param>
/// <param name="Y">Top.</param>
/// <param name="Width">To the right.</param>
/// <param name="Height">Downwards.</param>
public readonly record struct PixelBox(int X, int Y, int Width, int Height)
{
    /// <summary>Right.</summary>
    public int Right => X + Width;

    /// <summary>Bottom.</summary>
    public int Bottom => Y + Height;
}

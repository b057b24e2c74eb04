using System.Globalization;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;

namespace SegSharp.Figures.Volumes;

/// <summary>Which intensities are drawn black and which white.</summary>
/// <param name="Name">How it was asked for, such as "brain" or "1–99 %".</param>
/// <param name="Black">This value and all below are black.</param>
/// <param name="White">This value and all above are white.</param>
public sealed record DisplayWindow(string Name, double Black, double White)
{
    private const int MostCounted = 500_000;

    /// <summary>Whether values equal to this one are drawn black wherever they lie in the window: the ground that a skull-stripped, normalised image has at its corners. Null for none.</summary>
    public double? Ground { get; init; }

    /// <summary>A window by name or by numbers: a name of <see cref="WindowOptions.Named"/>, or <c>LEVEL,WIDTH</c>, or <c>auto</c>.</summary>
    /// <param name="text">The request; null is <c>auto</c>.</param>
    /// <param name="volume">The image, for <c>auto</c>.</param>
    /// <param name="channel">Its channel.</param>
    /// <exception cref="UsageException">Neither a known name nor two numbers.</exception>
    public static DisplayWindow Parse(string? text, Volume volume, int channel = 0)
    {
        if (text is null or "auto")
        {
            return Auto(volume, channel);
        }

        var parts = text.Split(',');
        if (parts.Length == 2
            && double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var level) && double.IsFinite(level)
            && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var width) && double.IsFinite(width) && width > 0)
        {
            return new DisplayWindow("level and width", level - (width / 2), level + (width / 2));
        }

        return WindowOptions.Named.TryGetValue(text, out var named)
            ? new DisplayWindow(text, named.Level - (named.Width / 2), named.Level + (named.Width / 2))
            : throw new UsageException(
                $"the window '{text}' is not known; known: auto, {string.Join(", ", WindowOptions.Named.Keys)}, or LEVEL,WIDTH such as 50,400",
                "--window auto");
    }

    /// <summary>From the 1st to the 99th percentile of the volume, so that single bright voxels do not darken the rest. Whatever equals the value at the corners does not count.</summary>
    /// <remarks>Of large volumes an evenly spread half million voxels is counted.</remarks>
    public static DisplayWindow Auto(Volume volume, int channel = 0)
    {
        var reader = new VoxelReader(volume, channel);
        var ground = reader.CornerValue();
        var step = (int)Math.Max(1, volume.Extent.Count / MostCounted);
        step += step > 1 && volume.Extent.Width % step == 0 ? 1 : 0;      // not the same columns in every row
        var sample = reader.Sample(step);
        var body = ground is { } g ? Array.FindAll(sample, v => v != g) : sample;
        var isMostlyGround = sample.Length > 0 && sample.Length - body.Length > 0.1 * sample.Length;
        var counted = isMostlyGround && body.Length > 0 ? body : sample;
        var statistics = IntensityStatistics.Of(counted);
        var (black, white) = (statistics.At(1), statistics.At(99));
        if (!(white > black))
        {
            (black, white) = (statistics.Minimum, statistics.Maximum > statistics.Minimum ? statistics.Maximum : statistics.Minimum + 1);
        }

        return new DisplayWindow("1–99 %", black, white) { Ground = isMostlyGround && ground > black ? ground : null };
    }

    /// <summary>"window brain: 0 to 80".</summary>
    public override string ToString() => $"window {Name}: {Text(Black)} to {Text(White)}";

    private static string Text(double value) => value.ToString(Math.Abs(value) >= 100 ? "0" : "0.##", CultureInfo.InvariantCulture).Replace('-', '−');
}

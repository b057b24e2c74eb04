using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Signals;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomMotion"/>.</summary>
public sealed record MotionOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.1;

    /// <summary>How often the patient moves during the scan.</summary>
    public int Moves { get; init; } = 6;

    /// <summary>Largest turn in the plane of the slices, degrees.</summary>
    public double Degrees { get; init; } = 5;

    /// <summary>Largest shift in the plane of the slices, voxels.</summary>
    public double Shift { get; init; } = 5;

    /// <summary>The axis that is measured line by line: 0 = x, 1 = y, 2 = z; null draws x or y.</summary>
    public int? Axis { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. CheckProbability("augmentation.motion.probability", Probability),
        .. CheckRange("augmentation.motion.moves", Moves, Moves, 1, 1000),
        .. CheckRange("augmentation.motion.degrees", Degrees, Degrees, 0),
        .. CheckRange("augmentation.motion.shift", Shift, Shift, 0),
        .. Axis is null or 0 or 1 or 2 ? [] : new[] { Fault.At("augmentation.motion.axis", $"is {Axis}; it must be 0, 1 or 2") },
    ];
}

/// <summary>A patient who moves while the lines of frequency space are measured one after another.</summary>
/// <remarks>
/// Source: Shaw et al. 2019: lines of moved copies put together. Differs: the place at which the middle of frequency space was measured is
/// the image's own, so that labels stay where they are.
/// </remarks>
public sealed class RandomMotion(MotionOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var moves = new PatientMove[o.Moves];
        for (var i = 0; i < moves.Length; i++)
        {
            moves[i] = new PatientMove(random.NextDouble(), random.Between(-o.Degrees, o.Degrees), random.Between(-o.Shift, o.Shift), random.Between(-o.Shift, o.Shift));
        }

        var axis = random.Next(2);
        return change && (o.Degrees > 0 || o.Shift > 0) ? new Motion([.. moves.OrderBy(m => m.Time)], o.Axis ?? axis) : null;
    }
}

/// <summary>Where the patient lies from a moment on.</summary>
/// <param name="Time">In the scan: 0 = its beginning, 1 = its end; the middle of frequency space is measured at 0.5.</param>
/// <param name="Degrees">Turned by, about the middle of the slice.</param>
/// <param name="X">Shifted by, voxels.</param>
/// <param name="Y">Shifted by, voxels.</param>
public sealed record PatientMove(double Time, double Degrees, double X, double Y);

/// <summary>Lines of moved copies in one frequency space.</summary>
/// <param name="Moves">In the order of their times.</param>
/// <param name="Axis">The axis that is measured line by line: 0 = x, 1 = y, 2 = z.</param>
public sealed record Motion(PatientMove[] Moves, int Axis) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Moves.All(m => m is { Degrees: 0, X: 0, Y: 0 }) ? sample : Tone.PerChannel(sample, channel =>
    {
        var level = KSpace.Level(channel);
        var (length, step) = KSpace.LineOf(sample.Extent, Axis);
        var mixed = KSpace.Transformed(channel, level, sample.Extent, Axis);
        var poses = Enumerable.Range(0, length).Select(i => PoseAt((Fourier.Frequency(i, length) + (length / 2)) / (double)length)).ToArray();
        foreach (var pose in poses.OfType<PatientMove>().Distinct())
        {
            var moved = KSpace.Transformed(Moved(channel, sample.Extent, pose), level, sample.Extent, Axis);
            for (var i = 0; i < mixed.Length; i++)
            {
                if (ReferenceEquals(poses[i / step % length], pose))
                {
                    mixed[i] = moved[i];
                }
            }
        }

        Fourier.Along(mixed, sample.Extent, Axis, inverse: true);
        KSpace.Magnitude(mixed, level, channel);
    });

    // Counted from the middle to both sides: what is measured there is where the labels are.
    private PatientMove? PoseAt(double time) => time >= 0.5
        ? Moves.LastOrDefault(m => m.Time > 0.5 && m.Time <= time)
        : Moves.FirstOrDefault(m => m.Time < 0.5 && m.Time >= time);

    private static float[] Moved(ReadOnlySpan<float> channel, Extent extent, PatientMove pose)
    {
        var (w, h) = (extent.Width, extent.Height);
        var page = w * h;
        var moved = new float[channel.Length];
        var (sin, cos) = Math.SinCos(pose.Degrees * Math.PI / 180);
        var (cx, cy) = ((w - 1) / 2.0, (h - 1) / 2.0);
        for (var i = 0; i < page; i++)
        {
            var (px, py) = ((i % w) - cx - pose.X, (i / w) - cy - pose.Y);
            var x = Math.Clamp(cx + (cos * px) - (sin * py), 0, w - 1);
            var y = Math.Clamp(cy + (sin * px) + (cos * py), 0, h - 1);
            var (x0, y0) = (Math.Min((int)x, Math.Max(0, w - 2)), Math.Min((int)y, Math.Max(0, h - 2)));
            var (tx, ty) = ((float)(x - x0), (float)(y - y0));
            var (right, down) = (w > 1 ? 1 : 0, h > 1 ? w : 0);
            for (var start = 0; start < channel.Length; start += page)
            {
                var at = start + (y0 * w) + x0;
                var upper = channel[at] + (tx * (channel[at + right] - channel[at]));
                var lower = channel[at + down] + (tx * (channel[at + down + right] - channel[at + down]));
                moved[start + i] = upper + (ty * (lower - upper));
            }
        }

        return moved;
    }
}

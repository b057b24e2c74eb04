using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling.Warping;

namespace SegSharp.Augmentation;


/// <summary>Options of <see cref="RandomRotate90"/>.</summary>
public sealed record Rotate90Options : TransformOptions
{
    /// <summary>Whether a volume also turns about x and y, by quarters where its sides are as long; otherwise in the plane of its slices alone.</summary>
    public bool AnyPlane { get; init; }

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() => [];
}

/// <summary>Turns image and labels by 0, 90, 180 or 270 degrees, each equally likely; where the two sides differ only by 0 or 180. A volume turns in the plane of its slices, or takes any of the 24 ways in which a cube can lie.</summary>
/// <remarks>Source: Ronneberger et al. 2015, section 3.1: a few images of tissue without a preferred direction.</remarks>
public sealed class RandomRotate90(Rotate90Options o) : Transform
{
    /// <summary>The options in use.</summary>
    public Rotate90Options Options { get; } = o;

    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var quarters = random.Next(4);
        var face = random.Next(6);
        if (extent.Width != extent.Height)
        {
            quarters &= 2;     // a quarter turn would change the size and no longer fit its batch
        }

        // Which of six faces comes to the top: 0 to 3 quarters about x, 1 or 3 about y.
        var (tilt, axis) = !Options.AnyPlane || extent.Depth == 1 ? (0, 0) : face < 4 ? (face, 0) : (face == 4 ? 1 : 3, 1);
        if ((axis == 0 ? extent.Height : extent.Width) != extent.Depth)
        {
            tilt &= 2;
        }

        return (quarters, tilt) == (0, 0) ? null : new Rotate90(quarters, tilt, tilt == 0 ? 0 : axis);
    }
}

/// <summary>A turn by quarters about z, counter-clockwise as the picture is seen, then one about x or y; exact, no interpolation.</summary>
/// <param name="Quarters">0, 1, 2 or 3 times 90 degrees about z.</param>
/// <param name="Tilt">0, 1, 2 or 3 times 90 degrees about <paramref name="TiltAxis"/>, afterwards.</param>
/// <param name="TiltAxis">0 = x, 1 = y.</param>
public sealed record Rotate90(int Quarters, int Tilt = 0, int TiltAxis = 0) : SpatialDrawn
{
    internal override bool IsExact => true;

    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Apply(Apply(sample, Quarters, 2), Tilt, TiltAxis);

    internal override Extent After(Extent extent) => After(After(extent, Quarters, 2), Tilt, TiltAxis);

    internal override WarpStep Step(Extent extent) =>
        new(Source(After(extent, Quarters, 2), Tilt, TiltAxis).Then(Source(extent, Quarters, 2)));

    private static Extent After(Extent e, int quarters, int axis) => (quarters & 1) == 0 ? e : axis switch
    {
        0 => new(e.Width, e.Depth, e.Height),
        1 => new(e.Depth, e.Height, e.Width),
        _ => new(e.Height, e.Width, e.Depth),
    };

    // Seen in the plane that turns, y and z, z and x, or x and y: a quarter takes (a, b) of the result from (across − 1 − b, a).
    private static Affine Source(Extent extent, int quarters, int axis)
    {
        var (across, down) = axis switch
        {
            0 => (extent.Height, extent.Depth),
            1 => (extent.Depth, extent.Width),
            _ => (extent.Width, extent.Height),
        };
        Triple Place(double a, double b, double rest = 0) => axis switch
        {
            0 => new(rest, a, b),
            1 => new(b, rest, a),
            _ => new(a, b, rest),
        };
        var (first, second, offset) = (quarters & 3) switch
        {
            1 => (Place(0, 1), Place(-1, 0), Place(across - 1, 0)),
            2 => (Place(-1, 0), Place(0, -1), Place(across - 1, down - 1)),
            3 => (Place(0, -1), Place(1, 0), Place(0, down - 1)),
            _ => (Place(1, 0), Place(0, 1), Triple.Zero),
        };
        var still = Place(0, 0, 1);
        return axis switch
        {
            0 => new Affine(still, first, second, offset),
            1 => new Affine(second, still, first, offset),
            _ => new Affine(first, second, still, offset),
        };
    }

    private static Sample Apply(Sample sample, int quarters, int axis) => (quarters & 3) == 0 ? sample : sample with
    {
        Extent = After(sample.Extent, quarters, axis),
        Image = Turn(sample.Image, sample.Extent, quarters, axis)!,
        Labels = Turn(sample.Labels, sample.Extent, quarters, axis),
        Weights = Turn(sample.Weights, sample.Extent, quarters, axis),
    };

    // Map by map, however many there are.
    private static T[]? Turn<T>(T[]? from, Extent extent, int quarters, int axis)
    {
        if (from is null)
        {
            return null;
        }

        int Index(Triple t) => ((((int)t.Z * extent.Height) + (int)t.Y) * extent.Width) + (int)t.X;
        var to = new T[from.Length];
        var (source, result) = (Source(extent, quarters, axis), After(extent, quarters, axis));
        var (x, y, z, origin) = (Index(source.X), Index(source.Y), Index(source.Z), Index(source.Offset));
        var at = 0;
        for (var start = 0; start < from.Length; start += (int)extent.Count)
        {
            for (var line = 0; line < result.Height * result.Depth; line++)
            {
                var place = start + origin + (line % result.Height * y) + (line / result.Height * z);
                for (var i = 0; i < result.Width; i++, place += x)
                {
                    to[at++] = from[place];
                }
            }
        }

        return to;
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Signals;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomMetalStreaks"/>.</summary>
public sealed record MetalStreaksOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.1;

    /// <summary>Balls of metal; two show the dark band between them.</summary>
    public int Pieces { get; init; } = 2;

    /// <summary>Smallest radius, voxels.</summary>
    public double RadiusLow { get; init; } = 2;

    /// <summary>Largest radius, voxels.</summary>
    public double RadiusHigh { get; init; } = 5;

    /// <summary>Attenuation per voxel of metal; 0 is no metal.</summary>
    public double Density { get; init; } = 0.8;

    /// <summary>How differently soft and hard rays are attenuated by metal, in [0, 1).</summary>
    public double Hardening { get; init; } = 0.6;

    /// <summary>Photons sent along each ray.</summary>
    public double Photons { get; init; } = 1e5;

    /// <summary>Attenuation of the densest ray without metal.</summary>
    public double Attenuation { get; init; } = 4;

    /// <summary>Angles over half a turn.</summary>
    public int Views { get; init; } = 180;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. CheckProbability("augmentation.metal-streaks.probability", Probability),
        .. CheckRange("augmentation.metal-streaks.pieces", Pieces, Pieces, 1),
        .. CheckRange("augmentation.metal-streaks.radiusLow", RadiusLow, RadiusHigh, 0.5),
        .. CheckRange("augmentation.metal-streaks.density", Density, Density, 0),
        .. Hardening is >= 0 and < 1 ? [] : new[] { Fault.At("augmentation.metal-streaks.hardening", $"is {Hardening}; it must be 0 or more and less than 1") },
        .. CheckRange("augmentation.metal-streaks.photons", Photons, Photons, 1),
        .. CheckRange("augmentation.metal-streaks.attenuation", Attenuation, Attenuation, 0.01),
        .. CheckRange("augmentation.metal-streaks.views", Views, Views, 4, 10_000),
    ];
}

/// <summary>Metal in a CT scan: rays behind it are hardened, and hardly a photon arrives, so streaks run out of it and dark bands between its pieces.</summary>
/// <remarks>Source: Beer–Lambert's law with two energies and Poisson counts; De Man et al. 1999 name the same causes.</remarks>
public sealed class RandomMetalStreaks(MetalStreaksOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var pieces = new MetalPiece[o.Pieces];
        for (var i = 0; i < pieces.Length; i++)
        {
            pieces[i] = new MetalPiece(random.Between(0.25, 0.75), random.Between(0.25, 0.75), random.Between(0.25, 0.75), random.Between(o.RadiusLow, o.RadiusHigh));
        }

        var seed = unchecked((long)random.NextBits());
        return change && o.Density > 0 ? new MetalStreaks(pieces, o.Density, o.Hardening, o.Photons, o.Attenuation, o.Views, seed) : null;
    }
}

/// <summary>A ball of metal.</summary>
/// <param name="X">Its centre, 0 = left side, 1 = right side.</param>
/// <param name="Y">0 = top, 1 = bottom.</param>
/// <param name="Z">0 = first slice, 1 = last.</param>
/// <param name="Radius">Voxels.</param>
public sealed record MetalPiece(double X, double Y, double Z, double Radius);

/// <summary>Balls of metal put into the projections, with what the scanner makes of them.</summary>
/// <param name="Pieces">The metal.</param>
/// <param name="Density">Attenuation per voxel of metal.</param>
/// <param name="Hardening">How differently soft and hard rays are attenuated.</param>
/// <param name="Photons">Sent along each ray.</param>
/// <param name="Attenuation">Of the densest ray without metal.</param>
/// <param name="Views">Angles over half a turn.</param>
/// <param name="Seed">Of the noise behind metal.</param>
public sealed record MetalStreaks(MetalPiece[] Pieces, double Density, double Hardening, double Photons, double Attenuation, int Views, long Seed) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample)
    {
        var degrees = Radon.HalfTurn(Views);
        var random = new RandomStream(Seed);
        var page = sample.Width * sample.Height;
        return Tone.PerChannel(sample, channel =>
        {
            var slices = Projections.Of(channel, sample, degrees);
            var scale = Projections.Scale(slices, Attenuation);
            for (var z = 0; z < slices.Length && scale > 0; z++)
            {
                if (MetalIn(sample.Extent, z) is not { } metal)
                {
                    continue;
                }

                var behind = Radon.Forward(metal, sample.Width, sample.Height, degrees);
                var (values, change) = (slices[z].Values, new double[behind.Values.Length]);
                for (var i = 0; i < change.Length; i++)
                {
                    if (behind.Values[i] > 0)
                    {
                        var (body, length) = (values[i] * scale, behind.Values[i] * Density);
                        var passed = (0.5 * Math.Exp(-body - (length * (1 + Hardening)))) + (0.5 * Math.Exp(-body - (length * (1 - Hardening))));
                        change[i] = (Projections.Attenuation(Projections.Poisson(Photons * passed, random), Photons) - body) / scale;
                    }
                }

                Projections.Add(channel.Slice(z * page, page), behind with { Values = change }, degrees, sample.Width, sample.Height);
            }
        });
    }

    private double[]? MetalIn(Extent extent, int z)
    {
        var metal = new double[extent.Width * extent.Height];
        var any = false;
        foreach (var piece in Pieces)
        {
            var (cx, cy, cz) = (piece.X * (extent.Width - 1), piece.Y * (extent.Height - 1), piece.Z * (extent.Depth - 1));
            for (var i = 0; i < metal.Length; i++)
            {
                var (dx, dy, dz) = ((i % extent.Width) - cx, (i / extent.Width) - cy, z - cz);
                if ((dx * dx) + (dy * dy) + (dz * dz) <= piece.Radius * piece.Radius)
                {
                    metal[i] = 1;
                    any = true;
                }
            }
        }

        return any ? metal : null;
    }
}

using System.Runtime.InteropServices;
using SegSharp.Imaging;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Benchmarks;

/// <summary>Inputs that both sides read: made from a seed, written once for all contestants.</summary>
internal static class Phantom
{
    /// <summary>A volume like a head: nothing outside, smooth with noise inside; int16.</summary>
    public static void WriteVolume(Extent e, string path)
    {
        var volume = Volume.Zeros("volume", Geometry.Pixels(e), 1, VoxelType.Int16);
        var voxels = volume.Voxels<short>();
        var random = new RandomStream(1);
        for (int z = 0, i = 0; z < e.Depth; z++)
        {
            for (var y = 0; y < e.Height; y++)
            {
                for (var x = 0; x < e.Width; x++, i++)
                {
                    var (u, v, w) = ((2.0 * x / e.Width) - 1, (2.0 * y / e.Height) - 1, (2.0 * z / e.Depth) - 1);
                    voxels[i] = (u * u) + (v * v) + (w * w) > 0.6 ? (short)0 : (short)(400 + (150 * Math.Sin(9 * u) * Math.Cos(7 * v)) + random.Next(32));
                }
            }
        }

        volume.Write(path);
    }

    /// <summary>
    /// A truth and a prediction of it, bool [2, D, H, W]: six organs, many lesions from a single voxel up, all inside a body. The
    /// prediction draws every outline a little elsewhere, misses some lesions and invents others.
    /// </summary>
    public static void WriteMasks(Extent e, string path)
    {
        var random = new RandomStream(2);
        var masks = new byte[2 * e.Count];
        var truth = masks.AsSpan(0, (int)e.Count);
        var prediction = masks.AsSpan((int)e.Count);
        for (var i = 0; i < 6; i++)
        {
            var organ = Blob.Within(e, random, reach: 0.55) with
            {
                Radii = new(e.Width * random.Between(0.1, 0.2), e.Height * random.Between(0.1, 0.2), e.Depth * random.Between(0.1, 0.2)),
            };
            organ.Draw(truth, e);
            organ.Again(random).Draw(prediction, e);
        }

        for (var i = 0; i < e.Width; i++)
        {
            var lesion = Blob.Within(e, random, reach: 0.85);
            var fate = random.NextDouble();
            if (fate > 0.1)
            {
                lesion.Draw(truth, e);
            }

            if (fate < 0.85)
            {
                lesion.Again(random).Draw(prediction, e);
            }
        }

        Npy.Write(path, new TensorData(DType.Bool, [2, e.Depth, e.Height, e.Width], masks));
    }

    /// <summary>The truth of <see cref="WriteMasks"/>, or its prediction.</summary>
    public static bool[] ReadMask(string path, bool prediction = false)
    {
        var masks = MemoryMarshal.Cast<byte, bool>(Npy.Read(path).Bytes.Span);
        var half = masks.Length / 2;
        return masks.Slice(prediction ? half : 0, half).ToArray();
    }

    // An ellipsoid with waves on it, in voxels.
    private sealed record Blob(Triple Centre, Triple Radii, double Phase)
    {
        // Small ones are the most: radii from half a voxel up.
        public static Blob Within(Extent e, RandomStream random, double reach)
        {
            var (u, v, w) = (1.0, 1.0, 1.0);
            while ((u * u) + (v * v) + (w * w) > 1)
            {
                (u, v, w) = (random.Between(-1, 1), random.Between(-1, 1), random.Between(-1, 1));
            }

            var size = 0.5 + (e.Width / 40.0 * Math.Pow(random.NextDouble(), 3));
            return new Blob(
                new(e.Width / 2.0 * (1 + (reach * u)), e.Height / 2.0 * (1 + (reach * v)), e.Depth / 2.0 * (1 + (reach * w))),
                new(size * random.Between(0.8, 1.2), size * random.Between(0.8, 1.2), size * random.Between(0.6, 1)),
                random.Between(0, 6));
        }

        public Blob Again(RandomStream random) => new(
            new(Centre.X + random.NextNormal(), Centre.Y + random.NextNormal(), Centre.Z + (0.7 * random.NextNormal())),
            Radii * random.Between(0.92, 1.08),
            Phase + random.Between(-0.3, 0.3));

        public void Draw(Span<byte> mask, Extent e)
        {
            // The waves reach out by less than a fifth.
            var reach = Radii * 1.2;
            var (x0, x1) = (Math.Max(0, (int)(Centre.X - reach.X)), Math.Min(e.Width - 1, (int)(Centre.X + reach.X) + 1));
            var (y0, y1) = (Math.Max(0, (int)(Centre.Y - reach.Y)), Math.Min(e.Height - 1, (int)(Centre.Y + reach.Y) + 1));
            var (z0, z1) = (Math.Max(0, (int)(Centre.Z - reach.Z)), Math.Min(e.Depth - 1, (int)(Centre.Z + reach.Z) + 1));
            for (var z = z0; z <= z1; z++)
            {
                var w = (z - Centre.Z) / Radii.Z;
                for (var y = y0; y <= y1; y++)
                {
                    var v = (y - Centre.Y) / Radii.Y;
                    var (start, wave) = (((z * e.Height) + y) * e.Width, 0.12 * Math.Sin((4 * v) + Phase) * Math.Cos((3 * w) - Phase));
                    for (var x = x0; x <= x1; x++)
                    {
                        var u = (x - Centre.X) / Radii.X;
                        var square = (u * u) + (v * v) + (w * w);
                        if (square <= 1.44 && square < 1 + wave + (0.1 * Math.Sin((5 * u) + (3 * v) + Phase)))
                        {
                            mask[start + x] = 1;
                        }
                    }
                }
            }
        }
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>A phantom, not a patient: a computed tomography of the abdomen in Hounsfield units with liver, kidneys, spleen and spine.</summary>
/// <remarks>Source: ellipsoids with rough surfaces; mean values as textbooks give them for the portal-venous phase (fat −100, muscle 55, liver 110, spleen 120, kidney 180, bone 300 to 700).</remarks>
public sealed class Abdomen : VolumePhantom
{
    private const float HalfX = 190, HalfY = 150, HalfZ = 120;          // mm
    private const float NoiseSpread = 14;

    private static readonly float[] Hounsfield = [-1000, -100, 55, 110, 180, 180, 120, 480, 150];

    private enum Organ : byte
    {
        Air,
        Fat,
        Muscle,
        Liver,
        LeftKidney,
        RightKidney,
        Spleen,
        Spine,
        Vessel,
    }

    /// <inheritdoc/>
    public override string Name => "ct";

    /// <inheritdoc/>
    public override string About => "an abdomen in Hounsfield units with five organs, two of them a left–right pair";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Channels => ["CT"];

    /// <inheritdoc/>
    public override LabelList Labels =>
        new([new("background", [0]), new("liver", [1]), new("left kidney", [2]), new("right kidney", [3]), new("spleen", [4]), new("spine", [5])]);

    /// <inheritdoc/>
    public override Extent UsualSize => new(256, 256, 80);

    /// <inheritdoc/>
    protected override DrawnVolume Draw(RandomStream random, Extent size, string name)
    {
        var step = new Triple(2 * HalfX / size.Width, 2 * HalfY / size.Height, 2 * HalfZ / size.Depth);
        var grid = new Geometry
        {
            Extent = size,
            Spacing = step,
            Origin = new Triple(HalfX - (step.X / 2), HalfY - (step.Y / 2), (step.Z / 2) - HalfZ),
            Direction = new Direction(new Triple(-1, 0, 0), new Triple(0, -1, 0), new Triple(0, 0, 1)),
        };
        var rough = new NoiseField(random.Derive("rough"), (HalfX, HalfY, HalfZ), 32);
        var marrow = new NoiseField(random.Derive("marrow"), (HalfX, HalfY, HalfZ), 9);
        var draw = random.Derive("body");
        float Between(double low, double high) => (float)draw.Between(low, high);
        var (fat, scale, lift) = (Between(8, 24), Between(0.92, 1.08), Between(-12, 12));

        Organ At(float x, float y, float z)
        {
            // Beyond the body's right is x below 0: voxels run from right to left, as a radiologist sees the patient.
            float In(float cx, float cy, float cz, float a, float b, float c)
            {
                var (u, v, w) = ((x - cx) / (a * scale), (y - cy) / (b * scale), (z - cz - lift) / (c * scale));
                return MathF.Sqrt((u * u) + (v * v) + (w * w)) + (0.06f * rough.At(x, y, z));
            }

            var skin = MathF.Sqrt((x * x / (165 * 165)) + (y * y / (118 * 118)));
            if (skin >= 1)
            {
                return Organ.Air;
            }

            var wall = (1 - skin) * 118;
            return MathF.Sqrt((x * x) + ((y - 72) * (y - 72) * 1.3f)) < 21 * scale ? Organ.Spine
                : wall < fat ? Organ.Fat
                : In(-72, -12, 25, 76, 76, 72) < 1 && y < 62 ? Organ.Liver
                : In(86, 22, 38, 30, 44, 42) < 1 ? Organ.Spleen
                : In(52, 52, -42, 24, 28, 50) < 1 ? Organ.LeftKidney
                : In(-52, 52, -50, 24, 28, 48) < 1 ? Organ.RightKidney
                : MathF.Sqrt(((x - 8) * (x - 8)) + ((y - 38) * (y - 38))) < 11 ? Organ.Vessel
                : wall < fat + 16 || (y > 45 && MathF.Abs(x) < 90 && rough.At(x, y, z) > -0.5f) ? Organ.Muscle
                : Organ.Fat;
        }

        var values = new float[checked((int)size.Count)];
        var labels = new ushort[values.Length];
        var plane = (int)size.PageCount;
        Pages(size, page =>
        {
            var z = ((page + 0.5f) * (float)step.Z) - HalfZ;
            for (var i = 0; i < plane; i++)
            {
                var (x, y) = ((((i % size.Width) + 0.5f) * (float)step.X) - HalfX, (((i / size.Width) + 0.5f) * (float)step.Y) - HalfY);
                var organ = At(x, y, z);
                labels[(page * plane) + i] = organ is >= Organ.Liver and <= Organ.Spine ? (ushort)(organ - Organ.Liver + 1) : (ushort)0;
                values[(page * plane) + i] = Hounsfield[(int)organ] + (organ == Organ.Spine ? 140 * marrow.At(x, y, z) : 0);
            }
        });
        Soften(values, size);
        var grain = random.Derive("grain");
        var image = Volume.Zeros(name, grid, 1, VoxelType.Int16);
        Pages(size, page =>
        {
            var noise = grain.Derive(page);
            var voxels = image.Channel<short>(0).Slice(page * plane, plane);
            for (var i = 0; i < plane; i++)
            {
                voxels[i] = (short)Math.Clamp(MathF.Round(values[(page * plane) + i] + (NoiseSpread * (float)noise.NextNormal())), -1024, 3071);
            }
        });
        return new DrawnVolume(image, new LabelMap(name, grid, labels));
    }
}

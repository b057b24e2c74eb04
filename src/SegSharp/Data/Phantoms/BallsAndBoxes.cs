using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data.Phantoms;

/// <summary>A ball or a box of known size.</summary>
/// <param name="Label">1 ball, 2 box.</param>
/// <param name="Centre">World position of its middle, mm.</param>
/// <param name="Half">The ball's radius on every axis, or half the box's sides, mm.</param>
/// <param name="Volume">By the formula, mm³.</param>
public sealed record Solid(ushort Label, Triple Centre, Triple Half, double Volume);

/// <summary>A ball (label 1) and a box (label 2) in empty space, whose volumes are known by formula: what measures them can be held against that.</summary>
public sealed class BallsAndBoxes : VolumePhantom
{
    private const double Side = 128;            // mm: the box that everything lies in

    /// <inheritdoc/>
    public override string Name => "shapes";

    /// <inheritdoc/>
    public override string About => "a ball and a box whose volumes are known by formula";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Channels => ["grey"];

    /// <inheritdoc/>
    public override LabelList Labels => new([new("background", [0]), new("ball", [1]), new("box", [2])]);

    /// <inheritdoc/>
    public override Extent UsualSize => new(128, 128, 64);

    /// <summary>The solids of a volume, ball first.</summary>
    /// <param name="seed">The seed of the options.</param>
    /// <param name="index">The volume's number.</param>
    public IReadOnlyList<Solid> Solids(long seed, int index) => Solids(new RandomStream(seed).Derive(Name).Derive(index));

    /// <inheritdoc/>
    protected override DrawnVolume Draw(RandomStream random, Extent size, string name)
    {
        var step = new Triple(Side / size.Width, Side / size.Height, Side / size.Depth);
        var grid = new Geometry { Extent = size, Spacing = step, Origin = step * 0.5 };
        var (image, labels) = (Volume.Zeros(name, grid, 1, VoxelType.UInt8), new ushort[checked((int)size.Count)]);
        var solids = Solids(random);
        var (ball, box) = (solids[0], solids[1]);
        var grain = random.Derive("grain");
        var plane = (int)size.PageCount;
        Pages(size, z =>
        {
            var noise = grain.Derive(z);
            var voxels = image.Channel<byte>(0).Slice(z * plane, plane);
            for (var i = 0; i < plane; i++)
            {
                var at = new Triple(((i % size.Width) + 0.5) * step.X, ((i / size.Width) + 0.5) * step.Y, (z + 0.5) * step.Z);
                var (toBall, toBox) = (at - ball.Centre, at - box.Centre);
                var label = toBall.Length <= ball.Half.X ? 1
                    : Math.Abs(toBox.X) <= box.Half.X && Math.Abs(toBox.Y) <= box.Half.Y && Math.Abs(toBox.Z) <= box.Half.Z ? 2
                    : 0;
                labels[(z * plane) + i] = (ushort)label;
                voxels[i] = (byte)Math.Clamp(Math.Round((label switch { 1 => 180, 2 => 130, _ => 60 }) + (12 * noise.NextNormal())), 0, 255);
            }
        });
        return new DrawnVolume(image, new LabelMap(name, grid, labels));
    }

    // One in the half of smaller x, one in the other, so that they never touch.
    private static Solid[] Solids(RandomStream random)
    {
        var draw = random.Derive("solids");
        var radius = draw.Between(12, 26);
        var half = new Triple(draw.Between(8, 24), draw.Between(8, 24), draw.Between(8, 24));
        Triple Place(double first, Triple room) => new(
            draw.Between(first + room.X + 2, first + (Side / 2) - room.X - 2),
            draw.Between(room.Y + 2, Side - room.Y - 2),
            draw.Between(room.Z + 2, Side - room.Z - 2));
        var right = draw.Chance(0.5);
        var ball = Place(right ? Side / 2 : 0, new Triple(radius, radius, radius));
        var box = Place(right ? 0 : Side / 2, half);
        return
        [
            new Solid(1, ball, new Triple(radius, radius, radius), 4.0 / 3 * Math.PI * radius * radius * radius),
            new Solid(2, box, half, 8 * half.X * half.Y * half.Z),
        ];
    }
}

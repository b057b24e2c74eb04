using System.Buffers.Binary;
using System.Globalization;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Nifti;

// What a header says, checked so far that sizes and places can be trusted. NIfTI-1, NIfTI-2 and Analyze 7.5.
internal sealed record NiftiHeader
{
    public const int Size1 = 348;

    public const int Size2 = 540;

    public required int Version { get; init; }                          // 1, 2; 0 for Analyze

    public required bool BigEndian { get; init; }

    public required bool IsPair { get; init; }

    public required int[] Sides { get; init; }                          // every axis of the file

    public required int Code { get; init; }

    public required double Offset { get; init; }                        // where the voxels begin

    public required double[] Spacing { get; init; }                     // pixdim[1..3], in the file's unit

    public required double Handedness { get; init; }                    // pixdim[0]

    public required double Slope { get; init; }

    public required double Intercept { get; init; }

    public required int QformCode { get; init; }

    public required int SformCode { get; init; }

    public required double[] Quaternion { get; init; }                  // b, c, d and the offset

    public required double[] Sform { get; init; }                       // three rows of four

    public required int Units { get; init; }

    public Extent Extent => new(Side(0), Side(1), Side(2));

    // Steps along the fourth axis and those after it.
    public int Frames { get; private init; }

    public NiftiType Type { get; private init; }

    public int Channels => Frames * Type.Parts;

    public bool IsScaled => Type.Parts is 1 or 2 && double.IsFinite(Slope) && Slope != 0 && (Slope != 1 || Intercept != 0);

    // The type after scaling. Told from the header alone: what the stored type could hold must fit.
    public VoxelType VoxelType
    {
        get
        {
            if (!IsScaled)
            {
                return Type.Stored;
            }

            if (Type.Stored.IsFloat() || Math.Floor(Slope) != Slope || Math.Floor(Intercept) != Intercept)
            {
                return VoxelType.Float64;
            }

            var (low, high) = Type.Stored.Range();
            (low, high) = ((Math.Min(low * Slope, high * Slope)) + Intercept, Math.Max(low * Slope, high * Slope) + Intercept);
            const double Whole = 1L << 53;
            if (low < -Whole || high > Whole)
            {
                return VoxelType.Float64;
            }

            foreach (var type in (ReadOnlySpan<VoxelType>)[Type.Stored, VoxelType.Int16, VoxelType.UInt16, VoxelType.Int32, VoxelType.UInt32])
            {
                var (least, most) = type.Range();
                if (low >= least && high <= most)
                {
                    return type;
                }
            }

            return VoxelType.Int64;
        }
    }

    public string Kind => Version == 0 ? "Analyze 7.5" : $"NIfTI-{Version}";

    // Whether a file that begins like this is ours: the header's size, or a magic where the size is wrong.
    public static bool Recognises(ReadOnlySpan<byte> head) =>
        head.Length >= 4 && (BinaryPrimitives.ReadInt32LittleEndian(head) is Size1 or Size2 || BinaryPrimitives.ReadInt32BigEndian(head) is Size1 or Size2
            || (head.Length >= Size1 && head[344..].StartsWith("n+1\0"u8)));

    public static NiftiHeader Parse(ByteSource source, byte[] head)
    {
        if (head.Length < 4)
        {
            throw source.Damaged($"it holds {head.Length} bytes; a NIfTI header has {Size1}");
        }

        var (little, big) = (BinaryPrimitives.ReadInt32LittleEndian(head), BinaryPrimitives.ReadInt32BigEndian(head));
        var isBig = big is Size1 or Size2;
        var size = isBig ? big : little;
        if (size is not (Size1 or Size2))
        {
            throw source.Damaged($"its header says that it is {size} bytes long; NIfTI-1 has {Size1}, NIfTI-2 {Size2}");
        }

        if (head.Length < size)
        {
            throw new InputException($"'{source.Path}' is truncated: it holds {head.Length} bytes, but its header is {size} bytes long", "copy or download the file again");
        }

        var header = (size == Size2 ? Parse2(source, new Fields(head, isBig)) : Parse1(source, new Fields(head, isBig))) with { BigEndian = isBig };
        return header.Checked(source);
    }

    // The grid in millimetres.
    public Geometry GeometryOf(ByteSource source)
    {
        if (source.Spacing is { } given)
        {
            return Geometry.Pixels(Extent) with { Spacing = given };
        }

        var affine = SformCode > 0 ? FromSform(source) : QformCode > 0 ? FromQform(source) : Fallback(source);
        var unit = Units switch { 1 => 1e3, 3 => 1e-3, _ => 1 };
        if (unit != 1)
        {
            affine = Each(affine, v => Version == 2 ? v * unit : (float)(v * unit));
        }

        return affine.IsSingular
            ? throw source.NoGeometry($"its {Name} is singular: the voxel axes go ({Text(affine.X)}), ({Text(affine.Y)}) and ({Text(affine.Z)})")
            : Geometry.From(Extent, affine);
    }

    public IReadOnlyList<(string Name, string Text)> Facts()
    {
        var facts = new List<(string, string)> { ("header", $"{Kind}{(BigEndian ? ", big-endian" : "")}{(IsPair ? ", header and voxels in two files" : "")}") };
        if (Version > 0)
        {
            facts.Add(("sform", CodeText(SformCode)));
            facts.Add(("qform", CodeText(QformCode)));
        }

        if (Sides.Length > 3)
        {
            facts.Add(("axes", string.Join('x', Sides)));
        }

        if (IsScaled)
        {
            facts.Add(("scaling", $"{Type.Stored.Text()} times {Slope} plus {Intercept}"));
        }

        return facts;
    }

    private static string CodeText(int code) => code switch
    {
        0 => "0 (unknown)",
        1 => "1 (scanner)",
        2 => "2 (aligned)",
        3 => "3 (Talairach)",
        4 => "4 (MNI 152)",
        5 => "5 (template)",
        _ => $"{code}",
    };

    private string Name => SformCode > 0 ? $"sform (code {SformCode})" : QformCode > 0 ? $"qform (code {QformCode})" : "spacing";

    private static NiftiHeader Parse1(ByteSource source, Fields f)
    {
        var magic = f.Bytes(344, 4);
        var single = magic.SequenceEqual("n+1\0"u8);
        var pair = magic.SequenceEqual("ni1\0"u8);
        var analyze = !single && !pair;
        if (analyze && !NiftiFiles.IsPart(source.Path))
        {
            throw source.Damaged($"its magic is {string.Join(' ', magic.ToArray().Select(b => b.ToString("x2")))}; NIfTI-1 has 'n+1' (or 'ni1' in a .hdr file)");
        }

        var axes = f.Short(40);
        return new NiftiHeader
        {
            Version = analyze ? 0 : 1,
            BigEndian = false,
            IsPair = !single,
            Sides = SidesOf(source, axes, i => f.Short(40 + (2 * i))),
            Code = f.Short(70),
            Offset = f.Float(108),
            Handedness = f.Float(76),
            Spacing = [f.Float(80), f.Float(84), f.Float(88)],
            Slope = analyze ? 0 : f.Float(112),
            Intercept = analyze ? 0 : f.Float(116),
            Units = analyze ? 0 : f.Bytes(123, 1)[0] & 7,
            QformCode = analyze ? 0 : f.Short(252),
            SformCode = analyze ? 0 : f.Short(254),
            Quaternion = [.. Enumerable.Range(0, 6).Select(i => 256 + (4 * i)).Select(f.Float)],
            Sform = [.. Enumerable.Range(0, 12).Select(i => 280 + (4 * i)).Select(f.Float)],
        };
    }

    private static NiftiHeader Parse2(ByteSource source, Fields f)
    {
        var magic = f.Bytes(4, 8);
        if (!(magic.StartsWith("n+2\0"u8) || magic.StartsWith("ni2\0"u8)) || !magic[4..].SequenceEqual("\r\n\x1a\n"u8))
        {
            throw source.Damaged($"its magic is {string.Join(' ', magic.ToArray().Select(b => b.ToString("x2")))}; NIfTI-2 has 'n+2' and 0d 0a 1a 0a (a file changed as if it were text has not)");
        }

        var intent = f.Int(504);
        if (intent is >= 3000 and < 3100)
        {
            throw source.Unsupported("it is CIFTI-2: a matrix over surface points and voxels, not an image on a grid", "export the volume with Connectome Workbench: wb_command -cifti-separate");
        }

        return new NiftiHeader
        {
            Version = 2,
            BigEndian = false,
            IsPair = magic[1] == 'i',
            Sides = SidesOf(source, f.Long(16), i => f.Long(16 + (8 * i))),
            Code = f.Short(12),
            Offset = f.Long(168),
            Handedness = f.Double(104),
            Spacing = [f.Double(112), f.Double(120), f.Double(128)],
            Slope = f.Double(176),
            Intercept = f.Double(184),
            Units = f.Int(500) & 7,
            QformCode = f.Int(344),
            SformCode = f.Int(348),
            Quaternion = [.. Enumerable.Range(0, 6).Select(i => 352 + (8 * i)).Select(f.Double)],
            Sform = [.. Enumerable.Range(0, 12).Select(i => 400 + (8 * i)).Select(f.Double)],
        };
    }

    private static int[] SidesOf(ByteSource source, long axes, Func<int, long> side)
    {
        if (axes is < 1 or > 7)
        {
            throw source.Damaged($"its header says that it has {axes} axes; expected 1 to 7");
        }

        var sides = new int[axes];
        for (var i = 0; i < axes; i++)
        {
            var n = side(i + 1);
            if (n == -1 && i == 0)
            {
                throw source.Unsupported("its first side is -1: FreeSurfer's form of a long vector, not an image on a grid", "convert it with FreeSurfer: mri_convert");
            }

            sides[i] = n is >= 1 and <= int.MaxValue ? (int)n : throw source.Damaged($"side {i + 1} of {axes} is {n}; expected 1 to {int.MaxValue}");
        }

        return sides;
    }

    private int Side(int axis) => axis < Sides.Length ? Sides[axis] : 1;

    private NiftiHeader Checked(ByteSource source)
    {
        var frames = Sides.Skip(3).Aggregate(1.0, (product, side) => product * side);
        var type = NiftiType.Of(source, Code);
        if (frames * type.Parts > int.MaxValue)
        {
            throw source.Damaged($"its sides are {string.Join('x', Sides)}");
        }

        var least = IsPair ? 0 : Version == 2 ? Size2 + 4 : Size1 + 4;
        var offset = Offset == 0 ? least : Offset;
        if (!(offset >= least) || offset > 1L << 53 || Math.Floor(offset) != offset)
        {
            throw source.Damaged($"its voxels begin at {Offset}; expected a whole number from {least}");
        }

        if (double.IsFinite(Slope) && Slope != 0 && !double.IsFinite(Intercept))
        {
            throw source.Damaged($"its values are to be scaled by {Slope} and shifted by {Intercept}, which is no number");
        }

        var header = this with { Frames = (int)frames, Type = type, Offset = offset };
        Limits.CheckSize(source.Path, header.Extent, header.Channels, type.Stored);
        Limits.CheckSize(source.Path, header.Extent, header.Channels, header.VoxelType);
        return header;
    }

    private Affine FromSform(ByteSource source)
    {
        var s = Sform;
        var affine = new Affine(new Triple(s[0], s[4], s[8]), new Triple(s[1], s[5], s[9]), new Triple(s[2], s[6], s[10]), new Triple(s[3], s[7], s[11]));
        return Array.TrueForAll(s, double.IsFinite) ? affine : throw source.NoGeometry($"its {Name} holds {string.Join(", ", s)}");
    }

    // Source: nifti1.h, METHOD 2, as nibabel computes it.
    private Affine FromQform(ByteSource source)
    {
        var spacing = CheckedSpacing(source);
        if (!Array.TrueForAll(Quaternion, double.IsFinite))
        {
            throw source.NoGeometry($"its {Name} holds {string.Join(", ", Quaternion)}");
        }

        var (b, c, d) = (Quaternion[0], Quaternion[1], Quaternion[2]);
        var rest = 1 - ((b * b) + (c * c) + (d * d));
        var threshold = Version == 2 ? -3 * 2.220446049250313e-16 : -3 * 1.1920929e-7;
        if (rest < threshold)
        {
            throw source.NoGeometry($"its {Name} has the quaternion ({b}, {c}, {d}), which is longer than 1");
        }

        var a = Math.Sqrt(Math.Max(0, rest));
        var s = 2 / ((a * a) + (b * b) + (c * c) + (d * d));
        var (x, y) = (new Triple(1 - (((c * c) + (d * d)) * s), ((b * c) + (a * d)) * s, ((b * d) - (a * c)) * s), new Triple(((b * c) - (a * d)) * s, 1 - (((b * b) + (d * d)) * s), ((c * d) + (a * b)) * s));
        var z = new Triple(((b * d) + (a * c)) * s, ((c * d) - (a * b)) * s, 1 - (((b * b) + (c * c)) * s));
        var affine = new Affine(x * spacing.X, y * spacing.Y, z * (Handedness < 0 ? -spacing.Z : spacing.Z), new Triple(Quaternion[3], Quaternion[4], Quaternion[5]));
        return Version == 2 ? affine : Each(affine, v => (float)v);
    }

    // Source: nibabel's get_base_affine.
    private Affine Fallback(ByteSource source) => Fallback(Extent, CheckedSpacing(source));

    // The grid that the standard's readers take where neither matrix counts.
    public static Affine Fallback(Extent extent, Triple spacing) => new(
        new Triple(-spacing.X, 0, 0),
        new Triple(0, spacing.Y, 0),
        new Triple(0, 0, spacing.Z),
        new Triple((extent.Width - 1) / 2.0 * spacing.X, -((extent.Height - 1) / 2.0) * spacing.Y, -((extent.Depth - 1) / 2.0) * spacing.Z));

    // A side of one voxel may leave its spacing out.
    private Triple CheckedSpacing(ByteSource source)
    {
        double Step(int axis) => Spacing[axis] == 0 && Side(axis) == 1 ? 1 : Spacing[axis];
        var spacing = new Triple(Step(0), Step(1), Step(2));
        return spacing.IsFinite && spacing is { X: > 0, Y: > 0, Z: > 0 }
            ? spacing
            : throw source.NoGeometry($"its spacing is {spacing}; expected three numbers above 0");
    }

    private static Affine Each(Affine affine, Func<double, double> change)
    {
        Triple Of(Triple t) => new(change(t.X), change(t.Y), change(t.Z));
        return new Affine(Of(affine.X), Of(affine.Y), Of(affine.Z), Of(affine.Offset));
    }

    private static string Text(Triple t) => string.Create(CultureInfo.InvariantCulture, $"{t.X:G6}, {t.Y:G6}, {t.Z:G6}");

    // Numbers at places of the header, in its byte order.
    private sealed class Fields(byte[] bytes, bool big)
    {
        public ReadOnlySpan<byte> Bytes(int at, int count) => bytes.AsSpan(at, count);

        public short Short(int at) => big ? BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(at));

        public int Int(int at) => big ? BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));

        public long Long(int at) => big ? BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at));

        public double Float(int at) => big ? BinaryPrimitives.ReadSingleBigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(at));

        public double Double(int at) => big ? BinaryPrimitives.ReadDoubleBigEndian(bytes.AsSpan(at)) : BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(at));
    }
}

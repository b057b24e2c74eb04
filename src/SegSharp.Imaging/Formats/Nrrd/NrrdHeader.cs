using System.Globalization;
using System.Text.RegularExpressions;

namespace SegSharp.Imaging.Formats.Nrrd;

// The lines of a header, checked so far that sizes and places can be trusted.
internal sealed partial class NrrdHeader
{
    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private readonly ByteSource _source;

    public NrrdHeader(ByteSource source)
    {
        _source = source;
        Lines = new TextHeader(source);
        _ = Lines.Next();
        while (Lines.Next() is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (line[0] == '#' || colon < 1)
            {
                continue;
            }

            if (colon + 1 < line.Length && line[colon + 1] == '=')
            {
                _keys[line[..colon]] = line[(colon + 2)..];
            }
            else
            {
                // "data file", "datafile" and "data_file" are the same field.
                _fields[line[..colon].Replace(" ", "", StringComparison.Ordinal)] = line[(colon + 1)..].Trim();
            }

            if (line.StartsWith("data file: LIST", StringComparison.OrdinalIgnoreCase) || line.StartsWith("datafile: LIST", StringComparison.OrdinalIgnoreCase))
            {
                break;
            }
        }

        var sizes = Lines.Whole("sizes", Field("sizes"));
        if (Lines.Whole("dimension", Field("dimension")) is not [var n] || n != sizes.Length || n is < 1 or > 16)
        {
            throw source.Damaged($"its dimension is '{TextHeader.Short(Field("dimension"))}' and it has {sizes.Length} sizes");
        }

        Type = TypeOf(Field("type"));
        Encoding = Optional("encoding")?.ToLowerInvariant() switch
        {
            "raw" => NrrdEncoding.Raw,
            "gzip" or "gz" => NrrdEncoding.Gzip,
            "ascii" or "text" or "txt" => NrrdEncoding.Ascii,
            null => throw source.Damaged("it has no field 'encoding'"),
            var other => throw source.Unsupported($"its encoding is '{TextHeader.Short(other)}'; raw, gzip and ascii are read", "save it with gzip compression"),
        };
        var endian = Optional("endian");
        if (endian is not null and not ("little" or "big"))
        {
            throw source.Damaged($"its endian is '{TextHeader.Short(endian)}'; expected little or big");
        }

        if (endian is null && Encoding != NrrdEncoding.Ascii && Type.Size() > 1)
        {
            throw source.Damaged("it has no field 'endian', which numbers of several bytes need");
        }

        Directions = DirectionsOf(sizes.Length);
        var (first, axes) = SpaceAxes(sizes.Length);
        (First, Axes) = (first, axes);
        Image = RawImage.Of(source, sizes, first, axes, Type, endian == "big" && Encoding != NrrdEncoding.Ascii);
        Segments = SegmentsOf();
        if (Segments.Count > 0 && Image.Channels > 1)
        {
            throw source.Unsupported(
                $"its segments overlap: they lie in {Image.Channels} layers, and a label map holds one label per voxel",
                "in 3D Slicer, export the segmentation to a label map, or remove the overlap (Segment Editor, Logical operators)");
        }
    }

    public TextHeader Lines { get; }

    public RawImage Image { get; }

    public VoxelType Type { get; }

    public NrrdEncoding Encoding { get; }

    public IReadOnlyList<Segment> Segments { get; }

    public string? DataFile => Optional("datafile");

    public long LineSkip => Skip("lineskip");

    public long ByteSkip => Skip("byteskip");

    private double[]?[] Directions { get; }

    private int First { get; }

    private int Axes { get; }

    private string Space => Optional("space")?.ToLowerInvariant() ?? "";

    public Geometry Geometry()
    {
        if (_source.Spacing is { } given)
        {
            return Imaging.Geometry.Pixels(Image.Extent) with { Spacing = given };
        }

        var unit = Optional("spaceunits")?.Split('"', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(u => u.Trim().Length > 0)?.Trim() switch { "um" or "µm" or "micron" or "microns" => 1e-3, "nm" => 1e-6, "cm" => 10, "m" => 1000, _ => 1.0 };
        var columns = new Triple[3];
        for (var axis = 0; axis < Axes; axis++)
        {
            columns[axis] = Directions[First + axis] is { } d ? new Triple(d[0], d.ElementAtOrDefault(1), d.ElementAtOrDefault(2)) : Along(axis, Step(First + axis));
        }

        // What a picture leaves open is at right angles to it, one millimetre thick.
        if (Axes == 1)
        {
            columns[1] = Math.Abs(columns[0].X) >= 0.9 * columns[0].Length ? new Triple(0, 1, 0) : columns[0].Cross(new Triple(1, 0, 0)) is var c && c.Length > 0 ? c * (1 / c.Length) : new Triple(0, 1, 0);
        }

        if (Axes < 3)
        {
            var across = columns[0].Cross(columns[1]);
            columns[2] = across.Length > 0 ? across * (1 / across.Length) : across;
        }

        var affine = new Affine(columns[0] * unit, columns[1] * unit, columns[2] * unit, Origin() * unit);
        if (affine.IsSingular)
        {
            throw _source.NoGeometry($"its axes go {string.Join(' ', columns.Take(Axes).Select(c => $"({c.X},{c.Y},{c.Z})"))} from {Origin()}; expected independent directions of finite numbers");
        }

        // Right-anterior-superior is ours; the others point the other way along x, or along x and y.
        Triple Turn(Triple t) => Space switch
        {
            "right-anterior-superior" or "ras" => t,
            "left-anterior-superior" or "las" => t with { X = -t.X },
            _ => t.TurnLps(),
        };
        return Imaging.Geometry.From(Image.Extent, new Affine(Turn(affine.X), Turn(affine.Y), Turn(affine.Z), Turn(affine.Offset)));
    }

    public IReadOnlyList<(string Name, string Text)> Facts()
    {
        var facts = new List<(string, string)> { ("space", Space.Length > 0 ? Space : "not named, taken as left-posterior-superior") };
        if (Optional("kinds") is { } kinds && Image.Channels > 1)
        {
            facts.Add(("kinds", TextHeader.Short(kinds)));
        }

        return facts;
    }

    private static Triple Along(int axis, double step) => axis switch { 0 => new Triple(step, 0, 0), 1 => new Triple(0, step, 0), _ => new Triple(0, 0, step) };

    private string Field(string name) => Optional(name) ?? throw _source.Damaged($"it has no field '{name}'");

    private string? Optional(string name) => _fields.GetValueOrDefault(name);

    private long Skip(string name) => Optional(name) is not { } text ? 0 : Lines.Whole(name, text) is [var n] && n >= (name == "byteskip" ? -1 : 0) ? n : throw _source.Damaged($"its '{name}' is '{TextHeader.Short(text)}'");

    private VoxelType TypeOf(string text) => string.Join(' ', text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries)) switch
    {
        "signed char" or "int8" or "int8_t" => VoxelType.Int8,
        "uchar" or "unsigned char" or "uint8" or "uint8_t" => VoxelType.UInt8,
        "short" or "short int" or "signed short" or "signed short int" or "int16" or "int16_t" => VoxelType.Int16,
        "ushort" or "unsigned short" or "unsigned short int" or "uint16" or "uint16_t" => VoxelType.UInt16,
        "int" or "signed int" or "int32" or "int32_t" => VoxelType.Int32,
        "uint" or "unsigned int" or "uint32" or "uint32_t" => VoxelType.UInt32,
        "longlong" or "long long" or "long long int" or "signed long long" or "signed long long int" or "int64" or "int64_t" => VoxelType.Int64,
        "ulonglong" or "unsigned long long" or "unsigned long long int" or "uint64" or "uint64_t" => VoxelType.UInt64,
        "float" => VoxelType.Float32,
        "double" => VoxelType.Float64,
        "block" => throw _source.Unsupported("its type is 'block', which nobody but its writer understands", "save it as numbers"),
        var other => throw _source.Damaged($"its type is '{TextHeader.Short(other)}', which NRRD does not know"),
    };

    // One vector per axis, null for "none"; empty where the field is missing.
    private double[]?[] DirectionsOf(int axes)
    {
        if (Optional("spacedirections") is not { } text)
        {
            return new double[]?[axes];
        }

        var vectors = Vectors().Matches(text).Select(m => m.Value[0] == '(' ? Lines.Numbers("space directions", m.Value) : null).ToArray();
        var lengths = vectors.Where(v => v is not null).Select(v => v!.Length).Distinct().ToArray();
        return vectors.Length == axes && lengths is [1 or 2 or 3]
            ? vectors
            : throw _source.Damaged($"'space directions' holds {vectors.Length} vectors of {string.Join(" or ", lengths)} numbers; expected {axes} of 2 or 3, or none");
    }

    // The axes of space, which must lie side by side.
    private (int First, int Count) SpaceAxes(int axes)
    {
        bool[] spatial;
        var kinds = Optional("kinds")?.ToLowerInvariant().Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (Array.Exists(Directions, d => d is not null))
        {
            spatial = Array.ConvertAll(Directions, d => d is not null);
        }
        else if (kinds is not null && kinds.Length == axes && kinds.Any(k => k is "domain" or "space"))
        {
            spatial = Array.ConvertAll(kinds, k => k is "domain" or "space");
        }
        else
        {
            spatial = [.. Enumerable.Range(0, axes).Select(i => i < 3)];
        }

        var (first, last) = (Array.IndexOf(spatial, true), Array.LastIndexOf(spatial, true));
        return last - first + 1 == spatial.Count(s => s) && last - first < 3
            ? (first, last - first + 1)
            : throw _source.Unsupported(
                $"of its {axes} axes those numbered {string.Join(", ", Enumerable.Range(1, axes).Where(i => spatial[i - 1]))} are of space; at most three side by side are read, with channels before or behind",
                "save it with its channels as the first axis");
    }

    private double Step(int axis)
    {
        if (Optional("spacings") is not { } text)
        {
            return 1;
        }

        var steps = Lines.Numbers("spacings", text);
        // NaN says: none known.
        return axis < steps.Length ? double.IsNaN(steps[axis]) ? 1 : steps[axis] : throw _source.Damaged($"'spacings' holds {steps.Length} numbers; expected one per axis");
    }

    private Triple Origin()
    {
        if (Optional("spaceorigin") is { } text)
        {
            var o = Lines.Numbers("space origin", text);
            return o.Length is >= 1 and <= 3 ? new Triple(o[0], o.ElementAtOrDefault(1), o.ElementAtOrDefault(2)) : throw _source.Damaged($"'space origin' holds {o.Length} numbers; expected up to 3");
        }

        if (Space.Length == 0 && (Optional("axismins") ?? Optional("axis mins")) is { } mins)
        {
            var m = Lines.Numbers("axis mins", mins);
            double At(int axis) => axis < Axes && First + axis < m.Length && double.IsFinite(m[First + axis]) ? m[First + axis] : 0;
            return new Triple(At(0), At(1), At(2));
        }

        return Triple.Zero;
    }

    private IReadOnlyList<Segment> SegmentsOf()
    {
        var segments = new List<Segment>();
        for (var i = 0; i <= ushort.MaxValue && (_keys.ContainsKey($"Segment{i}_ID") || _keys.ContainsKey($"Segment{i}_Name")); i++)
        {
            string? Key(string name) => _keys.GetValueOrDefault($"Segment{i}_{name}");
            var label = int.TryParse(Key("LabelValue"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var l) ? l : i + 1;
            var colour = Key("Color") is { } text ? Lines.Numbers($"Segment{i}_Color", text, 3) : [0.5, 0.5, 0.5];
            byte Part(int c) => (byte)Math.Round(255 * Math.Clamp(double.IsFinite(colour[c]) ? colour[c] : 0, 0, 1));
            segments.Add(new Segment(label, Key("Name") ?? Key("ID") ?? $"Segment_{label}", Part(0), Part(1), Part(2)));
        }

        return segments;
    }

    [GeneratedRegex(@"\([^)]*\)|none", RegexOptions.IgnoreCase)]
    private static partial Regex Vectors();
}

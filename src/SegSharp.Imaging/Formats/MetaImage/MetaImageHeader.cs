namespace SegSharp.Imaging.Formats.MetaImage;

// The lines of a header, checked so far that sizes and places can be trusted.
internal sealed class MetaImageHeader
{
    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);
    private readonly ByteSource _source;
    private readonly int _axes;

    public MetaImageHeader(ByteSource source)
    {
        _source = source;
        Lines = new TextHeader(source);
        while (DataFile is null)
        {
            var line = Lines.Next() ?? throw source.Damaged("its header ends without 'ElementDataFile'");
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                _fields[line[..equals].Trim()] = line[(equals + 1)..].Trim();
            }
        }

        if (Optional("ObjectType") is { } kind && !kind.Equals("Image", StringComparison.OrdinalIgnoreCase))
        {
            throw source.Unsupported($"it is a MetaIO object of type '{TextHeader.Short(kind)}', not an image", "name the image that it belongs to");
        }

        if (Is("BinaryData", false))
        {
            throw source.Unsupported("its voxels are written as text", "save it with BinaryData = True");
        }

        var sizes = Lines.Whole("DimSize", Field("DimSize"));
        if (Lines.Whole("NDims", Field("NDims")) is not [var n] || n != sizes.Length || n is < 1 or > 10)
        {
            throw source.Damaged($"its NDims is '{TextHeader.Short(Field("NDims"))}' and it has {sizes.Length} sizes");
        }

        var parts = Optional("ElementNumberOfChannels") is { } text ? Lines.Whole("ElementNumberOfChannels", text) : [1];
        if (parts.Length != 1)
        {
            throw source.Damaged("'ElementNumberOfChannels' is not one number");
        }

        _axes = sizes.Length;
        var bigEndian = Is("BinaryDataByteOrderMSB", true) || Is("ElementByteOrderMSB", true);
        Image = RawImage.Of(source, [parts[0], .. sizes], 1, Math.Min(3, sizes.Length), TypeOf(Field("ElementType")), bigEndian);
    }

    public TextHeader Lines { get; }

    public RawImage Image { get; }

    public string? DataFile => Optional("ElementDataFile");

    public bool IsLocal => DataFile!.Equals("LOCAL", StringComparison.OrdinalIgnoreCase);

    public bool IsCompressed => Is("CompressedData", true);

    // Bytes before the voxels in a file of their own; −1: they are the last of it.
    public long HeaderSize => Optional("HeaderSize") is not { } text ? 0 : Lines.Whole("HeaderSize", text) is [>= -1 and var n] ? n : throw _source.Damaged($"its HeaderSize is '{TextHeader.Short(text)}'");

    public Geometry Geometry()
    {
        if (_source.Spacing is { } given)
        {
            return Imaging.Geometry.Pixels(Image.Extent) with { Spacing = given };
        }

        var n = _axes;
        var spacing = (Optional("ElementSpacing") ?? Optional("ElementSize")) is { } steps ? Lines.Numbers("ElementSpacing", steps, n) : [.. Enumerable.Repeat(1.0, n)];
        var matrix = First("TransformMatrix", "Rotation", "Orientation") is { } m ? Lines.Numbers("TransformMatrix", m, n * n) : [.. Enumerable.Range(0, n * n).Select(i => i % (n + 1) == 0 ? 1.0 : 0)];
        var offset = First("Offset", "Position", "Origin") is { } o ? Lines.Numbers("Offset", o, n) : new double[n];
        double At(double[] all, int axis, double missing) => axis < n ? all[axis] : missing;
        Triple Axis(int axis) => axis < n
            ? new Triple(matrix[axis * n], n > 1 ? matrix[(axis * n) + 1] : 0, n > 2 ? matrix[(axis * n) + 2] : 0)
            : new Triple(0, axis == 1 ? 1 : 0, axis == 2 ? 1 : 0);
        var s = new Triple(At(spacing, 0, 1), At(spacing, 1, 1), At(spacing, 2, 1));
        if (!(s.IsFinite && s is { X: > 0, Y: > 0, Z: > 0 }))
        {
            throw _source.NoGeometry($"its spacing is {s}; expected three numbers above 0");
        }

        var affine = new Affine((Axis(0) * s.X).TurnLps(), (Axis(1) * s.Y).TurnLps(), (Axis(2) * s.Z).TurnLps(), new Triple(At(offset, 0, 0), At(offset, 1, 0), At(offset, 2, 0)).TurnLps());
        return affine.IsSingular
            ? throw _source.NoGeometry($"its TransformMatrix is {string.Join(' ', matrix)} and its offset {string.Join(' ', offset)}; expected independent directions of finite numbers")
            : Imaging.Geometry.From(Image.Extent, affine);
    }

    public IReadOnlyList<(string Name, string Text)> Facts() =>
        _axes > 3 ? [("axes", Field("DimSize").Replace(' ', 'x'))] : [];

    private string Field(string name) => Optional(name) ?? throw _source.Damaged($"it has no field '{name}'");

    private string? Optional(string name) => _fields.GetValueOrDefault(name);

    private string? First(params string[] names) => names.Select(Optional).FirstOrDefault(v => v is not null);

    private bool Is(string name, bool value) => Optional(name) is { Length: > 0 } text && (text[0] is 'T' or 't' or '1') == value;

    private VoxelType TypeOf(string text) => text.ToUpperInvariant() switch
    {
        "MET_CHAR" => VoxelType.Int8,
        "MET_UCHAR" => VoxelType.UInt8,
        "MET_SHORT" => VoxelType.Int16,
        "MET_USHORT" => VoxelType.UInt16,
        "MET_INT" or "MET_LONG" => VoxelType.Int32,
        "MET_UINT" or "MET_ULONG" => VoxelType.UInt32,
        "MET_LONG_LONG" => VoxelType.Int64,
        "MET_ULONG_LONG" => VoxelType.UInt64,
        "MET_FLOAT" => VoxelType.Float32,
        "MET_DOUBLE" => VoxelType.Float64,
        var other => throw _source.Unsupported($"its ElementType is '{TextHeader.Short(other)}'; MET_CHAR to MET_ULONG_LONG, MET_FLOAT and MET_DOUBLE are read", "save it as one of these"),
    };
}

namespace SegSharp.Imaging.Formats.Nifti;

// A data type code: what one number is stored as, and how many there are in a voxel.
internal readonly record struct NiftiType(VoxelType Stored, int Parts)
{
    public static NiftiType Of(ByteSource source, int code) => code switch
    {
        2 => new(VoxelType.UInt8, 1),
        4 => new(VoxelType.Int16, 1),
        8 => new(VoxelType.Int32, 1),
        16 => new(VoxelType.Float32, 1),
        32 => new(VoxelType.Float32, 2),
        64 => new(VoxelType.Float64, 1),
        128 => new(VoxelType.UInt8, 3),
        256 => new(VoxelType.Int8, 1),
        512 => new(VoxelType.UInt16, 1),
        768 => new(VoxelType.UInt32, 1),
        1024 => new(VoxelType.Int64, 1),
        1280 => new(VoxelType.UInt64, 1),
        1792 => new(VoxelType.Float64, 2),
        2304 => new(VoxelType.UInt8, 4),
        1 => throw Unread(source, code, "one bit per voxel"),
        1536 => throw Unread(source, code, "float128"),
        2048 => throw Unread(source, code, "complex256"),
        _ => throw source.Damaged($"its data type is {code}, which NIfTI does not know"),
    };

    public static int CodeOf(VoxelType type) => type switch
    {
        VoxelType.UInt8 => 2,
        VoxelType.Int16 => 4,
        VoxelType.Int32 => 8,
        VoxelType.Float32 => 16,
        VoxelType.Float64 => 64,
        VoxelType.Int8 => 256,
        VoxelType.UInt16 => 512,
        VoxelType.UInt32 => 768,
        VoxelType.Int64 => 1024,
        _ => 1280,
    };

    private static Foundation.InputException Unread(ByteSource source, int code, string name) =>
        source.Unsupported($"its data type is {code} ({name}); whole numbers up to 64 bits, float32, float64, complex64, complex128, RGB and RGBA are read", "save it as float64, or as uint8 where it is a mask");
}

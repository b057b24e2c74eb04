namespace SegSharp.Imaging;

/// <summary>What one voxel of one channel is stored as.</summary>
public enum VoxelType
{
    /// <summary>8 bits, 0 … 255.</summary>
    UInt8,

    /// <summary>8 bits, −128 … 127.</summary>
    Int8,

    /// <summary>16 bits, 0 … 65535.</summary>
    UInt16,

    /// <summary>16 bits, −32768 … 32767.</summary>
    Int16,

    /// <summary>32 bits, 0 … 4294967295.</summary>
    UInt32,

    /// <summary>32 bits, −2147483648 … 2147483647.</summary>
    Int32,

    /// <summary>64 bits, 0 … 18446744073709551615.</summary>
    UInt64,

    /// <summary>64 bits, −9223372036854775808 … 9223372036854775807.</summary>
    Int64,

    /// <summary>IEEE 754 single precision.</summary>
    Float32,

    /// <summary>IEEE 754 double precision.</summary>
    Float64,
}

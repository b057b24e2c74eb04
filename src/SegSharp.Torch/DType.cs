namespace SegSharp.Torch;

/// <summary>Element types; the numbers are libtorch's own (c10::ScalarType).</summary>
public enum DType
{
    /// <summary>8 bits without sign.</summary>
    UInt8 = 0,

    /// <summary>8 bits with sign.</summary>
    Int8 = 1,

    /// <summary>16 bits with sign.</summary>
    Int16 = 2,

    /// <summary>32 bits with sign.</summary>
    Int32 = 3,

    /// <summary>64 bits with sign.</summary>
    Int64 = 4,

    /// <summary>IEEE half precision.</summary>
    Float16 = 5,

    /// <summary>IEEE single precision.</summary>
    Float32 = 6,

    /// <summary>IEEE double precision.</summary>
    Float64 = 7,

    /// <summary>Two half-precision numbers.</summary>
    Complex32 = 8,

    /// <summary>Two single-precision numbers.</summary>
    Complex64 = 9,

    /// <summary>Two double-precision numbers.</summary>
    Complex128 = 10,

    /// <summary>One byte, 0 or 1.</summary>
    Bool = 11,

    /// <summary>The upper 16 bits of single precision.</summary>
    BFloat16 = 15,
}

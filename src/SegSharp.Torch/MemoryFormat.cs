namespace SegSharp.Torch;

/// <summary>The order of axes in memory; the numbers are libtorch's own (c10::MemoryFormat).</summary>
public enum MemoryFormat
{
    /// <summary>Row-major: W fastest, then H, (D,) C, N.</summary>
    Contiguous = 0,

    /// <summary>As the source.</summary>
    Preserve = 1,

    /// <summary>C fastest, then W, H, N: what oneDNN's 2D convolutions like best.</summary>
    ChannelsLast = 2,

    /// <summary>C fastest, then W, H, D, N.</summary>
    ChannelsLast3d = 3,
}

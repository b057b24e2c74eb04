namespace SegSharp.Networks.Blocks;

/// <summary>How MONAI's decoders double the sides, by its names.</summary>
public enum MonaiUp
{
    /// <summary>A transposed convolution 2×2 with stride 2.</summary>
    Deconv,

    /// <summary>Linear interpolation, behind a 1×1 convolution where the channels change.</summary>
    NonTrainable,

    /// <summary>A 3×3 convolution to 2^axes as many channels, which become blocks of voxels; then a mean over two along every axis.</summary>
    PixelShuffle,
}

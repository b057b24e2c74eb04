using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats;

/// <summary>Checks of sizes from headers before anything is allocated.</summary>
public static class Limits
{
    /// <summary>The largest image, in bytes, that is held in memory.</summary>
    public const long MaxBytes = 0x7FFF_FFC7;

    /// <summary>Refuses an image that is larger than <see cref="MaxBytes"/> or has a side below 1.</summary>
    /// <exception cref="InputException">Names the file and both sizes.</exception>
    public static void CheckSize(string path, Extent extent, int channels, VoxelType type)
    {
        if (extent.Width < 1 || extent.Height < 1 || extent.Depth < 1)
        {
            throw new InputException($"'{path}' is damaged: its size is {extent}; every side must be 1 or more", "copy or download the file again");
        }

        var bytes = (double)extent.Width * extent.Height * extent.Depth * channels * type.Size();
        if (bytes > MaxBytes)
        {
            throw new InputException(
                $"'{path}' is too large: {extent} with {channels} channels of {type.Text()} takes {bytes / 1e9:F1} GB; at most {MaxBytes / 1e9:F1} GB are read",
                "split it into smaller files");
        }
    }

    /// <summary>Refuses a header that claims more bytes than its compressed data can possibly hold.</summary>
    /// <param name="source">The file.</param>
    /// <param name="claimed">Bytes after decompression, as the header claims.</param>
    /// <param name="stored">Compressed bytes in the file.</param>
    /// <param name="ratio">The best that the compression can do.</param>
    /// <exception cref="InputException">The claim is impossible.</exception>
    public static void CheckRatio(ByteSource source, long claimed, long stored, int ratio)
    {
        if (claimed > (stored * ratio) + 4096)
        {
            throw source.Damaged($"its header claims {claimed} bytes of pixels, but the {stored} compressed bytes hold at most {(stored * ratio) + 4096}");
        }
    }
}

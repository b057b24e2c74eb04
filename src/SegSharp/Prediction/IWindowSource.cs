using SegSharp.Imaging;

namespace SegSharp.Prediction;

/// <summary>Where a sliding window gets its voxels from: a prepared image, or one that is prepared row by row as it is asked for.</summary>
public interface IWindowSource
{
    /// <summary>Channels, as the network takes them.</summary>
    int Channels { get; }

    /// <summary>The size of the prepared image.</summary>
    Extent Extent { get; }

    /// <summary>Writes neighbouring voxels of one row. Asked for from one thread, several times for the same row, always inside the image.</summary>
    /// <param name="channel">From 0.</param>
    /// <param name="z">The plane.</param>
    /// <param name="y">The row.</param>
    /// <param name="x">The first voxel.</param>
    /// <param name="values">Receives as many voxels as it is long, as the network shall see them.</param>
    void Read(int channel, int z, int y, int x, Span<float> values);

    /// <summary>Writes a channel that shows more than the window's own voxels.</summary>
    /// <param name="channel">From 0.</param>
    /// <param name="corner">The window's first voxel; may lie outside the image.</param>
    /// <param name="window">Voxels per axis of the window.</param>
    /// <param name="values">Receives as many voxels as the window has.</param>
    /// <returns>False, and nothing written, where <see cref="Read"/> gives the channel.</returns>
    bool TryReadAround(int channel, (int X, int Y, int Z) corner, Extent window, Span<float> values) => false;
}

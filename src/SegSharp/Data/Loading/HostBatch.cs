using System.Buffers;
using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>Samples side by side in memory, before they become tensors. Owns pooled buffers: the consumer disposes it.</summary>
public sealed class HostBatch : IDisposable
{
    private float[]? _images;
    private long[]? _labels;
    private float[]? _weights;

    /// <summary>A batch of empty buffers from the pool; whoever makes it fills it.</summary>
    /// <param name="ids">Name of every sample.</param>
    /// <param name="channels">Channels of every sample.</param>
    /// <param name="extent">Voxels per axis of every sample.</param>
    /// <param name="labelled">Whether there are labels.</param>
    /// <param name="weighted">Whether pixels have weights.</param>
    /// <param name="maps">How many maps per sample the weights are; 0 for one weight per voxel.</param>
    public HostBatch(IReadOnlyList<string> ids, int channels, Extent extent, bool labelled, bool weighted = false, int maps = 0)
    {
        Ids = ids;
        Channels = channels;
        Extent = extent;
        var voxels = checked((int)(Count * extent.Count));
        _images = ArrayPool<float>.Shared.Rent(checked(voxels * channels));
        _labels = labelled ? ArrayPool<long>.Shared.Rent(voxels) : null;
        HasLabels = labelled;
        _weights = weighted ? ArrayPool<float>.Shared.Rent(checked(voxels * Math.Max(1, maps))) : null;
        HasWeights = weighted;
        Maps = maps;
    }

    /// <summary>Name of every sample, in the order of the batch.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>Samples in the batch (N).</summary>
    public int Count => Ids.Count;

    /// <summary>Channels (C).</summary>
    public int Channels { get; }

    /// <summary>Voxels per axis of every sample; depth 1 for pictures and slices.</summary>
    public Extent Extent { get; }

    /// <summary>Whether every sample came with labels.</summary>
    public bool HasLabels { get; }

    /// <summary>Whether every sample came with pixel weights.</summary>
    public bool HasWeights { get; }

    /// <summary>How many maps per sample <see cref="Weights"/> holds; 0 for one weight per voxel.</summary>
    public int Maps { get; }

    /// <summary>Position in the epoch, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Epoch it belongs to.</summary>
    public int Epoch { get; init; }

    /// <summary>The shape of <see cref="Images"/>: [N, C, H, W] for a network of two axes, [N, C, D, H, W] for one of three.</summary>
    /// <param name="dimensions">2 or 3.</param>
    public long[] ImageShape(int dimensions) =>
        dimensions == 3 ? [Count, Channels, Extent.Depth, Extent.Height, Extent.Width] : [Count, Channels, Extent.Height, Extent.Width];

    /// <summary>The shape of <see cref="Weights"/>: that of the target, or [N, maps, (D,) H, W].</summary>
    /// <param name="dimensions">2 or 3.</param>
    public long[] WeightShape(int dimensions) => TargetShape(dimensions) is var shape && Maps == 0 ? shape : [shape[0], Maps, .. shape.AsSpan(1)];

    /// <summary>The shape of <see cref="Labels"/>: without the channels.</summary>
    /// <param name="dimensions">2 or 3.</param>
    public long[] TargetShape(int dimensions) => dimensions == 3 ? [Count, Extent.Depth, Extent.Height, Extent.Width] : [Count, Extent.Height, Extent.Width];

    /// <summary>Intensities [N, C, D, H, W].</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public Span<float> Images => Alive(_images).AsSpan(0, Count * Channels * Voxels);

    /// <summary>Classes [N, D, H, W]; empty when there are no labels.</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public Span<long> Labels => HasLabels ? Alive(_labels).AsSpan(0, Count * Voxels) : [];

    /// <summary>Weights [N, D, H, W], or maps [N, K, D, H, W]; empty when there are none.</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public Span<float> Weights => HasWeights ? Alive(_weights).AsSpan(0, Count * Voxels * Math.Max(1, Maps)) : [];

    /// <summary>Gives the buffers back to the pool; spans taken before must not be used any more.</summary>
    public void Dispose()
    {
        if (_images is { } images)
        {
            _images = null;
            ArrayPool<float>.Shared.Return(images);
        }

        if (_labels is { } labels)
        {
            _labels = null;
            ArrayPool<long>.Shared.Return(labels);
        }

        if (_weights is { } weights)
        {
            _weights = null;
            ArrayPool<float>.Shared.Return(weights);
        }
    }

    private int Voxels => (int)Extent.Count;

    private T[] Alive<T>(T[]? buffer)
    {
        ObjectDisposedException.ThrowIf(buffer is null, this);
        return buffer;
    }
}

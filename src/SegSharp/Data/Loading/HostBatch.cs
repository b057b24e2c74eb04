using System.Buffers;

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
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="labelled">Whether there are labels.</param>
    /// <param name="weighted">Whether pixels have weights.</param>
    public HostBatch(IReadOnlyList<string> ids, int channels, int height, int width, bool labelled, bool weighted = false)
    {
        Ids = ids;
        Channels = channels;
        Height = height;
        Width = width;
        _images = ArrayPool<float>.Shared.Rent(Count * channels * height * width);
        _labels = labelled ? ArrayPool<long>.Shared.Rent(Count * height * width) : null;
        HasLabels = labelled;
        _weights = weighted ? ArrayPool<float>.Shared.Rent(Count * height * width) : null;
        HasWeights = weighted;
    }

    /// <summary>Name of every sample, in the order of the batch.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>Samples in the batch (N).</summary>
    public int Count => Ids.Count;

    /// <summary>Channels (C).</summary>
    public int Channels { get; }

    /// <summary>Rows (H).</summary>
    public int Height { get; }

    /// <summary>Columns (W).</summary>
    public int Width { get; }

    /// <summary>Whether every sample came with labels.</summary>
    public bool HasLabels { get; }

    /// <summary>Whether every sample came with pixel weights.</summary>
    public bool HasWeights { get; }

    /// <summary>Position in the epoch, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Epoch it belongs to.</summary>
    public int Epoch { get; init; }

    /// <summary>Intensities [N, C, H, W].</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public Span<float> Images => Alive(_images).AsSpan(0, Count * Channels * Height * Width);

    /// <summary>Classes [N, H, W]; empty when there are no labels.</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public Span<long> Labels => HasLabels ? Alive(_labels).AsSpan(0, Count * Height * Width) : [];

    /// <summary>Weights [N, H, W]; empty when there are none.</summary>
    /// <exception cref="ObjectDisposedException">The batch was disposed.</exception>
    public Span<float> Weights => HasWeights ? Alive(_weights).AsSpan(0, Count * Height * Width) : [];

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

    private T[] Alive<T>(T[]? buffer)
    {
        ObjectDisposedException.ThrowIf(buffer is null, this);
        return buffer;
    }
}

using System.Text.Json;

namespace SegSharp.Benchmarks;

/// <summary>What one process measured: one JSON line, of ours or of a peer.</summary>
internal sealed record Measurement
{
    /// <summary>Names in JSON as the peers write them.</summary>
    public static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <summary>"segsharp", "pytorch", "scipy", "scikit-image" or "nibabel".</summary>
    public required string Side { get; init; }

    /// <summary>The task's name.</summary>
    public required string Task { get; init; }

    /// <summary>Threads that one operator may use.</summary>
    public required int Threads { get; init; }

    /// <summary>"contiguous" or "channels-last".</summary>
    public required string Layout { get; init; }

    /// <summary>"fp32" or "bf16".</summary>
    public required string Precision { get; init; }

    /// <summary>Seconds of every timed step.</summary>
    public required double[] Wall { get; init; }

    /// <summary>Seconds of processor time of every timed step, over all threads.</summary>
    public required double[] Cpu { get; init; }

    /// <summary>The most memory that the process ever had resident.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>What was resident before the first step.</summary>
    public required long StartBytes { get; init; }

    /// <summary>Loss of every training step or mean magnitude of the logits, or one number of what was found; warm-up included: both sides must agree.</summary>
    public required double[] Values { get; init; }

    /// <summary>Seconds until libtorch was loaded.</summary>
    public double ImportSeconds { get; init; }

    /// <summary>Which convolutions: "auto", "direct" or "winograd"; ours only.</summary>
    public string? Conv { get; init; }

    /// <summary>The most that tensors held at once, by the bridge's own count; ours only.</summary>
    public long? PeakTensorBytes { get; init; }

    /// <summary>The BLAS asked for; the peers' only.</summary>
    public string? Blas { get; init; }

    /// <summary>The files of BLAS in the memory map; the peers' only.</summary>
    public string[]? BlasLoaded { get; init; }

    /// <summary>Measured rate of a matrix product; the peers' only.</summary>
    public double? SgemmGigaflops { get; init; }

    /// <summary>Version of SegSharp or the peer.</summary>
    public string? Version { get; init; }

    /// <summary>What the bridge says about libtorch; ours only.</summary>
    public JsonElement? About { get; init; }
}

namespace SegSharp.Foundation;

/// <summary>What this process may use of the machine; inside a container or under a <c>ulimit</c>, what these allow.</summary>
public static class Machine
{
    private static readonly MemoryLimits Limits = new();

    /// <summary>The cores this process may use: affinity and container quota counted.</summary>
    public static int Cores => Environment.ProcessorCount;

    /// <summary>The memory this process may use, in bytes: the machine's, or the least limit of a control group or <c>ulimit</c> when that is less.</summary>
    public static long MemoryBytes => Math.Min(Limits.Physical ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Limits.Limit ?? long.MaxValue);

    /// <summary>The memory that is free to take now, in bytes; null where the system does not say.</summary>
    public static long? FreeMemoryBytes => Limits.Free;

    /// <summary>The memory that this process holds now, in bytes; null where the system does not say.</summary>
    public static long? ProcessBytes => Limits.Process("VmRSS");

    /// <summary>The most memory that this process has held, in bytes; null where the system does not say.</summary>
    public static long? ProcessPeakBytes => Limits.Process("VmHWM");

    /// <summary>Gives back to the system what this process holds and no longer uses, so that a plan of memory counts what is needed. Takes some tens of milliseconds.</summary>
    public static void ReleaseGarbage() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <summary>Whether the processor computes in bfloat16 by itself (AVX-512 BF16, AMX, ARM's BF16); false where the system does not say.</summary>
    public static bool HasBFloat16 => File.Exists("/proc/cpuinfo")
        && File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("flags", StringComparison.Ordinal) || l.StartsWith("Features", StringComparison.Ordinal)) is { } flags
        && flags.Split(' ').Any(f => f is "avx512_bf16" or "amx_bf16" or "bf16");

    /// <summary>The processor's model name; null where the system does not say.</summary>
    public static string? Processor
    {
        get
        {
            // "model name	: Intel(R) Xeon(R) ..."
            var line = File.Exists("/proc/cpuinfo")
                ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
                : null;
            return line?.Split(':', 2) is [_, var name] ? name.Trim() : null;
        }
    }
}

using System.Globalization;

namespace SegSharp.Foundation;

/// <summary>Reads the limits of memory that Linux lays on a process: the machine's own, those of its control groups (version 1 and 2), <c>ulimit -v</c> and <c>-d</c>.</summary>
/// <param name="proc">Where procfs lies.</param>
/// <param name="cgroups">Where the control groups lie.</param>
internal sealed class MemoryLimits(string proc = "/proc", string cgroups = "/sys/fs/cgroup")
{
    /// <summary>The machine's memory; null where the system does not say.</summary>
    public long? Physical => Kilobytes(Path.Combine(proc, "meminfo"), "MemTotal");

    /// <summary>The least limit of all groups and of <c>ulimit</c>; null without any.</summary>
    public long? Limit => new[] { Groups().Min(g => (long?)g.Limit), ResourceLimit("Max address space"), ResourceLimit("Max data size") }.Min();

    /// <summary>What can still be had under every limit; null where the system does not say.</summary>
    public long? Free => Kilobytes(Path.Combine(proc, "meminfo"), "MemAvailable") is not { } available
        ? null
        : Math.Max(0, new[]
        {
            available,
            Groups().Min(g => (long?)(g.Limit - g.Used)),
            ResourceLimit("Max address space") - Process("VmSize"),
            ResourceLimit("Max data size") - Process("VmData"),
        }.Min()!.Value);

    /// <summary>A line of the process's status, in bytes: "VmRSS", "VmHWM"; null where the system does not say.</summary>
    public long? Process(string name) => Kilobytes(Path.Combine(proc, "self", "status"), name);

    // "MemTotal:       16316416 kB"
    private static long? Kilobytes(string file, string name) =>
        Lines(file).FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal))?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [_, var number, ..]
            && long.TryParse(number, CultureInfo.InvariantCulture, out var kilobytes)
            ? kilobytes * 1024
            : null;

    // "Max address space         4294967296           unlimited            bytes": the soft limit stands first.
    private long? ResourceLimit(string name) =>
        Lines(Path.Combine(proc, "self", "limits")).FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) is { } line
            && line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..]
            && long.TryParse(soft, CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : null;

    // Every group from the process's own up to the root has its own limit. Pages of files that can be dropped at once are not used up.
    private IEnumerable<(long Limit, long Used)> Groups()
    {
        foreach (var line in Lines(Path.Combine(proc, "self", "cgroup")))
        {
            // "0::/user.slice/session-1.scope" (version 2), "4:memory:/docker/3f2a" (version 1)
            var parts = line.Split(':', 3);
            var second = parts is ["0", "", _];
            if (!second && !(parts.Length == 3 && parts[1].Split(',').Contains("memory", StringComparer.Ordinal)))
            {
                continue;
            }

            var root = second ? cgroups : Path.Combine(cgroups, "memory");
            var (limitFile, usedFile) = second ? ("memory.max", "memory.current") : ("memory.limit_in_bytes", "memory.usage_in_bytes");
            var statistic = second ? "inactive_file" : "total_inactive_file";

            // Inside a container the path may be the host's: then only the root is there, and is the container's own.
            for (var folder = Path.Combine(root, parts[2].TrimStart('/')).TrimEnd('/'); folder.StartsWith(root, StringComparison.Ordinal); folder = Path.GetDirectoryName(folder)!)
            {
                if (Number(Path.Combine(folder, limitFile)) is { } limit && limit < long.MaxValue / 2)
                {
                    var droppable = Lines(Path.Combine(folder, "memory.stat")).FirstOrDefault(l => l.StartsWith(statistic + " ", StringComparison.Ordinal))?[(statistic.Length + 1)..];
                    var used = Number(Path.Combine(folder, usedFile)) ?? 0;
                    yield return (limit, Math.Max(0, used - (long.TryParse(droppable, CultureInfo.InvariantCulture, out var d) ? d : 0)));
                }
            }
        }
    }

    private static long? Number(string file) =>
        long.TryParse(Lines(file).FirstOrDefault()?.Trim(), CultureInfo.InvariantCulture, out var value) ? value : null;

    private static string[] Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

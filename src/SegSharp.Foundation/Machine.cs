using System.Globalization;

namespace SegSharp.Foundation;

/// <summary>What this process may use of the machine; inside a container, what the container may.</summary>
public static class Machine
{
    private const string CGroups = "/sys/fs/cgroup";

    /// <summary>The cores this process may use: affinity and container quota counted.</summary>
    public static int Cores => Environment.ProcessorCount;

    /// <summary>The memory this process may use, in bytes: the machine's, or the container's limit when that is less.</summary>
    public static long MemoryBytes => Math.Min(MemoryOfMachine("MemTotal") ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, ContainerLimit() ?? long.MaxValue);

    /// <summary>The memory that is free to take now, in bytes; null where the system does not say.</summary>
    public static long? FreeMemoryBytes => MemoryOfMachine("MemAvailable") is { } free
        ? Math.Min(free, ContainerFree() ?? long.MaxValue)
        : null;

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

    private static long? MemoryOfMachine(string name)
    {
        if (!File.Exists("/proc/meminfo"))
        {
            return null;
        }

        // "MemTotal:       16316416 kB"
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        var words = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is [_, var number, ..] && long.TryParse(number, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes * 1024 : null;
    }

    private static long? ContainerLimit() => Groups().Min(g => ReadNumber(Path.Combine(g, "memory.max")))
        ?? ReadNumber($"{CGroups}/memory/memory.limit_in_bytes");

    private static long? ContainerFree() =>
        Groups().Min(g => ReadNumber(Path.Combine(g, "memory.max")) - ReadNumber(Path.Combine(g, "memory.current")))
        ?? ReadNumber($"{CGroups}/memory/memory.limit_in_bytes") - ReadNumber($"{CGroups}/memory/memory.usage_in_bytes");

    // Version 2 keeps a limit in every folder from the process's own up to the root; version 1 mounts the container's at the top.
    private static IEnumerable<string> Groups()
    {
        for (var folder = OwnGroup(); folder.StartsWith(CGroups, StringComparison.Ordinal); folder = Path.GetDirectoryName(folder)!)
        {
            yield return folder;
        }
    }

    private static string OwnGroup()
    {
        // "0::/user.slice/session-1.scope"
        var line = File.Exists("/proc/self/cgroup")
            ? File.ReadLines("/proc/self/cgroup").FirstOrDefault(l => l.StartsWith("0::", StringComparison.Ordinal))
            : null;
        return Path.Combine(CGroups, line?[3..].TrimStart('/') ?? "").TrimEnd('/');
    }

    private static long? ReadNumber(string file)
    {
        try
        {
            return File.Exists(file) && long.TryParse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture, out var value) ? value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

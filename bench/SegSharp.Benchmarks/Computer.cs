using System.Runtime.InteropServices;

namespace SegSharp.Benchmarks;

/// <summary>What a reader of the tables must know about the machine.</summary>
internal sealed record Computer(string Processor, int Cores, double MemoryGigabytes, string System, double Load)
{
    /// <summary>This one, with its load of the last minute.</summary>
    public static Computer Here()
    {
        var processor = Field("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        var memory = Field("/proc/meminfo", "MemTotal")?.Split(' ')[0];
        var load = File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0]) : 0;
        var system = Field("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? RuntimeInformation.OSDescription;
        return new Computer(processor, Environment.ProcessorCount, memory is null ? 0 : double.Parse(memory) / 1e6, system, load);
    }

    /// <summary>A word for file names: "amd-epyc-9r14-2c".</summary>
    public string Slug
    {
        get
        {
            var letters = Processor.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-').ToArray();
            var words = new string(letters).Split('-', StringSplitOptions.RemoveEmptyEntries).Where(w => w is not ("r" or "tm" or "cpu" or "processor"));
            return $"{string.Join('-', words)}-{Cores}c";
        }
    }

    private static string? Field(string file, string name, char separator = ':') => !File.Exists(file) ? null : File.ReadLines(file)
        .Where(l => l.StartsWith(name, StringComparison.Ordinal))
        .Select(l => l[(l.IndexOf(separator) + 1)..].Trim())
        .FirstOrDefault();
}

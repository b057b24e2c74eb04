using System.Reflection;
using System.Runtime.InteropServices;
using SegSharp.Foundation;

namespace SegSharp.Cli.Terminal;

/// <summary>One part that SegSharp needs, and whether it is there.</summary>
/// <param name="Key">camelCase.</param>
/// <param name="Name">As a person says it.</param>
/// <param name="Found">Version or what else was found; null when it is missing.</param>
/// <param name="Fix">What to do about it when it is missing.</param>
internal sealed record HealthPart(string Key, string Name, string? Found, string? Fix);

/// <summary>What <c>doctor</c> finds. Every part is asked on its own, so that one that is missing does not hide the others.</summary>
internal sealed class Health
{
    private readonly List<HealthPart> _parts = [];

    /// <summary>Whether every part is there.</summary>
    public bool IsWell => _parts.All(p => p.Found is not null);

    /// <summary>Looks at everything.</summary>
    public static Health Examine() => new();

    public Document ToDocument()
    {
        var table = new Table(new("part", "part"), new("found", "found"), new("fix", "what to do"));
        foreach (var part in _parts)
        {
            table.Add(part.Name, part.Found ?? "missing", part.Found is null ? part.Fix : null);
        }

        return new Document()
            .With("segsharp", "SegSharp", VersionOf(typeof(Health).Assembly))
            .With("dotnet", ".NET", Environment.Version.ToString())
            .With("system", "system", $"{RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})")
            .With("cores", "cores", Machine.Cores)
            .With("memoryBytes", "memory", Machine.MemoryBytes, MemoryText())
            .With("parts", table)
            .With("isWell", "well", IsWell, IsWell ? "everything is there" : "something is missing: see above");
    }

    private static string MemoryText() => Machine.FreeMemoryBytes is { } free
        ? $"{ByteSize.Format(Machine.MemoryBytes)}, {ByteSize.Format(free)} free"
        : ByteSize.Format(Machine.MemoryBytes);

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";
}

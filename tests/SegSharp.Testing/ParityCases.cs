using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace SegSharp.Testing;

/// <summary>Recorded numbers of other programs, found by what lies on disk: new cases need no new test.</summary>
public static class ParityCases
{
    /// <summary>The folder of all cases: the environment variable SEGSHARP_PARITY, else the one in this repository.</summary>
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("SEGSHARP_PARITY") is { Length: > 0 } given
            ? Path.GetFullPath(given)
            : Path.Combine(Repository.Root, "tests", "SegSharp.ParityTests", "parity");

    /// <summary>Whether <see cref="Root"/> was given from outside.</summary>
    public static bool IsForeign => Environment.GetEnvironmentVariable("SEGSHARP_PARITY") is { Length: > 0 };

    /// <summary>The folder of what this repository's own scripts recorded (<c>tests/SegSharp.ParityTests/scripts</c>), with a provenance beside every recording.</summary>
    public static string Own { get; } = Path.Combine(Repository.Root, "tests", "SegSharp.ParityTests", "parity-own");

    /// <summary>Every folder with a <c>case.json</c> at or below that one, relative to <see cref="Root"/>, sorted; empty when it is missing.</summary>
    /// <param name="below">A folder below the root, such as "01-unet".</param>
    public static IReadOnlyList<string> Folders(string below)
    {
        var top = Path.Combine(Root, below);
        return Directory.Exists(top)
            ? [.. Directory.EnumerateFiles(top, "case.json", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(Root, Path.GetDirectoryName(f)!).Replace('\\', '/'))
                .Order(StringComparer.Ordinal)]
            : [];
    }

    /// <summary>The same as theory data: one string per case. A missing folder gives no row; mark the theory SkipTestWithoutData.</summary>
    public static TheoryData<string> Rows(string below) => [.. Folders(below)];

    /// <summary>The names in the list <c>cases</c> of a JSON file, as theory data. A missing file gives no row; mark the theory SkipTestWithoutData.</summary>
    /// <param name="file">The whole path.</param>
    public static TheoryData<string> Names(string file)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        return [.. json.RootElement.GetProperty("cases").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];
    }

    /// <summary>The case with that name in the list <c>cases</c> of a JSON file.</summary>
    /// <param name="file">The whole path.</param>
    /// <param name="name">As <see cref="Names"/> gave it.</param>
    public static JsonObject Named(string file, string name) =>
        JsonNode.Parse(File.ReadAllBytes(file))!["cases"]!.AsArray().OfType<JsonObject>().Single(c => c["name"]!.GetValue<string>() == name);

    /// <summary>The path of a file or folder below the root; the test is skipped, with the reason, when it is not there.</summary>
    public static string Require(params string[] parts)
    {
        var path = Path.Combine([Root, .. parts]);
        Assert.SkipUnless(Path.Exists(path), $"no '{Path.Combine(parts)}' below the parity root '{Root}' (set SEGSHARP_PARITY)");
        return path;
    }
}

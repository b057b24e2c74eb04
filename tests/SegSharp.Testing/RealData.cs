using Xunit;

namespace SegSharp.Testing;

/// <summary>Public data sets that are too large or not licensed to lie in the repository.</summary>
public static class RealData
{
    /// <summary>The folder of all data sets: the environment variable SEGSHARP_DATA, else a folder beside the repository, which need not exist.</summary>
    public static string Root { get; } =
        Environment.GetEnvironmentVariable("SEGSHARP_DATA") is { Length: > 0 } given
            ? Path.GetFullPath(given)
            : Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "data"));

    /// <summary>The path of a data set or a file in it; the test is skipped, with the reason, when it is not there.</summary>
    public static string Require(params string[] parts)
    {
        var path = Path.Combine([Root, .. parts]);
        Assert.SkipUnless(Path.Exists(path), $"no '{Path.Combine(parts)}' below the data root '{Root}' (set SEGSHARP_DATA)");
        return path;
    }
}

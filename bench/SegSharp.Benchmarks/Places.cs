namespace SegSharp.Benchmarks;

/// <summary>Where things lie in the clone.</summary>
internal static class Places
{
    /// <summary>The folder <c>bench</c>, looked for from the program upwards.</summary>
    public static string Bench { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "bench");
            if (File.Exists(Path.Combine(candidate, "tasks.json")))
            {
                return candidate;
            }
        }

        throw new InputException($"no bench/tasks.json above '{AppContext.BaseDirectory}'", "start the benchmarks inside the clone: ./segsharp bench");
    }
}

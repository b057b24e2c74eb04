namespace SegSharp.Testing;

/// <summary>Where this repository lies.</summary>
public static class Repository
{
    /// <summary>The folder with <c>SegSharp.slnx</c>, looked for from the test's own folder upwards.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "SegSharp.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no SegSharp.slnx above {AppContext.BaseDirectory}");
    }
}

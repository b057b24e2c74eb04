namespace SegSharp.Tests.Data;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("segsharp-test-");

    public string Path(params string[] parts) => System.IO.Path.Combine([_folder.FullName, .. parts]);

    public void Dispose() => _folder.Delete(recursive: true);
}

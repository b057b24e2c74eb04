using System.Formats.Tar;
using System.IO.Compression;

namespace SegSharp.Tests.Data.Download;

/// <summary>Archives for tests, with names that tools refuse to write.</summary>
internal static class ArchiveFiles
{
    public static void Pack(string archive, params (string Name, byte[] Bytes)[] files)
    {
        using var file = File.Create(archive);
        if (archive.EndsWith(".zip", StringComparison.Ordinal))
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Create);
            foreach (var (name, bytes) in files)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(bytes);
            }

            return;
        }

        using var packed = archive.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionLevel.Fastest) : null;
        using var tar = new TarWriter((Stream?)packed ?? file);
        foreach (var (name, bytes) in files)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });
        }
    }

    public static void PackFolder(string archive, string folder, string below) => Pack(archive,
        [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => ($"{below}/{Path.GetRelativePath(folder, f)}", File.ReadAllBytes(f)))]);
}

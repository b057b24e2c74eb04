using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using SegSharp.Data.Download;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Data.Download;

public sealed class ArchiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.zip")]
    [InlineData("a.tar")]
    [InlineData("a.tar.gz")]
    public void Files_come_out_as_they_went_in(string name)
    {
        Pack(name, "task/images/one.txt", "./task/two.txt", "__MACOSX/task/._two.txt", "task/._two.txt", "task/.DS_Store");

        Archive.Unpack(_folder.Path(name), _folder.Path("out"));

        Assert.Equal(["task/images/one.txt", "task/two.txt"], Directory.EnumerateFiles(_folder.Path("out"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_folder.Path("out"), f)).Order());
        Assert.Equal("task/images/one.txt", File.ReadAllText(_folder.Path("out", "task", "images", "one.txt")));
    }

    [Theory]
    [InlineData("a.zip", "../evil.txt")]
    [InlineData("a.zip", "good/../../evil.txt")]
    [InlineData("a.zip", "/tmp/evil.txt")]
    [InlineData("a.zip", "C:/evil.txt")]
    [InlineData("a.zip", "good\\..\\..\\evil.txt")]
    [InlineData("a.tar", "../evil.txt")]
    [InlineData("a.tar.gz", "/tmp/evil.txt")]
    public void A_name_that_leads_out_of_the_folder_is_refused_and_nothing_is_left(string archive, string name)
    {
        Pack(archive, "good.txt", name);

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path(archive), _folder.Path("out")));

        Assert.Equal($"'{_folder.Path(archive)}' holds '{name}', which leads out of the folder; nothing was unpacked", error.Message);
        Assert.Equal([archive], Directory.EnumerateFileSystemEntries(_folder.Path()).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData(TarEntryType.SymbolicLink)]
    [InlineData(TarEntryType.HardLink)]
    public void Links_in_a_tar_are_refused(TarEntryType type)
    {
        using (var tar = new TarWriter(File.OpenWrite(_folder.Path("a.tar"))))
        {
            tar.WriteEntry(new PaxTarEntry(type, "link") { LinkName = "/etc/passwd" });
        }

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.tar"), _folder.Path("out")));

        Assert.Equal($"'{_folder.Path("a.tar")}' holds 'link', which is a link; nothing was unpacked", error.Message);
    }

    [Fact]
    public void Links_in_a_zip_are_refused()
    {
        using (var zip = ZipFile.Open(_folder.Path("a.zip"), ZipArchiveMode.Create))
        {
            var entry = zip.CreateEntry("link");
            entry.ExternalAttributes = unchecked((int)0xA1FF0000);
            using var stream = entry.Open();
            stream.Write("/etc/passwd"u8);
        }

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.zip"), _folder.Path("out")));

        Assert.Equal($"'{_folder.Path("a.zip")}' holds 'link', which is a link; nothing was unpacked", error.Message);
    }

    [Fact]
    public void What_unpacks_to_far_too_much_is_refused()
    {
        using (var zip = ZipFile.Open(_folder.Path("a.zip"), ZipArchiveMode.Create))
        {
            using var stream = zip.CreateEntry("zeros").Open();
            stream.Write(new byte[400_000]);
        }

        var size = new FileInfo(_folder.Path("a.zip")).Length;
        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.zip"), _folder.Path("out"), new() { Free = 1000, Growth = 10 }));

        Assert.Equal($"'{_folder.Path("a.zip")}' ({size} B) unpacks to more than {ByteSize.Format(1000 + (10 * size))}", error.Message);
        Assert.False(Directory.Exists(_folder.Path("out")));
    }

    [Fact]
    public void Too_many_files_are_refused()
    {
        Pack("a.zip", "1", "2", "3");

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.zip"), _folder.Path("out"), new() { Files = 2 }));

        Assert.Equal($"'{_folder.Path("a.zip")}' holds more than 2 files", error.Message);
    }

    [Fact]
    public void A_name_that_comes_twice_is_refused()
    {
        Pack("a.zip", "same", "./same");

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.zip"), _folder.Path("out")));

        Assert.Equal($"'{_folder.Path("a.zip")}' holds './same', which comes twice; nothing was unpacked", error.Message);
    }

    [Fact]
    public void A_damaged_archive_is_named()
    {
        Pack("a.tar.gz", "one", "two");
        var bytes = File.ReadAllBytes(_folder.Path("a.tar.gz"));
        File.WriteAllBytes(_folder.Path("a.tar.gz"), bytes[..(bytes.Length / 2)]);

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.tar.gz"), _folder.Path("out")));

        Assert.StartsWith($"'{_folder.Path("a.tar.gz")}' is damaged: ", error.Message, StringComparison.Ordinal);
        Assert.Equal("remove it and download it again", error.Fix);
        Assert.False(Directory.Exists(_folder.Path("out")));
    }

    [Fact]
    public void A_stored_entry_of_a_zip_that_changed_is_found_by_its_checksum()
    {
        using (var zip = ZipFile.Open(_folder.Path("a.zip"), ZipArchiveMode.Create))
        {
            using var stream = zip.CreateEntry("one.txt", CompressionLevel.NoCompression).Open();
            stream.Write("123456789"u8);
        }

        var bytes = File.ReadAllBytes(_folder.Path("a.zip"));
        bytes[bytes.AsSpan().IndexOf("123456789"u8)] = (byte)'0';
        File.WriteAllBytes(_folder.Path("a.zip"), bytes);

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.zip"), _folder.Path("out")));

        Assert.Equal($"'{_folder.Path("a.zip")}' is damaged: the CRC-32 of 'one.txt' is {Crc32.Append(0, "023456789"u8):x8}, the archive says cbf43926", error.Message);
        Assert.False(Directory.Exists(_folder.Path("out")));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_tar_without_its_end_is_damaged(int blocks)
    {
        using (var tar = new TarWriter(File.OpenWrite(_folder.Path("whole.tar"))))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "one.txt") { DataStream = new MemoryStream("one"u8.ToArray()) });
        }

        // A head and a block of content, then blocks of zeros.
        File.WriteAllBytes(_folder.Path("a.tar"), File.ReadAllBytes(_folder.Path("whole.tar"))[..((2 + blocks) * 512)]);
        if (blocks > 0)
        {
            Archive.Unpack(_folder.Path("a.tar"), _folder.Path("out"));
            Assert.Equal("one", File.ReadAllText(_folder.Path("out", "one.txt")));
            return;
        }

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.tar"), _folder.Path("out")));

        Assert.Equal($"'{_folder.Path("a.tar")}' is damaged: it has no end, so files may be missing", error.Message);
    }

    [Theory]
    [InlineData("a", "a/b", "a/b", "lies in a folder that is also a file")]
    [InlineData("a/b", "a", "a", "is also a folder")]
    public void A_file_that_is_also_a_folder_is_refused(string first, string second, string named, string why)
    {
        Pack("a.zip", first, second);

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.zip"), _folder.Path("out")));

        Assert.Equal($"'{_folder.Path("a.zip")}' holds '{named}', which {why}; nothing was unpacked", error.Message);
    }

    [Fact]
    public void A_name_that_is_too_long_is_refused()
    {
        Pack("a.zip", new string('n', 300));

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.zip"), _folder.Path("out")));

        Assert.Equal($"'{_folder.Path("a.zip")}' holds '{new string('n', 60)}…', which is longer than a file's name can be; nothing was unpacked", error.Message);
    }

    [Fact]
    public void What_is_no_archive_is_named()
    {
        File.WriteAllText(_folder.Path("a.zip"), "<html>please log in</html>");

        var error = Assert.Throws<InputException>(() => Archive.Unpack(_folder.Path("a.zip"), _folder.Path("out")));

        Assert.Equal($"'{_folder.Path("a.zip")}' is no .zip, .tar or .tar.gz", error.Message);
    }

    private void Pack(string archive, params string[] names) => ArchiveFiles.Pack(_folder.Path(archive), [.. names.Select(n => (n, Encoding.UTF8.GetBytes(n)))]);
}

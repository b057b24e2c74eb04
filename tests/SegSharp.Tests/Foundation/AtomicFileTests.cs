using SegSharp.Foundation;
using SegSharp.Tests.Data;
using Xunit;

namespace SegSharp.Tests.Foundation;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Makes_the_folder_and_leaves_only_the_file()
    {
        AtomicFile.WriteText(_folder.Path("a", "b.txt"), "text");

        Assert.Equal("text", File.ReadAllText(_folder.Path("a", "b.txt")));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path("a")));
    }

    [Fact]
    public void A_write_that_fails_keeps_what_was_there_and_leaves_nothing_aside()
    {
        AtomicFile.WriteText(_folder.Path("b.txt"), "before");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(_folder.Path("b.txt"), s =>
        {
            s.WriteByte(1);
            throw new InvalidOperationException();
        }));

        Assert.Equal("before", File.ReadAllText(_folder.Path("b.txt")));
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path()));
    }

    [Theory]
    [InlineData(28, "the disk is full", "free some space or write to another disk")]
    [InlineData(30, "the file system is read-only", "choose an output folder that you may write to")]
    public void What_the_disk_refuses_is_said_with_a_fix(int errno, string reason, string fix)
    {
        var e = Assert.Throws<SegSharpException>(() => AtomicFile.Write(_folder.Path("b.txt"), _ => throw new IOException("x", errno)));

        Assert.Equal($"cannot write '{_folder.Path("b.txt")}': {reason}", e.Message);
        Assert.Equal(fix, e.Fix);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path()));
    }

    [Fact]
    public void A_folder_in_the_file_s_place_is_said()
    {
        Directory.CreateDirectory(_folder.Path("b.txt"));

        var e = Assert.Throws<SegSharpException>(() => AtomicFile.WriteText(_folder.Path("b.txt"), "text"));

        Assert.Equal($"cannot write '{_folder.Path("b.txt")}': a folder lies there", e.Message);
        Assert.Single(Directory.GetFileSystemEntries(_folder.Path()));
    }

    [Fact]
    public void A_file_in_the_folder_s_place_is_said()
    {
        File.WriteAllText(_folder.Path("a"), "");

        var e = Assert.Throws<SegSharpException>(() => AtomicFile.WriteText(_folder.Path("a", "b.txt"), "text"));

        Assert.Equal($"cannot write '{_folder.Path("a", "b.txt")}': its folder '{_folder.Path("a")}' cannot be made", e.Message);
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace SegSharp.Foundation;

/// <summary>Files that are never seen half-written: written beside their place, flushed to the disk, then renamed.</summary>
public static partial class AtomicFile
{
    /// <summary>Writes a file through <paramref name="write"/>; on any error the place keeps what it held before.</summary>
    /// <param name="path">Where the file shall lie; its folder is made when missing.</param>
    /// <param name="write">Fills the stream (seekable, starts empty).</param>
    /// <exception cref="SegSharpException">Disk full, folder read-only, path is a folder.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        var aside = Path.Combine(folder, $".{Path.GetFileName(full)}.tmp.{Environment.ProcessId}.{Guid.NewGuid():N}");
        try
        {
            WriteBoundary.Pass("begin", path);
            Directory.CreateDirectory(folder);
            using (var stream = new FileStream(aside, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                WriteBoundary.Pass("create", path);
                write(stream);
                WriteBoundary.Pass("write", path);
                stream.Flush(flushToDisk: true);
            }

            WriteBoundary.Pass("flush", path);
            File.Move(aside, full, overwrite: true);
            WriteBoundary.Pass("rename", path);
            FlushFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException || IsTooLarge(e))
        {
            Discard(aside);
            throw new SegSharpException($"cannot write '{path}': {Reason(e, full)}", Fix(e), e);
        }
        catch
        {
            Discard(aside);
            throw;
        }
    }

    /// <summary>Writes bytes.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteBytes(string path, ReadOnlyMemory<byte> bytes) => Write(path, s => s.Write(bytes.Span));

    /// <summary>Writes UTF-8 text without a byte-order mark.</summary>
    /// <inheritdoc cref="Write(string, Action{Stream})"/>
    public static void WriteText(string path, string text) => WriteBytes(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Removes what a killed process left beside the files it was writing. Only where no other process may be writing.</summary>
    /// <param name="folder">Searched without its subfolders; may be missing.</param>
    public static void RemoveUnfinished(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var left in Directory.EnumerateFiles(folder, ".*.tmp.*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }))
        {
            Discard(left);
        }
    }

    private static bool IsDiskFull(Exception e) => e is IOException && (e.HResult & 0xFFFF) is 28 or 0x70 or 0x27;

    // .NET turns the system's EFBIG (ulimit -f, a file system's own limit) into this one.
    private static bool IsTooLarge(Exception e) => e is ArgumentOutOfRangeException { ParamName: "value", Source: "System.Private.CoreLib" };

    // In words of the place asked for: the system's own name the file aside, which nobody knows.
    private static string Reason(Exception e, string full) =>
        IsDiskFull(e) ? "the disk is full"
        : IsTooLarge(e) ? "the file would be larger than the system allows"
        : Directory.Exists(full) ? "a folder lies there"
        : !Directory.Exists(Path.GetDirectoryName(full)) ? $"its folder '{Path.GetDirectoryName(full)}' cannot be made"
        : (e.HResult & 0xFFFF) == 30 ? "the file system is read-only"
        : e is UnauthorizedAccessException ? "permission denied"
        : e.Message.TrimEnd('.');

    private static string Fix(Exception e) =>
        IsDiskFull(e) ? "free some space or write to another disk"
        : IsTooLarge(e) ? "raise the limit (ulimit -f) or write to another disk"
        : "choose an output folder that you may write to";

    private static void Discard(string aside)
    {
        try
        {
            File.Delete(aside);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The error that led here is the one to report.
        }
    }

    // A rename is on the disk only once its folder is. Elsewhere than on Unix the file system does this itself.
    private static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var handle = Open(folder, 0);
        if (handle >= 0)
        {
            _ = Fsync(handle);
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}

using Microsoft.Win32.SafeHandles;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats;

/// <summary>A file to read from at any place. Every error names the file.</summary>
public sealed class ByteSource : IDisposable
{
    private readonly SafeFileHandle? _handle;
    private readonly ReadOnlyMemory<byte> _memory;

    private ByteSource(string path, SafeFileHandle? handle, ReadOnlyMemory<byte> memory, long length) =>
        (Path, _handle, _memory, Length) = (path, handle, memory, length);

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>The file's name without folder and ending; ".nii.gz" and its like are one ending.</summary>
    public string Name => Catalogue.NameOf(Path);

    /// <summary>Millimetres per voxel to take in place of what the file says about its grid; null to take the file at its word.</summary>
    public Triple? Spacing { get; init; }

    /// <summary>Bytes in the file.</summary>
    public long Length { get; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="InputException">Missing, a folder, or not to be read.</exception>
    public static ByteSource Open(string path) => Open(path, null);

    /// <summary>Opens a file whose own word about its grid is not to be trusted.</summary>
    /// <param name="path">The file.</param>
    /// <param name="spacing">See <see cref="Spacing"/>.</param>
    /// <inheritdoc cref="Open(string)"/>
    public static ByteSource Open(string path, Triple? spacing)
    {
        if (Directory.Exists(path))
        {
            throw new InputException($"'{path}' is a folder; expected an image file", "name a file in it");
        }

        try
        {
            // Pipes and devices have no length, and opening them may never return.
            if (new FileInfo(path) is { Exists: true, Length: 0 })
            {
                return new ByteSource(path, null, default, 0);
            }

            var handle = File.OpenHandle(path);
            return new ByteSource(path, handle, default, RandomAccess.GetLength(handle)) { Spacing = spacing };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"'{path}' does not exist", "check the path", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new InputException($"'{path}' cannot be read: {e.Message.TrimEnd('.')}", "check its permissions", e);
        }
    }

    /// <summary>Bytes that are in memory already.</summary>
    /// <param name="path">The name for messages.</param>
    /// <param name="bytes">The whole file.</param>
    public static ByteSource Of(string path, ReadOnlyMemory<byte> bytes) => new(path, null, bytes, bytes.Length);

    /// <summary>Reads as many bytes as there are, at most the length of <paramref name="target"/>.</summary>
    /// <returns>How many were read.</returns>
    public int ReadUpTo(long offset, Span<byte> target)
    {
        if (offset < 0 || offset >= Length)
        {
            return 0;
        }

        if (_handle is null)
        {
            var part = _memory.Span[(int)offset..];
            part = part[..Math.Min(part.Length, target.Length)];
            part.CopyTo(target);
            return part.Length;
        }

        try
        {
            var done = 0;
            while (done < target.Length)
            {
                var n = RandomAccess.Read(_handle, target[done..], offset + done);
                if (n == 0)
                {
                    break;
                }

                done += n;
            }

            return done;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{Path}' cannot be read: {e.Message.TrimEnd('.')}", "check the disk", e);
        }
    }

    /// <summary>Fills <paramref name="target"/>.</summary>
    /// <param name="offset">Where in the file.</param>
    /// <param name="target">What to fill.</param>
    /// <param name="what">What is read, for the message: "the PNG header".</param>
    /// <exception cref="InputException">The file ends before.</exception>
    public void ReadExactly(long offset, Span<byte> target, string what)
    {
        if (offset < 0 || offset > Length - target.Length || ReadUpTo(offset, target) < target.Length)
        {
            throw Truncated(offset, target.Length, what);
        }
    }

    /// <summary>Reads bytes into a new array, whose size is checked against the length of the file first.</summary>
    /// <inheritdoc cref="ReadExactly(long, Span{byte}, string)"/>
    public byte[] ReadExactly(long offset, long count, string what)
    {
        if (offset < 0 || count < 0 || count > Array.MaxLength || offset > Length - count)
        {
            throw Truncated(offset, count, what);
        }

        var bytes = new byte[count];
        ReadExactly(offset, bytes, what);
        return bytes;
    }

    /// <summary>The error for a file that is damaged.</summary>
    /// <param name="found">What was found and what was expected.</param>
    public InputException Damaged(string found) => new($"'{Path}' is damaged: {found}", "copy or download the file again");

    /// <summary>The error for a file that is in order, but of a kind that is not read here.</summary>
    /// <param name="found">What was found and what can be read.</param>
    /// <param name="fix">What to do about it.</param>
    public InputException Unsupported(string found, string fix) => new($"'{Path}' cannot be read: {found}", fix);

    /// <summary>The error for a file whose voxels are in order, but not their place in the world.</summary>
    /// <param name="found">What was found and what was expected.</param>
    public InputException NoGeometry(string found) =>
        new($"'{Path}' has no usable geometry: {found}", $"segsharp convert {CommandText.Word(Path)} {CommandText.Word(CommandText.MendedPlace(Path))} --spacing XxYxZ, with the true millimetres per voxel");

    /// <inheritdoc/>
    public void Dispose() => _handle?.Dispose();

    private InputException Truncated(long offset, long count, string what) =>
        new($"'{Path}' is truncated: it has {Length} bytes, but {what} needs {count} bytes at {offset}", "copy or download the file again");
}

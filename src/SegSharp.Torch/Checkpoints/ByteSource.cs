using Microsoft.Win32.SafeHandles;
using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>Bytes that are read by position and never loaded as a whole: a file, or memory.</summary>
internal abstract class ByteSource(string name, long length) : IDisposable
{
    private const int LongestReason = 600;

    /// <summary>The name that errors show.</summary>
    public string Name => name;

    /// <summary>Length in bytes.</summary>
    public long Length => length;

    /// <summary>Opens a file for reading by position.</summary>
    /// <exception cref="InputException">No such file, a folder, or no permission.</exception>
    public static ByteSource Open(string path) => new FileSource(path);

    /// <summary>Bytes in memory.</summary>
    public static ByteSource From(ReadOnlyMemory<byte> bytes, string name) => new MemorySource(bytes, name);

    /// <summary>Fills <paramref name="into"/> from that position on.</summary>
    /// <exception cref="InputException">Fewer bytes are there.</exception>
    public void Read(long position, Span<byte> into)
    {
        if (position < 0 || position > Length || into.Length > Length - position)
        {
            throw Bad($"the file ends early: {into.Length} bytes wanted at position {position} of {Length}", "copy or download the file again");
        }

        ReadCore(position, into);
    }

    /// <summary>Reads a few bytes.</summary>
    public byte[] Read(long position, int count)
    {
        if (count < 0 || position < 0 || position > Length || count > Length - position)
        {
            throw Bad($"the file ends early: {count} bytes wanted at position {position} of {Length}", "copy or download the file again");
        }

        var bytes = new byte[count];
        ReadCore(position, bytes);
        return bytes;
    }

    /// <summary>The error that names this file. Names out of the file may be in the reason: it is kept short and printable.</summary>
    public InputException Bad(string reason, string? fix = null) =>
        new($"cannot read '{Name}': {string.Concat(reason.Take(LongestReason).Select(c => char.IsControl(c) ? '?' : c))}{(reason.Length > LongestReason ? "…" : "")}", fix);

    /// <summary>Closes the file; a later read opens it again.</summary>
    public virtual void Dispose()
    {
    }

    protected abstract void ReadCore(long position, Span<byte> into);

    private sealed class MemorySource(ReadOnlyMemory<byte> bytes, string name) : ByteSource(name, bytes.Length)
    {
        protected override void ReadCore(long position, Span<byte> into) => bytes.Span.Slice((int)position, into.Length).CopyTo(into);
    }

    private sealed class FileSource : ByteSource
    {
        private readonly DateTime _written;
        private SafeFileHandle? _handle;

        public FileSource(string path)
            : base(path, Measure(path, out var written))
        {
            _written = written;
            _handle = OpenHandle();
        }

        public override void Dispose()
        {
            _handle?.Dispose();
            _handle = null;
            base.Dispose();
        }

        protected override void ReadCore(long position, Span<byte> into)
        {
            if (_handle is { } open)
            {
                Fill(open, position, into);
                return;
            }

            using var again = OpenHandle();
            Fill(again, position, into);
        }

        private static long Measure(string path, out DateTime written)
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                throw new InputException(
                    Directory.Exists(path) ? $"cannot read '{path}': it is a folder, not a file" : $"cannot read '{path}': there is no such file",
                    "check the path");
            }

            written = file.LastWriteTimeUtc;
            return file.Length;
        }

        private SafeFileHandle OpenHandle()
        {
            try
            {
                var handle = File.OpenHandle(Name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                if (RandomAccess.GetLength(handle) == Length && File.GetLastWriteTimeUtc(handle) == _written)
                {
                    return handle;
                }

                handle.Dispose();
                throw Bad("the file changed while it was being read", "read it again once it is written");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                throw new InputException($"cannot read '{Name}': {e.Message.TrimEnd('.')}", "check the path and its permissions", e);
            }
        }

        private void Fill(SafeFileHandle handle, long position, Span<byte> into)
        {
            try
            {
                while (into.Length > 0)
                {
                    var got = RandomAccess.Read(handle, into, position);
                    if (got == 0)
                    {
                        throw Bad("the file ends early", "copy or download the file again");
                    }

                    into = into[got..];
                    position += got;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new InputException($"cannot read '{Name}': {e.Message.TrimEnd('.')}", null, e);
            }
        }
    }
}

using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Data.Download;

/// <summary>What an archive may hold.</summary>
public sealed record ArchiveLimits
{
    /// <summary>What every archive may unpack to, in bytes, however small it is.</summary>
    public long Free { get; init; } = 64L << 20;

    /// <summary>How many times its own size an archive may unpack to beyond that: what is larger is no data but an attack.</summary>
    public int Growth { get; init; } = 250;

    /// <summary>Files in an archive.</summary>
    public int Files { get; init; } = 1_000_000;
}

/// <summary>Unpacks .zip, .tar and .tar.gz as far as they can be trusted: nothing is written outside the folder, links are refused, size and number are bounded.</summary>
/// <remarks>What desktops leave in archives (<c>__MACOSX</c>, <c>._name</c>, <c>.DS_Store</c>) is passed over.</remarks>
public static class Archive
{
    /// <summary>Whether a file is an archive that is unpacked here, by its first bytes.</summary>
    public static bool IsArchive(string file) => KindOf(file) is not Kind.None;

    /// <summary>Unpacks into a new folder, which appears only when all of it is there.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="folder">A folder that does not exist.</param>
    /// <param name="limits">What it may hold.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two files and leaves nothing behind.</param>
    /// <exception cref="InputException">No archive, damaged, a name that leads out of the folder, is too long or comes twice, a link, too large.</exception>
    /// <exception cref="SegSharpException">The folder cannot be written.</exception>
    public static void Unpack(string file, string folder, ArchiveLimits? limits = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var aside = $"{full}.tmp.{Environment.ProcessId}.{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(aside);
            var unpacking = new Unpacking(file, aside, limits ?? new(), on, cancel);
            switch (KindOf(file))
            {
                case Kind.Zip:
                    unpacking.Zip();
                    break;
                case Kind.Tar:
                    unpacking.Tar(compressed: false);
                    break;
                case Kind.TarGz:
                    unpacking.Tar(compressed: true);
                    break;
                default:
                    throw new InputException($"'{file}' is no .zip, .tar or .tar.gz", "unpack it by other means and import the folder: segsharp data import KIND FOLDER DST");
            }

            Directory.Move(aside, full);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new InputException($"'{file}' is damaged: {e.Message.TrimEnd('.')}", "remove it and download it again", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot unpack '{file}' into '{folder}': {e.Message.TrimEnd('.')}", "choose a folder that you may write to, on a disk with space", e);
        }
        finally
        {
            if (Directory.Exists(aside))
            {
                Directory.Delete(aside, recursive: true);
            }
        }
    }

    private static Kind KindOf(string file)
    {
        Span<byte> head = stackalloc byte[512];
        using var stream = File.OpenRead(file);
        var count = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return count >= 4 && head[..4].SequenceEqual("PK\u0003\u0004"u8) ? Kind.Zip
            : count >= 2 && head[0] == 0x1F && head[1] == 0x8B ? Kind.TarGz
            : count == 512 && head[257..262].SequenceEqual("ustar"u8) ? Kind.Tar
            : Kind.None;
    }

    private enum Kind
    {
        None,
        Zip,
        Tar,
        TarGz,
    }

    private sealed class Unpacking(string archive, string folder, ArchiveLimits limits, Action<RunEvent>? on, CancellationToken cancel)
    {
        private readonly long _most = limits.Free + (limits.Growth * new FileInfo(archive).Length);
        private readonly byte[] _buffer = new byte[1 << 17];
        private long _bytes;
        private int _files;

        public void Zip()
        {
            using var zip = ZipFile.OpenRead(archive);
            foreach (var entry in zip.Entries)
            {
                const int unixLink = 0xA000, unixKind = 0xF000;
                if (((entry.ExternalAttributes >> 16) & unixKind) == unixLink)
                {
                    throw Refused(entry.FullName, "is a link");
                }

                if (entry.FullName.EndsWith('/') || entry.FullName.EndsWith('\\'))
                {
                    _ = PlaceOf(entry.FullName);
                    continue;
                }

                using var from = entry.Open();
                if (Write(entry.FullName, from, zip.Entries.Count) is { } crc && crc != entry.Crc32)
                {
                    throw new InvalidDataException($"the CRC-32 of '{entry.FullName}' is {crc:x8}, the archive says {entry.Crc32:x8}");
                }
            }
        }

        public void Tar(bool compressed)
        {
            using var file = File.OpenRead(archive);
            using var plain = compressed ? new GZipStream(file, CompressionMode.Decompress) : null;
            using var stream = new WatchedStream((Stream?)plain ?? file);
            using var tar = new TarReader(stream);
            while (Next(tar, stream) is { } entry)
            {
                switch (entry.EntryType)
                {
                    case TarEntryType.Directory:
                        _ = PlaceOf(entry.Name);
                        break;
                    case TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile:
                        Write(entry.Name, entry.DataStream ?? Stream.Null, 0);
                        break;
                    case TarEntryType.GlobalExtendedAttributes:
                        break;
                    default:
                        throw Refused(entry.Name, entry.EntryType is TarEntryType.SymbolicLink or TarEntryType.HardLink ? "is a link" : $"is of a kind that no data set needs ({entry.EntryType})");
                }
            }

            for (int count; (count = stream.Read(_buffer)) > 0;)       // so that a checksum at the end is looked at
            {
                Count(count);
            }
        }

        // A tar ends with a block of zeros, which the end of the file must not stand for.
        private static TarEntry? Next(TarReader tar, WatchedStream stream)
        {
            const string cut = "it has no end, so files may be missing";
            try
            {
                return tar.GetNextEntry() is { } entry ? entry
                    : stream.IsOver ? throw new EndOfStreamException(cut)
                    : null;
            }
            catch (EndOfStreamException e)
            {
                throw new EndOfStreamException(cut, e);
            }
        }

        // The CRC-32 of what was written; null where nothing was.
        private uint? Write(string name, Stream from, int all)
        {
            cancel.ThrowIfCancellationRequested();
            var place = PlaceOf(name);
            if (++_files > limits.Files)
            {
                throw new InputException($"'{archive}' holds more than {limits.Files:N0} files", "unpack it by other means if you trust it, and import the folder");
            }

            if (IsLitter(name))
            {
                return null;
            }

            for (var above = Path.GetDirectoryName(place)!; above.Length > folder.Length; above = Path.GetDirectoryName(above)!)
            {
                if (File.Exists(above))
                {
                    throw Refused(name, "lies in a folder that is also a file");
                }
            }

            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            if (File.Exists(place))
            {
                throw Refused(name, "comes twice");
            }

            if (Directory.Exists(place))
            {
                throw Refused(name, "is also a folder");
            }

            var crc = 0u;

            using var to = new FileStream(place, FileMode.CreateNew, FileAccess.Write);
            for (int count; (count = from.Read(_buffer)) > 0;)
            {
                Count(count);
                crc = Crc32.Append(crc, _buffer.AsSpan(0, count));
                to.Write(_buffer.AsSpan(0, count));
                cancel.ThrowIfCancellationRequested();
            }

            on?.Invoke(new Progressed("unpack", _files, all, Path.GetFileName(name)));
            return crc;
        }

        private void Count(int bytes)
        {
            _bytes += bytes;
            if (_bytes > _most)
            {
                throw new InputException(
                    $"'{archive}' ({ByteSize.Format(new FileInfo(archive).Length)}) unpacks to more than {ByteSize.Format(_most)}",
                    "unpack it by other means if you trust it, and import the folder");
            }
        }

        // Both kinds of slashes, drives and "..": a name is good when what it means lies in the folder.
        private string PlaceOf(string name)
        {
            var plain = name.Replace('\\', '/');
            var parts = plain.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(p => p != ".").ToArray();
            if (plain.StartsWith('/') || plain.Contains(':', StringComparison.Ordinal) || plain.Contains('\0', StringComparison.Ordinal) || parts.Contains(".."))
            {
                throw Refused(name, "leads out of the folder");
            }

            // 255 and 4096 are what file systems allow.
            var place = Path.Combine([folder, .. parts]);
            return Array.TrueForAll(parts, p => Encoding.UTF8.GetByteCount(p) <= 255) && Encoding.UTF8.GetByteCount(place) < 4096
                ? place
                : throw Refused(name[..Math.Min(60, name.Length)] + "…", "is longer than a file's name can be");
        }

        private InputException Refused(string name, string why) =>
            new($"'{archive}' holds '{name}', which {why}; nothing was unpacked", "do not use this archive, or take it from another source");

        private static bool IsLitter(string name)
        {
            var file = Path.GetFileName(name);
            return name.StartsWith("__MACOSX/", StringComparison.Ordinal) || file.StartsWith("._", StringComparison.Ordinal) || file == ".DS_Store";
        }
    }
    // Knows whether a reader asked for more than there is.
    private sealed class WatchedStream(Stream inner) : Stream
    {
        public bool IsOver { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            var count = inner.Read(buffer);
            IsOver |= count == 0 && buffer.Length > 0;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>Prepared samples on the disk: a file per case, found again by what it was made of, within a bound that all files of the folder share.</summary>
/// <remarks>
/// A file is written whole and never changed, so several processes may share a folder: both would write the same. A file that another
/// process removes, or whose digest does not fit, is made again. The oldest files go first when the bound is reached.
/// </remarks>
internal sealed class SampleStore
{
    private const string Ending = ".samples";
    private static readonly TimeSpan Stale = TimeSpan.FromDays(1);
    private readonly string _folder;
    private readonly long _most;
    private readonly object _gate = new();
    private readonly HashSet<string> _own = new(StringComparer.Ordinal);
    private bool _full;

    /// <summary>Opens a folder, and clears away what a killed process left there.</summary>
    public SampleStore(string folder, long most, Action<RunEvent>? on)
    {
        (_folder, _most, On) = (folder, most, on);
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var aside in Directory.EnumerateFiles(folder, $".*{Ending}.tmp.*").Where(f => TimeProvider.System.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(f) > Stale))
            {
                File.Delete(aside);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot use '{folder}' as a cache: {e.Message.TrimEnd('.')}", "--set preparation.cacheFolder=DIR, a folder that you may write to", e);
        }
    }

    /// <summary>Hears once when no more is kept; null = nobody.</summary>
    public Action<RunEvent>? On { get; set; }

    /// <summary>The key of a case: everything that decides its samples, this build of the library included. Files count by place, length and time of their last change.</summary>
    /// <param name="rules">The preparation, in words.</param>
    /// <param name="files">The case's files.</param>
    public static string KeyOf(string rules, IEnumerable<string> files)
    {
        var text = new StringBuilder($"{typeof(SampleStore).Module.ModuleVersionId}|{typeof(Volume).Module.ModuleVersionId}|").Append(rules);
        foreach (var file in files.Select(f => Path.GetFullPath(f)))
        {
            // A DICOM series is a folder.
            IEnumerable<FileInfo> parts = Directory.Exists(file) ? new DirectoryInfo(file).EnumerateFiles().OrderBy(f => f.Name, StringComparer.Ordinal) : [new FileInfo(file)];
            foreach (var info in parts)
            {
                text.Append('|').Append(info.FullName).Append(' ').Append(info.Length).Append(' ').Append(info.LastWriteTimeUtc.Ticks);
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..40];
    }

    /// <summary>All samples of a case, whole and sound; null where they are not there.</summary>
    public Sample[]? TryReadAll(string key)
    {
        try
        {
            using var stream = Open(key);
            var head = ReadHead(stream);
            var samples = head?.Select(h => ReadOne(stream, h)).ToArray();
            if (samples?.Contains(null) != false)
            {
                return Spoilt(key);
            }

            // The time says when it was last of use.
            File.SetLastWriteTimeUtc(PlaceOf(key), TimeProvider.System.GetUtcNow().UtcDateTime);
            lock (_gate)
            {
                _own.Add(PlaceOf(key));
            }

            return samples!;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>One sample of a case; null where it is not there or not sound.</summary>
    public Sample? TryRead(string key, int index)
    {
        try
        {
            using var stream = Open(key);
            return ReadHead(stream) is { } head && index < head.Length && ReadOne(stream, head[index]) is { } sample ? sample : Spoilt(key)?[index];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps the samples of a case, as far as there is room; whether it did.</summary>
    /// <param name="key">The case's key.</param>
    /// <param name="bytes">What the samples take, about.</param>
    /// <param name="samples">Made one by one as they are written.</param>
    public bool TryWrite(string key, long bytes, IEnumerable<Sample> samples)
    {
        lock (_gate)
        {
            if (_full)
            {
                return false;
            }

            try
            {
                if (!MakeRoom(bytes))
                {
                    return GiveUp($"the cache '{_folder}' is full ({ByteSize.Format(_most)}); what does not fit is read again when it is needed");
                }

                AtomicFile.Write(PlaceOf(key), s => Write(s, samples));
                _own.Add(PlaceOf(key));
                return true;
            }
            catch (Exception e) when (e is SegSharpException { InnerException: IOException or UnauthorizedAccessException } or IOException or UnauthorizedAccessException)
            {
                return GiveUp($"the cache '{_folder}' cannot be written ({e.Message.TrimEnd('.')}); what does not fit into memory is read again when it is needed");
            }
        }
    }

    private string PlaceOf(string key) => Path.Combine(_folder, key + Ending);

    private FileStream Open(string key) => new(PlaceOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

    private bool GiveUp(string why)
    {
        _full = true;
        On?.Invoke(new Warned(why));
        return false;
    }

    // Damaged on the disk: out of the way, so that it is made again.
    private Sample[]? Spoilt(string key)
    {
        File.Delete(PlaceOf(key));
        return null;
    }

    private bool MakeRoom(long bytes)
    {
        Directory.CreateDirectory(_folder);
        var files = new DirectoryInfo(_folder).EnumerateFiles("*" + Ending).ToList();
        var used = files.Sum(f => f.Length);
        foreach (var old in files.Where(f => !_own.Contains(f.FullName) && !_own.Contains(Path.Combine(_folder, f.Name))).OrderBy(f => f.LastWriteTimeUtc))
        {
            if (used + bytes <= _most)
            {
                break;
            }

            old.Delete();
            used -= old.Length;
        }

        return used + bytes <= _most;
    }

    // The arrays of every sample as they lie in memory, then a list of them as JSON and its length.
    private static void Write(Stream stream, IEnumerable<Sample> samples)
    {
        var heads = new List<Head>();
        foreach (var s in samples)
        {
            heads.Add(new Head(s.Id, s.Width, s.Height, s.Depth, s.Channels, s.Labels is not null, s.Weights?.Length ?? 0, stream.Position, DigestOf(s), s.Places, s.ContextFactor));
            stream.Write(MemoryMarshal.AsBytes<float>(s.Image));
            stream.Write(MemoryMarshal.AsBytes<ushort>(s.Labels));
            stream.Write(MemoryMarshal.AsBytes<float>(s.Weights));
        }

        var json = JsonSerializer.SerializeToUtf8Bytes(heads);
        stream.Write(json);
        stream.Write(BitConverter.GetBytes(json.Length));
    }

    private static Head[]? ReadHead(FileStream stream)
    {
        Span<byte> length = stackalloc byte[4];
        if (stream.Length < length.Length)
        {
            return null;
        }

        stream.Seek(-length.Length, SeekOrigin.End);
        stream.ReadExactly(length);
        var count = BitConverter.ToInt32(length);
        if (count < 2 || count > stream.Length - length.Length)
        {
            return null;
        }

        var json = new byte[count];
        stream.Seek(-length.Length - count, SeekOrigin.End);
        stream.ReadExactly(json);
        try
        {
            return JsonSerializer.Deserialize<Head[]>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Sample? ReadOne(FileStream stream, Head head)
    {
        var voxels = (long)head.Width * head.Height * head.Depth;
        var bytes = (4 * voxels * head.Channels) + (head.HasLabels ? 2 * voxels : 0) + (4L * head.Weights);
        if (voxels < 1 || head.At < 0 || head.At + bytes > stream.Length)
        {
            return null;
        }

        stream.Seek(head.At, SeekOrigin.Begin);
        var sample = new Sample
        {
            Id = head.Id,
            Extent = new Extent(head.Width, head.Height, head.Depth),
            Channels = head.Channels,
            Places = head.Places,
            ContextFactor = head.ContextFactor,
            Image = Fill(stream, new float[voxels * head.Channels]),
            Labels = head.HasLabels ? Fill(stream, new ushort[voxels]) : null,
            Weights = head.Weights > 0 ? Fill(stream, new float[head.Weights]) : null,
        };
        return DigestOf(sample) == head.Digest ? sample : null;
    }

    private static T[] Fill<T>(FileStream stream, T[] array)
        where T : unmanaged
    {
        stream.ReadExactly(MemoryMarshal.AsBytes(array.AsSpan()));
        return array;
    }

    private static string DigestOf(Sample s)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<float>(s.Image));
        hash.AppendData(MemoryMarshal.AsBytes<ushort>(s.Labels));
        hash.AppendData(MemoryMarshal.AsBytes<float>(s.Weights));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private sealed record Head(string Id, int Width, int Height, int Depth, int Channels, bool HasLabels, int Weights, long At, string Digest, int Places = 0, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int ContextFactor = 0);
}

using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

// The child process that decodes compressed pixels (native/dicom). It may crash, hang or be killed: the file at fault is named, and
// the next file gets a new child. One file at a time; not for several threads at once.
internal sealed class DicomDecoder(TimeSpan? limit = null, string? program = null) : IDisposable
{
    private const int AnswerBytes = 56;
    private const uint Magic = 0x43444753;

    private static readonly string[] Photometrics = ["", "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "YBR_RCT"];

    private readonly TimeSpan _limit = limit ?? TimeSpan.FromMinutes(1);
    private Process? _child;

    // The environment variable SEGSHARP_DICOM, else beside the program, else in the build folder of a clone. Null when it is nowhere.
    public static string? Program
    {
        get
        {
            if (Environment.GetEnvironmentVariable("SEGSHARP_DICOM") is { Length: > 0 } stated)
            {
                return File.Exists(stated) ? stated : null;
            }

            const string Name = "segsharp-dicom";
            var beside = Path.Combine(AppContext.BaseDirectory, Name);
            if (File.Exists(beside))
            {
                return beside;
            }

            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                var built = Path.Combine(folder.FullName, ".build", "native", Name);
                if (File.Exists(built))
                {
                    return built;
                }
            }

            return null;
        }
    }

    // How often a child was started; more than once means that one ended over a file.
    public int Starts { get; private set; }

    public DicomRaw Decode(DicomImage image)
    {
        if (image.IsPacked)
        {
            throw new InputException($"'{image.Path}' is compressed twice: gzip around {image.SyntaxName}", "unpack it first: gunzip");
        }

        // A file of many frames may take its time: one second more for every four megabytes of pixels.
        var expected = (long)image.Width * image.Height * image.FrameCount * image.Samples * (image.BitsAllocated / 8);
        var allowed = _limit + TimeSpan.FromSeconds(expected / 4e6);
        var child = _child ??= Start(image);
        var late = false;
        using var timer = new Timer(
            _ =>
            {
                late = true;
                Kill(child);
            },
            null,
            allowed,
            Timeout.InfiniteTimeSpan);
        try
        {
            Ask(child, Path.GetFullPath(image.Path));
            return Answer(child, image);
        }
        catch (Exception e) when (e is IOException or EndOfStreamException or ObjectDisposedException)
        {
            Stop();
            throw late
                ? new InputException($"'{image.Path}' is damaged: decoding its pixels ({image.SyntaxName}) took more than {allowed.TotalSeconds:0} s and was stopped", "copy or download the file again", e)
                : new InputException($"'{image.Path}' is damaged: the decoder of its pixels ({image.SyntaxName}) crashed over it", "copy or download the file again", e);
        }
    }

    public void Dispose() => Stop();

    // Its own word, "segsharp-dicom 1 (GDCM 3.0.22)".
    public static string Version()
    {
        const string Fix = "apt-get install libgdcm-dev, then ./segsharp build";
        var stated = Environment.GetEnvironmentVariable("SEGSHARP_DICOM");
        var file = Program ?? throw new SegSharpException(
            stated is { Length: > 0 } ? $"'{stated}', which SEGSHARP_DICOM names, is not there" : "segsharp-dicom is neither beside the program nor in .build/native",
            stated is { Length: > 0 } ? "take SEGSHARP_DICOM away, or set it to the program" : Fix);
        try
        {
            using var child = Process.Start(new ProcessStartInfo(file, "--version") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            using var timer = new Timer(_ => Kill(child), null, TimeSpan.FromSeconds(10), Timeout.InfiniteTimeSpan);
            var line = child.StandardOutput.ReadToEnd().Trim();
            child.WaitForExit();
            return child.ExitCode == 0 && line.Length > 0 ? line : throw new SegSharpException($"'{file}' does not run: it ended with {child.ExitCode}", Fix);
        }
        catch (Win32Exception e)
        {
            throw new SegSharpException($"cannot start '{file}': {e.Message}", Fix, e);
        }
    }

    private static void Ask(Process child, string path)
    {
        var name = Encoding.UTF8.GetBytes(path);
        var request = new byte[4 + name.Length];
        BinaryPrimitives.WriteInt32LittleEndian(request, name.Length);
        name.CopyTo(request, 4);
        child.StandardInput.BaseStream.Write(request);
        child.StandardInput.BaseStream.Flush();
    }

    private DicomRaw Answer(Process child, DicomImage image)
    {
        var from = child.StandardOutput.BaseStream;
        var head = new byte[AnswerBytes];
        from.ReadExactly(head);
        uint Field(int index) => BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(index * 4));
        var bytes = BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(48));
        if (Field(0) != Magic)
        {
            throw new IOException("the decoder's answer is no answer");
        }

        if (Field(1) != 0)
        {
            if (bytes > 1000)
            {
                throw new IOException("the decoder's message is too long");
            }

            var message = new byte[bytes];
            from.ReadExactly(message);
            throw new InputException($"'{image.Path}' cannot be read: {Encoding.UTF8.GetString(message)} ({image.SyntaxName})", "copy or download the file again; gdcminfo and dcmdump say more about it");
        }

        var (width, height, frames, samples, allocated) = (Field(2), Field(3), Field(4), Field(5), Field(6));
        if (width != image.Width || height != image.Height || frames != image.FrameCount || samples is not (1 or 3) || allocated is not (8 or 16 or 32)
            || bytes != (ulong)width * height * frames * samples * (allocated / 8) || bytes > Limits.MaxBytes)
        {
            // What follows of the answer is not read: the next file gets a new child.
            Stop();
            throw new InputException(
                $"'{image.Path}' is damaged: its header says {image.Width}x{image.Height}, {image.FrameCount} frame(s), {image.Samples} sample(s) of {image.BitsAllocated} bits, its pixels ({image.SyntaxName}) hold {width}x{height}, {frames} frame(s), {samples} sample(s) of {allocated} bits",
                "copy or download the file again");
        }

        var pixels = new byte[bytes];
        from.ReadExactly(pixels);
        var photometric = Field(10) < Photometrics.Length ? Photometrics[Field(10)] : "";
        return new DicomRaw(
            (int)width, (int)height, (int)frames, (int)samples, (int)allocated, (int)Field(7), (int)Field(8), Field(9) != 0, photometric.Length > 0 ? photometric : image.Photometric, pixels);
    }

    private Process Start(DicomImage image)
    {
        var file = program ?? Program ?? throw new InputException(
            $"'{image.Path}' is compressed ({image.SyntaxName}), and the decoder for that, segsharp-dicom, is not built",
            "apt-get install libgdcm-dev, then ./segsharp build; or decompress the files: gdcmconv --raw IN OUT");
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        try
        {
            Starts++;
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new SegSharpException($"cannot start '{file}': {e.Message}", "./segsharp build", e);
        }
    }

    private void Stop()
    {
        if (_child is not { } child)
        {
            return;
        }

        _child = null;
        Kill(child);
        child.Dispose();
    }

    private static void Kill(Process child)
    {
        try
        {
            child.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }
}

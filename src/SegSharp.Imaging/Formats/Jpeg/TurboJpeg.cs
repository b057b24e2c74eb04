using System.Runtime.InteropServices;

namespace SegSharp.Imaging.Formats.Jpeg;

// The TurboJPEG interface of libjpeg-turbo 2.0 and later (its functions of 1.2 to 2.1, which 3.x still has).
internal static partial class TurboJpeg
{
    private const string Library = "turbojpeg";
    private const int PixelRgb = 0, PixelGrey = 6, AccurateTransform = 4096, LimitScans = 32768, ErrorFatal = 1;

    private static readonly string[] Candidates =
        OperatingSystem.IsWindows() ? ["turbojpeg.dll", "libturbojpeg.dll"]
        : OperatingSystem.IsMacOS() ? ["libturbojpeg.0.dylib", "libturbojpeg.dylib"]
        : ["libturbojpeg.so.0", "libturbojpeg.so"];

    private static readonly nint Handle = Load();

    public static string FileNames => string.Join(", ", Candidates);

    public static bool IsPresent => Handle != 0;

    // Null when all went well, else the decoder's message. Rows are packed, pixel by pixel.
    public static unsafe string? Decode(ReadOnlySpan<byte> stored, Span<byte> pixels, int width, int height, int components)
    {
        if (Handle == 0)
        {
            throw new DllNotFoundException(Library);
        }

        var decoder = InitDecompress();
        if (decoder == 0)
        {
            return "cannot start";
        }

        try
        {
            fixed (byte* from = stored, to = pixels)
            {
                var status = Decompress(decoder, from, (nuint)stored.Length, to, width, 0, height, components == 1 ? PixelGrey : PixelRgb, AccurateTransform | LimitScans);
                if (status == 0)
                {
                    return null;
                }

                var message = Marshal.PtrToStringUTF8(ErrorText(decoder)) ?? "unknown error";

                // The picture is whole, only bytes between its parts are odd.
                return ErrorCode(decoder) != ErrorFatal && message.Contains("extraneous bytes before marker", StringComparison.Ordinal) ? null : message;
            }
        }
        finally
        {
            _ = Destroy(decoder);
        }
    }

    private static nint Load()
    {
        var assembly = typeof(TurboJpeg).Assembly;
        foreach (var path in Places().Append(Candidates[0]).Concat(Candidates))
        {
            if (NativeLibrary.TryLoad(path, assembly, DllImportSearchPath.SafeDirectories, out var handle))
            {
                NativeLibrary.SetDllImportResolver(assembly, (name, _, _) => name == Library ? handle : 0);
                return handle;
            }
        }

        return 0;
    }

    private static IEnumerable<string> Places()
    {
        if (Environment.GetEnvironmentVariable("SEGSHARP_IMAGE_BRIDGE") is { Length: > 0 } stated)
        {
            yield return stated;
        }

        var home = AppContext.BaseDirectory;
        foreach (var name in Candidates)
        {
            yield return Path.Combine(home, name);
            yield return Path.Combine(home, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", name);
            for (var folder = new DirectoryInfo(home); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "SegSharp.slnx")))
                {
                    yield return Path.Combine(folder.FullName, ".build", "native", name);
                    break;
                }
            }
        }
    }

    [LibraryImport(Library, EntryPoint = "tjInitDecompress")]
    private static partial nint InitDecompress();

    [LibraryImport(Library, EntryPoint = "tjDestroy")]
    private static partial int Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "tjDecompress2")]
    private static unsafe partial int Decompress(nint handle, byte* stored, nuint size, byte* pixels, int width, int pitch, int height, int format, int flags);

    [LibraryImport(Library, EntryPoint = "tjGetErrorStr2")]
    private static partial nint ErrorText(nint handle);

    [LibraryImport(Library, EntryPoint = "tjGetErrorCode")]
    private static partial int ErrorCode(nint handle);
}

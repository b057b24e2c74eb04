using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using SegSharp.Figures;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Torch;

namespace SegSharp.Cli.Terminal;

/// <summary>One part that SegSharp needs, and whether it is there.</summary>
/// <param name="Key">camelCase.</param>
/// <param name="Name">As a person says it.</param>
/// <param name="Found">Version or what else was found; null when it is missing.</param>
/// <param name="Problem">What is wrong when it is missing.</param>
/// <param name="Fix">What to do about that.</param>
internal sealed record HealthPart(string Key, string Name, string? Found, string? Problem = null, string? Fix = null);

/// <summary>What <c>doctor</c> finds. Every part is asked on its own, so that one that is missing does not hide the others.</summary>
internal sealed class Health
{
    private const string Font = "DejaVuSans.ttf";

    private readonly JsonObject? _libtorch;
    private readonly HealthPart[] _parts;

    private Health()
    {
        var bridge = Ask("libtorch", "libtorch and its bridge", "./segsharp build", TorchRuntime.About);
        _libtorch = bridge.Found is { } json ? JsonNode.Parse(json)!.AsObject() : null;
        _parts =
        [
            bridge.Found is null ? bridge : bridge with { Found = $"libtorch {_libtorch!["libtorch"]}" },
            Ask("jpeg", "libjpeg-turbo (JPEG)", "apt-get install libturbojpeg0", FindJpeg),
            Ask("dicom", "segsharp-dicom (compressed DICOM)", "apt-get install libgdcm-dev, then ./segsharp build", () => ImagingRuntime.DicomDecoder),
            Ask("cairo", "Cairo (figures)", "apt-get install libcairo2", () => FigureRuntime.CairoVersion),
            Ask("font", "DejaVu Sans (figures)", "apt-get install fonts-dejavu-core", FindFont),
        ];
    }

    /// <summary>Whether every part is there.</summary>
    public bool IsWell => _parts.All(p => p.Found is not null);

    /// <summary>Looks at everything; loads libtorch when it is there.</summary>
    public static Health Examine() => new();

    public Document ToDocument()
    {
        var document = new Document()
            .With("segsharp", "SegSharp", VersionOf(typeof(Health).Assembly))
            .With("dotnet", ".NET", Environment.Version.ToString())
            .With("system", "system", $"{RuntimeInformation.OSDescription} ({RuntimeInformation.OSArchitecture})")
            .With("cores", "cores", Machine.Cores)
            .With("memoryBytes", "memory", Machine.MemoryBytes, MemoryText())
            .WithData("freeMemoryBytes", JsonText.Of(Machine.FreeMemoryBytes))
            .With("devices", "devices", Devices().ToArray(), string.Join(", ", Devices()));
        if (_libtorch is null)
        {
            document.WithData("libtorch", null);
        }
        else
        {
            document.WithData("libtorch", _libtorch)
                .WithText($"libtorch {_libtorch["libtorch"]}: BLAS {_libtorch["blas"]}, matrix product {_libtorch["sgemm"]}, oneDNN {_libtorch["onednn"]}, "
                    + $"Winograd {(IsTrue("winograd") ? "possible" : "not possible")}, CPU capability {_libtorch["cpuCapability"]}");
        }

        var table = new Table(new("part", "part"), new("isThere", "there"), new("found", "found"), new("fix", "what to do"));
        foreach (var part in _parts)
        {
            table.Add(part.Name, part.Found is not null, part.Found ?? part.Problem, part.Fix);
        }

        return document
            .With("parts", table)
            .WithData("isWell", IsWell)
            .WithText(IsWell ? "Everything is there." : "Something is missing; the last column says what to do.");
    }

    private static HealthPart Ask(string key, string name, string fix, Func<string> found)
    {
        try
        {
            return new HealthPart(key, name, found());
        }
        catch (Exception e)
        {
            var error = Failure.Unwrap(e);
            return new HealthPart(key, name, null, error.Message.Split('\n')[0], (error as SegSharpException)?.Fix ?? fix);
        }
    }

    private static string FindJpeg() => ImagingRuntime.ReadsJpeg
        ? "loads"
        : throw new SegSharpException($"none of {ImagingRuntime.JpegLibraryNames} loads", "apt-get install libturbojpeg0");

    private static string FindFont()
    {
        string[] folders =
        [
            "/usr/share/fonts",
            "/usr/local/share/fonts",
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".fonts"),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/share/fonts"),
        ];
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        return folders.Where(Directory.Exists).SelectMany(f => Directory.EnumerateFiles(f, Font, options)).FirstOrDefault()
            ?? throw new SegSharpException($"{Font} is in none of {string.Join(", ", folders[..2])} and the home folder's fonts", "apt-get install fonts-dejavu-core");
    }

    private IEnumerable<string> Devices() =>
        ((_libtorch?["cudaDevices"] as JsonArray)?.Select(d => d!.ToString()) ?? []).Prepend("cpu");

    private bool IsTrue(string key) => _libtorch?[key]?.GetValueKind() == JsonValueKind.True;

    private static string MemoryText() => Machine.FreeMemoryBytes is { } free
        ? $"{ByteSize.Format(Machine.MemoryBytes)}, {ByteSize.Format(free)} free"
        : ByteSize.Format(Machine.MemoryBytes);

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "?";
}

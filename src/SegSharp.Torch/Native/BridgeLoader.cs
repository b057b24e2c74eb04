using System.Reflection;
using System.Runtime.InteropServices;

namespace SegSharp.Torch.Native;

/// <summary>Finds <c>libsegsharp_torch.so</c>, which in turn brings libtorch.</summary>
internal static unsafe class BridgeLoader
{
    /// <summary>The library's name without prefix and ending.</summary>
    public const string Name = "segsharp_torch";

    private const int AbiVersion = 1;
    private static int _registered;

    /// <summary>Teaches the runtime where the bridge lies. Loads nothing yet.</summary>
    public static void Register()
    {
        if (Interlocked.Exchange(ref _registered, 1) == 0)
        {
            NativeLibrary.SetDllImportResolver(typeof(BridgeLoader).Assembly, Resolve);
        }
    }

    /// <summary>Where the bridge is looked for, in order.</summary>
    public static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("SEGSHARP_BRIDGE") is { Length: > 0 } path)
        {
            yield return path;
            yield break;
        }

        var file = OperatingSystem.IsWindows() ? Name + ".dll" : OperatingSystem.IsMacOS() ? $"lib{Name}.dylib" : $"lib{Name}.so";
        yield return Path.Combine(AppContext.BaseDirectory, file);
        yield return Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", file);

        // In a clone: the build folder of the repository that the program lies in. `dotnet run FILE` builds elsewhere, and says where FILE lies.
        foreach (var start in new[] { AppContext.BaseDirectory, AppContext.GetData("EntryPointFileDirectoryPath") as string }.OfType<string>())
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                yield return Path.Combine(folder.FullName, ".build", "native", file);
            }
        }
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != Name)
        {
            return 0;
        }

        var candidates = Candidates().ToList();
        var found = candidates.Find(File.Exists)
            ?? throw new SegSharpException(
                $"the libtorch bridge '{candidates[0]}' was not found" + (candidates.Count > 1 ? $", nor in {candidates.Count - 1} other places" : ""),
                "./segsharp build, or set SEGSHARP_BRIDGE to the library");
        nint library;
        try
        {
            library = NativeLibrary.Load(found);
        }
        catch (DllNotFoundException e)
        {
            throw new SegSharpException($"'{found}' does not load: {e.Message.Split('\n')[0]}", "./segsharp doctor", e);
        }

        var version = NativeLibrary.TryGetExport(library, "sg_abi_version", out var export) ? ((delegate* unmanaged<int>)export)() : 0;
        return version == AbiVersion
            ? library
            : throw new SegSharpException($"'{found}' has ABI version {version}, this SegSharp needs {AbiVersion}", "./segsharp build, or install the matching package");
    }
}

using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using SegSharp.Foundation;
using SegSharp.Torch;

namespace SegSharp.Figures.Lessons;

/// <summary>A student's C# file, compiled against SegSharp as it runs now and loaded into this process. Unload by disposing.</summary>
/// <remarks>The compiler is the .NET SDK's own, started once; nothing is downloaded and nothing is left behind.</remarks>
public sealed partial class StudentCode : IDisposable
{
    // What a page of exercise code should not have to say.
    private const string Usings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using SegSharp.Torch;
        global using SegSharp.Torch.Layers;
        global using SegSharp.Torch.Optimizers;
        """;

    private readonly AssemblyLoadContext _context;
    private readonly Assembly _assembly;

    private StudentCode(AssemblyLoadContext context, Assembly assembly) => (_context, _assembly) = (context, assembly);

    /// <summary>Compiles a file.</summary>
    /// <param name="path">A C# file with classes; no main program.</param>
    /// <returns>The code, or what the compiler says, one line each: "line 12: ; expected (CS1002)".</returns>
    /// <exception cref="InputException">No compiler on this machine.</exception>
    public static (StudentCode? Code, IReadOnlyList<string> Errors) Compile(string path)
    {
        var folder = Directory.CreateTempSubdirectory("segsharp-lesson-").FullName;
        try
        {
            var (dll, usings, arguments) = (Path.Combine(folder, "student.dll"), Path.Combine(folder, "usings.cs"), Path.Combine(folder, "compile.rsp"));
            AtomicFile.WriteText(usings, Usings);
            AtomicFile.WriteText(arguments, string.Join('\n', Arguments(dll, path, usings)));
            var said = RunCompiler(arguments);
            if (!File.Exists(dll))
            {
                return (null, Errors(said));
            }

            var context = new AssemblyLoadContext("student", isCollectible: true);
            using var bytes = new MemoryStream(File.ReadAllBytes(dll));
            return (new(context, context.LoadFromStream(bytes)), []);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The class of that name.</summary>
    /// <exception cref="InputException">There is none; the message says which there are.</exception>
    public Type Class(string name) => _assembly.GetTypes().FirstOrDefault(t => t.Name == name)
        ?? throw new InputException($"the file has no class '{name}'; it has {string.Join(", ", _assembly.GetTypes().Where(t => t.IsClass && !t.Name.StartsWith('<')).Select(t => t.Name).DefaultIfEmpty("none"))}", $"write a class {name}");

    /// <summary>A new object of a class, by the constructor that takes these arguments; further parameters with defaults are left to them.</summary>
    public object Create(string name, params object[] arguments)
    {
        var type = Class(name);
        var constructor = type.GetConstructors().FirstOrDefault(c => Fits(c, arguments))
            ?? throw new InputException($"'{name}' has no public constructor ({Types(arguments)})", "keep the skeleton's signatures");
        return constructor.Invoke(Filled(constructor, arguments));
    }

    /// <summary>Calls a public method, of an object or a class.</summary>
    /// <param name="on">The object; null for a static method of <paramref name="type"/>.</param>
    /// <param name="type">The class.</param>
    /// <param name="method">Its method.</param>
    /// <param name="arguments">What goes in.</param>
    public static object? Call(object? on, Type type, string method, params object[] arguments)
    {
        var found = type.GetMethods().FirstOrDefault(m => m.Name == method && m.IsStatic == on is null && Fits(m, arguments))
            ?? throw new InputException($"'{type.Name}' has no public {(on is null ? "static " : "")}method {method}({Types(arguments)})", "keep the skeleton's signatures");
        return found.Invoke(on, Filled(found, arguments));
    }

    /// <summary>Calls a static method of a class.</summary>
    public object? CallStatic(string type, string method, params object[] arguments) => Call(null, Class(type), method, arguments);

    /// <summary>An error in words for a student: what libtorch or .NET said, in one line, without the wrapping.</summary>
    public static string Plain(Exception error)
    {
        while (error is TargetInvocationException or AggregateException or TypeInitializationException && error.InnerException is { } inner)
        {
            error = inner;
        }

        var kind = error is SegSharpException ? "" : $" ({error.GetType().Name})";
        return error.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.') + kind + (error is SegSharpException { Fix: { } fix } ? $"; {fix}" : "");
    }

    /// <inheritdoc/>
    public void Dispose() => _context.Unload();

    private static bool Fits(MethodBase method, object[] arguments)
    {
        var parameters = method.GetParameters();
        return parameters.Length >= arguments.Length
            && parameters.Skip(arguments.Length).All(p => p.HasDefaultValue)
            && parameters.Zip(arguments).All(p => p.First.ParameterType.IsInstanceOfType(p.Second));
    }

    private static object?[] Filled(MethodBase method, object[] arguments) => [.. arguments, .. method.GetParameters().Skip(arguments.Length).Select(p => p.DefaultValue)];

    private static string Types(object[] arguments) => string.Join(", ", arguments.Select(a => a switch { int => "int", double => "double", _ => a.GetType().Name }));

    private static IEnumerable<string> Arguments(string dll, string path, string usings)
    {
        var ours = new[] { typeof(SegSharpException), typeof(Tensor), typeof(Imaging.Volume), typeof(Networks.Network), typeof(StudentCode) }.Select(t => t.Assembly.Location);
        var platform = ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(a => Path.GetFileName(a) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "mscorlib.dll" or "netstandard.dll") && !name.Contains("CommandLine", StringComparison.Ordinal));
        return
        [
            "-target:library", "-nologo", "-nullable:enable", "-langversion:latest", "-warn:0", "-preferreduilang:en", "-debug-", "-optimize+", "-features:FileBasedProgram",
            $"-out:\"{dll}\"",
            .. platform.Concat(ours).Select(r => $"-reference:\"{r}\""),
            $"\"{Path.GetFullPath(path)}\"",
            $"\"{usings}\"",
        ];
    }

    private static string RunCompiler(string arguments)
    {
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var compiler = Compilers(root).FirstOrDefault(File.Exists)
            ?? throw new InputException($"there is no C# compiler below '{root}'", "install the .NET SDK 10 (the runtime alone cannot compile)");
        var start = new ProcessStartInfo(Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"), ["exec", compiler, "-noconfig", "@" + arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var said = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        return said;
    }

    // The newest SDK first; a preview's name ends in text, so only the number before it counts.
    private static IEnumerable<string> Compilers(string root) => Directory.Exists(Path.Combine(root, "sdk"))
        ? Directory.GetDirectories(Path.Combine(root, "sdk"))
            .OrderByDescending(d => Version.TryParse(Path.GetFileName(d).Split('-')[0], out var v) ? v : new Version(0, 0))
            .Select(d => Path.Combine(d, "Roslyn", "bincore", "csc.dll"))
        : [];

    private static List<string> Errors(string said)
    {
        var found = Diagnostic().Matches(said)
            .Select(m => (Line: m.Groups["line"].Value, Text: $"{m.Groups["text"].Value.TrimEnd()} ({m.Groups["code"].Value})"))
            .Select(e => e.Line.Length == 0 ? e.Text : $"line {e.Line}: {e.Text}").Distinct(StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found : [said.ReplaceLineEndings(" ").Trim()];
    }

    [GeneratedRegex(@"^(?:.*\((?<line>\d+),\d+\): )?error (?<code>CS\d+): (?<text>.*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Diagnostic();
}

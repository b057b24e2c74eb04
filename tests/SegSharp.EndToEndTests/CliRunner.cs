using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace SegSharp.EndToEndTests;

/// <summary>What a run of the command line left behind.</summary>
/// <param name="ExitCode">What the process said to its caller.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record CliResult(int ExitCode, string Out, string Error)
{
    /// <summary>Standard output as the one JSON document that <c>--json</c> promises.</summary>
    public JsonNode Json => JsonNode.Parse(Out)!;
}

/// <summary>Starts the built command line as a process of its own, with both streams redirected.</summary>
public static class CliRunner
{
    /// <summary>The program that was built beside the tests.</summary>
    public static string Program { get; } =
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "SegSharp.Cli.exe" : "SegSharp.Cli");

    /// <summary>The program must run on the runtime that runs the tests, wherever that lies.</summary>
    public static string DotNetRoot { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));

    /// <summary>Runs to the end; kills the process and fails after two minutes.</summary>
    public static CliResult Run(params string[] args) => Run(new Dictionary<string, string?>(StringComparer.Ordinal), args);

    /// <summary>Runs with environment variables set, or taken away where the value is null.</summary>
    public static CliResult Run(IReadOnlyDictionary<string, string?> environment, params string[] args)
    {
        using var process = Start(environment, args);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"segsharp {string.Join(' ', args)} did not end within two minutes");
        }

        return new CliResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Starts and returns at once, for tests that stop or kill the process.</summary>
    public static Process Start(IReadOnlyDictionary<string, string?> environment, params string[] args)
    {
        var start = new ProcessStartInfo(Program, args) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };

        start.Environment["DOTNET_ROOT"] = DotNetRoot;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException($"'{Program}' did not start");
    }
}

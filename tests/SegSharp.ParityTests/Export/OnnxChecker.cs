using System.Diagnostics;
using Xunit;

namespace SegSharp.ParityTests.Export;

/// <summary>ONNX's own checker (python3-onnx): structure, types and the shapes that it infers. Where it is not installed, nothing is said.</summary>
internal static class OnnxChecker
{
    private const string Script = "import sys, onnx; onnx.checker.check_model(sys.argv[1], full_check=True)";

    private static readonly Lazy<bool> IsThere = new(() => Run("import onnx", []).Code == 0);

    /// <summary>Fails when the checker refuses the file.</summary>
    public static void Accepts(string file)
    {
        if (IsThere.Value)
        {
            var (code, errors) = Run(Script, [file]);
            Assert.True(code == 0, errors);
        }
    }

    private static (int Code, string Errors) Run(string script, IEnumerable<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", script, .. arguments]) { RedirectStandardError = true, UseShellExecute = false })!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, errors);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}

using System.Diagnostics;
using System.Text.Json;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Export;

/// <summary>ONNX Runtime in Node: runs a file and compares its logits with ours.</summary>
internal static class OnnxRuntimePeer
{
    private static readonly string? Folder = new[] { Environment.GetEnvironmentVariable("SEGSHARP_ONNXRUNTIME"), Path.Combine(Repository.Root, ".build", "onnxruntime") }
        .FirstOrDefault(f => !string.IsNullOrEmpty(f) && Directory.Exists(Path.Combine(f, "node_modules", "onnxruntime-node")));

    /// <summary>Skips the test, with the reason, where there is no such runtime.</summary>
    public static void Require() => Assert.SkipWhen(
        Folder is null,
        "no ONNX Runtime: npm install --ignore-scripts --prefix .build/onnxruntime onnxruntime-node, or set SEGSHARP_ONNXRUNTIME to the folder that holds node_modules");

    /// <summary>Fails unless every pair agrees: logits to 1e-4, labels wherever the margin is 1e-3 or more.</summary>
    public static void Agrees(string model, IEnumerable<(TensorData Image, TensorData Logits)> pairs)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["SEGSHARP_ONNXRUNTIME"] = Folder;
        start.ArgumentList.Add(Path.Combine(Repository.Root, "tests", "SegSharp.ParityTests", "scripts", "onnx_check.mjs"));
        start.ArgumentList.Add(model);
        foreach (var (i, (image, logits)) in pairs.Index())
        {
            foreach (var (name, data) in new[] { ($"{model}.{i}.image.npy", image), ($"{model}.{i}.logits.npy", logits) })
            {
                Npy.Write(name, data);
                start.ArgumentList.Add(name);
            }
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{output}\n{errors.Result}");
        Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("passed").GetBoolean());
    }
}

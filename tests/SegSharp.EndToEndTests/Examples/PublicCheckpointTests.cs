using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests.Examples;

/// <summary>Networks that are defined in an example, with public weights, say what PyTorch said.</summary>
public sealed class PublicCheckpointTests
{
    // JPEG decoders differ by a grey value here and there: the logits by a few thousandths.
    private const double Logit = 5e-3, Score = 2e-3;

    [Fact]
    public void Tents_are_found_as_with_pytorch()
    {
        var folder = RealData.Require("unet-checkpoints", "tent-detection");

        var rows = Run("03-tent-detection.cs", folder);

        foreach (var (file, expected) in Reference(folder).Select(r => (r.Key, r.Value!)))
        {
            var row = rows[file];                                               // mean, min, max, pixels, F1
            Assert.Equal(expected["logit_mean"]!.GetValue<double>(), Number(row[0]), Logit);
            Assert.Equal(expected["logit_min"]!.GetValue<double>(), Number(row[1]), Logit);
            Assert.Equal(expected["logit_max"]!.GetValue<double>(), Number(row[2]), Logit);
            Assert.Equal(expected["pred_pixels_logit_gt_0"]!.GetValue<double>(), Number(row[3]), 10.0);
            if (row[4] != "–")
            {
                Assert.Equal(expected["f1"]!.GetValue<double>(), Number(row[4]), Score);
            }
        }
    }

    [Fact]
    public void Faces_are_parted_as_with_pytorch()
    {
        var folder = RealData.Require("unet-checkpoints", "semantically-guided");

        var rows = Run("04-semantically-guided.cs", folder);

        foreach (var (file, expected) in Reference(folder).Select(r => (r.Key, r.Value!)))
        {
            var row = rows[file];                                               // mean, min, max, accuracy, eight Dice
            Assert.Equal(expected["logit_mean"]!.GetValue<double>(), Number(row[0]), Logit);
            Assert.Equal(expected["accuracy"]!.GetValue<double>(), Number(row[3]), Score);
            Assert.Equal(
                expected["dice_after_bilinear_upsampling"]!.AsObject().Select(d => d.Value!.GetValue<double>()),
                row[4..].Select(Number),
                (a, b) => Math.Abs(a - b) <= Score);
        }
    }

    private static JsonObject Reference(string folder) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "reference.json")))!.AsObject();

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    // File name → the other columns of its line.
    private static Dictionary<string, string[]> Run(string example, string folder)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["run", Path.Combine("examples", example), folder])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, string.Join('\n', lines));
        return lines.Skip(1).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToDictionary(w => w[0], w => w[1..]);
    }
}

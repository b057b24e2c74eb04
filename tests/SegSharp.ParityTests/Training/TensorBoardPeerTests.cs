using System.Diagnostics;
using System.Text.Json.Nodes;
using SegSharp.Data;
using SegSharp.Data.Phantoms;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Training;
using Xunit;

namespace SegSharp.ParityTests.Training;

/// <summary>A run's TensorBoard file beside a reader that shares nothing with the writer: <c>scripts/tensorboard_check.py</c> checks every checksum, field and picture.</summary>
[Collection("native")]
public sealed class TensorBoardPeerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Another_reader_finds_every_curve_picture_and_text_of_a_run()
    {
        var data = Membranes.WriteDataSet(Path.Combine(_folder, "data"), new() { Count = 6, Width = 64, Height = 32 });
        var recipe = new Recipe { Network = new UNetOptions { Base = 2, Depth = 1 }, Training = new() { Epochs = 2, BatchSize = 2 }, Loss = new SegSharp.Losses.CrossEntropyOptions() };
        var heard = new List<EpochEnded>();
        using (var run = Run.Start(recipe, data, data.Split(Validation.Last(4)), Path.Combine(_folder, "run"), new() { Threads = 1 }))
        {
            run.Train(e => heard.AddRange(e is EpochEnded epoch ? [epoch] : []));
        }

        var file = Directory.GetFiles(Path.Combine(_folder, "run"), "events.out.tfevents.*").Single();
        var theirs = JsonNode.Parse(Python(file))!.AsArray().Select(v => v!.AsArray()).Select(v => (Step: v[0]!.GetValue<long>(), Tag: v[1]!.GetValue<string>(), Kind: v[2]!.GetValue<string>(), Value: v[3]!.GetValue<string>())).ToList();

        var ours = TensorBoardReader.Read(file);
        Assert.Equal(ours.Select(e => (e.Step, e.Tag)), theirs.Select(t => (t.Step, t.Tag)));
        Assert.Equal(
            ["Dice/membrane", "gradient norm", "learning rate", "loss/training", "loss/validation"],
            theirs.Where(t => t.Kind == "scalar").Select(t => t.Tag).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(heard.Select(e => (float)e.TrainingLoss), theirs.Where(t => t.Tag == "loss/training").Select(t => float.Parse(t.Value, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(heard.Select(e => (float)e.Dice[0]!), theirs.Where(t => t.Tag == "Dice/membrane").Select(t => float.Parse(t.Value, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(2 * 3, theirs.Count(t => t is { Kind: "image", Value: "192x32" }));
        Assert.Equal(["recipe", "data and machine"], theirs.Where(t => t.Kind == "text").Select(t => t.Tag));
        Assert.Contains("\n        \"epochs\": 2,\n", theirs.First(t => t.Tag == "recipe").Value, StringComparison.Ordinal);
    }

    private static string Python(string file)
    {
        var script = Path.Combine(Repository.Root, "tests", "SegSharp.ParityTests", "scripts", "tensorboard_check.py");
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", [script, file]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, errors.Result);
            return output;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("no python3 on the path");
            return "";
        }
    }
}

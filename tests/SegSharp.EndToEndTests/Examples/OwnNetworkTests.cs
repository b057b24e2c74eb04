using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Testing;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.EndToEndTests.Examples;

/// <summary>A network and a loss from outside the library train, are stored by name, and predict.</summary>
public sealed class OwnNetworkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_network_and_a_loss_of_ones_own_learn_from_a_recipe_and_predict_from_their_checkpoint()
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["run", Path.Combine("examples", "05-own-network.cs"), _folder])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();

        Assert.True(process.ExitCode == 0, string.Join('\n', lines));
        var losses = lines.Where(l => l.StartsWith("epoch ", StringComparison.Ordinal)).Select(l => double.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(5, losses.Count);
        Assert.InRange(losses[^1], 0, losses[0] / 2);
        var recipe = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "run", "recipe.json")))!;
        Assert.Equal(("context", 8, "brier"), ((string?)recipe["network"]!["name"], (int)recipe["network"]!["width"]!, (string?)recipe["loss"]!["name"]));
        Assert.Contains("layers.0.weight", Checkpoint.Read(Path.Combine(_folder, "run", "checkpoint-best.pt")).Tensors.Keys);
        Assert.Contains((ushort)1, LabelMap.Read(Path.Combine(_folder, "mask.png")).Labels);
    }
}

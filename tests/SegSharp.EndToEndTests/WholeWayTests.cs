using System.Text.Json;
using Xunit;

namespace SegSharp.EndToEndTests;

public sealed class WholeWayTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void From_stacks_to_a_report()
    {
        var (stacks, data, run, masks) = (_workshop["stacks"], _workshop["data"], _workshop["run"], _workshop["masks"]);
        Workshop.Succeed("data", "make", "membranes", stacks, "--stacks", "--count", "6", "--size", "32x32");
        Workshop.Succeed("data", "import", "isbi2012", stacks, data);
        var trained = Workshop.Succeed([.. Workshop.Training(data, run, 2), "--json"]);
        Workshop.Succeed("predict", run, Path.Combine(data, "imagesTr"), masks);
        var scores = Workshop.Succeed("evaluate", masks, Path.Combine(data, "labelsTr"), "--report", _workshop["report"], "--json");

        Assert.Equal(2, (int)trained.Json["epochs"]!);
        Assert.Equal(JsonValueKind.Object, scores.Json.GetValueKind());
        foreach (var file in new[] { "recipe.json", "run.json", "checkpoint-last.pt", "checkpoint-best.pt", "metrics.csv", "curves.png", "log.txt", "report.html" })
        {
            Assert.True(new FileInfo(Path.Combine(run, file)) is { Exists: true, Length: > 0 }, $"{file} is missing or empty");
        }

        Assert.Equal(2, Directory.GetFiles(Path.Combine(run, "validation")).Length);
        Assert.Single(Directory.GetFiles(run, "events.out.tfevents.*"));
        Assert.True(File.Exists(Path.Combine(_workshop["report"], "report.html")));
        Assert.Equal(Names(Path.Combine(data, "labelsTr")), Names(masks));
        Assert.Empty(_workshop.Unfinished());

        var masked = File.GetLastWriteTimeUtc(Directory.GetFiles(masks).Order().First());
        var again = Workshop.Succeed("predict", run, Path.Combine(data, "imagesTr"), masks, "--json");
        Assert.Equal((0, 6), ((int)again.Json["written"]!, (int)again.Json["skipped"]!));
        Assert.Equal(masked, File.GetLastWriteTimeUtc(Directory.GetFiles(masks).Order().First()));

        var anew = Workshop.Succeed("predict", run, Path.Combine(data, "imagesTr"), masks, "--json", "--overwrite");
        Assert.Equal((6, 0), ((int)anew.Json["written"]!, (int)anew.Json["skipped"]!));
    }

    [Fact]
    public void Attention_maps_are_saved_beside_the_masks_and_only_of_networks_with_gates()
    {
        var (data, run, masks, maps) = (_workshop["data"], _workshop["run"], _workshop["masks"], _workshop["maps"]);
        Workshop.Succeed("data", "make", "membranes", data, "--count", "4", "--size", "32x32");
        Workshop.Succeed("train", data, "--out", run, "--network", "attention-unet", "--set", "network.base=2", "--set", "network.depth=2", "--epochs", "1", "--threads", "1");

        var result = Workshop.Succeed("predict", run, Path.Combine(data, "imagesTr"), masks, "--save-attention", maps, "--json");

        Assert.Equal(maps, (string)result.Json["attention"]!);
        Assert.Equal(Names(masks).Select(n => Path.ChangeExtension(n, null)).SelectMany(n => new[] { $"{n}-attention.npy", $"{n}-attention.png" }), Names(maps));

        var plain = _workshop["plain"];
        Workshop.Succeed("train", data, "--out", plain, "--network", "unet", "--set", "network.base=2", "--set", "network.depth=1", "--epochs", "1", "--threads", "1");
        var refused = CliRunner.Run("predict", plain, Path.Combine(data, "imagesTr"), _workshop["other"], "--save-attention", maps);
        Assert.Equal(2, refused.ExitCode);
        Assert.Equal(
            $"error: --save-attention asks for attention maps, but the network of '{plain}' has no gates\nfix: leave it away, or train a network with gates, such as --network attention-unet\n",
            refused.Error);
    }

    private static IEnumerable<string?> Names(string folder) => Directory.GetFiles(folder).Select(Path.GetFileName).Order();
}

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

    private static IEnumerable<string?> Names(string folder) => Directory.GetFiles(folder).Select(Path.GetFileName).Order();
}

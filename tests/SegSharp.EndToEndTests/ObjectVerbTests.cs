using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Pictures with numbered objects: in, to objects again, and scored.</summary>
public sealed class ObjectVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-objects-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Objects_are_imported_numbered_again_and_scored()
    {
        Write(At("raw", "images", "a.png"), [9, 8, 7, 6, 5, 4]);
        Write(At("raw", "masks", "a.png"), [1, 1, 2, 2, 0, 3]);

        var import = CliRunner.Run("data", "import", "instances", At("raw"), At("data"), "--target", "separated", "--name", "nucleus", "--json");
        Assert.Equal((0, "0 background, 1 nucleus"), (import.ExitCode, (string)import.Json["labels"]!));

        var objects = CliRunner.Run("postprocess", At("data", "labelsTr"), At("objects"), "--instances", "components", "--grow", "1", "--json");
        Assert.Equal(0, objects.ExitCode);
        Assert.Equal([1, 1, 2, 2, 2, 3], LabelMap.Read(At("objects", "a.png")).Labels.Select(l => (int)l));

        var scores = CliRunner.Run("evaluate", At("objects"), At("data", "labelsTr"), At("data", "instancesTr"), "--instances", "--json");
        Assert.Equal(0, scores.ExitCode);
        Assert.Equal(3, (int)scores.Json["counts"]![0]!["found"]!);
        Assert.Equal(["model", .. Required("cases", "items")], Keys(scores.Json["cases"]![0]!));
        Assert.Equal(["model", .. Required("scores", "items")], Keys(scores.Json["scores"]![0]!));
        Assert.Equal(["model", .. Required("counts", "items")], Keys(scores.Json["counts"]![0]!));
        Assert.Equal(Required("comparison", "items"), Keys(scores.Json["comparison"]![0]!));
    }

    [Fact]
    public void What_goes_with_objects_only_or_with_pixels_only_is_said()
    {
        Write(At("mask.png"), [0, 1, 1]);

        var grow = CliRunner.Run("postprocess", At("mask.png"), At("out.png"), "--grow", "1");
        var metrics = CliRunner.Run("evaluate", At("mask.png"), At("mask.png"), "--instances", "--metrics", "dice");

        Assert.Equal((2, "error: --grow goes with --instances only"), (grow.ExitCode, grow.Error.Split('\n')[0]));
        Assert.Equal((2, "error: --metrics does not go with --instances"), (metrics.ExitCode, metrics.Error.Split('\n')[0]));
    }

    private static IEnumerable<string> Keys(JsonNode row) => row.AsObject().Select(p => p.Key);

    // What the schema promises, in its order.
    private static IEnumerable<string> Required(string table, string part) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "json", "evaluate-instances.schema.json")))!["properties"]![table]![part]!["required"]!
            .AsArray().Select(k => (string)k!);

    private string At(params string[] parts) => Path.Combine([_folder, .. parts]);

    private static void Write(string path, ushort[] row)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new LabelMap("row", Geometry.Pixels(new Extent(row.Length, 1)), row).Write(path);
    }
}

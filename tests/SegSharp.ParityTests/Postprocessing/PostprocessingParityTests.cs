using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Metrics;
using SegSharp.ParityTests.Imaging;
using SegSharp.Postprocessing;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Postprocessing;

/// <summary>nnU-Net 2.8.1 <c>determine_postprocessing</c>: what it chose, the scores it saw (1e-12) and the masks it wrote (exact).</summary>
public sealed class PostprocessingParityTests
{
    private const string Folder = "27-postprocessing/determine_postprocessing";

    public static TheoryData<string> Cases => Directory.Exists(Path.Combine(ParityCases.Root, Folder))
        ? [.. Directory.EnumerateDirectories(Path.Combine(ParityCases.Root, Folder)).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)]
        : [];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void The_same_steps_are_found_and_give_the_same_masks(string name)
    {
        var folder = ParityCases.Require(Folder, name);
        var expected = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")))!;
        var labels = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "dataset.json")))!["labels"]!.AsObject();
        var regions = labels.Where(l => l.Key != "background").Select(l => new Region(l.Key, Numbers(l.Value!))).ToList();
        var files = Directory.GetFiles(Path.Combine(folder, "predictions")).Order(StringComparer.Ordinal).ToList();
        var cases = files.ConvertAll(f => (LabelMap.Read(f), LabelMap.Read(Path.Combine(folder, "labelsTr", Path.GetFileName(f)))));

        var determined = Determination.Of(cases, regions);

        Assert.Equal(expected["kwargs"]!.AsArray().Select(k => Numbers(k!["labels_or_regions"]!)), determined.Steps.Select(s => s.Labels.ToArray()));
        Assert.Equal((double)expected["baseline"]!["foreground_mean"]!["Dice"]!, determined.Before.Average()!.Value, 1e-12);
        Assert.Equal((double)expected["final"]!["foreground_mean"]!["Dice"]!, determined.After.Average()!.Value, 1e-12);
        foreach (var file in files)
        {
            var written = Path.Combine(folder, "expected_postprocessed", Path.GetFileName(file));
            var processed = determined.Steps.Aggregate(LabelMap.Read(file), (m, step) => SegSharp.Postprocessing.Catalogue.Build(step).Apply(m));
            Assert.Equal(LabelMap.Read(written).Labels, processed.Labels);
        }
    }

    // Averages of probabilities and their labels are the predictor's; here only the rule is held.
    [Fact]
    public void The_mean_of_an_ensemble_and_its_labels_are_those_of_nnUNet()
    {
        var members = Enumerable.Range(0, 3).Select(i => Values($"member{i}_probabilities.npy")).ToList();
        var mean = Values("expected_mean.npy");
        var labels = Grid.Read("27-postprocessing", "ensemble", "expected_labels.npy").Labels;

        for (var i = 0; i < mean.Length; i++)
        {
            Assert.Equal(mean[i], members.Average(m => m[i]), 1e-6);
        }

        for (var v = 0; v < labels.Length; v++)
        {
            Assert.Equal(Enumerable.Range(0, 3).MaxBy(k => mean[(k * labels.Length) + v]), labels[v]);
        }
    }

    private static double[] Values(string file) => Grid.Numbers(SegSharp.Torch.Checkpoints.Npy.Read(ParityCases.Require("27-postprocessing", "ensemble", file)));

    private static ushort[] Numbers(JsonNode node) => node is JsonArray list ? [.. list.Select(l => (ushort)(int)l!)] : [(ushort)(int)node];
}

using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Metrics;
using SegSharp.ParityTests.Imaging;
using SegSharp.Postprocessing;
using SegSharp.Prediction;
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

    [Fact]
    public void The_mean_of_an_ensemble_and_its_labels_are_those_of_nnUNet()
    {
        var mean = new ProbabilityMean();
        foreach (var member in Enumerable.Range(0, 3).Select(i => Values($"member{i}_probabilities.npy")))
        {
            mean.Add(3, [.. member.Select(m => (float)m)]);
        }

        var (expected, found) = (Values("expected_mean.npy"), mean.Values());
        Assert.InRange(expected.Zip(found, (e, f) => Math.Abs(e - f)).Max(), 0, 1e-6);

        var labels = Values("expected_labels.npy");
        var decided = new ushort[labels.Length];
        new LabelRule { Values = [0, 1, 2], Sigmoid = false }.Decide(found, decided);
        Assert.Equal(labels.Select(l => (ushort)l), decided);
    }

    // Three regions, painted over one another: LabelManager's regions_class_order.
    [Fact]
    public void The_regions_of_an_ensemble_are_painted_as_nnUNet_paints_them()
    {
        var mean = Values("expected_mean.npy");
        var expected = Values("expected_regions_order_2_1_3.npy");
        var decided = new ushort[expected.Length];

        new LabelRule { Values = [0, 2, 1, 3], Sigmoid = true, Paints = [2, 1, 3] }.Decide([.. mean.Select(m => (float)m)], decided);

        Assert.Equal(expected.Select(l => (ushort)l), decided);
    }

    private static double[] Values(string file) => Grid.Numbers(SegSharp.Torch.Checkpoints.Npy.Read(ParityCases.Require("27-postprocessing", "ensemble", file)));

    private static ushort[] Numbers(JsonNode node) => node is JsonArray list ? [.. list.Select(l => (ushort)(int)l!)] : [(ushort)(int)node];
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Metrics;
using SegSharp.Tests.Data;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.Tests;

public sealed class EvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_models_stand_side_by_side()
    {
        Write("truth", "a", [0, 1, 1, 0]);
        Write("truth", "b", [1, 1, 0, 0]);
        Write("good", "a", [0, 1, 1, 0]);
        Write("good", "b", [1, 1, 0, 0]);
        Write("bad", "a", [0, 0, 1, 1]);
        Write("bad", "b", [0, 0, 1, 1]);

        var result = Evaluation.OfFolders([_folder.Path("good"), _folder.Path("bad")], _folder.Path("truth"), new());

        Assert.Equal(["good", "bad"], result.Models.Select(m => m.Name));
        Assert.Equal(1, result.Models[0].Scores.Pooled("label 1", Metric.Dice));
        Assert.Equal(0.25, result.Models[1].Scores.Pooled("label 1", Metric.Dice));
        Assert.Equal("2x2", result.Models[0].Scores.Grid);
        Assert.Equal("grid: every number was computed at 2x2", Evaluation.Explain(result, EmptyRule.Undefined)[0]);
    }

    [Fact]
    public void Labels_get_their_names_from_the_data_set_that_the_truth_lies_in()
    {
        var description = new DataSetDescription { ChannelNames = ["EM"], Labels = new LabelList([new("background", [0]), new("membrane", [1])]), FileEnding = ".png" };
        var grid = Geometry.Pixels(new Extent(2, 2));
        using (var writer = new DataSetWriter(_folder.Path("data"), description))
        {
            writer.Add("a", Volume.Of<byte>("a", grid, 1, [1, 2, 3, 4]), new LabelMap("a", grid, [0, 1, 1, 0]));
            writer.Complete();
        }

        Write("masks", "a", [0, 255, 255, 255]);

        var result = Evaluation.OfFolders([_folder.Path("masks")], _folder.Path("data", "labelsTr"), new());

        Assert.Equal(0.8, result.Models[0].Scores["membrane", Metric.Dice]!.Value, 1e-12);
        Assert.Equal(["masks of 0 and 255 were read as 0 and 1: masks"], result.Notes);
        Assert.Equal(_folder.Path("data", "imagesTr", "a_0000.png"), result.Pairs[0].Image);
    }

    [Fact]
    public void Stacks_are_scored_page_by_page()
    {
        Stack("truth.tif", [0, 1, 1, 0, 1, 1, 1, 1]);
        Stack("masks.tif", [0, 1, 1, 0, 0, 0, 1, 1]);

        var result = Evaluation.OfFolders([_folder.Path("masks.tif")], _folder.Path("truth.tif"), new());

        Assert.Equal(["truth@0000", "truth@0001"], result.Models[0].Scores.Cases.Select(c => c.Case));
        Assert.Equal([1, 2 / 3.0], result.Models[0].Scores.Cases.Select(c => c.Values[0][0]!.Value));
    }

    [Fact]
    public void Missing_predictions_are_listed()
    {
        Write("truth", "a", [0, 1, 1, 0]);
        Write("truth", "b", [0, 1, 1, 0]);
        Write("truth", "c", [0, 1, 1, 0]);
        Write("masks", "b", [0, 1, 1, 0]);

        var error = Assert.Throws<InputException>(() => Evaluation.OfFolders([_folder.Path("masks")], _folder.Path("truth"), new()));

        Assert.Equal($"'{_folder.Path("masks")}' has no prediction for 2 of 3 case(s): a, c", error.Message);
    }

    [Fact]
    public void Predictions_without_a_truth_are_left_out_and_noted()
    {
        Write("truth", "a", [0, 1, 1, 0]);
        Write("truth", "b", [0, 1, 1, 0]);
        Write("masks", "a", [0, 1, 1, 0]);
        Write("masks", "b", [0, 1, 1, 0]);
        Write("masks", "z", [0, 1, 1, 0]);

        var result = Evaluation.OfFolders([_folder.Path("masks")], _folder.Path("truth"), new());

        Assert.Equal([$"'{_folder.Path("masks")}' has 1 prediction(s) without a truth, not counted: z"], result.Notes);
    }

    [Fact]
    public void A_prediction_on_another_grid_is_refused()
    {
        Write("truth", "a", [0, 1, 1, 0]);
        Write("masks", "a", [0, 1, 1, 0, 0, 0]);

        var error = Assert.Throws<InputException>(() => Evaluation.OfFolders([_folder.Path("masks")], _folder.Path("truth"), new()));

        Assert.Equal($"prediction '{_folder.Path("masks", "a.png")}' is 3x2 but its truth '{_folder.Path("truth", "a.png")}' is 2x2", error.Message);
    }

    [Fact]
    public void A_label_outside_the_list_is_refused()
    {
        Write("truth", "a", [0, 1, 1, 0]);
        Write("masks", "a", [0, 1, 7, 0]);

        var error = Assert.Throws<InputException>(() => Evaluation.OfFolders([_folder.Path("masks")], _folder.Path("truth"), new()));

        Assert.Equal($"label map '{_folder.Path("masks", "a.png")}' holds label 7 (1 pixels), outside the list: 0 background, 1 label 1", error.Message);
    }

    [Fact]
    public void Regions_need_no_consecutive_labels_and_a_region_of_interest_limits_them()
    {
        Write("truth", "a", [0, 1, 4, 9]);
        Write("masks", "a", [0, 4, 4, 4]);
        Write("roi", "a", [0, 1, 1, 0]);

        var whole = Evaluation.OfFolders([_folder.Path("masks")], _folder.Path("truth"), new() { Regions = Region.Parse("both=1+4,late=4") });
        var inside = Evaluation.OfFolders([_folder.Path("masks")], _folder.Path("truth"), new() { Regions = Region.Parse("both=1+4,late=4"), Within = _folder.Path("roi") });

        Assert.Equal([new ConfusionCounts(2, 1, 0, 1), new ConfusionCounts(1, 2, 0, 1)], whole.Models[0].Scores.Cases[0].Counts);
        Assert.Equal([new ConfusionCounts(2, 0, 0, 0), new ConfusionCounts(1, 1, 0, 0)], inside.Models[0].Scores.Cases[0].Counts);
        Assert.Equal([$"only voxels inside the regions of interest of '{_folder.Path("roi")}' were counted"], inside.Notes);
    }

    [Theory]
    [InlineData(0.25f, 3)]
    [InlineData(0.5f, 0)]
    public void A_softmax_over_three_labels_is_told_from_its_sums(float first, int labels)
    {
        Write("truth", "a", [0, 1, 2, 0]);
        Write("masks", "a", [0, 1, 2, 0]);
        float[] p = [.. Enumerable.Repeat(first, 4), .. Enumerable.Repeat(0.5f, 4), .. Enumerable.Repeat(0.25f, 4)];
        Npy.Write(_folder.Path("masks", "a.npy"), new TensorData(DType.Float32, [3, 2, 2], System.Runtime.InteropServices.MemoryMarshal.AsBytes(p.AsSpan()).ToArray()));

        var result = Evaluation.OfFolders([_folder.Path("masks")], _folder.Path("truth"), new());

        Assert.Equal(labels, result.Models[0].SoftmaxLabels);
        Assert.Equal(
            "the best threshold was asked for, but this network's head is a softmax over 3 labels, of which the greatest wins", ThresholdFile.Meaningless("the best threshold was asked for", 3).Message);
    }

    [Fact]
    public void Probabilities_beside_the_predictions_give_curves()
    {
        Write("truth", "a", [0, 1, 1, 0]);
        Write("masks", "a", [0, 1, 0, 0]);
        float[] p = [0.9f, 0.2f, 0.7f, 0.6f, 0.1f, 0.8f, 0.3f, 0.4f];
        Npy.Write(_folder.Path("masks", "a.npy"), new TensorData(DType.Float32, [2, 2, 2], System.Runtime.InteropServices.MemoryMarshal.AsBytes(p.AsSpan()).ToArray()));

        var result = Evaluation.OfFolders([_folder.Path("masks")], _folder.Path("truth"), new());

        Assert.Equal(0.75, RocCurve.Of(result.Models[0].Ranked[0])!.Area, 1e-12);       // 0.8 > 0.1, 0.4; 0.3 > 0.1, not 0.4
    }

    [Fact]
    public void An_empty_folder_has_nothing_to_score()
    {
        Directory.CreateDirectory(_folder.Path("truth"));

        var error = Assert.Throws<InputException>(() => Evaluation.OfFolders([_folder.Path("truth")], _folder.Path("truth"), new()));

        Assert.StartsWith($"'{_folder.Path("truth")}' has 0 label maps: no file that ends with .png", error.Message, StringComparison.Ordinal);
    }

    private void Write(string folder, string name, ushort[] labels)
    {
        Directory.CreateDirectory(_folder.Path(folder));
        new LabelMap(name, Geometry.Pixels(new Extent(labels.Length / 2, 2)), labels).Write(_folder.Path(folder, name + ".png"));
    }

    private void Stack(string name, ushort[] labels) =>
        new LabelMap(name, Geometry.Pixels(new Extent(2, 2, labels.Length / 4)), labels).Write(_folder.Path(name));
}

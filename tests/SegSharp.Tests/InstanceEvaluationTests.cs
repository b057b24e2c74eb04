using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Metrics;
using SegSharp.Tests.Data;
using Xunit;

namespace SegSharp.Tests;

public sealed class InstanceEvaluationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Masks_fall_into_their_parts_and_numbers_are_objects()
    {
        Write("truth", "a", [1, 1, 0, 2, 2, 3]);
        Write("masks", "a", [1, 1, 0, 1, 1, 0]);
        Write("numbers", "a", [5, 5, 0, 7, 7, 9]);

        var result = InstanceEvaluation.OfFolders([_folder.Path("masks"), _folder.Path("numbers")], _folder.Path("truth"));

        Assert.Equal([2.0 / 3, 1], result.Models.Select(m => m.Scores.Pooled(Measure("ap50"))!.Value));
        Assert.Equal([0.6667, 1], result.Models.Select(m => Math.Round(m.Scores.Pooled(Measure("ap"))!.Value, 4)));
        Assert.Equal([0.8, 1], result.Models.Select(m => m.Scores.Pooled(Measure("f1"))!.Value));
        Assert.Equal(
            [
                $"'{_folder.Path("truth")}' numbers its objects",
                $"'{_folder.Path("masks")}' holds masks: their connected parts (corners touch) are the objects",
                $"'{_folder.Path("numbers")}' numbers its objects",
            ],
            result.Notes);
    }

    [Fact]
    public void Panoptic_quality_is_how_much_times_how_many()
    {
        var scores = new InstanceScores();
        scores.Add("a", new InstanceOverlap([1, 1, 1, 0, 2, 2], [1, 1, 1, 1, 0, 0]));

        Assert.Equal(0.75, scores.Mean(Measure("sq")));
        Assert.Equal(2.0 / 3, scores.Mean(Measure("rq")));
        Assert.Equal(0.5, scores.Mean(Measure("pq"))!.Value, 1e-12);
        Assert.Equal(0.5 * 6 / 10, scores.Mean(Measure("ap"))!.Value, 1e-12);     // 0.75 is reached at 0.5, 0.55 … 0.75
    }

    [Fact]
    public void Two_predictions_are_compared_image_by_image()
    {
        var (better, worse) = (new InstanceScores(), new InstanceScores());
        for (var i = 0; i < 6; i++)
        {
            better.Add($"{i}", new InstanceOverlap([1, 1, 2, 2], [1, 1, 2, 2]));
            worse.Add($"{i}", new InstanceOverlap([1, 1, i % 2, 0], [1, 1, 2, 2]));
        }

        var (test, interval) = better.Against(worse, Measure("ap50"));

        Assert.Equal((6, 0.5, 1.0), (test.Pairs, test.Difference!.Value, test.Effect!.Value));
        Assert.Equal(new Interval(0.5, 0.5), interval);
        Assert.Equal(0.03125, test.P!.Value, 1e-12);
    }

    [Fact]
    public void Classes_are_no_objects_and_the_way_to_objects_is_said()
    {
        Write("truth", "a", [1, 0, 2, 0, 3, 0, 4, 0, 5]);
        Write("classes", "a", [1, 2, 1, 0, 1, 2, 1, 0, 1]);

        var error = Assert.Throws<InputException>(() => InstanceEvaluation.OfFolders([_folder.Path("classes")], _folder.Path("truth")));

        Assert.Equal($"'{_folder.Path("classes")}' holds the values 1, 2 in many pieces: these are classes, not numbers of objects", error.Message);
        Assert.Equal($"segsharp postprocess {_folder.Path("classes")} OUT --instances components --border 2", error.Fix);
    }

    private static InstanceMeasure Measure(string key) => InstanceScores.Measures.Single(m => m.Key == key);

    private void Write(string folder, string id, ushort[] row)
    {
        Directory.CreateDirectory(_folder.Path(folder));
        new LabelMap(id, Geometry.Pixels(new Extent(row.Length, 1)), row).Write(_folder.Path(folder, id + ".png"));
    }
}

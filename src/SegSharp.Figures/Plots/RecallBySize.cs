using SegSharp.Foundation;
using SegSharp.Metrics;

namespace SegSharp.Figures.Plots;

/// <summary>How many objects of each size one model found in one class, over all images.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Class">The class.</param>
/// <param name="Sizes">By size.</param>
public sealed record RecallBySize(string Model, string Class, IReadOnlyList<SizeRecall> Sizes)
{
    /// <summary>Counts every model's and class's objects.</summary>
    /// <param name="result">What was evaluated; its files are read again.</param>
    /// <param name="edges">Where size classes begin, voxels.</param>
    public static IReadOnlyList<RecallBySize> Of(EvaluationResult result, IReadOnlyList<long> edges)
    {
        var regions = result.Models[0].Scores.Regions;
        var objects = new List<TrueObject>[result.Models.Count, regions.Count];
        foreach (var pair in result.Pairs)
        {
            var truth = pair.Truth.Read();
            for (var m = 0; m < result.Models.Count; m++)
            {
                var prediction = pair.Predictions[m].Read();
                for (var r = 0; r < regions.Count; r++)
                {
                    (objects[m, r] ??= []).AddRange(SizeRecall.ObjectsOf(prediction, truth, regions[r]));
                }
            }
        }

        return
        [
            .. from m in Enumerable.Range(0, result.Models.Count)
               from r in Enumerable.Range(0, regions.Count)
               select new RecallBySize(result.Models[m].Name, regions[r].Name, SizeRecall.Of(objects[m, r] ?? [], edges)),
        ];
    }

    /// <summary>Recall over size, a plot for each class and a line for each model.</summary>
    public static CurveFigure Draw(IReadOnlyList<RecallBySize> found) => new(
    [
        .. found.GroupBy(f => f.Class).Select(c => new Plot
        {
            Title = c.Key,
            XName = string.Join("   ", c.First().Sizes.Select((s, i) => $"{i + 1}: {s.Range}")),
            YName = "recall",
            Range = (0, 1),
            Series = [.. c.Select(f => Series.ByEpoch(f.Model, f.Sizes.Select(s => s.Recall)))],
        }),
    ], "Recall of objects by size");
}

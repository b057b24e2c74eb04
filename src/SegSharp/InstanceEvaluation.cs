using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Metrics;

namespace SegSharp;

/// <summary>Objects of one set of predictions held against the true ones.</summary>
/// <param name="Name">The folder's or file's name.</param>
/// <param name="Scores">Image by image and pooled.</param>
public sealed record NamedInstanceScores(string Name, InstanceScores Scores);

/// <summary>One or more sets of predicted objects held against the same truth.</summary>
/// <param name="Models">In the order in which they were given.</param>
/// <param name="Notes">How files were read.</param>
public sealed record InstanceEvaluationResult(IReadOnlyList<NamedInstanceScores> Models, IReadOnlyList<string> Notes);

/// <summary>Holds predicted objects against true ones, image by image.</summary>
/// <remarks>
/// A folder in which every map holds one value beside 0 has masks, and their connected parts (corners touch) are the objects;
/// otherwise every number is an object.
/// </remarks>
public static class InstanceEvaluation
{
    /// <summary>Scores folders or stacks of predictions.</summary>
    /// <param name="predictions">One folder, file or stack per model.</param>
    /// <param name="truth">A folder of maps of objects, such as a data set's <c>instancesTr</c>; a file or a stack.</param>
    /// <param name="cases">Which of the truth's cases to score; null = all.</param>
    /// <param name="on">Hears progress.</param>
    /// <param name="cancel">Stops between two images.</param>
    /// <exception cref="InputException">A prediction is missing, sizes differ, or a prediction holds classes and no objects.</exception>
    public static InstanceEvaluationResult OfFolders(
        IReadOnlyList<string> predictions, string truth, Validation? cases = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var truths = LabelSource.List(truth);
        if (cases is not null)
        {
            var chosen = cases.Of([.. truths.Select(t => t.Case)]).Validation.ToHashSet(StringComparer.Ordinal);
            truths = [.. truths.Where(t => chosen.Contains(t.Case))];
        }

        var notes = new List<string>();
        var matched = predictions.Select(p => Evaluation.Match(p, LabelSource.List(p), truth, truths, cases is null ? notes : [])).ToList();
        var expected = Kind.Of(truths, cancel);
        expected.Tell(truth, notes);
        if (expected.AreMasks && Evaluation.ObjectsBeside(truth) is { } beside)
        {
            notes.Add($"the objects themselves lie in '{beside}', where those that touch are told apart");
        }

        var models = new List<NamedInstanceScores>();
        for (var m = 0; m < predictions.Count; m++)
        {
            var found = Kind.Of(matched[m], cancel);
            found.RequireObjects(predictions[m], expected);
            found.Tell(predictions[m], notes);
            var scores = new InstanceScores();
            for (var i = 0; i < truths.Count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                var (prediction, objects) = (matched[m][i].Read(), truths[i].Read());
                if (prediction.Extent != objects.Extent)
                {
                    throw new InputException(
                        $"prediction '{matched[m][i]}' is {prediction.Extent} but its truth '{truths[i]}' is {objects.Extent}",
                        "predict again: predict writes masks on the grid of its input");
                }

                scores.Add(truths[i].Case, new InstanceOverlap(found.Objects(prediction), expected.Objects(objects)));
                on?.Invoke(new Progressed("evaluate", (m * truths.Count) + i + 1, predictions.Count * truths.Count, truths[i].Case));
            }

            models.Add(new(Evaluation.NameOf(predictions, m), scores));
        }

        return new(models, notes);
    }

    // What the maps of a folder hold: masks of one value, or numbers of objects.
    private sealed record Kind(IReadOnlySet<int> Values, bool AreMasks, bool ManyPiecesEach)
    {
        private const int FewClasses = 3;

        public static Kind Of(IReadOnlyList<LabelSource> sources, CancellationToken cancel)
        {
            var values = new SortedSet<int>();
            var (masks, pieces) = (true, false);
            foreach (var source in sources)
            {
                cancel.ThrowIfCancellationRequested();
                var map = source.Read();
                var own = map.Histogram().Where(l => l.Label != 0).Select(l => l.Label).ToList();
                values.UnionWith(own);
                masks &= own.Count <= 1;
                if (values.Count <= FewClasses && !pieces)
                {
                    Components.Label(map.Labels, map.Extent, Connectivity.Full, out var parts);
                    pieces = parts > 2 * own.Count;
                }
            }

            return new(values, masks && values.Count <= 1, pieces);
        }

        public int[] Objects(LabelMap map) => AreMasks
            ? Components.Label(Array.ConvertAll(map.Labels, l => l != 0), map.Extent, Connectivity.Full, out _)
            : Array.ConvertAll(map.Labels, l => (int)l);

        // Two or three values in many pieces are classes: inside and border.
        public void RequireObjects(string folder, Kind truth)
        {
            if (!AreMasks && Values.Count <= FewClasses && ManyPiecesEach && (truth.AreMasks || truth.Values.Count > FewClasses))
            {
                throw new InputException(
                    $"'{folder}' holds the values {string.Join(", ", Values)} in many pieces: these are classes, not numbers of objects",
                    $"segsharp postprocess {CommandText.Word(folder)} OUT --instances components --border 2");
            }
        }

        public void Tell(string folder, List<string> notes) => notes.Add(AreMasks
            ? $"'{folder}' holds masks: their connected parts (corners touch) are the objects"
            : $"'{folder}' numbers its objects");
    }
}

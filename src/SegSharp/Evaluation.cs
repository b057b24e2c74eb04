using System.Runtime.InteropServices;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Metrics;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp;

/// <summary>What is scored, by what, and by which rules.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Metrics; null = every metric of the catalogue with the rule of <see cref="Empty"/>.</summary>
    public IReadOnlyList<Metric>? Metrics { get; init; }

    /// <summary>The labels to score; null = those of the data set that the truth lies in, else those that occur.</summary>
    public LabelList? Labels { get; init; }

    /// <summary>What to score instead of the labels one by one: regions, which may overlap. null = the labels or regions of the data set.</summary>
    public IReadOnlyList<Region>? Regions { get; init; }

    /// <summary>A folder, file or stack of masks named as the cases: only voxels inside (not 0) count. null = all.</summary>
    public string? Within { get; init; }

    /// <summary>How lesions are told apart and scored; null = they are not.</summary>
    public LesionRules? Lesions { get; init; }

    /// <summary>What a region scores that is empty on both sides; used where <see cref="Metrics"/> is null.</summary>
    public EmptyRule Empty { get; init; } = EmptyRule.Undefined;

    /// <summary>Folder with the images, for the pictures of a report; null = looked for beside the truth.</summary>
    public string? Images { get; init; }

    /// <summary>Which of the truth's cases to score, as they are chosen for validation; null = all.</summary>
    public Validation? Cases { get; init; }
}

/// <summary>Scores of one set of predictions.</summary>
/// <param name="Name">Its name in tables: the folder's or file's name.</param>
/// <param name="Scores">The table.</param>
public sealed record NamedScores(string Name, Scores Scores)
{
    /// <summary>How the probabilities beside the predictions rank the voxels, by region; empty where there are none.</summary>
    public IReadOnlyList<RankedScores> Ranked { get; init; } = [];

    /// <summary>The probabilities of all voxels counted, by region; empty where there are none.</summary>
    public IReadOnlyList<ProbabilityHistogram> Probabilities { get; init; } = [];

    /// <summary>Dice at every threshold, by region; empty where there are no probabilities.</summary>
    public IReadOnlyList<ThresholdSearch> Thresholds { get; init; } = [];

    /// <summary>The labels of the softmax that the probabilities are of: three or more, of which the greatest wins, so thresholds mean nothing; 0 = there is none.</summary>
    public int SoftmaxLabels { get; init; }

    /// <summary>How the probabilities cut the image into cells, by region; empty where there are none, or where no such metric was asked for.</summary>
    public IReadOnlyList<PartitionCurve> Partitions { get; init; } = [];
}

/// <summary>One or more sets of predictions held against the same truth.</summary>
/// <param name="Models">In the order in which they were given.</param>
/// <param name="Labels">The labels that were scored.</param>
/// <param name="Notes">What a reader of the table must know: rules, grids, files without a partner.</param>
/// <param name="Pairs">Files behind every image, for pictures.</param>
public sealed record EvaluationResult(
    IReadOnlyList<NamedScores> Models, LabelList Labels, IReadOnlyList<string> Notes, IReadOnlyList<EvaluationPair> Pairs);

/// <summary>Files behind one scored image.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Truth">Where its label map lies.</param>
/// <param name="Predictions">Where the predictions lie, one per model.</param>
/// <param name="Image">The image itself; null when none was found.</param>
public sealed record EvaluationPair(string Case, LabelSource Truth, IReadOnlyList<LabelSource> Predictions, string? Image);

/// <summary>Holds predictions against the truth.</summary>
public static class Evaluation
{
    /// <summary>Scores one prediction.</summary>
    /// <param name="prediction">What was predicted.</param>
    /// <param name="truth">What is true, on the same grid.</param>
    /// <param name="metrics">By what; none = all of the catalogue.</param>
    /// <returns>One row per label that occurs in either map, named by its number.</returns>
    /// <exception cref="InputException">The grids differ.</exception>
    public static Scores Compare(LabelMap prediction, LabelMap truth, params Metric[] metrics)
    {
        var labels = prediction.Histogram().Concat(truth.Histogram()).Select(l => (ushort)l.Label).Where(l => l != 0).Distinct().Order();
        var scores = new Scores([.. labels.Select(l => new Region($"{l}", l))], metrics.Length == 0 ? Catalogue.Of([]) : metrics);
        scores.Add(truth.Name, new Comparison(prediction, truth));
        return scores;
    }

    /// <summary>Scores one prediction by the labels of a data set.</summary>
    /// <param name="prediction">What was predicted.</param>
    /// <param name="truth">What is true, on the same grid.</param>
    /// <param name="labels">The labels: each foreground label or region gives a row.</param>
    /// <param name="metrics">By what; none = all of the catalogue.</param>
    /// <exception cref="InputException">The grids differ.</exception>
    public static Scores Compare(LabelMap prediction, LabelMap truth, LabelList labels, params Metric[] metrics)
    {
        var scores = NewTable(labels, metrics.Length == 0 ? Catalogue.Of([]) : metrics);
        scores.Add(truth.Name, new Comparison(prediction, truth, labels.Ignore));
        return scores;
    }

    /// <summary>An empty table for the labels of a data set; fill it with <see cref="Scores.Add"/>.</summary>
    public static Scores NewTable(LabelList labels, IReadOnlyList<Metric> metrics) =>
        new([.. labels.Foreground.Select(e => new Region(e.Name, e.Labels))], metrics);

    /// <summary>Scores folders or stacks of predictions against the truth, image by image.</summary>
    /// <param name="predictions">One folder, file or stack per model.</param>
    /// <param name="truth">A folder of label maps, a file or a stack.</param>
    /// <param name="options">Metrics, labels and rules.</param>
    /// <param name="on">Hears progress and remarks.</param>
    /// <param name="cancel">Stops between two images.</param>
    /// <exception cref="InputException">A prediction is missing, sizes differ, a label is not in the list.</exception>
    public static EvaluationResult OfFolders(
        IReadOnlyList<string> predictions, string truth, EvaluationOptions options, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var truths = LabelSource.List(truth);
        if (options.Cases is { } cases)
        {
            var chosen = cases.Of([.. truths.Select(t => t.Case)]).Validation.ToHashSet(StringComparer.Ordinal);
            truths = [.. truths.Where(t => chosen.Contains(t.Case))];
        }

        var names = truths.Select(t => t.Case).ToList();
        var notes = new List<string>();
        var matched = predictions.Select(p => Match(p, LabelSource.List(p), truth, truths, notes)).ToList();
        var (labels, binary) = LabelsOf(truth, truths, matched, options);
        var metrics = options.Metrics ?? Catalogue.Of([], options.Empty);
        var regions = options.Regions ?? [.. labels.Foreground.Select(e => new Region(e.Name, e.Labels))];
        var tables = predictions.Select(_ => new Scores(regions, metrics) { LesionRules = options.Lesions }).ToList();
        var ranks = matched.Select(m => m.TrueForAll(s => ProbabilitiesOf(s) is not null) ? regions.Select(_ => (All: new ProbabilityHistogram(), Search: new ThresholdSearch())).ToList() : null).ToList();
        var softmax = new int?[matched.Count];
        var cuts = ranks.Select(r => r is not null && metrics.Any(m => m is PartitionMetric) ? regions.Select(_ => new PartitionCurve()).ToList() : []).ToList();
        var within = options.Within is { } roi ? Match(roi, LabelSource.List(roi), truth, truths, notes) : null;
        var noisy = new HashSet<string>(StringComparer.Ordinal);
        var converted = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < truths.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var expected = Read(truths[i], options.Regions is null ? labels : null, binary, converted);
            var inside = within?[i].Read();
            for (var m = 0; m < tables.Count; m++)
            {
                var found = Read(matched[m][i], options.Regions is null ? labels : null, binary, converted);
                if (found.Extent != expected.Extent)
                {
                    throw new InputException(
                        $"prediction '{matched[m][i]}' is {found.Extent} but its truth '{truths[i]}' is {expected.Extent}",
                        "predict again: predict writes masks on the grid of its input; or give the truth on the grid of the predictions");
                }

                var comparison = new Comparison(found.Named($"{matched[m][i]}"), expected.Named($"{truths[i]}"), labels.Ignore, inside);
                tables[m].Add(names[i], comparison);
                if (comparison.Match == GridMatch.RoundingNoise)
                {
                    noisy.Add(names[i]);
                }

                if (ranks[m] is { } histograms)
                {
                    var tensor = ReadProbabilities(ProbabilitiesOf(matched[m][i])!, expected);
                    var channels = (int)tensor.Shape[0];
                    softmax[m] = softmax[m] != 0 && channels > 2 && ProbabilityFolders.SumsToOne(MemoryMarshal.Cast<byte, float>(tensor.Bytes.Span), channels) ? channels : 0;
                    bool Counts(int voxel) => expected.Labels[voxel] != labels.Ignore && inside?.Labels[voxel] != 0;
                    for (var r = 0; r < regions.Count; r++)
                    {
                        var belongs = Array.ConvertAll(expected.Labels, l => regions[r].Labels.Contains(l));
                        var probabilities = ProbabilityOf(r, tensor, regions, labels);
                        var image = new ProbabilityHistogram();
                        Rank(probabilities, belongs, Counts, image);
                        histograms[r].All.Add(image);
                        histograms[r].Search.Add(image);
                        if (cuts[m].Count > 0)
                        {
                            cuts[m][r].Add(probabilities, belongs, expected.Extent, Counts);
                        }
                    }
                }
            }

            on?.Invoke(new Progressed("evaluate", i + 1, truths.Count, names[i]));
        }

        if (converted.Count > 0)
        {
            notes.Add($"masks of 0 and 255 were read as 0 and 1: {string.Join(", ", converted)}");
        }

        if (noisy.Count > 0)
        {
            notes.Add($"grids of prediction and truth differ by rounding noise only, taken as the same: {string.Join(", ", noisy.Order(StringComparer.Ordinal).Take(5))}{(noisy.Count > 5 ? ", …" : "")}");
        }

        if (within is not null)
        {
            notes.Add($"only voxels inside the regions of interest of '{options.Within}' were counted");
        }

        var images = options.Images ?? ImagesBeside(truth);
        return new EvaluationResult(
            [.. tables.Select((t, m) => new NamedScores(NameOf(predictions, m), t)
            {
                Ranked = ranks[m] is { } r ? [.. r.Select(x => x.All.Ranked())] : [],
                Probabilities = ranks[m] is { } p ? [.. p.Select(x => x.All)] : [],
                Thresholds = ranks[m] is { } s ? [.. s.Select(x => x.Search)] : [],
                SoftmaxLabels = softmax[m] ?? 0,
                Partitions = cuts[m],
            })],
            labels,
            notes,
            [.. truths.Select((t, i) => new EvaluationPair(t.Case, t, [.. matched.Select(m => m[i])], ImageOf(images, t.Case)))]);
    }

    /// <summary>The sentences that belong under a table: its grid, how the summaries differ, the rule for empty masks.</summary>
    public static IReadOnlyList<string> Explain(EvaluationResult result, EmptyRule empty)
    {
        var scores = result.Models[0].Scores;
        return
        [
            $"grid: every number was computed at {scores.Grid}",
            Scores.Explanation,
            empty.Explain(),
            .. scores.Metrics.OfType<SurfaceMetric>().Select(m => m.Convention.Explain()).Distinct(),
            .. scores.Metrics.OfType<PartitionMetric>().Take(1).Select(_ => PartitionScore.Explanation),
            .. scores.LesionRules is { } rules ? (string[])[rules.Explain()] : [],
            Bootstrap.Explanation,
            .. result.Models.Count > 1 ? (string[])[PairedTest.Explanation] : [],
            .. Notes(result),
        ];
    }

    /// <summary>The remarks on how files were read, and every mean that counts fewer images than its row says.</summary>
    public static IReadOnlyList<string> Notes(EvaluationResult result) =>
    [
        .. result.Notes,
        .. result.Models.SelectMany(m => m.Scores.CountedOtherwise().Select(text => result.Models.Count == 1 ? text : $"{m.Name}: {text}")),
    ];

    internal static List<LabelSource> Match(
        string folder, IReadOnlyList<LabelSource> found, string truth, IReadOnlyList<LabelSource> truths, List<string> notes)
    {
        // Two single images or two stacks of equal length are pairs whatever their names.
        if ((found.Count == 1 && truths.Count == 1) || (found.Count == truths.Count && found.Concat(truths).All(s => s.Page is not null)))
        {
            return [.. found];
        }

        if (found.Count == truths.Count && (found.All(s => s.Page is not null) || truths.All(s => s.Page is not null)))
        {
            notes.Add($"'{folder}' and '{truth}': one is a stack, so pages were matched to files in the order of their names");
            return [.. found];
        }

        var byName = found.ToDictionary(f => f.Case, StringComparer.Ordinal);
        var missing = truths.Where(t => !byName.ContainsKey(t.Case)).Select(t => t.Case).ToList();
        if (missing.Count > 0)
        {
            throw new InputException(
                $"'{folder}' has no prediction for {missing.Count} of {truths.Count} case(s): {string.Join(", ", missing.Take(10))}{(missing.Count > 10 ? ", …" : "")}",
                missing.Count == truths.Count
                    ? $"predictions are matched by name; found {string.Join(", ", byName.Keys.Take(3))}"
                    : "predict the missing cases, or remove their label maps from the truth");
        }

        var known = truths.Select(t => t.Case).ToHashSet(StringComparer.Ordinal);
        var extra = byName.Keys.Where(k => !known.Contains(k)).ToList();
        if (extra.Count > 0)
        {
            notes.Add($"'{folder}' has {extra.Count} prediction(s) without a truth, not counted: {string.Join(", ", extra.Take(5))}{(extra.Count > 5 ? ", …" : "")}");
        }

        return [.. truths.Select(t => byName[t.Case])];
    }

    // The labels, and whether masks of 0 and 255 may be read as 0 and 1.
    private static (LabelList Labels, bool Binary) LabelsOf(
        string truth, IReadOnlyList<LabelSource> truths, List<List<LabelSource>> predictions, EvaluationOptions options)
    {
        var labels = options.Labels ?? DescriptionBeside(truth)?.Labels;
        if (labels is null)
        {
            var used = truths.SelectMany(t => t.Read().Histogram()).Select(l => (ushort)l.Label).Distinct().Order().ToList();
            if (used.TrueForAll(l => l is 0 or 255))
            {
                used = [0, 1];
            }

            // A label between those of the truth that only a prediction holds is wrong, but no stranger: it gets its row.
            if (used.Count <= used[^1])
            {
                var predicted = predictions.SelectMany(p => p).SelectMany(p => p.Read().Histogram()).Select(l => (ushort)l.Label);
                used = [.. used.Union(predicted.Where(l => l < used[^1])).Order()];
            }

            labels = new LabelList([new("background", [0]), .. used.Where(l => l != 0).Select(l => new NamedLabel($"label {l}", [l]))]);
        }

        return (labels, labels is { Count: 2, Ignore: null });
    }

    private static LabelMap Read(LabelSource source, LabelList? labels, bool binary, HashSet<string> converted)
    {
        var map = source.Read();
        if (binary && map.Labels.AsSpan().Contains((ushort)255) && !map.Labels.AsSpan().ContainsAnyExcept((ushort)0, (ushort)255))
        {
            converted.Add(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetDirectoryName(Path.GetFullPath(source.Path))!)));
            return map.Select(l => l == 0 ? (ushort)0 : (ushort)1);
        }

        if (labels is not null)
        {
            LoadedCase.CheckLabels(source.ToString(), map, labels);
        }

        return map;
    }

    // What `predict --probabilities` writes beside its masks.
    private static string? ProbabilitiesOf(LabelSource prediction) =>
        prediction.Page is null && Path.Combine(Path.GetDirectoryName(Path.GetFullPath(prediction.Path))!, prediction.Case + ".npy") is var npy && File.Exists(npy) ? npy : null;

    private static TensorData ReadProbabilities(string npy, LabelMap truth)
    {
        var tensor = Npy.Read(npy);
        long[] grid = truth.Extent.Depth == 1 ? [truth.Extent.Height, truth.Extent.Width] : [truth.Extent.Depth, truth.Extent.Height, truth.Extent.Width];
        return tensor.DType == DType.Float32 && tensor.Shape.AsSpan(1).SequenceEqual(grid)
            ? tensor
            : throw new InputException(
                $"'{npy}' is {tensor.DType} [{string.Join(", ", tensor.Shape)}]; expected float32 [classes, {string.Join(", ", grid)}] on the grid of the truth",
                "write it with segsharp predict --probabilities, or move it away from the predictions");
    }

    // One channel is the foreground itself; one a region are sigmoids; else one a label, of which a region is the sum.
    private static float[] ProbabilityOf(int region, TensorData tensor, IReadOnlyList<Region> regions, LabelList labels)
    {
        var values = MemoryMarshal.Cast<byte, float>(tensor.Bytes.Span);
        var classes = labels.Entries.SelectMany(e => e.Labels).Distinct().Order().ToList();
        int[] channels = tensor.Shape[0] == 1 ? [0]
            : tensor.Shape[0] == regions.Count && (labels.HasRegions || regions.Count != classes.Count - 1) ? [region]
            : [.. regions[region].Labels.Select(l => classes.IndexOf(l)).Where(c => c >= 0 && c < tensor.Shape[0])];
        var sum = new float[values.Length / (int)tensor.Shape[0]];
        foreach (var c in channels)
        {
            var channel = values.Slice(c * sum.Length, sum.Length);
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += channel[i];
            }
        }

        return sum;
    }

    private static void Rank(float[] probabilities, bool[] truth, Func<int, bool> counts, ProbabilityHistogram histogram)
    {
        for (var i = 0; i < truth.Length; i++)
        {
            if (counts(i))
            {
                histogram.Add(probabilities[i], truth[i]);
            }
        }
    }

    private static DataSetDescription? DescriptionBeside(string truth)
    {
        var folder = Directory.Exists(truth) ? Path.GetFullPath(truth) : Path.GetDirectoryName(Path.GetFullPath(truth))!;
        var file = Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder)) ?? folder, DataSetDescription.FileName);
        return File.Exists(file) ? DataSetDescription.Read(file) : null;
    }

    /// <summary>The folder of numbered objects beside a folder of labels; null where there is none.</summary>
    internal static string? ObjectsBeside(string truth) =>
        Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(truth))) is { } parent
        && Path.Combine(parent, DataSet.ObjectsFolder) is var objects && Directory.Exists(objects)
        && objects != Path.TrimEndingDirectorySeparator(Path.GetFullPath(truth)) ? objects : null;

    private static string? ImagesBeside(string truth)
    {
        var parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(truth)));
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(truth));
        var images = parent is null ? null : Path.Combine(parent, name.Replace("labels", "images", StringComparison.Ordinal));
        return images is not null && images != Path.TrimEndingDirectorySeparator(Path.GetFullPath(truth)) && Directory.Exists(images) ? images : null;
    }

    private static string? ImageOf(string? folder, string id) =>
        folder is null || !Directory.Exists(folder)
            ? null
            : Directory.EnumerateFiles(folder, id + "*").Order(StringComparer.Ordinal)
                .FirstOrDefault(f => LabelSource.NameOf(f) is var n && (n == id || n == id + "_0000"));

    // Folders such as a/masks and b/masks would both be "masks": then the parent's name comes along.
    internal static string NameOf(IReadOnlyList<string> predictions, int index)
    {
        static string Last(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        var name = Last(predictions[index]);
        if (predictions.Count(p => Last(p) == name) == 1)
        {
            return name;
        }

        return Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(predictions[index]))) is { Length: > 1 } parent
            ? $"{Last(parent)}/{name}"
            : name;
    }
}

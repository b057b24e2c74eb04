using SegSharp.Figures.Panels;
using SegSharp.Figures.Plots;
using SegSharp.Figures.Volumes;
using SegSharp.Imaging;
using SegSharp.Metrics;

namespace SegSharp.Figures.Reports;

/// <summary>The report of an evaluation: summary, every image as a dot, the worst, a middle and the best image as pictures, the whole table.</summary>
public static class EvaluationReport
{
    /// <summary>Puts the report together; reads the images that it shows.</summary>
    /// <param name="result">What was evaluated.</param>
    /// <param name="empty">The rule for empty masks that the scores follow.</param>
    /// <param name="most">Images to show as pictures.</param>
    /// <exception cref="Foundation.InputException">An image to show is unreadable.</exception>
    public static ReportContent Of(EvaluationResult result, EmptyRule empty, int most = 6)
    {
        var first = result.Models[0].Scores;
        var rule = empty.Explain()["empty masks: ".Length..];
        var sections = new List<ReportSection>
        {
            new HeadlineSection([.. result.Models.Select(m => new HeadlineNumber(
                result.Models.Count == 1 ? $"{first.Metrics[0]}, pooled" : $"{m.Name}: {first.Metrics[0]}, pooled",
                Text(m.Scores.Pooled(0, 0)),
                $"{first.Regions[0].Name}, {Images(first.Cases.Count)} at {first.Grid}"))]) { Title = "Result" },
            Summary(result, rule),
            Certainty(result, empty),
        };
        if (result.Models.Any(m => m.Ranked.Count > 0))
        {
            sections.Add(Curves(result));
            sections.AddRange(Probabilities(result));
        }

        if (Dots(result) is { } dots)
        {
            sections.Add(dots);
        }

        sections.AddRange(Pictures(result, most));
        sections.AddRange(result.Models.SelectMany(m => first.Regions.Select((r, i) => PerImage(result, m, i, rule))));
        if (Evaluation.Notes(result) is { Count: > 0 } notes)
        {
            sections.Add(new NotesSection(notes) { Title = "Notes" });
        }

        return new ReportContent
        {
            Title = "Evaluation",
            Subtitle = $"{string.Join(", ", result.Models.Select(m => m.Name))} against {Images(first.Cases.Count)} at {first.Grid}",
            Sections = sections,
            Footer = $"SegSharp {typeof(EvaluationReport).Assembly.GetName().Version?.ToString(3)}",
        };
    }

    private static ScoreSection Summary(EvaluationResult result, string rule)
    {
        var first = result.Models[0].Scores;
        var rows = new List<ScoreRow>();
        for (var r = 0; r < first.Regions.Count; r++)
        {
            foreach (var model in result.Models)
            {
                var name = string.Join(", ", new[] { result.Models.Count > 1 ? model.Name : null, first.Regions[r].Name }.OfType<string>());
                rows.Add(new($"{name}: mean of images ({model.Scores.Counted(r)} of {model.Scores.Cases.Count} counted)", [.. first.Metrics.Select((_, m) => model.Scores.Mean(r, m).Value)]));
                rows.Add(new($"{name}: pooled", [.. first.Metrics.Select((_, m) => model.Scores.Pooled(r, m))]));
            }
        }

        return new ScoreSection
        {
            Title = "Scores",
            Grid = first.Grid,
            RowName = "class",
            Columns = [.. first.Metrics.Select(Title)],
            Rows = rows,
            EmptyRule = rule,
            ExplainsPooling = true,
        };
    }

    private static string Title(Metric metric) =>
        metric.Name + (metric.Unit is { } unit ? $" {unit}" : "") + (metric is SurfaceMetric surface ? $", {surface.Convention.Text()}" : "");

    private static TableSection Certainty(EvaluationResult result, EmptyRule empty)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var model in result.Models)
        {
            var s = model.Scores;
            for (var r = 0; r < s.Regions.Count; r++)
            {
                for (var m = 0; m < s.Metrics.Count; m++)
                {
                    var mean = s.Mean(r, m);
                    rows.Add(
                    [
                        result.Models.Count > 1 ? $"{model.Name}, {s.Regions[r].Name}" : s.Regions[r].Name, Title(s.Metrics[m]), Text(mean.Value),
                        s.Interval(r, m) is { } i ? $"{i.Low:F3} to {i.High:F3}" : "–", $"{mean.Counted} of {mean.Images}", $"{s.Missed(r)}", $"{s.Spurious(r)}",
                    ]);
                }
            }
        }

        return new TableSection(["class", "metric", "mean", "95 % interval", "images counted", "missed", "spurious"], rows)
        {
            Title = $"Means with what they leave out (empty masks: {empty.ToString().ToLowerInvariant()})",
            Text = string.Join(". ", (string[])[Bootstrap.Explanation, .. result.Models[0].Scores.Metrics.OfType<SurfaceMetric>().Select(m => m.Convention.Explain()).Distinct()]) + ".",
        };
    }

    private static FigureSection Curves(EvaluationResult result)
    {
        var (roc, pr) = (new List<Series>(), new List<Series>());
        foreach (var model in result.Models)
        {
            foreach (var (region, ranked) in model.Scores.Regions.Zip(model.Ranked))
            {
                var name = result.Models.Count > 1 ? $"{model.Name}, {region.Name}" : region.Name;
                if (RocCurve.Of(ranked) is { } r && PrecisionRecallCurve.Of(ranked) is { } p)
                {
                    roc.Add(Line($"{name} {r.Area:F3}", r.FalsePositiveRate, r.TruePositiveRate));
                    pr.Add(Line($"{name} {p.AveragePrecision:F3}", [.. p.Recall.Reverse()], [.. p.Precision.Reverse()]));
                }
            }
        }

        var figure = new CurveFigure(
        [
            new Plot { Title = "ROC, with its area", Series = roc, XName = "false positive rate", YName = "recall", Range = (0, 1), XRange = (0, 1) },
            new Plot { Title = "Precision and recall, with average precision", Series = pr, XName = "recall", YName = "precision", Range = (0, 1), XRange = (0, 1) },
        ]);
        return new FigureSection(figure, "All voxels of all images together, from the probabilities beside the predictions.") { Title = "Every threshold" };
    }

    private static IEnumerable<FigureSection> Probabilities(EvaluationResult result)
    {
        var all = result.Models.SelectMany(m => m.Scores.Regions.Zip(m.Probabilities, m.Thresholds).Select(r =>
            (Name: result.Models.Count > 1 ? $"{m.Name}, {r.First.Name}" : r.First.Name, Measured: Calibration.Of(r.Second, from: 0.01), Search: r.Third))).ToList();
        var measured = all.Where(a => a.Measured is not null).Select(a => (a.Name, a.Measured!)).Take(8).ToList();
        if (measured.Count > 0)
        {
            yield return new FigureSection(ProbabilityFigures.Reliability(measured), "Of the voxels called p, the share p should be true. Voxels of p below 0.01 are left out.") { Title = "Calibration" };
        }

        yield return new FigureSection(ProbabilityFigures.Thresholds([.. all.Take(8).Select(a => (a.Name, a.Search))]), $"Dice at every threshold; {ThresholdSearch.Explanation}.") { Title = "Thresholds" };
    }

    // A few hundred points draw the same line as thousands.
    private static Series Line(string name, IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        const int most = 300;
        int[] kept = [.. Enumerable.Range(0, Math.Min(most, x.Count)).Select(i => x.Count <= most ? i : (int)((long)i * (x.Count - 1) / (most - 1)))];
        return new Series { Name = name, X = [.. kept.Select(i => x[i])], Y = [.. kept.Select(i => (double?)y[i])] };
    }

    private static FigureSection? Dots(EvaluationResult result)
    {
        var first = result.Models[0].Scores;
        var strips = new List<Strip>();
        for (var r = 0; r < first.Regions.Count; r++)
        {
            foreach (var model in result.Models)
            {
                strips.Add(new Strip(
                    result.Models.Count == 1 ? first.Regions[r].Name : $"{model.Name}, {first.Regions[r].Name}",
                    [.. model.Scores.Cases.Select(c => (c.Case, c.Values[r][0]))],
                    model.Scores.Pooled(r, 0)));
            }
        }

        return strips.TrueForAll(s => s.Values.All(v => v.Value is null))
            ? null
            : new FigureSection(
                new StripFigure(strips, $"{first.Metrics[0]} of every image", $"{first.Metrics[0]} at {first.Grid}"),
                "Every dot is an image; the bar is their mean, the diamond the pooled score.")
            {
                Title = "Every image",
            };
    }

    private static List<ReportSection> Pictures(EvaluationResult result, int most)
    {
        var scores = result.Models[0].Scores;
        if (Volumes(result) is { } planes)
        {
            return [planes];
        }

        var cases = ToShow([.. result.Models.Select(m => m.Scores)], most).Select(s => Compared(result, s.Case, s.Note)).OfType<ComparedCase>().ToList();

        if (cases.Count == 0)
        {
            return [new NotesSection(["No pictures: the images were not found beside the truth; name their folder with --images."]) { Title = "Pictures" }];
        }

        var figure = PanelFigure.Compare(cases, [.. result.Models.Select(m => m.Name)]);
        return [new FigureSection(figure, $"From the worst to the best {scores.Metrics[0]} of {scores.Regions[0].Name}.") { Title = "Pictures" }];
    }

    // Three planes of the worst, a middle and the best case; null where the cases are no volumes.
    private static FigureSection? Volumes(EvaluationResult result)
    {
        var scores = result.Models[0].Scores;
        var cases = new List<VolumeCase>();
        foreach (var (index, note) in ToShow([.. result.Models.Select(m => m.Scores)], Math.Min(3, scores.Cases.Count)))
        {
            var pair = result.Pairs[index];
            if (pair.Image is null || pair.Truth.Page is not null || Volume.Read(pair.Image) is not { } image || !VolumePictures.IsVolume(image))
            {
                continue;
            }

            var truth = pair.Truth.Read();
            foreach (var (prediction, m) in pair.Predictions.Select((p, m) => (p.Read(), m)))
            {
                if (truth.Extent == image.Extent && prediction.Extent == image.Extent)
                {
                    var name = result.Models.Count == 1 ? null : result.Models[m].Name;
                    cases.Add(new(pair.Case, string.Join(", ", new[] { name, note ?? "middle", Caption(result.Models[m].Scores, index) }.OfType<string>()), image, truth, prediction));
                }
            }
        }

        return cases.Count == 0
            ? null
            : new FigureSection(
                VolumePictures.ThreePlanes(cases, new() { Labels = result.Labels }),
                $"From the worst to the best {scores.Metrics[0]} of {scores.Regions[0].Name}: truth solid, prediction dashed, in the planes with the most labelled voxels.")
            {
                Title = "Pictures",
            };
    }

    /// <summary>The cases to show: from the worst to the best, evenly spread; where room is left, those whose score is undefined.</summary>
    internal static IReadOnlyList<(int Case, string? Note)> ToShow(Scores scores, int most) => ToShow([scores], most);

    /// <summary>The same by the mean over several models; a case counts as undefined where none of them defines it.</summary>
    internal static IReadOnlyList<(int Case, string? Note)> ToShow(IReadOnlyList<Scores> models, int most)
    {
        var scores = models[0];
        double? Of(int i) => models.Select(m => m.Cases[i].Values[0][0]).Average();
        var all = Enumerable.Range(0, scores.Cases.Count).ToList();
        var ranked = all.Where(i => Of(i) is not null).OrderBy(i => scores.Metrics[0].HigherIsBetter ? Of(i) : -Of(i)).ToList();
        var shown = Math.Min(most, ranked.Count);
        return
        [
            .. Enumerable.Range(0, shown).Select(k => shown == 1
                ? (ranked[0], null)
                : (ranked[k * (ranked.Count - 1) / (shown - 1)], k == 0 ? "worst" : k == shown - 1 ? "best" : shown == 3 ? "median" : (string?)null)),
            .. all.Except(ranked).Take(most - shown).Select(i => (i, (string?)"undefined")),
        ];
    }

    private static ComparedCase? Compared(EvaluationResult result, int index, string? note)
    {
        var pair = result.Pairs[index];
        if (pair.Image is null)
        {
            return null;
        }

        var truth = pair.Truth.Read();
        var image = Volume.Read(pair.Image);
        var page = pair.Truth.Page ?? truth.Extent.Depth / 2;
        if (image.Extent.Page != truth.Extent.Page || page >= image.Extent.Depth)
        {
            return null;
        }

        truth = truth.Extent.Depth == 1 ? truth : truth.Page(page);
        return new ComparedCase(
            pair.Case,
            note,
            DataSetPictures.Of(image, page),
            Labels(truth),
            [.. pair.Predictions.Select((p, m) => (Labels(PageOf(p.Read(), page)), (string?)Caption(result.Models[m].Scores, index)))]);
    }

    private static LabelMap PageOf(LabelMap map, int page) => map.Extent.Depth == 1 ? map : map.Page(page);

    // Masks of 0 and 255 look like those of 0 and 1.
    private static int[] Labels(LabelMap map)
    {
        var isMask = map.Labels.All(l => l is 0 or 255);
        return Array.ConvertAll(map.Labels, l => isMask && l == 255 ? 1 : (int)l);
    }

    private static string Caption(Scores scores, int index) =>
        string.Join("  ", scores.Metrics.Take(2).Select((m, i) => $"{m} {Text(scores.Cases[index].Values[0][i])}"));

    private static ScoreSection PerImage(EvaluationResult result, NamedScores model, int region, string rule)
    {
        var scores = model.Scores;
        var name = result.Models.Count == 1 ? scores.Regions[region].Name : $"{model.Name}, {scores.Regions[region].Name}";
        return new ScoreSection
        {
            Title = $"Image by image: {name}",
            Grid = scores.Grid,
            RowName = "image",
            Columns = [.. scores.Metrics.Select(Title)],
            Rows =
            [
                .. scores.Cases.Select(c => new ScoreRow(c.Case, c.Values[region])),
                new ScoreRow("mean of images", [.. scores.Metrics.Select((_, m) => scores.Mean(region, m).Value)], IsSummary: true),
                new ScoreRow("pooled", [.. scores.Metrics.Select((_, m) => scores.Pooled(region, m))], IsSummary: true),
            ],
            EmptyRule = rule,
        };
    }

    private static string Text(double? value) => value is { } v ? $"{v:F3}" : "–";

    private static string Images(int count) => count == 1 ? "1 image" : $"{count} images";
}

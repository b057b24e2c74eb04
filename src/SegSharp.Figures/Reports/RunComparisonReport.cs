using System.Globalization;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Panels;
using SegSharp.Figures.Plots;
using SegSharp.Figures.Volumes;
using SegSharp.Foundation;
using SegSharp.Metrics;
using SegSharp.Training;

namespace SegSharp.Figures.Reports;

/// <summary>The report of one run or several: what forbids a comparison, curves over one another, scores with intervals and tests, cases as pictures, what changed.</summary>
public static class RunComparisonReport
{
    /// <summary>Puts the report together; reads the images that it shows.</summary>
    /// <param name="comparison">The runs.</param>
    /// <param name="title">The page's title; null says how many runs there are.</param>
    /// <exception cref="InputException">An image to show is unreadable.</exception>
    public static ReportContent Of(RunComparison comparison, string? title = null)
    {
        var runs = comparison.Runs;
        var sections = new List<ReportSection>();
        var scored = comparison.Evaluation is { } result ? EvaluationReport.Of(result, EmptyRule.Undefined, most: 3).Sections : [];
        if (comparison.Evaluation is not null)
        {
            sections.Add(Headline(comparison));
        }

        if (comparison.Warnings.Count > 0)
        {
            sections.Add(new NotesSection(comparison.Warnings) { Title = "Before you compare" });
        }

        if (runs.Any(r => r.Parts.Any(p => p.History.Count > 0)))
        {
            sections.Add(new FigureSection(Curves(comparison, smooth: false), CurveCaption(runs))
            {
                Title = "Curves",
                Alternative = ("smoothed", Curves(comparison, smooth: true)),
            });
        }

        sections.AddRange(scored.Skip(1).Take(1));
        if (comparison.Tests.Count > 0)
        {
            sections.Add(Tests(comparison));
        }

        if (comparison.Parts.Any(p => p.Count > 1))
        {
            sections.Add(Parts(comparison));
        }

        sections.AddRange(scored.Skip(2));
        if (comparison.Differences.Count > 0)
        {
            sections.AddRange(Differences(comparison));
        }

        sections.Add(Facts(runs));
        sections.Add(TestUse(comparison.TestUse));
        return new ReportContent
        {
            Title = title ?? (runs.Count == 1 ? $"Training: {runs[0].Name}" : $"{runs.Count} trainings compared"),
            Subtitle = runs.Count == 1 ? null : string.Join(" · ", runs.Select(r => r.Name)),
            Sections = sections,
            Footer = $"SegSharp {typeof(RunComparisonReport).Assembly.GetName().Version?.ToString(3)}",
        };
    }

    /// <summary>Writes <c>report.html</c>, and its curves, dots and panels as pictures of their own, SVG and PNG.</summary>
    /// <param name="folder">Where they shall lie.</param>
    /// <param name="content">The report.</param>
    /// <param name="on">Hears of pictures that could not be drawn.</param>
    /// <returns>The page.</returns>
    public static string Write(string folder, ReportContent content, Action<RunEvent> on)
    {
        foreach (var figure in content.Sections.OfType<FigureSection>().Select(s => s.Figure))
        {
            var name = figure switch { CurveFigure => "curves", StripFigure => "scores", PanelFigure or VolumeFigure => "panels", _ => null };
            if (name is null)
            {
                continue;
            }

            try
            {
                figure.Write(Path.Combine(folder, name + ".svg"));
                figure.Write(Path.Combine(folder, name + ".png"));
            }
            catch (SegSharpException e)
            {
                on(new Warned($"no picture of the {name}: {e.Message}"));
            }
        }

        var path = Path.Combine(folder, "report.html");
        Report.Write(path, content);
        return path;
    }

    private static HeadlineSection Headline(RunComparison comparison)
    {
        var scores = comparison.Evaluation!.Models.Select(m => m.Scores).ToList();
        var metric = scores[0].Metrics[0].Name;
        var more = scores[0].Regions.Count == 1 ? scores[0].Regions[0].Name : $"mean over {scores[0].Regions.Count} classes";
        HeadlineNumber Number(FinishedRun run, int i)
        {
            var values = scores[i].Regions.Select((_, r) => comparison.Mean(i, r, 0)).OfType<double>().ToList();
            var spread = scores[i].Regions.Count == 1 && comparison.Spread(i, 0, 0) is { } s ? $" ± {Text(s)}" : "";
            return new HeadlineNumber(
                comparison.Runs.Count == 1 ? $"{metric}, mean of cases" : run.Name,
                values.Count == 0 ? "–" : Text(values.Average()) + spread,
                $"{metric}, {more}, {comparison.Evaluation.Pairs.Count} cases{(run.Parts.Count > 1 ? $", ± between {run.Parts.Count} trainings" : "")}");
        }

        return new HeadlineSection([.. comparison.Runs.Select(Number)]) { Title = "Result" };
    }

    private static string CurveCaption(IReadOnlyList<FinishedRun> runs) =>
        (runs.Any(r => r.Parts.Count > 1) ? "Of several trainings the mean, as far as all have come. " : "")
        + (runs.Count == 1 ? "" : "Each run keeps its colour in all plots. ")
        + "The Dice here is watched during training, pooled over the validation voxels on the grid of training; the tables below use the cases' own grids.";

    private static CurveFigure Curves(RunComparison comparison, bool smooth)
    {
        var runs = comparison.Runs;
        var plots = new List<Plot>();
        void Add(string title, Func<EpochEnded, double?> of, bool log = false, (double, double)? range = null, bool steady = false)
        {
            var curves = runs.Select(r => r.Curve(of)).ToList();
            var values = curves.SelectMany(c => c).OfType<double>().Where(double.IsFinite).ToList();
            if (values.Count == 0)
            {
                return;
            }

            var series = curves.SelectMany((c, i) =>
            {
                var line = Series.ByEpoch(runs[i].Name, c) with { Colour = Palette.Lines[i % Palette.Lines.Count], IsDashed = i >= Palette.Lines.Count };
                return smooth && !steady ? (Series[])[line with { IsFaint = true }, line with { Y = Smooth(c) }] : [line];
            });
            plots.Add(new() { Title = title, Series = [.. series], IsLog = log && values.Min() > 0 && values.Max() > 5 * values.Min(), Range = range });
        }

        Add("Training loss", e => e.TrainingLoss, log: true);
        Add("Validation loss", e => e.ValidationLoss, log: true);
        Add("Validation Dice, pooled", e => e.MeanDice, range: (0, 1));
        Add("Learning rate", e => e.LearningRate, steady: true);
        return new CurveFigure(plots, columns: 2);
    }

    // An exponential mean that begins without bias, so that the first epochs are not pulled to zero.
    private static List<double?> Smooth(IReadOnlyList<double?> values, double weight = 0.7)
    {
        var (sum, share) = (0.0, 0.0);
        var smoothed = new List<double?>();
        foreach (var value in values)
        {
            if (value is { } v && double.IsFinite(v))
            {
                (sum, share) = ((weight * sum) + ((1 - weight) * v), (weight * share) + (1 - weight));
                smoothed.Add(sum / share);
            }
            else
            {
                smoothed.Add(null);
            }
        }

        return smoothed;
    }

    private static TableSection Tests(RunComparison comparison) => new(
        ["first", "second", "class", "metric", "first − second", "95 % interval", "p", "p (Holm)", "effect", "pairs"],
        [
            .. comparison.Tests.Select(t => (IReadOnlyList<string>)
            [
                comparison.Runs[t.First].Name, comparison.Runs[t.Second].Name, t.Region, t.Metric.Name,
                t.Test.Difference is { } d ? d.ToString("+0.0000;−0.0000;0.0000", CultureInfo.InvariantCulture) : "–",
                t.Interval is { } i ? $"{Signed(i.Low)} to {Signed(i.High)}" : "–", Probability(t.Test.P), Probability(t.Corrected),
                t.Test.Effect is { } e ? e.ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '−') : "–", $"{t.Test.Pairs}",
            ]),
        ])
    {
        Title = "Is a difference more than chance?",
        Text = $"{Upper(PairedTest.Explanation)}; p (Holm) is corrected for all tests by one metric. The interval is that of the mean difference, by the same bootstrap as below. A case that several trainings held out counts once, with its mean.",
    };

    private static ScoreSection Parts(RunComparison comparison)
    {
        var scores = comparison.Evaluation!.Models[0].Scores;
        var rows = new List<ScoreRow>();
        for (var i = 0; i < comparison.Runs.Count; i++)
        {
            for (var r = 0; r < scores.Regions.Count; r++)
            {
                var name = $"{comparison.Runs[i].Name}{(scores.Regions.Count > 1 ? $", {scores.Regions[r].Name}" : "")}";
                rows.AddRange(comparison.Parts[i].Select(p => new ScoreRow($"{name}, {p.Name}", p.Means[r])));
                rows.Add(new ScoreRow($"{name}: spread (SD)", [.. scores.Metrics.Select((_, m) => comparison.Spread(i, r, m))], IsSummary: true));
            }
        }

        return new ScoreSection { Title = "Between folds and seeds", Grid = scores.Grid, RowName = "training", Columns = [.. scores.Metrics.Select(m => m.Name)], Rows = rows };
    }

    private static IEnumerable<ReportSection> Differences(RunComparison comparison)
    {
        TableSection Table(bool recipe, string? title, string? text) => new(
            [recipe ? "key of the recipe" : "data, program, machine", .. comparison.Runs.Select(r => r.Name)],
            [.. comparison.Differences.Where(d => d.IsRecipe == recipe).Select(d => (IReadOnlyList<string>)[d.Key, .. d.Values])])
        {
            Title = title,
            Text = text,
        };

        if (comparison.Differences.Any(d => d.IsRecipe))
        {
            yield return Table(recipe: true, "What changed", "Keys that are the same in all runs are left out.");
        }

        if (comparison.Differences.Any(d => !d.IsRecipe))
        {
            yield return Table(recipe: false, comparison.Differences.Any(d => d.IsRecipe) ? null : "What changed", null);
        }
    }

    private static FactsSection Facts(IReadOnlyList<FinishedRun> runs) => new(List(runs)) { Title = "Runs" };

    private static List<(string Name, string Value)> List(IReadOnlyList<FinishedRun> runs) =>
    [
        .. runs.SelectMany(r => (IEnumerable<(string, string)>)
        [
            (r.Name, r.Folder),
            ("", $"{OptionsJson.Write(r.First.Recipe.Network)["name"]}, {r.First.Made.Parameters:N0} parameters, loss {OptionsJson.Write(r.First.Recipe.Loss)["name"]}, {string.Join(" + ", r.Parts.Select(p => p.History.Count))} epochs in {r.Parts.Sum(p => p.Made.Seconds):F1} s, {r.First.Made.Device}, {r.First.Made.Threads} threads"),
        ]),
        ("Data", string.Join(", ", runs.Select(r => r.First.Made.DataSet).Distinct(StringComparer.Ordinal))),
        ("Machine", string.Join("; ", runs.Select(r => r.First.Made.Machine).Distinct(StringComparer.Ordinal))),
    ];

    private static ReportSection TestUse(IReadOnlyList<TestUseEntry> uses) => uses.Count == 0
        ? new FactsSection([("Looks", "none noted: no test case was predicted or evaluated")]) { Title = "Test cases" }
        : new TableSection(
            ["when (UTC)", "by", "what", "data set", "cases"],
            [.. uses.Select(u => (IReadOnlyList<string>)[u.When.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), u.Verb, u.What, u.DataSet, $"{u.Cases}"])])
        {
            Title = "Test cases",
            Text = uses.GroupBy(u => u.Verb, StringComparer.Ordinal).Any(g => g.Count() > 1)
                ? "The test cases were looked at more than once. What was chosen in between is no longer tested by them."
                : "Every look at the test cases is noted; a second one is no longer a test.",
        };

    private static string Text(double value) => value.ToString("F3", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.000;−0.000;0.000", CultureInfo.InvariantCulture);

    private static string Probability(double? p) => p switch { null => "–", < 0.0001 => "< 0.0001", { } v => v.ToString("0.0000", CultureInfo.InvariantCulture) };

    private static string Upper(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}

using System.Globalization;
using SegSharp.Data;
using SegSharp.Figures.Panels;
using SegSharp.Figures.Plots;
using SegSharp.Figures.Volumes;
using SegSharp.Foundation;
using SegSharp.Metrics;
using SegSharp.Training;

namespace SegSharp.Figures.Reports;

/// <summary>What a run came to.</summary>
/// <param name="Report">The page.</param>
/// <param name="PooledDice">Pooled Dice of the validation cases on their own grid, mean over the labels; null without validation.</param>
/// <param name="Grid">That grid.</param>
/// <param name="Evaluation">The validation cases' scores; null without validation.</param>
public sealed record RunSummary(string Report, double? PooledDice, string? Grid, EvaluationResult? Evaluation);

/// <summary>Curves and report of a run's folder.</summary>
public static class RunReport
{
    /// <summary>Draws <c>curves.png</c> and <c>curves.svg</c> from the epochs so far.</summary>
    public static void WriteCurves(Run run)
    {
        if (run.Position.History is { Count: > 0 } history)
        {
            var (folder, curves) = (run.Folder, Curves(run.Recipe, run.Made, history));
            curves.Write(Path.Combine(folder, "curves.svg"));
            curves.Write(Path.Combine(folder, "curves.png"));
        }
    }

    /// <summary>Draws the curves where that is possible: a picture that cannot be drawn or written does not spoil a training.</summary>
    /// <param name="run">The run.</param>
    /// <param name="on">Hears what prevents it.</param>
    /// <returns>Whether both pictures were written.</returns>
    public static bool TryWriteCurves(Run run, Action<RunEvent> on) => TryDraw(on, "curves", () => WriteCurves(run));

    /// <summary>Evaluates the validation masks and writes <c>report.html</c>, self-contained, and its panels as <c>panels.png</c> and <c>.svg</c>.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="masks">The validation masks, file by case; empty when there are none.</param>
    /// <param name="data">The data set that the masks belong to.</param>
    /// <param name="on">Hears progress, and of pictures that could not be written.</param>
    public static RunSummary Write(string run, IReadOnlyDictionary<string, string> masks, DataSet data, Action<RunEvent> on)
    {
        var (recipe, made, history) = (Run.ReadRecipe(run), Run.ReadRecord(run), Run.ReadHistory(run));
        var best = history.LastOrDefault(e => e.IsBest);
        var sections = new List<ReportSection>();
        EvaluationResult? result = null;
        if (masks.Count > 0)
        {
            result = Evaluate(masks, data, made.Validation, on);
            sections.AddRange(EvaluationReport.Of(result, EmptyRule.Undefined).Sections);
            if (sections.OfType<FigureSection>().Select(f => f.Figure).FirstOrDefault(f => f is PanelFigure or VolumeFigure) is { } panels)
            {
                TryDraw(on, "panels", () =>
                {
                    panels.Write(Path.Combine(run, "panels.svg"));
                    panels.Write(Path.Combine(run, "panels.png"));
                });
            }
        }

        if (history.Count > 0)
        {
            var caption = best?.MeanDice is { } d
                ? string.Create(CultureInfo.InvariantCulture, $"The Dice here is watched during training at {made.ValidationGrid}, pooled over the validation pixels: {d:F4} in epoch {best.Epoch}, the best.")
                : null;
            sections.Insert(Math.Min(1, sections.Count), new FigureSection(Curves(recipe, made, history), caption) { Title = "Training" });
        }

        sections.Add(new FactsSection(Facts(recipe, made, history)) { Title = "Recipe, data and machine" });
        var path = Path.Combine(run, "report.html");
        var content = new ReportContent
        {
            Title = $"Training: {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(run)))}",
            Subtitle = $"{data.Name} · {OptionsJson.Write(recipe.Network)["name"]} · {history.Count} epochs",
            Sections = sections,
            Footer = $"SegSharp {made.SegSharp}, {made.Started:yyyy-MM-dd HH:mm} UTC",
        };
        try
        {
            Report.Write(path, content);
        }
        catch (SegSharpException e)
        {
            on(new Warned($"the report goes without figures: {e.Message}"));
            Report.Write(path, content with { Sections = [.. sections.Where(part => part is not FigureSection)] });
        }

        var scores = result?.Models[0].Scores;
        return new RunSummary(path, scores is null ? null : Enumerable.Range(0, scores.Regions.Count).Select(r => scores.Pooled(scores.Regions[r].Name, Metric.Dice)).Average(), scores?.Grid, result);
    }

    private static bool TryDraw(Action<RunEvent> on, string what, Action draw)
    {
        try
        {
            draw();
            return true;
        }
        catch (SegSharpException e)
        {
            on(new Warned($"no picture of the {what}: {e.Message}"));
            return false;
        }
    }

    internal static EvaluationResult Evaluate(IReadOnlyDictionary<string, string> masks, DataSet data, IReadOnlyList<string> cases, Action<RunEvent> on)
    {
        var metrics = Metrics.Catalogue.Of([]);
        var scores = Evaluation.NewTable(data.Labels, metrics);
        var pairs = new List<EvaluationPair>();
        foreach (var id in cases)
        {
            var truth = new LabelSource(id, data[id].Label!, null);
            var found = new LabelSource(id, masks[id], null);
            scores.Add(id, new Comparison(found.Read(), truth.Read(), data.Labels.Ignore));
            pairs.Add(new(id, truth, [found], data[id].Channels[0]));
            on(new Progressed("evaluate", pairs.Count, cases.Count));
        }

        return new EvaluationResult([new("best checkpoint", scores)], data.Labels, [], pairs);
    }

    private static CurveFigure Curves(Recipe recipe, RunRecord made, IReadOnlyList<EpochEnded> history) => new TrainingCurves
    {
        LossName = OptionsJson.Write(recipe.Loss)["name"]!.GetValue<string>(),
        TrainingLoss = [.. history.Select(e => e.TrainingLoss)],
        ValidationLoss = made.Validation.Count == 0 ? [] : [.. history.Select(e => e.ValidationLoss)],
        Score = made.Validation.Count == 0 ? [] : [.. history.Select(e => e.MeanDice)],
        Grid = made.ValidationGrid,
        Rate = [.. history.Select(e => e.LearningRate)],
    }.Draw();

    private static List<(string Name, string Value)> Facts(Recipe recipe, RunRecord made, IReadOnlyList<EpochEnded> history) =>
    [
        ("Network", OptionsJson.Write(recipe.Network).ToJsonString()),
        ("Parameters", made.Parameters.ToString("N0", CultureInfo.InvariantCulture)),
        ("Loss", OptionsJson.Write(recipe.Loss).ToJsonString()),
        ("Optimizer", OptionsJson.Write(recipe.Training.Optimizer).ToJsonString()),
        ("Schedule", OptionsJson.Write(recipe.Training.Schedule).ToJsonString()),
        ("Augmentation", string.Join(", ", recipe.Augmentation.Select(a => OptionsJson.Write(a).ToJsonString()))),
        ("Preparation", OptionsJson.Write(recipe.Preparation).ToJsonString()),
        ("Epochs × batch", $"{recipe.Training.Epochs} × {recipe.Training.BatchSize}, {recipe.Training.Precision}, seed {recipe.Training.Seed}"),
        ("Trained on", made.Grid),
        ("Validated at", made.ValidationGrid.Length == 0 ? "–" : made.ValidationGrid),
        ("Cases", $"{made.Training.Count} training, {made.Validation.Count} validation ({recipe.Validation ?? "none"})"),
        ("Time", $"{made.Seconds:F1} s in {history.Count} epochs, {made.Resumes} resumes"),
        ("Peak memory", $"{made.PeakBytes / 1048576.0:F0} MiB"),
        ("Machine", $"{made.Machine}, {made.Threads} threads, {made.Device}"),
        ("Software", $"SegSharp {made.SegSharp}, {made.DotNet}, libtorch {(made.LibTorch is { } about && about.TryGetProperty("libtorch", out var v) ? v.ToString() : "?")}"),
    ];
}

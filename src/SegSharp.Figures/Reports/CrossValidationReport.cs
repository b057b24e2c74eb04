using System.Globalization;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Metrics;

namespace SegSharp.Figures.Reports;

/// <summary>The page of a cross-validation: every fold, the mean and spread over them, and every case as the network saw it that had not learnt from it.</summary>
public static class CrossValidationReport
{
    /// <summary>Evaluates the masks of all folds together, writes that into the record, and <c>report.html</c> beside it.</summary>
    /// <param name="validation">With at least one finished fold.</param>
    /// <param name="data">The data set.</param>
    /// <param name="on">Hears progress, and of figures that could not be drawn.</param>
    /// <returns>The page's file.</returns>
    public static string Write(CrossValidation validation, DataSet data, Action<RunEvent> on)
    {
        var masks = validation.Masks();
        var result = RunReport.Evaluate(masks, data, [.. masks.Keys], on);
        validation.CompleteAll(result.Models[0].Scores);
        var record = validation.Record;
        var sections = new List<ReportSection>
        {
            new HeadlineSection(
            [
                new("Dice over the folds", PlusMinus(record), $"mean ± standard deviation of {record.Results.Count} folds, each pooled over its cases"),
                new("Out-of-fold Dice", Number(record.OutOfFoldMeanDice), $"pooled over {masks.Count} cases, each segmented by the network that had not seen it"),
            ]),
            new ScoreSection
            {
                Title = "Folds",
                Text = "Pooled Dice of every fold's validation cases on their own grids, by its best checkpoint.",
                Grid = result.Models[0].Scores.Grid,
                RowName = "fold",
                Columns = [.. record.Labels, "mean"],
                Rows =
                [
                    .. record.Results.Select(r => new ScoreRow($"fold {r.Fold} (best epoch {r.BestEpoch?.ToString(CultureInfo.InvariantCulture) ?? "–"})", [.. r.Dice, r.MeanDice])),
                    new ScoreRow("out of fold, pooled", [.. record.OutOfFoldDice, record.OutOfFoldMeanDice], IsSummary: true),
                ],
            },
        };
        sections.AddRange(EvaluationReport.Of(result, EmptyRule.Undefined).Sections);
        var path = Path.Combine(validation.Folder, "report.html");
        var content = new ReportContent
        {
            Title = $"Cross-validation: {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(validation.Folder)))}",
            Subtitle = $"{data.Name} · {record.Recipe["network"]?["name"]} · {record.Results.Count} of {record.Splits.Count} folds",
            Sections = sections,
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

        return path;
    }

    /// <summary>"0.8312 ± 0.0120", or the mean alone for one fold.</summary>
    public static string PlusMinus(CrossValidationRecord record) =>
        record.Spread is { } spread ? $"{Number(record.MeanDice)} ± {Number(spread)}" : Number(record.MeanDice);

    private static string Number(double? x) => x?.ToString("F4", CultureInfo.InvariantCulture) ?? "–";
}

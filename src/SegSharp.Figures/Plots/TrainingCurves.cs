using System.Globalization;

namespace SegSharp.Figures.Plots;

/// <summary>The numbers of a training, one of each for every epoch so far; null where nothing was measured.</summary>
public sealed record TrainingCurves
{
    /// <summary>Printed on top: data, network.</summary>
    public string? Title { get; init; }

    /// <summary>What the loss is: "BCE, positive weight 9".</summary>
    public required string LossName { get; init; }

    /// <summary>Mean training loss.</summary>
    public required IReadOnlyList<double?> TrainingLoss { get; init; }

    /// <summary>Loss on the validation cases; empty without validation.</summary>
    public IReadOnlyList<double?> ValidationLoss { get; init; } = [];

    /// <summary>The score that chooses the best checkpoint: "Dice, pooled".</summary>
    public string ScoreName { get; init; } = "Dice, pooled";

    /// <summary>That score on the validation cases, 0…1; empty without validation.</summary>
    public IReadOnlyList<double?> Score { get; init; } = [];

    /// <summary>The grid on which the score was measured: "128×128".</summary>
    public string? Grid { get; init; }

    /// <summary>The learning rate at the end of each epoch; empty leaves its plot out.</summary>
    public IReadOnlyList<double?> Rate { get; init; } = [];

    /// <summary>Loss (logarithmic once it spans a factor of five), score with its best epoch, learning rate.</summary>
    public CurveFigure Draw()
    {
        var losses = TrainingLoss.Concat(ValidationLoss).OfType<double>().Where(double.IsFinite).ToArray();
        List<Plot> plots =
        [
            new()
            {
                Title = $"Loss ({LossName})",
                Series = [.. new[] { ("training", TrainingLoss), ("validation", ValidationLoss) }.Where(s => s.Item2.Count > 0).Select(s => Series.ByEpoch(s.Item1, s.Item2))],
                IsLog = losses.Length > 0 && losses.Min() > 0 && losses.Max() > 5 * losses.Min(),
            },
        ];
        if (Score.Count > 0)
        {
            plots.Add(new()
            {
                Title = $"Validation {ScoreName}{(Grid is null ? "" : $", at {Grid}")}",
                Series = [Series.ByEpoch("validation", Score)],
                Range = (0, 1),
                Marker = Best(),
            });
        }

        if (Rate.Count > 0)
        {
            plots.Add(new() { Title = "Learning rate", Series = [Series.ByEpoch("rate", Rate)] });
        }

        return new(plots, Title);
    }

    // The first epoch of those with the best score: the checkpoint that is kept.
    private Marker? Best()
    {
        var epoch = 0;
        for (var i = 0; i < Score.Count; i++)
        {
            if (Score[i] is { } score && double.IsFinite(score) && (epoch == 0 || score > Score[epoch - 1]))
            {
                epoch = i + 1;
            }
        }

        return epoch == 0 ? null : new(epoch, string.Create(CultureInfo.InvariantCulture, $"best {Score[epoch - 1]:0.000}, epoch {epoch}"));
    }
}

using System.Globalization;
using SegSharp.Foundation;
using SegSharp.Training;

namespace SegSharp.Cli.Terminal;

/// <summary>Turns the steps and epochs of a training into one bar over the whole run, and a line per epoch that was the best so far.</summary>
internal sealed class StepProgress(Action<RunEvent> on)
{
    private string _score = "";

    public void On(RunEvent happened)
    {
        switch (happened)
        {
            case StepEnded s:
                var done = ((long)(s.Epoch - 1) * s.Steps) + s.Step;
                on(new Progressed("train", done, (long)s.Epochs * s.Steps, string.Create(CultureInfo.InvariantCulture, $"epoch {s.Epoch}/{s.Epochs}, loss {s.Loss:F4}{_score}")));
                break;
            case EpochEnded { MeanDice: { } dice }:
                _score = string.Create(CultureInfo.InvariantCulture, $", validation Dice {dice:F4}");
                break;
            case EpochEnded:
                break;
            default:
                on(happened);
                break;
        }
    }
}

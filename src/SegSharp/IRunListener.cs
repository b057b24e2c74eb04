namespace SegSharp;

/// <summary>
/// Hears what happens in a training, for trackers (MLflow, Weights &amp; Biases, a chat) and for rules of one's own. Given to <see cref="Run.Train"/>.
/// </summary>
/// <remarks>Called on the thread that trains, between two steps: what takes long belongs on a thread of the listener's own. What it throws ends the training; a resume goes on.</remarks>
public interface IRunListener
{
    /// <summary>Something happened: <see cref="Training.StepEnded"/>, <see cref="Training.EpochEnded"/>, a warning, a remark.</summary>
    /// <param name="happened">What.</param>
    /// <param name="run">Where: its folder, recipe, record and position. <see cref="Run.EndAfterEpoch"/> ends it.</param>
    void On(RunEvent happened, Run run);
}

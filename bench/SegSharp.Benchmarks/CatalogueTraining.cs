using SegSharp.Data;
using SegSharp.Data.Import;
using SegSharp.Training;

namespace SegSharp.Benchmarks;

/// <summary>Trains a network of the catalogue by the recipe that it shares with the others, in this process.</summary>
internal static class CatalogueTraining
{
    /// <summary>Trains and says what came out.</summary>
    /// <param name="row">The network and its recipe.</param>
    /// <param name="data">The folder of real data: isbi2012/ and Dataset004_Hippocampus/ below it.</param>
    /// <param name="folder">Where the run lies; emptied first.</param>
    /// <param name="threads">Threads of an operator.</param>
    /// <param name="say">Hears of every validated epoch.</param>
    public static CatalogueResult Run(CatalogueRow row, string data, string folder, int threads, Action<string> say)
    {
        var recipe = row.Whole();
        var set = Open(row, data, folder);
        using var run = SegSharp.Run.Start(recipe, set, set.Split(Validation.Parse(recipe.Validation!)), Path.Combine(folder, "run"), new RunSettings { Threads = threads, Overwrite = true });
        EpochEnded? last = null;
        var (steps, best) = (0, 0.0);
        run.Train(on: happened =>
        {
            steps += happened is StepEnded ? 1 : 0;
            if (happened is EpochEnded { MeanDice: { } dice } ended)
            {
                (last, best) = (ended, Math.Max(best, dice));
                say($"{row.Name}: epoch {ended.Epoch} of {ended.Epochs}, loss {ended.TrainingLoss:F4}, Dice {dice:F4}");
            }
        });
        return new CatalogueResult
        {
            Name = row.Name,
            Parameters = run.Made.Parameters,
            Steps = steps,
            Loss = last?.TrainingLoss,
            Dice = last?.MeanDice,
            BestDice = best,
            Seconds = SegSharp.Run.ReadHistory(run.Folder).Sum(e => e.Seconds),
        };
    }

    private static DataSet Open(CatalogueRow row, string data, string folder) => row.Data == "isbi2012"
        ? IsbiImporter.Import(Path.Combine(data, "isbi2012"), Path.Combine(folder, "isbi2012"), overwrite: true)
        : DataSet.Open(Path.Combine(data, "Dataset004_Hippocampus"));
}

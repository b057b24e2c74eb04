using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Training;

[Collection(NativeCollection.Name)]
public sealed class CrossValidationTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Every_case_is_scored_once_by_the_network_that_did_not_learn_from_it()
    {
        var validation = Start(folds: 3);
        Assert.Equal([0, 1, 2], validation.Unfinished);

        foreach (var fold in validation.Unfinished)
        {
            Train(CrossValidation.Open(_tiny.Path("cv")), fold);
        }

        var finished = CrossValidation.Open(_tiny.Path("cv"));
        Assert.Empty(finished.Unfinished);
        Assert.Equal(_tiny.Data.Ids, finished.Masks().Keys);
        Assert.All(finished.Masks().Values, mask => Assert.True(File.Exists(mask)));
        foreach (var (fold, split) in finished.Record.Splits.Index())
        {
            Assert.Equal(split.Training, Run.ReadRecord(finished.FolderOf(fold)).Training);
            Assert.Equal($"fold:{fold}/3", Run.ReadRecipe(finished.FolderOf(fold)).Validation);
        }
    }

    [Fact]
    public void Mean_and_spread_are_those_of_the_folds()
    {
        var record = new CrossValidationRecord { Results = [new() { MeanDice = 0.7 }, new() { MeanDice = 0.8 }, new() { MeanDice = 0.9 }] };

        Assert.Equal(0.8, record.MeanDice!.Value, 1e-12);
        Assert.Equal(0.1, record.Spread!.Value, 1e-12);
        Assert.Null((record with { Results = [record.Results[0]] }).Spread);
    }

    [Fact]
    public void The_data_set_s_own_splits_are_taken_and_another_number_is_refused()
    {
        SplitsFile.Write(Path.Combine(_tiny.Data.Folder, SplitsFile.Name), [new(["cells_00", "cells_01"], ["cells_02"]), new(["cells_01", "cells_02"], ["cells_00"])]);

        Assert.Equal(["cells_02"], Start(folds: null).Record.Splits[0].Validation);
        var e = Assert.Throws<UsageException>(() => Start(folds: 3, name: "other"));

        Assert.Equal($"--folds is 3, but '{Path.Combine(_tiny.Data.Folder, SplitsFile.Name)}' has 2 folds", e.Message);
        Assert.Equal($"--folds all, or segsharp data split {_tiny.Data.Folder} --folds 3 --overwrite", e.Fix);
    }

    [Fact]
    public void Folds_are_added_to_the_same_recipe_and_not_to_another()
    {
        Start(folds: 3, chosen: [2]);

        Assert.Equal([0, 2], Start(folds: 3, chosen: [0]).Record.Chosen);
        var e = Assert.Throws<UsageException>(() => Start(folds: 2));

        Assert.Equal($"'{_tiny.Path("cv")}' already holds a cross-validation with another recipe or other cases", e.Message);
        Assert.Equal($"--resume {_tiny.Path("cv")} goes on with it, --overwrite replaces it", e.Fix);
    }

    [Fact]
    public void A_fold_that_is_not_there_is_refused()
    {
        var e = Assert.Throws<UsageException>(() => Start(folds: 3, chosen: [1, 3]));

        Assert.Equal("fold 3 does not exist: there are folds 0 to 2", e.Message);
    }

    [Fact]
    public void Two_processes_keep_each_other_s_folds()
    {
        var first = Start(folds: 3, chosen: [0]);
        var second = Start(folds: 3, chosen: [1]);

        Train(first, 0);
        Train(second, 1);

        Assert.Equal([0, 1], CrossValidation.Open(_tiny.Path("cv")).Record.Results.Select(r => r.Fold));
        Assert.Equal([0, 1], second.Record.Results.Select(r => r.Fold));
    }

    [Fact]
    public void A_run_is_in_use_while_it_is_open()
    {
        Assert.False(Run.IsInUse(_tiny.Path("run")));
        using (_tiny.Start("run"))
        {
            Assert.True(Run.IsInUse(_tiny.Path("run")));
        }

        Assert.False(Run.IsInUse(_tiny.Path("run")));
    }

    [Fact]
    public void A_single_training_does_not_go_over_a_cross_validation()
    {
        Start(folds: 3);

        var e = Assert.Throws<UsageException>(() => Run.Start(TinyRun.Recipe, _tiny.Data, new(["cells_00"], ["cells_01"]), _tiny.Path("cv"), new RunSettings { Overwrite = true }));

        Assert.Equal($"'{_tiny.Path("cv")}' already holds a cross-validation, and a single training there would leave its folds", e.Message);
        Assert.True(CrossValidation.IsAt(_tiny.Path("cv")));
    }

    [Fact]
    public void It_does_not_go_on_over_other_data()
    {
        var validation = Start(folds: 3);
        var label = _tiny.Data[_tiny.Data.Ids[0]].Label!;
        File.Copy(_tiny.Data[_tiny.Data.Ids[1]].Label!, label, overwrite: true);
        var message = $"the data in '{_tiny.Data.Folder}' have changed since '{_tiny.Path("cv")}' was begun, so going on would not be the same cross-validation";

        Assert.Equal(message, Assert.Throws<InputException>(() => validation.OpenFold(0)).Message);
        Assert.Equal(message, Assert.Throws<InputException>(() => Start(folds: 3, chosen: [1])).Message);
    }

    private CrossValidation Start(int? folds, int[]? chosen = null, string name = "cv") => CrossValidation.Start(
        TinyRun.Recipe with { Training = TinyRun.Recipe.Training with { Epochs = 1 } }, _tiny.Data, folds, chosen ?? [], _tiny.Path(name), new RunSettings { Threads = 1 });

    private void Train(CrossValidation validation, int fold)
    {
        using var run = validation.OpenFold(fold);
        run.Train(_ => { });
        validation.Complete(fold, run, run.PredictValidation(_tiny.Data, _ => { }), null);
    }
}

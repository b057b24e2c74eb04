using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests;

public sealed class TestUseTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("segsharp-");
    private readonly List<string> _said = [];

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void The_second_model_on_the_same_test_cases_is_said_plainly()
    {
        var (set, first, second) = (DataSet(), Model("first"), Model("second"));

        TestUse.Predicted(Path.Combine(set, "imagesTs"), [first], 3, Hear, new Noon());
        Assert.Empty(_said);
        TestUse.Predicted(Path.Combine(set, "imagesTs", "case_0000.png"), [second], 1, Hear, new Noon());

        Assert.Equal(
            $"the test cases of 'set' were used before: 1 time by predict, last on 2020-01-01 12:00 with '{first}'. "
            + "A number that was chosen by looking at them is no longer a test: choose on validation cases, and report how often you looked",
            Assert.Single(_said));
        Assert.Equal([first, second], TestUse.Read(set).Select(u => u.What));
        Assert.Equal(3, Assert.Single(TestUse.Read(first)).Cases);
    }

    [Fact]
    public void The_same_model_again_is_no_new_look()
    {
        var (set, model) = (DataSet(), Model("model"));

        TestUse.Predicted(Path.Combine(set, "imagesTs"), [model], 3, Hear);
        TestUse.Predicted(Path.Combine(set, "imagesTs"), [model], 3, Hear);

        Assert.Empty(_said);
        Assert.Single(TestUse.Read(set));
    }

    [Fact]
    public void Training_cases_and_what_was_there_already_are_not_noted()
    {
        var (set, model) = (DataSet(), Model("model"));

        TestUse.Predicted(Path.Combine(set, "imagesTr"), [model], 3, Hear);
        TestUse.Predicted(Path.Combine(set, "imagesTs"), [model], 0, Hear);

        Assert.Empty(TestUse.Read(set));
        Assert.False(File.Exists(Path.Combine(model, TestUse.FileName)));
    }

    [Fact]
    public void Of_a_folder_of_folds_every_checkpoint_counts()
    {
        var (set, folds) = (DataSet(), Path.GetDirectoryName(Model("cv/fold_0"))!);
        Model("cv/fold_1");

        TestUse.Predicted(Path.Combine(set, "imagesTs"), [folds], 3, Hear);
        File.WriteAllText(Path.Combine(folds, "fold_1", "checkpoint-best.pt"), "another");
        TestUse.Predicted(Path.Combine(set, "imagesTs"), [folds], 3, Hear);

        Assert.Equal(2, TestUse.Read(set).Count);
        Assert.Single(_said);
    }

    [Fact]
    public void A_damaged_log_is_set_aside_and_not_written_over()
    {
        var (set, model) = (DataSet(), Model("model"));
        var (log, aside) = (Path.Combine(set, TestUse.FileName), Path.Combine(set, "test-use.damaged.json"));
        File.WriteAllText(log, "[{");

        TestUse.Predicted(Path.Combine(set, "imagesTs"), [model], 3, Hear);

        Assert.Equal("[{", File.ReadAllText(aside));
        Assert.Single(TestUse.Read(set));
        var said = Assert.Single(_said);
        Assert.StartsWith($"the log of looks at test cases '{log}' is damaged (", said, StringComparison.Ordinal);
        Assert.EndsWith($"), so earlier looks are not counted; it is kept as '{aside}'", said, StringComparison.Ordinal);
    }

    private string DataSet()
    {
        var set = Directory.CreateDirectory(Path.Combine(_folder.FullName, "set")).FullName;
        Directory.CreateDirectory(Path.Combine(set, "imagesTs"));
        File.WriteAllText(Path.Combine(set, "dataset.json"), "{}");
        return set;
    }

    private string Model(string name)
    {
        var run = Directory.CreateDirectory(Path.Combine(_folder.FullName, name)).FullName;
        File.WriteAllText(Path.Combine(run, "checkpoint-best.pt"), name);
        return run;
    }

    private void Hear(RunEvent happened) => _said.Add(Assert.IsType<Warned>(happened).Text);

    private sealed class Noon : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2020, 1, 1, 12, 0, 0, TimeSpan.Zero);
    }
}

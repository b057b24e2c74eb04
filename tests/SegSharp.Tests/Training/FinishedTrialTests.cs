using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Figures.Lessons;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Training;

[Collection(NativeCollection.Name)]
public sealed class FinishedTrialTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_training_with_another_augmentation_is_not_there_already()
    {
        Train("trial");
        var folder = _tiny.Path("trial");

        Assert.True(RecipeTrial.IsFinished(new(0, folder, Asked), _tiny.Data));
        var error = Assert.Throws<UsageException>(() => RecipeTrial.IsFinished(new(0, folder, Asked with { Augmentation = [new FlipOptions()] }), _tiny.Data));

        Assert.Equal($"'{folder}' holds a training of another recipe", error.Message);
        Assert.Equal("choose another --out, or remove that folder", error.Fix);
    }

    [Fact]
    public void Seeds_are_held_against_a_single_training_by_case_with_their_mean()
    {
        Train("seeds/seed_0");
        Train("seeds/seed_1", seed: 8);
        Train("alone");

        var comparison = RunComparison.Of(FinishedRun.Read([_tiny.Path("seeds"), _tiny.Path("alone")]), metrics: [SegSharp.Metrics.Catalogue.Of(["dice"])[0]]);

        Assert.Equal(2, comparison.Evaluation!.Pairs.Count);
        Assert.Equal(comparison.Parts[0].Average(p => p.Means[0][0])!.Value, comparison.Mean(0, 0, 0)!.Value, 12);
        Assert.Equal(comparison.Parts[1][0].Means[0][0], comparison.Mean(1, 0, 0));
        Assert.DoesNotContain(comparison.Warnings, w => w.StartsWith("no validation case", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_without_augmentation_does_not_pass_as_augmented()
    {
        using (_tiny.Start("with"))
        {
        }

        using (_tiny.Start("without", TinyRun.Recipe with { Augmentation = [] }))
        {
        }

        Assert.True(RunLessons.Augmented(_tiny.Path("with")).First().Passed);
        Assert.False(RunLessons.Augmented(_tiny.Path("without")).First().Passed);
    }

    private static Recipe Asked { get; } = TinyRun.Recipe with { Validation = "last:2", Training = TinyRun.Recipe.Training with { Epochs = 1 } };

    private void Train(string name, int seed = 7)
    {
        using var run = _tiny.Start(name, Asked with { Training = Asked.Training with { Seed = seed } });
        run.Train(_ => { });
        run.PredictValidation(_tiny.Data, _ => { });
    }
}

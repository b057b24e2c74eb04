using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Optimizers;
using SegSharp.Torch.Schedules;
using SegSharp.Training;
using Xunit;

namespace SegSharp.Tests.Training;

[Collection(NativeCollection.Name)]
public sealed class RunTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_run_leaves_what_it_promises_and_releases_every_handle()
    {
        using var check = new NoLeaks();

        var heard = _tiny.Train("run");

        Assert.Equal(3, heard.OfType<EpochEnded>().Count());
        Assert.Equal(6, heard.OfType<StepEnded>().Count());
        Assert.Equal(
            ["checkpoint-best.pt", "checkpoint-last.pt", "log.txt", "metrics.csv", "recipe.json", "run.json", "state"],
            Directory.GetFileSystemEntries(_tiny.Path("run")).Select(Path.GetFileName).Where(n => !n!.StartsWith("events.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Single(Directory.GetFiles(_tiny.Path("run"), "events.out.tfevents.*"));
        Assert.Equal(4, Directory.GetFiles(_tiny.Path("run", "state")).Length);
        var rows = _tiny.Rows("run");
        Assert.Equal("epoch,training_loss,validation_loss,mean_dice,dice_membrane,learning_rate,best", rows[0]);
        Assert.Equal(["1", "2", "3"], rows.Skip(1).Select(r => r.Split(',')[0]));
    }

    [Fact]
    public void The_best_checkpoint_is_the_last_one_when_the_last_epoch_is_the_best_and_only_then()
    {
        var ended = _tiny.Train("run", TinyRun.Recipe with { Training = TinyRun.Recipe.Training with { Epochs = 4 } }).OfType<EpochEnded>().ToList();

        Assert.True(ended[0].IsBest);
        Assert.Equal(ended[^1].IsBest, _tiny.Weights("run").SequenceEqual(_tiny.Weights("run", "checkpoint-best.pt")));
        Assert.Equal(ended.Last(e => e.IsBest).Epoch, Run.ReadHistory(_tiny.Path("run")).Last(e => e.IsBest).Epoch);
    }

    [Fact]
    public void Without_validation_the_best_checkpoint_is_the_last()
    {
        var ended = _tiny.Train("run", validation: Validation.None).OfType<EpochEnded>().ToList();

        Assert.All(ended, e => Assert.Null(e.ValidationLoss));
        Assert.Equal(_tiny.Weights("run"), _tiny.Weights("run", "checkpoint-best.pt"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_run_stopped_after_any_step_ends_with_the_same_bits(int steps)
    {
        _tiny.Train("whole");
        using (var run = _tiny.Start("stopped"))
        {
            using var cancel = new CancellationTokenSource();
            var done = 0;
            Assert.ThrowsAny<OperationCanceledException>(() => run.Train(
                e =>
                {
                    if (e is StepEnded && ++done == steps)
                    {
                        cancel.Cancel();
                    }
                },
                cancel.Token));
            Assert.Equal(steps, (run.Position.Epoch * 2) + run.Position.Step);
        }

        var heard = _tiny.Resume("stopped");

        Assert.Equal(6 - steps, heard.OfType<StepEnded>().Count());
        Assert.Equal(_tiny.Weights("whole"), _tiny.Weights("stopped"));
        Assert.Equal(_tiny.Weights("whole", "checkpoint-best.pt"), _tiny.Weights("stopped", "checkpoint-best.pt"));
        Assert.Equal(_tiny.Rows("whole"), _tiny.Rows("stopped"));
        Assert.Equal(1, Run.ReadRecord(_tiny.Path("stopped")).Resumes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void With_every_option_of_the_trainer_a_stopped_run_ends_with_the_same_bits(int steps)
    {
        var recipe = TinyRun.Recipe with
        {
            Training = TinyRun.Recipe.Training with
            {
                BatchSize = 1,
                Accumulate = 2,
                ClipNorm = 0.5,
                WeightAverage = 0.9,
                Optimizer = new AdamOptions { AmsGrad = true },
                Schedule = new PlateauOptions { Patience = 0, Threshold = 0.5, WarmUp = 0.2 },
                EarlyStopping = new() { Patience = 50 },
            },
        };
        _tiny.Train("whole", recipe);
        using (var run = _tiny.Start("stopped", recipe))
        {
            using var cancel = new CancellationTokenSource();
            var done = 0;
            Assert.ThrowsAny<OperationCanceledException>(() => run.Train(
                e =>
                {
                    if (e is StepEnded && ++done == steps)
                    {
                        cancel.Cancel();
                    }
                },
                cancel.Token));
        }

        _tiny.Resume("stopped");

        Assert.Equal(_tiny.Weights("whole"), _tiny.Weights("stopped"));
        Assert.Equal(_tiny.Weights("whole", "checkpoint-best.pt"), _tiny.Weights("stopped", "checkpoint-best.pt"));
        Assert.Equal(_tiny.Rows("whole"), _tiny.Rows("stopped"));
    }

    [Fact]
    public void A_listener_hears_with_its_run_and_ends_it()
    {
        var listener = new EndsAfter(epoch: 2);
        var heard = new List<RunEvent>();

        using (var run = _tiny.Start("run"))
        {
            run.Train(heard.Add, listeners: [listener]);
        }

        Assert.Equal(heard, listener.Heard);
        Assert.Equal(2, heard.OfType<EpochEnded>().Count());
        Assert.Equal("two are enough", heard.OfType<Noted>().Last().Text);
        Assert.Equal(3, _tiny.Resume("run").OfType<EpochEnded>().Count() + 2);
    }

    [Fact]
    public void Events_are_written_as_lines_of_json()
    {
        using (var run = _tiny.Start("run"))
        using (var lines = new EventLines(_tiny.Path("events.jsonl")))
        {
            run.Train(_ => { }, listeners: [lines]);
        }

        var rows = File.ReadAllLines(_tiny.Path("events.jsonl")).Select(l => System.Text.Json.Nodes.JsonNode.Parse(l)!).ToList();
        Assert.Equal(["noted", "stepEnded", "stepEnded", "epochEnded"], rows.Take(4).Select(r => (string?)r["event"]));
        Assert.Equal(Run.ReadHistory(_tiny.Path("run")).Select(e => e.TrainingLoss), rows.Where(r => (string?)r["event"] == "epochEnded").Select(r => (double)r["trainingLoss"]!));
        Assert.All(rows, r => Assert.Equal(_tiny.Path("run"), (string?)r["run"]));
    }

    private sealed class EndsAfter(int epoch) : IRunListener
    {
        public List<RunEvent> Heard { get; } = [];

        public void On(RunEvent happened, Run run)
        {
            Heard.Add(happened);
            if (happened is EpochEnded e && e.Epoch == epoch)
            {
                run.EndAfterEpoch("two are enough");
            }
        }
    }

    [Fact]
    public void Sizes_that_follow_from_the_data_are_said_when_others_were_asked_for()
    {
        var heard = new List<RunEvent>();

        Run.Start(
            TinyRun.Recipe with { Network = new UNetOptions { Base = 2, Depth = 1, Classes = 7, InChannels = 3 } }, _tiny.Data, _tiny.Data.Split(Validation.Last(2)), _tiny.Path("run"),
            new RunSettings { Threads = 1 }, heard.Add).Dispose();

        Assert.Equal(
            ["network.classes is 7, but follows from the data: 1 (sigmoid over background, membrane)", "network.inChannels is 3, but follows from the data: 1 (EM)"],
            heard.OfType<Warned>().Select(w => w.Text));
    }

    [Fact]
    public void A_run_that_never_saved_begins_again_with_the_same_bits()
    {
        _tiny.Train("whole");
        _tiny.Start("killed").Dispose();

        _tiny.Resume("killed");

        Assert.Equal(_tiny.Weights("whole"), _tiny.Weights("killed"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_damaged_generation_gives_way_to_the_one_before_with_a_warning_and_the_same_bits(bool cut)
    {
        _tiny.Train("whole");
        _tiny.Train("run");
        if (cut)
        {
            File.WriteAllBytes(Newest(), File.ReadAllBytes(Newest())[..1000]);
        }
        else
        {
            Damage(Newest());
        }

        var heard = _tiny.Resume("run");

        Assert.Contains($"'{Newest()}' is damaged; going back to the other generation", heard.OfType<Warned>().Select(w => w.Text));
        Assert.Equal(2, heard.OfType<StepEnded>().Count());
        Assert.Equal(_tiny.Weights("whole"), _tiny.Weights("run"));
    }

    [Theory]
    [InlineData("safetensors")]
    [InlineData("json")]
    public void Two_damaged_generations_are_refused(string ending)
    {
        _tiny.Train("run");
        foreach (var slot in new[] { "0", "1" })
        {
            Damage(_tiny.Path("run", "state", $"{slot}.{ending}"));
        }

        var e = Assert.Throws<InputException>(() => _tiny.Resume("run"));

        Assert.Equal($"no generation in '{_tiny.Path("run", "state")}' is whole, so the run cannot go on", e.Message);
        Assert.Equal("train anew with another --out, or use checkpoint-last.pt as it is", e.Fix);
    }

    [Fact]
    public void Changed_data_are_refused()
    {
        _tiny.Train("run");
        var label = _tiny.Data.Cases[0].Label!;
        LabelMap.Read(label).Select(l => (ushort)(1 - l)).Write(label);

        var e = Assert.Throws<InputException>(() => _tiny.Resume("run"));

        Assert.Equal($"the data in '{_tiny.Data.Folder}' have changed since '{_tiny.Path("run")}' was begun, so going on would not be the same run", e.Message);
        Assert.Equal("restore the data, or train anew with another --out", e.Fix);
    }

    [Fact]
    public void A_folder_that_holds_a_run_is_replaced_only_when_asked_to()
    {
        _tiny.Train("run");

        var e = Assert.Throws<UsageException>(() => _tiny.Start("run"));
        Assert.Equal($"'{_tiny.Path("run")}' already holds a run", e.Message);
        Assert.Equal($"--resume {_tiny.Path("run")} goes on with it, --overwrite replaces it", e.Fix);

        _tiny.Start("run", overwrite: true).Dispose();
        Assert.Equal(["recipe.json", "run.json"], Directory.GetFileSystemEntries(_tiny.Path("run")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_is_no_run_cannot_be_taken_up()
    {
        var e = Assert.Throws<InputException>(() => Run.Resume(_tiny.Path("nothing")));

        Assert.Equal($"'{_tiny.Path("nothing")}' holds no run: 'recipe.json' is missing", e.Message);
        Assert.Equal("give the folder that was --out of a training", e.Fix);
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_the_run_with_its_step_and_cases()
    {
        var recipe = TinyRun.Recipe with
        {
            Training = TinyRun.Recipe.Training with { Optimizer = new SgdOptions { LearningRate = 1e30 } },
            Network = new UNetOptions { Base = 2, Depth = 1, Normalisation = SegSharp.Networks.Blocks.NormKind.None },
        };

        var e = Assert.Throws<SegSharpException>(() => _tiny.Train("run", recipe));

        Assert.Matches(@"^the loss became (NaN|-?Infinity|∞|-∞) in epoch 1, step 2 \(cases cells_0\d, cells_0\d\)$", e.Message);
        Assert.Equal("lower the learning rate (--lr), or look at those cases with 'segsharp data inspect'", e.Fix);
    }

    [Fact]
    public void The_unpadded_network_trains_with_border_weights_on_mirrored_borders()
    {
        var recipe = TinyRun.Recipe with
        {
            Network = new UNet2015Options { Base = 2, Depth = 2 },
            Loss = new CrossEntropyOptions { BorderWeight = 10, BorderCells = 0 },
        };

        var weighted = _tiny.Train("weighted", recipe).OfType<EpochEnded>().ToList();
        var plain = _tiny.Train("plain", recipe with { Loss = new CrossEntropyOptions() }).OfType<EpochEnded>().ToList();

        Assert.All(weighted, e => Assert.True(double.IsFinite(e.TrainingLoss)));
        Assert.NotEqual(plain[0].TrainingLoss, weighted[0].TrainingLoss);
        using var predictor = Predictor.Open(_tiny.Path("weighted"));
        Assert.Equal(new Extent(32, 32), predictor.Predict(Volume.Read(_tiny.Data.Cases[0].Channels[0])).Labels.Extent);
    }

    [Fact]
    public void Half_precision_trains_near_single_precision()
    {
        var half = TinyRun.Recipe with { Training = TinyRun.Recipe.Training with { Precision = Precision.BFloat16 } };

        var single = _tiny.Train("single").OfType<EpochEnded>().First().TrainingLoss;
        var rough = _tiny.Train("half", half).OfType<EpochEnded>().First().TrainingLoss;

        Assert.NotEqual(single, rough);
        Assert.InRange(rough, single * 0.9, single * 1.1);
    }

    // Three epochs are saved in the slots 0, 1, 0.
    private string Newest() => _tiny.Path("run", "state", "0.safetensors");

    private static void Damage(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 0x55;
        File.WriteAllBytes(path, bytes);
    }

    [Fact]
    public void A_folder_where_a_run_is_open_is_refused_to_others()
    {
        using var run = _tiny.Start("run");

        var resumed = Assert.Throws<SegSharpException>(() => Run.Resume(_tiny.Path("run"), new RunSettings { Threads = 1 }));
        var replaced = Assert.Throws<SegSharpException>(() => _tiny.Start("run", overwrite: true));

        Assert.Equal($"'{_tiny.Path("run")}' is in use: another process trains there", resumed.Message);
        Assert.Equal("wait until it has ended, or choose another --out", resumed.Fix);
        Assert.Equal(resumed.Message, replaced.Message);
    }

    [Fact]
    public void Taking_up_a_finished_run_leaves_the_time_of_its_end_and_another_machine_is_said()
    {
        _tiny.Train("run");
        var finished = Run.ReadRecord(_tiny.Path("run")).Finished;
        var file = _tiny.Path("run", "run.json");
        var record = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(file))!;
        var here = record["machine"]!.GetValue<string>();
        record["machine"] = "abacus";
        File.WriteAllText(file, record.ToJsonString());

        var heard = _tiny.Resume("run");

        Assert.NotNull(finished);
        Assert.Equal(finished, Run.ReadRecord(_tiny.Path("run")).Finished);
        Assert.Equal([$"the run was begun on another machine (abacus; this is {here}), so its bits may differ from here on"], heard.OfType<Warned>().Select(w => w.Text));
    }

    [Fact]
    public void A_curve_that_cannot_be_written_is_a_warning()
    {
        using var run = _tiny.Start("run");
        run.Train(_ => { });
        Directory.CreateDirectory(_tiny.Path("run", "curves.svg"));
        var heard = new List<RunEvent>();

        Assert.False(SegSharp.Figures.Reports.RunReport.TryWriteCurves(run, heard.Add));

        Assert.Equal([$"no picture of the curves: cannot write '{_tiny.Path("run", "curves.svg")}': a folder lies there"], heard.OfType<Warned>().Select(w => w.Text));
    }
}

using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Tests.Data;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;
using SegSharp.Torch.Optimizers;
using SegSharp.Torch.Schedules;
using SegSharp.Training;
using Xunit;

namespace SegSharp.Tests.Training;

[Collection(NativeCollection.Name)]
public sealed class TrainerTests
{
    [Fact]
    public void A_stop_inside_the_validation_saves_the_epoch_s_steps()
    {
        using var cancel = new CancellationTokenSource();
        using var network = new UNet(new UNetOptions { Base = 2, Depth = 1 });
        var options = new TrainingOptions { Epochs = 2, BatchSize = 2 };
        using var optimizer = OptimizerCatalogue.All.GetByOptions(options.Optimizer.GetType()).Build(options.Optimizer)(network.Parameters());
        var loss = new BinaryCrossEntropyOptions();
        var training = new BatchLoader(new MemorySource(4, Sample), new() { BatchSize = 2 });
        var validation = new BatchLoader(
            new MemorySource(8, i =>
            {
                cancel.Cancel();
                return Sample(i);
            }),
            new() { BatchSize = 1, Shuffle = false });
        var trainer = new Trainer(network, new BinaryCrossEntropy(loss), optimizer, training, validation, loss, options);
        var saved = new List<TrainingPosition>();

        Assert.ThrowsAny<OperationCanceledException>(() => trainer.Train(_ => { }, saved.Add, cancel.Token));

        var position = Assert.Single(saved);
        Assert.Equal((0, 2, 4L), (position.Epoch, position.Step, position.Samples));
    }

    [Fact]
    public void Every_level_of_a_network_is_told()
    {
        var loss = new CrossEntropyOptions();

        var (both, coarse) = (FirstLoss(new Levelled(softmax: false), loss with { LevelWeights = [1, 1] }), FirstLoss(new Levelled(softmax: false), loss with { LevelWeights = [0, 1] }));
        var usual = FirstLoss(new Levelled(softmax: false), loss);

        Assert.Equal(both, usual + coarse, 1e-6);                                // two levels: nnU-Net's weights are 1 and 0
        Assert.NotEqual(usual, coarse, 1e-3);
    }

    [Fact]
    public void A_network_that_ends_with_a_softmax_is_warned_of_once()
    {
        var heard = new List<RunEvent>();
        FirstLoss(new Levelled(softmax: true), new CrossEntropyOptions(), heard, epochs: 3);

        var warned = Assert.Single(heard.OfType<Warned>());
        Assert.Matches("^the network's outputs lie between 0\\.\\d+ and 0\\.\\d+ and sum to 1 at every pixel, as if they were probabilities already; the loss takes logits", warned.Text);
        Assert.Equal(3, heard.OfType<EpochEnded>().Count());
    }

    [Fact]
    public void Logits_are_warned_of_by_nobody()
    {
        var heard = new List<RunEvent>();
        FirstLoss(new Levelled(softmax: false), new CrossEntropyOptions(), heard);

        Assert.Empty(heard.OfType<Warned>());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Gradients_of_small_batches_add_up_to_that_of_the_large_one(int batch)
    {
        var large = WeightsAfter(new() { Epochs = 2, BatchSize = 8, Optimizer = new SgdOptions { LearningRate = 0.1 } }, samples: 12);

        var small = WeightsAfter(new() { Epochs = 2, BatchSize = batch, Accumulate = 8 / batch, Optimizer = new SgdOptions { LearningRate = 0.1 } }, samples: 12);

        Assert.Equal(large.Count, small.Count);
        Assert.All(large.Zip(small), w => Assert.Equal(w.First, w.Second, 1e-5f));   // the last step of an epoch has 4 samples
    }

    [Fact]
    public void Stages_that_are_computed_again_give_the_same_bits_for_less_memory()
    {
        var (plain, peak) = Step(checkpointing: false);

        var (again, less) = Step(checkpointing: true);

        Assert.Equal(plain, again);                                              // weights, running statistics and what dropout drew
        Assert.True(less < 0.9 * peak, $"the peak was {peak:N0} bytes and is {less:N0}");
    }

    private static (List<float> State, long Peak) Step(bool checkpointing)
    {
        TorchRuntime.Seed(5);
        using var network = new UNet(new UNetOptions { Base = 8, Depth = 2, ConvolutionsPerBlock = 3, Dropout = 0.3 });
        var options = new TrainingOptions { Epochs = 2, BatchSize = 4, Checkpointing = checkpointing, Optimizer = new SgdOptions { LearningRate = 0.1 } };
        using var optimizer = new Sgd(network.Parameters(), (SgdOptions)options.Optimizer);
        var loss = new BinaryCrossEntropyOptions();
        var source = new MemorySource(8, i => Sample(i) with { Extent = new Extent(64, 64), Image = [.. Enumerable.Range(0, 4096).Select(p => (float)Math.Sin((p * (i + 1)) + i))], Labels = [.. Enumerable.Range(0, 4096).Select(p => (ushort)(p / 64 % 2))] });
        TorchRuntime.ResetCounter("peak_bytes");
        var before = TorchRuntime.Counter("live_bytes");
        new Trainer(network, new BinaryCrossEntropy(loss), optimizer, new BatchLoader(source, new() { BatchSize = 4, Shuffle = false }), null, loss, options).Train(_ => { }, _ => { });
        using var scope = new TensorScope();
        return ([.. network.State().Where(s => s.Tensor.DType == DType.Float32).SelectMany(s => s.Tensor.Detach().ToArray<float>())], TorchRuntime.Counter("peak_bytes") - before);
    }

    [Fact]
    public void A_clipped_step_is_as_long_as_allowed()
    {
        var options = new TrainingOptions { Epochs = 1, BatchSize = 4, Optimizer = new SgdOptions { LearningRate = 1 } };
        var (before, heard) = (WeightsAfter(options with { Optimizer = new SgdOptions { LearningRate = 1e-12 } }, samples: 4), new List<RunEvent>());

        var byNorm = WeightsAfter(options with { ClipNorm = 1e-3 }, samples: 4, heard);
        var byValue = WeightsAfter(options with { ClipValue = 1e-4 }, samples: 4);

        Assert.Equal(1e-3, Math.Sqrt(byNorm.Zip(before, (a, b) => (double)(a - b) * (a - b)).Sum()), 1e-5);
        Assert.Equal(1e-4, byValue.Zip(before, (a, b) => Math.Abs(a - b)).Max(), 1e-6);
        Assert.True(heard.OfType<StepEnded>().Single().GradientNorm > 1e-3, "the length is that before clipping");
    }

    [Fact]
    public void What_is_validated_is_the_average_and_what_learns_is_not()
    {
        using var network = Small();
        using var average = new WeightAverage(network, 0.5);
        var (options, loss) = (new TrainingOptions { Epochs = 1, BatchSize = 4, WeightAverage = 0.5, Optimizer = new SgdOptions { LearningRate = 0.1 } }, new BinaryCrossEntropyOptions());
        using var optimizer = new Sgd(network.Parameters(), (SgdOptions)options.Optimizer);
        var (first, validation) = (Values(network), Loader(4, 4));
        var trainer = new Trainer(network, new BinaryCrossEntropy(loss), optimizer, Loader(4, 4), validation, loss, options, average: average);
        var heard = new List<RunEvent>();

        trainer.Train(heard.Add, _ => { });

        var last = Values(network);
        float[] mean = [.. first.Zip(last, (a, b) => (2f / 11 * a) + (9f / 11 * b))];   // the first step keeps (1 + 1) / (10 + 1), below 0.5
        var raw = trainer.Score(validation).Loss;
        using (average.Apply())
        {
            Assert.All(Values(network).Zip(mean), w => Assert.Equal(w.Second, w.First, 1e-6f));
            Assert.Equal(heard.OfType<EpochEnded>().Single().ValidationLoss!.Value, trainer.Score(validation).Loss, 1e-9);
        }

        Assert.Equal(last, Values(network));
        Assert.NotEqual(raw, heard.OfType<EpochEnded>().Single().ValidationLoss!.Value, 1e-6);
    }

    [Fact]
    public void A_training_stops_when_nothing_gets_better_and_says_why()
    {
        var heard = new List<RunEvent>();
        var options = new TrainingOptions
        {
            Epochs = 20,
            BatchSize = 4,
            Optimizer = new SgdOptions { LearningRate = 1e-9 },
            EarlyStopping = new() { Patience = 3, Watch = Watched.TrainingLoss, MinDelta = 1e-3 },
        };

        WeightsAfter(options, samples: 4, heard);

        Assert.Equal(4, heard.OfType<EpochEnded>().Count());
        Assert.Matches(@"^stopped early after epoch 4: the training loss was last better in epoch 1 \([0-9.]+\), 3 epochs ago$", heard.OfType<Noted>().Single().Text);
    }

    [Fact]
    public void What_looks_at_the_validation_needs_one()
    {
        var options = new TrainingOptions { EarlyStopping = new() { Patience = 3 }, Schedule = new PlateauOptions() };

        var e = Assert.Throws<UsageException>(() => WeightsAfter(options, samples: 4));

        Assert.Contains("training.earlyStopping.watch looks at the validation, but no case is held out", e.Message, StringComparison.Ordinal);
        Assert.Contains("training.schedule.watch looks at the validation, but no case is held out", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_budget_of_time_ends_the_training_and_brings_the_schedule_to_its_end()
    {
        var heard = new List<RunEvent>();
        var options = new TrainingOptions { Epochs = 1_000_000, BatchSize = 4, Hours = 0.3 / 3600, Schedule = new PolynomialOptions { Exponent = 1 } };

        WeightsAfter(options, samples: 4, heard);

        var epochs = heard.OfType<EpochEnded>().ToList();
        Assert.Matches(@"^stopped after epoch \d+: [0-9.E-]+ of 8.33E-05 hours are spent, and another epoch would go beyond them$", heard.OfType<Noted>().Single().Text);
        Assert.InRange(epochs.Sum(e => e.Seconds), 0.1, 1.5);
        Assert.True(epochs[^1].LearningRate < 0.5 * epochs[0].LearningRate, $"the rate ended at {epochs[^1].LearningRate}");
        Assert.All(epochs.Zip(epochs.Skip(1)), e => Assert.True(e.Second.LearningRate <= e.First.LearningRate));
    }

    [Fact]
    public void The_rate_falls_on_a_plateau()
    {
        var heard = new List<RunEvent>();
        var options = new TrainingOptions
        {
            Epochs = 6,
            BatchSize = 4,
            Optimizer = new SgdOptions { LearningRate = 1e-9 },
            Schedule = new PlateauOptions { Watch = Watched.TrainingLoss, Patience = 1, Gamma = 0.5, Threshold = 0.01 },
        };

        WeightsAfter(options, samples: 4, heard);

        Assert.Equal([1e-9, 1e-9, 1e-9, 0.5e-9, 0.5e-9, 0.25e-9], heard.OfType<EpochEnded>().Select(e => e.LearningRate), (a, b) => Math.Abs(a - b) < 1e-15);
    }

    private static List<float> WeightsAfter(TrainingOptions options, int samples, List<RunEvent>? heard = null)
    {
        using var network = Small();
        using var optimizer = OptimizerCatalogue.All.GetByOptions(options.Optimizer.GetType()).Build(options.Optimizer)(network.Parameters());
        var loss = new BinaryCrossEntropyOptions();
        heard ??= [];
        new Trainer(network, new BinaryCrossEntropy(loss), optimizer, Loader(samples, options.BatchSize), null, loss, options).Train(heard.Add, _ => { });
        return Values(network);
    }

    // Without batch normalisation, whose statistics are those of the small batches.
    private static UNet Small()
    {
        TorchRuntime.Seed(5);
        return new UNet(new UNetOptions { Base = 2, Depth = 1, Normalisation = SegSharp.Networks.Blocks.NormKind.None });
    }

    private static BatchLoader Loader(int samples, int batch) => new(
        new MemorySource(samples, i => Sample(i) with { Image = [.. Enumerable.Range(0, 256).Select(p => (float)Math.Sin((p * (i + 1)) + i))], Labels = [.. Enumerable.Range(0, 256).Select(p => (ushort)(p / 16 % 2))] }),
        new() { BatchSize = batch, Shuffle = false });

    private static List<float> Values(Network network)
    {
        using var scope = new TensorScope();
        return [.. network.Parameters().SelectMany(p => p.Detach().ToArray<float>())];
    }

    private static double FirstLoss(Network network, CrossEntropyOptions loss, List<RunEvent>? heard = null, int epochs = 1)
    {
        using var mine = network;
        var options = new TrainingOptions { Epochs = epochs, BatchSize = 4, Optimizer = new SgdOptions { LearningRate = 1e-9 } };
        using var optimizer = OptimizerCatalogue.All.GetByOptions(options.Optimizer.GetType()).Build(options.Optimizer)(network.Parameters());
        var training = new BatchLoader(new MemorySource(4, i => MemorySource.Numbered(i, 8, 8)), new() { BatchSize = 4, Shuffle = false });
        heard ??= [];
        new Trainer(network, new CrossEntropy(loss), optimizer, training, null, loss, options).Train(heard.Add, _ => { });
        return heard.OfType<EpochEnded>().First().TrainingLoss;
    }

    /// <summary>Two levels from one convolution, the second of half the size.</summary>
    private sealed class Levelled : Network
    {
        private readonly Conv _conv;
        private readonly bool _softmax;

        public Levelled(bool softmax)
            : base(new UNetOptions { Classes = 3 })
        {
            TorchRuntime.Seed(3);
            _softmax = softmax;
            _conv = Child("conv", new Conv(2, 1, 3));
            using var guard = new NoGrad();
            _conv.Weight.MultiplyInPlace(1e-4);                                  // the samples' intensities run to tens of thousands
        }

        public override int Dimensions => 2;

        public override Logits Forward(Tensor image)
        {
            var fine = _conv.Forward(image);
            fine = _softmax ? fine.Softmax(1) : fine;
            return new Logits(fine, [fine, Pooling.Average(fine, [2, 2], [2, 2])]);
        }
    }

    private static Sample Sample(int index) => new()
    {
        Id = $"case_{index:D2}",
        Extent = new Extent(16, 16),
        Channels = 1,
        Image = new float[256],
        Labels = new ushort[256],
    };
}

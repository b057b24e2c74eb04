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

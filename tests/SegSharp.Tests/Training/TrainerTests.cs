using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Tests.Data;
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

    private static Sample Sample(int index) => new()
    {
        Id = $"case_{index:D2}",
        Extent = new Extent(16, 16),
        Channels = 1,
        Image = new float[256],
        Labels = new ushort[256],
    };
}

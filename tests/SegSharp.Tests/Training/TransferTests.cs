using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging.Normalisation;
using SegSharp.Networks;
using SegSharp.Networks.KeyMaps;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Training;
using Xunit;

namespace SegSharp.Tests.Training;

[Collection(NativeCollection.Name)]
public sealed class TransferTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_frozen_encoder_keeps_every_bit_and_the_rest_learns()
    {
        using var check = new NoLeaks();
        var file = Weights(inChannels: 1);

        var heard = _tiny.Train("run", Recipe(file, new() { Frozen = true }));

        var (before, after) = (Checkpoint.Read(file).Tensors, Checkpoint.Read(_tiny.Path("run", "checkpoint-last.pt")).Tensors);
        Assert.All(before.Where(t => t.Key.StartsWith("down.", StringComparison.Ordinal)), t => Assert.True(Same(t.Value, after[t.Key]), t.Key));   // running statistics too
        Assert.All(before.Where(t => !t.Key.StartsWith("down.", StringComparison.Ordinal) && t.Key.EndsWith(".weight", StringComparison.Ordinal)), t => Assert.False(Same(t.Value, after[t.Key]), t.Key));
        Assert.Empty(heard.OfType<Warned>());
    }

    [Fact]
    public void An_encoder_that_is_set_free_learns_from_then_on()
    {
        var file = Weights(inChannels: 1);

        _tiny.Train("frozen", Recipe(file, new() { Frozen = true }));
        _tiny.Train("freed", Recipe(file, new() { Frozen = true, UnfreezeAfter = 2 }));
        _tiny.Train("whole", Recipe(file, new()));

        Assert.Equal(Column("frozen", "training_loss")[..2], Column("freed", "training_loss")[..2]);
        Assert.NotEqual(Column("whole", "training_loss")[1], Column("freed", "training_loss")[1]);
        var after = Checkpoint.Read(_tiny.Path("freed", "checkpoint-last.pt")).Tensors;
        Assert.False(Same(Checkpoint.Read(file).Tensors["down.0.conv1.weight"], after["down.0.conv1.weight"]));
        Assert.Equal(2, BitConverter.ToInt64(after["down.0.norm1.num_batches_tracked"].Bytes.Span));   // two steps in the one epoch that it learnt in
    }

    [Fact]
    public void An_encoder_with_a_tenth_of_the_rate_moves_less()
    {
        var file = Weights(inChannels: 1);

        _tiny.Train("same", Recipe(file, new()));
        _tiny.Train("slow", Recipe(file, new() { LearningRate = 1e-4 }));

        Assert.InRange(Moved("slow", "down.1.conv1.weight", file), 1e-9, Moved("same", "down.1.conv1.weight", file) / 5);
        Assert.InRange(Moved("slow", "up.1.conv1.weight", file), Moved("same", "up.1.conv1.weight", file) / 2, 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5)]
    public void A_transfer_that_was_stopped_ends_with_the_same_bits(int steps)
    {
        var recipe = Recipe(Weights(inChannels: 3, classes: 4), new() { Frozen = true, UnfreezeAfter = 1, LearningRate = 1e-4 });
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
        Assert.NotNull(Run.ReadRecord(_tiny.Path("stopped")).Pretrained);
    }

    [Fact]
    public void The_record_says_what_it_began_with_and_a_run_that_never_saved_wants_the_same_file()
    {
        var file = Weights(inChannels: 3, classes: 4);
        var heard = new List<RunEvent>();
        using (Run.Start(Recipe(file, new()), _tiny.Data, _tiny.Data.Split(Validation.Last(2)), _tiny.Path("run"), new RunSettings { Threads = 1 }, heard.Add))
        {
        }

        var record = Run.ReadRecord(_tiny.Path("run")).Pretrained!;
        Assert.Equal((file, "course-unet", "network"), (record.File, record.Names, record.Part));
        Assert.Equal(["down.0.conv1.weight"], record.Adapted);
        Assert.Equal(["head.weight", "head.bias"], record.Fresh);
        Assert.Equal(64, record.Digest.Length);
        Assert.Contains(
            $"begin with '{file}': {record.Loaded} tensors by the names of course-unet; adapted to the image's channels: down.0.conv1.weight; begun anew: head.weight, head.bias",
            heard.OfType<Noted>().Select(n => n.Text));

        Weights(inChannels: 3, classes: 5);
        var e = Assert.Throws<InputException>(() => _tiny.Resume("run"));
        Assert.Equal($"the weights in '{file}' have changed since '{_tiny.Path("run")}' was begun, so going on would not be the same run", e.Message);
    }

    [Theory]
    [InlineData("unit", null)]
    [InlineData("imagenet", "the weights in 'FILE' were trained on images as 'unit' brings them, but preparation.intensity is 'imagenet'; --intensity unit")]
    public void An_input_that_the_weights_were_not_trained_on_is_a_warning_with_its_mend(string intensity, string? warning)
    {
        _tiny.Train("before", TinyRun.Recipe with { Training = TinyRun.Recipe.Training with { Epochs = 1 } });
        var file = _tiny.Path("before", "checkpoint-best.pt");
        var recipe = Recipe(file, new()) with { Preparation = new() { Intensity = (NormaliserOptions)SegSharp.Imaging.Normalisation.Catalogue.Normalisers.Get(intensity).Defaults() } };
        var heard = new List<RunEvent>();

        Run.Start(recipe, _tiny.Data, _tiny.Data.Split(Validation.Last(2)), _tiny.Path("run"), new RunSettings { Threads = 1 }, heard.Add).Dispose();

        Assert.Equal(warning is null ? [] : [warning.Replace("FILE", file, StringComparison.Ordinal)], heard.OfType<Warned>().Select(w => w.Text));
    }

    [Fact]
    public void A_published_networks_weights_expect_the_input_of_their_origin()
    {
        using var network = new EncoderUNet(new() { Encoder = "resnet18", Base = 4, InChannels = 1 });
        using var classifier = new EncoderUNet(new() { Encoder = "resnet18", Base = 4 });
        var weights = classifier.StateData().Where(s => s.Name.StartsWith("encoder.", StringComparison.Ordinal)).ToDictionary(s => s.Name[8..], s => s.Value, StringComparer.Ordinal);
        weights["fc.weight"] = new TensorData(DType.Float32, [1], new byte[4]);
        var file = _tiny.Path("resnet18.pth");
        PyTorchWriter.Write(file, weights.Select(w => (w.Key, w.Value)));
        var heard = new List<RunEvent>();
        var recipe = Recipe(file, new() { Frozen = true }) with { Network = network.Options };

        Run.Start(recipe, _tiny.Data, _tiny.Data.Split(Validation.Last(2)), _tiny.Path("run"), new RunSettings { Threads = 1 }, heard.Add).Dispose();

        Assert.Equal($"the weights in '{file}' were trained on images as 'imagenet' brings them, but preparation.intensity is 'unit'; --intensity imagenet", Assert.Single(heard.OfType<Warned>()).Text);
        var record = Run.ReadRecord(_tiny.Path("run")).Pretrained!;
        Assert.Equal(("resnet18", "encoder"), (record.Names, record.Part));
        Assert.Equal(["encoder.conv1.weight"], record.Adapted);
        Assert.Equal(["fc.weight"], record.LeftOut);
        Assert.All(record.Fresh, n => Assert.False(n.StartsWith("encoder.", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_cannot_be_is_refused_before_a_folder_is_made()
    {
        var missing = Assert.Throws<InputException>(() => _tiny.Start("run", Recipe("nowhere.pt", new())));
        var nothing = Assert.Throws<UsageException>(() => _tiny.Start("run", Recipe("w.pt", new() { UnfreezeAfter = 0 })));
        var without = Assert.Throws<UsageException>(() => _tiny.Start("run", Recipe(null, new() { Frozen = true }) with { Network = new MonaiAttentionUNetOptions { Widths = [2, 4] } }));

        Assert.Equal("there is no file 'nowhere.pt' to begin with", missing.Message);
        Assert.Equal(
            "training.encoder.unfreezeAfter is 0; it must be 1 or more; training.encoder.unfreezeAfter is set, but the encoder is not frozen; --set training.encoder.frozen=true",
            nothing.Message);
        Assert.Equal("training.encoder is set, but this network names no part of it as its encoder", without.Message);
        Assert.False(Directory.Exists(_tiny.Path("run")));
    }

    private static Recipe Recipe(string? file, EncoderTrainingOptions encoder) => TinyRun.Recipe with
    {
        Pretrained = file is null ? null : new() { File = file },
        Training = TinyRun.Recipe.Training with { Encoder = encoder },
    };

    // Names of the course where the network differs, our own where it is the same.
    private string Weights(int inChannels, int classes = 1)
    {
        TorchRuntime.Seed(11 + classes);
        using var network = new UNet((UNetOptions)TinyRun.Recipe.Network with { InChannels = inChannels, Classes = classes });
        var file = _tiny.Path("weights.pt");
        PyTorchWriter.Write(file, inChannels == 1 ? network.StateData() : CourseUNet.For(2).Write(network.StateData()));
        return file;
    }

    private double Moved(string run, string name, string from)
    {
        var (a, b) = (Floats(Checkpoint.Read(from).Tensors[name]), Floats(Checkpoint.Read(_tiny.Path(run, "checkpoint-last.pt")).Tensors[name]));
        return a.Zip(b, (x, y) => (double)Math.Abs(x - y)).Max();
    }

    private string[] Column(string run, string name)
    {
        var rows = _tiny.Rows(run).Select(r => r.Split(',')).ToList();
        return [.. rows.Skip(1).Select(r => r[Array.IndexOf(rows[0], name)])];
    }

    private static bool Same(TensorData a, TensorData b) => a.Bytes.Span.SequenceEqual(b.Bytes.Span);

    private static float[] Floats(TensorData data) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(data.Bytes.Span).ToArray();
}

using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Training;
using Xunit;

namespace SegSharp.Tests.Training;

[Collection(AloneCollection.Name)]
public sealed class FlatMemoryTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Memory_stays_flat_over_five_hundred_steps()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc/self/status");
        var recipe = TinyRun.Recipe with { Training = TinyRun.Recipe.Training with { Epochs = 60, Repeats = 5, WeightAverage = 0.99, ClipNorm = 1, Accumulate = 1 } };
        using var run = _tiny.Start("run", recipe);
        var (handles, memory) = (new List<long>(), new List<long>());

        run.Train(e =>
        {
            if (e is EpochEnded)
            {
                handles.Add(TorchRuntime.LiveHandles);
                GC.Collect();
                memory.Add(ResidentBytes());
            }
        });

        Assert.All(handles.Skip(1), h => Assert.Equal(handles[1], h));
        var growth = memory[^1] - memory[9];                                     // 50 epochs of 10 steps after 10 to warm up
        Assert.True(growth < 20 << 20, $"resident memory grew by {growth:N0} bytes in 500 steps");
    }

    [Fact]
    [Trait("Category", "Full")]
    public void Memory_and_handles_stay_flat_over_ten_thousand_steps_and_a_thousand_predictions()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc/self/status");
        const int Epochs = 40, Repeats = 125;                                    // four cases in batches of two: 250 steps in an epoch
        var marks = new List<(string What, long Handles, long Bytes)>();
        void Mark(string what)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            marks.Add((what, TorchRuntime.LiveHandles, ResidentBytes()));
            TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {marks[^1].Handles} handles, {marks[^1].Bytes / 1048576.0:F1} MiB");
        }

        using (var run = _tiny.Start("run", TinyRun.Recipe with { Training = TinyRun.Recipe.Training with { Epochs = Epochs, Repeats = Repeats } }))
        {
            run.Train(e =>
            {
                if (e is EpochEnded { Epoch: var epoch } && epoch % 4 == 0)
                {
                    Mark($"{epoch * 250} steps");
                }
            });
        }

        var trained = marks.Count;
        var image = SegSharp.Imaging.Volume.Read(_tiny.Data.Cases[0].Channels[0]);
        using (var predictor = Predictor.Open(_tiny.Path("run")))
        {
            for (var i = 1; i <= 1000; i++)
            {
                predictor.Predict(image);
                if (i % 100 == 0)
                {
                    Mark($"{i} predictions");
                }
            }
        }

        foreach (var part in new[] { marks[..trained], marks[trained..] })
        {
            Assert.All(part.Skip(1), m => Assert.Equal(part[1].Handles, m.Handles));
            Assert.True(part[^1].Bytes - part[1].Bytes < 20 << 20, $"resident memory grew by {part[^1].Bytes - part[1].Bytes:N0} bytes from {part[1].What} to {part[^1].What}");
        }
    }

    private static long ResidentBytes() =>
        1024 * long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]);
}

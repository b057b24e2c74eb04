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
    public void Memory_stays_flat_over_three_hundred_steps()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc/self/status");
        var recipe = TinyRun.Recipe with { Training = TinyRun.Recipe.Training with { Epochs = 40, Repeats = 5 } };
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
        var growth = memory[^1] - memory[9];                                     // 30 epochs of 10 steps after 10 to warm up
        Assert.True(growth < 20 << 20, $"resident memory grew by {growth:N0} bytes in 300 steps");
    }

    private static long ResidentBytes() =>
        1024 * long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]);
}

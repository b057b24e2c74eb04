using SegSharp.Torch;
using Xunit;

namespace SegSharp.Testing;

/// <summary>Holds a piece of code to the rule that it releases every native handle: <c>using var check = new NoLeaks();</c></summary>
public sealed class NoLeaks : IDisposable
{
    private readonly long _before = Settled();

    /// <summary>Fails the test when more handles live than before.</summary>
    public void Dispose() => Assert.Equal(_before, TorchRuntime.LiveHandles);

    // What an earlier test let go and the garbage collector has not taken yet would go in the middle of this one.
    private static long Settled()
    {
        if (TorchRuntime.LiveHandles > 0)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return TorchRuntime.LiveHandles;
    }
}

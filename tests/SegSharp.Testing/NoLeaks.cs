using SegSharp.Torch;
using Xunit;

namespace SegSharp.Testing;

/// <summary>Holds a piece of code to the rule that it releases every native handle: <c>using var check = new NoLeaks();</c></summary>
public sealed class NoLeaks : IDisposable
{
    private readonly long _before = TorchRuntime.LiveHandles;

    /// <summary>Fails the test when more handles live than before.</summary>
    public void Dispose() => Assert.Equal(_before, TorchRuntime.LiveHandles);
}

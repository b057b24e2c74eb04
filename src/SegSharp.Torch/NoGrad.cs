using SegSharp.Torch.Native;

namespace SegSharp.Torch;

/// <summary>Switches gradient history off on this thread until it is disposed: <c>using var guard = new NoGrad();</c></summary>
/// <remarks>A ref struct, so that the compiler refuses it across <c>await</c>, where the thread may change.</remarks>
public readonly ref struct NoGrad : IDisposable
{
    private readonly int _before;

    /// <summary>Switches off.</summary>
    public NoGrad() => _before = Bridge.SetGradMode(0);

    /// <summary>Back to what it was.</summary>
    public void Dispose() => _ = Bridge.SetGradMode(_before);
}

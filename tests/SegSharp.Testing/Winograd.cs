using SegSharp.Torch;

namespace SegSharp.Testing;

/// <summary>Chooses the convolution until it is disposed: <c>using var direct = new Winograd(0);</c></summary>
public sealed class Winograd : IDisposable
{
    private readonly long _before = TorchRuntime.Switch("winograd");

    /// <summary>Sets the switch.</summary>
    /// <param name="choice">0 direct, 1 automatic, 2 wherever possible; null leaves it as it is.</param>
    public Winograd(long? choice)
    {
        if (choice is { } value)
        {
            TorchRuntime.SetSwitch("winograd", value);
        }
    }

    /// <summary>Sets it back.</summary>
    public void Dispose() => TorchRuntime.SetSwitch("winograd", _before);
}

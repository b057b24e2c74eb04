using SegSharp.Torch.Native;

namespace SegSharp.Torch;

/// <summary>Computes convolutions and matrix products in bfloat16 on this thread until it is disposed; parameters stay float32.</summary>
public readonly ref struct Autocast : IDisposable
{
    private readonly DeviceKind _device;
    private readonly bool _on;

    /// <summary>Switches on when <paramref name="on"/> is true; otherwise does nothing.</summary>
    public Autocast(bool on, DeviceKind device = DeviceKind.Cpu, DType dtype = DType.BFloat16)
    {
        _on = on;
        _device = device;
        if (on)
        {
            Bridge.Check(Bridge.SetAutocast((int)device, 1, (int)dtype), "autocast");
        }
    }

    /// <summary>Switches off and forgets the cast weights.</summary>
    public void Dispose()
    {
        if (_on)
        {
            Bridge.Check(Bridge.SetAutocast((int)_device, 0, (int)DType.BFloat16), "autocast");
        }
    }
}

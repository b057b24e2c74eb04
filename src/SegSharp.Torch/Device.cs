using System.Runtime.InteropServices;

namespace SegSharp.Torch;

/// <summary>Where a tensor's memory lies; the numbers are libtorch's own (c10::DeviceType).</summary>
public enum DeviceKind
{
    /// <summary>Main memory.</summary>
    Cpu = 0,

    /// <summary>A CUDA device.</summary>
    Cuda = 1,
}

/// <summary>A device: its kind and, for several of a kind, its number.</summary>
/// <param name="Kind">CPU or CUDA.</param>
/// <param name="Index">The device's number; −1 for "the current one".</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Device(DeviceKind Kind, int Index = -1)
{
    /// <summary>Main memory.</summary>
    public static Device Cpu { get; } = new(DeviceKind.Cpu);

    /// <summary>Reads "cpu", "cuda", "cuda:1" or "auto" (CUDA when there is one).</summary>
    /// <exception cref="UsageException">Another text, or a device that is not there.</exception>
    public static Device Parse(string text)
    {
        if (text is "cpu")
        {
            return Cpu;
        }

        if (text is "auto")
        {
            return TorchRuntime.CudaCount > 0 ? new Device(DeviceKind.Cuda, 0) : Cpu;
        }

        var number = 0;
        if (text is "cuda" || (text.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(5), out number) && number >= 0))
        {
            return number < TorchRuntime.CudaCount
                ? new Device(DeviceKind.Cuda, number)
                : throw new UsageException($"device '{text}' is not there: this libtorch sees {TorchRuntime.CudaCount} CUDA devices", "--device cpu");
        }

        throw UsageException.Unknown("device", text, ["cpu", "cuda", "cuda:0", "auto"]);
    }

    /// <inheritdoc/>
    public override string ToString() => Kind == DeviceKind.Cpu ? "cpu" : Index < 0 ? "cuda" : $"cuda:{Index}";
}

using SegSharp.Torch.Native;

namespace SegSharp.Torch;

/// <summary>What belongs to the process and not to one tensor: threads, seeds, devices, switches, memory.</summary>
public static unsafe class TorchRuntime
{
    /// <summary>Threads that one operator may use. libtorch's own default may be 1: set it at the start.</summary>
    public static int Threads
    {
        get => Bridge.Threads();
        set => Bridge.Check(Bridge.SetThreads(value), "threads");
    }

    /// <summary>CUDA devices that this libtorch can use; 0 for a CPU build.</summary>
    public static int CudaCount => Bridge.CudaCount();

    /// <summary>Native tensor handles that are alive in this process.</summary>
    public static long LiveHandles => Bridge.LiveHandles();

    /// <summary>Where the bridge to libtorch is looked for, in order. Loads nothing.</summary>
    public static IReadOnlyList<string> BridgeCandidates => [.. BridgeLoader.Candidates()];

    /// <summary>A JSON object with libtorch's version, BLAS, oneDNN, devices and accelerations.</summary>
    public static string About() => NativeText.Fetch("about", Bridge.About);

    /// <summary>Seeds libtorch's generators, as torch.manual_seed does.</summary>
    public static void Seed(long seed) => Bridge.Check(Bridge.Seed(seed), "seed");

    /// <summary>The state of the CPU generator, as torch.get_rng_state gives it.</summary>
    public static TensorData RandomState
    {
        get
        {
            using var scope = new TensorScope();
            Bridge.Check(Bridge.RandomState(out var handle), "random state");
            return new Tensor(handle).ToData();
        }

        set
        {
            using var scope = new TensorScope();
            Bridge.Check(Bridge.SetRandomState(Tensor.From(value).Handle), "random state");
        }
    }

    /// <summary>A counter of the bridge: "live_bytes", "peak_bytes", "cached_bytes", "sgemm_calls", "winograd_calls", "allocations".</summary>
    public static long Counter(string name)
    {
        Bridge.Check(Bridge.Counter(name, out var value), $"counter '{name}'");
        return value;
    }

    /// <summary>Sets a counter back; "peak_bytes" goes back to the live bytes.</summary>
    public static void ResetCounter(string name) => Bridge.Check(Bridge.ResetCounter(name), $"counter '{name}'");

    /// <summary>Reads a switch of the accelerations (see <c>native/README.md</c>).</summary>
    public static long Switch(string name)
    {
        Bridge.Check(Bridge.Switch(name, out var value), $"switch '{name}'");
        return value;
    }

    /// <summary>Sets a switch of the accelerations: "winograd" 0 direct, 1 automatic, 2 wherever possible.</summary>
    public static void SetSwitch(string name, long value) => Bridge.Check(Bridge.SetSwitch(name, value), $"switch '{name}'");

    /// <summary>Gives memory that the allocator keeps for reuse back to the system.</summary>
    public static void EmptyCache() => Bridge.Check(Bridge.EmptyCache(), "empty cache");

    /// <summary>Waits until a device has finished what it was given.</summary>
    public static void Synchronize(Device device) =>
        Bridge.Check(Bridge.Synchronize((int)device.Kind, device.Index), "synchronize");
}

namespace SegSharp.Benchmarks;

/// <summary>One way to do a task: ours or a peer's, with its switches.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Ours">SegSharp, not a peer.</param>
/// <param name="Arguments">Switches of the step program.</param>
internal sealed record Contestant(string Name, bool Ours, params string[] Arguments)
{
    /// <summary>SegSharp as it comes.</summary>
    public static readonly Contestant SegSharp = new("SegSharp", true);

    /// <summary>SegSharp without Winograd.</summary>
    public static readonly Contestant Direct = new("SegSharp, direct convolutions", true, "--conv", "direct");

    /// <summary>SegSharp in bfloat16.</summary>
    public static readonly Contestant BFloat16 = new("SegSharp, bf16", true, "--bf16");

    /// <summary>python3-torch with the BLAS that its package brings.</summary>
    public static readonly Contestant Debian = new("PyTorch as Debian installs it", false, "--blas", "reference");

    /// <summary>python3-torch with OpenBLAS.</summary>
    public static readonly Contestant OpenBlas = new("PyTorch, OpenBLAS", false, "--blas", "openblas");

    /// <summary>python3-torch with OpenBLAS and the channels fastest.</summary>
    public static readonly Contestant ChannelsLast = new("PyTorch, OpenBLAS, channels last", false, "--blas", "openblas", "--channels-last");

    /// <summary>The same in bfloat16.</summary>
    public static readonly Contestant PeerBFloat16 = new("PyTorch, OpenBLAS, channels last, bf16", false, "--blas", "openblas", "--channels-last", "--bf16");

    /// <summary>The same through torch.jit.optimize_for_inference, which folds the normalisation.</summary>
    public static readonly Contestant Frozen = new("PyTorch, OpenBLAS, channels last, frozen", false, "--blas", "openblas", "--channels-last", "--frozen");

    /// <summary>scipy.ndimage, with numpy around it.</summary>
    public static readonly Contestant Scipy = new("scipy", false);

    /// <summary>scikit-image's resize, which stands on scipy.</summary>
    public static readonly Contestant ScikitImage = new("scikit-image", false);

    /// <summary>nibabel, the numbers as they are stored.</summary>
    public static readonly Contestant Nibabel = new("nibabel, as stored", false, "--raw");

    /// <summary>nibabel's get_fdata, which most programs call: float64.</summary>
    public static readonly Contestant NibabelFloats = new("nibabel, get_fdata", false);

    /// <summary>Who takes part in a task.</summary>
    public static IReadOnlyList<Contestant> For(BenchTask task) => task.Kind switch
    {
        "train" when task.Network is not null => [SegSharp, OpenBlas, ChannelsLast],
        "train" => [SegSharp, Direct, BFloat16, Debian, OpenBlas, ChannelsLast, PeerBFloat16],
        "predict" => [SegSharp, Direct, BFloat16, Debian, OpenBlas, ChannelsLast, PeerBFloat16, Frozen],
        "resample" or "components" or "distance" or "surfaces" or "augment" => [SegSharp, Scipy],
        "decide" => [SegSharp, ScikitImage],
        "read" => [SegSharp, Nibabel, NibabelFloats],
        _ => [SegSharp, OpenBlas],
    };

    /// <summary>Of whom the fastest counts as the peer at its best: PyTorch in float32 and eager in its two layouts, nibabel in its two ways.</summary>
    public static readonly IReadOnlyList<Contestant> Best = [OpenBlas, ChannelsLast, Scipy, ScikitImage, Nibabel, NibabelFloats];
}

using SegSharp.Torch.Operators;

namespace SegSharp.Torch.Layers;

/// <summary>A transposed convolution over 2 or 3 spatial axes, with PyTorch's parameters, names and default initialisation.</summary>
/// <remarks>
/// Parity: torch.nn.ConvTranspose2d and ConvTranspose3d. Keys: <c>weight</c> [in, out/groups, k…], <c>bias</c> [out].
/// Kernel = stride = 2 is computed as a 1×1 convolution and a pixel shuffle: the same numbers, faster on a CPU.
/// </remarks>
public sealed class ConvTranspose : Layer
{
    private readonly long[] _stride, _padding, _outputPadding;
    private readonly int _groups;
    private readonly bool _shuffle;

    /// <summary>The same sizes along every axis.</summary>
    /// <param name="dimensions">2 or 3.</param>
    /// <param name="inChannels">Channels that come in.</param>
    /// <param name="outChannels">Channels that go out.</param>
    /// <param name="kernel">Kernel size.</param>
    /// <param name="stride">Factor by which sides grow.</param>
    /// <param name="padding">PyTorch's padding: kernel − 1 − padding zeros are put around the interlaced input.</param>
    /// <param name="outputPadding">Rows added at the far border.</param>
    /// <param name="bias">Whether a number is added per output channel.</param>
    public ConvTranspose(int dimensions, int inChannels, int outChannels, int kernel = 2, int stride = 2, int padding = 0, int outputPadding = 0, bool bias = true)
        : this(inChannels, outChannels, Conv.Every(dimensions, kernel), Conv.Every(dimensions, stride), Conv.Every(dimensions, padding), Conv.Every(dimensions, outputPadding), 1, bias)
    {
    }

    /// <summary>Sizes per axis ((D,) H, W).</summary>
    public ConvTranspose(int inChannels, int outChannels, long[] kernel, long[] stride, long[]? padding = null, long[]? outputPadding = null, int groups = 1, bool bias = true)
    {
        _stride = stride;
        _padding = padding ?? Conv.Every(kernel.Length, 0);
        _outputPadding = outputPadding ?? Conv.Every(kernel.Length, 0);
        _groups = groups;
        Kernel = kernel;
        _shuffle = groups == 1 && kernel.All(k => k == 2) && stride.All(s => s == 2) && _padding.All(p => p == 0) && _outputPadding.All(p => p == 0);
        Weight = Parameter("weight", Tensor.Empty([inChannels, outChannels / groups, .. kernel]));
        Bias = bias ? Parameter("bias", Tensor.Empty([outChannels])) : null;
        Initialise.ConvDefault(Weight, Bias);
    }

    /// <summary>[in, out/groups, k…].</summary>
    public Tensor Weight { get; }

    /// <summary>[out]; null when there is none.</summary>
    public Tensor? Bias { get; }

    /// <summary>Kernel size per axis.</summary>
    public long[] Kernel { get; }

    /// <summary>Factor per axis.</summary>
    public IReadOnlyList<long> Stride => _stride;

    /// <param name="x">[N, in, (D,) H, W].</param>
    /// <returns>[N, out, …]; each side (side − 1) · stride − 2 · padding + kernel + output padding.</returns>
    public override Tensor Forward(Tensor x) => _shuffle
        ? Convolution.UpConvShuffle(x, Weight, Bias)
        : Convolution.ConvTranspose(x, Weight, Bias, _stride, _padding, _outputPadding, _groups);
}

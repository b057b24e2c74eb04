using SegSharp.Torch.Operators;

namespace SegSharp.Torch.Layers;

/// <summary>A convolution over 2 or 3 spatial axes, with PyTorch's parameters, names and default initialisation.</summary>
/// <remarks>Parity: torch.nn.Conv2d and Conv3d. Keys: <c>weight</c> [out, in/groups, k…], <c>bias</c> [out].</remarks>
public sealed class Conv : Layer
{
    private readonly long[] _stride, _padding, _dilation;
    private readonly int _groups;

    /// <summary>A convolution with the same kernel, stride and padding along every axis.</summary>
    /// <param name="dimensions">2 or 3.</param>
    /// <param name="inChannels">Channels that come in.</param>
    /// <param name="outChannels">Channels that go out.</param>
    /// <param name="kernel">Kernel size.</param>
    /// <param name="stride">Step.</param>
    /// <param name="padding">Zeros at each border; null keeps the size at stride 1: (kernel − 1) · dilation / 2.</param>
    /// <param name="dilation">Distance between kernel elements.</param>
    /// <param name="groups">Groups of channels that do not see each other.</param>
    /// <param name="bias">Whether a number is added per output channel.</param>
    public Conv(int dimensions, int inChannels, int outChannels, int kernel = 3, int stride = 1, int? padding = null, int dilation = 1, int groups = 1, bool bias = true)
        : this(inChannels, outChannels, Every(dimensions, kernel), Every(dimensions, stride), padding is { } p ? Every(dimensions, p) : null, Every(dimensions, dilation), groups, bias)
    {
    }

    /// <summary>A convolution with sizes per axis ((D,) H, W).</summary>
    public Conv(int inChannels, int outChannels, long[] kernel, long[] stride, long[]? padding = null, long[]? dilation = null, int groups = 1, bool bias = true)
    {
        _stride = stride;
        _dilation = dilation ?? Every(kernel.Length, 1);
        _padding = padding ?? [.. kernel.Select((k, i) => (k - 1) * _dilation[i] / 2)];
        _groups = groups;
        Kernel = kernel;
        Weight = Parameter("weight", Tensor.Empty([outChannels, inChannels / groups, .. kernel]));
        Bias = bias ? Parameter("bias", Tensor.Empty([outChannels])) : null;
        Initialise.ConvDefault(Weight, Bias);
    }

    /// <summary>[out, in/groups, k…].</summary>
    public Tensor Weight { get; }

    /// <summary>[out]; null when there is none.</summary>
    public Tensor? Bias { get; }

    /// <summary>Kernel size per axis.</summary>
    public long[] Kernel { get; }

    /// <summary>Step per axis.</summary>
    public IReadOnlyList<long> Stride => _stride;

    /// <summary>Zeros at each border per axis.</summary>
    public IReadOnlyList<long> Padding => _padding;

    /// <summary>Groups of channels.</summary>
    public int Groups => _groups;

    /// <param name="x">[N, in, (D,) H, W].</param>
    /// <returns>[N, out, …]; each side (side + 2·padding − dilation·(kernel − 1) − 1) / stride + 1.</returns>
    public override Tensor Forward(Tensor x) => Convolution.Conv(x, Weight, Bias, _stride, _padding, _dilation, _groups);

    /// <summary>The same number for every spatial axis.</summary>
    public static long[] Every(int dimensions, long value) => [.. Enumerable.Repeat(value, dimensions)];
}

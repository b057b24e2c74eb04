using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Blocks;

/// <summary>How a decoder gets back to the larger grid.</summary>
public enum UpKind
{
    /// <summary>Transposed convolution 2×2, stride 2: learnt.</summary>
    Transposed,

    /// <summary>Bilinear (trilinear) interpolation, then a convolution that halves the channels.</summary>
    Bilinear,

    /// <summary>Nearest neighbour, then a convolution that halves the channels.</summary>
    Nearest,
}

/// <summary>The step up to the grid that is twice as fine.</summary>
/// <remarks>Keys: weight and bias for a transposed convolution, conv.weight and conv.bias behind an interpolation.</remarks>
public static class UpConv
{
    /// <summary>Doubles every side and changes the channels.</summary>
    /// <param name="kind">How.</param>
    /// <param name="dimensions">2 or 3.</param>
    /// <param name="inChannels">Channels that come in.</param>
    /// <param name="outChannels">Channels that go out.</param>
    /// <param name="kernel">Side of the convolution behind an interpolation.</param>
    /// <param name="alignCorners">For the bilinear one: whether corner centres stay (true) or outer edges (false).</param>
    /// <param name="bias">Whether there is a bias.</param>
    public static Layer Create(UpKind kind, int dimensions, int inChannels, int outChannels, int kernel = 3, bool alignCorners = false, bool bias = true) => kind switch
    {
        UpKind.Transposed => new ConvTranspose(dimensions, inChannels, outChannels, bias: bias),
        _ => new Sequential(
        [
            ("upsample", new Upsample(2, kind == UpKind.Bilinear ? Interpolation.Linear : Interpolation.Nearest, alignCorners)),
            ("conv", new Conv(dimensions, inChannels, outChannels, kernel, bias: bias)),
        ]),
    };
}

using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using SegSharp.Torch.Operators;

namespace SegSharp.Networks;

/// <summary>
/// A network's gates in the place of its logits: what predicts masks of any image (tiles, windows, the way back to the image's grid)
/// then predicts maps. A gate's map is given as log(α / (1 − α)), of which a sigmoid makes α again.
/// </summary>
/// <remarks>Source: Oktay et al. 2018, figure 4 (maps over the image). Does not own the network.</remarks>
public sealed class AttentionView : Network
{
    private readonly Network _network;

    /// <summary>A view of a network with gates.</summary>
    /// <exception cref="UsageException">It has none.</exception>
    public AttentionView(Network network)
        : base(new ViewOptions(network.Options.About, network.Dimensions) { InChannels = network.Options.InChannels, Classes = Math.Max(1, GatesOf(network).Count) })
    {
        _network = network;
        if (GatesOf(network).Count == 0)
        {
            throw new UsageException(
                $"this network has no attention gates: {network.Options.About}",
                "train one that has, such as attention-unet");
        }
    }

    /// <inheritdoc/>
    public override int Dimensions => _network.Dimensions;

    /// <summary>The gates of a network by name; empty when it has none.</summary>
    public static IReadOnlyList<string> GatesOf(Network network) => (network as IAttention)?.Gates ?? [];

    /// <param name="image">[N, InChannels, (D,) H, W].</param>
    /// <returns>[N, gates, (D,) H, W] at the image's sides: each gate's map, enlarged linearly, as log(α / (1 − α)).</returns>
    public override Logits Forward(Tensor image)
    {
        using var scope = new TensorScope();
        var maps = ((IAttention)_network).ForwardWithAttention(image).Maps;
        var all = maps.Select(m => AnySize.Cut(Pooling.Linear(m.Alpha, [.. m.Covers], alignCorners: false), image)).ToArray();
        var alpha = Tensor.Cat(axis: 1, all).Clamp(1e-6, 1 - 1e-6);
        return scope.Keep((alpha / (1 - alpha)).Log());
    }

    private sealed record ViewOptions(string Of, int Sides) : NetworkOptions
    {
        public override int Axes => Sides;

        public override string About => $"the gates of: {Of}";
    }
}

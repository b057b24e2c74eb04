using SegSharp.Torch;
using SegSharp.Torch.Layers;

namespace SegSharp.Networks.Blocks;

/// <summary>Weighs channels by their mean over the image, and places by their channels, and adds the two.</summary>
/// <remarks>Source: Roy et al. 2018 (concurrent spatial and channel squeeze and excitation). Keys as segmentation_models.pytorch: attention.cSE.1, attention.cSE.3, attention.sSE.0.</remarks>
internal sealed class ScseAttention : Layer
{
    private readonly Gates _gates;

    public ScseAttention(int channels) => _gates = Child("attention", new Gates(channels));

    public override Tensor Forward(Tensor x) => _gates.Forward(x);

    private sealed class Gates : Layer
    {
        private const int Reduction = 16;
        private readonly Sequential _channels, _places;

        public Gates(int channels)
        {
            var narrow = Math.Max(1, channels / Reduction);
            _channels = Child("cSE", new Sequential(
                new GlobalMean(), new Conv(2, channels, narrow, kernel: 1), new Relu(inPlace: true), new Conv(2, narrow, channels, kernel: 1), new Sigmoid()));
            _places = Child("sSE", new Sequential(new Conv(2, channels, 1, kernel: 1), new Sigmoid()));
        }

        public override Tensor Forward(Tensor x)
        {
            using var scope = new TensorScope();
            return scope.Keep((x * _channels.Forward(x)) + (x * _places.Forward(x)));
        }
    }

    private sealed class GlobalMean : Layer
    {
        public override Tensor Forward(Tensor x) => x.Mean(x.SpatialAxes, keep: true);
    }
}

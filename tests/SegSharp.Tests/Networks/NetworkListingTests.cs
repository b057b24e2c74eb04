using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Networks;

[Collection("native")]
public sealed class NetworkListingTests
{
    [Fact]
    public void Every_network_is_listed_with_what_it_can_do()
    {
        using var check = new NoLeaks();

        var all = NetworkListing.All().ToDictionary(n => n.Name);

        Assert.Equal(Catalogue.All.Names, all.Keys);
        Assert.Equal((9_162_753L, true, "4uiiurz1/pytorch-nested-unet"), (all["unetpp"].Parameters, all["unetpp"].DeepSupervision, all["unetpp"].HeldAgainst));
        Assert.Equal([2, 3], all["unet"].Axes);
        Assert.Equal([2, 3], all["unet3d"].Axes);
        Assert.False(all["unet"].DeepSupervision);
    }

    [Fact]
    public void Without_starting_weights_the_chance_of_others_stays_as_it_was()
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(7);
        var expected = Tensor.Uniform([4]).ToArray<float>();

        TorchRuntime.Seed(7);
        using (Initialise.Skip())
        {
            using var network = new UNet(new() { Base = 2 });
        }

        Assert.Equal(expected, Tensor.Uniform([4]).ToArray<float>());
        using var conv = new SegSharp.Torch.Layers.Conv(2, 1, 1);
        Assert.NotEqual(0, conv.Weight.Abs().Sum().Item());
    }

    [Fact]
    public void Products_of_matrices_and_linear_layers_count_as_multiply_adds()
    {
        using var scope = new TensorScope();
        using var network = new Products();

        var summary = NetworkSummary.Of(network, [4, 6]);

        // The linear layer: 24 places · 2 · 3; the product [3, 24] · [24, 3]: 3 · 24 · 3; the 1×1 convolution 24 · 3.
        Assert.Equal([144, 216, 72], summary.Layers.Select(l => l.MultiplyAdds).Where(m => m > 0));
        Assert.Equal(432, summary.MultiplyAdds);
    }

    private sealed class Products : Network
    {
        private readonly SegSharp.Torch.Layers.Linear _linear;
        private readonly SegSharp.Torch.Layers.Conv _head;

        public Products()
            : base(new UNetOptions { InChannels = 2 })
        {
            _linear = Child("linear", new SegSharp.Torch.Layers.Linear(2, 3));
            _head = Child("head", new SegSharp.Torch.Layers.Conv(2, 3, 1, kernel: 1));
        }

        public override int Dimensions => 2;

        public override Logits Forward(Tensor image)
        {
            using var scope = new TensorScope();
            var x = _linear.Forward(image.Permute(0, 2, 3, 1)).Permute(0, 3, 1, 2).Contiguous();
            var list = x.Reshape(1, 3, -1);
            return scope.Keep(_head.Forward(x * list.Matmul(list.Permute(0, 2, 1)).Mean().Sigmoid()));
        }
    }
}

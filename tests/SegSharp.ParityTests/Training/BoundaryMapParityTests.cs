using SegSharp.Imaging;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Training;
using Xunit;

namespace SegSharp.ParityTests.Training;

/// <summary>The distances that the boundary loss is given: LIVIAETS/boundary-loss one_hot2dist, exact but for float32.</summary>
[Collection("native")]
public sealed class BoundaryMapParityTests
{
    [Theory]
    [InlineData("kervadec_dist_c3_iso", null)]
    [InlineData("kervadec_dist_c3_aniso", new[] { 0.8, 2.5 })]
    public void Distances_to_the_boundary_are_the_originals(string file, double[]? spacing)
    {
        using var scope = new TensorScope();
        var expected = Read(file);                                               // [2, 3, H, W]
        var labels = Read("label2d_c3");
        var extent = new Extent((int)labels.Size(-1), (int)labels.Size(-2));

        for (var n = 0; n < 2; n++)
        {
            for (var k = 0; k < 3; k++)
            {
                var inside = Array.ConvertAll(labels.Select(0, n).Contiguous().ToArray<float>(), l => l == k);

                var distances = LossMaps.SignedDistances(inside, extent, spacing);

                Assert.Equal(expected.Select(0, n).Select(0, k).Contiguous().ToArray<float>(), distances, (a, b) => Math.Abs(a - b) < 1e-5);
            }
        }
    }

    private static Tensor Read(string name) => Tensor.From(Npy.Read(ParityCases.Require("06-losses", "inputs", $"{name}.npy"))).To(DType.Float32);
}

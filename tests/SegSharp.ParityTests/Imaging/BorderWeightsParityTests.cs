using System.Runtime.InteropServices;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Testing;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>Two public weight maps of the U-Net of 2015, re-typed from their text; tolerance 1e-5 as <c>weightmap.json</c> states.</summary>
public sealed class BorderWeightsParityTests
{
    [Theory]
    [InlineData("weightmap_border_everywhere", 0, 0, true, false)]
    [InlineData("weightmap_border_background_only", 0, 0, false, false)]
    [InlineData("weightmap_total_wc1", 1, 1, false, false)]
    [InlineData("weightmap_total_balanced", 1, 2.5555555555555554, false, false)]
    [InlineData("weightmap_public_a_wc1_5", 1, 5, false, true)]
    [InlineData("weightmap_public_b_wc1_5", 1, 5, true, true)]
    public void The_map_is_that_of_the_public_implementation(string file, double background, double cells, bool within, bool fromMask)
    {
        var labels = Npy.Read(ParityCases.Require("06-losses", "inputs", "weightmap_label.npy"));
        var expected = MemoryMarshal.Cast<byte, float>(Npy.Read(ParityCases.Require("06-losses", file + ".npy")).Bytes.Span).ToArray();
        var extent = new Extent((int)labels.Shape[^1], (int)labels.Shape[^2]);
        var numbers = Array.ConvertAll(MemoryMarshal.Cast<byte, int>(labels.Bytes.Span).ToArray(), v => (ushort)v);
        var options = new BorderWeightsOptions { Background = background, Cells = cells, WithinCells = within };

        var weights = fromMask
            ? BorderWeights.Of(Array.ConvertAll(numbers, n => n > 0), extent, options)
            : BorderWeights.Of(new LabelMap("cells", Geometry.Pixels(extent), numbers), options);

        Assert.Equal(expected.Length, weights.Length);
        for (var i = 0; i < weights.Length; i++)
        {
            Assert.Equal(expected[i], weights[i], 1e-5 + (1e-5 * expected[i]));
        }
    }
}

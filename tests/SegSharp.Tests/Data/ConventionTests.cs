using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class ConventionTests
{
    [Fact]
    public void Caffes_networks_see_blue_first()
    {
        var picture = Volume.Of<byte>("a", Geometry.Pixels(new Extent(2, 1)), 3, [1, 2, 3, 4, 5, 6]);

        var prepared = Prepare(picture, new CaffeVggOptions());

        double[] expected = [5 - 104.00698793, 6 - 104.00698793, 3 - 116.66876762, 4 - 116.66876762, 1 - 122.67891434, 2 - 122.67891434];
        Assert.Equal(expected.Select(v => (float)v), prepared);
    }

    [Fact]
    public void Sixteen_bits_and_floats_come_to_the_range_of_the_convention_first()
    {
        var deep = Volume.Of<ushort>("a", Geometry.Pixels(new Extent(1, 1)), 3, [65535, 0, 0]);
        var real = Volume.Of<float>("a", Geometry.Pixels(new Extent(1, 1)), 3, [1, 0, 0]);
        var plain = Volume.Of<byte>("a", Geometry.Pixels(new Extent(1, 1)), 3, [255, 0, 0]);

        Assert.Equal(Prepare(plain, new SamConventionOptions()), Prepare(deep, new SamConventionOptions()));
        Assert.Equal(Prepare(plain, new SamConventionOptions()), Prepare(real, new SamConventionOptions()));
        Assert.Equal(Prepare(plain, new ImageNetOptions()), Prepare(deep, new ImageNetOptions()));
    }

    private static float[] Prepare(Volume picture, NormaliserOptions options) =>
        Preparation.Prepare(new LoadedCase(new Case("a", ["a.png"], null), picture, null), new() { Intensity = options }).Sample.Image;
}

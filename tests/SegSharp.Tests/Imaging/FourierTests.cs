using System.Numerics;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Signals;
using Xunit;

namespace SegSharp.Tests.Imaging;

public sealed class FourierTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(12)]
    [InlineData(64)]
    [InlineData(97)]
    [InlineData(155)]
    public void Any_length_is_the_sum_of_its_definition(int length)
    {
        var random = new RandomStream(length);
        var line = Enumerable.Range(0, length).Select(_ => new Complex(random.NextNormal(), random.NextNormal())).ToArray();
        var expected = Enumerable.Range(0, length).Select(k => line.Select((x, n) => x * Complex.FromPolarCoordinates(1, -2 * Math.PI * k * n / length)).Aggregate(Complex.Add)).ToArray();

        var transformed = line.ToArray();
        new Fourier(length).Forward(transformed);

        Assert.Equal(0, expected.Zip(transformed).Max(p => (p.First - p.Second).Magnitude), 1e-11 * length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_grid_comes_back_along_each_axis(int axis)
    {
        var extent = new Extent(5, 8, 3);
        var random = new RandomStream(1);
        var given = Enumerable.Range(0, (int)extent.Count).Select(_ => new Complex(random.NextNormal(), 0)).ToArray();

        var values = given.ToArray();
        Fourier.Along(values, extent, axis);
        Assert.NotEqual(given[0], values[0]);
        Fourier.Along(values, extent, axis, inverse: true);

        Assert.Equal(0, given.Zip(values).Max(p => (p.First - p.Second).Magnitude), 1e-12);
    }

    [Fact]
    public void A_disc_comes_back_from_its_projections()
    {
        const int Side = 48;
        var disc = new double[Side * Side];
        for (var i = 0; i < disc.Length; i++)
        {
            var (x, y) = ((i % Side) - 24, (i / Side) - 24);
            disc[i] = (x * x) + (y * y) < 100 ? 1 : 0;
        }

        var degrees = Radon.HalfTurn(90);
        var back = Radon.Inverse(Radon.Forward(disc, Side, Side, degrees), degrees, Side, Side);

        // Inside, and away from the edge that no finite number of angles draws sharp.
        Assert.InRange(back[(24 * Side) + 24], 0.97, 1.03);
        Assert.InRange(back[(24 * Side) + 30], 0.97, 1.03);
        Assert.InRange(back[(24 * Side) + 44], -0.03, 0.03);
    }
}

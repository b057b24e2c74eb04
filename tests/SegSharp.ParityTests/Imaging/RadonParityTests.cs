using SegSharp.Imaging.Signals;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>scikit-image's <c>radon</c>, <c>iradon</c> and the filters of the latter, within 1e-6 as stated.</summary>
public sealed class RadonParityTests
{
    private const string Folder = "26-transforms/radon";

    public static TheoryData<string> Reconstructions => [.. Grid.Names(Folder, "iradon_*.npy")];

    public static TheoryData<string> Responses => [.. Grid.Names(Folder, "fourier_filter_*.npy")];

    [Theory(SkipTestWithoutData = true)]
    [InlineData("sinogram_circle.npy", true)]
    [InlineData("sinogram_nocircle.npy", false)]
    public void A_sinogram_is_scikit_images(string file, bool circle)
    {
        var phantom = Grid.Read(Folder, "phantom.npy");
        var expected = Grid.Read(Folder, file);

        var sinogram = Radon.Forward(phantom.Values, phantom.Extent.Width, phantom.Extent.Height, Grid.Read(Folder, "theta_deg.npy").Values, circle);

        Assert.Equal((expected.Extent.Width, expected.Extent.Height), (sinogram.Angles, sinogram.Detectors));
        Near(expected.Values, sinogram.Values);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Reconstructions))]
    public void A_reconstruction_is_scikit_images(string file)
    {
        var words = file.Split('_');
        var given = Grid.Read(Folder, "sinogram_circle.npy");
        var side = given.Extent.Height;

        // What is called with circle=True is widened to the diagonal first, and is zero outside the circle.
        var sinogram = Radon.Widen(new Sinogram(given.Extent.Width, side, given.Values), Radon.DetectorsFor(side, side));
        var image = Radon.Inverse(sinogram, Grid.Read(Folder, "theta_deg.npy").Values, side, side, FilterOf(words[1]), Enum.Parse<ProjectionReading>(words[2], ignoreCase: true));
        for (var i = 0; i < image.Length; i++)
        {
            var (x, y) = ((i % side) - (side / 2), (i / side) - (side / 2));
            image[i] = (x * x) + (y * y) > side / 2 * (side / 2) ? 0 : image[i];
        }

        Near(Grid.Read(Folder, file + ".npy").Values, image);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Responses))]
    public void A_filter_is_scikit_images(string file)
    {
        var expected = Grid.Read(Folder, file + ".npy").Values;

        var response = Radon.Response(expected.Length, FilterOf(file.Split('_')[2]));

        Near(expected, response);
    }

    private static RampFilter FilterOf(string name) => Enum.Parse<RampFilter>(name.Replace("-", string.Empty), ignoreCase: true);

    private static void Near(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.Equal(0, expected.Zip(actual).Max(p => Math.Abs(p.First - p.Second)), 1e-6);
    }
}

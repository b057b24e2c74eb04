using SegSharp.Imaging;
using Xunit;

namespace SegSharp.EndToEndTests;

public sealed class ViewTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_volume_is_drawn_in_three_planes_with_a_mask_whose_axes_run_otherwise()
    {
        var (image, mask) = Write();
        var picture = Path.Combine(_folder, "view.svg");

        var result = CliRunner.Run("view", image, "--mask", mask, "--labels", "1=tumour", "--out", picture, "--json");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(picture, (string)result.Json["file"]!);
        Assert.Equal("image: axial at z = 4, S 13.0 mm | coronal at y = 5, A 6.0 mm | sagittal at x = 3, R 4.0 mm", (string)result.Json["shows"]!);
        Assert.Contains(">tumour</text>", File.ReadAllText(picture), StringComparison.Ordinal);
    }

    [Fact]
    public void A_slice_and_a_montage_are_drawn_as_png_and_pdf()
    {
        var (image, mask) = Write();
        var (slice, montage) = (Path.Combine(_folder, "slice.png"), Path.Combine(_folder, "montage.pdf"));

        Assert.Equal(0, CliRunner.Run("view", image, "--mask", mask, "--prediction", mask, "--plane", "coronal", "--slice", "2", "--window", "50,100", "--out", slice).ExitCode);
        Assert.Equal(0, CliRunner.Run("view", image, "--montage", "4", "--out", montage).ExitCode);

        Assert.Equal([0x89, .. "PNG"u8], File.ReadAllBytes(slice)[..4]);
        Assert.Equal([.. "%PDF"u8], File.ReadAllBytes(montage)[..4]);
    }

    [Theory]
    [InlineData("--slice", "9", "error: slice 9 does not exist: 'IMAGE' has 8 axial slices, 0 to 7\nfix: --slice 4\n")]
    [InlineData("--window", "liver", "error: the window 'liver' is not known; known: auto, lung, brain, soft_tissue, bone, stroke, or LEVEL,WIDTH such as 50,400\nfix: --window auto\n")]
    [InlineData("--montage", "0", "error: --montage is 0; it must be 1 or more\nfix: --montage 12\n")]
    [InlineData("--at", "1,2", "error: --at is '1,2'; expected three whole numbers\nfix: --at 120,100,77\n")]
    public void A_wrong_request_is_named(string option, string value, string expected)
    {
        var (image, _) = Write();

        var result = CliRunner.Run("view", image, option, value, "--out", Path.Combine(_folder, "view.png"));

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(expected.Replace("IMAGE", image), result.Error);
    }

    private (string Image, string Mask) Write()
    {
        var grid = new Geometry { Extent = new Extent(10, 12, 8), Spacing = new Triple(1, 1, 3), Origin = new Triple(1, 1, 1) };
        var (values, labels) = (new short[960], new ushort[960]);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (short)(i % 97);
        }

        labels[(4 * 120) + (5 * 10) + 3] = 1;
        var (image, mask) = (Path.Combine(_folder, "image.nii.gz"), Path.Combine(_folder, "mask.nii.gz"));
        Volume.Of<short>("image", grid, 1, values).Write(image);
        new LabelMap("mask", grid, labels).Reoriented(Orientation.Parse("LPS")).Write(mask);
        return (image, mask);
    }
}

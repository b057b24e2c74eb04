using SegSharp.Figures.Drawing;
using SegSharp.Figures.Video;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Figures.Video;

public sealed class FilmPageTests
{
    private static readonly (string, Colour)[] Legend = [("background", Colour.Hex(0)), ("cell", Colour.Hex(0x804020))];

    [Theory]
    [InlineData(false, 50)]
    [InlineData(true, 101)]
    public void An_overlay_mixes_frame_and_colour_and_cuts_to_whole_numbers(bool keeps, int background)
    {
        var page = new FilmPage(new Extent(200, 2), new FilmOptions { Layout = FilmLayout.Overlay, KeepsBackground = keeps, Legend = Legend });
        var labels = new ushort[400];
        labels[0] = 1;

        var set = page.Set(Frame(), labels);

        byte[] At(int x, int y) => set[(3 * ((y * page.Width) + x))..][..3];
        Assert.Equal([114, 82, 66], At(8, 8).Select(v => (int)v));                // (101 + 128) / 2, (101 + 64) / 2, (101 + 32) / 2
        Assert.Equal([background, background, background], At(9, 8).Select(v => (int)v));
        Assert.Equal((0, 0), (page.Width % 2, page.Height % 2));
    }

    [Fact]
    public void A_triptych_holds_original_segmentation_and_overlay()
    {
        var page = new FilmPage(new Extent(200, 2), new FilmOptions { Legend = Legend });

        var set = page.Set(Frame(), [.. Enumerable.Repeat((ushort)1, 400)]);

        int[] reds = [.. new[] { 8, 216, 424 }.Select(x => (int)set[3 * ((24 * page.Width) + x)])];
        Assert.Equal([101, 128, 114], reds);
    }

    [Fact]
    public void A_frame_of_another_size_is_refused()
    {
        var page = new FilmPage(new Extent(100, 4), new FilmOptions { Legend = Legend });

        var error = Assert.Throws<InputException>(() => page.Set(Frame(), new ushort[400]));

        Assert.Equal($"frame 'frame' is {new Extent(200, 2)}, but the film is {new Extent(100, 4)}", error.Message);
        Assert.Equal("give frames of one size", error.Fix);
    }

    [Theory]
    [InlineData(0, 0x000000)]
    [InlineData(1, 0x800000)]
    [InlineData(15, 0xc08080)]
    [InlineData(20, 0x004080)]
    [InlineData(255, 0xe0e0c0)]
    public void Colours_of_VOC_are_those_of_its_colour_map(int label, int rgb) => Assert.Equal(Colour.Hex(rgb), Palette.Voc(label));

    private static Volume Frame() => Volume.Of<byte>("frame", Geometry.Pixels(new Extent(200, 2)), 3, [.. Enumerable.Repeat((byte)101, 1200)]);
}

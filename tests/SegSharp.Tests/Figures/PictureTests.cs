using System.Buffers.Binary;
using SegSharp.Figures.Drawing;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class PictureTests
{
    [Fact]
    public void Grey_maps_the_window_to_black_and_white_and_shows_no_number_as_black()
    {
        float[] values = [-5, 0, 50, 100, 999, float.NaN];

        var picture = Picture.Grey<float>(values, 3, 2, black: 0, white: 100);

        Assert.Equal([0, 0, 128, 255, 255, 0], Reds(picture));
    }

    [Fact]
    public void A_single_bright_voxel_does_not_darken_the_rest()
    {
        var values = Enumerable.Range(0, 1000).Select(i => i == 500 ? 1e6 : i % 101).ToArray();

        var picture = Picture.GreyByPercentile<double>(values, 100, 10);

        Assert.Equal(255, picture[100 % 100, 1].R);      // value 100, the 99.5th percentile
        Assert.Equal(0, picture[0, 0].R);
    }

    [Fact]
    public void Errors_have_four_colours_and_a_fifth_for_a_wrong_label()
    {
        byte[] truth = [0, 0, 1, 1, 2, 255];
        byte[] prediction = [0, 1, 0, 1, 1, 0];

        var picture = Picture.Errors<byte>(truth, prediction, 6, 1, ignore: 255);

        Colour[] expected = [Palette.TrueNegative, Palette.FalsePositive, Palette.FalseNegative, Palette.TruePositive, Palette.WrongLabel, Palette.Muted];
        Assert.Equal(expected, Enumerable.Range(0, 6).Select(x => picture[x, 0]));
    }

    [Fact]
    public void A_contour_marks_the_rim_and_leaves_the_inside()
    {
        var grey = Picture.Create(5, 5, _ => Colour.Hex(0x808080));
        var mask = new byte[25];
        foreach (var i in new[] { 6, 7, 8, 11, 12, 13, 16, 17, 18 })
        {
            mask[i] = 1;
        }

        var picture = grey.WithContour<byte>(mask, _ => Colour.Hex(0xff0000));

        Assert.Equal(Colour.Hex(0xff0000), picture[1, 1]);
        Assert.Equal(Colour.Hex(0x808080), picture[2, 2]);
        Assert.Equal(Colour.Hex(0x808080), picture[0, 0]);
    }

    [Fact]
    public void An_overlay_mixes_the_label_with_what_lies_below()
    {
        var grey = Picture.Create(2, 1, _ => Colour.Hex(0x646464));

        var picture = grey.WithOverlay<int>([0, 1], 0.5, _ => Colour.Hex(0xc80000));

        Assert.Equal(Colour.Hex(0x646464), picture[0, 0]);
        Assert.Equal(new Colour(150, 50, 50), picture[1, 0]);
    }

    [Fact]
    public void Enlarging_and_cropping_move_pixels_and_change_none()
    {
        var picture = Picture.Labels<int>([0, 1, 2, 3], 2, 2);

        var back = picture.Enlarge(3).Crop(3, 3, 3, 3);

        Assert.All(Enumerable.Range(0, 9), i => Assert.Equal(Palette.Label(3), back[i % 3, i / 3]));
    }

    [Fact]
    public void Values_that_do_not_fill_the_grid_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Picture.Labels<int>([1, 2, 3], 2, 2));

        Assert.Equal("3 values do not fill 2×2 pixels", error.Message);
    }

    [Fact]
    public void A_PNG_has_the_pictures_size()
    {
        var png = Picture.Labels<int>(new int[7 * 3], 7, 3).ToPng();

        Assert.Equal([0x89, 0x50, 0x4E, 0x47], png[..4]);
        Assert.Equal((7, 3), Size(png));
    }

    internal static (int Width, int Height) Size(byte[] png) =>
        (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)));

    private static IEnumerable<int> Reds(Picture picture) =>
        Enumerable.Range(0, picture.Width * picture.Height).Select(i => (int)picture[i % picture.Width, i / picture.Width].R);
}

using System.Xml.Linq;
using SegSharp.Figures.Drawing;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class CanvasTests
{
    [Fact]
    public void Text_takes_room_and_bold_takes_more()
    {
        var regular = Canvas.Measure("Dice 0.83 µ ± σ ≥ ✓", TextStyle.Body);
        var bold = Canvas.Measure("Dice 0.83 µ ± σ ≥ ✓", TextStyle.Body with { Bold = true });

        Assert.InRange(regular, 90, 160);
        Assert.InRange(bold, regular + 1, 1.3 * regular);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("µ")]
    [InlineData("✓")]
    [InlineData("⁻")]
    public void A_glyph_is_drawn_and_is_not_the_box_of_a_missing_one(string letter)
    {
        var missing = Sketch.Of(40, 40, c => c.Text(5, 30, "\U000F1234", TextStyle.Title with { Size = 28 }));

        var drawn = Sketch.Of(40, 40, c => c.Text(5, 30, letter, TextStyle.Title with { Size = 28 }));

        Assert.True(Dark(drawn) > 10, "nothing was drawn");
        Assert.False(drawn.Pixels.Span.SequenceEqual(missing.Pixels.Span), "the glyph is the box of a missing one");
    }

    [Fact]
    public void Shapes_cover_the_pixels_they_name()
    {
        var picture = Sketch.Of(20, 20, c =>
        {
            c.Rectangle(new Box(2, 3, 5, 4), Colour.Hex(0xff0000));
            c.Polygon([(10, 10), (18, 10), (18, 18), (10, 18)], Colour.Hex(0x0000ff));
        });

        Assert.Equal(Colour.Hex(0xff0000), picture[2, 3]);
        Assert.Equal(Colour.Hex(0xff0000), picture[6, 6]);
        Assert.Equal(Palette.Paper, picture[7, 7]);
        Assert.Equal(Colour.Hex(0x0000ff), picture[14, 14]);
    }

    [Fact]
    public void An_enlarged_picture_keeps_sharp_pixels()
    {
        var chess = Picture.Create(2, 2, i => i is 0 or 3 ? Colour.Hex(0) : Colour.Hex(0xffffff));

        var picture = Sketch.Of(20, 20, c => c.Image(new Box(0, 0, 20, 20), chess));

        Assert.Equal(Colour.Hex(0), picture[9, 9]);
        Assert.Equal(Colour.Hex(0xffffff), picture[10, 9]);
        Assert.Equal(Colour.Hex(0), picture[10, 10]);
    }

    [Fact]
    public void A_reduced_picture_is_averaged()
    {
        var stripes = Picture.Create(100, 100, i => i % 2 == 0 ? Colour.Hex(0) : Colour.Hex(0xffffff));

        var picture = Sketch.Of(10, 10, c => c.Image(new Box(0, 0, 10, 10), stripes));

        Assert.InRange(picture[5, 5].R, 110, 145);
    }

    [Fact]
    public void Svg_keeps_texts_as_texts_and_escapes_them()
    {
        var svg = new Sketch(50, 20, c => c.Text(1, 10, "<b> & \"q\" \u0007 \ud800", TextStyle.Body)).ToSvg();

        var text = XDocument.Parse(svg).Descendants().Single(e => e.Name.LocalName == "text");
        Assert.Equal("<b> & \"q\" \uFFFD \uFFFD", text.Value);
    }

    [Fact]
    public void Each_ending_gets_its_form_and_another_is_refused()
    {
        var folder = Directory.CreateTempSubdirectory("figures").FullName;
        var sketch = new Sketch(30, 20, c => c.Circle(10, 10, 5, Palette.Ink));

        foreach (var ending in new[] { "png", "svg", "pdf" })
        {
            sketch.Write(Path.Combine(folder, "f." + ending));
        }

        var error = Assert.Throws<UsageException>(() => sketch.Write("f.bmp"));

        Assert.Equal((60, 40), PictureTests.Size(File.ReadAllBytes(Path.Combine(folder, "f.png"))));
        Assert.StartsWith("<svg", File.ReadAllText(Path.Combine(folder, "f.svg")), StringComparison.Ordinal);
        Assert.Equal("%PDF"u8, File.ReadAllBytes(Path.Combine(folder, "f.pdf")).AsSpan(0, 4));
        Assert.Equal("a figure cannot be written as '.bmp' ('f.bmp'); known: .png, .svg, .pdf", error.Message);
        Assert.Equal(3, Directory.GetFileSystemEntries(folder).Length);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_picture_inside_a_PDF_outlives_the_call_that_drew_it()
    {
        var random = new RandomStream(1);
        var noise = Enumerable.Range(0, 3 * 64 * 64).Select(_ => (byte)random.Next(256)).ToArray();

        var pdf = new Sketch(64, 64, c => c.Image(new Box(0, 0, 64, 64), Picture.Rgb(noise, 64, 64))).ToPdf();

        Assert.True(pdf.Length > noise.Length, $"the picture is missing: {pdf.Length} bytes");
    }

    [Fact]
    public void A_figure_too_large_for_Cairo_says_so()
    {
        var error = Assert.Throws<SegSharpException>(() => new Sketch(20000, 10, _ => { }).ToPng());

        Assert.Equal("cannot draw 40000×20 pixels: Cairo's limit is 32767 a side", error.Message);
        Assert.Equal("draw fewer rows, or write SVG", error.Fix);
    }

    [Fact]
    public void A_long_text_is_cut_in_its_middle()
    {
        var fitted = Canvas.Fit("patient_0001_left_hippocampus_scan_2", TextStyle.Body, 90);

        Assert.StartsWith("patient", fitted, StringComparison.Ordinal);
        Assert.EndsWith("scan_2", fitted, StringComparison.Ordinal);
        Assert.True(Canvas.Measure(fitted, TextStyle.Body) <= 90);
    }

    private static int Dark(Picture picture) =>
        Enumerable.Range(0, picture.Width * picture.Height).Count(i => picture[i % picture.Width, i / picture.Width].R < 128);
}

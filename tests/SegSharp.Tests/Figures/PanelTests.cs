using System.Xml.Linq;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Panels;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class PanelTests
{
    private static readonly Picture _image = Picture.Create(8, 8, i => new((byte)(4 * i), (byte)(4 * i), (byte)(4 * i)));

    [Fact]
    public void A_panel_shows_image_truth_prediction_and_error_with_titles_and_scores()
    {
        var figure = PanelFigure.Compare([Case("case_1", 1)], ["unet"], "Validation at 8×8");

        var svg = XDocument.Parse(figure.ToSvg());

        Assert.Equal(
            ["Validation at 8×8", "image", "truth", "prediction", "error", "case_1", "worst of 1", "Dice 0.50", "found (TP)", "too much (FP)", "missed (FN)", "background (TN)"],
            PlotTests.Texts(figure));
        Assert.Equal(4, svg.Descendants().Count(e => e.Name.LocalName == "image"));
    }

    [Fact]
    public void A_second_model_adds_its_prediction_and_error()
    {
        var figure = PanelFigure.Compare([Case("a", 2), Case("b", 2)], ["base 16", "base 64"]);

        Assert.Equal(["image", "truth", "base 16", "error of base 16", "base 64", "error of base 64"], PlotTests.Texts(figure)[..6]);
    }

    [Fact]
    public void The_error_column_has_the_error_colours_at_the_right_place()
    {
        // 8×8, truth = the left half, prediction = the upper half.
        var picture = PanelFigure.Compare([Case("a", 1)], ["unet"], cell: 80).ToPicture();

        var x = (int)(16 + 26 + (3 * 88));
        var y = 16 + 20;
        Assert.Equal(Palette.TruePositive, picture[x + 20, y + 20]);
        Assert.Equal(Palette.FalsePositive, picture[x + 60, y + 20]);
        Assert.Equal(Palette.FalseNegative, picture[x + 20, y + 60]);
        Assert.Equal(Palette.TrueNegative, picture[x + 60, y + 60]);
    }

    [Fact]
    public void A_row_with_too_few_pictures_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => new PanelFigure(["image", "truth"], [new("a", null, [new(_image)])]));

        Assert.Equal("row 'a' has 1 pictures for 2 columns", error.Message);
    }

    private static ComparedCase Case(string name, int models)
    {
        var truth = Enumerable.Range(0, 64).Select(i => i % 8 < 4 ? 1 : 0).ToArray();
        var prediction = Enumerable.Range(0, 64).Select(i => i / 8 < 4 ? 1 : 0).ToArray();
        return new(name, "worst of 1", _image, truth, [.. Enumerable.Repeat((prediction, (string?)"Dice 0.50"), models)]);
    }
}

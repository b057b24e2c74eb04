using SegSharp.Figures.Drawing;
using SegSharp.Imaging;
using SegSharp.Prediction;

namespace SegSharp.Figures.Panels;

/// <summary>Where a prediction is unsure, as a panel: the image, the mask over it, the map.</summary>
public static class UncertaintyPictures
{
    /// <summary>Writes <c>NAME-uncertainty.png</c> beside the map.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="name">The image's name.</param>
    /// <param name="image">What was predicted.</param>
    /// <param name="predicted">With its entropy.</param>
    public static void Write(string folder, string name, Volume image, Predicted predicted) =>
        Panel(name, image, predicted).Write(Path.Combine(folder, $"{name}-uncertainty.png"));

    /// <summary>The panel; of a volume the page with the greatest mean of the map.</summary>
    /// <inheritdoc cref="Write"/>
    public static PanelFigure Panel(string name, Volume image, Predicted predicted)
    {
        var entropy = predicted.Entropy!;
        var size = (int)entropy.Extent.PageCount;
        var all = entropy.ToFloats();
        var page = Enumerable.Range(0, entropy.Extent.Depth).MaxBy(z => all.AsSpan(z * size, size).ToArray().Sum());
        var picture = DataSetPictures.Of(image.Page(page));
        List<(string Name, PanelCell Cell)> cells =
        [
            ("image", new(picture)),
            ("prediction", new(picture.WithOverlay<ushort>(predicted.Labels.Page(page).Labels, 0.55))),
            ("entropy", Cell(entropy, page)),
        ];
        if (predicted.MutualInformation is { } mutual)
        {
            cells.Add(("mutual information", Cell(mutual, page)));
        }

        return new PanelFigure(
            [.. cells.Select(c => c.Name)],
            [new PanelRow(name, entropy.Extent.Depth > 1 ? $"page {page + 1} of {entropy.Extent.Depth}" : $"{image.Extent}", [.. cells.Select(c => c.Cell)])],
            legend: [.. new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(h => (h == 0 ? "0 certain" : h == 1 ? "1 a coin tossed" : $"{h:0.##}", Palette.Heat(h)))]);
    }

    private static PanelCell Cell(Volume map, int page)
    {
        var values = map.Page(page).ToFloats();
        return new(
            Picture.Create(map.Extent.Width, map.Extent.Height, i => Palette.Heat(values[i])),
            FormattableString.Invariant($"mean {values.Average():0.000}, greatest {values.Max():0.000}"));
    }
}

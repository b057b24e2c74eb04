using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Panels;

/// <summary>One case of <see cref="PanelFigure.Compare"/>.</summary>
/// <param name="Title">Its name.</param>
/// <param name="Note">A second line: "worst of 5"; null for none.</param>
/// <param name="Image">What was segmented; its grid is that of all label maps here.</param>
/// <param name="Truth">One label a pixel, x fastest, 0 = background.</param>
/// <param name="Predictions">One a model: labels on the same grid, and scores to print ("Dice 0.83  IoU 0.71") or null.</param>
public sealed record ComparedCase(string Title, string? Note, Picture Image, int[] Truth, IReadOnlyList<(int[] Labels, string? Scores)> Predictions)
{
    internal PanelRow ToRow()
    {
        var (w, h) = (Image.Width, Image.Height);
        List<PanelCell> cells = [new(Image), new(Picture.Labels<int>(Truth, w, h))];
        foreach (var (labels, scores) in Predictions)
        {
            cells.Add(new(Picture.Labels<int>(labels, w, h), scores));
            cells.Add(new(Picture.Errors<int>(Truth, labels, w, h)));
        }

        return new(Title, Note, cells);
    }
}

using System.Globalization;
using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Volumes;

/// <summary>One slice of a volume ready to be drawn: grey values, outlines of labels, the sides of the body and the true proportions.</summary>
public sealed class SliceView
{
    /// <summary>Between the ground's edge and the picture, in units of 1/96 inch: room for the letters and the scale.</summary>
    internal const double Margin = 14;

    private static readonly Colour _ground = Colour.Hex(0x000000);
    private static readonly TextStyle _letter = new(9.5, Colour.Hex(0xf4f4f4), true);
    private static readonly TextStyle _small = new(8.5, Colour.Hex(0xd8dade));
    private readonly SideLetters? _letters;
    private readonly IReadOnlyList<(Outline Outline, bool IsPrediction)> _outlines;
    private readonly bool _hasMillimetres;

    private SliceView(SliceView other)
    {
        (Picture, Plane, Index, _outlines, _letters, _hasMillimetres) = (other.Picture, other.Plane, other.Index, other._outlines, other._letters, other._hasMillimetres);
        (Width, Height, Place) = (other.Width, other.Height, other.Place);
    }

    internal SliceView(Picture picture, SliceLayout layout, Plane plane, int index, IReadOnlyList<(Outline Outline, bool IsPrediction)> outlines, bool hasMillimetres)
    {
        (Picture, Plane, Index, _outlines, _letters, _hasMillimetres) = (picture, plane, index, outlines, layout.Letters, hasMillimetres);
        (Width, Height) = (picture.Width * layout.Spacing.Column, picture.Height * layout.Spacing.Row);
        Place = layout.Place(index);
    }

    /// <summary>The voxels, one pixel each; fills of labels are part of it, outlines are not.</summary>
    public Picture Picture { get; private init; }

    /// <summary>Whether it has letters and a scale around it, which need room.</summary>
    internal bool HasFrame => _letters is not null || _hasMillimetres;

    /// <summary>The same slice with another picture of the same size.</summary>
    internal SliceView With(Picture picture) => new(this) { Picture = picture };

    /// <summary>How the body is cut.</summary>
    public Plane Plane { get; }

    /// <summary>The number of the slice along the file's own axis, from 0.</summary>
    public int Index { get; }

    /// <summary>From left to right in mm.</summary>
    public double Width { get; }

    /// <summary>From top to bottom in mm.</summary>
    public double Height { get; }

    /// <summary>Where the slice lies: "z = 77, S 12.5 mm": the voxel's number from 0, then the side and the distance of the slice's centre from the world's origin; empty where there is only one slice of a picture.</summary>
    public string Place { get; }

    /// <summary>Draws the slice into a black tile, in its true proportions, as large as fits.</summary>
    internal void Draw(Canvas canvas, Box tile, bool withScale)
    {
        var scale = Math.Min((tile.Width - (2 * Margin)) / Width, (tile.Height - (2 * Margin)) / Height);
        var (w, h) = (Width * scale, Height * scale);
        var box = new Box(tile.MiddleX - (w / 2), tile.MiddleY - (h / 2), w, h);
        canvas.Rectangle(tile, _ground);
        canvas.Image(box, Picture);
        canvas.BeginClip(box);
        var (sx, sy) = (w / Picture.Width, h / Picture.Height);
        DrawOutlines(canvas, box, sx, sy);
        canvas.EndClip();
        if (_letters is { } sides)
        {
            canvas.Text(box.X - 8, box.MiddleY + 3.5, $"{sides.Left}", _letter, Anchor.Middle);
            canvas.Text(box.Right + 8, box.MiddleY + 3.5, $"{sides.Right}", _letter, Anchor.Middle);
            canvas.Text(box.MiddleX, box.Y - 4, $"{sides.Top}", _letter, Anchor.Middle);
            canvas.Text(box.MiddleX, box.Bottom + 10.5, $"{sides.Bottom}", _letter, Anchor.Middle);
        }

        if (withScale && _hasMillimetres)
        {
            DrawScale(canvas, tile, box, scale);
        }
    }

    private void DrawOutlines(Canvas canvas, Box box, double sx, double sy)
    {
        // Lines lie inside their label, so that both colours are seen where two labels touch; thin ones where voxels are small.
        var width = Math.Clamp(Math.Min(sx, sy) * 0.6, 0.9, 1.5);
        foreach (var (outline, isPrediction) in _outlines.OrderBy(o => o.IsPrediction))
        {
            var points = new (double, double)[outline.Points.Count + 1];
            for (var i = 0; i < points.Length; i++)
            {
                var (x, y, inX, inY) = outline.Points[i % outline.Points.Count];
                points[i] = (box.X + (x * sx) + (inX * width / 2), box.Y + (y * sy) + (inY * width / 2));
            }

            var colour = Palette.Overlay(outline.Label);
            canvas.Polyline(points, isPrediction ? new Stroke(PredictionColour(colour), width, 2.5) : new Stroke(colour, width));
        }
    }

    /// <summary>The dashes of a prediction are lighter than their label's colour, so that they are seen on the truth's line.</summary>
    internal static Colour PredictionColour(Colour label) => label.Mix(Colour.Hex(0xffffff), 0.6);

    private static void DrawScale(Canvas canvas, Box tile, Box box, double scale)
    {
        double[] lengths = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200];

        // Below the letter in the middle, or right of it; left out where nothing fits.
        var isBelow = tile.Bottom - box.Bottom >= 28;
        var right = Math.Max(box.Right, Math.Min(tile.Right - 8, box.MiddleX + 90));
        var most = isBelow ? right - tile.X - 8 : right - box.MiddleX - 12;
        var mm = lengths.LastOrDefault(l => l * scale <= 0.3 * tile.Width && (l * scale) + 4 + Canvas.Measure(Text(l), _small) <= most, 0);
        var (length, y) = (mm * scale, isBelow ? tile.Bottom - 8 : box.Bottom + 5);
        if (length >= 6)
        {
            canvas.Line(right - length, y, right, y, new Stroke(_small.Colour, 1.4));
            canvas.Text(right - length - 4, y + 3, Text(mm), _small, Anchor.End);
        }

        static string Text(double length) => string.Create(CultureInfo.InvariantCulture, $"{length} mm");
    }
}

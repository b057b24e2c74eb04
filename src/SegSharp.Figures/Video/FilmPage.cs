using SegSharp.Figures.Drawing;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Figures.Video;

/// <summary>What a frame of a segmented film shows.</summary>
public enum FilmLayout
{
    /// <summary>Original | segmentation | overlay.</summary>
    Triptych,

    /// <summary>The segmentation laid over the original.</summary>
    Overlay,

    /// <summary>The segmentation alone.</summary>
    Mask,
}

/// <summary>How frames are coloured and set.</summary>
public sealed record FilmOptions
{
    /// <summary>Which panels there are.</summary>
    public FilmLayout Layout { get; init; } = FilmLayout.Triptych;

    /// <summary>How much of the colour the overlay takes: 0 leaves the frame, 1 hides it.</summary>
    public double Alpha { get; init; } = 0.5;

    /// <summary>Whether background keeps its brightness in the overlay. Without it the overlay is mixed with black there, as the colour map has it.</summary>
    public bool KeepsBackground { get; init; }

    /// <summary>The labels of the legend, background first.</summary>
    public required IReadOnlyList<(string Name, Colour Colour)> Legend { get; init; }
}

/// <summary>Sets frames: titles and legend are drawn once, the panels frame by frame.</summary>
public sealed class FilmPage
{
    // A panel narrower than this has no room for its title: small frames are enlarged by a whole number.
    private const int LeastPanel = 160;
    private const int Gap = 8;
    private const int Margin = 8;
    private const int TitleHeight = 24;

    private readonly FilmOptions _options;
    private readonly Extent _frame;
    private readonly int _zoom;
    private readonly byte[] _ground;

    /// <summary>Draws what stands still.</summary>
    /// <param name="frame">The size of every frame.</param>
    /// <param name="options">Panels and colours.</param>
    public FilmPage(Extent frame, FilmOptions options)
    {
        (_frame, _options) = (frame, options);
        _zoom = Math.Max(1, (LeastPanel + frame.Width - 1) / frame.Width);
        var titles = options.Layout == FilmLayout.Triptych ? ["original", "segmentation", "overlay"] : (string[])[];
        var panel = frame.Width * _zoom;
        Panels = [.. Enumerable.Range(0, Math.Max(1, titles.Length)).Select(i => Margin + (i * (panel + Gap)))];
        Top = titles.Length > 0 ? TitleHeight : Margin;
        var width = Panels[^1] + panel + Margin;
        var ornament = new Ornament(width, Top, frame.Height * _zoom, [.. titles.Select((t, i) => (t, Panels[i] + (panel / 2.0)))], options.Legend);
        var picture = ornament.ToPicture();

        // Encoders of video want even sides.
        (Width, Height) = (picture.Width + (picture.Width % 2), picture.Height + (picture.Height % 2));
        _ground = new byte[3 * Width * Height];
        Array.Fill(_ground, (byte)255);
        for (var y = 0; y < picture.Height; y++)
        {
            for (var x = 0; x < picture.Width; x++)
            {
                Put(_ground, x, y, picture[x, y]);
            }
        }
    }

    /// <summary>Pixels in a row; even.</summary>
    public int Width { get; }

    /// <summary>Rows; even.</summary>
    public int Height { get; }

    private int[] Panels { get; }

    private int Top { get; }

    /// <summary>Sets a frame.</summary>
    /// <param name="image">Red, green, blue, uint8.</param>
    /// <param name="labels">Its segmentation: places in the legend.</param>
    /// <returns>3 bytes a pixel, row by row.</returns>
    /// <exception cref="InputException">The frame, or its segmentation, is of another size than the film.</exception>
    public byte[] Set(Volume image, ReadOnlySpan<ushort> labels)
    {
        if (image.Extent != _frame || labels.Length != _frame.Count)
        {
            throw new InputException(
                image.Extent != _frame ? $"frame '{image.Name}' is {image.Extent}, but the film is {_frame}" : $"the segmentation of frame '{image.Name}' has {labels.Length} pixels, but the film is {_frame}",
                "give frames of one size");
        }

        var page = (byte[])_ground.Clone();
        var pixels = image.Voxels<byte>();
        var count = (int)_frame.Count;
        for (var i = 0; i < count; i++)
        {
            var (x, y) = (i % _frame.Width, i / _frame.Width);
            var original = new Colour(pixels[i], pixels[count + i], pixels[(2 * count) + i]);
            var colour = _options.Legend[Math.Min(labels[i], _options.Legend.Count - 1)].Colour;
            var overlay = labels[i] == 0 && _options.KeepsBackground ? original : Over(original, colour);
            switch (_options.Layout)
            {
                case FilmLayout.Triptych:
                    Fill(page, 0, x, y, original);
                    Fill(page, 1, x, y, colour);
                    Fill(page, 2, x, y, overlay);
                    break;
                case FilmLayout.Overlay:
                    Fill(page, 0, x, y, overlay);
                    break;
                default:
                    Fill(page, 0, x, y, colour);
                    break;
            }
        }

        return page;
    }

    // rgb (1 − α) + colour α, cut down to a whole number.
    private Colour Over(Colour a, Colour b)
    {
        byte Mix(byte from, byte to) => (byte)((from * (1 - _options.Alpha)) + (to * _options.Alpha));
        return new(Mix(a.R, b.R), Mix(a.G, b.G), Mix(a.B, b.B));
    }

    private void Fill(byte[] page, int panel, int x, int y, Colour colour)
    {
        for (var dy = 0; dy < _zoom; dy++)
        {
            for (var dx = 0; dx < _zoom; dx++)
            {
                Put(page, Panels[panel] + (x * _zoom) + dx, Top + (y * _zoom) + dy, colour);
            }
        }
    }

    private void Put(byte[] page, int x, int y, Colour colour)
    {
        var at = 3 * ((y * Width) + x);
        (page[at], page[at + 1], page[at + 2]) = (colour.R, colour.G, colour.B);
    }

    // Titles above, the legend below in as many rows as it needs.
    private sealed class Ornament(int width, int top, int panel, IReadOnlyList<(string Text, double X)> titles, IReadOnlyList<(string Name, Colour Colour)> legend) : Figure
    {
        private const double Swatch = 11;
        private const double Line = 18;
        private static readonly TextStyle Style = TextStyle.Body;

        public override string Description => "a frame of a segmented film";

        protected internal override (double Width, double Height) Size() => (width, top + panel + 8 + (Rows().Count() * Line) + 6);

        protected internal override void Draw(Canvas canvas)
        {
            foreach (var (text, x) in titles)
            {
                canvas.Text(x, top - 8, text, TextStyle.Heading, Anchor.Middle);
            }

            var y = top + panel + 8 + Swatch + 2;
            foreach (var row in Rows())
            {
                double x = Margin;
                foreach (var (name, colour) in row)
                {
                    canvas.Rectangle(new Box(x, y - Swatch + 1, Swatch, Swatch), colour, new(Palette.Muted, 0.6));
                    canvas.Text(x + Swatch + 5, y, name, Style);
                    x += Room(name);
                }

                y += Line;
            }
        }

        private static double Room(string name) => Swatch + 5 + Canvas.Measure(name, Style) + 14;

        private IEnumerable<List<(string Name, Colour Colour)>> Rows()
        {
            List<(string, Colour)> row = [];
            double x = Margin;
            foreach (var entry in legend)
            {
                if (row.Count > 0 && x + Room(entry.Name) > width)
                {
                    yield return row;
                    (row, x) = ([], Margin);
                }

                row.Add(entry);
                x += Room(entry.Name);
            }

            if (row.Count > 0)
            {
                yield return row;
            }
        }
    }
}

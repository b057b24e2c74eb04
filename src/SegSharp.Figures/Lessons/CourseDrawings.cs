using SegSharp.Figures.Drawing;

namespace SegSharp.Figures.Lessons;

/// <summary>A figure that is one function.</summary>
/// <param name="width">Units of 1/96 inch.</param>
/// <param name="height">Likewise.</param>
/// <param name="description">For those who cannot see it.</param>
/// <param name="draw">Draws it.</param>
internal sealed class DrawnFigure(double width, double height, string description, Action<Canvas> draw) : Figure
{
    public override string Description => description;

    protected internal override (double Width, double Height) Size() => (width, height);

    protected internal override void Draw(Canvas canvas) => draw(canvas);
}

/// <summary>Drawings of the course that no other figure of the house can do: grids of numbers, circles, boxes of words.</summary>
internal static class CourseDrawings
{
    private static readonly Colour Blue = Palette.Lines[0], Vermilion = Palette.Lines[1], Green = Palette.Lines[2];

    /// <summary>One step of a transposed convolution: the input, the interlaced map with the kernel on it, the output so far.</summary>
    /// <param name="study">What is computed.</param>
    /// <param name="step">The place of the output, row by row, from 0.</param>
    public static Figure Transposed(TransposedStudy study, int step)
    {
        var (input, map, turned, output) = (study.Input, study.Interlaced(), study.Turned(), study.Output());
        var (k, wide) = (turned.GetLength(0), output.GetLength(1));
        var (row, column) = (step / wide, step % wide);
        const double Cell = 25, Top = 62;
        double xMap = 16 + (input.GetLength(1) * Cell) + 46, xOut = xMap + (map.GetLength(1) * Cell) + 46;
        var height = Top + (map.GetLength(0) * Cell) + 62;
        return new DrawnFigure(xOut + (wide * Cell) + 16, height, $"Transposed convolution, place {step + 1} of {output.Length}", canvas =>
        {
            canvas.Text(16, 26, $"Transposed convolution, kernel {k}×{k}, stride {study.Stride}", TextStyle.Title);
            Map(canvas, 16, Top, Cell, input, "input", (_, _) => Palette.Paper, (_, _) => true);
            Map(canvas, xMap, Top, Cell, map, "interlaced, kernel turned", (r, c) => Inside(r, c) ? Blue.Mix(Palette.Paper, turned[r - row, c - column] == 0 ? 0.88 : 0.55) : IsGiven(r, c) ? Palette.Paper : Palette.Grid.Mix(Palette.Paper, 0.45), (r, c) => true);
            for (var i = 0; i < k * k; i++)
            {
                var (r, c) = (row + (i / k), column + (i % k));
                canvas.Text(xMap + (c * Cell) + Cell - 3, Top + (r * Cell) + Cell - 3, $"×{turned[i / k, i % k]}", new TextStyle(7, Blue), Anchor.End);
            }

            canvas.Rectangle(new Box(xMap + (column * Cell), Top + (row * Cell), k * Cell, k * Cell), null, new(Blue, 2));
            Map(canvas, xOut, Top, Cell, output, "output", (r, c) => r == row && c == column ? Vermilion.Mix(Palette.Paper, 0.6) : Palette.Paper, (r, c) => (r * wide) + c <= step);
            canvas.Arrow(16 + (input.GetLength(1) * Cell) + 8, Top + (2.5 * Cell), xMap - 8, Top + (2.5 * Cell), new(Palette.Muted, 1.4));
            canvas.Arrow(xOut - 38, Top + (2.5 * Cell), xOut - 8, Top + (2.5 * Cell), new(Palette.Muted, 1.4));
            var terms = Enumerable.Range(0, k * k).Select(i => (Weight: turned[i / k, i % k], Value: map[row + (i / k), column + (i % k)])).Where(t => t.Weight != 0 && t.Value != 0).ToList();
            canvas.Text(16, height - 34, $"row {row + 1}, column {column + 1}:  {(terms.Count == 0 ? "only zeros" : string.Join(" + ", terms.Select(t => t.Weight == 1 ? $"{t.Value}" : $"{t.Weight}·{t.Value}")))} = {output[row, column]}", TextStyle.Body);
            canvas.Text(16, height - 16, $"{input.GetLength(0)}×{input.GetLength(1)} becomes {output.GetLength(0)}×{output.GetLength(1)}: (H − 1)·s + 2P − (k − 1) + 1 with P = {study.Around} zeros around.  PyTorch counts p = (k − 1) − P = {study.TorchPadding}.  The kernel is turned by 180°.", TextStyle.Small);

            bool Inside(int r, int c) => r >= row && r < row + k && c >= column && c < column + k;
            bool IsGiven(int r, int c) => r >= study.Around && c >= study.Around && (r - study.Around) % study.Stride == 0 && (c - study.Around) % study.Stride == 0;
        });
    }

    /// <summary>Two masks as circles: A red, B green, what they share yellow, with the numbers below; the middle case large.</summary>
    public static Figure Venn(IReadOnlyList<(string Title, int A, int B, int Shared)> cases)
    {
        const double Wide = 226, Radius = 58, Top = 70;
        return new DrawnFigure((cases.Count * Wide) + 32, 300, "Dice as circles: " + string.Join("; ", cases.Select(c => $"{c.Title} {LectureLessons.Dice(c.A, c.B, c.Shared):0.##}")), canvas =>
        {
            canvas.Text(16, 28, "Dice = 2 |A ∩ B| / (|A| + |B|)", TextStyle.Title);
            foreach (var (i, c) in cases.Index())
            {
                var (x, y) = (16 + (i * Wide) + (Wide / 2), Top + Radius + 22);
                var apart = c.Shared == 0 ? (2 * Radius) + 6 : Apart((double)c.Shared / Math.Min(c.A, c.B), Radius);
                var shrink = c.Shared == 0 ? 0.76 : 1;
                var (r, half) = (Radius * shrink, apart * shrink / 2);
                var (red, green, yellow) = (Colour.Hex(0xe5484d), Colour.Hex(0x3faa5a), Colour.Hex(0xf5d547));
                canvas.Text(x, Top, c.Title, TextStyle.Heading, Anchor.Middle);
                canvas.Circle(x - half, y, r, red, new(Palette.Ink, 1));
                canvas.Circle(x + half, y, r, green, new(Palette.Ink, 1));
                if (c.Shared > 0)
                {
                    canvas.Polygon(Lens(x, y, r, half), yellow);
                    canvas.Circle(x - half, y, r, null, new(Palette.Ink, 1));
                    canvas.Circle(x + half, y, r, null, new(Palette.Ink, 1));
                    canvas.Text(x, y + 4, half < 4 ? "A = B" : "A ∩ B", TextStyle.Heading, Anchor.Middle);
                }

                if (half >= 4)
                {
                    var inWhite = TextStyle.Title with { Colour = Palette.Paper };
                    canvas.Text(x - half - (c.Shared == 0 ? 0 : r * 0.45), y + 5, "A", inWhite, Anchor.Middle);
                    canvas.Text(x + half + (c.Shared == 0 ? 0 : r * 0.45), y + 5, "B", inWhite, Anchor.Middle);
                }

                var dice = LectureLessons.Dice(c.A, c.B, c.Shared);
                canvas.Text(x, y + Radius + 30, $"|A| = {c.A}, |B| = {c.B}, |A ∩ B| = {c.Shared}", TextStyle.Body, Anchor.Middle);
                canvas.Text(x, y + Radius + 50, $"2 · {c.Shared} / ({c.A} + {c.B}) = {dice:0.##}", TextStyle.Heading, Anchor.Middle);
                canvas.Text(x, y + Radius + 68, $"Dice loss 1 − {dice:0.##} = {1 - dice:0.##}", TextStyle.Small, Anchor.Middle);
            }
        });
    }

    /// <summary>Columns of boxes with words: what comes in, what rules make of it, what is fixed, what is tried.</summary>
    public static Figure Rules(string title, IReadOnlyList<(string Head, IReadOnlyList<string> Lines)> boxes, string foot)
    {
        const double Wide = 232, Line = 17, Top = 56;
        var high = (boxes.Max(b => b.Lines.Count) * Line) + 48;
        return new DrawnFigure((boxes.Count * (Wide + 26)) + 6, Top + high + 46, title + ": " + string.Join(" → ", boxes.Select(b => b.Head)), canvas =>
        {
            canvas.Text(16, 28, title, TextStyle.Title);
            foreach (var (i, (head, lines)) in boxes.Index())
            {
                var x = 16 + (i * (Wide + 26));
                var colour = Palette.Lines[i % Palette.Lines.Count];
                canvas.Rectangle(new Box(x, Top, Wide, high), colour.Mix(Palette.Paper, 0.9), new(colour, 1.2));
                canvas.Rectangle(new Box(x, Top, Wide, 26), colour.Mix(Palette.Paper, 0.72));
                canvas.Text(x + (Wide / 2), Top + 17, head, TextStyle.Heading, Anchor.Middle);
                foreach (var (n, text) in lines.Index())
                {
                    canvas.Text(x + 10, Top + 46 + (n * Line), Canvas.Fit(text, TextStyle.Small with { Colour = Palette.Ink }, Wide - 16), TextStyle.Small with { Colour = Palette.Ink });
                }

                if (i > 0)
                {
                    canvas.Arrow(x - 23, Top + (high / 2), x - 3, Top + (high / 2), new(Palette.Muted, 1.6));
                }
            }

            canvas.Text(16, Top + high + 26, foot, TextStyle.Small);
        });
    }

    /// <summary>How many kernel elements fall on every place, for several kernels: darker is more.</summary>
    public static Figure Checkerboards(IReadOnlyList<(int Kernel, int Stride)> kinds, int side)
    {
        const double Cell = 19, Top = 74;
        var maps = kinds.Select(k => (k.Kernel, k.Stride, Counts: TransposedStudy.Counts(side, k.Kernel, k.Stride))).ToList();
        var wide = maps.Max(m => m.Counts.Length) * Cell;
        return new DrawnFigure((maps.Count * (wide + 24)) + 8, Top + wide + 40, "Kernel elements on every place of a transposed convolution's output", canvas =>
        {
            canvas.Text(16, 28, "How many kernel elements fall on each place of the output", TextStyle.Title);
            foreach (var (i, (kernel, stride, counts)) in maps.Index())
            {
                var x = 16 + (i * (wide + 24));
                var inner = counts[kernel..^kernel];
                canvas.Text(x, Top - 20, $"kernel {kernel}, stride {stride}", TextStyle.Heading);
                canvas.Text(x, Top - 6, inner.Min() == inner.Max() ? "even inside: no pattern" : $"{inner.Min() * inner.Min()} to {inner.Max() * inner.Max()} inside: a checkerboard", TextStyle.Small);
                for (var n = 0; n < counts.Length * counts.Length; n++)
                {
                    var (r, c) = (n / counts.Length, n % counts.Length);
                    var value = counts[r] * counts[c];
                    canvas.Rectangle(new Box(x + (c * Cell), Top + (r * Cell), Cell, Cell), Blue.Mix(Palette.Paper, 1 - (value / 5.2)), new(Palette.Grid, 0.6));
                    canvas.Text(x + (c * Cell) + (Cell / 2), Top + (r * Cell) + 13, $"{value}", new TextStyle(8.5, value > 3 ? Palette.Paper : Palette.Ink), Anchor.Middle);
                }
            }
        });
    }

    /// <summary>What a pixel sees behind each level, as squares around it.</summary>
    public static Figure Fields(IReadOnlyList<long> fields)
    {
        const double Unit = 7;
        var side = fields[^1] * Unit;
        return new DrawnFigure(side + 250, side + 80, $"Receptive fields: {string.Join(", ", fields)} pixels", canvas =>
        {
            canvas.Text(16, 28, "What one pixel of a map sees of the image", TextStyle.Title);
            var (x, y) = (16 + (side / 2), 52 + (side / 2));
            for (var i = 0; i <= fields[^1]; i++)
            {
                canvas.Line(16 + (i * Unit), 52, 16 + (i * Unit), 52 + side, new(Palette.Grid, 0.6));
                canvas.Line(16, 52 + (i * Unit), 16 + side, 52 + (i * Unit), new(Palette.Grid, 0.6));
            }

            foreach (var (i, field) in fields.Index().Reverse())
            {
                var colour = Palette.Lines[i];
                var half = field * Unit / 2;
                canvas.Rectangle(new Box(x - half, y - half, 2 * half, 2 * half), colour.Mix(Palette.Paper, 0.82), new(colour, 1.8));
                canvas.Rectangle(new Box(side + 40, 60 + (i * 34), 14, 14), colour.Mix(Palette.Paper, 0.82), new(colour, 1.8));
                canvas.Text(side + 62, 71 + (i * 34), $"level {i + 1}: {field} × {field} pixels", TextStyle.Body);
                canvas.Text(side + 62, 84 + (i * 34), i == 0 ? "one kernel of 3×3" : $"pooling + {1 << (i - 1)}, kernel + {2 << i}", TextStyle.Small);
            }
        });
    }

    /// <summary>A row of pixels and what enlargements make of it.</summary>
    public static Figure Rows(string title, IReadOnlyList<(string Name, IReadOnlyList<double> Values, string Note)> rows)
    {
        const double Cell = 62, High = 44, Top = 56, Left = 190;
        var most = rows.Max(r => r.Values.Count);
        return new DrawnFigure(Left + (most * Cell) + 30, Top + (rows.Count * (High + 30)) + 8, title, canvas =>
        {
            canvas.Text(16, 28, title, TextStyle.Title);
            var (low, high) = (rows.Min(r => r.Values.Min()), rows.Max(r => r.Values.Max()));
            foreach (var (i, (name, values, note)) in rows.Index())
            {
                var y = Top + (i * (High + 30));
                var wide = most * Cell / values.Count;
                canvas.Text(16, y + 19, name, TextStyle.Heading);
                canvas.Text(16, y + 34, note, TextStyle.Small);
                foreach (var (n, value) in values.Index())
                {
                    var share = high == low ? 0 : (value - low) / (high - low);
                    canvas.Rectangle(new Box(Left + (n * wide), y, wide, High), Palette.Ink.Mix(Palette.Paper, share), new(Palette.Muted, 0.8));
                    canvas.Text(Left + ((n + 0.5) * wide), y + (High / 2) + 4, $"{value:0.##}", TextStyle.Heading with { Colour = share < 0.5 ? Palette.Paper : Palette.Ink }, Anchor.Middle);
                }
            }
        });
    }

    private static void Map(Canvas canvas, double x, double y, double cell, int[,] map, string title, Func<int, int, Colour> ground, Func<int, int, bool> shown)
    {
        canvas.Text(x, y - 9, $"{title}, {map.GetLength(0)}×{map.GetLength(1)}", TextStyle.Heading);
        for (var r = 0; r < map.GetLength(0); r++)
        {
            for (var c = 0; c < map.GetLength(1); c++)
            {
                canvas.Rectangle(new Box(x + (c * cell), y + (r * cell), cell, cell), ground(r, c), new(Palette.Muted, 0.7));
                if (shown(r, c))
                {
                    canvas.Text(x + (c * cell) + (cell / 2), y + (r * cell) + (cell / 2) + 4, $"{map[r, c]}", TextStyle.Body with { Colour = map[r, c] == 0 ? Palette.Muted : Palette.Ink }, Anchor.Middle);
                }
            }
        }
    }

    // The distance of two circles' middles at which the shared area is that share of a circle, by halving.
    private static double Apart(double share, double radius)
    {
        var (near, far) = (0.0, 2 * radius);
        for (var i = 0; i < 50; i++)
        {
            var d = (near + far) / 2;
            var shared = ((2 * radius * radius * Math.Acos(d / (2 * radius))) - (d / 2 * Math.Sqrt((4 * radius * radius) - (d * d)))) / (Math.PI * radius * radius);
            (near, far) = shared > share ? (d, far) : (near, d);
        }

        return near;
    }

    private static (double X, double Y)[] Lens(double x, double y, double r, double half)
    {
        var reach = Math.Acos(Math.Min(1, half / r));
        return
        [
            .. Enumerable.Range(0, 61).Select(i => (i / 30.0) - 1).Select(t => (x - half + (r * Math.Cos(t * reach)), y + (r * Math.Sin(t * reach)))),
            .. Enumerable.Range(0, 61).Select(i => (i / 30.0) - 1).Select(t => (x + half - (r * Math.Cos(t * reach)), y - (r * Math.Sin(t * reach)))),
        ];
    }
}

namespace SegSharp.Figures.Volumes;

/// <summary>A closed line around one part of a label.</summary>
/// <param name="Label">The label inside.</param>
/// <param name="Points">Middles of pixel edges, in pixels from the upper left, each with the direction to the inside.</param>
internal sealed record Outline(int Label, IReadOnlyList<(double X, double Y, int InX, int InY)> Points)
{
    /// <summary>
    /// The borders of all labels, along the pixels' edges and cut at the corners: exact where a border is straight, off by at most half a pixel's
    /// diagonal where it turns. Parts that touch by a corner have lines of their own.
    /// </summary>
    /// <param name="labels">Labels, row by row from the top; 0 has no outline.</param>
    /// <param name="width">Pixels in a row.</param>
    public static IReadOnlyList<Outline> Of(ReadOnlySpan<ushort> labels, int width)
    {
        var own = labels.ToArray();
        var height = own.Length / width;
        var seen = new bool[4 * own.Length];
        var outlines = new List<Outline>();
        for (var i = 0; i < own.Length; i++)
        {
            for (var side = 0; own[i] != 0 && side < 4; side++)
            {
                if (!seen[(4 * i) + side] && !IsInside(i % width, i / width, (side + 3) % 4, own[i]))
                {
                    outlines.Add(new(own[i], Follow(i % width, i / width, side)));
                }
            }
        }

        return outlines;

        // Sides: 0 = the pixel's upper edge, walked to the right, then on clockwise, the label always at the right hand.
        List<(double, double, int, int)> Follow(int x, int y, int side)
        {
            var (label, points, last) = (own[(y * width) + x], new List<(double, double, int, int)>(), -1);
            while (!seen[(4 * ((y * width) + x)) + side])
            {
                seen[(4 * ((y * width) + x)) + side] = true;
                var (inX, inY) = Step((side + 1) % 4);
                var here = (x + 0.5 - (inX * 0.5), y + 0.5 - (inY * 0.5), inX, inY);
                var (dx, dy) = Step(side);
                var (nx, ny, next) = !IsInside(x, y, side, label) ? (x, y, (side + 1) % 4)
                    : IsInside(x + dx, y + dy, (side + 3) % 4, label) ? (x + dx - inX, y + dy - inY, (side + 3) % 4)
                    : (x + dx, y + dy, side);
                if (last != side || next != side)
                {
                    points.Add(here);
                }

                (x, y, last, side) = (nx, ny, side, next);
            }

            return points;
        }

        bool IsInside(int x, int y, int direction, int label)
        {
            var (dx, dy) = Step(direction);
            return (uint)(x + dx) < (uint)width && (uint)(y + dy) < (uint)height && own[((y + dy) * width) + x + dx] == label;
        }

        static (int X, int Y) Step(int direction) => direction switch { 0 => (1, 0), 1 => (0, 1), 2 => (-1, 0), _ => (0, -1) };
    }
}

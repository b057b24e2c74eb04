using SegSharp.Foundation;

namespace SegSharp.Data.Phantoms;

/// <summary>Where a point lies: in which cell, and how far from the next one.</summary>
internal readonly record struct Place(TissueCell Cell, float Edge);

/// <summary>A cell: one point of the plane, or several that were joined.</summary>
internal sealed class TissueCell
{
    /// <summary>Mean grey value of the cytoplasm.</summary>
    public required float Brightness { get; init; }

    /// <summary>How much the cytoplasm's grains stand out.</summary>
    public required float Roughness { get; init; }

    /// <summary>What lies inside.</summary>
    public List<Organelle> Organelles { get; } = [];
}

/// <summary>The cells of a picture: Voronoi regions of jittered points, some of them joined to larger or longer cells.</summary>
internal sealed class Tissue
{
    private const int Margin = 3;               // columns and rows of points beyond the picture's border
    private readonly int _columns, _rows;
    private readonly float _spacing;
    private readonly float[] _x, _y;
    private readonly int[] _owner;
    private readonly TissueCell[] _cells;

    public Tissue(RandomStream random, int width, int height, float spacing)
    {
        _spacing = spacing;
        _columns = (int)(width / spacing) + (2 * Margin) + 1;
        _rows = (int)(height / spacing) + (2 * Margin) + 1;
        var count = _columns * _rows;
        (_x, _y, _owner) = (new float[count], new float[count], new int[count]);
        for (var i = 0; i < count; i++)
        {
            _x[i] = ((i % _columns) - Margin + 0.5f + (float)random.Between(-0.48, 0.48)) * spacing;
            _y[i] = ((i / _columns) - Margin + 0.5f + (float)random.Between(-0.48, 0.48)) * spacing;
            _owner[i] = i;
        }

        Join(random, count);
        _cells = new TissueCell[count];
        for (var i = 0; i < count; i++)
        {
            _cells[i] = new TissueCell
            {
                Brightness = 153 + (10 * (float)random.NextNormal()),
                Roughness = (float)random.Between(7, 13),
            };
        }

        for (var i = 0; i < count; i++)
        {
            Fill(random, _cells[_owner[i]], _x[i], _y[i]);
        }
    }

    /// <summary>The cell at a place and the distance to its border, pixels.</summary>
    public Place Locate(float x, float y)
    {
        var column = Math.Clamp((int)MathF.Floor(x / _spacing) + Margin, 2, _columns - 3);
        var row = Math.Clamp((int)MathF.Floor(y / _spacing) + Margin, 2, _rows - 3);
        var (nearest, least) = (0, float.MaxValue);
        Span<float> distances = stackalloc float[25];
        for (var k = 0; k < 25; k++)
        {
            var i = ((row + (k / 5) - 2) * _columns) + column + (k % 5) - 2;
            var (dx, dy) = (x - _x[i], y - _y[i]);
            var d = (dx * dx) + (dy * dy);
            distances[k] = d;
            if (d < least)
            {
                (nearest, least) = (i, d);
            }
        }

        // Distance to the line half way between the nearest point and each point of another cell.
        var edge = float.MaxValue;
        for (var k = 0; k < 25; k++)
        {
            var i = ((row + (k / 5) - 2) * _columns) + column + (k % 5) - 2;
            if (_owner[i] == _owner[nearest])
            {
                continue;
            }

            var (dx, dy) = (_x[i] - _x[nearest], _y[i] - _y[nearest]);
            edge = MathF.Min(edge, (distances[k] - least) / (2 * MathF.Sqrt((dx * dx) + (dy * dy))));
        }

        return new Place(_cells[_owner[nearest]], edge);
    }

    // Joins some points with the one to the right or below: processes cut lengthwise, large cell bodies.
    private void Join(RandomStream random, int count)
    {
        for (var i = 0; i < count; i++)
        {
            var right = random.Chance(0.24);
            var below = random.Chance(0.12);
            if (right && (i % _columns) + 1 < _columns)
            {
                Unite(i, i + 1);
            }

            if (below && i + _columns < count)
            {
                Unite(i, i + _columns);
            }
        }
    }

    private void Unite(int a, int b)
    {
        var (from, to) = (_owner[b], _owner[a]);
        for (var i = 0; i < _owner.Length; i++)
        {
            if (_owner[i] == from)
            {
                _owner[i] = to;
            }
        }
    }

    private void Fill(RandomStream random, TissueCell cell, float x, float y)
    {
        if (random.Chance(0.22))
        {
            cell.Organelles.Add(new Mitochondrion(
                x + (float)random.Between(-3, 3),
                y + (float)random.Between(-3, 3),
                (float)random.Between(6, 11),
                (float)random.Between(4, 7.5),
                (float)random.Between(0, Math.PI),
                (float)random.Between(0.9, 1.5)));
        }

        for (var i = random.Next(5); i > 0; i--)
        {
            cell.Organelles.Add(new Vesicle(
                x + (float)(0.3 * _spacing * random.NextNormal()),
                y + (float)(0.3 * _spacing * random.NextNormal()),
                (float)random.Between(1, 3.2),
                (float)random.Between(15, 55)));
        }

        if (random.Chance(0.3))
        {
            cell.Organelles.Add(new Fold(
                x + (float)random.Between(-5, 5),
                y + (float)random.Between(-5, 5),
                (float)random.Between(8, 16),
                (float)random.Between(0, 2 * Math.PI),
                (float)random.Between(0.5, 1.4),
                (float)random.Between(28, 62)));
        }
    }
}

namespace SegSharp.Features;

/// <summary>A square divided into quarters until every point has its own: what is far away counts as one heavy point.</summary>
/// <remarks>Source: Barnes and Hut 1986. One instance for many iterations: <see cref="Build"/> begins anew without new memory.</remarks>
internal sealed class QuadTree
{
    private const int MostDepth = 48;
    private double[] _x = [], _y = [], _middleX = [], _middleY = [], _half = [];
    private int[] _first = [], _count = [];
    private int _nodes;

    /// <summary>Sorts points into the tree.</summary>
    /// <param name="places">x and y of every point in turn.</param>
    public void Build(ReadOnlySpan<double> places)
    {
        var (lowX, highX, lowY, highY) = (places[0], places[0], places[1], places[1]);
        for (var i = 0; i < places.Length; i += 2)
        {
            (lowX, highX) = (Math.Min(lowX, places[i]), Math.Max(highX, places[i]));
            (lowY, highY) = (Math.Min(lowY, places[i + 1]), Math.Max(highY, places[i + 1]));
        }

        _nodes = 0;
        var half = Math.Max(Math.Max(highX - lowX, highY - lowY) / 2, 1e-12) * (1 + 1e-6);
        Open((lowX + highX) / 2, (lowY + highY) / 2, half);
        for (var i = 0; i < places.Length; i += 2)
        {
            Insert(places[i], places[i + 1]);
        }
    }

    /// <summary>The push of all points on the one at a place, which is one of them.</summary>
    /// <param name="x">Where it lies.</param>
    /// <param name="y">Where it lies.</param>
    /// <param name="squaredAngle">A square as wide as this much of its distance, both squared, counts as one point; 0 = none does.</param>
    /// <returns>Σ q² times the way, and Σ q, with q = 1 / (1 + distance²).</returns>
    public (double X, double Y, double Sum) Push(double x, double y, double squaredAngle)
    {
        Span<int> open = stackalloc int[4 * (MostDepth + 2)];
        var (depth, pushX, pushY, sum) = (1, 0.0, 0.0, 0.0);
        open[0] = 0;
        while (depth > 0)
        {
            var node = open[--depth];
            if (_count[node] == 0)
            {
                continue;
            }

            var (dx, dy) = (x - _x[node], y - _y[node]);
            var squared = (dx * dx) + (dy * dy);
            var isLeaf = _first[node] == 0;
            if (!isLeaf && 4 * _half[node] * _half[node] >= squaredAngle * squared)
            {
                for (var quarter = 0; quarter < 4; quarter++)
                {
                    open[depth++] = _first[node] + quarter;
                }

                continue;
            }

            var others = isLeaf && dx == 0 && dy == 0 ? _count[node] - 1 : _count[node];
            var q = 1 / (1 + squared);
            sum += others * q;
            pushX += others * q * q * dx;
            pushY += others * q * q * dy;
        }

        return (pushX, pushY, sum);
    }

    private int Open(double middleX, double middleY, double half)
    {
        if (_nodes == _count.Length)
        {
            var size = Math.Max(64, 2 * _nodes);
            Array.Resize(ref _x, size);
            Array.Resize(ref _y, size);
            Array.Resize(ref _middleX, size);
            Array.Resize(ref _middleY, size);
            Array.Resize(ref _half, size);
            Array.Resize(ref _first, size);
            Array.Resize(ref _count, size);
        }

        var node = _nodes++;
        (_x[node], _y[node], _middleX[node], _middleY[node], _half[node], _first[node], _count[node]) = (0, 0, middleX, middleY, half, 0, 0);
        return node;
    }

    private void Insert(double x, double y)
    {
        var node = 0;
        for (var depth = 0; ; depth++)
        {
            var count = _count[node];
            if (count == 0)
            {
                (_x[node], _y[node], _count[node]) = (x, y, 1);
                return;
            }

            if (_first[node] == 0)
            {
                if ((x == _x[node] && y == _y[node]) || depth >= MostDepth)
                {
                    Weigh(node, x, y);
                    return;
                }

                Divide(node);
            }

            Weigh(node, x, y);
            node = _first[node] + Quarter(node, x, y);
        }
    }

    // A leaf's point (or points, in one place) moves into its quarter.
    private void Divide(int node)
    {
        var half = _half[node] / 2;
        var first = Open(_middleX[node] - half, _middleY[node] - half, half);
        Open(_middleX[node] + half, _middleY[node] - half, half);
        Open(_middleX[node] - half, _middleY[node] + half, half);
        Open(_middleX[node] + half, _middleY[node] + half, half);
        _first[node] = first;
        var quarter = first + Quarter(node, _x[node], _y[node]);
        (_x[quarter], _y[quarter], _count[quarter]) = (_x[node], _y[node], _count[node]);
    }

    private int Quarter(int node, double x, double y) => (x > _middleX[node] ? 1 : 0) + (y > _middleY[node] ? 2 : 0);

    private void Weigh(int node, double x, double y)
    {
        var count = _count[node];
        if (x != _x[node] || y != _y[node])                                     // equal points keep their place to the bit
        {
            _x[node] = ((_x[node] * count) + x) / (count + 1);
            _y[node] = ((_y[node] * count) + y) / (count + 1);
        }

        _count[node] = count + 1;
    }
}

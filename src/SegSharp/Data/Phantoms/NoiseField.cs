using SegSharp.Foundation;

namespace SegSharp.Data.Phantoms;

/// <summary>A field that changes slowly through space: random values on a coarse grid, smooth in between; mean 0, standard deviation about 1.</summary>
internal sealed class NoiseField
{
    private const float Gain = 1.9f;            // interpolation between nodes lowers the spread to about 0.53
    private readonly float[] _nodes;
    private readonly int _columns, _rows, _pages;
    private readonly float _perMillimetre;

    /// <summary>A field over a box around the origin.</summary>
    /// <param name="random">Draws the nodes.</param>
    /// <param name="half">Half the box's side along every axis, mm.</param>
    /// <param name="spacing">Distance of the nodes, mm: the size of its hills.</param>
    public NoiseField(RandomStream random, (float X, float Y, float Z) half, float spacing)
    {
        _perMillimetre = 1 / spacing;
        int Nodes(float h) => (2 * (int)MathF.Ceiling(h / spacing)) + 3;
        (_columns, _rows, _pages) = (Nodes(half.X), Nodes(half.Y), Nodes(half.Z));
        _nodes = new float[_columns * _rows * _pages];
        for (var i = 0; i < _nodes.Length; i++)
        {
            _nodes[i] = Gain * (float)random.NextNormal();
        }
    }

    /// <summary>The value at a place, in millimetres from the middle of the box; beyond the box that of its border.</summary>
    public float At(float x, float y, float z)
    {
        var (i, u) = Node(x, _columns);
        var (j, v) = Node(y, _rows);
        var (k, w) = Node(z, _pages);
        var at = (((k * _rows) + j) * _columns) + i;
        var page = _columns * _rows;
        var near = Mix(Mix(_nodes[at], _nodes[at + 1], u), Mix(_nodes[at + _columns], _nodes[at + _columns + 1], u), v);
        at += page;
        var far = Mix(Mix(_nodes[at], _nodes[at + 1], u), Mix(_nodes[at + _columns], _nodes[at + _columns + 1], u), v);
        return Mix(near, far, w);
    }

    private static float Mix(float a, float b, float t) => a + (t * (b - a));

    private (int Node, float Along) Node(float millimetres, int count)
    {
        var g = Math.Clamp((millimetres * _perMillimetre) + ((count - 1) / 2), 0, count - 1.001f);
        var node = (int)g;
        var t = g - node;
        return (node, t * t * (3 - (2 * t)));
    }
}

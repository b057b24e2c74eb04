using SegSharp.Foundation;

namespace SegSharp.Data.Phantoms;

/// <summary>A field that changes slowly over a picture: random values on a coarse grid, cubic B-splines in between.</summary>
internal sealed class SmoothField
{
    private readonly float[] _values;
    private readonly int _width;

    /// <summary>A field of about standard deviation 1 and mean 0.</summary>
    /// <param name="random">Draws the nodes.</param>
    /// <param name="width">Columns of the picture.</param>
    /// <param name="height">Rows of the picture.</param>
    /// <param name="spacing">Distance of the nodes, pixels: the size of its hills.</param>
    public SmoothField(RandomStream random, int width, int height, double spacing)
    {
        _width = width;
        _values = new float[width * height];
        var columns = (int)(width / spacing) + 4;
        var rows = (int)(height / spacing) + 4;
        var nodes = new float[columns * rows];
        for (var i = 0; i < nodes.Length; i++)
        {
            nodes[i] = (float)random.NextNormal();
        }

        var line = new float[columns];
        Span<float> w = stackalloc float[4];
        for (var y = 0; y < height; y++)
        {
            var gy = y / (float)spacing;
            var row = (int)gy;
            Weights(gy - row, w);
            for (var c = 0; c < columns; c++)
            {
                line[c] = (w[0] * nodes[(row * columns) + c]) + (w[1] * nodes[((row + 1) * columns) + c])
                    + (w[2] * nodes[((row + 2) * columns) + c]) + (w[3] * nodes[((row + 3) * columns) + c]);
            }

            for (var x = 0; x < width; x++)
            {
                var gx = x / (float)spacing;
                var column = (int)gx;
                Weights(gx - column, w);

                // B-splines smooth the nodes to a standard deviation of about 0.46; 2.2 brings it back to 1.
                _values[(y * width) + x] = 2.2f * ((w[0] * line[column]) + (w[1] * line[column + 1]) + (w[2] * line[column + 2]) + (w[3] * line[column + 3]));
            }
        }
    }

    /// <summary>The value at a pixel.</summary>
    public float this[int x, int y] => _values[(y * _width) + x];

    private static void Weights(float t, Span<float> w)
    {
        var (s, t2, t3) = (1 - t, t * t, t * t * t);
        w[0] = s * s * s / 6;
        w[1] = ((3 * t3) - (6 * t2) + 4) / 6;
        w[2] = ((-3 * t3) + (3 * t2) + (3 * t) + 1) / 6;
        w[3] = t3 / 6;
    }
}

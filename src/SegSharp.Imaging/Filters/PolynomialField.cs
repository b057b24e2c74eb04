namespace SegSharp.Imaging.Filters;

/// <summary>Smooth fields over a grid: polynomials of the place, each axis running from −1 to 1.</summary>
public static class PolynomialField
{
    /// <summary>The powers of x, y and z in every term, up to a total order: order 3 has 20 terms.</summary>
    public static IReadOnlyList<(int X, int Y, int Z)> Terms(int order) =>
    [
        .. from x in Enumerable.Range(0, order + 1)
           from y in Enumerable.Range(0, order + 1 - x)
           from z in Enumerable.Range(0, order + 1 - x - y)
           select (x, y, z),
    ];

    /// <summary>The polynomial at every voxel.</summary>
    /// <param name="extent">Voxels per axis; an axis of one voxel lies at 0.</param>
    /// <param name="order">Of the polynomial.</param>
    /// <param name="coefficients">Of <see cref="Terms"/>.</param>
    public static double[] Evaluate(Extent extent, int order, IReadOnlyList<double> coefficients)
    {
        var terms = Terms(order);
        ArgumentOutOfRangeException.ThrowIfNotEqual(coefficients.Count, terms.Count, nameof(coefficients));
        var (px, py, pz) = (Powers(extent.Width, order), Powers(extent.Height, order), Powers(extent.Depth, order));
        var field = new double[extent.Count];
        var along = new double[order + 1];
        for (var line = 0; line < extent.Height * extent.Depth; line++)
        {
            // One polynomial of x for the whole row.
            Array.Clear(along);
            for (var t = 0; t < terms.Count; t++)
            {
                along[terms[t].X] += coefficients[t] * py[line % extent.Height][terms[t].Y] * pz[line / extent.Height][terms[t].Z];
            }

            for (var x = 0; x < extent.Width; x++)
            {
                var sum = 0.0;
                for (var p = 0; p <= order; p++)
                {
                    sum += along[p] * px[x][p];
                }

                field[(line * extent.Width) + x] = sum;
            }
        }

        return field;
    }

    /// <summary>The powers 0 … order of every place of an axis.</summary>
    internal static double[][] Powers(int size, int order) =>
        [.. Enumerable.Range(0, size).Select(i => Enumerable.Range(0, order + 1).Select(p => Math.Pow(size == 1 ? 0 : (2.0 * i / (size - 1)) - 1, p)).ToArray())];
}

using SegSharp.Torch;

namespace SegSharp.Features;

/// <summary>Points in a space of any number of axes, one after the other.</summary>
/// <param name="Count">How many.</param>
/// <param name="Axes">Numbers of a point.</param>
/// <param name="Values">Count × Axes, point by point.</param>
public sealed record Points(int Count, int Axes, double[] Values)
{
    /// <summary>The numbers of a point.</summary>
    /// <param name="i">From 0.</param>
    public ReadOnlySpan<double> this[int i] => Values.AsSpan(i * Axes, Axes);

    /// <summary>The rows of a table.</summary>
    /// <param name="table">[points, axes], of any real type.</param>
    /// <exception cref="InputException">Not two axes, or a number that is none.</exception>
    public static Points From(TensorData table)
    {
        if (table.Shape.Length != 2)
        {
            throw new InputException($"the table is [{string.Join(", ", table.Shape)}]; expected [points, axes]", "flatten everything behind the first axis");
        }

        using var scope = new TensorScope();
        var values = Tensor.From(table).To(DType.Float64).ToArray<double>();
        var wrong = Array.FindIndex(values, v => !double.IsFinite(v));
        return wrong < 0
            ? new Points((int)table.Shape[0], (int)table.Shape[1], values)
            : throw new InputException($"row {wrong / table.Shape[1]} of the table holds {values[wrong]}", "leave that image out, or use weights that are finite");
    }

    /// <summary>As an array to write: float32 [points, axes].</summary>
    public TensorData ToData()
    {
        using var scope = new TensorScope();
        return Tensor.From<double>(Values.AsSpan(), Count, Axes).To(DType.Float32).ToData();
    }

    /// <summary>The square of the distance between two points.</summary>
    internal double Squared(int i, int j)
    {
        var a = this[i];
        var b = this[j];
        var sum = 0.0;
        for (var k = 0; k < a.Length; k++)
        {
            sum += (a[k] - b[k]) * (a[k] - b[k]);
        }

        return sum;
    }
}

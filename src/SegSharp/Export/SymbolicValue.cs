using SegSharp.Torch;

namespace SegSharp.Export;

/// <summary>A tensor of a computation whose sizes may follow from the image's.</summary>
internal sealed class SymbolicValue
{
    public required TraceValueKind Kind { get; init; }

    /// <summary>The name of an input, a parameter or a buffer; empty for others.</summary>
    public string Name { get; init; } = "";

    public required DType DType { get; init; }

    /// <summary>Its shape in every recording.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> Shapes { get; init; }

    /// <summary>The content of a constant.</summary>
    public TensorData? Data { get; init; }

    public int Rank => Shapes[0].Count;

    /// <summary>The size of an axis that is the same in every recording; null where it is not.</summary>
    public long? FixedSide(int axis) => Shapes.All(s => s[axis] == Shapes[0][axis]) ? Shapes[0][axis] : null;
}

/// <summary>One operator. Arguments are <see cref="SymbolicValue"/>s, lists of them, <see cref="Size"/>s and lists of them where they depend on the image, else plain numbers and lists.</summary>
internal sealed record SymbolicNode(string Name, string Overload, IReadOnlyList<object?> Arguments, IReadOnlyList<SymbolicValue> Results)
{
    public IEnumerable<SymbolicValue> Reads => Arguments.SelectMany(a => a switch
    {
        SymbolicValue v => [v],
        SymbolicValue?[] many => many.OfType<SymbolicValue>(),
        Size size => Sides(size),
        Size[] sizes => sizes.SelectMany(Sides),
        _ => Enumerable.Empty<SymbolicValue>(),
    });

    private static IEnumerable<SymbolicValue> Sides(Size size) => size switch
    {
        Size.Side side => [side.Of],
        Size.Affine affine => Sides(affine.Of),
        Size.Missing missing => Sides(missing.Of),
        Size.Less less => Sides(less.From).Concat(Sides(less.Subtract)),
        Size.Product product => Sides(product.First).Concat(Sides(product.Second)),
        _ => [],
    };
}

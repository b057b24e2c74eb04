namespace SegSharp.Export;

/// <summary>A whole number in a graph that may follow from the sides of the image.</summary>
internal abstract record Size
{
    /// <summary>Its value, given the shape of every tensor.</summary>
    public abstract long At(Func<SymbolicValue, IReadOnlyList<long>> shape);

    /// <summary>Always the same.</summary>
    public sealed record Fixed(long Value) : Size
    {
        public override long At(Func<SymbolicValue, IReadOnlyList<long>> shape) => Value;
    }

    /// <summary>One side of a tensor.</summary>
    public sealed record Side(SymbolicValue Of, int Axis) : Size
    {
        public override long At(Func<SymbolicValue, IReadOnlyList<long>> shape) => shape(Of)[Axis];
    }

    /// <summary>(factor · of + offset) / divisor, cut towards zero.</summary>
    public sealed record Affine(Size Of, long Factor, long Offset, long Divisor = 1) : Size
    {
        public override long At(Func<SymbolicValue, IReadOnlyList<long>> shape) => ((Factor * Of.At(shape)) + Offset) / Divisor;
    }

    /// <summary>What lacks to the next multiple.</summary>
    public sealed record Missing(Size Of, long Multiple) : Size
    {
        public override long At(Func<SymbolicValue, IReadOnlyList<long>> shape) => (Multiple - (Of.At(shape) % Multiple)) % Multiple;
    }

    /// <summary>A difference.</summary>
    public sealed record Less(Size From, Size Subtract) : Size
    {
        public override long At(Func<SymbolicValue, IReadOnlyList<long>> shape) => From.At(shape) - Subtract.At(shape);
    }

    /// <summary>A product.</summary>
    public sealed record Product(Size First, Size Second) : Size
    {
        public override long At(Func<SymbolicValue, IReadOnlyList<long>> shape) => First.At(shape) * Second.At(shape);
    }
}

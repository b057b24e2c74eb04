namespace SegSharp.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly Operator AddTensor = new("aten::add", "Tensor", 3), AddScalar = new("aten::add", "Scalar", 3);
    private static readonly Operator SubTensor = new("aten::sub", "Tensor", 3), SubScalar = new("aten::sub", "Scalar", 3), RsubScalar = new("aten::rsub", "Scalar", 3);
    private static readonly Operator MulTensor = new("aten::mul", "Tensor", 2), MulScalar = new("aten::mul", "Scalar", 2);
    private static readonly Operator DivTensor = new("aten::div", "Tensor", 2), DivScalar = new("aten::div", "Scalar", 2);
    private static readonly Operator NegOp = new("aten::neg", arguments: 1), PowOp = new("aten::pow", "Tensor_Scalar", 2);
    private static readonly Operator ExpOp = new("aten::exp", arguments: 1), LogOp = new("aten::log", arguments: 1), SqrtOp = new("aten::sqrt", arguments: 1);
    private static readonly Operator AbsOp = new("aten::abs", arguments: 1), ClampOp = new("aten::clamp", arguments: 3);
    private static readonly Operator GreaterOp = new("aten::gt", "Scalar", 2), EqualScalar = new("aten::eq", "Scalar", 2), NotEqualScalar = new("aten::ne", "Scalar", 2);
    private static readonly Operator EqualTensor = new("aten::eq", "Tensor", 2), WhereOp = new("aten::where", "self", 3);
    private static readonly Operator AddInPlaceOp = new("aten::add_", "Tensor", 3), AddScalarInPlaceOp = new("aten::add_", "Scalar", 3);
    private static readonly Operator MulScalarInPlaceOp = new("aten::mul_", "Scalar", 2), CopyInPlaceOp = new("aten::copy_", arguments: 3);
    private static readonly Operator MatmulOp = new("aten::matmul", arguments: 2);

    /// <summary>Element by element, shapes broadcast.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => AddTensor.Call(a, b);

    /// <summary>Adds a number to every element.</summary>
    public static Tensor operator +(Tensor a, double b) => AddScalar.Call(a, b);

    /// <summary>Adds a number to every element.</summary>
    public static Tensor operator +(double a, Tensor b) => AddScalar.Call(b, a);

    /// <summary>Element by element, shapes broadcast.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => SubTensor.Call(a, b);

    /// <summary>Subtracts a number from every element.</summary>
    public static Tensor operator -(Tensor a, double b) => SubScalar.Call(a, b);

    /// <summary>A number minus every element.</summary>
    public static Tensor operator -(double a, Tensor b) => RsubScalar.Call(b, a);

    /// <summary>Changes every sign.</summary>
    public static Tensor operator -(Tensor a) => NegOp.Call(a);

    /// <summary>Element by element, shapes broadcast.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => MulTensor.Call(a, b);

    /// <summary>Multiplies every element.</summary>
    public static Tensor operator *(Tensor a, double b) => MulScalar.Call(a, b);

    /// <summary>Multiplies every element.</summary>
    public static Tensor operator *(double a, Tensor b) => MulScalar.Call(b, a);

    /// <summary>Element by element, shapes broadcast.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => DivTensor.Call(a, b);

    /// <summary>Divides every element.</summary>
    public static Tensor operator /(Tensor a, double b) => DivScalar.Call(a, b);

    /// <summary>Every element to that power.</summary>
    public Tensor Pow(double exponent) => PowOp.Call(this, exponent);

    /// <summary>e to the power of every element.</summary>
    public Tensor Exp() => ExpOp.Call(this);

    /// <summary>The natural logarithm of every element.</summary>
    public Tensor Log() => LogOp.Call(this);

    /// <summary>The square root of every element.</summary>
    public Tensor Sqrt() => SqrtOp.Call(this);

    /// <summary>The magnitude of every element.</summary>
    public Tensor Abs() => AbsOp.Call(this);

    /// <summary>Every element moved into [low, high]; a null bound is no bound.</summary>
    public Tensor Clamp(double? low, double? high) => ClampOp.Call(this, low, high);

    /// <summary>True where an element is greater.</summary>
    public Tensor GreaterThan(double value) => GreaterOp.Call(this, value);

    /// <summary>True where an element equals the value.</summary>
    public Tensor EqualTo(double value) => EqualScalar.Call(this, value);

    /// <summary>True where an element differs from the value.</summary>
    public Tensor DifferentFrom(double value) => NotEqualScalar.Call(this, value);

    /// <summary>True where the elements are equal; shapes broadcast.</summary>
    public Tensor EqualTo(Tensor other) => EqualTensor.Call(this, other);

    /// <summary>Elements of <paramref name="yes"/> where this is true, else of <paramref name="no"/>.</summary>
    public Tensor Where(Tensor yes, Tensor no) => WhereOp.Call(this, yes, no);

    /// <summary>The matrix product over the last two axes.</summary>
    public Tensor Matmul(Tensor other) => MatmulOp.Call(this, other);

    /// <summary>Adds <paramref name="factor"/> times the other tensor to this one.</summary>
    public Tensor AddInPlace(Tensor other, double factor = 1)
    {
        AddInPlaceOp.Run(this, other, factor);
        return this;
    }

    /// <summary>Adds a number to every element of this tensor.</summary>
    public Tensor AddInPlace(double value)
    {
        AddScalarInPlaceOp.Run(this, value);
        return this;
    }

    /// <summary>Adds a whole number to every element of this tensor; what integer tensors need.</summary>
    public Tensor AddInPlace(long value)
    {
        AddScalarInPlaceOp.Run(this, value);
        return this;
    }

    /// <summary>Multiplies every element of this tensor.</summary>
    public Tensor MultiplyInPlace(double value)
    {
        MulScalarInPlaceOp.Run(this, value);
        return this;
    }

    /// <summary>Overwrites this tensor's elements; the source is converted and broadcast.</summary>
    public Tensor CopyInPlace(Tensor source)
    {
        CopyInPlaceOp.Run(this, source);
        return this;
    }

    /// <summary>Sets every element of this tensor.</summary>
    public Tensor FillInPlace(double value)
    {
        Fill.Run(this, value);
        return this;
    }
}

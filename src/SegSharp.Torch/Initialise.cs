namespace SegSharp.Torch;

/// <summary>Which side of a weight counts for the variance.</summary>
public enum Fan
{
    /// <summary>Inputs of one output: keeps the variance forwards.</summary>
    In,

    /// <summary>Outputs of one input: keeps the variance backwards.</summary>
    Out,
}

/// <summary>Starting values for weights, drawn from the generator that <see cref="TorchRuntime.Seed"/> sets.</summary>
/// <remarks>Parity: torch.nn.init; the same seed gives the same numbers as PyTorch. Fans are PyTorch's: axis 1 in, axis 0 out, for transposed convolutions too.</remarks>
public static class Initialise
{
    [ThreadStatic]
    private static int _skipping;

    private static readonly Operator UniformOp = new("aten::uniform_", arguments: 3), NormalOp = new("aten::normal_", arguments: 3);

    /// <summary>
    /// Until it is disposed, this thread draws no starting values: for a network whose shapes alone are wanted, or whose weights are
    /// read next. What parameters hold in between is undefined, and the generator stays where it is.
    /// </summary>
    public static IDisposable Skip() => new Skipping();

    /// <summary>What PyTorch's convolutions start with: Kaiming uniform with a = √5, bias uniform in ±1/√fan_in.</summary>
    public static void ConvDefault(Tensor weight, Tensor? bias)
    {
        KaimingUniform(weight, Math.Sqrt(5));
        if (bias is not null)
        {
            var bound = 1 / Math.Sqrt(Fans(weight).In);
            Uniform(bias, -bound, bound);
        }
    }

    /// <summary>Uniform in ±√(6 / ((1 + a²) · fan)).</summary>
    /// <remarks>Source: He et al. 2015.</remarks>
    public static void KaimingUniform(Tensor weight, double slope = 0, Fan fan = Fan.In)
    {
        var bound = Math.Sqrt(2 / (1 + (slope * slope))) * Math.Sqrt(3.0 / Pick(weight, fan));
        Uniform(weight, -bound, bound);
    }

    /// <summary>Normal with deviation √(2 / ((1 + a²) · fan)).</summary>
    /// <remarks>Source: He et al. 2015.</remarks>
    public static void KaimingNormal(Tensor weight, double slope = 0, Fan fan = Fan.In) =>
        Normal(weight, 0, Math.Sqrt(2 / (1 + (slope * slope))) / Math.Sqrt(Pick(weight, fan)));

    /// <summary>Uniform in ±gain · √(6 / (fan_in + fan_out)).</summary>
    /// <remarks>Source: Glorot and Bengio 2010.</remarks>
    public static void XavierUniform(Tensor weight, double gain = 1)
    {
        var (fanIn, fanOut) = Fans(weight);
        var bound = Math.Sqrt(3) * gain * Math.Sqrt(2.0 / (fanIn + fanOut));
        Uniform(weight, -bound, bound);
    }

    /// <summary>Normal with deviation gain · √(2 / (fan_in + fan_out)).</summary>
    /// <remarks>Source: Glorot and Bengio 2010.</remarks>
    public static void XavierNormal(Tensor weight, double gain = 1)
    {
        var (fanIn, fanOut) = Fans(weight);
        Normal(weight, 0, gain * Math.Sqrt(2.0 / (fanIn + fanOut)));
    }

    /// <summary>Uniform in [low, high).</summary>
    public static void Uniform(Tensor weight, double low, double high)
    {
        if (_skipping == 0)
        {
            using var guard = new NoGrad();
            UniformOp.Run(weight, low, high);
        }
    }

    /// <summary>Normal.</summary>
    public static void Normal(Tensor weight, double mean, double deviation)
    {
        if (_skipping == 0)
        {
            using var guard = new NoGrad();
            NormalOp.Run(weight, mean, deviation);
        }
    }

    /// <summary>Bilinear interpolation, for a transposed convolution of square kernels [in, out, k, k]: every channel to itself, 0 between channels.</summary>
    /// <remarks>Source: Long et al. 2015, section 3.3. For k = 4: 0.25, 0.75, 0.75, 0.25 along both axes.</remarks>
    public static void Bilinear(Tensor weight)
    {
        if (_skipping > 0)
        {
            return;
        }

        var shape = weight.Shape;
        var (side, channels) = (shape[2], Math.Min(shape[0], shape[1]));
        var factor = (side + 1) / 2;
        var centre = side % 2 == 1 ? factor - 1 : factor - 0.5;
        var line = Enumerable.Range(0, (int)side).Select(i => 1 - (Math.Abs(i - centre) / factor)).ToArray();
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var c = 0L; c < channels; c++)
        {
            var start = ((c * shape[1]) + c) * side * side;
            for (var i = 0L; i < side * side; i++)
            {
                values[start + i] = (float)(line[i / side] * line[i % side]);
            }
        }

        using var guard = new NoGrad();
        using var scope = new TensorScope();
        weight.CopyInPlace(Tensor.From(values, shape));
    }

    /// <summary>One value everywhere.</summary>
    public static void Constant(Tensor weight, double value)
    {
        using var guard = new NoGrad();
        weight.FillInPlace(value);
    }

    private static long Pick(Tensor weight, Fan fan)
    {
        var (fanIn, fanOut) = Fans(weight);
        return fan == Fan.In ? fanIn : fanOut;
    }

    private static (long In, long Out) Fans(Tensor weight)
    {
        var shape = weight.Shape;
        var field = shape.Skip(2).Aggregate(1L, (a, b) => a * b);
        return (shape[1] * field, shape[0] * field);
    }

    private sealed class Skipping : IDisposable
    {
        private bool _ended;

        public Skipping() => _skipping++;

        public void Dispose()
        {
            _skipping -= _ended ? 0 : 1;
            _ended = true;
        }
    }
}

using SegSharp.Export.Onnx;
using SegSharp.Torch;

namespace SegSharp.Export;

/// <summary>One libtorch operator as ONNX operators, each in its own few lines.</summary>
/// <remarks>Source: https://onnx.ai/onnx/operators, version 17 of the set; what the arguments mean, from libtorch's schemas.</remarks>
internal static class OnnxOperators
{
    private const double Far = 3.4028234663852886e38;

    /// <summary>Appends a node's counterparts to the file.</summary>
    /// <exception cref="ExportException">There is none.</exception>
    public static void Translate(OnnxWriter w, SymbolicNode node)
    {
        var n = new Reader(w, node);
        var name = node.Name[(node.Name.IndexOf("::", StringComparison.Ordinal) + 2)..];
        switch (name)
        {
            case "conv" or "conv2d" or "conv3d":
                n.Give("Conv", n.Inputs(0, 1, 2), [.. Reader.Windows(n.Ints(4), n.Ints(3), n.Ints(5)), ("group", n.Int(6, 1))]);
                break;
            case "convolution" when !n.Bool(6):
                n.Give("Conv", n.Inputs(0, 1, 2), [.. Reader.Windows(n.Ints(4), n.Ints(3), n.Ints(5)), ("group", n.Int(8, 1))]);
                break;
            case "convolution":
                n.Give("ConvTranspose", n.Inputs(0, 1, 2), [.. Reader.Windows(n.Ints(4), n.Ints(3), n.Ints(5)), ("output_padding", n.Ints(7)), ("group", n.Int(8, 1))]);
                break;
            case "conv_transpose2d" or "conv_transpose3d":
                var dilation = n.Has(7) ? n.Ints(7) : [.. n.Ints(3).Select(_ => 1L)];
                n.Give("ConvTranspose", n.Inputs(0, 1, 2), [.. Reader.Windows(n.Ints(4), n.Ints(3), dilation), ("output_padding", n.Ints(5)), ("group", n.Int(6, 1))]);
                break;
            case "conv_transpose_shuffle":
                long[] two = [.. Enumerable.Repeat(2L, n.Value(0).Rank - 2)];
                n.Give("ConvTranspose", n.Inputs(0, 1, 2), ("kernel_shape", two), ("strides", two));
                break;
            case "linear":
                var product = w.Add("MatMul", [n.In(0), n.Transposed(1)]);
                n.Same(n.Has(2) ? w.Add("Add", [product, n.In(2)]) : product);
                break;
            case "addmm":
                n.Give("Add", [n.In(0), w.Add("MatMul", [n.In(1), n.In(2)])]);
                break;
            case "matmul" or "bmm" or "mm":
                n.Give("MatMul", n.Inputs(0, 1));
                break;

            case "batch_norm" when n.Has(3) && !n.Bool(5):
                var channels = n.Value(3).Shapes[0][0];
                n.Give("BatchNormalization", [n.In(0), n.Weight(1, 1, channels), n.Weight(2, 0, channels), n.In(3), n.In(4)], ("epsilon", n.Number(7)));
                break;
            case "batch_norm":
                n.Same(Affine(n, Standardised(w, n.In(0), [.. n.Spatial(0).Reverse(), 0], n.Number(7)), 1, 2));
                break;
            case "instance_norm":
                n.Same(Affine(n, Standardised(w, n.In(0), [.. n.Spatial(0).Reverse()], n.Number(7)), 1, 2));
                break;
            case "group_norm":
                Grouped(n, n.Int(1, 1), n.Has(4) ? n.Number(4) : 1e-5);
                break;
            case "layer_norm":
                var last = n.Ints(1);
                n.Give("LayerNormalization", [n.In(0), n.Has(2) ? n.In(2) : w.Numbers(1, last.Aggregate(1L, (a, b) => a * b)), .. n.Has(3) ? [n.In(3)] : Array.Empty<string>()], ("axis", -(long)last.Length), ("epsilon", n.Has(4) ? n.Number(4) : 1e-5));
                break;

            case "max_pool2d" or "max_pool3d" or "max_pool2d_with_indices" or "max_pool3d_with_indices":
                n.Give("MaxPool", n.Inputs(0), [("kernel_shape", n.Ints(1)), .. n.Pooling(5), .. n.Has(4) ? [("dilations", (object)n.Ints(4))] : Array.Empty<(string, object)>()]);
                break;
            case "avg_pool2d" or "avg_pool3d" when !n.Has(6):
                n.Give("AveragePool", n.Inputs(0), [("kernel_shape", n.Ints(1)), .. n.Pooling(4), ("count_include_pad", n.Has(5) && !n.Bool(5) ? 0L : 1L)]);
                break;
            case "adaptive_avg_pool2d" or "adaptive_avg_pool3d" when n.Ints(1).All(s => s == 1):
                n.Give("GlobalAveragePool", n.Inputs(0));
                break;
            case "adaptive_max_pool2d" or "adaptive_max_pool3d" when n.Ints(1).All(s => s == 1):
                n.Give("GlobalMaxPool", n.Inputs(0));
                break;

            case "upsample_bilinear2d" or "upsample_trilinear3d":
                n.Resize("linear", n.Bool(2) ? "align_corners" : "half_pixel");
                break;
            case "upsample_nearest2d" or "upsample_nearest3d":
                n.Resize("nearest", "asymmetric");
                break;
            case "upsample_bicubic2d":
                n.Resize("cubic", n.Bool(2) ? "align_corners" : "half_pixel");
                break;
            case "pixel_shuffle":
                n.Give("DepthToSpace", n.Inputs(0), ("blocksize", n.Int(1, 1)), ("mode", "CRD"));
                break;

            case "constant_pad_nd":
                n.Give("Pad", [n.In(0), n.Margins(), w.Number(n.Has(2) ? n.Number(2) : 0)], ("mode", "constant"));
                break;
            case "replication_pad2d" or "replication_pad3d":
                n.Give("Pad", [n.In(0), n.Margins()], ("mode", "edge"));
                break;
            case "reflection_pad2d" or "reflection_pad3d":
                n.Give("Pad", [n.In(0), n.Margins()], ("mode", "reflect"));
                break;
            case "narrow":
                n.Cut(n.Axis(1), n.Whole(2), n.Whole(3));
                break;
            case "select":
                n.Give("Gather", [n.In(0), w.Add("Squeeze", [w.Integers([n.Whole(2)]), w.Integers(0)])], ("axis", n.Axis(1)));
                break;
            case "slice" when n.Int(4, 1) == 1:
                n.Give("Slice", [n.In(0), w.Integers([n.Has(2) ? n.Whole(2) : new Size.Fixed(0)]), w.Integers([n.Has(3) ? n.Whole(3) : new Size.Fixed(long.MaxValue)]), w.Integers(n.Axis(1))]);
                break;
            case "flip":
                var flipped = n.Ints(1);
                n.Give("Slice", [n.In(0), w.Integers([.. flipped.Select(_ => -1L)]), w.Integers([.. flipped.Select(_ => long.MinValue + 1)]), w.Integers(flipped), w.Integers([.. flipped.Select(_ => -1L)])]);
                break;
            case "cat":
                n.Give("Concat", n.List(0).Select(w.Name), ("axis", n.Axis(1, n.List(0)[0].Rank)));
                break;
            case "stack":
                var at = n.Axis(1, n.List(0)[0].Rank + 1);
                n.Give("Concat", n.List(0).Select(v => w.Add("Unsqueeze", [w.Name(v), w.Integers(at)])), ("axis", at));
                break;
            case "chunk" or "split" or "split_with_sizes" or "unbind":
                Parts(n, name);
                break;

            case "reshape" or "view" or "flatten" or "unflatten":
                n.Give("Reshape", [n.In(0), w.Integers(n.Target())]);
                break;
            case "permute":
                n.Give("Transpose", n.Inputs(0), ("perm", n.Ints(1).Select(a => a < 0 ? a + n.Value(0).Rank : a).ToArray()));
                break;
            case "transpose" or "t":
                n.Give("Transpose", n.Inputs(0), ("perm", n.Exchange(name == "t" ? 0 : n.Axis(1), name == "t" ? 1 : n.Axis(2))));
                break;
            case "unsqueeze":
                n.Give("Unsqueeze", [n.In(0), w.Integers(n.Axis(1, n.Value(0).Rank + 1))]);
                break;
            case "squeeze" when n.Has(1):
                n.Give("Squeeze", [n.In(0), w.Integers(n.Axis(1))]);
                break;
            case "expand" or "expand_as":
                n.Give("Expand", [n.In(0), name == "expand" ? w.Integers([.. n.Sizes(1).Select(s => s is Size.Fixed { Value: -1 } ? new Size.Fixed(1) : s)]) : w.Add("Shape", [n.In(1)])]);
                break;
            case "repeat":
                var times = n.Sizes(1);
                var grown = n.Value(0).Rank < times.Count ? w.Add("Unsqueeze", [n.In(0), w.Integers([.. Enumerable.Range(0, times.Count - n.Value(0).Rank).Select(i => (long)i)])]) : n.In(0);
                n.Give("Tile", [grown, w.Integers(times)]);
                break;
            case "index_select":
                n.Give("Gather", [n.In(0), n.In(2)], ("axis", n.Axis(1)));
                break;
            case "to" or "_to_copy" when n.Result.DType is var type:
                n.Give("Cast", n.Inputs(0), ("to", (long)Type(type)));
                break;

            case "relu" or "sigmoid" or "tanh" or "exp" or "log" or "sqrt" or "abs" or "neg" or "erf" or "floor" or "ceil" or "reciprocal":
                n.Give(char.ToUpperInvariant(name[0]) + name[1..], n.Inputs(0));
                break;
            case "softplus" when !n.Has(1) || n.Number(1) == 1:
                n.Give("Softplus", n.Inputs(0));
                break;
            case "leaky_relu":
                n.Give("LeakyRelu", n.Inputs(0), ("alpha", n.Has(1) ? n.Number(1) : 0.01));
                break;
            case "elu" when (!n.Has(2) || n.Number(2) == 1) && (!n.Has(3) || n.Number(3) == 1):
                n.Give("Elu", n.Inputs(0), ("alpha", n.Has(1) ? n.Number(1) : 1.0));
                break;
            case "prelu":
                n.Give("PRelu", [n.In(0), n.Value(1).Shapes[0] is [> 1] ? n.PerChannel(1) : n.In(1)]);
                break;
            case "gelu" when !n.Has(1) || n.Text(1) == "none":
                var erf = w.Add("Erf", [w.Add("Mul", [n.In(0), w.Number(Math.Sqrt(0.5))])]);
                n.Give("Mul", [w.Add("Mul", [n.In(0), w.Number(0.5)]), w.Add("Add", [erf, w.Number(1)])]);
                break;
            case "silu":
                n.Give("Mul", [n.In(0), w.Add("Sigmoid", n.Inputs(0))]);
                break;
            case "softmax" or "log_softmax" or "_softmax" or "_log_softmax":
                n.Give(name.Contains("log", StringComparison.Ordinal) ? "LogSoftmax" : "Softmax", n.Inputs(0), ("axis", n.Axis(1)));
                break;
            case "clamp":
                n.Give("Clip", [n.In(0), w.Number(n.Has(1) ? n.Number(1) : -Far), w.Number(n.Has(2) ? n.Number(2) : Far)]);
                break;
            case "pow":
                n.Give("Pow", [n.In(0), n.Operand(1)]);
                break;
            case "rsqrt":
                n.Give("Reciprocal", [w.Add("Sqrt", n.Inputs(0))]);
                break;

            case "add" or "sub":
                n.Give(name == "add" ? "Add" : "Sub", [n.In(0), n.Has(2) && n.Number(2) != 1 ? w.Add("Mul", [n.Operand(1), w.Number(n.Number(2))]) : n.Operand(1)]);
                break;
            case "rsub" when !n.Has(2) || n.Number(2) == 1:
                n.Give("Sub", [n.Operand(1), n.In(0)]);
                break;
            case "mul" or "div" when !n.Has(2):
                n.Give(name == "mul" ? "Mul" : "Div", [n.In(0), n.Operand(1)]);
                break;
            case "maximum" or "minimum":
                n.Give(name == "maximum" ? "Max" : "Min", n.Inputs(0, 1));
                break;
            case "gt" or "lt" or "ge" or "le" or "eq":
                n.Give(name switch { "gt" => "Greater", "lt" => "Less", "ge" => "GreaterOrEqual", "le" => "LessOrEqual", _ => "Equal" }, [n.In(0), n.Operand(1)]);
                break;
            case "where":
                n.Give("Where", n.Inputs(0, 1, 2));
                break;

            case "mean" or "amax" or "amin" when n.Has(1):
                n.Give(name switch { "mean" => "ReduceMean", "amax" => "ReduceMax", _ => "ReduceMin" }, n.Inputs(0), ("axes", n.Ints(1)), ("keepdims", n.Bool(2) ? 1L : 0L));
                break;
            case "mean" or "max" or "min" when !n.Has(1):
                n.Give(name switch { "mean" => "ReduceMean", "max" => "ReduceMax", _ => "ReduceMin" }, n.Inputs(0), ("keepdims", 0L));
                break;
            case "max" or "min" when n.Argument(1) is long:
                n.Give(name == "max" ? "ReduceMax" : "ReduceMin", n.Inputs(0), ("axes", new[] { n.Axis(1) }), ("keepdims", n.Bool(2) ? 1L : 0L));
                break;
            case "sum":
                n.Give("ReduceSum", [n.In(0), .. n.Has(1) ? [w.Integers(n.Ints(1))] : Array.Empty<string>()], ("keepdims", n.Has(1) && n.Bool(2) ? 1L : 0L));
                break;

            default:
                throw new ExportException($"the network uses {node.Name}{(node.Overload.Length > 0 ? "." + node.Overload : "")}, which has no counterpart in ONNX here");
        }
    }

    /// <summary>ONNX's number of an element type.</summary>
    public static TensorProto.Types.DataType Type(DType dtype) => dtype switch
    {
        DType.Float32 => TensorProto.Types.DataType.Float,
        DType.Float64 => TensorProto.Types.DataType.Double,
        DType.Float16 => TensorProto.Types.DataType.Float16,
        DType.BFloat16 => TensorProto.Types.DataType.Bfloat16,
        DType.Int64 => TensorProto.Types.DataType.Int64,
        DType.Int32 => TensorProto.Types.DataType.Int32,
        DType.Int16 => TensorProto.Types.DataType.Int16,
        DType.Int8 => TensorProto.Types.DataType.Int8,
        DType.UInt8 => TensorProto.Types.DataType.Uint8,
        DType.Bool => TensorProto.Types.DataType.Bool,
        _ => throw new ExportException($"ONNX has no {dtype.TorchName()}"),
    };

    // Mean 0 and variance 1, by the values themselves. Means of rows, then of planes, then of the volume: ONNX Runtime's
    // InstanceNormalization adds the voxels of a map one by one in float32, which costs up to 5e-4 of a logit in a deep 3D network.
    private static string Standardised(OnnxWriter w, string x, long[] axes, double epsilon)
    {
        string Mean(string of) => axes.Aggregate(of, (mean, axis) => w.Add("ReduceMean", [mean], null, ("axes", new[] { axis }), ("keepdims", 1L)));
        var centred = w.Add("Sub", [x, Mean(x)]);
        var variance = Mean(w.Add("Mul", [centred, centred]));
        return w.Add("Div", [centred, w.Add("Sqrt", [w.Add("Add", [variance, w.Number(epsilon)])])]);
    }

    // The channels of a group become an axis beside the spatial ones.
    private static void Grouped(Reader n, long groups, double epsilon)
    {
        var (w, x) = (n.Writer, n.Value(0));
        var folded = w.Add("Reshape", [n.In(0), w.Integers([new Size.Fixed(0), new Size.Fixed(groups), new Size.Fixed(n.Channels(0) / groups), .. n.Spatial(0).Select(a => new Size.Side(x, (int)a))])]);
        var normal = Standardised(w, folded, [.. Enumerable.Range(2, x.Rank - 1).Reverse().Select(a => (long)a)], epsilon);
        n.Same(Affine(n, w.Add("Reshape", [normal, w.Add("Shape", n.Inputs(0))]), 2, 3));
    }

    private static string Affine(Reader n, string y, int weight, int bias)
    {
        y = n.Has(weight) ? n.Writer.Add("Mul", [y, n.PerChannel(weight)]) : y;
        return n.Has(bias) ? n.Writer.Add("Add", [y, n.PerChannel(bias)]) : y;
    }

    private static void Parts(Reader n, string name)
    {
        var axis = n.Axis(name == "unbind" ? 1 : 2);
        var start = 0L;
        foreach (var part in n.Results)
        {
            if (name == "unbind")
            {
                n.Writer.Add("Gather", [n.In(0), n.Writer.Add("Squeeze", [n.Writer.Integers(start), n.Writer.Integers(0)])], n.Writer.Result(part, "part"), ("axis", axis));
                start++;
                continue;
            }

            var length = part.FixedSide((int)axis) ?? throw new ExportException("the network splits an axis whose size depends on the image");
            n.Writer.Add("Slice", [n.In(0), n.Writer.Integers(start), n.Writer.Integers(start + length), n.Writer.Integers(axis)], n.Writer.Result(part, "part"));
            start += length;
        }
    }

    /// <summary>The arguments of one node, as what they must be.</summary>
    private sealed class Reader(OnnxWriter writer, SymbolicNode node)
    {
        public OnnxWriter Writer => writer;

        public SymbolicValue Result => node.Results[0];

        public IReadOnlyList<SymbolicValue> Results => node.Results;

        public object? Argument(int i) => i < node.Arguments.Count ? node.Arguments[i] : null;

        public bool Has(int i) => Argument(i) is not (null or long[] { Length: 0 });

        public SymbolicValue Value(int i) => Argument(i) as SymbolicValue ?? throw Unfit(i);

        public IReadOnlyList<SymbolicValue> List(int i) => Argument(i) is SymbolicValue?[] list ? [.. list.OfType<SymbolicValue>()] : throw Unfit(i);

        public string In(int i) => writer.Name(Value(i));

        /// <summary>Names of tensors; those that are None at the end are left out.</summary>
        public IEnumerable<string> Inputs(params int[] which) => which.Where(Has).Select(In);

        public long Int(int i, long otherwise) => Argument(i) switch { null => otherwise, long v => v, _ => throw Unfit(i) };

        public long[] Ints(int i) => Argument(i) switch { long[] v => v, long v => [v], _ => throw Unfit(i) };

        public bool Bool(int i) => Argument(i) is true;

        public string Text(int i) => (string)Argument(i)!;

        public double Number(int i) => Argument(i) switch { double v => v, long v => v, bool v => v ? 1 : 0, _ => throw Unfit(i) };

        public Size Whole(int i) => Argument(i) switch { long v => new Size.Fixed(v), Size v => v, _ => throw Unfit(i) };

        public IReadOnlyList<Size> Sizes(int i) => Argument(i) switch { long[] v => [.. v.Select(s => new Size.Fixed(s))], Size[] v => v, _ => throw Unfit(i) };

        public long Axis(int i, int? rank = null) => Int(i, 0) is var axis && axis < 0 ? axis + (rank ?? Value(0).Rank) : axis;

        public long[] Spatial(int i) => [.. Enumerable.Range(2, Value(i).Rank - 2).Select(a => (long)a)];

        public long Channels(int i) => Value(i).FixedSide(1) ?? throw new ExportException($"{node.Name}: the channels depend on the image's size");

        /// <summary>A tensor, or a number in its place: of the other operand's type.</summary>
        public string Operand(int i) => Argument(i) is SymbolicValue ? In(i)
            : Value(0).DType == DType.Float32 ? writer.Number(Number(i))
            : writer.Add("Cast", [writer.Number(Number(i))], null, ("to", (long)Type(Value(0).DType)));

        /// <summary>A vector of weights, or as many times a number where there is none.</summary>
        public string Weight(int i, double otherwise, long count) => Has(i) ? In(i) : writer.Numbers(otherwise, count);

        /// <summary>A vector of weights as [C, 1, …], which fits the channels.</summary>
        public string PerChannel(int i)
        {
            var value = Value(i);
            long[] shape = [-1, .. Enumerable.Repeat(1L, Value(0).Rank - 2)];
            return value.Kind is TraceValueKind.Parameter or TraceValueKind.Buffer
                ? writer.Rearranged(value, $"as{Value(0).Rank}d", t => t.Reshape(shape))
                : writer.Add("Reshape", [In(i), writer.Integers(shape)]);
        }

        public string Transposed(int i) => Value(i).Kind is TraceValueKind.Parameter or TraceValueKind.Buffer
            ? writer.Rearranged(Value(i), "transposed", t => t.Permute(1, 0))
            : writer.Add("Transpose", [In(i)], null, ("perm", new long[] { 1, 0 }));

        public static IEnumerable<(string Name, object Value)> Windows(long[] padding, long[] stride, long[] dilation) =>
            [("pads", (long[])[.. padding, .. padding]), ("strides", stride), ("dilations", dilation)];

        /// <summary>Stride, padding and ceil mode of a pooling; the stride is the kernel where none is given.</summary>
        public IEnumerable<(string Name, object Value)> Pooling(int ceil)
        {
            var padding = Has(3) ? Ints(3) : [.. Ints(1).Select(_ => 0L)];
            return [("strides", Has(2) ? Ints(2) : Ints(1)), ("pads", (long[])[.. padding, .. padding]), ("ceil_mode", Bool(ceil) ? 1L : 0L)];
        }

        public void Resize(string mode, string coordinates)
        {
            var x = In(0);
            var lead = writer.Add("Shape", [x], null, ("start", 0L), ("end", 2L));
            var sizes = writer.Add("Concat", [lead, writer.Integers(Sizes(1))], null, ("axis", 0L));
            (string, object)[] more = mode switch { "nearest" => [("nearest_mode", "floor")], "cubic" => [("cubic_coeff_a", -0.75)], _ => [] };
            Give("Resize", [x, "", "", sizes], [("mode", mode), ("coordinate_transformation_mode", coordinates), .. more]);
        }

        /// <summary>libtorch's margins, last axis first, in ONNX's order: every axis' beginning, then every axis' end.</summary>
        public string Margins()
        {
            var margins = Sizes(1);
            var rank = Value(0).Rank;
            var all = Enumerable.Repeat<Size>(new Size.Fixed(0), 2 * rank).ToArray();
            for (var i = 0; i < margins.Count / 2; i++)
            {
                all[rank - 1 - i] = margins[2 * i];
                all[(2 * rank) - 1 - i] = margins[(2 * i) + 1];
            }

            return writer.Integers(all);
        }

        public void Cut(long axis, Size start, Size length)
        {
            var from = writer.Integers([start]);
            var to = start is Size.Fixed { Value: 0 } ? writer.Integers([length])
                : start is Size.Fixed s && length is Size.Fixed l ? writer.Integers(s.Value + l.Value)
                : writer.Add("Add", [from, writer.Integers([length])]);
            Give("Slice", [In(0), from, to, writer.Integers(axis)]);
        }

        /// <summary>The result's sides: fixed ones, and for the rest what the argument says.</summary>
        public IReadOnlyList<Size> Target()
        {
            if (Argument(1) is long[] or Size[] && node.Name is "aten::reshape" or "aten::view")
            {
                return Sizes(1);
            }

            List<Size> sizes = [.. Enumerable.Range(0, Result.Rank).Select(a => new Size.Fixed(Result.FixedSide(a) ?? -1))];
            return sizes.Count(s => s is Size.Fixed { Value: -1 }) <= 1
                ? sizes
                : throw new ExportException($"{node.Name} has a shape that depends on the image's size in more than one place");
        }

        public long[] Exchange(long a, long b)
        {
            var order = Enumerable.Range(0, Value(0).Rank).Select(i => (long)i).ToArray();
            (order[a], order[b]) = (order[b], order[a]);
            return order;
        }

        public void Give(string op, IEnumerable<string> inputs, params (string Name, object Value)[] attributes) =>
            writer.Add(op, inputs, writer.Result(Result, op.ToLowerInvariant()), attributes);

        public void Same(string name) => writer.Same(Result, name);

        private ExportException Unfit(int i)
        {
            var what = Argument(i) is Size or Size[] ? "depends on the image's size, which ONNX cannot express" : $"is {Argument(i)?.GetType().Name ?? "None"}, which was not expected";
            return new ExportException($"{node.Name}: argument {i} {what}");
        }
    }
}

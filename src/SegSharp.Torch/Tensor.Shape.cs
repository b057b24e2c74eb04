namespace SegSharp.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly Operator ReshapeOp = new("aten::reshape", arguments: 2), PermuteOp = new("aten::permute", arguments: 2);
    private static readonly Operator NarrowOp = new("aten::narrow", arguments: 4), SelectOp = new("aten::select", "int", 3);
    private static readonly Operator CatOp = new("aten::cat", arguments: 2), StackOp = new("aten::stack", arguments: 2);
    private static readonly Operator UnsqueezeOp = new("aten::unsqueeze", arguments: 2), SqueezeOp = new("aten::squeeze", "dim", 2);
    private static readonly Operator ContiguousOp = new("aten::contiguous", arguments: 2), CloneOp = new("aten::clone", arguments: 2);
    private static readonly Operator ToDTypeOp = new("aten::to", "dtype", 5), ToDeviceOp = new("aten::to", "device", 6);
    private static readonly Operator PadOp = new("aten::constant_pad_nd", arguments: 3), ReflectPad2dOp = new("aten::reflection_pad2d", arguments: 2), ReflectPad3dOp = new("aten::reflection_pad3d", arguments: 2);
    private static readonly Operator EdgePad2dOp = new("aten::replication_pad2d", arguments: 2), EdgePad3dOp = new("aten::replication_pad3d", arguments: 2);
    private static readonly Operator FlipOp = new("aten::flip", arguments: 2), ExpandOp = new("aten::expand", arguments: 3);
    private static readonly Operator IndexSelectOp = new("aten::index_select", arguments: 3), OneHotOp = new("aten::one_hot", arguments: 2);

    /// <summary>The same elements under other sizes; −1 stands for "what is left".</summary>
    public Tensor Reshape(params long[] shape) => ReshapeOp.Call(this, shape);

    /// <summary>Axes in another order.</summary>
    public Tensor Permute(params long[] axes) => PermuteOp.Call(this, axes);

    /// <summary>A view of <paramref name="length"/> elements along an axis.</summary>
    public Tensor Narrow(int axis, long start, long length) => NarrowOp.Call(this, axis, start, length);

    /// <summary>A view of everything from <paramref name="start"/> on along an axis.</summary>
    public Tensor From(int axis, long start) => Narrow(axis, start, Size(axis) - start);

    /// <summary>A view of one place along an axis; the axis goes away.</summary>
    public Tensor Select(int axis, long index) => SelectOp.Call(this, axis, index);

    /// <summary>A new axis of size 1.</summary>
    public Tensor Unsqueeze(int axis) => UnsqueezeOp.Call(this, axis);

    /// <summary>An axis of size 1 goes away.</summary>
    public Tensor Squeeze(int axis) => SqueezeOp.Call(this, axis);

    /// <summary>Joined along an existing axis.</summary>
    public static Tensor Cat(int axis, params Tensor[] tensors) => CatOp.Call(tensors, axis);

    /// <summary>Joined along a new axis.</summary>
    public static Tensor Stack(int axis, params Tensor[] tensors) => StackOp.Call(tensors, axis);

    /// <summary>The same elements in that order in memory; no copy when they lie so already.</summary>
    public Tensor Contiguous(MemoryFormat format = MemoryFormat.Contiguous) => ContiguousOp.Call(this, (long)format);

    /// <summary>A copy with memory of its own; gradients flow through.</summary>
    public Tensor Clone() => CloneOp.Call(this);

    /// <summary>Converted to another element type; no copy when it has it already.</summary>
    public Tensor To(DType dtype) => DType == dtype ? Alias() : ToDTypeOp.Call(this, dtype);

    /// <summary>Moved to another device; no copy when it lies there already.</summary>
    public Tensor To(Device device) =>
        Device.Kind == device.Kind && (device.Index < 0 || Device.Index == device.Index) ? Alias() : ToDeviceOp.Call(this, device, DType);

    /// <summary>Bordered with a value.</summary>
    /// <param name="margins">Last axis first: (left, right, top, bottom, front, back); negative margins cut.</param>
    /// <param name="value">What the border holds.</param>
    public Tensor Pad(long[] margins, double value = 0) => PadOp.Call(this, margins, value);

    /// <summary>Bordered by mirroring at the edge pixel, which is not repeated. Margins must be smaller than the sides.</summary>
    /// <param name="margins">Last axis first, for every spatial axis of [N, C, (D,) H, W].</param>
    public Tensor PadMirrored(long[] margins) => (margins.Length == 4 ? ReflectPad2dOp : ReflectPad3dOp).Call(this, margins);

    /// <summary>Bordered by repeating the edge's values.</summary>
    /// <param name="margins">Last axis first, for every spatial axis of [N, C, (D,) H, W].</param>
    public Tensor PadEdge(long[] margins) => (margins.Length == 4 ? EdgePad2dOp : EdgePad3dOp).Call(this, margins);

    /// <summary>Mirrored along axes.</summary>
    public Tensor Flip(params long[] axes) => FlipOp.Call(this, axes);

    /// <summary>A view with axes of size 1 repeated.</summary>
    public Tensor Expand(params long[] shape) => ExpandOp.Call(this, shape);

    /// <summary>The places of an axis that <paramref name="index"/> (int64) lists.</summary>
    public Tensor IndexSelect(int axis, Tensor index) => IndexSelectOp.Call(this, axis, index);

    /// <summary>Labels [N, (D,) H, W] as int64 become [N, K, (D,) H, W] of 0 and 1 as float32.</summary>
    public Tensor OneHot(int classes)
    {
        using var scope = new TensorScope();
        var last = OneHotOp.Call(To(DType.Int64), classes);                      // [N, (D,) H, W, K]
        var axes = Enumerable.Range(0, last.Dimensions).Select(i => (long)i).ToList();
        axes.RemoveAt(axes.Count - 1);
        axes.Insert(1, last.Dimensions - 1);
        return scope.Keep(last.Permute([.. axes]).To(DType.Float32).Contiguous());
    }

    /// <summary>Another handle on the same memory, with its history.</summary>
    internal Tensor Alias() => AliasOp.Call(this);
}

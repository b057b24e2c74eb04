using SegSharp.Torch.Native;

namespace SegSharp.Torch;

public sealed unsafe partial class Tensor
{
    private static readonly Operator DetachOp = new("aten::detach", arguments: 1), AliasOp = new("aten::alias", arguments: 1), SetDataOp = new("aten::set_data", arguments: 2);

    /// <summary>Whether gradients are collected for it (a leaf) or flow through it.</summary>
    public bool RequiresGrad
    {
        get => Bridge.RequiresGrad(Handle) != 0;
        set => Bridge.Check(Bridge.SetRequiresGrad(Handle, value ? 1 : 0), $"requires_grad({Describe()})");
    }

    /// <summary>The gradient collected by <see cref="Backward"/>; null when there is none. Setting null clears it.</summary>
    public Tensor? Grad
    {
        get
        {
            Bridge.Check(Bridge.Grad(Handle, out var handle), "grad");
            return handle == 0 ? null : new Tensor(handle);
        }

        set
        {
            Bridge.Check(Bridge.SetGrad(Handle, value?.Handle ?? 0), "grad");
            GC.KeepAlive(value);
        }
    }

    /// <summary>The same memory without gradient history.</summary>
    public Tensor Detach() => DetachOp.Call(this);

    /// <summary>Computes the gradient of this scalar for every leaf it was computed from, and adds it to their <see cref="Grad"/>.</summary>
    /// <param name="gradient">The gradient that flows in; may be left out for one element.</param>
    /// <param name="retainGraph">Keep what a second call needs.</param>
    public void Backward(Tensor? gradient = null, bool retainGraph = false)
    {
        Bridge.Check(Bridge.Backward(Handle, gradient?.Handle ?? 0, retainGraph ? 1 : 0), $"backward({Describe()})");
        GC.KeepAlive(gradient);
    }

    /// <summary>Puts other memory under this tensor (another device or type); views and history are not touched.</summary>
    internal void SetData(Tensor data) => SetDataOp.Run(this, data);
}

public sealed class DownConvBlock : Module
{
    private readonly Conv _conv1, _conv2;
    private readonly Relu _relu = new();
    private readonly MaxPool _pool = new(2);

    public DownConvBlock(int inChannels, int filters)
    {
        _conv1 = Child("conv1", new Conv(2, inChannels, filters));
        _conv2 = Child("conv2", new Conv(2, filters, filters));
    }

    public (Tensor Pooled, Tensor Skip) Forward(Tensor x)
    {
        var skip = _relu.Forward(_conv2.Forward(_relu.Forward(_conv1.Forward(x))));
        return (_pool.Forward(skip), skip);
    }
}

public sealed class UpConvBlock : Module
{
    private readonly Conv _up, _conv1, _conv2;
    private readonly Relu _relu = new();
    private readonly Upsample _raise = new(2, Interpolation.Nearest);

    public UpConvBlock(int inChannels, int filters)
    {
        _up = Child("up", new Conv(2, inChannels, filters, kernel: 2, padding: 0));
        _conv1 = Child("conv1", new Conv(2, 2 * filters, filters, kernel: 3));
        _conv2 = Child("conv2", new Conv(2, filters, filters));
    }

    public Tensor Forward(Tensor below, Tensor skip)
    {
        var up = _up.Forward(_raise.Forward(below).Pad([0, 1, 0, 1]));
        return _relu.Forward(_conv2.Forward(_relu.Forward(_conv1.Forward(Tensor.Cat(axis: 1, skip, up)))));
    }
}

public sealed class KingsUNet : Module
{
    private readonly Conv _down1, _down2, _down3, _bottom, _up3, _up2, _up1;
    private readonly Layer _pool = new AveragePool(2);
    private readonly Upsample _raise = new(2, Interpolation.Linear, alignCorners: true);
    private readonly Relu _relu = new();

    public KingsUNet(int inChannels, int classes)
    {
        _down1 = Child("conv1_down", new Conv(2, inChannels, 8));
        _down2 = Child("conv2_down", new Conv(2, 8, 16));
        _down3 = Child("conv3_down", new Conv(2, 16, 32));
        _bottom = Child("conv4", new Conv(2, 32, 32));
        _up3 = Child("conv3_up", new Conv(2, 64, 16));
        _up2 = Child("conv2_up", new Conv(2, 32, 8));
        _up1 = Child("conv1_up", new Conv(2, 16, classes));
    }

    public Tensor Forward(Tensor image)
    {
        var x1 = _relu.Forward(_down1.Forward(image));
        var x2 = _relu.Forward(_down2.Forward(_pool.Forward(x1)));
        var x3 = _relu.Forward(_down3.Forward(_pool.Forward(x2)));
        var x4 = _relu.Forward(_bottom.Forward(_pool.Forward(x3)));
        var y3 = _relu.Forward(_up3.Forward(Join(x4, x3)));
        var y2 = _relu.Forward(_up2.Forward(Join(y3, x2)));
        return _up1.Forward(Join(y2, x1));
    }

    private Tensor Join(Tensor below, Tensor skip) => Tensor.Cat(axis: 1, _raise.Forward(below), skip);
}

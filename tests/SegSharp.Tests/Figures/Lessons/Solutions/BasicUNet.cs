internal sealed class DoubleConv : Layer
{
    private readonly Layer[] _layers;

    public DoubleConv(int inChannels, int outChannels) => _layers =
    [
        Child("0", new Conv(2, inChannels, outChannels)), Child("1", new BatchNorm(outChannels)), Child("2", new Relu()),
        Child("3", new Conv(2, outChannels, outChannels)), Child("4", new BatchNorm(outChannels)), Child("5", new Relu()),
    ];

    public override Tensor Forward(Tensor x) => _layers.Aggregate(x, (y, layer) => layer.Forward(y));
}

internal sealed class Raise : Layer
{
    private readonly ConvTranspose _conv;
    private readonly BatchNorm _norm;
    private readonly Relu _relu = new();

    public Raise(int inChannels, int outChannels)
    {
        _conv = Child("0", new ConvTranspose(2, inChannels, outChannels));
        _norm = Child("1", new BatchNorm(outChannels));
    }

    public override Tensor Forward(Tensor x) => _relu.Forward(_norm.Forward(_conv.Forward(x)));
}

public sealed class InputBlock : Module
{
    private readonly DoubleConv _convs;

    public InputBlock(int inChannels, int outChannels) => _convs = Child("block", new DoubleConv(inChannels, outChannels));

    public (Tensor X, Tensor Skip) Forward(Tensor image)
    {
        var x = _convs.Forward(image);
        return (x, x);
    }
}

public sealed class DownsamplingBlock : Module
{
    private readonly MaxPool _pool = new(2);
    private readonly DoubleConv _convs;

    public DownsamplingBlock(int channels) => _convs = Child("block", new DoubleConv(channels, 2 * channels));

    public (Tensor X, Tensor Skip) Forward(Tensor below)
    {
        var x = _convs.Forward(_pool.Forward(below));
        return (x, x);
    }
}

public sealed class BottleneckBlock : Module
{
    private readonly MaxPool _pool = new(2);
    private readonly DoubleConv _convs;
    private readonly Raise _raise;

    public BottleneckBlock(int channels)
    {
        _convs = Child("block", new DoubleConv(channels, 2 * channels));
        _raise = Child("raise", new Raise(2 * channels, channels));
    }

    public Tensor Forward(Tensor x) => _raise.Forward(_convs.Forward(_pool.Forward(x)));
}

public sealed class UpsamplingBlock : Module
{
    private readonly DoubleConv _convs;
    private readonly Raise _raise;

    public UpsamplingBlock(int channels)
    {
        _convs = Child("block", new DoubleConv(2 * channels, channels));
        _raise = Child("raise", new Raise(channels, channels / 2));
    }

    public Tensor Forward(Tensor x, Tensor skip) => _raise.Forward(_convs.Forward(Tensor.Cat(axis: 1, x, skip)));
}

public sealed class OutputBlock : Module
{
    private readonly DoubleConv _convs;
    private readonly Conv _last;

    public OutputBlock(int channels, int classes)
    {
        _convs = Child("block", new DoubleConv(2 * channels, channels));
        _last = Child("last", new Conv(2, channels, classes, kernel: 1));
    }

    public Tensor Forward(Tensor x, Tensor skip) => _last.Forward(_convs.Forward(Tensor.Cat(axis: 1, x, skip)));
}

public sealed class DownsamplingPath : Module
{
    private readonly InputBlock _input;
    private readonly Modules<DownsamplingBlock> _blocks;

    public DownsamplingPath(int inChannels, int baseChannels, int numBlocks)
    {
        _input = Child("input", new InputBlock(inChannels, baseChannels));
        _blocks = Children("blocks", Enumerable.Range(0, numBlocks).Select(i => new DownsamplingBlock(baseChannels << i)));
    }

    public (Tensor X, IReadOnlyList<Tensor> Skips) Forward(Tensor image)
    {
        var (x, skip) = _input.Forward(image);
        List<Tensor> skips = [skip];
        foreach (var block in _blocks)
        {
            (x, skip) = block.Forward(x);
            skips.Add(skip);
        }

        return (x, skips);
    }
}

public sealed class UpsamplingPath : Module
{
    private readonly Modules<UpsamplingBlock> _blocks;
    private readonly OutputBlock _output;

    public UpsamplingPath(int baseChannels, int numBlocks, int classes)
    {
        _blocks = Children("blocks", Enumerable.Range(0, numBlocks).Select(i => new UpsamplingBlock(baseChannels << (numBlocks - i))));
        _output = Child("output", new OutputBlock(baseChannels, classes));
    }

    public Tensor Forward(Tensor x, IReadOnlyList<Tensor> skips)
    {
        var at = skips.Count;
        foreach (var block in _blocks)
        {
            x = block.Forward(x, skips[--at]);
        }

        return _output.Forward(x, skips[0]);
    }
}

public sealed class BasicUNet : Module
{
    private readonly DownsamplingPath _down;
    private readonly BottleneckBlock _bottom;
    private readonly UpsamplingPath _up;

    public BasicUNet(int inChannels, int classes, int baseChannels, int numBlocks)
    {
        _down = Child("down", new DownsamplingPath(inChannels, baseChannels, numBlocks));
        _bottom = Child("bottom", new BottleneckBlock(baseChannels << numBlocks));
        _up = Child("up", new UpsamplingPath(baseChannels, numBlocks, classes));
        foreach (var module in NamedModules().Select(m => m.Module))
        {
            var (weight, bias) = module switch { Conv c => (c.Weight, c.Bias), ConvTranspose t => (t.Weight, t.Bias), _ => (null, null) };
            if (weight is not null)
            {
                Initialise.KaimingNormal(weight, fan: Fan.Out);
                Initialise.Constant(bias!, 0);
            }
        }
    }

    public Tensor Forward(Tensor image)
    {
        var (x, skips) = _down.Forward(image);
        return _up.Forward(_bottom.Forward(x), skips);
    }
}

#:project ../src/SegSharp/SegSharp.csproj

// A public checkpoint, a network written for it, and its pictures: where are the tents?
//   dotnet run examples/03-tent-detection.cs FOLDER
// FOLDER holds UNet.pth, images/ and labels/ of github.com/zacharylazzara/tent-detection; without it, SEGSHARP_DATA/unet-checkpoints/tent-detection.

using SegSharp.Imaging;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Layers;

var folder = args is [var given] ? given
    : Environment.GetEnvironmentVariable("SEGSHARP_DATA") is { } data ? Path.Combine(data, "unet-checkpoints", "tent-detection")
    : throw new ArgumentException("name the folder: dotnet run examples/03-tent-detection.cs FOLDER");
TorchRuntime.Threads = Environment.ProcessorCount;

using var network = new TentNet();
network.Load(Checkpoint.Read(Path.Combine(folder, "UNet.pth")).Tensors, "UNet.pth");
network.Evaluate();

using var noGradients = new NoGrad();
Console.WriteLine("image           logit mean  logit min  logit max  tent pixels     F1");
foreach (var file in Directory.EnumerateFiles(Path.Combine(folder, "images")).Order(StringComparer.Ordinal))
{
    using var scope = new TensorScope();
    var picture = Volume.Read(file);                                            // RGB, 0…255
    var truth = Volume.Read(Path.Combine(folder, "labels", Path.GetFileName(file))).ToFloats();

    var image = Tensor.From(picture.ToFloats(), 1, 3, picture.Extent.Height, picture.Extent.Width) / 255;
    var logits = network.Forward(image);                                        // [1, 1, H, W]

    var (hits, predicted, there) = (0, 0, 0);
    var values = logits.ToArray<float>();
    for (var i = 0; i < values.Length; i++)
    {
        var (p, t) = (values[i] > 0, truth[i] > 150);                           // labels are grey JPEGs: 150 is the middle ground
        predicted += p ? 1 : 0;
        there += t ? 1 : 0;
        hits += p && t ? 1 : 0;
    }

    var f1 = predicted + there == 0 ? "     –" : $"{2.0 * hits / (predicted + there),6:F4}";
    Console.WriteLine($"{Path.GetFileName(file),-15} {values.Average(),10:F5} {values.Min(),10:F5} {values.Max(),10:F5} {predicted,12} {f1}");
}

/// <summary>A U-Net of three levels; the decoder joins what was raised with the encoder's features.</summary>
/// <remarks>Source: zacharylazzara/tent-detection, UNet. Keys are the checkpoint's.</remarks>
internal sealed class TentNet : Module
{
    private readonly Arm _encoder, _decoder;
    private readonly MaxPool _pool = new(2);
    private readonly Conv _head;

    public TentNet()
    {
        _encoder = Child("encoder", new Arm([], "encoder_blocks", [(3, 16), (16, 32), (32, 64)]));
        _decoder = Child("decoder", new Arm([(64, 32), (32, 16)], "decoder_blocks", [(64, 32), (32, 16)]));
        _head = Child("head", new Conv(2, 16, 1, kernel: 1));
    }

    /// <param name="image">[N, 3, H, W] in 0…1; sides divisible by 4.</param>
    /// <returns>Logits [N, 1, H, W].</returns>
    public Tensor Forward(Tensor image)
    {
        var x1 = _encoder.Blocks[0].Forward(image);                             // [N, 16, H, W]
        var x2 =     _encoder.Blocks[1].Forward(_pool.Forward(x1));
        var x3 =         _encoder.Blocks[2].Forward(_pool.Forward(x2));         // [N, 64, H/4, W/4]
        var y2 =     _decoder.Blocks[0].Forward(Tensor.Cat(axis: 1, _decoder.Raise[0].Forward(x3), x2));
        var y1 = _decoder.Blocks[1].Forward(Tensor.Cat(axis: 1, _decoder.Raise[1].Forward(y2), x1));
        return _head.Forward(y1);
    }

    /// <summary>One side of the U: blocks, and on the way up what raises.</summary>
    private sealed class Arm : Module
    {
        public Arm((int In, int Out)[] raise, string name, (int In, int Out)[] blocks)
        {
            Raise = raise.Length == 0 ? new Modules<ConvTranspose>([]) : Children("up_convs", raise.Select(r => new ConvTranspose(2, r.In, r.Out)));
            Blocks = Children(name, blocks.Select(b => new Block(b.In, b.Out)));
        }

        public Modules<ConvTranspose> Raise { get; }

        public Modules<Block> Blocks { get; }
    }

    /// <summary>Twice convolution, batch normalisation, ReLU.</summary>
    private sealed class Block : Layer
    {
        private readonly Sequential _layers;

        public Block(int inChannels, int outChannels) => _layers = Child("double_conv2d", new Sequential(
            new Conv(2, inChannels, outChannels, bias: false), new BatchNorm(outChannels), new Relu(inPlace: true),
            new Conv(2, outChannels, outChannels, bias: false), new BatchNorm(outChannels), new Relu(inPlace: true)));

        public override Tensor Forward(Tensor x) => _layers.Forward(x);
    }
}

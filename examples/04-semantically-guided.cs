#:project ../src/SegSharp/SegSharp.csproj

// Faces in eight classes, from a checkpoint in PyTorch's old format: a network whose decoder interpolates.
//   dotnet run examples/04-semantically-guided.cs FOLDER
// FOLDER holds unet_state_dict_legacy.pth, img*.png and seg*.png of github.com/multimodallearning/semantically-guided; without it, SEGSHARP_DATA/unet-checkpoints/semantically-guided.

using SegSharp.Imaging;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Operators;

var folder = args is [var given] ? given
    : Environment.GetEnvironmentVariable("SEGSHARP_DATA") is { } data ? Path.Combine(data, "unet-checkpoints", "semantically-guided")
    : throw new ArgumentException("name the folder: dotnet run examples/04-semantically-guided.cs FOLDER");
TorchRuntime.Threads = Environment.ProcessorCount;

using var network = new FaceNet();
network.Load(Checkpoint.Read(Path.Combine(folder, "unet_state_dict_legacy.pth")).Tensors, "unet_state_dict_legacy.pth");
network.Evaluate();

using var noGradients = new NoGrad();
Console.WriteLine("image     logit mean  logit min  logit max  accuracy  Dice of the classes 0 to 7");
foreach (var file in Directory.EnumerateFiles(folder, "img*.png").Order(StringComparer.Ordinal))
{
    using var scope = new TensorScope();
    var picture = Volume.Read(file);
    var (height, width) = (picture.Extent.Height, picture.Extent.Width);
    var truth = Volume.Read(Path.Combine(folder, Path.GetFileName(file).Replace("img", "seg", StringComparison.Ordinal)));

    var red = Tensor.From(picture.ToFloats().AsSpan(0, height * width), 1, 1, height, width) / 255;
    var logits = network.Forward(red);                                          // [1, 8, H/2, W/2]
    var labels = Pooling.Linear(logits, [height, width], alignCorners: false).Argmax(1).ToArray<long>();

    var classes = truth.Channel<byte>(0);
    var (right, hits, sizes) = (0, new int[8], new int[8]);
    for (var i = 0; i < labels.Length; i++)
    {
        var t = classes[i] / 36;                                                // grey values are steps of 36
        right += labels[i] == t ? 1 : 0;
        hits[t] += labels[i] == t ? 1 : 0;
        sizes[t]++;
        sizes[labels[i]]++;
    }

    var values = logits.ToArray<float>();
    var dice = hits.Zip(sizes, (h, s) => $"{2.0 * h / s:F4}");
    Console.WriteLine($"{Path.GetFileName(file),-9} {values.Average(),10:F5} {values.Min(),10:F5} {values.Max(),10:F5}    {(double)right / labels.Length:F4}  {string.Join(' ', dice)}");
}

/// <summary>An encoder with strides instead of poolings, and a decoder that interpolates and joins.</summary>
/// <remarks>Source: multimodallearning/semantically-guided. Keys are the checkpoint's: convolution and normalisation side by side.</remarks>
internal sealed class FaceNet : Module
{
    private readonly Step _s0, _s1, _s11, _s2, _s22, _s3, _s33, _join2, _join1;
    private readonly Conv _head;

    public FaceNet()
    {
        _s0 = Next("0", 1, 5);
        _s1 = Next("1", 5, 16, stride: 2);
        _s11 = Next("11", 16, 16);
        _s2 = Next("2", 16, 32, stride: 2);
        _s22 = Next("22", 32, 32);
        _s3 = Next("3", 32, 64, stride: 2);
        _s33 = Next("33", 64, 64);
        _join2 = Next("6bU", 64 + 32, 32);
        _join1 = Next("6U", 32 + 16, 32);
        _head = Child("conv7U", new Conv(2, 32, 8));
        Child("batch5bU", new BatchNorm(32));                                   // stored in the checkpoint, never used
    }

    /// <param name="image">[N, 1, H, W] in 0…1.</param>
    /// <returns>Logits [N, 8, H/2, W/2].</returns>
    public Tensor Forward(Tensor image)
    {
        var x1 = _s11.Forward(_s1.Forward(_s0.Forward(image)));                 // [N, 16, H/2, W/2]
        var x2 =     _s22.Forward(_s2.Forward(x1));                             // [N, 32, H/4, W/4]
        var x3 =         _s33.Forward(_s3.Forward(x2));                         // [N, 64, H/8, W/8]
        var y2 =     _join2.Forward(Tensor.Cat(axis: 1, Raise(x3, x2), x2));
        var y1 = _join1.Forward(Tensor.Cat(axis: 1, Raise(y2, x1), x1));
        return _head.Forward(y1);
    }

    private static Tensor Raise(Tensor x, Tensor to) => Pooling.Linear(x, to.Shape[2..], alignCorners: false);

    private Step Next(string name, int inChannels, int outChannels, int stride = 1) => new(
        Child($"conv{name}", new Conv(2, inChannels, outChannels, stride: stride, padding: 1)),
        Child($"batch{name}", new BatchNorm(outChannels)));

    /// <summary>Convolution, batch normalisation, leaky ReLU of slope 0.1.</summary>
    private sealed record Step(Conv Conv, BatchNorm Norm)
    {
        public Tensor Forward(Tensor x) => Activation.LeakyReluInPlace(Norm.Forward(Conv.Forward(x)), 0.1);
    }
}

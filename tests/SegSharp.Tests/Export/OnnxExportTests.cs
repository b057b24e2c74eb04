using Google.Protobuf;
using SegSharp.Export;
using SegSharp.Export.Onnx;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Tests.Data;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using Xunit;

namespace SegSharp.Tests.Export;

/// <summary>What an exported file must be, whoever reads it; what another runtime computes with it, the parity tests say.</summary>
[Collection("native")]
public sealed class OnnxExportTests
{
    public static TheoryData<string> Names => [.. SmallNetworks.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_network_exports_for_any_size_as_a_graph_whose_every_input_is_defined(string name)
    {
        using var check = new NoLeaks();
        using var folder = new TemporaryFolder();
        using var scope = new TensorScope();
        using var network = SmallNetworks.Build(name);

        var report = OnnxExport.Write(network, folder.Path("model.onnx"));

        Assert.True(network.IsTraining);
        Assert.True(report.Checked.Count >= 2);
        Assert.InRange(report.LargestDifference, 0, 1e-4);
        Assert.Equal(["batch", "2", .. new[] { "depth", "height", "width" }.TakeLast(network.Dimensions)], report.Input);
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(report.Path));
        Assert.Equal((8, 17), (model.IrVersion, Assert.Single(model.OpsetImport).Version));
        Assert.Equal("image", Assert.Single(model.Graph.Input).Name);
        Assert.Equal("logits", Assert.Single(model.Graph.Output).Name);
        var defined = model.Graph.Initializer.Select(i => i.Name).Append("image").ToHashSet(StringComparer.Ordinal);
        Assert.Equal(model.Graph.Initializer.Count + 1, defined.Count);
        foreach (var node in model.Graph.Node)
        {
            Assert.All(node.Input.Where(i => i.Length > 0), input => Assert.True(defined.Contains(input), $"'{input}' is read before it is there"));
            Assert.All(node.Output, output => Assert.True(defined.Add(output), $"'{output}' is computed twice"));
        }

        Assert.Contains("logits", defined);
    }

    [Fact]
    public void Weights_keep_their_names_and_bits()
    {
        using var folder = new TemporaryFolder();
        using var scope = new TensorScope();
        using var network = new UNet(new() { Base = 4, Depth = 2 });

        OnnxExport.Write(network, folder.Path("model.onnx"), new() { Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["segsharp.head"] = "sigmoid" } });

        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder.Path("model.onnx")));
        var weight = network.State().Single(s => s.Name == "down.1.conv2.weight").Tensor.ToData();
        var written = model.Graph.Initializer.Single(i => i.Name == "down.1.conv2.weight");
        Assert.Equal(weight.Shape, written.Dims);
        Assert.Equal(weight.Bytes.ToArray(), written.RawData.ToByteArray());
        Assert.Equal(("segsharp.head", "sigmoid"), (model.MetadataProps[0].Key, model.MetadataProps[0].Value));
    }

    [Fact]
    public void One_size_can_be_asked_for_and_the_batch_stays_free()
    {
        using var folder = new TemporaryFolder();
        using var scope = new TensorScope();
        using var network = new UNet(new() { Base = 4, Depth = 2 });

        var report = OnnxExport.Write(network, folder.Path("model.onnx"), new() { Sides = [30, 41] });

        Assert.Equal(["batch", "1", "30", "41"], report.Input);
        Assert.Equal([[4, 1, 30, 41]], report.Checked);
    }

    [Fact]
    public void A_network_that_takes_another_way_at_some_sizes_is_refused_in_words()
    {
        using var folder = new TemporaryFolder();
        using var scope = new TensorScope();
        using var network = new Fickle(image => image.Size(3) % 2 == 0 ? image.Sigmoid() : image.Exp());

        var e = Assert.ThrowsAny<SegSharpException>(() => OnnxExport.Write(network, folder.Path("model.onnx")));

        Assert.Equal("the network computes differently at other sizes: aten::exp, aten::sigmoid", e.Message);
        Assert.Equal("export it for one size: --size HxW", e.Fix);
        Assert.Empty(Directory.GetFiles(folder.Path(".")));
    }

    [Fact]
    public void An_operator_without_a_counterpart_is_named()
    {
        using var folder = new TemporaryFolder();
        using var scope = new TensorScope();
        var gamma = new Operator("aten::lgamma", arguments: 1);
        using var network = new Fickle(image => gamma.Call(image));

        var e = Assert.ThrowsAny<SegSharpException>(() => OnnxExport.Write(network, folder.Path("model.onnx"), new() { Sides = [8, 8] }));

        Assert.Equal("the network uses aten::lgamma, which has no counterpart in ONNX here", e.Message);
    }

    [Fact]
    public void A_tensor_that_is_read_after_it_was_overwritten_is_noticed()
    {
        using var folder = new TemporaryFolder();
        using var scope = new TensorScope();
        using var network = new Fickle(image =>
        {
            var y = image + 1;
            var view = y.Narrow(2, 0, 2);
            view.MultiplyInPlace(2);
            return y;
        });

        var e = Assert.ThrowsAny<SegSharpException>(() => OnnxExport.Write(network, folder.Path("model.onnx")));

        Assert.Equal("the network reads a tensor again after it was overwritten through another view", e.Message);
    }

    private sealed record FickleOptions : NetworkOptions
    {
        public override string About => "a network for tests";
    }

    private sealed class Fickle : Network
    {
        private readonly Func<Tensor, Tensor> _forward;
        private readonly Conv _conv;

        public Fickle(Func<Tensor, Tensor> forward)
            : base(new FickleOptions())
        {
            _forward = forward;
            _conv = Child("conv", new Conv(2, 1, 1));
        }

        public override int Dimensions => 2;

        public override Logits Forward(Tensor image)
        {
            using var scope = new TensorScope();
            return scope.Keep(_forward(_conv.Forward(image)));
        }
    }
}

using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using Xunit;

namespace SegSharp.Tests.Torch;

[Collection("native")]
public sealed class TraceGraphTests
{
    [Fact]
    public void Every_operator_is_written_down_with_where_its_tensors_come_from()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var net = new Sequential(new Conv(2, 1, 4), new BatchNorm(4), new Relu(inPlace: true));
        net.Evaluate();
        var image = Tensor.Zeros([1, 1, 5, 6]);

        var graph = TraceGraph.Record(net, [("image", image)], () => [Tensor.Cat(1, net.Forward(image), Tensor.Ones([1, 2, 5, 6]))]);

        Assert.Equal(["segsharp::conv", "aten::batch_norm", "aten::relu_", "aten::cat"], graph.Steps.Select(s => s.Name));
        Assert.Equal(["image"], graph.Inputs.Select(v => v.Name));
        Assert.Equal(["image", "0.weight", "0.bias"], graph.Steps[0].Arguments.OfType<TraceValue>().Select(v => v.Name));
        Assert.Equal("1.running_var", ((TraceValue)graph.Steps[1].Arguments[4]!).Name);
        Assert.Empty(graph.Steps[2].Results);
        Assert.Same(graph.Steps[1].Results[0], graph.Steps[2].Arguments[0]);
        var ones = Assert.IsType<TraceValue?[]>(graph.Steps[3].Arguments[0])[1]!;
        Assert.Equal(TraceValueKind.Constant, ones.Kind);
        Assert.Equal(240, ones.Data!.Bytes.Length);
        Assert.Equal([1, 6, 5, 6], graph.Outputs[0].Shape);
    }

    [Fact]
    public void A_view_knows_whose_memory_it_looks_at()
    {
        using var scope = new TensorScope();
        using var net = new Identity();
        var image = Tensor.Zeros([1, 1, 8, 8]);

        var graph = TraceGraph.Record(net, [("image", image)], () =>
        {
            var view = image.Narrow(2, 1, 4);
            return [view.Contiguous(), view.Clone(), view.Reshape(1, 1, 2, 16)];
        });

        Assert.Same(graph.Inputs[0], graph.Steps[0].Results[0].Memory);
        Assert.Same(graph.Inputs[0], graph.Outputs[0].Memory);
        Assert.Same(graph.Outputs[1], graph.Outputs[1].Memory);
        Assert.Same(graph.Inputs[0], graph.Outputs[2].Memory);
    }

    [Fact]
    public void It_can_be_written_as_json()
    {
        using var scope = new TensorScope();
        using var guard = new NoGrad();
        using var net = new Conv(2, 1, 1, kernel: 1, bias: false);
        var image = Tensor.Zeros([1, 1, 2, 2]);

        var json = TraceGraph.Record(net, [("image", image)], () => [net.Forward(image)]).ToJson();

        Assert.Equal(
            """
            {"inputs":[{"id":0,"name":"image","shape":[1,1,2,2],"dtype":"float32"}],"state":[{"id":1,"name":"weight","shape":[1,1,1,1],"dtype":"float32"}],"constants":[],"steps":[{"op":"segsharp::conv","overload":"","arguments":[{"tensor":0},{"tensor":1},null,[1,1],[0,0],[1,1],1],"results":[2]}],"outputs":[2]}
            """,
            json.ToJsonString());
    }
}

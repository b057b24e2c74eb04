using System.Text.Json.Nodes;
using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Layers;

/// <summary>Outputs, gradients and running statistics of PyTorch's layers, recorded by <c>scripts/layers.py</c>.</summary>
[Collection("native")]
public sealed class LayerParityTests
{
    private static readonly string Folder = Path.Combine(ParityCases.Own, "layers");

    public static TheoryData<string> Cases => ParityCases.Names(List);

    /// <summary>Cases that a switch of the accelerations can change.</summary>
    public static TheoryData<string> Convolutions => [.. Cases.Select(c => c.Data).Where(name => ParityCases.Named(List, name)["layer"]!.GetValue<string>() is "conv" or "transposed")];

    private static string List => Path.Combine(Folder, "index.json");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_and_gradients_are_those_of_PyTorch(string name) => Hold(name, winograd: 0);

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void The_default_choice_of_convolution_holds_too(string name) => Hold(name, winograd: null);

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void The_Winograd_convolution_wherever_it_is_possible_holds_too(string name) => Hold(name, winograd: 2);

    [Fact]
    public void The_Winograd_convolution_is_really_taken()
    {
        var before = TorchRuntime.Counter("winograd_calls");

        Hold("conv2d-winograd", winograd: 2);

        Assert.True(TorchRuntime.Counter("winograd_calls") > before);
    }

    private static void Hold(string name, long? winograd)
    {
        using var speed = new Winograd(winograd);
        using var scope = new TensorScope();
        var json = ParityCases.Named(List, name);
        var state = json["state"]!.AsObject().ToDictionary(s => s.Key, s => Read(s.Value), StringComparer.Ordinal);
        var input = Read(json["input"]);
        var options = json["options"]!.AsObject();
        using var layer = LayerOriginals.Build(
            json["layer"]!.GetValue<string>(), new(options), state.ToDictionary(s => s.Key, s => s.Value.Shape, StringComparer.Ordinal), input.Shape);
        layer.Load(state, name);
        layer.Train(options["training"]?.GetValue<bool>() ?? true);
        var x = Tensor.From(input);
        x.RequiresGrad = true;

        var y = layer.Forward(x);
        (y * Cotangent(y.Shape)).Mean().Backward();

        List<Comparison> found =
        [
            // A convolution is a sum of products: its rounding, which differs between BLAS libraries and algorithms, goes with the
            // terms and not with a result near zero. Other layers are held element by element.
            json["layer"]!.GetValue<string>() is "conv" or "transposed"
                ? Comparison.OfGradient("output", y, Read(json["output"]), 1e-6, 1e-5)
                : Comparison.Of("output", y, Read(json["output"]), 1e-6, 1e-5),
            Comparison.OfGradient("gradient of the input", x.Grad!, Read(json["gradientOfInput"]), 1e-7, 1e-4),
        ];
        var parameters = layer.NamedParameters().ToDictionary(p => p.Name, p => p.Tensor, StringComparer.Ordinal);
        found.AddRange(json["gradients"]!.AsObject().Select(g => Comparison.OfGradient($"gradient of {g.Key}", parameters[g.Key].Grad!, Read(g.Value), 1e-7, 1e-4)));
        var buffers = layer.NamedBuffers().ToDictionary(p => p.Name, p => p.Tensor, StringComparer.Ordinal);
        found.AddRange((json["stateAfter"]?.AsObject() ?? []).Select(b => Comparison.Of($"{b.Key} afterwards", buffers[b.Key], Read(b.Value), 1e-6, 1e-5)));

        Assert.Equal(parameters.Keys.Order(), json["gradients"]!.AsObject().Select(g => g.Key).Order());
        Assert.True(found.TrueForAll(c => c.Passed == true), string.Join('\n', found));
    }

    private static TensorData Read(JsonNode? file) => Npy.Read(Path.Combine(Folder, file!.GetValue<string>()));

    // c[i] = ((37 i + 11) mod 101) / 50 − 1, i row-major.
    private static Tensor Cotangent(long[] shape) =>
        Tensor.From([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => (((37 * i) + 11) % 101 / 50f) - 1)], shape);
}

using System.Text.Json.Nodes;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.ParityTests.Initialisers;

/// <summary>The deviation that torch.nn.init gives the weights of a layer.</summary>
[Collection("native")]
public sealed class InitialiserParityTests
{
    private const int Seeds = 5;
    private const double Sigmas = 5;

    private static readonly Dictionary<string, (Action<Tensor> Fill, bool Uniform)> Ours = new(StringComparer.Ordinal)
    {
        ["kaiming_normal fan_out relu"] = (w => Initialise.KaimingNormal(w, fan: Fan.Out), false),
        ["kaiming_normal fan_in leaky_relu a=0.01 (nnU-Net)"] = (w => Initialise.KaimingNormal(w, slope: 0.01), false),
        ["xavier_uniform"] = (w => Initialise.XavierUniform(w), true),
        ["xavier_normal"] = (w => Initialise.XavierNormal(w), false),
        ["default (kaiming_uniform a=sqrt5)"] = (w => Initialise.ConvDefault(w, null), true),
    };

    private static string List => Path.Combine(ParityCases.Root, "08-training", "initialisers.json");

    public static TheoryData<string, string> Cases => !File.Exists(List) ? [] :
    [
        .. All.SelectMany(c => c!.AsObject().Where(p => p.Value is JsonObject).Select(p => (c["layer"]!.GetValue<string>(), p.Key))),
    ];

    public static TheoryData<string> Layers => !File.Exists(List) ? [] : [.. All.Select(c => c!["layer"]!.GetValue<string>())];

    private static JsonArray All => JsonNode.Parse(File.ReadAllBytes(List))!["cases"]!.AsArray();

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void The_weights_have_the_deviation_of_PyTorchs(string layer, string initialiser)
    {
        Assert.SkipUnless(Ours.TryGetValue(initialiser, out var ours), $"SegSharp's Initialise has no '{initialiser}'");
        var json = Find(layer);
        var expected = json[initialiser]!["expected_std"]!.GetValue<double>();
        using var scope = new TensorScope();
        var weight = Tensor.Empty(Shape(json));
        var values = new List<float>();

        for (var seed = 1; seed <= Seeds; seed++)
        {
            TorchRuntime.Seed(seed);
            ours.Fill(weight);
            values.AddRange(weight.ToArray<float>());
        }

        // The sampling error of a deviation: σ √((k − 1) / 4n), with kurtosis k = 3 for normal numbers and 9/5 for uniform ones.
        var error = expected * Math.Sqrt(((ours.Uniform ? 1.8 : 3) - 1) / (4.0 * values.Count));
        var mean = values.Average(v => (double)v);
        Assert.Equal(0, mean, Sigmas * expected / Math.Sqrt(values.Count));
        Assert.Equal(expected, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), Sigmas * error);
        if (ours.Uniform)
        {
            Assert.InRange(values.Max(v => Math.Abs((double)v)), 0.99 * Math.Sqrt(3) * expected, (Math.Sqrt(3) * expected) + 1e-7);
        }
        else
        {
            Assert.True(values.Max(v => Math.Abs(v)) > 3 * expected, "normal numbers have tails");
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Layers))]
    public void The_biases_fill_the_bound_of_PyTorchs(string layer)
    {
        var json = Find(layer);
        var bound = json["default bias bound"]!.GetValue<double>();
        using var scope = new TensorScope();
        var (weight, bias) = (Tensor.Empty(Shape(json)), Tensor.Empty([4096]));
        TorchRuntime.Seed(1);

        Initialise.ConvDefault(weight, bias);

        Assert.InRange(bias.Max().Item(), 0.98 * bound, bound + 1e-7);
        Assert.InRange(bias.Min().Item(), -bound - 1e-7, -0.98 * bound);
    }

    private static JsonObject Find(string layer) => All.OfType<JsonObject>().Single(c => c["layer"]!.GetValue<string>() == layer);

    private static long[] Shape(JsonObject json) => [.. json["shape"]!.AsArray().Select(s => s!.GetValue<long>())];
}

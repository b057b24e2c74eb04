using System.Text.Json.Nodes;
using SegSharp.Losses;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Losses;

/// <summary>What holds for every loss of the catalogue, in the forms that its options give it.</summary>
[Collection("native")]
public sealed class LossCatalogueTests
{
    private const int Ignored = 9;

    // Every entry with its defaults, and the options whose formulas have edges of their own.
    private static readonly string[] Forms =
    [
        """{ "name": "bce" }""",
        """{ "name": "bce", "positiveWeight": 9, "labelSmoothing": 0.1 }""",
        """{ "name": "bce", "positiveWeights": [2, 3, 4] }""",
        """{ "name": "ce" }""",
        """{ "name": "ce", "classWeights": [0.2, 1, 3], "normalise": "count" }""",
        """{ "name": "ce", "labelSmoothing": 0.1 }""",
        """{ "name": "topk" }""",
        """{ "name": "topk", "percent": 40, "sigmoid": true }""",
        """{ "name": "focal" }""",
        """{ "name": "focal", "sigmoid": true, "alpha": 0.25 }""",
        """{ "name": "focal", "oneVersusRest": true, "background": false, "classWeights": [1, 3] }""",
        """{ "name": "focal", "gamma": 0.5 }""",
        """{ "name": "focal", "gamma": 0, "normalised": true }""",
        """{ "name": "focal", "sigmoid": true, "reducedThreshold": 0.5, "normalised": true }""",
        """{ "name": "dice" }""",
        """{ "name": "dice", "sigmoid": true, "squared": true, "poolBatch": false }""",
        """{ "name": "dice", "background": true, "jaccard": true, "smooth": 0, "smoothBelow": 0 }""",
        """{ "name": "dice", "log": true, "smooth": 0, "skipAbsent": true, "classWeights": [1, 2] }""",
        """{ "name": "gdice" }""",
        """{ "name": "gdice", "weighting": "simple", "background": true, "poolBatch": false, "smooth": 0 }""",
        """{ "name": "gdice", "weighting": "uniform", "sigmoid": true }""",
        """{ "name": "tversky" }""",
        """{ "name": "tversky", "gamma": 0.75, "sigmoid": true, "poolBatch": false }""",
        """{ "name": "tversky", "gamma": 0.75, "gammaOfMean": true, "smooth": 0 }""",
        """{ "name": "lovasz" }""",
        """{ "name": "lovasz", "sigmoid": true, "perImage": true }""",
        """{ "name": "boundary" }""",
        """{ "name": "boundary", "sigmoid": true, "classes": [0, 2] }""",
        """{ "name": "dice+ce" }""",
        """{ "name": "dice+ce", "sigmoid": true, "positiveWeight": 2 }""",
        """{ "name": "dice+topk" }""",
        """{ "name": "dice+focal" }""",
        """{ "name": "dice+focal", "oneVersusRest": false, "background": true }""",
        """{ "name": "sum" }""",
        """{ "name": "sum", "terms": [{ "loss": "gdice" }, { "weight": 0.01, "loss": "boundary" }] }""",
    ];

    public LossCatalogueTests() => TorchRuntime.Seed(20);

    public static TheoryData<string> All => [.. Forms];

    [Fact]
    public void Every_entry_is_among_the_forms() =>
        Assert.Equal(LossCatalogue.All.Names.Order(StringComparer.Ordinal), Forms.Select(f => Options(f)).Select(o => LossCatalogue.All.GetByOptions(o.GetType()).Name).Distinct().Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(All))]
    public void The_options_survive_JSON_and_have_no_faults(string form)
    {
        var options = Options(form);

        var written = OptionsJson.Write(options);

        Assert.Empty(options.Check());
        Assert.True(JsonNode.DeepEquals(written, OptionsJson.Write(OptionsJson.Read<LossOptions>(written, "loss"))), written.ToJsonString());
        Assert.All(JsonNode.Parse(form)!.AsObject().Where(k => k.Key != "terms"), k => Assert.Equal(k.Value!.ToJsonString(), written[k.Key]!.ToJsonString()));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Value_and_gradient_are_finite_whatever_the_masks_and_the_logits(string form)
    {
        var options = Options(form) with { Ignore = Ignored };
        var loss = Build(options);
        foreach (var (mask, labels) in Masks())
        {
            foreach (var (kind, make) in Extremes())
            {
                foreach (var dtype in new[] { DType.Float32, DType.Float16 })
                {
                    using var scope = new TensorScope();
                    var logits = make().To(dtype).Detach();
                    logits.RequiresGrad = true;

                    var value = loss.Compute(logits, labels(), Maps(options, logits));
                    value.Backward();

                    Assert.True(value.IsFinite(), $"{form} of {mask} at {kind} logits ({dtype}) is {value.Item()}");
                    Assert.True(logits.Grad!.IsFinite(), $"the gradient of {form} of {mask} at {kind} logits ({dtype}) is not finite");
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_gradient_is_the_slope_of_the_value(string form)
    {
        using var scope = new TensorScope();
        var options = Options(form) with { Ignore = Ignored };
        var loss = Build(options);
        var start = Tensor.Normal([2, 3, 2, 3]).To(DType.Float64).ToArray<double>();
        var target = Tensor.From([0L, 1, 2, 1, 0, 3, /* second image: */ 2, 2, 0, Ignored, 1, 0], 2, 2, 3);
        var logits = Tensor.From(start, 2, 3, 2, 3);
        var maps = Maps(options, logits);
        target = options.Head == Head.Softmax ? target.EqualTo(3).Where(Tensor.Zeros([1], DType.Int64), target) : target;
        logits.RequiresGrad = true;
        loss.Compute(logits, target, maps).Backward();
        var gradient = logits.Grad!.ToArray<double>();

        const double Step = 1e-6;
        for (var i = 0; i < start.Length; i++)
        {
            double At(double x)
            {
                var moved = (double[])start.Clone();
                moved[i] = x;
                return loss.Compute(Tensor.From(moved, 2, 3, 2, 3), target, maps).Item();
            }

            var slope = (At(start[i] + Step) - At(start[i] - Step)) / (2 * Step);
            Assert.True(Math.Abs(slope - gradient[i]) < 1e-7, $"{form}: slope {slope} at logit {i}, gradient {gradient[i]}");   // Step² · third derivative, and 1e-16 / Step
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Channels_of_0_and_1_are_the_same_target_as_labels(string form)
    {
        using var scope = new TensorScope();
        var options = Options(form) with { Ignore = Ignored };
        var loss = Build(options);
        var logits = Tensor.Normal([2, 3, 4, 5]);
        var labels = options.Head == Head.Sigmoid ? Mixed() : Mixed().Clamp(0, 2).To(DType.Int64);
        var maps = Maps(options, logits);
        var channels = options.Head == Head.Sigmoid ? labels.OneHot(4).From(1, 1) : labels.OneHot(3);

        Assert.Equal(loss.Compute(logits, labels, maps).Item(), loss.Compute(logits, channels, maps).Item(), 2e-6);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_channel_below_0_counts_as_little_as_an_ignored_label(string form)
    {
        if (form.Contains("count", StringComparison.Ordinal))
        {
            return;                                                              // class weights of channels are divided by the pixels in any case
        }

        using var scope = new TensorScope();
        var options = Options(form) with { Ignore = Ignored };
        var loss = Build(options);
        var logits = Tensor.Normal([2, 3, 4, 5]);
        var labels = options.Head == Head.Sigmoid ? Mixed() : Mixed().Clamp(0, 2).To(DType.Int64);
        var hidden = Mixed(seed: 3).EqualTo(1);
        var maps = Maps(options, logits);
        var channels = options.Head == Head.Sigmoid ? labels.OneHot(4).From(1, 1) : labels.OneHot(3);

        var byLabel = loss.Compute(logits, hidden.Where(Tensor.Full(Ignored, [1], DType.Int64), labels), maps);
        var byChannel = loss.Compute(logits, hidden.Unsqueeze(1).Where(Tensor.Full(-1, [1]), channels), maps);

        Assert.Equal(byLabel.Item(), byChannel.Item(), 2e-6);
        Assert.NotEqual(loss.Compute(logits, labels, maps).Item(), byLabel.Item(), 1e-5);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void No_tensor_is_left_behind_but_the_value(string form)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        var options = Options(form);
        var logits = Tensor.Normal([2, 3, 4, 5]);
        var (labels, maps) = (Mixed().Clamp(0, 2).To(DType.Int64), Maps(options, logits));
        var before = TorchRuntime.LiveHandles;

        Build(options).Compute(logits, labels, maps);

        Assert.Equal(before + 1, TorchRuntime.LiveHandles);
    }

    [Theory]
    [InlineData("""{ "name": "bce", "positiveWeight": 0 }""", "loss.positiveWeight is 0; it must be above 0")]
    [InlineData("""{ "name": "bce", "positiveWeights": [1, -1] }""", "loss.positiveWeights are [1, -1]; each must be 0 or more, and one above 0")]
    [InlineData("""{ "name": "bce", "labelSmoothing": 0.5 }""", "loss.labelSmoothing is 0.5; it must be 0 or more and below 0.5")]
    [InlineData("""{ "name": "ce", "labelSmoothing": 1.5 }""", "loss.labelSmoothing is 1.5; it must be from 0 to 1")]
    [InlineData("""{ "name": "ce", "borderSigma": 0 }""", "loss.borderSigma is 0; it must be above 0")]
    [InlineData("""{ "name": "ce", "levelWeights": [0, 0] }""", "loss.levelWeights are [0, 0]; each must be 0 or more, and one above 0")]
    [InlineData("""{ "name": "topk", "percent": 0 }""", "loss.percent is 0; it must be above 0 and at most 100")]
    [InlineData("""{ "name": "topk", "sigmoid": true, "classWeights": [1, 2] }""", "loss.classWeights are set, but with loss.sigmoid = true channels are not weighted; leave them away")]
    [InlineData("""{ "name": "focal", "gamma": -1 }""", "loss.gamma is -1; it must be 0 or more")]
    [InlineData("""{ "name": "focal", "alpha": 2 }""", "loss.alpha is 2; it must be from 0 to 1")]
    [InlineData("""{ "name": "focal", "reducedThreshold": 0 }""", "loss.reducedThreshold is 0; it must be above 0 and at most 1")]
    [InlineData("""{ "name": "dice", "smooth": -1 }""", "loss.smooth is -1; it must be 0 or more")]
    [InlineData("""{ "name": "dice", "smoothBelow": -1 }""", "loss.smoothBelow is -1; it must be 0 or more")]
    [InlineData("""{ "name": "dice", "classWeights": [-1] }""", "loss.classWeights are [-1]; each must be 0 or more, and one above 0")]
    [InlineData("""{ "name": "ce", "classWeights": [0, 0] }""", "loss.classWeights are [0, 0]; each must be 0 or more, and one above 0")]
    [InlineData("""{ "name": "gdice", "smooth": -1 }""", "loss.smooth is -1; it must be 0 or more")]
    [InlineData("""{ "name": "tversky", "falsePositives": -1 }""", "loss.falsePositives is -1; it must be 0 or more")]
    [InlineData("""{ "name": "tversky", "gamma": 0 }""", "loss.gamma is 0; it must be above 0")]
    [InlineData("""{ "name": "lovasz", "levelWeights": [] }""", "loss.levelWeights are []; each must be 0 or more, and one above 0")]
    [InlineData("""{ "name": "boundary", "classes": [] }""", "loss.classes are []; each must be 0 or more, and there must be one")]
    [InlineData("""{ "name": "boundary", "spacing": [1] }""", "loss.spacing is [1]; it must be 2 or 3 numbers above 0")]
    [InlineData("""{ "name": "dice+ce", "diceWeight": 0, "crossEntropyWeight": 0 }""", "loss.diceWeight and crossEntropyWeight are 0 and 0; both must be 0 or more, and one above 0")]
    [InlineData("""{ "name": "dice+ce", "sigmoid": true, "classWeights": [1, 2] }""", "loss.classWeights are set, but with loss.sigmoid = true channels are not weighted; leave them away")]
    [InlineData("""{ "name": "dice+ce", "smooth": -1 }""", "loss.smooth is -1; it must be 0 or more")]
    [InlineData("""{ "name": "dice+topk", "percent": 200 }""", "loss.percent is 200; it must be above 0 and at most 100")]
    [InlineData("""{ "name": "dice+focal", "gamma": -2 }""", "loss.gamma is -2; it must be 0 or more")]
    [InlineData("""{ "name": "sum", "terms": [] }""", "loss.terms have the weights []; each must be 0 or more, and one above 0")]
    [InlineData("""{ "name": "sum", "terms": [{ "loss": "bce" }, { "loss": "dice" }] }""", "loss.terms mix losses of a sigmoid head with losses of a softmax head; set sigmoid in all or in none")]
    [InlineData("""{ "name": "sum", "terms": [{ "loss": "boundary" }, { "loss": { "name": "ce", "borderWeight": 10 } }] }""", "loss.terms need more than one map per image; at most one term may be a boundary loss or have a borderWeight")]
    [InlineData("""{ "name": "sum", "terms": [{ "loss": { "name": "dice", "levelWeights": [1, 0] } }] }""", "loss.terms[0].loss.levelWeights are set, but all terms share those of the sum; set loss.levelWeights")]
    [InlineData("""{ "name": "sum", "terms": [{ "loss": { "name": "focal", "gamma": -1 } }] }""", "loss.terms[0].loss.gamma is -1; it must be 0 or more")]
    public void A_fault_is_told_with_its_key(string form, string message) => Assert.Equal([message], Options(form).Check().Select(f => f.ToString()));

    [Theory]
    [InlineData("""{ "name": "ce", "classWeights": [1, 2] }""")]
    [InlineData("""{ "name": "dice", "background": true, "classWeights": [1, 2] }""")]
    [InlineData("""{ "name": "focal", "classWeights": [1, 2] }""")]
    public void Weights_for_other_channels_are_refused(string form)
    {
        using var scope = new TensorScope();

        var error = Assert.Throws<ShapeException>(() => Build(Options(form)).Compute(Tensor.Zeros([1, 3, 2, 2]), Tensor.Zeros([1, 2, 2], DType.Int64)));

        Assert.Equal("there are 2 class weights for 3 channels", error.Message);
    }

    [Fact]
    public void The_boundary_loss_asks_for_its_distances()
    {
        using var scope = new TensorScope();

        var error = Assert.Throws<ShapeException>(() => new Boundary(new()).Compute(Tensor.Zeros([1, 3, 2, 2]), Tensor.Zeros([1, 2, 2], DType.Int64)));

        Assert.Equal("the boundary loss needs the distances to its target's boundary as weights, [1,3,2,2], but got none", error.Message);
    }

    internal static LossOptions Options(string form) => OptionsJson.Read<LossOptions>(JsonNode.Parse(form), "loss");

    internal static Loss Build(LossOptions options) => LossCatalogue.All.GetByOptions(options.GetType()).Build(options);

    private static Tensor? Maps(LossOptions options, Tensor logits) =>
        options.Parts.Any(p => p is BoundaryOptions)
            ? Tensor.From([.. Enumerable.Range(0, (int)logits.Count).Select(i => (float)((i * 7 % 11) - 5))], logits.Shape)
            : null;

    private static Tensor Mixed(int seed = 1) => Tensor.From([.. Enumerable.Range(0, 40).Select(i => (long)((i * 13 * seed) + (i / 7)) % 4)], 2, 4, 5);

    private static IEnumerable<(string, Func<Tensor>)> Masks() =>
    [
        ("an empty mask", () => Tensor.Zeros([2, 4, 5], DType.Int64)),
        ("a full mask", () => Tensor.Ones([2, 4, 5], DType.Int64)),
        ("a mask of which nothing is known", () => Tensor.Full(Ignored, [2, 4, 5], DType.Int64)),
        ("an image full of one label beside an empty one", () => Tensor.Cat(0, Tensor.Full(2, [1, 4, 5], DType.Int64), Tensor.Zeros([1, 4, 5], DType.Int64))),
        ("an image of which nothing is known", () => Tensor.Cat(0, Tensor.Full(Ignored, [1, 4, 5], DType.Int64), Tensor.Ones([1, 4, 5], DType.Int64))),
        ("all labels", () => Mixed().Clamp(0, 2).To(DType.Int64)),
    ];

    // 65504 is the greatest half-precision number, 6e-8 the least.
    private static IEnumerable<(string, Func<Tensor>)> Extremes() =>
    [
        ("zero", () => Tensor.Zeros([2, 3, 4, 5])),
        ("tiny", () => Tensor.Normal([2, 3, 4, 5]) * 6e-8),
        ("usual", () => Tensor.Normal([2, 3, 4, 5])),
        ("sure", () => Tensor.Normal([2, 3, 4, 5]) * 100),
        ("high", () => Tensor.Full(1e4, [2, 3, 4, 5])),
        ("low", () => Tensor.Full(-1e4, [2, 3, 4, 5])),
        ("opposite", () => Tensor.Cat(1, Tensor.Full(1e4, [2, 1, 4, 5]), Tensor.Full(-1e4, [2, 2, 4, 5]))),
        ("the other way opposite", () => Tensor.Cat(1, Tensor.Full(-65504, [2, 1, 4, 5]), Tensor.Full(65504, [2, 2, 4, 5]))),
    ];
}

using SegSharp.Losses;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Losses;

/// <summary>The losses on four pixels, by numbers that can be checked on paper, and at the edges where formulas break.</summary>
[Collection("native")]
public sealed class LossTests
{
    private const double Close = 1e-6;

    /// <summary>The exercise's toy: logits [[2, −1], [0.5, −3]], truth [[1, 0], [1, 0]].</summary>
    public static TheoryData<string, LossOptions, double> Toy => new()
    {
        { "binary cross-entropy", new BinaryCrossEntropyOptions(), 0.240714 },
        { "binary cross-entropy, positives nine times", new BinaryCrossEntropyOptions { PositiveWeight = 9 }, 1.442724 },
        { "Dice", new SoftDiceOptions { Sigmoid = true, Smooth = 1e-6 }, 0.212877 },
        { "half and half", new DiceCrossEntropyOptions { Sigmoid = true, Smooth = 1e-6, DiceWeight = 0.5, CrossEntropyWeight = 0.5 }, 0.226795 },
    };

    public static TheoryData<string> Catalogue => [.. LossCatalogue.All.Names];

    [Theory]
    [MemberData(nameof(Toy))]
    public void The_toy_gives_the_exercises_numbers(string name, LossOptions options, double expected)
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();

        var loss = Build(options).Compute(Logits(), Truth());

        Assert.Equal(expected, loss.Item(), Close);
        Assert.NotEmpty(name);
    }

    [Fact]
    public void A_weight_of_nine_on_every_pixel_is_not_a_positive_weight_of_nine()
    {
        using var scope = new TensorScope();

        var loss = new BinaryCrossEntropy(new()).Compute(Logits(), Truth(), Tensor.Full(9, [1, 2, 2]));

        Assert.Equal(2.166422, loss.Item(), Close);
    }

    [Fact]
    public void Logits_that_went_through_a_sigmoid_already_give_the_number_of_the_trap()
    {
        using var scope = new TensorScope();

        var loss = new BinaryCrossEntropy(new()).Compute(Logits().Sigmoid(), Truth());

        Assert.Equal(0.582526, loss.Item(), Close);
    }

    [Fact]
    public void Two_channels_that_differ_by_a_logit_are_one_sigmoid_channel()
    {
        using var scope = new TensorScope();
        var both = Tensor.Cat(1, Tensor.Zeros([1, 1, 2, 2]), Logits());

        Assert.Equal(0.240714, new CrossEntropy(new()).Compute(both, Truth()).Item(), Close);
        Assert.Equal(0.212877, new SoftDice(new() { Smooth = 1e-6 }).Compute(both, Truth()).Item(), Close);
    }

    [Theory]
    [InlineData(WeightNormalisation.Weights, ((0.126928 + 0.474077) * 3 + (0.313262 + 0.048587)) / 8)]
    [InlineData(WeightNormalisation.Count, ((0.126928 + 0.474077) * 3 + (0.313262 + 0.048587)) / 4)]
    public void Class_weights_are_divided_by_their_sum_or_by_the_pixels(WeightNormalisation normalise, double expected)
    {
        using var scope = new TensorScope();
        var both = Tensor.Cat(1, Tensor.Zeros([1, 1, 2, 2]), Logits());

        var loss = new CrossEntropy(new() { ClassWeights = [1, 3], Normalise = normalise }).Compute(both, Truth());

        Assert.Equal(expected, loss.Item(), Close);
    }

    [Fact]
    public void An_ignored_pixel_counts_neither_above_nor_below_the_line()
    {
        using var scope = new TensorScope();
        var both = Tensor.Cat(1, Tensor.Zeros([1, 1, 2, 2]), Logits());
        var target = Tensor.From([1L, 0, 1, 255], 1, 2, 2);
        const double Expected = (0.126928 + 0.313262 + 0.474077) / 3;

        Assert.Equal(Expected, new CrossEntropy(new() { Ignore = 255 }).Compute(both, target).Item(), Close);
        Assert.Equal(Expected, new CrossEntropy(new() { Ignore = 255, Normalise = WeightNormalisation.Count }).Compute(both, target).Item(), Close);
    }

    [Fact]
    public void Weighted_pixels_are_divided_by_their_number()
    {
        using var scope = new TensorScope();
        var both = Tensor.Cat(1, Tensor.Zeros([1, 1, 2, 2]), Logits());

        var loss = new CrossEntropy(new()).Compute(both, Truth(), Tensor.From([1f, 2, 3, 4], 1, 2, 2));

        Assert.Equal((0.126928 + (2 * 0.313262) + (3 * 0.474077) + (4 * 0.048587)) / 4, loss.Item(), Close);
    }

    [Theory]
    [InlineData(3, new double[0])]                                              // every pixel is ignored
    [InlineData(null, new double[] { 0, 1 })]                                   // the only label there has weight 0
    public void Where_nothing_counts_the_cross_entropy_is_zero_and_finite(int? ignore, double[] weights)
    {
        using var scope = new TensorScope();
        var logits = Tensor.Uniform([2, 2, 4, 4], -1, 1);
        logits.RequiresGrad = true;
        var target = Tensor.Full(ignore ?? 0, [2, 4, 4], DType.Int64);

        var loss = new CrossEntropy(new() { Ignore = ignore, ClassWeights = weights.Length == 0 ? null : weights }).Compute(logits, target);
        loss.Backward();

        Assert.Equal(0, loss.Item());
        Assert.All(logits.Grad!.ToArray<float>(), g => Assert.Equal(0, g));
    }

    [Fact]
    public void Dice_of_the_batch_is_not_the_mean_of_the_samples()
    {
        using var scope = new TensorScope();
        var logits = Tensor.From([20f, 20, -20, -20, /* second sample: */ -20, -20, -20, -20], 2, 1, 2, 2);
        var target = Tensor.From([1L, 1, 0, 0, /* second sample: */ 1, 0, 0, 0], 2, 2, 2);

        // Together 2 of 2 found and 3 there: 1 − 4/5. Apart: 0 for the first, 1 for the second.
        Assert.Equal(0.2, new SoftDice(new() { Sigmoid = true, Smooth = 1e-6 }).Compute(logits, target).Item(), 1e-5);
        Assert.Equal(0.5, new SoftDice(new() { Sigmoid = true, Smooth = 1e-6, PoolBatch = false }).Compute(logits, target).Item(), 1e-5);
    }

    [Fact]
    public void Background_counts_in_the_Dice_only_when_asked()
    {
        using var scope = new TensorScope();
        var logits = Tensor.From([20f, 20, 20, 20, /* channel 1: */ -20, -20, -20, -20], 1, 2, 2, 2);
        var target = Tensor.From([1L, 0, 0, 0], 1, 2, 2);

        Assert.Equal(1, new SoftDice(new() { Smooth = 1e-6 }).Compute(logits, target).Item(), 1e-5);
        Assert.Equal(1 - (3.0 / 7), new SoftDice(new() { Smooth = 1e-6, Background = true }).Compute(logits, target).Item(), 1e-5);
    }

    [Fact]
    public void An_empty_mask_leaves_the_Dice_almost_no_gradient()
    {
        using var scope = new TensorScope();
        var logits = Tensor.Full(-8, [1, 1, 64, 64]);
        logits.RequiresGrad = true;

        new SoftDice(new() { Sigmoid = true, Smooth = 1e-6 }).Compute(logits, Tensor.Zeros([1, 64, 64], DType.Int64)).Backward();

        Assert.InRange(logits.Grad!.Abs().Max().Item(), 1.7e-10, 1.9e-10);
    }

    [Theory]
    [MemberData(nameof(Catalogue))]
    public void Another_grid_is_refused_with_both_shapes(string name)
    {
        using var scope = new TensorScope();

        var error = Assert.Throws<ShapeException>(() => Default(name).Compute(Tensor.Zeros([2, 2, 4, 4]), Tensor.Zeros([2, 1, 4, 4], DType.Int64)));

        Assert.Equal("logits are [2,2,4,4] float32 but the target is [2,1,4,4] int64; expected labels [2,4,4] or channels [2,2,4,4]", error.Message);
    }

    [Fact]
    public void Class_weights_for_another_number_of_channels_are_refused()
    {
        using var scope = new TensorScope();

        var error = Assert.Throws<ShapeException>(() => new CrossEntropy(new() { ClassWeights = [1, 2, 3] }).Compute(Tensor.Zeros([1, 2, 4, 4]), Tensor.Zeros([1, 4, 4], DType.Int64)));

        Assert.Equal("there are 3 class weights for 2 channels", error.Message);
    }

    private static Loss Build(LossOptions options) => LossCatalogue.All.GetByOptions(options.GetType()).Build(options);

    private static Loss Default(string name)
    {
        var entry = LossCatalogue.All.Get(name);
        return entry.Build(entry.Defaults());
    }

    private static Tensor Logits() => Tensor.From([2f, -1, 0.5f, -3], 1, 1, 2, 2);

    private static Tensor Truth() => Tensor.From([1L, 0, 1, 0], 1, 2, 2);
}

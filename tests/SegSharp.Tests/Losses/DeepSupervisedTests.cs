using SegSharp.Losses;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.Tests.Losses;

/// <summary>The loss at every level of a network.</summary>
[Collection("native")]
public sealed class DeepSupervisedTests
{
    [Fact]
    public void A_level_of_weight_0_has_no_gradient_and_the_others_their_share()
    {
        using var check = new NoLeaks();
        using var scope = new TensorScope();
        var levels = Levels(8, 4, 2);
        var target = Labels(8);
        var loss = new CrossEntropy(new());

        var value = new DeepSupervised(loss).Compute(levels, target);
        value.Backward();

        var expected = (2 / 3.0 * loss.Compute(levels[0], target).Item()) + (1 / 3.0 * loss.Compute(levels[1], DeepSupervised.OnGridOf(levels[1], target)).Item());
        Assert.Equal(expected, value.Item(), 1e-6);
        Assert.NotNull(levels[1].Grad);
        Assert.Null(levels[2].Grad);
    }

    [Fact]
    public void Levels_of_one_size_count_the_same()
    {
        using var scope = new TensorScope();

        Assert.Equal([0.25, 0.25, 0.25, 0.25], DeepSupervised.WeightsFor(Levels(8, 8, 8, 8)));
        Assert.Equal([1.0], DeepSupervised.WeightsFor(Levels(8)));
        Assert.Equal([1.0, 0.0], DeepSupervised.WeightsFor(Levels(8, 4)));
    }

    [Fact]
    public void Weights_of_ones_own_are_taken_as_they_are()
    {
        using var scope = new TensorScope();
        var levels = Levels(8, 4);
        var target = Labels(8);
        var loss = new CrossEntropy(new());

        var value = new DeepSupervised(loss, [2, 3]).Compute(levels, target).Item();

        Assert.Equal((2 * loss.Compute(levels[0], target).Item()) + (3 * loss.Compute(levels[1], DeepSupervised.OnGridOf(levels[1], target)).Item()), value, 1e-5);
    }

    [Fact]
    public void Weights_for_other_levels_are_refused()
    {
        using var scope = new TensorScope();

        var error = Assert.Throws<ShapeException>(() => new DeepSupervised(new CrossEntropy(new()), [1, 1]).Compute(Levels(8, 4, 2), Labels(8)));

        Assert.Equal("there are 2 level weights for 3 levels", error.Message);
    }

    [Fact]
    public void A_coarser_truth_takes_the_pixel_in_the_middle_of_each_new_one()
    {
        using var scope = new TensorScope();
        var row = Tensor.From([0L, 1, 2, 3, 4, 5, 6], 1, 1, 7);

        Assert.Equal([1L, 3, 5], DeepSupervised.OnGridOf(Tensor.Zeros([1, 1, 1, 3]), row).ToArray<long>());   // 7/6, 21/6, 35/6
        Assert.Equal([1L, 5], DeepSupervised.OnGridOf(Tensor.Zeros([1, 1, 1, 2]), row).ToArray<long>());
    }

    [Fact]
    public void Regions_and_maps_follow_their_labels_to_the_coarser_grid()
    {
        using var scope = new TensorScope();
        var (levels, target) = (Levels(8, 4, 2), Labels(8));
        var loss = new SoftDice(new() { Background = true });

        var byLabels = new DeepSupervised(loss).Compute(levels, target);
        var byChannels = new DeepSupervised(loss).Compute(levels, target.OneHot(3), Tensor.Ones([2, 8, 8]));

        Assert.Equal(byLabels.Item(), byChannels.Item(), 1e-6);
    }

    private static Tensor[] Levels(params int[] sides) => [.. sides.Select((side, i) =>
    {
        var z = Tensor.From([.. Enumerable.Range(0, 6 * side * side).Select(j => (float)Math.Sin((j * 7) + i))], 2, 3, side, side);
        z.RequiresGrad = true;
        return z;
    })];

    private static Tensor Labels(int side) => Tensor.From([.. Enumerable.Range(0, 2 * side * side).Select(i => (long)(i / 5 % 3))], 2, side, side);
}

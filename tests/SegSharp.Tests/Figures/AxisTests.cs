using SegSharp.Figures.Drawing;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class AxisTests
{
    [Theory]
    [InlineData(0, 1, "0 0.2 0.4 0.6 0.8 1.0")]
    [InlineData(0.31, 1.22, "0.2 0.4 0.6 0.8 1.0 1.2 1.4")]
    [InlineData(-3, 17, "-5 0 5 10 15 20")]
    [InlineData(0, 0.001, "0 0.0002 0.0004 0.0006 0.0008 0.0010")]
    [InlineData(0, 0.00003, "0 10⁻⁵ 2·10⁻⁵ 3·10⁻⁵")]
    [InlineData(7, 7, "6.0 6.5 7.0 7.5 8.0")]
    public void A_linear_axis_has_round_ticks_that_are_written_alike(double low, double high, string ticks)
    {
        var axis = Axis.Linear(low, high);

        Assert.Equal(ticks, string.Join(' ', axis.Ticks.Select(axis.Text)));
    }

    [Theory]
    [InlineData(0.001, 10, "0.001 0.01 0.1 1 10")]
    [InlineData(0.3, 1.2, "0.3 0.4 0.5 0.6 0.8 1")]
    [InlineData(1e-8, 1e-4, "10⁻⁸ 10⁻⁷ 10⁻⁶ 10⁻⁵ 10⁻⁴")]
    public void A_logarithmic_axis_has_ticks_at_round_factors(double low, double high, string ticks)
    {
        var axis = Axis.Log(low, high);

        Assert.Equal(ticks, string.Join(' ', axis.Ticks.Select(axis.Text)));
    }

    [Fact]
    public void Equal_factors_take_equal_lengths_on_a_logarithmic_axis()
    {
        var axis = Axis.Log(0.01, 100);

        Assert.Equal(0.5, axis.Place(1), 1e-12);
        Assert.Equal(axis.Place(10) - axis.Place(1), axis.Place(1) - axis.Place(0.1), 1e-12);
    }

    [Fact]
    public void Epochs_have_ticks_at_whole_numbers_only()
    {
        var axis = Axis.Whole(1, 3);

        Assert.Equal([1, 2, 3], axis.Ticks);
    }

    [Fact]
    public void A_logarithmic_axis_refuses_to_begin_at_zero()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Axis.Log(0, 1));

        Assert.StartsWith("a logarithmic axis begins above 0", error.Message, StringComparison.Ordinal);
    }
}

using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Metrics;

public sealed class HolmTests
{
    [Fact]
    public void Probabilities_are_multiplied_by_the_tests_that_are_left_and_never_fall()
    {
        // By hand: sorted 0.01 ×4, 0.02 ×3, 0.03 ×2, 0.5 ×1; none smaller than the one before.
        Assert.Equal([0.06, 0.04, null, 0.06, 0.5], PairedTest.Holm([0.03, 0.01, null, 0.02, 0.5]).Select(p => p is { } v ? Math.Round(v, 12) : (double?)null));
    }

    [Fact]
    public void None_is_larger_than_one() => Assert.Equal([1, 1], PairedTest.Holm([0.9, 0.8]).Select(p => p!.Value));
}

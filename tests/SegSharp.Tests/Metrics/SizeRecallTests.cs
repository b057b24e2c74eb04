using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Metrics;
using Xunit;

namespace SegSharp.Tests.Metrics;

public sealed class SizeRecallTests
{
    [Fact]
    public void Objects_are_found_when_half_of_them_is()
    {
        // Objects of 1, 2, 3 and 8 pixels; of the last three one, one and eight are predicted, and one more where nothing is.
        LabelMap Map(params int[] at) => new("m", Geometry.Pixels(new Extent(10, 5)), [.. Enumerable.Range(0, 50).Select(i => (ushort)(at.Contains(i) ? 1 : 0))]);
        var truth = Map(0, 3, 4, 6, 7, 8, 30, 31, 32, 33, 40, 41, 42, 43);
        var prediction = Map(3, 6, 30, 31, 32, 33, 40, 41, 42, 43, 49);

        var objects = SizeRecall.ObjectsOf(prediction, truth, new Region("cell", 1));
        var sizes = SizeRecall.Of(objects, [2, 4]);

        Assert.Equal([new(1, 0), new(2, 1), new(3, 1), new(8, 8)], objects);
        Assert.Equal([new(1, 2, 1, 0, 0), new(2, 4, 2, 1, 0.4), new(4, null, 1, 1, 1)], sizes);
        Assert.Equal(["1 to 1", "2 to 3", "4 and more"], sizes.Select(s => s.Range));
        Assert.Equal([0, 0.5, 1], sizes.Select(s => s.Recall!.Value));
        Assert.Null(SizeRecall.Of([], [2])[0].Recall);
    }

    [Theory]
    [InlineData("")]
    [InlineData("20,10")]
    [InlineData("1,4")]
    [InlineData("a")]
    public void Sizes_ascend(string text) =>
        Assert.Equal($"sizes '{text}' are no ascending whole numbers above 1", Assert.Throws<UsageException>(() => SizeRecall.ParseEdges(text)).Message);
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Testing;
using SegSharp.Tests.Imaging.Formats;
using Xunit;

namespace SegSharp.Tests.Imaging;

public sealed class LabelMapTests
{
    private static readonly Geometry Two = Geometry.Pixels(new Extent(2, 1));

    [Fact]
    public void Equal_colours_are_grey()
    {
        var map = LabelMap.From(Volume.Of<byte>("a", Two, 4, [3, 7, 3, 7, 3, 7, 255, 255]));

        Assert.Equal([3, 7], map.Labels);
    }

    [Fact]
    public void Colours_are_refused()
    {
        var e = Assert.Throws<InputException>(() => LabelMap.From(Volume.Of<byte>("a", Two, 3, [3, 7, 3, 8, 3, 7])));

        Assert.Equal("'a' has 3 channels whose values differ (first at x 1, y 0); a label image holds one whole number per pixel", e.Message);
        Assert.Equal("save the labels as a grey or a palette image", e.Fix);
    }

    [Fact]
    public void Whole_floats_are_labels_and_others_are_refused()
    {
        Assert.Equal([0, 65535], LabelMap.From(Volume.Of<float>("a", Two, 1, [0, 65535])).Labels);
        foreach (var (value, text) in ((float, string)[])[(0.5f, "0.5"), (-1, "-1"), (65536, "65536"), (float.NaN, "NaN")])
        {
            var e = Assert.Throws<InputException>(() => LabelMap.From(Volume.Of<float>("a", Two, 1, [0, value])));

            Assert.Equal($"'a' holds the value {text}; labels are whole numbers from 0 to 65535", e.Message);
        }
    }

    [Fact]
    public void Pages_and_counts_add_up()
    {
        var map = new LabelMap("a", Geometry.Pixels(new Extent(2, 1, 3)) with { Spacing = new Triple(1, 1, 2) }, [0, 1, 1, 1, 5, 0]);

        Assert.Equal([new LabelCount(0, 2), new LabelCount(1, 3), new LabelCount(5, 1)], map.Histogram());
        Assert.Equal(3, map.CountOf(1));
        Assert.Equal([5, 0], map.Page(2).Labels);
        Assert.Equal("a_0002", map.Page(2).Name);
        Assert.Equal(new Triple(0, 0, 4), map.Page(2).Geometry.Origin);
    }

    [Fact]
    public void The_ISBI_labels_are_membrane_and_cell()
    {
        var map = LabelMap.Read(RealData.Require("isbi2012", "train-labels.tif"));

        Assert.Equal(new Extent(512, 512, 30), map.Extent);
        Assert.Equal([0, 255], map.Histogram().Select(c => c.Label));
        Assert.Equal(0.2196, map.CountOf(0) / (double)map.Extent.Count, 0.00005);
    }

    [Fact]
    public void A_palette_of_VOC_gives_indices()
    {
        var map = LabelMap.Read(RealData.Require("voc-coco", "labelme", "data_dataset_voc", "SegmentationClass", "2011_000003.png"));

        Assert.All(map.Histogram(), c => Assert.True(c.Label is <= 20 or 255, $"{c.Label}"));
        Assert.Contains(map.Histogram(), c => c.Label == 15);
    }

    [Fact]
    public void One_bit_gives_zero_and_one() =>
        Assert.Equal([0, 1], LabelMap.Read(Path.Combine(FormatFixture.Folder, "bit1.tif")).Histogram().Select(c => c.Label));
}

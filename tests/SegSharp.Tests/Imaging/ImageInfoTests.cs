using SegSharp.Imaging;
using SegSharp.Testing;
using SegSharp.Tests.Imaging.Formats;
using Xunit;

namespace SegSharp.Tests.Imaging;

public sealed class ImageInfoTests
{
    [Fact]
    public void A_palette_image_shows_colours_and_labels()
    {
        var info = ImageInfo.Read(Path.Combine(FormatFixture.Folder, "palette2.png"));

        Assert.Equal(("PNG", "deflate", new Extent(23, 17), 3, VoxelType.UInt8, 2, true), (info.Format, info.Storage, info.Extent, info.Channels, info.VoxelType, info.Bits, info.HasPalette));
        Assert.Equal([0, 1, 2], info.Labels!.Select(l => l.Label));
        Assert.Equal(23 * 17, info.Labels!.Sum(l => l.Voxels));
    }

    [Fact]
    public void Spacing_is_shown_only_where_the_file_states_it()
    {
        Assert.Equal(0.0002, ImageInfo.ReadHeader(Path.Combine(FormatFixture.Folder, "imagej.tif")).Spacing!.Value.Z, 1e-12);
        Assert.Null(ImageInfo.ReadHeader(Path.Combine(FormatFixture.Folder, "grey8.png")).Spacing);
    }

    [Fact]
    public void An_intensity_image_has_a_range_but_no_labels()
    {
        var info = ImageInfo.Read(RealData.Require("isbi2012", "train-volume.tif"));

        Assert.Equal(30, info.Pages);
        Assert.Equal("uncompressed, strips", info.Storage);
        Assert.Equal((0.0, 255.0), (info.Low, info.High));
        Assert.Null(info.Labels);
    }

    [Fact]
    public void A_label_stack_has_labels()
    {
        var info = ImageInfo.Read(RealData.Require("isbi2012", "train-labels.tif"));

        Assert.Equal([0, 255], info.Labels!.Select(l => l.Label));
    }

    [Fact]
    public void The_header_alone_decodes_no_pixel()
    {
        var info = ImageInfo.ReadHeader(Path.Combine(FormatFixture.Folder, "rgb420-progressive.jpg"));

        Assert.Equal(("JPEG", "progressive", new Extent(80, 64), 3), (info.Format, info.Storage, info.Extent, info.Channels));
        Assert.Null(info.Low);
        Assert.Null(info.Labels);
    }
}

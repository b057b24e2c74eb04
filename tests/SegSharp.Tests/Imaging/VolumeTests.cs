using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Tests.Imaging.Formats;
using Xunit;

namespace SegSharp.Tests.Imaging;

public sealed class VolumeTests : IDisposable
{
    private static readonly Geometry Three = Geometry.Pixels(new Extent(3, 1));
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("512x512", 512, 512, 1)]
    [InlineData("240x240x155", 240, 240, 155)]
    public void A_size_is_written_as_it_is_read(string text, int width, int height, int depth)
    {
        Assert.Equal(new Extent(width, height, depth), Extent.Parse(text));
        Assert.Equal(text, Extent.Parse(text).ToString());
    }

    [Theory]
    [InlineData("512")]
    [InlineData("0x5")]
    [InlineData("5x-1")]
    [InlineData("5x5x5x5")]
    [InlineData("5 x5")]
    [InlineData("99999999999x1")]
    public void A_bad_size_is_refused(string text) =>
        Assert.Equal($"'{text}' is not a size; expected WxH or WxHxD with whole numbers from 1", Assert.Throws<UsageException>(() => Extent.Parse(text)).Message);

    [Fact]
    public void Floats_are_the_files_own_values() =>
        Assert.Equal([-3f, 0, 32767], Volume.Of<short>("a", Three, 1, [-3, 0, 32767]).ToFloats());

    [Fact]
    public void The_wrong_type_is_refused() =>
        Assert.Equal("the voxels are int16, not uint8", Assert.Throws<ArgumentException>(() => Volume.Of<short>("a", Three, 1, [1, 2, 3]).Voxels<byte>().ToArray()).Message);

    [Fact]
    public void Conversion_refuses_what_does_not_fit_and_names_a_type_that_does()
    {
        var e = Assert.Throws<InputException>(() => Volume.Of<short>("a", Three, 1, [1, 300, 3]).Convert(VoxelType.UInt8));
        var half = Assert.Throws<InputException>(() => Volume.Of<float>("a", Three, 1, [1, 0.5f, 3]).Convert(VoxelType.UInt8));
        var large = Assert.Throws<InputException>(() => Volume.Of<int>("a", Three, 1, [1, 16777217, 3]).Convert(VoxelType.Float32));

        Assert.Equal("'a' holds 300, but uint8 holds 0 to 255; its values are 1 to 300", e.Message);
        Assert.Equal("choose a type that holds them all: --dtype int16", e.Fix);
        Assert.Equal("'a' holds 0.5, which uint8 cannot hold exactly", half.Message);
        Assert.Equal("choose a type that holds them all: --dtype float32", half.Fix);
        Assert.Equal("'a' holds 16777217, which float32 cannot hold exactly", large.Message);
        Assert.Equal("choose a type that holds them all: --dtype int32", large.Fix);
    }

    [Fact]
    public void Conversion_to_and_fro_is_identity_where_every_value_fits()
    {
        var volume = Volume.Of<byte>("a", Three, 1, [0, 127, 5]);
        foreach (var type in Enum.GetValues<VoxelType>())
        {
            Assert.Equal(volume.Bytes, volume.Convert(type).Convert(VoxelType.UInt8).Bytes);
        }
    }

    [Fact]
    public void Not_a_number_survives_between_floats_and_is_refused_elsewhere()
    {
        var volume = Volume.Of<double>("a", Three, 1, [double.NaN, 0.1, 5]);

        Assert.Equal([float.NaN, 0.1f, 5], volume.Convert(VoxelType.Float32).Voxels<float>().ToArray());
        Assert.Equal((0.1, 5), volume.ValueRange());
        Assert.Throws<InputException>(() => volume.Convert(VoxelType.Int32));
    }

    [Fact]
    public void A_stack_is_taken_apart_and_put_together()
    {
        var volume = Volume.Read(Path.Combine(FormatFixture.Folder, "pages5.tif"));

        var files = Stack.WritePages(volume, _folder, ".png");
        var again = Stack.Read("again", Stack.FilesIn(_folder));

        Assert.Equal(["pages5_0000.png", "pages5_0001.png", "pages5_0002.png", "pages5_0003.png", "pages5_0004.png"], files.Select(Path.GetFileName));
        Assert.Equal(volume.Bytes, again.Bytes);
        Assert.Equal(volume.Extent, again.Extent);
    }

    [Fact]
    public void A_stack_of_colours_keeps_channels_apart()
    {
        var page = Volume.Of<byte>("a", Geometry.Pixels(new Extent(1, 1)), 3, [1, 2, 3]);
        var other = Volume.Of<byte>("b", Geometry.Pixels(new Extent(1, 1)), 3, [4, 5, 6]);

        Assert.Equal([1, 4, 2, 5, 3, 6], Volume.Stack("s", [page, other]).Bytes);
    }

    [Fact]
    public void Pages_that_differ_make_no_stack()
    {
        var e = Assert.Throws<InputException>(() => Volume.Stack("s", [Volume.Of<byte>("a", Three, 1, [1, 2, 3]), Volume.Of<short>("b", Three, 1, [1, 2, 3])]));

        Assert.Equal("'b' is 3x1 int16, but 'a' is 3x1 uint8; all pages of a stack must be single pictures of one size and type", e.Message);
    }

    [Fact]
    public void Numbers_in_names_are_ordered_by_value() =>
        Assert.Equal(["1.png", "2.png", "02b.png", "10.png", "a1", "a9", "a10"], new[] { "10.png", "a10", "2.png", "a9", "1.png", "a1", "02b.png" }.Order(NaturalOrder.Instance));
}

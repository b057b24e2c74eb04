using SegSharp.Data;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class PicturePhantomTests : IDisposable
{
    private static readonly PicturePhantomOptions Options = new() { Seed = 3, Size = new Extent(96, 80) };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names => [.. PicturePhantom.All.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_draws_the_same_picture_whatever_the_count(string name)
    {
        var phantom = PicturePhantom.All.Single(p => p.Name == name);

        var (one, again, other) = (phantom.Draw(Options, 2), phantom.Draw(Options with { Count = 3 }, 2), phantom.Draw(Options with { Seed = 4 }, 2));

        Assert.Equal(one.Image.Bytes, again.Image.Bytes);
        Assert.Equal(one.Instances.Labels, again.Instances.Labels);
        Assert.NotEqual(one.Image.Bytes, other.Image.Bytes);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Objects_are_numbered_without_gaps_and_have_one_class_each(string name)
    {
        var phantom = PicturePhantom.All.Single(p => p.Name == name);

        foreach (var drawn in Enumerable.Range(0, 4).Select(i => phantom.Draw(Options, i)))
        {
            var classes = drawn.Instances.Labels.Zip(drawn.Labels.Labels).Distinct().ToList();

            Assert.Equal(Enumerable.Range(0, classes.Count), classes.Select(c => (int)c.First).Order());
            Assert.Contains(((ushort)0, (ushort)0), classes);
            Assert.All(classes, c => Assert.True(phantom.Labels.Contains(c.Second)));
        }
    }

    [Fact]
    public void Cells_touch_so_that_components_do_not_count_them()
    {
        var drawn = new Cells().Draw(Options with { Size = null }, 0);

        Components.Label(drawn.Labels.Labels, drawn.Labels.Extent, Connectivity.Full, out var components);

        Assert.InRange(drawn.Instances.Labels.Max(), components * 1.3, 400);
    }

    [Fact]
    public void Small_objects_are_small()
    {
        double MeanArea(bool small) => Enumerable.Range(0, 5).Select(i => new ColouredShapes().Draw(Options with { Small = small }, i))
            .Average(d => d.Instances.Labels.Count(l => l != 0) / (double)d.Instances.Labels.Max());

        Assert.InRange(MeanArea(small: true), 4, MeanArea(small: false) / 10);
    }

    [Fact]
    public void A_data_set_has_its_objects_beside_it()
    {
        var data = new Cells().WriteDataSet(_folder.Path("cells"), Options with { Count = 2 });

        var drawn = new Cells().Draw(Options, 1);
        var instances = Volume.Read(_folder.Path("cells", "instancesTr", "cells_001.png"));
        Assert.Equal(["cells_000", "cells_001"], data.Ids);
        Assert.Equal(VoxelType.UInt16, instances.VoxelType);
        Assert.Equal(drawn.Instances.Labels, LabelMap.From(instances).Labels);
        Assert.Equal(drawn.Labels.Labels, data.Read(data["cells_001"]).Labels!.Labels);
    }

    [Fact]
    public void Pictures_of_one_shape_lie_in_a_folder_per_class()
    {
        new ColouredShapes().WriteClasses(_folder.Path("classes"), Options with { Count = 12 });

        Assert.Equal(["disk_000.png", "disk_001.png"], Directory.EnumerateFiles(_folder.Path("classes", "disk")).Select(f => Path.GetFileName(f)).Order());
        Assert.Equal(10, Directory.EnumerateDirectories(_folder.Path("classes")).Count());
        Assert.All(Enumerable.Range(1, 10), l => Assert.Equal([0, l], new ColouredShapes().DrawOne(Options, l, 0).Labels.Histogram().Select(h => h.Label)));
    }

    [Fact]
    public void Shapes_move_a_little_from_frame_to_frame()
    {
        var (first, second, late) = (ShapeVideo.Draw(Options, 0), ShapeVideo.Draw(Options, 1), ShapeVideo.Draw(Options, 40));

        Assert.InRange(Different(first, second), 0.002, 0.08);
        Assert.True(Different(first, late) > 2 * Different(first, second));
    }

    [Fact]
    public void A_clip_has_the_truth_of_every_frame()
    {
        ShapeVideo.Write(_folder.Path("clip"), Options with { Count = 3 });

        Assert.Equal(["frame_0000.png", "frame_0001.png", "frame_0002.png"], Directory.EnumerateFiles(_folder.Path("clip", "frames")).Select(f => Path.GetFileName(f)).Order());
        Assert.Equal(ShapeVideo.Draw(Options, 2).Labels.Labels, LabelMap.Read(_folder.Path("clip", "masks", "frame_0002.png")).Labels);
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder.Path("clip")), f => Path.GetFileName(f).StartsWith('.'));
    }

    [Fact]
    public void What_lies_there_is_not_overwritten()
    {
        new Cells().WriteInstances(_folder.Path("raw"), Options with { Count = 1 });

        var error = Assert.Throws<InputException>(() => new Cells().WriteInstances(_folder.Path("raw"), Options));

        Assert.Equal($"'{_folder.Path("raw", "images")}' exists already", error.Message);
    }

    [Fact]
    public void Size_is_checked()
    {
        var error = Assert.Throws<UsageException>(() => new Cells().Draw(new() { Count = 0, Size = new Extent(8, 64) }, 0));

        Assert.Equal("count is 0; it must be 1 or more; size is 8x64; it must be WxH, each side between 32 and 8192", error.Message);
    }

    private static double Different(DrawnPicture one, DrawnPicture other) =>
        one.Labels.Labels.Zip(other.Labels.Labels).Average(p => p.First == p.Second ? 0.0 : 1);
}

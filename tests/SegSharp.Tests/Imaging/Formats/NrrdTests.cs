using System.Text;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Imaging.Formats;

/// <summary>NRRD and MetaImage: the text formats of ITK and 3D Slicer.</summary>
public sealed class NrrdTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_public_brain_has_its_known_sums()
    {
        var image = Volume.Read(RealData.Require("nrrd", "brain1_image.nrrd"));
        var labels = LabelMap.Read(RealData.Require("nrrd", "brain1_label.nrrd"));

        var inside = image.ToFloats().Where((_, i) => labels.Labels[i] == 1).ToList();

        Assert.Equal(4137, inside.Count);
        Assert.Equal(825.2354, inside.Average(v => (double)v), 1e-4);
        Assert.Equal(1266, inside.Max());
        Assert.Equal((0, 3057), image.ValueRange());
        Assert.Equal("256x256x25 int16", image.Describe());
        Assert.Equal("LAS", image.Geometry.Orientation.ToString());
        Assert.Equal(new Triple(99.609374999999986, -99.609374999999986, -77.999999999999957), image.Geometry.Origin);
        Assert.Equal(GridMatch.Same, image.Geometry.Match(labels.Geometry));
    }

    [Fact]
    public void Every_public_file_opens()
    {
        var files = Directory.GetFiles(RealData.Require("nrrd"), "*.nrrd");

        Assert.Equal(7, files.Length);
        Assert.All(files, f => Assert.True(Volume.Read(f).Length > 1000));
    }

    [Theory]
    [InlineData("space: left-posterior-superior\n", -1, -1, 1)]
    [InlineData("space: LPS\n", -1, -1, 1)]
    [InlineData("space: right-anterior-superior\n", 1, 1, 1)]
    [InlineData("space: LAS\n", -1, 1, 1)]
    [InlineData("space dimension: 3\n", -1, -1, 1)]
    public void Every_space_is_turned_at_the_door(string space, int x, int y, int z)
    {
        var g = Read("a.nrrd", $"NRRD0004\ntype: uchar\ndimension: 3\n{space}sizes: 2 1 1\nspace directions: (2,0,0) (0,3,0) (0,0,4)\nspace origin: (10,20,30)\nencoding: ascii\n\n7 8").Geometry;

        Assert.Equal(new Triple(10 * x, 20 * y, 30 * z), g.Origin);
        Assert.Equal(new Triple(2, 3, 4), g.Spacing);
        Assert.Equal(new Triple(x, 0, 0), g.Direction.AlongX + Triple.Zero);
        Assert.Equal(new Triple(0, y, 0), g.Direction.AlongY + Triple.Zero);
    }

    [Fact]
    public void Channels_may_lie_first_or_last()
    {
        var last = Read("a.nrrd", "NRRD0004\ntype: short\ndimension: 4\nsizes: 2 2 1 2\nkinds: domain domain domain list\nspacings: 0.5 0.6 2 NaN\nencoding: text\n\n1 2 3 4 5 6 7 8");
        var first = Read("b.nrrd", "NRRD0005\ntype: short\ndimension: 4\nspace: RAS\nsizes: 2 2 2 1\nspace directions: none (1,0,0) (0, 1, 0) (0,0,1)\nspace origin: (0,0,0)\nkinds: vector domain domain domain\nencoding: txt\n\n1 5 2 6 3 7 4 8");

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], last.Voxels<short>().ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], first.Voxels<short>().ToArray());
        Assert.Equal((2, 2), (first.Channels, last.Channels));
        Assert.Equal(new Triple(0.5, 0.6, 2), last.Geometry.Spacing);
        Assert.Equal("RAS", first.Geometry.Orientation.ToString());
    }

    [Fact]
    public void A_detached_header_finds_its_voxels_beside_it_only()
    {
        File.WriteAllBytes(Path.Combine(_folder, "a.raw"), [9, 9, 0, 1, 0, 2]);
        const string Header = "NRRD0004\ntype: uint16\ndimension: 2\nsizes: 2 1\nendian: big\nencoding: raw\nbyte skip: -1\ndata file: ";

        Assert.Equal([1, 2], Read("a.nhdr", Header + "a.raw\n").Voxels<ushort>().ToArray());
        var path = Path.Combine(_folder, "b.nhdr");
        var away = Assert.Throws<InputException>(() => Read("b.nhdr", Header + "../etc/passwd\n"));
        Assert.Equal($"'{path}' cannot be read: its voxels lie in '../etc/passwd'; only files in the folder of the header are opened", away.Message);
        Assert.Equal($"'{path}' cannot be read: it is a header only; its voxels, '{Path.Combine(_folder, "c.raw")}', are not there", Assert.Throws<InputException>(() => Read("b.nhdr", Header + "c.raw\n")).Message);
    }

    [Fact]
    public void A_segmentation_keeps_names_and_colours()
    {
        var path = Path.Combine(_folder, "a.seg.nrrd");
        var map = new LabelMap("a", Geometry.Pixels(new Extent(2, 2, 2)) with { Spacing = new Triple(0.7, 0.8, 2) }, [0, 1, 4, 0, 0, 300, 0, 0]);
        var written = new Segmentation(map, [new(1, "edema", 255, 0, 10), new(4, "tumour core", 1, 2, 3), new(300, "Zyste μ", 9, 99, 199)]);

        written.Write(path);
        var read = Segmentation.Read(path);

        Assert.Equal(written.Segments, read.Segments);
        Assert.Equal(map.Labels, read.Map.Labels);
        Assert.Equal("a", read.Map.Name);
        Assert.Equal(GridMatch.RoundingNoise, map.Geometry.Match(read.Map.Geometry) == GridMatch.Same ? GridMatch.RoundingNoise : map.Geometry.Match(read.Map.Geometry));
        Assert.Equal(written.Segments, ImageInfo.ReadHeader(path).Segments);
    }

    [Fact]
    public void Labels_without_names_get_them()
    {
        var path = Path.Combine(_folder, "a.seg.nrrd");
        new LabelMap("a", Geometry.Pixels(new Extent(2, 2, 1)), [0, 1, 4, 0]).Write(path);

        Assert.Equal(["Segment_1", "Segment_4"], Segmentation.Read(path).Segments.Select(s => s.Name));
    }

    [Fact]
    public void A_colour_table_is_Slicers()
    {
        var path = Path.Combine(_folder, "a.ctbl");

        Segmentation.WriteColourTable(path, [new(1, "edema", 255, 0, 10), new(4, "tumour core", 1, 2, 3)]);

        Assert.Equal("# label name red green blue opacity\n0 background 0 0 0 0\n1 edema 255 0 10 255\n4 tumour_core 1 2 3 255\n", File.ReadAllText(path));
    }

    [Fact]
    public void Segments_that_overlap_are_refused_with_a_way_out()
    {
        var e = Assert.Throws<InputException>(() => Read("a.seg.nrrd", "NRRD0004\ntype: uchar\ndimension: 4\nspace: LPS\nsizes: 2 2 1 1\nspace directions: none (1,0,0) (0,1,0) (0,0,1)\nkinds: list domain domain domain\nencoding: text\nspace origin: (0,0,0)\nSegment0_ID:=a\nSegment0_Layer:=0\nSegment1_ID:=b\nSegment1_Layer:=1\n\n1 1 0 1"));

        Assert.Equal($"'{Path.Combine(_folder, "a.seg.nrrd")}' cannot be read: its segments overlap: they lie in 2 layers, and a label map holds one label per voxel", e.Message);
        Assert.Equal("in 3D Slicer, export the segmentation to a label map, or remove the overlap (Segment Editor, Logical operators)", e.Fix);
    }

    [Fact]
    public void A_direction_that_is_none_is_named_with_a_way_out()
    {
        var e = Assert.Throws<InputException>(() => Read("a.nrrd", "NRRD0004\ntype: uchar\ndimension: 3\nspace: LPS\nsizes: 2 1 1\nspace directions: (1,0,0) (2,0,0) (0,0,1)\nencoding: ascii\n\n7 8"));

        Assert.Equal($"'{Path.Combine(_folder, "a.nrrd")}' has no usable geometry: its axes go (1,0,0) (2,0,0) (0,0,1) from 0x0x0; expected independent directions of finite numbers", e.Message);
    }

    [Fact]
    public void MetaImage_reads_what_the_specification_shows()
    {
        File.WriteAllBytes(Path.Combine(_folder, "a.raw"), [0, 1, 0, 2, 0, 3, 0, 4]);
        const string Header = "ObjectType = Image\r\nNDims = 3\r\nBinaryData = True\r\nBinaryDataByteOrderMSB = True\r\nCompressedData = False\r\nTransformMatrix = 0 1 0 -1 0 0 0 0 1\r\nOffset = 10 20 30\r\nCenterOfRotation = 0 0 0\r\nAnatomicalOrientation = RAI\r\nElementSpacing = 2 3 4\r\nDimSize = 2 1 1\r\nElementNumberOfChannels = 2\r\nElementType = MET_USHORT\r\nElementDataFile = a.raw\r\n";

        var volume = Read("a.mhd", Header);

        Assert.Equal([1, 3, 2, 4], volume.Voxels<ushort>().ToArray());
        Assert.Equal(new Triple(-10, -20, 30), volume.Geometry.Origin);
        Assert.Equal(new Triple(2, 3, 4), volume.Geometry.Spacing);
        Assert.Equal(new Triple(0, -1, 0), volume.Geometry.Direction.AlongX + Triple.Zero);
        Assert.Equal(new Triple(1, 0, 0), volume.Geometry.Direction.AlongY + Triple.Zero);
        Assert.EndsWith("' has no usable geometry: its spacing is 0x3x4; expected three numbers above 0", Assert.Throws<InputException>(() => Read("b.mhd", Header.Replace("= 2 3 4", "= 0 3 4"))).Message);
    }

    [Theory]
    [InlineData(".nrrd", 1)]
    [InlineData(".nrrd", 3)]
    [InlineData(".mha", 1)]
    [InlineData(".mha", 3)]
    public void An_oblique_grid_comes_back(string ending, int channels)
    {
        var direction = new Direction(new Triple(0.6, 0.8, 0), new Triple(-0.8, 0.6, 0), new Triple(0, 0, -1));
        var geometry = new Geometry { Extent = new Extent(4, 3, 2), Spacing = new Triple(0.7, 1 / 3.0, 2.5), Origin = new Triple(-1.1, 22.2, 333.3), Direction = direction };
        var volume = Volume.Zeros("a", geometry, channels, VoxelType.Float32);
        for (var i = 0; i < volume.Length; i++)
        {
            volume.Voxels<float>()[i] = i / 3f;
        }

        var path = Path.Combine(_folder, "a" + ending);
        volume.Write(path);
        var back = Volume.Read(path);

        Assert.Equal(volume.Bytes, back.Bytes);
        Assert.True(geometry.CornersApart(back.Geometry) < 1e-12);
        Assert.Equal("a", back.Name);
    }

    private Volume Read(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(text));
        return Volume.Read(path);
    }
}

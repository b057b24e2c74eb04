using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Imaging.Formats;

public sealed class RoundTripTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public static TheoryData<string, VoxelType, int, int> Kinds
    {
        get
        {
            var kinds = new TheoryData<string, VoxelType, int, int>();
            foreach (var type in Enum.GetValues<VoxelType>())
            {
                foreach (var channels in (int[])[1, 2, 3, 4, 7])
                {
                    kinds.Add(".tif", type, channels, 1);
                    kinds.Add(".tif", type, channels, 3);
                    if (channels is 1 or 3)
                    {
                        kinds.Add(".nii", type, channels, 3);
                        kinds.Add(".nrrd", type, channels, 3);
                        kinds.Add(".mha", type, channels, 3);
                    }

                    if (type is VoxelType.UInt8 or VoxelType.UInt16 && channels <= 4)
                    {
                        kinds.Add(".png", type, channels, 1);
                    }
                }
            }

            return kinds;
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Write_then_read_is_identity(string ending, VoxelType type, int channels, int depth)
    {
        foreach (var extent in (Extent[])[new(1, 1, depth), new(37, 29, depth), new(1, 300, depth)])
        {
            var volume = Random(extent, channels, type);
            var path = Path.Combine(_folder, "a" + ending);

            volume.Write(path);
            var back = Volume.Read(path);

            Assert.Equal(volume.Describe(), back.Describe());
            Assert.Equal(volume.Bytes, back.Bytes);
            Assert.Equal(ending is ".png" or ".tif" ? Geometry.Pixels(extent) : volume.Geometry, back.Geometry);
        }
    }

    [Fact]
    public void A_stack_of_many_strips_comes_back()
    {
        var volume = Random(new Extent(700, 900, 2), 3, VoxelType.UInt16);
        var path = Path.Combine(_folder, "a.tiff");

        volume.Write(path);

        Assert.Equal(volume.Bytes, Volume.Read(path).Bytes);
    }

    [Fact]
    public void Tiff_keeps_the_spacing()
    {
        foreach (var spacing in (Triple[])[new(0.004, 0.004, 0.05), new(0.7, 0.8, 2.5), new(3, 100, 0.1), new(1, 1, 2)])
        {
            var geometry = Geometry.Pixels(new Extent(5, 4, 3)) with { Spacing = spacing };
            var path = Path.Combine(_folder, "a.tif");

            Volume.Zeros("a", geometry, 1, VoxelType.UInt8).Write(path);
            var back = Volume.Read(path).Geometry.Spacing;

            Assert.Equal(spacing.X, back.X, spacing.X * 1e-8);
            Assert.Equal(spacing.Y, back.Y, spacing.Y * 1e-8);
            Assert.Equal(spacing.Z, back.Z, spacing.Z * 1e-8);
        }
    }

    [Theory]
    [InlineData(".png", 1)]
    [InlineData(".tif", 4)]
    public void Labels_come_back_with_as_many_bits_as_they_need(string ending, int depth)
    {
        foreach (var (highest, type) in ((int, VoxelType)[])[(255, VoxelType.UInt8), (256, VoxelType.UInt16), (65535, VoxelType.UInt16)])
        {
            var labels = new ushort[6 * 5 * depth];
            labels[7] = (ushort)highest;
            var path = Path.Combine(_folder, "labels" + ending);

            new LabelMap("x", Geometry.Pixels(new Extent(6, 5, depth)), labels).Write(path);

            Assert.Equal(labels, LabelMap.Read(path).Labels);
            Assert.Equal(type, Volume.Read(path).VoxelType);
        }
    }

    [Fact]
    public void Png_refuses_what_it_cannot_hold()
    {
        var path = Path.Combine(_folder, "a.png");

        var e = Assert.Throws<UsageException>(() => Random(new Extent(3, 2, 5), 1, VoxelType.Float32).Write(path));

        Assert.Equal($"PNG holds one page of uint8 or uint16 with 1 to 4 channels; '{path}' would be 3x2x5 float32", e.Message);
        Assert.Equal("write it as .tif, or convert it to uint8 or uint16 first", e.Fix);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void An_unknown_ending_lists_what_can_be_written()
    {
        var volume = Random(new Extent(3, 2), 1, VoxelType.UInt8);

        Assert.Equal("cannot tell the format of 'x.foo' from its ending; endings that can be written: .png, .tif, .tiff, .nii.gz, .nii, .nrrd, .seg.nrrd, .mha", Assert.Throws<UsageException>(() => volume.Write("x.foo")).Message);
        Assert.Equal("JPEG files are only read, so 'x.jpg' cannot be written; endings that can be written: .png, .tif, .tiff, .nii.gz, .nii, .nrrd, .seg.nrrd, .mha", Assert.Throws<UsageException>(() => volume.Write("x.jpg")).Message);
    }

    private static Volume Random(Extent extent, int channels, VoxelType type)
    {
        var volume = Volume.Zeros("a", Geometry.Pixels(extent), channels, type);
        var random = new RandomStream(extent.Width + channels);
        for (var i = 0; i < volume.Bytes.Length; i++)
        {
            // Smooth stretches as well as noise, so that every filter and predictor has its turn.
            volume.Bytes[i] = i % 300 < 100 ? (byte)(i / 7) : (byte)random.Next(256);
        }

        return volume;
    }
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;
using Xunit;

namespace SegSharp.Tests.Imaging.Resampling;

public sealed class PilResizeTests
{
    private static readonly string Recorded = Path.Combine(SegSharp.Testing.Repository.Root, "tests", "SegSharp.Tests", "Imaging", "fixtures", "resize", "pillow.json");

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, 14)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_bit_is_as_Pillow_has_it(int number)
    {
        var recorded = JsonDocument.Parse(File.ReadAllText(Recorded)).RootElement;
        var expected = recorded[number];
        var (w, h) = (expected.GetProperty("from")[0].GetInt32(), expected.GetProperty("from")[1].GetInt32());
        var (nw, nh) = (expected.GetProperty("to")[0].GetInt32(), expected.GetProperty("to")[1].GetInt32());
        var page = Noise(w * h);
        var floats = Array.ConvertAll(page, b => (b - 100f) / 7);

        Assert.Equal(Cases.Count, recorded.GetArrayLength());
        Assert.Equal(expected.GetProperty("bilinear").GetString(), Digest(PilResize.Bilinear(page, w, h, nw, nh)));
        Assert.Equal(expected.GetProperty("nearest").GetString(), Digest(PilResize.Nearest<byte>(page, w, h, nw, nh)));
        Assert.Equal(expected.GetProperty("bilinearFloat").GetString(), Digest(MemoryMarshal.AsBytes<float>(PilResize.Bilinear(floats, w, h, nw, nh))));
    }

    [Fact]
    public void A_volume_is_resized_page_by_page_and_channel_by_channel()
    {
        var volume = new Volume("a", Geometry.Pixels(new Extent(40, 30, 2)) with { Spacing = new Triple(0.5, 1, 2) }, 3, VoxelType.UInt8, Noise(40 * 30 * 2 * 3));

        var small = PilResize.Bilinear(volume, 10, 15);

        Assert.Equal(new Extent(10, 15, 2), small.Extent);
        Assert.Equal(new Triple(2, 2, 2), small.Geometry.Spacing);
        Assert.Equal(new Triple(0.75, 0.5, 0), small.Geometry.Origin);
        Assert.Equal(PilResize.Bilinear(volume.Channel<byte>(2)[(40 * 30)..], 40, 30, 10, 15), small.Channel<byte>(2)[(10 * 15)..].ToArray());
    }

    [Fact]
    public void Sixteen_bits_stay_sixteen_bits()
    {
        var volume = Volume.Of<ushort>("a", Geometry.Pixels(new Extent(2, 1)), 1, [1000, 3001]);

        var one = PilResize.Bilinear(volume, 1, 1);

        Assert.Equal([2000], one.Voxels<ushort>().ToArray());
    }

    [Fact]
    public void Labels_are_never_mixed()
    {
        var map = new LabelMap("a", Geometry.Pixels(new Extent(50, 40)), Array.ConvertAll(Noise(2000), b => (ushort)(b < 128 ? 0 : 60000)));

        Assert.Equal([0, 60000], PilResize.Nearest(map, 33, 71).Histogram().Select(c => c.Label));
    }

    private static byte[] Noise(int count)
    {
        var state = 12345L;
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            state = ((state * 1103515245) + 12345) & 0x7fffffff;
            bytes[i] = (byte)(state >> 16);
        }

        return bytes;
    }

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Imaging.Formats;

/// <summary>Files written by others hold for us what they hold for Pillow 9.4 and tifffile 20230203.</summary>
public sealed class PeerTests
{
    public static TheoryData<string> Files => [.. FormatFixture.All("manifest.json").Keys];

    public static TheoryData<string> RealFiles => [.. FormatFixture.All("real.json").Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_holds_what_its_maker_says(string name) =>
        Check(Path.Combine(FormatFixture.Folder, name), FormatFixture.All("manifest.json")[name]);

    [Theory]
    [MemberData(nameof(RealFiles))]
    public void A_real_file_holds_what_Pillow_says(string name) =>
        Check(Path.Combine(RealData.Require(name.Split('/')[0]), name[(name.IndexOf('/') + 1)..]), FormatFixture.All("real.json")[name]);

    private static void Check(string path, FormatFixture expected)
    {
        using var source = ByteSource.Open(path);
        var header = Catalogue.Recognise(source).ReadHeader(source);
        var volume = Volume.Read(path);

        Assert.Equal(new Extent(expected.Size[0], expected.Size[1], expected.Size[2]), volume.Extent);
        Assert.Equal(expected.Channels, volume.Channels);
        Assert.Equal(expected.Type, volume.VoxelType.Text());
        Assert.Equal(expected.Digest, Digest(volume.Bytes));
        Assert.Equal((volume.Extent, volume.Channels, volume.VoxelType), (header.Extent, header.Channels, header.VoxelType));
        Assert.Equal(Path.GetFileNameWithoutExtension(path), volume.Name);
        var spacing = expected.Spacing is { } s ? new Triple(s[0], s[1], s[2]) : Triple.One;
        Assert.Equal(spacing.X, volume.Geometry.Spacing.X, 1e-9);
        Assert.Equal(spacing.Y, volume.Geometry.Spacing.Y, 1e-9);
        Assert.Equal(spacing.Z, volume.Geometry.Spacing.Z, 1e-9);
        if (expected.Indices is not null)
        {
            Assert.Equal(expected.Indices, Digest(MemoryMarshal.AsBytes(LabelMap.Read(path).Labels.AsSpan())));
        }
    }

    private static string Digest(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}

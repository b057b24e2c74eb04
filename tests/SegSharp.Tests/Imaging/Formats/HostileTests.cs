using System.Buffers.Binary;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;
using Xunit;

namespace SegSharp.Tests.Imaging.Formats;

/// <summary>Whatever lies in a file: an image comes out, or one clear refusal that names the file.</summary>
public sealed class HostileTests
{
    public static TheoryData<string> Files => [.. FormatFixture.All("manifest.json").Keys];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_cut_anywhere_is_refused(string name)
    {
        var whole = File.ReadAllBytes(Path.Combine(FormatFixture.Folder, name));
        var expected = FormatFixture.All("manifest.json")[name];
        var step = Math.Max(1, whole.Length / 700);
        for (var length = 0; length < whole.Length; length += length < 200 || length > whole.Length - 200 ? 1 : step)
        {
            try
            {
                var volume = Read(name, whole.AsMemory(0, length));

                // Only padding after the last thing needed may be missing: the image is then complete.
                Assert.Equal(expected.Digest, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(volume.Bytes)));
            }
            catch (InputException e)
            {
                Assert.StartsWith($"'{name}' ", e.Message);
                Assert.NotNull(e.Fix);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_with_changed_bytes_is_read_or_refused(string name)
    {
        var whole = File.ReadAllBytes(Path.Combine(FormatFixture.Folder, name));
        var random = new RandomStream(11).Derive(name);
        for (var trial = 0; trial < 150; trial++)
        {
            var changed = whole.ToArray();
            for (var n = random.Next(4); n >= 0; n--)
            {
                // Headers lie at the front, or at the end in TIFF.
                var at = random.Next(3) switch { 0 => random.Next(Math.Min(64, changed.Length)), 1 => changed.Length - 1 - random.Next(Math.Min(250, changed.Length)), _ => random.Next(changed.Length) };
                changed[at] = random.Chance(0.3) ? (byte)255 : (byte)random.Next(256);
            }

            try
            {
                _ = Read(name, changed);
            }
            catch (InputException e)
            {
                Assert.StartsWith($"'{name}' ", e.Message);
            }
        }
    }

    [Fact]
    public void A_huge_png_in_a_small_file_is_refused_before_allocation()
    {
        var bytes = File.ReadAllBytes(Path.Combine(FormatFixture.Folder, "grey8.png"));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), 40000);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), 40000);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Crc(bytes.AsSpan(12, 17)));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var e = Assert.Throws<InputException>(() => Read("a.png", bytes));

        Assert.Equal("'a.png' is damaged: its header claims 1600040000 bytes of pixels, but the 335 compressed bytes hold at most 349816", e.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }

    [Fact]
    public void A_png_beyond_the_limit_is_refused()
    {
        var bytes = File.ReadAllBytes(Path.Combine(FormatFixture.Folder, "grey8.png"));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), 2_000_000_000);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), 2_000_000_000);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Crc(bytes.AsSpan(12, 17)));

        var e = Assert.Throws<InputException>(() => Read("a.png", bytes));

        Assert.Equal("'a.png' is too large: 2000000000x2000000000 with 1 channels of uint8 takes 4000000000.0 GB; at most 2.1 GB are read", e.Message);
        Assert.Equal("split it into smaller files", e.Fix);
    }

    [Fact]
    public void A_wrong_checksum_is_named()
    {
        var bytes = File.ReadAllBytes(Path.Combine(FormatFixture.Folder, "grey8.png"));
        bytes[60] ^= 1;

        var e = Assert.Throws<InputException>(() => Read("a.png", bytes));

        Assert.Equal("'a.png' is damaged: the checksum of PNG chunk IDAT at 33 is wrong", e.Message);
        Assert.Equal("copy or download the file again", e.Fix);
    }

    [Fact]
    public void Tiff_directories_in_a_circle_are_refused()
    {
        // One directory that says "smaller copy of another page" and names itself as the next.
        byte[] bytes = [.. "II\x2a\0"u8, 8, 0, 0, 0, 1, 0, 254, 0, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0];

        var e = Assert.Throws<InputException>(() => Read("a.tif", bytes));

        Assert.Equal("'a.tif' is damaged: its directories go round in a circle at 8", e.Message);
    }

    [Fact]
    public void Tiff_pages_that_differ_are_refused_with_both_sizes()
    {
        var e = Assert.Throws<InputException>(() => Read("a.tif", TwoPages()));

        Assert.Equal("'a.tif' cannot be read: page 2 is 5x4 uint8 with 1 channels, page 1 is 3x2 uint8 with 1 channels; the pages of a stack must be alike", e.Message);
        Assert.Equal("split it into one file per page", e.Fix);
    }

    [Fact]
    public void An_unknown_format_lists_what_can_be_read()
    {
        var e = Assert.Throws<InputException>(() => Read("a.png", "BM??"u8.ToArray()));
        var empty = Assert.Throws<InputException>(() => Read("b.png", Array.Empty<byte>()));

        Assert.Equal("'a.png' is not an image that can be read: it begins with 42 4d 3f 3f (it looks like BMP); expected PNG (.png), TIFF (.tif .tiff), JPEG (.jpg .jpeg), GIF (.gif), NIfTI (.nii.gz .nii .hdr .hdr.gz), NRRD (.nrrd .seg.nrrd .nhdr), MetaImage (.mha .mhd), DICOM (.dcm)", e.Message);
        Assert.Equal("'b.png' is empty; expected PNG (.png), TIFF (.tif .tiff), JPEG (.jpg .jpeg), GIF (.gif), NIfTI (.nii.gz .nii .hdr .hdr.gz), NRRD (.nrrd .seg.nrrd .nhdr), MetaImage (.mha .mhd), DICOM (.dcm)", empty.Message);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_told_apart()
    {
        Assert.Equal("'no/such.png' does not exist", Assert.Throws<InputException>(() => Volume.Read("no/such.png")).Message);
        var folder = Directory.CreateTempSubdirectory("segsharp-").FullName;
        Assert.Equal($"'{folder}' is a folder; expected an image file", Assert.Throws<InputException>(() => Volume.Read(folder)).Message);
        Directory.Delete(folder);
    }

    private static Volume Read(string name, ReadOnlyMemory<byte> bytes)
    {
        using var source = ByteSource.Of(name, bytes);
        var format = Catalogue.Recognise(source);
        _ = format.ReadHeader(source);
        return format.Read(source, Reading.Colours);
    }

    // A page of 3x2 and one of 5x4, uncompressed, big enough to be whole.
    private static byte[] TwoPages()
    {
        using var stream = new MemoryStream();
        void Short(int v) => stream.Write([(byte)v, (byte)(v >> 8)]);
        void Long(int v)
        {
            Short(v);
            Short(v >> 16);
        }

        stream.Write("II\x2a\0"u8);
        Long(8);
        foreach (var (w, h, next) in (ReadOnlySpan<(int, int, int)>)[(3, 2, 8 + 78), (5, 4, 0)])
        {
            Short(6);
            foreach (var (tag, value) in (ReadOnlySpan<(int, int)>)[(256, w), (257, h), (258, 8), (262, 1), (273, 8), (279, w * h)])
            {
                Short(tag);
                Short(4);
                Long(1);
                Long(value);
            }

            Long(next);
        }

        return stream.ToArray();
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = ~0u;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var k = 0; k < 8; k++)
            {
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
            }
        }

        return ~crc;
    }
}

using System.Buffers.Binary;
using System.IO.Compression;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Imaging.Formats;

public sealed class NiftiTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    // What nibabel 5.0.0 says of the public files: size, channels, type as stored.
    public static TheoryData<string, string> Readable => new()
    {
        { "nibabel/anatomical.nii", "33x41x25 int16" },
        { "nibabel/example4d.nii.gz", "128x96x24 int16 with 2 channels" },
        { "nibabel/example_nifti2.nii.gz", "32x20x12 int16 with 2 channels" },
        { "nibabel/functional.nii", "17x21x3 float64 with 20 channels" },
        { "nibabel/reoriented_anat_moved.nii", "21x26x22 float32" },
        { "nibabel/resampled_anat_moved.nii", "17x21x3 float32" },
        { "nibabel/standard.nii.gz", "4x5x7 uint8" },
        { "nifti-reader-js/5D_small.nii", "1x2x3 float64 with 3 channels" },
        { "nifti-reader-js/air.hdr.gz", "79x67x64 float32" },
        { "nifti-reader-js/air.img.gz", "79x67x64 float32" },
        { "nifti-reader-js/big.nii.gz", "64x64x21 float32" },
        { "nifti-reader-js/little.nii.gz", "64x64x21 float32" },
        { "nifti-reader-js/with_extension.nii.gz", "161x191x151 uint8" },
        { "nifti-rs/27/float32.nii", "3x3x3 float32" },
        { "nifti-rs/27/float64.nii", "3x3x3 float64" },
        { "nifti-rs/27/int16.nii", "3x3x3 int16" },
        { "nifti-rs/27/int32.nii", "3x3x3 int32" },
        { "nifti-rs/27/int64.nii", "3x3x3 int64" },
        { "nifti-rs/27/int8.nii", "3x3x3 int8" },
        { "nifti-rs/27/uint16.nii", "3x3x3 uint16" },
        { "nifti-rs/27/uint32.nii", "3x3x3 uint32" },
        { "nifti-rs/27/uint64.nii", "3x3x3 uint64" },
        { "nifti-rs/27/uint8.nii", "3x3x3 uint8" },
        { "nifti-rs/complex/complex32.nii", "3x3 float32 with 2 channels" },
        { "nifti-rs/complex/complex64.nii", "3x3 float64 with 2 channels" },
        { "nifti-rs/f32.nii.gz", "11x11x11 float32" },
        { "nifti-rs/minimal.hdr", "64x64x10 uint8" },
        { "nifti-rs/minimal.hdr.gz", "64x64x10 uint8" },
        { "nifti-rs/minimal.img", "64x64x10 uint8" },
        { "nifti-rs/minimal.img.gz", "64x64x10 uint8" },
        { "nifti-rs/minimal.nii", "64x64x10 uint8" },
        { "nifti-rs/minimal.nii.gz", "64x64x10 uint8" },
        { "nifti-rs/minimal2.hdr", "64x64x10 uint8" },
        { "nifti-rs/minimal2.img.gz", "64x64x10 uint8" },
        { "nifti-rs/minimal_extended_hdr.nii", "8x8 float64" },
        { "nifti-rs/rgb/3D.nii", "3x3x3 uint8 with 3 channels" },
        { "nifti-rs/rgb/4D.nii", "3x3x3 uint8 with 6 channels" },
        { "nifti-rs/rgba/4D.nii", "3x3x3 uint8 with 8 channels" },
    };

    public static TheoryData<string, string> Refused => new()
    {
        { "nibabel/analyze.hdr", "cannot be read: it is a header only" },
        { "nibabel/nifti1.hdr", "cannot be read: it is a header only" },
        { "nibabel/nifti2.hdr", "cannot be read: it is a header only" },
        { "nibabel/row_major.dconn.nii", "cannot be read: it is CIFTI-2" },
        { "nifti-reader-js/not-nifti.nii", "is not an image that can be read" },
        { "nifti-rs/fuzz_artifacts/crash-08123ef33416bd6f0c5fa63d44b681b8581d62a0", "is damaged: its header says that it is " },
        { "nifti-rs/fuzz_artifacts/crash-1.nii", "is damaged: its header says that it is 0 bytes long" },
        { "nifti-rs/fuzz_artifacts/crash-98aa054390f8d3f932f190dc22ef62c6ff2d6619", "is damaged: its header says that it is " },
        { "nifti-rs/fuzz_artifacts/crash-d03c6346fe83a026738f6b8cd2a9335a3f8cb158", "is damaged: its header says that it is " },
        { "nifti-rs/fuzz_artifacts/crash-ed7d46344d7efb3b9f0c374d66d2e02f66cc447d.nii", "is not an image that can be read" },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Readable))]
    public void A_public_file_is_what_nibabel_says(string file, string expected)
    {
        var path = RealData.Require("nifti", file);

        Assert.Equal(expected, Volume.Read(path).Describe());
        Assert.Equal(expected, Describe(ImageInfo.ReadHeader(path)));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_public_file_that_holds_no_image_is_refused_by_name(string file, string why)
    {
        var path = RealData.Require("nifti", file);

        var e = Assert.Throws<InputException>(() => Volume.Read(path));

        Assert.StartsWith($"'{path}' {why}", e.Message);
        Assert.NotNull(e.Fix);
    }

    [Fact]
    public void Every_public_file_is_named_here()
    {
        var root = RealData.Require("nifti");
        var all = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(root, f)).Where(f => f != "README.md");

        Assert.Equal(all.Order(StringComparer.Ordinal), Readable.Concat(Refused).Select(r => r.Data.Item1).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Whole_and_packed_parts_of_a_pair_hold_the_same()
    {
        var expected = Volume.Read(RealData.Require("nifti", "nifti-rs/minimal.nii"));

        foreach (var name in (string[])["minimal.nii.gz", "minimal.hdr", "minimal.img", "minimal.hdr.gz", "minimal.img.gz", "minimal2.hdr", "minimal2.img.gz"])
        {
            Assert.Equal(expected.Bytes, Volume.Read(RealData.Require("nifti", "nifti-rs", name)).Bytes);
        }

        Assert.Equal(
            Volume.Read(RealData.Require("nifti", "nifti-reader-js/big.nii.gz")).Bytes,
            Volume.Read(RealData.Require("nifti", "nifti-reader-js/little.nii.gz")).Bytes);
    }

    [Fact]
    public void A_grid_turned_and_sheared_comes_back_bit_by_bit_once_it_was_in_a_file()
    {
        var random = new RandomStream(5);
        for (var trial = 0; trial < 300; trial++)
        {
            Triple Any() => new(random.NextDouble() - 0.5, random.NextDouble() - 0.5, random.NextDouble() - 0.5);
            var affine = new Affine(Any() * 3, Any() * 2, Any() * 5, Any() * 300);
            if (trial % 2 == 0)
            {
                var d = Geometry.From(new Extent(3, 4, 5), affine).Direction.Orthonormal();
                affine = new Affine(d.AlongX * 0.7, d.AlongY * 0.9, d.AlongZ * 3.3, affine.Offset);
            }

            var path = Path.Combine(_folder, "a.nii");
            Volume.Zeros("a", Geometry.From(new Extent(3, 4, 5), affine), 1, VoxelType.UInt8).Write(path);
            var once = Volume.Read(path);
            once.Write(path);
            var twice = Volume.Read(path);

            Assert.Equal(once.Geometry, twice.Geometry);
            Assert.True(once.Geometry.CornersApart(Geometry.From(new Extent(3, 4, 5), affine)) < 1e-4);

            // The qform, where there is one, says the same: wipe the sform's code out.
            var bytes = File.ReadAllBytes(path);
            if (trial % 2 == 0)
            {
                bytes[254] = 0;
                File.WriteAllBytes(path, bytes);
                var turned = Volume.Read(path);
                Assert.True(turned.Geometry.CornersApart(once.Geometry) < 1e-4);
                turned.Write(path);
                Assert.Equal(turned.Geometry, Volume.Read(path).Geometry);
            }
            else
            {
                Assert.Equal(0, bytes[252]);
            }
        }
    }

    [Fact]
    public void A_grid_without_matrices_comes_back_without_them()
    {
        var path = Path.Combine(_folder, "a.nii");
        var header = Header(new Extent(181, 217, 60));
        WriteFloat(header, 80, 0.9f);
        WriteFloat(header, 84, 0.7f);
        WriteFloat(header, 88, 3.1f);
        File.WriteAllBytes(path, [.. header, .. new byte[181 * 217 * 60]]);

        var volume = Volume.Read(path);
        volume.Write(path);

        Assert.Equal("LAS", volume.Geometry.Orientation.ToString());
        Assert.Equal(volume.Geometry, Volume.Read(path).Geometry);
        Assert.Equal(0, File.ReadAllBytes(path)[254]);
    }

    [Fact]
    public void Every_byte_that_says_nothing_is_zero()
    {
        var path = Path.Combine(_folder, "a.nii");
        Volume.Zeros("secret", Geometry.Pixels(new Extent(3, 4, 5)), 1, VoxelType.Int16).Write(path);

        var header = File.ReadAllBytes(path)[..352];

        Assert.All(Enumerable.Range(4, 36).Concat(Enumerable.Range(56, 14)).Concat(Enumerable.Range(124, 128)).Concat(Enumerable.Range(328, 16)).Concat(Enumerable.Range(348, 4)), i => Assert.Equal(0, header[i]));
        Assert.Equal((2, 2), (header[252], header[254]));
    }

    [Fact]
    public void A_long_side_makes_it_the_second_version()
    {
        var path = Path.Combine(_folder, "a.nii.gz");
        var volume = Volume.Zeros("a", Geometry.Pixels(new Extent(40000, 2, 1)) with { Spacing = new Triple(0.1, 0.2, 0.3) }, 2, VoxelType.UInt16);
        volume.Voxels<ushort>()[77777] = 9;

        volume.Write(path);
        var back = Volume.Read(path);

        Assert.Equal(volume.Bytes, back.Bytes);
        Assert.Equal(volume.Geometry.Spacing, back.Geometry.Spacing);
        Assert.Contains(("header", "NIfTI-2"), ImageInfo.ReadHeader(path).Facts);
    }

    [Fact]
    public void Members_of_gzip_put_together_are_one_file()
    {
        var path = Path.Combine(_folder, "a.nii.gz");
        var whole = Simple();
        File.WriteAllBytes(path, [.. Gzip(whole[..200]), .. Gzip(whole[200..380]), .. Gzip(whole[380..])]);

        Assert.Equal(whole[352..], Volume.Read(path).Bytes);
    }

    [Fact]
    public void A_truncated_gzip_says_how_much_there_is()
    {
        var packed = Gzip([.. Header(new Extent(16, 16, 16)), .. Noise(4096)]);

        var e = Refuse("a.nii.gz", packed[..2000]);

        Assert.Matches(@"^'.*a\.nii\.gz' is truncated: its compressed data end after \d+ bytes, but 16x16x16 voxels of uint8 needs 4448$", e.Message);
        Assert.Equal("copy or download the file again", e.Fix);
    }

    [Fact]
    public void A_gzip_bomb_is_refused_before_allocation()
    {
        // A header that asks for 1.9 GB, in a file that could hold 0.3 GB and holds 352 bytes.
        var path = Path.Combine(_folder, "a.nii.gz");
        var header = Header(new Extent(1250, 1250, 1250));
        File.WriteAllBytes(path, [.. Gzip(header), .. new byte[300_000]]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var e = Assert.Throws<InputException>(() => Volume.Read(path));

        Assert.StartsWith($"'{path}' is damaged: its header claims 1953125352 bytes", e.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);

        // And one whose size would fit into the ratio, but is not there.
        File.WriteAllBytes(path, [.. Gzip(Header(new Extent(500, 500, 500))), .. new byte[300_000]]);
        before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InputException>(() => Volume.Read(path));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_header_that_asks_for_more_than_the_file_holds_is_refused()
    {
        var e = Refuse("a.nii", Header(new Extent(1000, 1000, 1000)));

        Assert.Equal($"'{Path.Combine(_folder, "a.nii")}' is truncated: it has 352 bytes, but 1000x1000x1000 voxels of uint8 needs 1000000000 bytes at 352", e.Message);
    }

    [Fact]
    public void More_than_the_memory_of_an_array_is_refused_with_both_sizes()
    {
        var header = Header(new Extent(1300, 1300, 1300));

        var e = Refuse("a.nii", header);

        Assert.EndsWith("' is too large: 1300x1300x1300 with 1 channels of uint8 takes 2.2 GB; at most 2.1 GB are read", e.Message);
    }

    [Theory]
    [InlineData(0, "its spacing is 0x1x1; expected three numbers above 0")]
    [InlineData(-2, "its spacing is -2x1x1; expected three numbers above 0")]
    [InlineData(float.NaN, "its spacing is NaNx1x1; expected three numbers above 0")]
    [InlineData(float.PositiveInfinity, "its spacing is Infinityx1x1; expected three numbers above 0")]
    public void A_spacing_that_is_none_is_named_with_a_way_out(float spacing, string found)
    {
        var bytes = Simple();
        WriteFloat(bytes, 80, spacing);
        var path = Path.Combine(_folder, "a.nii");

        var e = Refuse("a.nii", bytes);

        Assert.Equal($"'{path}' has no usable geometry: {found}", e.Message);
        Assert.Equal($"segsharp convert {path} mended/{Path.GetFileName(path)} --spacing XxYxZ, with the true millimetres per voxel", e.Fix);
        Assert.Equal(new Triple(0.5, 0.5, 2), Volume.Read(path, new Triple(0.5, 0.5, 2)).Geometry.Spacing);
    }

    [Fact]
    public void A_singular_sform_is_named_with_a_way_out()
    {
        var bytes = Simple();
        bytes[254] = 1;
        WriteFloat(bytes, 280, 1);
        WriteFloat(bytes, 284, 2);
        WriteFloat(bytes, 320, 1);

        var e = Refuse("a.nii", bytes);

        Assert.EndsWith("' has no usable geometry: its sform (code 1) is singular: the voxel axes go (1, 0, 0), (2, 0, 0) and (0, 0, 1)", e.Message);
    }

    [Fact]
    public void Types_that_no_machine_here_has_are_refused_by_name()
    {
        var bytes = Simple();
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(70), 1536);

        var e = Refuse("a.nii", bytes);

        Assert.EndsWith("' cannot be read: its data type is 1536 (float128); whole numbers up to 64 bits, float32, float64, complex64, complex128, RGB and RGBA are read", e.Message);
    }

    [Theory]
    [InlineData(2, 1, 0, VoxelType.UInt8)]
    [InlineData(2, 1, 5, VoxelType.Int16)]
    [InlineData(2, 200, 0, VoxelType.UInt16)]
    [InlineData(4, 1, -1024, VoxelType.Int32)]
    [InlineData(8, 2, 0, VoxelType.Int64)]
    [InlineData(1024, 2, 0, VoxelType.Float64)]
    [InlineData(4, 0.5, 0, VoxelType.Float64)]
    [InlineData(16, 2, 0, VoxelType.Float64)]
    [InlineData(4, 0, 7, VoxelType.Int16)]
    [InlineData(4, float.NaN, 7, VoxelType.Int16)]
    public void Whole_scaling_of_whole_numbers_stays_whole(short code, float slope, float intercept, VoxelType expected)
    {
        var bytes = Simple(padding: 500);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(70), code);
        WriteFloat(bytes, 112, slope);
        WriteFloat(bytes, 116, intercept);
        var path = Path.Combine(_folder, "a.nii");
        File.WriteAllBytes(path, bytes);

        var volume = Volume.Read(path);

        Assert.Equal(expected, volume.VoxelType);
        Assert.Equal(expected, ImageInfo.ReadHeader(path).VoxelType);
        if (code == 2)
        {
            Assert.Equal(bytes[352] * (double)slope + intercept, volume.ToFloats()[0]);
        }
    }

    [Fact]
    public void Labels_take_as_many_bits_as_they_need()
    {
        var path = Path.Combine(_folder, "a.nii.gz");
        foreach (var (label, type) in ((ushort, VoxelType)[])[(255, VoxelType.UInt8), (256, VoxelType.UInt16)])
        {
            new LabelMap("a", Geometry.Pixels(new Extent(2, 2, 2)), [0, 0, label, 0, 1, 0, 0, 0]).Write(path);

            Assert.Equal(type, Volume.Read(path).VoxelType);
            Assert.Equal(label, LabelMap.Read(path).Labels[2]);
        }
    }

    [Fact]
    public void Double_endings_are_one()
    {
        Assert.Equal("brain", Catalogue.NameOf("a.b/brain.nii.gz"));
        Assert.Equal("brain.v2", Catalogue.NameOf("brain.v2.NII.GZ"));
        Assert.Equal("brain", Catalogue.NameOf("brain.seg.nrrd"));
        Assert.Equal("brain", Catalogue.NameOf("x/brain.img.gz"));
        Assert.Equal("brain.tar", Catalogue.NameOf("brain.tar.gz"));
        Assert.Equal(".NII.GZ", Catalogue.EndingOf("brain.v2.NII.GZ"));
        Assert.Equal("", Catalogue.EndingOf("brain"));
    }

    private static string Describe(ImageInfo info) => $"{info.Extent} {info.VoxelType.Text()}{(info.Channels > 1 ? $" with {info.Channels} channels" : "")}";

    private InputException Refuse(string name, byte[] bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return Assert.Throws<InputException>(() => Volume.Read(path));
    }

    // A header with spacing 1 and neither matrix.
    private static byte[] Header(Extent extent)
    {
        var h = new byte[352];
        BinaryPrimitives.WriteInt32LittleEndian(h, 348);
        foreach (var (i, n) in ((int, int)[])[(0, 3), (1, extent.Width), (2, extent.Height), (3, extent.Depth)])
        {
            BinaryPrimitives.WriteInt16LittleEndian(h.AsSpan(40 + (2 * i)), (short)n);
        }

        h[70] = 2;
        h[72] = 8;
        for (var i = 0; i < 4; i++)
        {
            WriteFloat(h, 76 + (4 * i), 1);
        }

        WriteFloat(h, 108, 352);
        "n+1"u8.CopyTo(h.AsSpan(344));
        return h;
    }

    private static byte[] Simple(int padding = 0) => [.. Header(new Extent(3, 4, 5)), .. Noise(60 + padding)];

    private static byte[] Noise(int count)
    {
        var random = new RandomStream(3);
        return [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(256))];
    }

    private static void WriteFloat(byte[] bytes, int at, float value) => BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(at), value);

    private static byte[] Gzip(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var packed = new GZipStream(stream, CompressionLevel.Optimal))
        {
            packed.Write(bytes);
        }

        return stream.ToArray();
    }
}

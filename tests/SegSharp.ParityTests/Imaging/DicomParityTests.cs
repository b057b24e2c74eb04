using System.Security.Cryptography;
using System.Text.Json;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;
using SegSharp.Imaging.Formats.Dicom;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>pydicom's test files, dicom2nifti's series and dcmqi's segmentations against what independent readers make of them.</summary>
public sealed class DicomParityTests
{
    // GDCM alone decodes it: a JP2 header inside, against the standard.
    private const string GdcmOnly = "GDCMJ2K_TextGBR.dcm";

    private static readonly Dictionary<string, JsonElement> References =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(ParityCases.Own, "dicom", "pixels.json"))).RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);

    public static TheoryData<string> Files => [.. References.Keys];

    public static TheoryData<string, string> Series => new()
    {
        { "ge_fmri_001", "ge_fmri_001.001_ground_truth" },
        { "ge_fmri_001", "ge_fmri_001.001_ground_truth_reoriented" },
        { "generic_anatomical_002_non_isotropic", "generic_anatomical_002_non_isotropic.002_non_isotropic_ground_truth" },
        { "generic_anatomical_002_non_isotropic", "generic_anatomical_002_non_isotropic.002_non_isotropic_ground_truth_reoriented" },
        { "generic_compressed_j2k_001", "generic_compressed_rle_001.001_ground_truth" },
        { "generic_compressed_jpeg_001", "generic_compressed_rle_001.001_ground_truth" },
        { "generic_compressed_jpegls_001", "generic_compressed_rle_001.001_ground_truth" },
        { "generic_compressed_rle_001", "generic_compressed_rle_001.001_ground_truth" },
        { "hitachi_anatomical_001", "hitachi_anatomical_001.001_ground_truth" },
        { "hitachi_anatomical_001", "hitachi_anatomical_001.001_ground_truth_reoriented" },
        { "philips_anatomical_001", "philips_anatomical_001.001_ground_truth" },
        { "philips_enhanced_fmri_001", "philips_enhanced_fmri_001.001_ground_truth" },
        { "philips_fmri_001", "philips_fmri_001.001_ground_truth" },
        { "philips_fmri_001", "philips_fmri_001.001_ground_truth_reoriented" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_decodes_to_the_pixels_of_an_independent_reader_or_is_refused_by_name(string name)
    {
        var path = RealData.Require("dicom", "pydicom-test-files", name);
        RequireDecoder(path);
        using var decoder = new DicomDecoder();
        var reference = References[name];

        if (reference.TryGetProperty("sha256", out var digest))
        {
            var planes = DicomPixels.Read(path, Reading.Colours, decoder);
            int[] shape = [planes.Frames, planes.Channels, planes.Page.Height, planes.Page.Width];
            Assert.Equal(reference.GetProperty("shape").EnumerateArray().Select(n => n.GetInt32()), shape);
            Assert.Equal(reference.GetProperty("type").GetString(), planes.Type.Text());
            Assert.Equal(digest.GetString(), Convert.ToHexStringLower(SHA256.HashData(planes.Bytes)));
        }
        else if (name == GdcmOnly)
        {
            Assert.Equal(3, DicomPixels.Read(path, Reading.Colours, decoder).Channels);
        }
        else
        {
            var error = Assert.Throws<InputException>(() => DicomPixels.Read(path, Reading.Colours, decoder));
            Assert.StartsWith($"'{path}' ", error.Message);
            Assert.NotNull(error.Fix);
        }
    }

    [Theory]
    [MemberData(nameof(Series))]
    public void A_series_becomes_the_volume_that_dicom2nifti_makes_of_it(string series, string nifti)
    {
        var folder = RealData.Require("dicom", "series-with-nifti", series);
        var expected = Volume.Read(RealData.Require("dicom", "series-with-nifti", nifti + ".nii.gz"));
        RequireDecoder(Directory.EnumerateFiles(folder).First());

        var volume = Volume.Read(folder);

        AssertSameInTheWorld(expected, volume);
    }

    [Fact]
    public void Two_slices_alone_are_refused_and_read_on_request()
    {
        var folder = RealData.Require("dicom", "series-with-nifti", "failing_slicecount_001");
        var series = Assert.Single(DicomSeries.Find(folder, TestContext.Current.CancellationToken));

        var error = Assert.Throws<InputException>(() => series.Read());
        var anyway = series.Read(new DicomReading { Anyway = true });

        Assert.Equal($"the series in '{folder}' is not read: it has only 2 slices, 1 mm apart: nothing says whether slices between them are missing", error.Message);
        Assert.Equal("check whether the folder is whole; segsharp convert FOLDER OUT.nii.gz --anyway reads the two", error.Fix);
        Assert.Equal(new Extent(256, 256, 2), anyway.Extent);
        Assert.Equal(new Triple(1, 1, 1), anyway.Geometry.Spacing);
    }

    [Theory]
    [InlineData("ct-series", 88, 128, 17, 2, 0, 696)]
    [InlineData("mr-hippocampus-crop", 35, 51, 32, 1, 2, 154)]
    public void Series_of_scanners_are_read(string name, int width, int height, int depth, double spacing, double low, double high)
    {
        var volume = Volume.Read(RealData.Require("dicom", name));

        Assert.Equal(new Extent(width, height, depth), volume.Extent);
        Assert.Equal(new Triple(spacing, spacing, spacing), volume.Geometry.Spacing);
        Assert.Equal((low, high), volume.ValueRange());
        Assert.Equal(VoxelType.Int16, volume.VoxelType);
    }

    [Theory]
    [InlineData("liver.dcm", "liver_seg.nrrd")]
    [InlineData("23x38x3/seg/label.seg", "23x38x3/nrrd/label.nrrd")]
    [InlineData("24x38x3/seg/label.seg", "24x38x3/nrrd/label.nrrd")]
    [InlineData("sparse-labelmap-noppv.dcm", "sparse_labelmap_noppv_seg.nrrd")]
    [InlineData("sparse-labelmap-ppv5.dcm", "sparse_labelmap_ppv5_seg.nrrd")]
    public void A_segmentation_equals_its_nrrd_labels(string file, string nrrd)
    {
        var expected = ReadNrrd(RealData.Require(["dicom", "seg-dcmqi", .. nrrd.Split('/')]));

        var map = LabelMap.Read(RealData.Require(["dicom", "seg-dcmqi", .. file.Split('/')]));

        Assert.NotEqual(0, expected.CountOf(1));
        Assert.Equal(expected.Labels, GridCopy.Labels(map, expected.Geometry).Labels);
    }

    [Fact]
    public void Overlapping_segments_are_refused_together_and_read_one_by_one()
    {
        var path = RealData.Require("dicom", "seg-dcmqi", "partial_overlaps.dcm");
        var segmentation = DicomSegmentation.Read(path);

        var error = Assert.Throws<InputException>(() => segmentation.ToLabelMap());

        Assert.Equal($"'{path}' is not one label map: its segments 1 (GREEN) and 2 (ORANGE) overlap", error.Message);
        Assert.Equal(["GREEN", "ORANGE", "PURPLE", "LIGHT_BLUE", "DARK_BLUE"], segmentation.Segments.Select(s => s.Name));

        // dcmqi writes groups of segments that do not overlap; each segment's voxels must be in one of them.
        var groups = Enumerable.Range(1, 3).Select(i => ReadNrrd(RealData.Require("dicom", "seg-dcmqi", $"partial_overlaps-{i}.nrrd"))).ToList();
        foreach (var segment in segmentation.Segments)
        {
            var mine = GridCopy.Labels(segmentation.Of(segment.Number), groups[0].Geometry);
            Assert.Contains(groups, g => g.Select(l => (ushort)(l == segment.Number ? 1 : 0)).Labels.AsSpan().SequenceEqual(mine.Labels));
        }
    }

    private static void RequireDecoder(string path)
    {
        var image = Image(path);
        Assert.SkipWhen(image is { IsCompressed: true } && image.SyntaxUid != DicomSyntax.Rle && DicomDecoder.Program is null, "segsharp-dicom is not built: it needs libgdcm-dev");

        static DicomImage? Image(string path)
        {
            try
            {
                return DicomImage.Open(path);
            }
            catch (InputException)
            {
                return null;
            }
        }
    }

    // The same value at the same place: axes may be permuted and flipped, centres lie within 1e-4 mm.
    private static void AssertSameInTheWorld(Volume expected, Volume actual)
    {
        Assert.Equal(expected.Extent.Count * expected.Channels, actual.Extent.Count * actual.Channels);
        Assert.Equal(expected.Channels, actual.Channels);
        var (toWorld, toVoxel, back) = (actual.Geometry.ToWorld, expected.Geometry.ToVoxel, expected.Geometry.ToWorld);
        var (a, b) = (actual.ToFloats(), expected.ToFloats());
        var (e, f) = (actual.Extent, expected.Extent);
        var seen = new bool[expected.Extent.Count];
        var at = 0;
        for (var z = 0; z < e.Depth; z++)
        {
            for (var y = 0; y < e.Height; y++)
            {
                for (var x = 0; x < e.Width; x++, at++)
                {
                    var world = toWorld.Apply(new Triple(x, y, z));
                    var exact = toVoxel.Apply(world);
                    var (i, j, k) = ((int)Math.Round(exact.X), (int)Math.Round(exact.Y), (int)Math.Round(exact.Z));
                    Assert.True(i >= 0 && j >= 0 && k >= 0 && i < f.Width && j < f.Height && k < f.Depth);
                    Assert.InRange((back.Apply(new Triple(i, j, k)) - world).Length, 0, 1e-4);
                    var place = (((k * f.Height) + j) * f.Width) + i;
                    seen[place] = true;
                    for (var c = 0; c < actual.Channels; c++)
                    {
                        double value = b[(c * seen.Length) + place];
                        Assert.InRange(a[(c * seen.Length) + at], value - (1e-5 * Math.Abs(value)), value + (1e-5 * Math.Abs(value)));
                    }
                }
            }
        }

        Assert.DoesNotContain(false, seen);
    }

    // As much of NRRD as dcmqi's files need.
    private static LabelMap ReadNrrd(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var end = bytes.AsSpan().IndexOf("\n\n"u8);
        var header = System.Text.Encoding.ASCII.GetString(bytes, 0, end).Split('\n').Where(l => l.Contains(": ", StringComparison.Ordinal)).Select(l => l.Split(": ", 2)).ToDictionary(p => p[0], p => p[1]);
        Assert.Equal(("short", "left-posterior-superior", "gzip", "little"), (header["type"], header["space"], header["encoding"], header["endian"]));
        var size = header["sizes"].Split(' ').Select(int.Parse).ToArray();
        var steps = header["space directions"].Split(' ').Select(Vector).ToArray();
        var extent = new Extent(size[0], size[1], size[2]);
        var geometry = Geometry.From(extent, new Affine(steps[0].TurnLps(), steps[1].TurnLps(), steps[2].TurnLps(), Vector(header["space origin"]).TurnLps()));
        using var stream = new System.IO.Compression.GZipStream(new MemoryStream(bytes, end + 2, bytes.Length - end - 2), System.IO.Compression.CompressionMode.Decompress);
        var voxels = new byte[extent.Count * 2];
        stream.ReadExactly(voxels);
        return LabelMap.From(new Volume(Path.GetFileName(path), geometry, 1, VoxelType.Int16, voxels, path));

        static Triple Vector(string text) => text.Trim('(', ')').Split(',').Select(double.Parse).ToArray() is [var x, var y, var z] ? new Triple(x, y, z) : throw new FormatException(text);
    }
}

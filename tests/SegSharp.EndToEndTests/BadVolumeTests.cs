using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Tests.Imaging.Formats.Dicom;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Bad volumes are named with what to do and exit code 3; --json carries the same.</summary>
public sealed class BadVolumeTests(VolumeModel model) : IClassFixture<VolumeModel>, IDisposable
{
    private const string Again = "copy or download the file again";

    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Theory]
    [InlineData("zero", "its spacing is 0x1.5x2; expected three numbers above 0")]
    [InlineData("negative", "its spacing is 1x-1x2; expected three numbers above 0")]
    [InlineData("nan", "its spacing is 1x1.5xNaN; expected three numbers above 0")]
    [InlineData("singular", "its sform (code 1) is singular: the voxel axes go (-1, -1, 0), (0, 0, 0) and (0, 0, 2)")]
    [InlineData("infinite", "its sform (code 1) holds -1, 0, 0, 12, NaN, 0, 0, 0, 0, 0, 2, 30")]
    public void A_header_without_a_usable_grid(string kind, string found)
    {
        var file = VolumeFiles.Broken(_workshop[$"{kind}.nii"], header =>
        {
            VolumeFiles.Int16(header, VolumeFiles.QformCode, 0, (short)(kind is "singular" or "infinite" ? 1 : 0));
            switch (kind)
            {
                case "zero":
                    VolumeFiles.Single(header, VolumeFiles.Pixdim + 4, 0);
                    break;
                case "negative":
                    VolumeFiles.Single(header, VolumeFiles.Pixdim + 8, -1);
                    break;
                case "nan":
                    VolumeFiles.Single(header, VolumeFiles.Pixdim + 12, float.NaN);
                    break;
                default:
                    VolumeFiles.Single(header, VolumeFiles.SecondRow, kind == "singular" ? -1 : float.NaN, 0, 0, 0);
                    break;
            }
        });

        EveryVerbSays($"'{file}' has no usable geometry: {found}", $"segsharp convert {file} mended/{kind}.nii --spacing XxYxZ, with the true millimetres per voxel", file);

        Workshop.Succeed("convert", file, _workshop["mended", $"{kind}.nii"], "--spacing", "1x1.5x2");
        Assert.Equal(new Triple(1, 1.5, 2), Volume.Read(_workshop["mended", $"{kind}.nii"]).Geometry.Spacing);
    }

    [Fact]
    public void A_truncated_file_and_one_whose_header_asks_for_more()
    {
        var packed = VolumeFiles.Truncated(_workshop["packed.nii.gz"], 0.5);
        var plain = VolumeFiles.Truncated(_workshop["plain.nii"], 0.9);
        var large = VolumeFiles.Broken(_workshop["large.nii"], h => VolumeFiles.Int16(h, VolumeFiles.Dim, 3, 1000, 1000, 900));

        EveryVerbSays($"'{packed}' is truncated: its compressed data end after {Told(packed)} bytes, but 10x8x6 voxels of int16 needs 1312", Again, packed);
        EveryVerbSays($"'{plain}' is truncated: it has 1180 bytes, but 10x8x6 voxels of int16 needs 960 bytes at 352", Again, plain);
        EveryVerbSays($"'{large}' is truncated: it has 1312 bytes, but 1000x1000x900 voxels of int16 needs 1800000000 bytes at 352", Again, large);
    }

    [Fact]
    public void A_4D_image_where_one_volume_is_meant()
    {
        var file = VolumeFiles.Image(_workshop["four.nii.gz"], channels: 3);
        var fix = $"segsharp convert {file} mended/four.nii.gz --channel 0 keeps the first of them";

        Refused($"image '{file}' has 3 channel(s), but the network was trained on 1: CT", fix, "predict", model.Run, file, _workshop["masks"]);

        Workshop.Succeed("convert", file, _workshop["mended", "four.nii.gz"], "--channel", "0");
        Workshop.Succeed("predict", model.Run, _workshop["mended", "four.nii.gz"], _workshop["masks"], "--quiet");
    }

    [Fact]
    public void A_4D_image_in_a_data_set_of_one_channel()
    {
        var data = VolumeModel.DataSet(_workshop["data"], ".nii.gz");
        var file = VolumeFiles.Image(Path.Combine(data, "imagesTr", "case2_0000.nii.gz"), channels: 2);
        var fix = $"segsharp convert {file} mended/case2_0000.nii.gz --channel 0 keeps the first of them";

        Refused($"case 'case2' has 2 channel(s) in 1 file(s) ('{file}' …), but dataset.json names 1: CT", fix, VolumeModel.Training(data, _workshop["run"]));
        var finding = Assert.Single(Findings("data", "check", data));

        Assert.Equal(("it holds 2 volumes (4D, or channels), and 1 is expected", fix), ((string)finding["found"]!, (string)finding["fix"]!));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void A_4D_label_map(int volumes)
    {
        var data = VolumeModel.DataSet(_workshop["data"], ".nii.gz");
        var (image, file) = (Path.Combine(data, "imagesTr", "case2_0000.nii.gz"), Path.Combine(data, "labelsTr", "case2.nii.gz"));
        var voxels = new byte[480 * volumes];
        voxels[^1] = 1;
        Volume.Of<byte>("four", VolumeFiles.Grid, volumes, voxels).Write(file);
        var (found, fix) = ($"'{file}' holds {volumes} volumes that differ (4D, or channels), and a label map is one", $"segsharp convert {file} mended/case2.nii.gz --channel 0 keeps the first of them");

        Refused(found, fix, VolumeModel.Training(data, _workshop["run"]));
        Refused(found, fix, "evaluate", file, VolumeFiles.Mask(_workshop["mask.nii.gz"]));
        Refused(found, fix, "postprocess", file, _workshop["p.nii.gz"], "--fill-holes");
        Refused(found, fix, "measure", image, file);
        Assert.All([Assert.Single(Findings("data", "check", data)), Assert.Single(Findings("data", "check", "--pair", image, file))], f => Assert.Equal((found, fix), ((string)f["found"]!, (string)f["fix"]!)));
    }

    [Fact]
    public void Voxels_that_are_no_numbers_are_counted_and_the_mend_works()
    {
        var voxels = new float[480];
        (voxels[7], voxels[100], voxels[479]) = (float.NaN, float.PositiveInfinity, 5);
        var file = _workshop["nan.nii.gz"];
        Volume.Of<float>("nan", VolumeFiles.Grid, 1, voxels).Write(file);

        var finding = Assert.Single(Findings("data", "check", "--pair", file, VolumeFiles.Mask(_workshop["mask.nii.gz"])));
        Assert.Equal("2 of its voxels are no finite numbers (NaN or infinite)", (string)finding["found"]!);
        Assert.Equal($"segsharp convert {file} mended/nan.nii.gz --replace-nan 0", (string)finding["fix"]!);

        var done = Workshop.Succeed("convert", file, _workshop["mended", "nan.nii.gz"], "--replace-nan", "0");
        var mended = Volume.Read(_workshop["mended", "nan.nii.gz"]);

        Assert.Contains("2 voxels that were no finite numbers became 0\n", done.Error, StringComparison.Ordinal);
        Assert.Equal((VoxelType.Float32, VolumeFiles.Grid), (mended.VoxelType, mended.Geometry));
        Assert.Equal([.. voxels.Select(v => float.IsFinite(v) ? v : 0)], mended.ToFloats());
        Refused(2, $"--replace-nan NaN is no finite number", "--replace-nan 0", "convert", file, _workshop["x.nii.gz"], "--replace-nan", "NaN");
    }

    [Theory]
    [InlineData(".nii.gz")]
    [InlineData(".nrrd")]
    [InlineData(".mha")]
    public void Image_and_label_on_different_grids(string ending)
    {
        var data = VolumeModel.DataSet(_workshop["data"], ending);
        var (image, label) = (Path.Combine(data, "imagesTr", $"case2_0000{ending}"), Path.Combine(data, "labelsTr", $"case2{ending}"));
        var moved = VolumeFiles.Grid with { Origin = VolumeFiles.Grid.Origin + new Triple(0, 0, 1) };
        VolumeFiles.Mask(label, moved);
        VolumeFiles.Mask(_workshop["truth" + ending]);
        var (found, fix) = ("moved by half a voxel along z (1 mm)", $"segsharp data check --pair {image} {label} --fix mended/case2{ending}");

        Refused($"label map '{label}' does not lie on its image '{image}': {found}", fix, VolumeModel.Training(data, _workshop["run"]));
        Refused(
            $"image '{image}' and mask '{label}' are both 10x8x6, but their corners lie 1 mm apart; they must lie on one grid", fix, "measure", image, label);
        Refused(
            $"prediction '{label}' lies elsewhere than its truth '{_workshop["truth" + ending]}': {found}; corners lie up to 1 mm apart",
            $"segsharp data check --pair {_workshop["truth" + ending]} {label} --fix mended/case2{ending}", "evaluate", label, _workshop["truth" + ending]);
        var finding = Assert.Single(Findings("data", "check", data));
        Assert.Equal(("HalfVoxelShift", found, fix), ((string)finding["fault"]!, (string)finding["found"]!, (string)finding["fix"]!));

        Workshop.Succeed("data", "check", "--pair", image, label, "--fix", _workshop["mended", $"case2{ending}"]);
        Assert.Equal(GridMatch.Same, Volume.Read(image).Geometry.Match(LabelMap.Read(_workshop["mended", $"case2{ending}"]).Geometry));
    }

    [Fact]
    public void A_DICOM_folder_with_two_series()
    {
        using var dicom = new PhantomSeries();
        dicom.WithSeries("one", Enumerable.Range(0, 4)).WithSeries("two", Enumerable.Range(0, 5));
        var (found, fix) = (
            $"'{dicom.Folder}' holds 2 series, and one is needed #1 series 3, CT, \"Thorax 1.5\", 4x3x4 #2 series 3, CT, \"Thorax 1.5\", 4x3x5",
            $"choose one by its number: '{dicom.Folder}#1'");

        Refused(found, fix, "predict", model.Run, dicom.Folder, _workshop["masks"]);
        Refused(found, fix, "convert", dicom.Folder, _workshop["x.nii.gz"]);

        Workshop.Succeed("convert", $"{dicom.Folder}#2", _workshop["x.nii.gz"]);
        Assert.Equal(new Extent(4, 3, 5), Volume.Read(_workshop["x.nii.gz"]).Extent);
    }

    [Fact]
    public void A_DICOM_series_with_a_missing_slice()
    {
        using var dicom = new PhantomSeries();
        dicom.WithSeries("one", [0, 1, 2, 4, 5]);
        var found = $"the series in '{dicom.Folder}' is not read: 1 slice(s) are missing: 5 images lie 2 mm apart, but not at slice 4 of 6";
        const string Fix = "copy or export the series again; segsharp convert FOLDER OUT.nii.gz --anyway fills them with the lowest value";

        Refused(found, Fix, "predict", model.Run, dicom.Folder, _workshop["masks"]);
        Refused(found, Fix, "convert", dicom.Folder, _workshop["x.nii.gz"]);

        Workshop.Succeed("convert", dicom.Folder, _workshop["x.nii.gz"], "--anyway");
        Assert.Equal(new Extent(4, 3, 6), Volume.Read(_workshop["x.nii.gz"]).Extent);
    }

    [Fact]
    public void A_DICOM_series_of_mixed_orientations()
    {
        using var dicom = new PhantomSeries();
        dicom.WithSeries("one", [0, 1, 2])
            .WithSeries("one", [3, 4, 5], change: (i, _) => PhantomSeries.Slice("one", i, new Triple(0, i, 0), new Triple(1, 0, 0), new Triple(0, 0, -1)));
        var (found, fix) = (
            $"'{dicom.Folder}' holds 2 series, and one is needed (the images of its series differ in orientation) #1 series 3, CT, \"Thorax 1.5\", 4x3x3 #2 series 3, CT, \"Thorax 1.5\", 4x3x3",
            $"choose one by its number: '{dicom.Folder}#1'");

        Refused(found, fix, "predict", model.Run, dicom.Folder, _workshop["masks"]);
        Refused(found, fix, "convert", dicom.Folder, _workshop["x.nii.gz"]);
        Workshop.Succeed("predict", model.Run, $"{dicom.Folder}#2", _workshop["masks"], "--quiet");
    }

    // The number of bytes that a damaged gzip stream still gives, as the message says it.
    private static string Told(string file)
    {
        var error = CliRunner.Run("info", file).Error;
        return error.Split("end after ")[1].Split(' ')[0];
    }

    private static List<JsonNode> Findings(params string[] args)
    {
        var result = CliRunner.Run([.. args, "--json", "--quiet"]);
        Assert.Equal(3, result.ExitCode);
        return [.. result.Json["findings"]!.AsArray().Select(f => f!)];
    }

    private void EveryVerbSays(string sentence, string fix, string file)
    {
        var mask = VolumeFiles.Mask(_workshop["mask.nii.gz"]);
        Refused(sentence, fix, "info", file);
        Refused(sentence, fix, "convert", file, _workshop["x.nrrd"]);
        Refused(sentence, fix, "predict", model.Run, file, _workshop["masks"]);
        Refused(sentence, fix, "evaluate", file, mask);
        Refused(sentence, fix, "measure", file, mask);
        Refused(sentence, fix, "postprocess", file, _workshop["p.nii.gz"], "--fill-holes");
        Assert.All(
            [Assert.Single(Findings("data", "check", "--pair", file, mask)), Assert.Single(Findings("data", "check", "--pair", VolumeFiles.Image(_workshop["image.nii.gz"]), file))],
            f => Assert.Equal((sentence, fix), ((string)f["found"]!, (string)f["fix"]!)));
    }

    private void Refused(string sentence, string fix, params string[] args) => Refused(3, sentence, fix, args);

    // The same sentence for people and in the document; nothing half-written is left.
    private void Refused(int code, string sentence, string fix, params string[] args)
    {
        var result = CliRunner.Run([.. args, "--json", "--quiet"]);

        Assert.Equal(code, result.ExitCode);
        Assert.Equal($"error: {sentence}\nfix: {fix}\n", Blanks(result.Error));
        Assert.Equal((sentence, fix, code), (Blanks((string)result.Json["error"]!), (string)result.Json["fix"]!, (int)result.Json["exitCode"]!));
        Assert.False(Directory.Exists(_workshop["run"]));
        Assert.False(Directory.Exists(_workshop["masks"]));
        Assert.Empty(_workshop.Unfinished());
    }

    private static string Blanks(string text) => System.Text.RegularExpressions.Regex.Replace(text, " +", " ");
}

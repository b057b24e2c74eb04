using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats.Dicom;
using SegSharp.Tests.Imaging.Formats.Dicom;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>The verbs for volumes on small phantoms, over the real command line.</summary>
public sealed class VolumeVerbTests(VolumeModel model) : IClassFixture<VolumeModel>, IDisposable
{
    private static readonly Geometry Grid = VolumeFiles.Grid;

    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Predict_writes_a_NIfTI_mask_and_a_DICOM_segmentation_over_a_series()
    {
        using var dicom = Scan();
        var (plain, named) = (_workshop["plain"], _workshop["named"]);

        Workshop.Succeed("predict", model.Run, dicom.Folder, plain, "--quiet");
        Workshop.Succeed("predict", model.Run, dicom.Folder, named, "--format", "dcm", "--quiet");

        var name = Path.GetFileName(dicom.Folder);
        var mask = LabelMap.Read(Path.Combine(plain, name + ".nii.gz"));
        var segmentation = DicomSegmentation.Read(Path.Combine(named, name + ".dcm"));
        var series = DicomFolder.Read(dicom.Folder).Only();
        Assert.NotEqual(GridMatch.Different, series.Geometry.Match(mask.Geometry));
        Assert.InRange(mask.CountOf(1), 1, mask.Extent.Count - 1);
        Assert.Equal("nodule", Assert.Single(segmentation.Segments).Name);
        Assert.Equal(mask.Labels, GridCopy.Labels(segmentation.ToLabelMap(), mask.Geometry).Labels);
        Assert.Equal("1 there already", $"{Workshop.Succeed("predict", model.Run, dicom.Folder, named, "--format", "dcm", "--quiet", "--json").Json["skipped"]} there already");
    }

    [Fact]
    public void Predict_takes_a_folder_of_cases_and_one_of_several_series()
    {
        using var dicom = new PhantomSeries();
        dicom.WithSeries("p1/one", Enumerable.Range(0, 6)).WithSeries("p2/one", Enumerable.Range(0, 5));

        Workshop.Succeed("predict", model.Run, dicom.Folder, _workshop["masks"], "--quiet");
        Workshop.Succeed("predict", model.Run, dicom.Folder + "#2", _workshop["second"], "--quiet");

        Assert.Equal(["p1.nii.gz", "p2.nii.gz"], Directory.GetFiles(_workshop["masks"]).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal));
        Assert.Equal(new Extent(4, 3, 5), LabelMap.Read(_workshop["masks", "p2.nii.gz"]).Extent);
        Assert.Equal($"{Path.GetFileName(dicom.Folder)}_2.nii.gz", Path.GetFileName(Assert.Single(Directory.GetFiles(_workshop["second"]))));
    }

    [Fact]
    public void Predict_refuses_forms_that_do_not_suit()
    {
        var image = VolumeFiles.Image(_workshop["image.nii.gz"]);

        var dcm = CliRunner.Run("predict", model.Run, image, _workshop["masks"], "--format", "dcm");
        var jpg = CliRunner.Run("predict", model.Run, image, _workshop["masks"], "--format", "jpg");

        Assert.Equal((2, $"error: '{image}' is no DICOM series, so its mask cannot be a DICOM segmentation\nfix: leave --format away, or choose nii.gz\n"), (dcm.ExitCode, dcm.Error));
        Assert.Equal(2, jpg.ExitCode);
        Assert.StartsWith("error: JPEG files are only read, so 'mask.jpg' cannot be written; endings that can be written: .png", jpg.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_workshop["masks"]));
    }

    [Fact]
    public void Predict_names_the_segments_of_a_seg_nrrd()
    {
        Workshop.Succeed("predict", model.Run, VolumeFiles.Image(_workshop["image.nii.gz"]), _workshop["masks"], "--format", "seg.nrrd", "--quiet");

        Assert.Contains(Segmentation.Read(_workshop["masks", "image.seg.nrrd"]).Segments, s => s is { Label: 1, Name: "nodule" });
    }

    [Fact]
    public void Predict_refuses_a_memory_that_is_too_small_before_the_start()
    {
        var result = CliRunner.Run("predict", model.Run, VolumeFiles.Image(_workshop["image.nii.gz"]), _workshop["masks"], "--memory", "1MB", "--json");

        Assert.Equal(2, result.ExitCode);
        Assert.Matches(@"^this prediction needs at least \d+ MB \(the process now .*\), but --memory allows 1\.00 MB$", (string)result.Json["error"]!);
        Assert.Matches(@"^--memory \d+MB, or a smaller patch$", (string)result.Json["fix"]!);
        Assert.False(Directory.Exists(_workshop["masks"]));

        // A ceiling that holds gives the same mask as none.
        Workshop.Succeed("predict", model.Run, _workshop["image.nii.gz"], _workshop["masks"], "--memory", "2GB", "--quiet");
        Workshop.Succeed("predict", model.Run, _workshop["image.nii.gz"], _workshop["free"], "--quiet");
        Assert.Equal(LabelMap.Read(_workshop["free", "image.nii.gz"]).Labels, LabelMap.Read(_workshop["masks", "image.nii.gz"]).Labels);
    }

    [Fact]
    public void Predict_verbose_prints_what_the_time_went_to()
    {
        var image = VolumeFiles.Image(_workshop["image.nii.gz"]);

        var text = Workshop.Succeed("predict", model.Run, image, _workshop["a"], "--verbose");
        var times = Workshop.Succeed("predict", model.Run, image, _workshop["b"], "--verbose", "--json").Json["times"]!.AsArray();

        Assert.Contains("\nwhere the time went\n", text.Out, StringComparison.Ordinal);
        Assert.Contains("network", times.Select(t => (string)t!["phase"]!));
        Assert.Equal(1, times.Sum(t => (double)t!["share"]!), 1e-6);
        Assert.Contains("predicted peak", text.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flipped", "FlippedAxis")]
    [InlineData("permuted", "PermutedAxes")]
    [InlineData("mirrored", "Mirrored")]
    [InlineData("size", "DifferentSize")]
    [InlineData("spacing", "DifferentSpacing")]
    [InlineData("half", "HalfVoxelShift")]
    [InlineData("moved", "Shifted")]
    [InlineData("turned", "Rotated")]
    [InlineData("none", "NoGeometry")]
    public void Data_check_names_every_fault_and_mends_a_copy(string kind, string fault)
    {
        var (image, mask) = (VolumeFiles.Image(_workshop["image.nii.gz"]), VolumeFiles.Mask(_workshop["mask.nii.gz"]));
        var map = LabelMap.Read(mask);
        var (sin, cos) = Math.SinCos(0.1);
        var wrong = kind switch
        {
            "flipped" => map.Reoriented(Orientation.Parse("RPS")),
            "permuted" => map.Reoriented(Orientation.Parse("SPL")),
            "mirrored" => At(Grid with { Origin = new Triple(-12, 20, 30), Direction = new Direction(new Triple(1, 0, 0), new Triple(0, 1, 0), new Triple(0, 0, 1)) }),
            "size" => new LabelMap("m", Grid with { Extent = new Extent(10, 8, 5) }, map.Labels[..400]),
            "spacing" => At(Grid with { Spacing = new Triple(1, 1.5, 2.5) }),
            "half" => At(Grid with { Origin = Grid.Origin + new Triple(0.5, 0, 0) }),
            "moved" => At(Grid with { Origin = Grid.Origin + new Triple(0, 0, 4) }),
            "turned" => At(Grid with { Direction = new Direction(new Triple(-cos, -sin, 0), new Triple(sin, -cos, 0), new Triple(0, 0, 1)) }),
            _ => At(Geometry.Pixels(Grid.Extent)),
        };
        wrong.Write(mask);

        var found = CliRunner.Run("data", "check", "--pair", image, mask, "--json", "--quiet");
        Workshop.Succeed("data", "check", "--pair", image, mask, "--fix", _workshop["mended", "mask.nii.gz"], "--quiet");
        var again = Workshop.Succeed("data", "check", "--pair", image, _workshop["mended", "mask.nii.gz"], "--json", "--quiet");

        var finding = Assert.Single(found.Json["findings"]!.AsArray())!;
        Assert.Equal((3, fault, $"segsharp data check --pair {image} {mask} --fix mended/mask.nii.gz"), (found.ExitCode, (string)finding["fault"]!, (string)finding["fix"]!));
        Assert.Equal(0, (int)again.Json["faulty"]!);
        Assert.Equal(wrong.Labels, LabelMap.Read(mask).Labels);
        if (kind is not ("size" or "moved" or "turned"))
        {
            Assert.Equal(map.Labels, LabelMap.Read(_workshop["mended", "mask.nii.gz"]).Labels);
        }

        LabelMap At(Geometry geometry) => new("m", geometry, map.Labels);
    }

    [Fact]
    public void Data_check_mends_a_data_set_and_folders_of_pairs()
    {
        var data = VolumeModel.DataSet(_workshop["data"], ".nii.gz");
        VolumeFiles.Mask(Path.Combine(data, "labelsTr", "case2.nii.gz"), Grid with { Origin = Grid.Origin + new Triple(0.5, 0, 0) });

        Assert.Equal(3, CliRunner.Run("data", "check", data, "--quiet").ExitCode);
        Workshop.Succeed("data", "check", data, "--fix", _workshop["whole"], "--quiet");
        Workshop.Succeed("data", "check", "--pair", Path.Combine(data, "imagesTr"), Path.Combine(data, "labelsTr"), "--fix", _workshop["masks"], "--quiet");

        var healthy = Workshop.Succeed("data", "check", _workshop["whole"], "--json", "--quiet").Json;
        Assert.Equal((3, 0), ((int)healthy["cases"]!, (int)healthy["faulty"]!));
        Assert.Equal(3, healthy["roundTrips"]!.AsArray().Count);
        Assert.All(healthy["roundTrips"]!.AsArray(), way => Assert.Equal(3, (int)way!["sameGrid"]!));
        Assert.Equal(["case2.nii.gz"], Directory.GetFiles(_workshop["masks"]).Select(f => Path.GetFileName(f)));
    }

    [Fact]
    public void Data_check_holds_a_channel_against_its_image()
    {
        var (image, channel) = (VolumeFiles.Image(_workshop["a.nii.gz"]), VolumeFiles.Image(_workshop["b.nii.gz"], Grid with { Origin = Grid.Origin + new Triple(0.5, 0, 0) }));

        var found = CliRunner.Run("data", "check", "--pair", image, channel, "--channel", "--json", "--quiet");
        Workshop.Succeed("data", "check", "--pair", image, channel, "--channel", "--fix", _workshop["mended", "b.nii.gz"], "--quiet");

        Assert.Equal($"segsharp data check --pair {image} {channel} --channel --fix mended/b.nii.gz", (string)found.Json["findings"]![0]!["fix"]!);
        Assert.Equal(Volume.Read(image).Bytes, Volume.Read(_workshop["mended", "b.nii.gz"]).Bytes);
        Assert.Equal(Volume.Read(image).Geometry, Volume.Read(_workshop["mended", "b.nii.gz"]).Geometry);
    }

    [Fact]
    public void Postprocess_keeps_the_largest_part_removes_small_ones_and_fills_holes()
    {
        var labels = LabelMap.Read(VolumeFiles.Mask(_workshop["m.nii.gz"])).Labels;
        labels[0] = 1;
        labels[3 + (10 * 3) + (80 * 2)] = 0;
        new LabelMap("m", Grid, labels).Write(_workshop["in", "m.nii.gz"]);

        Workshop.Succeed("postprocess", _workshop["in", "m.nii.gz"], _workshop["largest.nii.gz"], "--keep-largest", "--quiet");
        Workshop.Succeed("postprocess", _workshop["in", "m.nii.gz"], _workshop["small.nii.gz"], "--remove-small", "6.5mm3", "--quiet");
        Workshop.Succeed("postprocess", _workshop["in"], _workshop["out"], "--fill-holes", "--quiet");

        Assert.Equal([63, 63, 65], new[] { _workshop["largest.nii.gz"], _workshop["small.nii.gz"], _workshop["out", "m.nii.gz"] }.Select(f => LabelMap.Read(f).CountOf(1)));
        Assert.Equal(Grid, LabelMap.Read(_workshop["out", "m.nii.gz"]).Geometry);
    }

    [Fact]
    public void Measure_gives_volume_place_and_intensity_as_table_and_document()
    {
        var (image, mask) = (VolumeFiles.Image(_workshop["image.nii.gz"]), VolumeFiles.Mask(_workshop["mask.nii.gz"]));

        var measured = Assert.Single(Workshop.Succeed("measure", image, mask, "--csv", _workshop["m.csv"], "--json", "--quiet").Json["objects"]!.AsArray())!;

        Assert.Equal((1, 64, 192.0), ((int)measured["label"]!, (int)measured["voxels"]!, (double)measured["volumeMm3"]!));
        Assert.Equal((8.5, -25.25, 35.0), ((double)measured["worldR"]!, (double)measured["worldA"]!, (double)measured["worldS"]!));
        Assert.InRange((double)measured["mean"]!, 300, 400);
        Assert.Equal(2, File.ReadAllLines(_workshop["m.csv"]).Length);
    }

    [Fact]
    public void Convert_turns_axes_changes_types_and_replaces_spacing()
    {
        var image = VolumeFiles.Image(_workshop["image.nii.gz"]);

        Workshop.Succeed("convert", image, _workshop["ras.nrrd"], "--orientation", "RAS", "--dtype", "float32", "--quiet");
        Workshop.Succeed("convert", image, _workshop["spaced.nii.gz"], "--spacing", "0.5x0.5x3", "--quiet");
        var unfit = CliRunner.Run("convert", image, _workshop["x.nii.gz"], "--dtype", "uint8", "--quiet");

        var (before, after) = (Volume.Read(image), Volume.Read(_workshop["ras.nrrd"]));
        Assert.Equal(("RAS", VoxelType.Float32), (after.Geometry.Orientation.ToString(), after.VoxelType));
        Assert.Equal(before.ToFloats(), after.Reoriented(before.Geometry.Orientation).ToFloats());
        Assert.Equal(new Triple(0.5, 0.5, 3), Volume.Read(_workshop["spaced.nii.gz"]).Geometry.Spacing);
        Assert.Equal(3, unfit.ExitCode);
        Assert.EndsWith("\nfix: choose a type that holds them all: --dtype int16\n", unfit.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Info_tells_the_grid_and_names_no_patient()
    {
        using var dicom = Scan();
        var file = Directory.GetFiles(dicom.Folder)[0];

        var nifti = Workshop.Succeed("info", VolumeFiles.Image(_workshop["image.nii.gz"]), "--json").Json["files"]![0]!;
        CliResult[] told = [Workshop.Succeed("info", dicom.Folder), Workshop.Succeed("info", dicom.Folder, "--json"), Workshop.Succeed("info", file), Workshop.Succeed("info", file, "--json")];

        Assert.Equal(("10x8x6", "int16"), ((string)nifti["size"]!, (string)nifti["type"]!));
        Assert.All(told, r => Assert.All(PhantomSeries.Identifiers, who => Assert.DoesNotContain(who, r.Out + r.Error, StringComparison.Ordinal)));
        Assert.Contains("Musterfrau", Workshop.Succeed("info", dicom.Folder, "--identifiers").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_import_dicom_makes_a_data_set_of_series_and_segmentations()
    {
        using var dicom = new PhantomSeries();
        dicom.WithSeries("p1/one", Enumerable.Range(0, 6)).WithSeries("p2/one", Enumerable.Range(0, 5));
        var series = DicomFolder.Read(Path.Combine(dicom.Folder, "p1")).Only();
        var labels = new ushort[series.Geometry.Extent.Count];
        labels[20] = 1;
        new LabelMap("m", series.Geometry, labels).Write(_workshop["m.nii.gz"]);
        Workshop.Succeed("convert", _workshop["m.nii.gz"], Path.Combine(dicom.Folder, "p1", "seg.dcm"), "--reference", Path.Combine(dicom.Folder, "p1"), "--quiet");

        var result = Workshop.Succeed("data", "import", "dicom", dicom.Folder, _workshop["set"]);

        Assert.Equal(labels, LabelMap.Read(_workshop["set", "labelsTr", "p1.nii.gz"]).Labels);
        Assert.Equal(series.Read().ToFloats(), Volume.Read(_workshop["set", "imagesTr", "p1_0000.nii.gz"]).ToFloats());
        Assert.True(File.Exists(_workshop["set", "imagesTs", "p2_0000.nii.gz"]));
        var written = string.Concat(Directory.GetFiles(_workshop["set"], "*.json").Select(File.ReadAllText)) + result.Out + result.Error;
        Assert.All(PhantomSeries.Identifiers, who => Assert.DoesNotContain(who, written, StringComparison.Ordinal));
    }

    [Fact]
    public void Evaluate_scores_regions_lesions_surfaces_and_objects()
    {
        var (truth, found) = (_workshop["truth", "a.nii.gz"], _workshop["found", "a.nii.gz"]);
        VolumeFiles.Mask(truth, label: 4);
        var labels = LabelMap.Read(truth).Labels;
        labels[0] = 1;
        new LabelMap("a", Grid, labels).Write(truth);
        labels[0] = 0;
        labels[^1] = 4;
        new LabelMap("a", Grid, labels).Write(found);

        var plain = Workshop.Succeed("evaluate", _workshop["found"], _workshop["truth"], "--metrics", "dice,pq,arand,voi", "--json", "--quiet").Json;
        var rich = Workshop.Succeed(
            "evaluate", _workshop["found"], _workshop["truth"], "--regions", "WT=1+4,ET=4", "--lesions", "brats-met", "--convention", "deepmind", "--tolerance", "1mm,3mm",
            "--metrics", "dice,surface-dice,hd95", "--summary", _workshop["summary.json"], "--json", "--quiet").Json;

        var cases = plain["cases"]!.AsArray();
        Assert.Equal(["label 1", "label 4"], cases.Select(c => (string)c!["class"]!));
        Assert.Equal((0.0, 0.0), ((double)cases[0]!["dice"]!, (double)cases[0]!["pq"]!));
        Assert.Equal((1 / 1.5, 0.0), ((double)cases[1]!["pq"]!, (double)cases[1]!["arand"]!));
        Assert.InRange((double)cases[1]!["voi"]!, 0.001, 0.1);
        Assert.Equal(["WT", "ET"], rich["cases"]!.AsArray().Select(c => (string)c!["class"]!));
        Assert.Equal("deepmind", (string)rich["convention"]!);
        Assert.Equal(2, rich["cases"]![0]!.AsObject().Count(p => p.Key.StartsWith("surface-dice", StringComparison.Ordinal)));
        var lesions = rich["lesions"]!.AsArray().Single(l => (string)l!["class"]! == "ET")!;
        Assert.Equal((1, 1, 0), ((int)lesions["true"]!, (int)lesions["found"]!, (int)lesions["missed"]!));
        var summary = JsonNode.Parse(File.ReadAllText(_workshop["summary.json"]))!;
        Assert.NotNull(summary["metric_per_case"]);
        Assert.NotNull(summary["foreground_mean"]!["Dice"]);
    }

    // A series with the network's bright block in it.
    private static PhantomSeries Scan() => new PhantomSeries().WithSeries("one", Enumerable.Range(0, 6), change: (i, _) => PhantomSeries.Slice("one", i, new Triple(-10, -20, 30 + (2 * i)), width: 10, height: 8));
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats.Dicom;
using Xunit;

namespace SegSharp.Tests.Imaging.Formats.Dicom;

public sealed class DicomSeriesTests
{
    [Fact]
    public void Slices_are_sorted_by_position_and_scaled_to_hounsfield_units()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 3, 4]);
        File.WriteAllText(Path.Combine(phantom.Folder, "notes.txt"), "no DICOM");

        var folder = DicomFolder.Read(phantom.Folder, cancel: TestContext.Current.CancellationToken);
        var volume = Volume.Read(phantom.Folder);

        Assert.Equal(1, folder.Strangers);
        Assert.Empty(Assert.Single(folder.Series).Findings);
        Assert.Equal(new Extent(4, 3, 5), volume.Extent);
        Assert.Equal(new Triple(0.5, 0.75, 2), volume.Geometry.Spacing);
        Assert.Equal(new Triple(10, 20, 30), volume.Geometry.Origin);
        Assert.Equal("LPS", volume.Geometry.Orientation.ToString());
        Assert.Equal(VoxelType.Int16, volume.VoxelType);
        Assert.Equal([-1024, -924, -824, -724, -624], Enumerable.Range(0, 5).Select(z => (int)volume.Voxels<short>()[12 * z]));
        Assert.Equal(-1024 + 11, volume.Voxels<short>()[11]);
    }

    [Fact]
    public void Missing_slices_are_refused_and_filled_with_the_lowest_value_on_request()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 5, 6, 7]);
        var series = Assert.Single(DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken));

        var error = Assert.Throws<InputException>(() => Volume.Read(phantom.Folder));
        var anyway = series.Read(new DicomReading { Anyway = true });

        Assert.Equal($"the series in '{phantom.Folder}' is not read: 2 slice(s) are missing: 6 images lie 2 mm apart, but not at slice 4, 5 of 8", error.Message);
        Assert.Equal("copy or export the series again; segsharp convert FOLDER OUT.nii.gz --anyway fills them with the lowest value", error.Fix);
        Assert.Equal(new Extent(4, 3, 8), anyway.Extent);
        Assert.Equal(2, anyway.Geometry.Spacing.Z);
        Assert.All(anyway.Voxels<short>()[(12 * 3)..(12 * 5)].ToArray(), v => Assert.Equal(-1024, v));
        Assert.Equal(-1024 + 500, anyway.Voxels<short>()[12 * 5]);
    }

    [Fact]
    public void Unequal_distances_are_refused_and_evened_on_request()
    {
        double[] places = [0, 2, 4, 7, 9];
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 3, 4], i => new Triple(0, 0, places[i]));
        var series = Assert.Single(DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken));

        var finding = Assert.Single(series.Findings);

        Assert.Equal((DicomFindingKind.UnequalSpacing, DicomSeverity.Error), (finding.Kind, finding.Severity));
        Assert.Equal("the distances between slices differ: 2 to 3 mm", finding.Message);
        Assert.Equal(9 / 4.0, series.Read(new DicomReading { Anyway = true }).Geometry.Spacing.Z, 12);
    }

    [Fact]
    public void A_tilted_gantry_is_kept_as_shear_and_reported_in_degrees()
    {
        // 2 mm along the normal, and 0.4 mm to the back with every slice.
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 3], i => new Triple(0, 0.4 * i, 2 * i), (_, s) => s.Decimals(DicomTag.GantryTilt, 11.3));
        var series = Assert.Single(DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken));

        var volume = series.Read();

        var finding = Assert.Single(series.Findings);
        Assert.Equal("the slices are stacked 11.31 degrees off their normal (gantry tilt; the scanner states 11.3); the grid is sheared, which its direction says", finding.Message);
        Assert.Equal(Math.Atan2(0.4, 2) * 180 / Math.PI, series.GantryTilt, 9);
        Assert.Equal(0, (volume.Geometry.ToWorld.Apply(new Triple(0, 0, 3)) - new Triple(0, -1.2, 6)).Length, 9);
    }

    [Fact]
    public void The_same_image_twice_counts_once()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 3]);
        var copy = Path.Combine(phantom.Folder, "z-copy.dcm");
        File.Copy(Path.Combine(phantom.Folder, "a-98.dcm"), copy);

        var series = Assert.Single(DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken));

        Assert.Equal(new DicomFinding(DicomFindingKind.Duplicate, DicomSeverity.Warning, $"1 image(s) are copies of others and were left out: '{copy}'", "remove the copies"), Assert.Single(series.Findings));
        Assert.Equal(4, series.Read().Extent.Depth);
    }

    [Fact]
    public void Mixed_orientations_are_taken_apart()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 3]);
        phantom.Add("localizer.dcm", PhantomSeries.Slice("a", 9, new Triple(0, 0, 0), new Triple(0, 1, 0), new Triple(0, 0, -1)));

        var series = DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken);
        var error = Assert.Throws<InputException>(() => Volume.Read(phantom.Folder));

        Assert.Equal([4, 1], series.Select(s => s.Geometry.Extent.Depth));
        Assert.Equal("the images of its series differ in orientation: they are taken as 2 series, this one has 1 of 5 images", Assert.Single(series[1].Findings).Message);
        Assert.Equal(
            $"'{phantom.Folder}' holds 2 series, and one is needed (the images of its series differ in orientation)\n  #1  series 3, CT, \"Thorax 1.5\", 4x3x4\n  #2  series 3, CT, \"Thorax 1.5\", 4x3", error.Message);
        Assert.Equal($"choose one by its number: '{phantom.Folder}#1'", error.Fix);
    }

    [Fact]
    public void One_of_two_series_is_chosen_by_its_number()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2]).WithSeries("b", [0, 1, 2, 3], change: (_, s) => s.Text(DicomTag.SeriesNumber, "IS", "4"));

        Assert.Equal(3, Volume.Read(phantom.Folder + "#1").Extent.Depth);
        Assert.Equal(4, Volume.Read(phantom.Folder + "#2").Extent.Depth);
        var error = Assert.Throws<InputException>(() => Volume.Read(phantom.Folder + "#3"));
        Assert.StartsWith($"'{phantom.Folder}' has no series 3; it has 2\n", error.Message);
    }

    [Fact]
    public void Several_images_at_every_place_are_time_points_and_become_channels()
    {
        using var phantom = new PhantomSeries()
            .WithSeries("a", [0, 1, 2])
            .WithSeries("a", [10, 11, 12], i => new Triple(-10, -20, 30 + (2 * (i - 10))), (i, s) => s.Text(DicomTag.InstanceNumber, "IS", $"{2000 - i}"));
        var series = Assert.Single(DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken));

        var volume = series.Read();

        Assert.Equal((2, 2, new Extent(4, 3, 3)), (series.Times, volume.Channels, volume.Extent));
        Assert.Equal("2 images at each of 3 places: time points or echoes, which become 2 channels", Assert.Single(series.Findings).Message);
        Assert.Equal(-1024 + 1000, volume.Channel<short>(1)[0]);
    }

    [Fact]
    public void Slopes_that_differ_give_float_values()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2], change: (i, s) => s.Decimals(DicomTag.RescaleSlope, 1 + (0.5 * i)).Decimals(DicomTag.RescaleIntercept, 0));

        var volume = Volume.Read(phantom.Folder);

        Assert.Equal(VoxelType.Float32, volume.VoxelType);
        Assert.Equal([0f, 150f, 400f], Enumerable.Range(0, 3).Select(z => volume.Voxels<float>()[12 * z]));
    }

    [Fact]
    public void A_description_that_names_the_patient_is_kept_back()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2], change: (_, s) => s.Text(DicomTag.SeriesDescription, "LO", "Kontrolle ERIKA M."));

        var series = Assert.Single(DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken));

        Assert.Null(series.Description);
        Assert.Equal(PhantomSeries.Name, series.Identifiers().PatientName);
        Assert.Equal(PhantomSeries.Id, series.Identifiers().PatientId);
    }

    [Fact]
    public void Nothing_that_is_said_names_the_patient()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 5]).WithSeries("b", [0, 1], change: (_, s) => s.Text(DicomTag.SeriesNumber, "IS", "9"));
        phantom.Add("broken.dcm", PhantomSeries.Slice("c", 0, Triple.Zero).Without(DicomTag.Rows));
        phantom.Add("short.dcm", PhantomSeries.Slice("d", 0, Triple.Zero).Bytes(DicomTag.Pixels, "OW", [1, 2]));
        phantom.Add("packed.dcm", PhantomSeries.Slice("e", 0, Triple.Zero), "1.2.840.10008.1.2.4.90");

        var folder = DicomFolder.Read(phantom.Folder, cancel: TestContext.Current.CancellationToken);
        var said = new List<string> { folder.ToString() };
        said.AddRange(folder.Findings.Select(f => f.ToString()));
        said.AddRange(folder.Series.SelectMany(s => s.Findings).Select(f => f.ToString()));
        said.AddRange(folder.Series.Select(s => $"{s} {s.Description} {s.Modality} {s.Kind} {s.Storage} {s.Geometry}"));
        foreach (var file in Directory.EnumerateFiles(phantom.Folder))
        {
            said.Add(ImageInfoOf(file));
        }

        foreach (var number in (int?[])[null, 1, 2, 3, 99])
        {
            said.Add(Record.Exception(() => folder.Only(number).Read())?.ToString() ?? "");
        }

        Assert.True(said.Count > 15);
        Assert.All(said, text => Assert.All(PhantomSeries.Identifiers, id => Assert.DoesNotContain(id, text, StringComparison.OrdinalIgnoreCase)));

        static string ImageInfoOf(string file)
        {
            try
            {
                return ImageInfo.Read(file).ToString();
            }
            catch (InputException e)
            {
                return e.ToString() + e.Fix;
            }
        }
    }
}

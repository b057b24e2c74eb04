using System.Diagnostics;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats.Dicom;
using Xunit;

namespace SegSharp.Tests.Imaging.Formats.Dicom;

public sealed class DicomSegmentationWriterTests
{
    private static LabelMap Mask(DicomSeries series)
    {
        var labels = new ushort[series.Geometry.Extent.Count];
        (labels[0], labels[1], labels[13], labels[14], labels[47]) = (1, 1, 1, 4, 4);
        return new LabelMap("mask", series.Geometry, labels);
    }

    [Fact]
    public void A_mask_that_is_written_is_read_back()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 3]);
        var series = Assert.Single(DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken));
        var path = Path.Combine(phantom.Folder, "out", "mask.dcm");

        DicomSegmentationWriter.Write(path, Mask(series), series, [new DicomSegment(1, "liver") { Colour = (221, 130, 101), Type = new DicomCode("10200004", "SCT", "Liver") }]);

        var read = DicomSegmentation.Read(path);
        Assert.Equal(["liver", "label 4"], read.Segments.Select(s => s.Name));
        Assert.Equal(((byte)221, (byte)130, (byte)101), read.Segments[0].Colour);
        Assert.Equal(new DicomCode("10200004", "SCT", "Liver"), read.Segments[0].Type);
        Assert.Equal(Mask(series).Select(l => (ushort)(l == 4 ? 2 : l)).Labels, read.On(series.Geometry).Labels);

        // Beside the scan it does not stand in the way of reading it.
        Assert.Equal(4, Volume.Read(phantom.Folder).Extent.Depth);
    }

    [Fact]
    public void A_mask_with_turned_axes_lands_on_the_same_voxels()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 3]);
        var series = Assert.Single(DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken));
        var clock = new FixedClock();

        var straight = DicomSegmentationWriter.ToBytes(Mask(series), series, time: clock);
        var turned = DicomSegmentationWriter.ToBytes(Mask(series).Reoriented(Orientation.Parse("SAR")), series, time: clock);

        Assert.Equal(straight, turned);
    }

    [Fact]
    public void A_mask_on_another_grid_and_an_empty_one_are_refused()
    {
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 3]);
        var series = Assert.Single(DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken));
        var moved = series.Geometry with { Origin = series.Geometry.Origin + new Triple(0.25, 0, 0) };

        var other = Assert.Throws<InputException>(() => DicomSegmentationWriter.ToBytes(new LabelMap("m", moved, Mask(series).Labels), series));
        var empty = Assert.Throws<InputException>(() => DicomSegmentationWriter.ToBytes(new LabelMap("m", series.Geometry, new ushort[48]), series));

        Assert.Equal("label map 'm' (4x3x4, spacing 0.5x0.75x2, LPS) does not lie on the voxels of the series (4x3x4, spacing 0.5x0.75x2, LPS)", other.Message);
        Assert.Equal("label map 'm' labels nothing, and a segmentation needs a frame", empty.Message);
    }

    [Fact]
    public void The_file_has_no_error_for_dciodvfy()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/dciodvfy"), "dciodvfy is not installed (dicom3tools)");
        using var phantom = new PhantomSeries().WithSeries("a", [0, 1, 2, 3]);
        var series = Assert.Single(DicomSeries.Find(phantom.Folder, TestContext.Current.CancellationToken));
        var path = Path.Combine(phantom.Folder, "mask.seg");
        DicomSegmentationWriter.Write(path, Mask(series), series);

        using var check = Process.Start(new ProcessStartInfo("/usr/bin/dciodvfy", [path]) { RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        var said = check.StandardError.ReadToEnd() + check.StandardOutput.ReadToEnd();
        check.WaitForExit();

        Assert.Contains("Segmentation", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Error", said, StringComparison.Ordinal);
    }

    private sealed class FixedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }
}

using SegSharp.Data;
using SegSharp.Doctor;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class PreparationRecordTests
{
    private static readonly Geometry Oblique = Geometry.From(
        new Extent(26, 22, 18),
        new Affine(new Triple(-0.8, 0.1, 0), new Triple(0.1, 0.9, 0.05), new Triple(0, -0.1, 2.5), new Triple(10, -20, 30)));

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("RAS", null, "1x1x1")]
    [InlineData("SPL", "20x30x12", "1.3x0.7x2")]
    [InlineData(null, "40x10x18", null)]
    public void Steps_undone_lead_back_to_the_place_of_the_file(string? orientation, string? crop, string? spacing)
    {
        var options = new PreparationOptions { Orientation = orientation, Crop = crop is null ? null : Extent.Parse(crop), Spacing = spacing };

        var record = PreparationRecord.Plan(Oblique, options, () => null);

        Assert.NotEqual(GridMatch.Different, record.Undone().Match(Oblique));
    }

    [Fact]
    public void A_step_that_is_recorded_wrongly_leads_elsewhere()
    {
        var record = PreparationRecord.Plan(Oblique, new() { Crop = new Extent(20, 16), Spacing = "1x1x1" }, () => null);

        Assert.Equal(GridMatch.Different, (record with { Start = (record.Start.X + 1, record.Start.Y, record.Start.Z) }).Undone().Match(Oblique));
        Assert.Equal(GridMatch.Different, (record with { Prepared = record.Prepared with { Origin = record.Prepared.Origin + new Triple(0.4, 0, 0) } }).Undone().Match(Oblique));
    }

    [Fact]
    public void A_grid_that_a_file_would_round_away_is_not_the_same()
    {
        var labels = new LabelMap("m", Oblique, [.. Enumerable.Range(0, (int)Oblique.Extent.Count).Select(i => (ushort)(i % 26 > 12 ? 1 : 0))], "m.nii.gz");

        var asRead = RoundTrip.Of("way", labels, new() { Orientation = "RAS" });
        var moved = RoundTrip.Of("way", labels, new() { Orientation = "RAS" }, isMoved: true);

        Assert.False(asRead.SameGrid);          // 0.8 is no single-precision number: no file can have held this grid
        Assert.True(moved.SameGrid);
        Assert.Equal(1.0, moved.Worst);
    }
}

using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Imaging;

public sealed class GridFindingTests
{
    private static readonly Geometry Image = Geometry.From(
        new Extent(40, 50, 30),
        new Affine(new Triple(0.8, 0, 0), new Triple(0, 0.9, 0), new Triple(0, 0, 2.5), new Triple(10, -20, 30)));

    [Fact]
    public void The_same_grid() =>
        Assert.Equal("the same grid", Expect(GridFault.Same, GridMend.None, Image with { }));

    [Fact]
    public void Rounding_in_single_precision_is_no_fault() =>
        Assert.StartsWith("the same grid; corners ", Expect(GridFault.RoundingNoise, GridMend.None, Image with { Origin = Image.Origin + new Triple(2e-4, 0, 0) }), StringComparison.Ordinal);

    [Fact]
    public void A_header_without_geometry() =>
        Assert.Equal("its header holds no geometry, so it lies 78.24487 mm away; the image has 0.8x0.9x2.5 mm, RAS", Expect(GridFault.NoGeometry, GridMend.TakeGeometry, Geometry.Pixels(Image.Extent)));

    [Fact]
    public void Half_a_voxel() =>
        Assert.Equal("moved by half a voxel along x and z (1.31244 mm)", Expect(GridFault.HalfVoxelShift, GridMend.TakeGeometry, Image with { Origin = Image.Origin + new Triple(0.4, 0, -1.25) }));

    [Fact]
    public void A_shift() =>
        Assert.Equal("moved by 3 x 0 x 0 voxels (2.4 mm)", Expect(GridFault.Shifted, GridMend.Resample, Image with { Origin = Image.Origin + new Triple(2.4, 0, 0) }));

    [Fact]
    public void Another_spacing() =>
        Assert.Equal("spacing 0.8x0.9x3 mm where the image has 0.8x0.9x2.5 mm; it lies up to 14.5 mm away", Expect(GridFault.DifferentSpacing, GridMend.TakeGeometry, Image with { Spacing = new Triple(0.8, 0.9, 3) }));

    [Fact]
    public void A_flipped_axis() =>
        Assert.Equal("the same places, but axis x runs the other way: LAS where the image is RAS", Expect(GridFault.FlippedAxis, GridMend.Resample, Image.Reoriented(Orientation.Parse("LAS"))));

    [Fact]
    public void Axes_in_another_order() =>
        Assert.Equal("the same places, but the axes come in another order: SAR where the image is RAS", Expect(GridFault.PermutedAxes, GridMend.Resample, Image.Reoriented(Orientation.Parse("SAR"))));

    [Fact]
    public void Ras_taken_for_lps() =>
        Assert.StartsWith("mirrored left to right and front to back: RAS and LPS were mixed up", Expect(GridFault.Mirrored, GridMend.TakeGeometry, Image with { Origin = Image.Origin.TurnLps(), Direction = Image.Direction.TurnLps() }), StringComparison.Ordinal);

    [Fact]
    public void Mirrored_left_to_right() =>
        Assert.StartsWith(
            "mirrored left to right; it lies",
            Expect(GridFault.Mirrored, GridMend.TakeGeometry, Geometry.From(Image.Extent, new Affine(new Triple(-0.8, 0, 0), new Triple(0, 0.9, 0), new Triple(0, 0, 2.5), new Triple(-10, -20, 30)))),
            StringComparison.Ordinal);

    [Fact]
    public void Another_size() =>
        Assert.Equal("20x50x30 voxels of 1.6x0.9x2.5 mm where the image has 40x50x30 of 0.8x0.9x2.5 mm", Expect(GridFault.DifferentSize, GridMend.Resample, Image.Resized(new Extent(20, 50, 30))));

    [Fact]
    public void A_rotation() =>
        Assert.StartsWith(
            "turned by 10 degrees",
            Expect(GridFault.Rotated, GridMend.Resample, Image with { Direction = new Direction(new Triple(Math.Cos(Math.PI / 18), Math.Sin(Math.PI / 18), 0), new Triple(-Math.Sin(Math.PI / 18), Math.Cos(Math.PI / 18), 0), new Triple(0, 0, 1)) }),
            StringComparison.Ordinal);

    private static string Expect(GridFault fault, GridMend mend, Geometry other)
    {
        var finding = GridFinding.Of(Image, other);
        Assert.Equal((fault, mend), (finding.Fault, finding.Mend));
        return finding.Text;
    }
}

using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Measurement;
using Xunit;

namespace SegSharp.Tests.Imaging.Measurement;

public sealed class MeasureTests
{
    private static readonly Geometry _grid = Geometry.Pixels(new Extent(4, 3, 2)) with { Spacing = new Triple(2, 1, 3), Origin = new Triple(10, 20, 30) };

    [Fact]
    public void Every_label_has_its_voxels_volume_box_and_centroid()
    {
        var mask = Mask((0, 0, 0, 5), (1, 0, 0, 5), (3, 2, 1, 5), (2, 1, 0, 2));

        var measured = Measure.Of(null, mask, new MeasureOptions());

        Assert.Equal([2, 5], measured.Select(m => m.Label));
        var five = measured[1];
        Assert.Equal((3, 18.0, (0, 0, 0), new Extent(4, 3, 2)), (five.Voxels, five.VolumeMm3, five.BoxStart, five.Box));
        Assert.Equal(4 / 3.0, five.Centroid.X, 1e-12);
        Assert.Equal(10 + (2 * 4 / 3.0), five.CentroidWorld.X, 1e-12);
        Assert.Equal(31, five.CentroidWorld.Z, 1e-12);
        Assert.Null(five.Intensity);
        Assert.Null(five.Number);
    }

    [Fact]
    public void Objects_of_a_label_are_measured_one_by_one()
    {
        var mask = Mask((0, 0, 0, 5), (1, 0, 0, 5), (3, 2, 1, 5), (2, 2, 0, 2));
        var image = Volume.Of<short>("image", _grid, 1, [.. Enumerable.Range(0, 24).Select(i => (short)(10 * i))]);

        var measured = Measure.Of(image, mask, new MeasureOptions { Objects = true, Shape = false });

        Assert.Equal([(2, 1, 1L), (5, 1, 2), (5, 2, 1)], measured.Select(m => (m.Label, m.Number!.Value, m.Voxels)));
        Assert.Equal([100.0, 5, 230], measured.Select(m => m.Intensity!.Mean));
        Assert.Null(measured[0].Shape);
    }

    [Fact]
    public void A_single_voxel_is_an_octahedron()
    {
        var shape = Shape.Of([true], new Extent(1, 1), Triple.One);

        Assert.Equal(1 / 6.0, shape.MeshVolume, 1e-12);
        Assert.Equal(Math.Sqrt(3), shape.SurfaceArea, 1e-12);
        Assert.Equal(1, shape.Maximum3DDiameter, 1e-12);
        Assert.Null(shape.Elongation);
    }

    [Fact]
    public void A_large_ball_has_the_numbers_of_a_ball()
    {
        const int Radius = 15;
        var extent = new Extent(33, 33, 33);
        var mask = new bool[extent.Count];
        for (var i = 0; i < mask.Length; i++)
        {
            var (x, y, z) = ((i % 33) - 16, (i / 33 % 33) - 16, (i / 33 / 33) - 16);
            mask[i] = (x * x) + (y * y) + (z * z) <= Radius * Radius;
        }

        var shape = Shape.Of(mask, extent, new Triple(2, 2, 2));

        Assert.Equal(shape.VoxelVolume, shape.MeshVolume, 0.02 * shape.VoxelVolume);
        Assert.Equal(62, shape.Maximum3DDiameter, 0.5);
        Assert.Equal(1, shape.Elongation!.Value, 1e-9);
        Assert.Equal(1, shape.Flatness!.Value, 1e-9);
        Assert.InRange(shape.Sphericity, 0.9, 1);
    }

    [Fact]
    public void Constant_intensities_have_no_spread()
    {
        var one = FirstOrder.Of([7, 7, 7], voxelVolume: 2);

        Assert.Equal((7.0, 7.0, 0.0, 0.0, 0.0, 1.0), (one.Mean, one.Median, one.Variance, one.Skewness, one.Kurtosis, one.Uniformity));
        Assert.Equal((147.0, 294.0), (one.Energy, one.TotalEnergy));
        Assert.Equal(0, one.Entropy, 1e-12);
    }

    [Fact]
    public void Different_grids_are_refused_with_the_mend()
    {
        var mask = Mask((0, 0, 0, 1));
        var shifted = Volume.Zeros("image", _grid with { Origin = new Triple(11, 20, 30) }, 1, VoxelType.UInt8);
        var larger = Volume.Zeros("image", Geometry.Pixels(new Extent(5, 3, 2)), 1, VoxelType.UInt8);

        var moved = Assert.Throws<InputException>(() => Measure.Of(shifted, mask, new MeasureOptions()));
        var resized = Assert.Throws<InputException>(() => Measure.Of(larger, mask, new MeasureOptions()));

        Assert.Equal("image 'image' and mask 'mask' are both 4x3x2, but their corners lie 1 mm apart; they must lie on one grid", moved.Message);
        Assert.Equal("segsharp data check --pair image mask --fix mended/mask.nii.gz", moved.Fix);
        Assert.Equal("image 'image' is 5x3x2 but mask 'mask' is 4x3x2; they must lie on one grid", resized.Message);
    }

    private static LabelMap Mask(params (int X, int Y, int Z, ushort Label)[] voxels)
    {
        var labels = new ushort[24];
        foreach (var (x, y, z, label) in voxels)
        {
            labels[x + (4 * (y + (3 * z)))] = label;
        }

        return new LabelMap("mask", _grid, labels);
    }
}

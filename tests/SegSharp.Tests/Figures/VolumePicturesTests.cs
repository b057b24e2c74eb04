using SegSharp.Data;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Panels;
using SegSharp.Figures.Reports;
using SegSharp.Figures.Volumes;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Metrics;
using SegSharp.Tests.Data;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class VolumePicturesTests : IDisposable
{
    // Away from the middle on every axis: left, front and head of the body.
    private static readonly (int X, int Y, int Z) _mark = (2, 15, 9);

    private static readonly VolumeViewOptions _plain = new() { Crops = false, Fill = 0, Window = "50,100", Centre = _mark };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_mark_at_the_patients_left_front_and_head_is_at_the_pictures_right_and_top()
    {
        // Stored as scanners do: x to the left, y to the back. The mark's voxel is near the end of x and the beginning of y.
        var grid = new Geometry
        {
            Extent = new Extent(16, 20, 12),
            Direction = new Direction(new Triple(-1, 0, 0), new Triple(0, -1, 0), new Triple(0, 0, 1)),
        };
        var volume = Spot(grid, (13, 4, 9));

        var figure = VolumePictures.ThreePlanes([new(null, null, volume)], _plain with { Centre = (13, 4, 9) });

        var views = figure.Rows[0].Views;
        Assert.Equal((13, 4), Brightest(views[0].Picture));
        Assert.Equal((13, 2), Brightest(views[1].Picture));
        Assert.Equal((4, 2), Brightest(views[2].Picture));
        Assert.Equal(["z = 9, S 9.0 mm", "y = 4, P 4.0 mm", "x = 13, L 13.0 mm"], views.Select(v => v.Place));
    }

    [Theory]
    [InlineData("LPS")]
    [InlineData("PIL")]
    [InlineData("IAR")]
    [InlineData("SAL")]
    [InlineData("LAS")]
    public void Every_order_of_axes_gives_the_same_picture(string code)
    {
        var volume = Spot(Oblique(), _mark);
        var truth = Labels(Oblique(), _mark);
        var turned = volume.Reoriented(Orientation.Parse(code));
        var options = _plain with { Centre = null, Fill = 0.3 };

        var expected = VolumePictures.ThreePlanes([new("a", null, volume, truth)], options);
        var figure = VolumePictures.ThreePlanes([new("a", null, turned, truth.Reoriented(Orientation.Parse(code)))], options);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(expected.Rows[0].Views[i].Picture.Pixels.ToArray(), figure.Rows[0].Views[i].Picture.Pixels.ToArray());
            Assert.Equal(expected.Rows[0].Views[i].Width, figure.Rows[0].Views[i].Width);
            Assert.Equal(expected.Rows[0].Views[i].Place.Split(", ")[1], figure.Rows[0].Views[i].Place.Split(", ")[1]);
        }
    }

    [Fact]
    public void On_the_sheet_the_left_of_an_oblique_patient_is_right_of_the_middle()
    {
        var figure = VolumePictures.ThreePlanes([new(null, null, Spot(Oblique(), _mark))], _plain);

        var sheet = figure.ToPicture();

        var axial = figure.Tile(0, 0);
        var (x, y) = Brightest(sheet.Crop((int)axial.X + 26, (int)axial.Y + 16, (int)axial.Width - 52, (int)axial.Height - 32));
        Assert.True(x > axial.Width / 2, $"the mark is at x {x} of {axial.Width}");
        Assert.True(y < axial.Height / 2, $"the mark is at y {y} of {axial.Height}");
    }

    [Fact]
    public void Letters_places_names_and_the_display_are_written_on_the_figure()
    {
        var options = _plain with { Title = "Patient 1", Names = new Dictionary<int, string> { [4] = "enhancing" }, Centre = null };

        var figure = VolumePictures.ThreePlanes([new("case", "worst", Spot(Oblique(), _mark), Labels(Oblique(), _mark), Labels(Oblique(), (3, 15, 9)))], options);

        var texts = PlotTests.Texts(figure);
        Assert.Equal(["Patient 1", "axial", "coronal", "sagittal", "case", "worst"], texts[..6]);
        Assert.Equal(["R", "L", "A", "P"], texts[6..10]);
        Assert.Equal(["enhancing", "truth", "prediction"], texts[^5..^2]);
        Assert.Equal("Radiological display: the patient's left is at the picture's right; window level and width: 0 to 100", texts[^2]);
        Assert.Equal("The grid is oblique by up to 20°: planes and letters are the nearest.", texts[^1]);
    }

    [Fact]
    public void The_proportions_follow_the_spacing()
    {
        var grid = new Geometry { Extent = new Extent(16, 20, 12), Spacing = new Triple(0.5, 1, 4), Origin = new Triple(1, 1, 1) };

        var figure = VolumePictures.ThreePlanes([new(null, null, Spot(grid, _mark))], _plain);

        Assert.Equal([(8.0, 20.0), (8.0, 48.0), (20.0, 48.0)], figure.Rows[0].Views.Select(v => (v.Width, v.Height)));
    }

    [Fact]
    public void Planes_run_where_most_is_labelled()
    {
        var grid = Oblique();
        var labels = Labels(grid, _mark);

        var figure = VolumePictures.ThreePlanes([new(null, null, Spot(grid, (8, 8, 8)), labels)], new());

        Assert.Equal([_mark.Z, _mark.Y, _mark.X], figure.Rows[0].Views.Select(v => v.Index));
    }

    [Fact]
    public void An_empty_truth_leaves_the_place_to_the_prediction()
    {
        var grid = Oblique();

        var figure = VolumePictures.ThreePlanes([new(null, null, Spot(grid, (8, 8, 8)), new LabelMap("t", grid, new ushort[grid.Extent.Count]), Labels(grid, _mark))], new());

        Assert.Equal([_mark.Z, _mark.Y, _mark.X], figure.Rows[0].Views.Select(v => v.Index));
    }

    [Fact]
    public void The_empty_border_is_left_out_but_never_a_label()
    {
        var grid = new Geometry { Extent = new Extent(100, 100, 50), Origin = new Triple(1, 1, 1) };
        var values = new float[grid.Extent.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var (x, y, z) = (i % 100, i / 100 % 100, i / 10_000);
            values[i] = x is >= 40 and < 60 && y is >= 30 and < 80 && z is >= 10 and < 40 ? 10 + (i % 7) : 0;
        }

        var labels = new ushort[values.Length];
        labels[(25 * 10_000) + (50 * 100) + 90] = 1;

        var view = VolumePictures.Slice(Volume.Of<float>("v", grid, 1, values), new LabelMap("l", grid, labels), Plane.Axial);

        // x from 40 to the label at 90, y from 30 to 79, and around it 2 % of that, at least a voxel.
        Assert.Equal((51 + 2, 50 + 2), (view.Picture.Width, view.Picture.Height));
    }

    [Fact]
    public void The_ground_of_a_normalised_image_is_black_and_does_not_count_for_the_window()
    {
        var grid = new Geometry { Extent = new Extent(20, 20, 20), Origin = new Triple(1, 1, 1) };
        var values = new float[8000];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = i % 20 is > 4 and < 15 && i / 20 % 20 is > 4 and < 15 ? (i % 101) - 50.5f : 0;
        }

        var volume = Volume.Of<float>("v", grid, 1, values);
        var window = DisplayWindow.Auto(volume);

        Assert.Equal(0, window.Ground);
        Assert.InRange(window.Black, -50.5, -48);
        Assert.InRange(window.White, 48, 50.5);
        Assert.Equal(Colour.Hex(0), VolumePictures.Slice(volume, null, Plane.Axial, new() { Crops = false }).Picture[0, 0]);
    }

    [Fact]
    public void Pictures_that_know_no_body_stay_as_they_are_stored()
    {
        var volume = Spot(Geometry.Pixels(new Extent(16, 20, 12)), _mark);

        var figure = VolumePictures.SideBySide(volume, [], Plane.Axial, 9, _plain with { Centre = null });

        Assert.False(VolumePictures.IsVolume(volume));
        Assert.Equal((2, 15), Brightest(figure.Rows[0].Views[0].Picture));
        Assert.Equal(["image", "z = 9", "window level and width: 0 to 100"], PlotTests.Texts(figure));
    }

    [Fact]
    public void A_colour_picture_keeps_its_colours_until_a_channel_or_a_window_is_asked_for()
    {
        var picture = new Volume("rgb", Geometry.Pixels(new Extent(2, 1)), 3, VoxelType.UInt8, [200, 1, 100, 2, 50, 3]);

        var figure = VolumePictures.SideBySide(picture, [], Plane.Axial);
        var green = VolumePictures.SideBySide(picture, [], Plane.Axial, options: new() { Channel = 1, Window = "50,100" });

        Assert.Equal([new Colour(200, 100, 50), new Colour(1, 2, 3)], [figure.Rows[0].Views[0].Picture[0, 0], figure.Rows[0].Views[0].Picture[1, 0]]);
        Assert.Equal(Colour.Hex(0xffffff), green.Rows[0].Views[0].Picture[0, 0]);
        Assert.Equal(["image"], PlotTests.Texts(figure));
    }

    [Fact]
    public void One_slice_stands_side_by_side_with_every_mask()
    {
        var grid = Oblique();

        var figure = VolumePictures.SideBySide(Spot(grid, _mark), [new("truth", Labels(grid, _mark)), new("model a", Labels(grid, (5, 5, 5)))], Plane.Coronal, 14);

        Assert.Equal(["image", "truth", "model a"], figure.Columns);
        Assert.Equal([14, 14, 14], figure.Rows[0].Views.Select(v => v.Index));
    }

    [Theory]
    [InlineData(5, "S", 5)]
    [InlineData(50, "S", 3)]
    public void A_montage_spreads_its_slices_over_the_labels_and_begins_at_the_feet(int asked, string side, int drawn)
    {
        var grid = new Geometry { Extent = new Extent(8, 8, 12), Direction = new Direction(new Triple(1, 0, 0), new Triple(0, 1, 0), new Triple(0, 0, -1)), Origin = new Triple(0, 0, 50) };
        var labels = new LabelMap("l", grid, new ushort[grid.Extent.Count]);
        for (var z = 4; z < (drawn == 5 ? 11 : 7); z++)
        {
            labels.Labels[(z * 64) + 20] = 1;
        }

        var figure = VolumePictures.Montage(Spot(grid, (4, 4, 4)), labels, null, asked);

        var places = PlotTests.Texts(figure).Where(t => t.StartsWith(side + " ", StringComparison.Ordinal)).ToList();
        Assert.Equal(drawn, places.Count);
        Assert.Equal(("S 46.0 mm", drawn == 5 ? "S 40.0 mm" : "S 44.0 mm"), (places[^1], places[0]));
    }

    [Fact]
    public void What_does_not_exist_is_named()
    {
        var grid = Oblique();
        var volume = Spot(grid, _mark);
        var other = new LabelMap("pred", Geometry.Pixels(new Extent(4, 4, 4)), new ushort[64]);

        Assert.Equal(
            "'pred' is 4x4x4 but its image 'spot' is 16x20x12; they are drawn voxel on voxel",
            Assert.Throws<InputException>(() => VolumePictures.ThreePlanes([new(null, null, volume, other)])).Message);
        Assert.Equal(
            "slice 12 does not exist: 'spot' has 12 axial slices, 0 to 11",
            Assert.Throws<UsageException>(() => VolumePictures.SideBySide(volume, [], Plane.Axial, 12)).Message);
        Assert.Equal(
            "the window 'liver' is not known; known: auto, lung, brain, soft_tissue, bone, stroke, or LEVEL,WIDTH such as 50,400",
            Assert.Throws<UsageException>(() => DisplayWindow.Parse("liver", volume)).Message);
        Assert.Equal(
            "channel 1 of 'spot' does not exist; it has 1, counted from 0",
            Assert.Throws<UsageException>(() => VolumePictures.Slice(volume, null, Plane.Axial, new() { Channel = 1 })).Message);
    }

    [Fact]
    public void A_window_by_name_is_that_of_the_normalisation()
    {
        var window = DisplayWindow.Parse("brain", Spot(Oblique(), _mark));

        Assert.Equal((0, 80), (window.Black, window.White));
    }

    [Fact]
    public void An_evaluation_of_volumes_shows_three_planes_of_the_worst_the_middle_and_the_best()
    {
        for (var i = 0; i < 4; i++)
        {
            Spot(Oblique(), _mark).Write(Make("images", $"case{i}.nii.gz"));
            Labels(Oblique(), (5, 10, 6), 1).Write(Make("truth", $"case{i}.nii.gz"));
            Labels(Oblique(), (5 + i, 10, 6), 1).Write(Make("found", $"case{i}.nii.gz"));
        }

        var result = Evaluation.OfFolders([_folder.Path("found")], _folder.Path("truth"), new() { Images = _folder.Path("images"), Metrics = [Metric.Dice] });
        var section = EvaluationReport.Of(result, EmptyRule.Undefined).Sections.OfType<FigureSection>().Single(s => s.Title == "Pictures");

        var figure = Assert.IsType<VolumeFigure>(section.Figure);
        Assert.Equal(["axial", "coronal", "sagittal"], figure.Columns);
        Assert.Equal(("case3", "case0"), (figure.Rows[0].Title, figure.Rows[2].Title));
        Assert.StartsWith("worst, Dice 0.0", figure.Rows[0].Note, StringComparison.Ordinal);
        Assert.StartsWith("median, Dice 0.", figure.Rows[1].Note, StringComparison.Ordinal);
        Assert.Equal("best, Dice 1.000", figure.Rows[2].Note);
    }

    private static Geometry Oblique()
    {
        var (c, s) = (Math.Cos(20 * Math.PI / 180), Math.Sin(20 * Math.PI / 180));
        return new Geometry
        {
            Extent = new Extent(16, 20, 12),
            Spacing = new Triple(1, 1.5, 3),
            Origin = new Triple(-10, 5, 30),
            Direction = new Direction(new Triple(c, s, 0), new Triple(-s, c, 0), new Triple(0, 0, 1)),
        };
    }

    // Dim noise and one white voxel.
    private static Volume Spot(Geometry grid, (int X, int Y, int Z) mark)
    {
        var values = new short[grid.Extent.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (short)(10 + (i * 31 % 23));
        }

        values[(((mark.Z * grid.Extent.Height) + mark.Y) * grid.Extent.Width) + mark.X] = 100;
        return Volume.Of<short>("spot", grid, 1, values);
    }

    // A cross in all three directions.
    private static LabelMap Labels(Geometry grid, (int X, int Y, int Z) at, ushort label = 4)
    {
        var labels = new ushort[grid.Extent.Count];
        for (var d = -1; d <= 1; d++)
        {
            Set(at.X + d, at.Y, at.Z);
            Set(at.X, at.Y + d, at.Z);
            Set(at.X, at.Y, at.Z + d);
        }

        return new LabelMap("labels", grid, labels);

        void Set(int x, int y, int z) => labels[(((z * grid.Extent.Height) + y) * grid.Extent.Width) + x] = label;
    }

    private static (int X, int Y) Brightest(Picture picture)
    {
        var best = Enumerable.Range(0, picture.Width * picture.Height).MaxBy(i => picture[i % picture.Width, i / picture.Width].G);
        return (best % picture.Width, best / picture.Width);
    }

    private string Make(string folder, string file)
    {
        Directory.CreateDirectory(_folder.Path(folder));
        return Path.Combine(_folder.Path(folder), file);
    }
}

using SegSharp.Data;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data;

public sealed class VolumePhantomTests : IDisposable
{
    private static readonly VolumePhantomOptions Small = new() { Count = 2, Size = new Extent(48, 48, 31), Seed = 3 };
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. VolumePhantom.All.Select(p => p.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_draws_the_same_volumes_and_another_seed_others(string name)
    {
        var phantom = Named(name);

        var (once, again, other) = (phantom.Draw(Small, 1), phantom.Draw(Small with { Count = 9 }, 1), phantom.Draw(Small with { Seed = 4 }, 1));

        Assert.Equal(once.Image.Bytes, again.Image.Bytes);
        Assert.Equal(once.Labels.Labels, again.Labels.Labels);
        Assert.NotEqual(once.Labels.Labels, other.Labels.Labels);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_volume_holds_every_label(string name)
    {
        var phantom = Named(name);

        for (var i = 0; i < 6; i++)
        {
            Assert.Equal(phantom.Labels.Entries.SelectMany(e => e.Labels).Order(), phantom.Draw(Small, i).Labels.Histogram().Select(l => (ushort)l.Label));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_data_set_is_written_that_opens_again(string name)
    {
        var phantom = Named(name);

        var data = phantom.WriteDataSet(_folder.Path("data"), Small);

        var read = data.Read(data.Cases[1]);
        var drawn = phantom.Draw(Small, 1);
        Assert.Equal(2, data.Cases.Count);
        Assert.Equal(phantom.Channels.Count, data.Cases[0].Channels.Count);
        Assert.Equal(drawn.Image.Bytes, read.Image.Bytes);
        Assert.Equal(drawn.Labels.Labels, read.Labels!.Labels);
    }

    [Fact]
    public void A_head_shows_its_tumour_where_a_scanner_would()
    {
        var drawn = new TumourHead().Draw(Small, 0);

        double Mean(int channel, ushort label)
        {
            var values = drawn.Image.Channel<short>(channel);
            var (sum, count) = (0.0, 0);
            for (var i = 0; i < values.Length; i++)
            {
                if (values[i] != 0 && drawn.Labels.Labels[i] == label)
                {
                    (sum, count) = (sum + values[i], count + 1);
                }
            }

            return sum / count;
        }

        Assert.True(Mean(3, 2) > 1.3 * Mean(3, 0), "edema is bright in FLAIR");
        Assert.True(Mean(1, 4) > 1.3 * Mean(1, 0), "the rim is bright in T1 with contrast");
        Assert.True(Mean(0, 4) < 1.1 * Mean(0, 0), "the rim is not bright without contrast");
        Assert.True(Mean(2, 1) > Mean(2, 2), "necrosis is fluid in T2");
        Assert.Equal("LPS", new TumourHead().Draw(Small, 0).Image.Geometry.Orientation.ToString());
    }

    [Fact]
    public void An_abdomen_is_in_Hounsfield_units_and_knows_left_from_right()
    {
        var drawn = new Abdomen().Draw(Small, 0);
        var (grid, labels) = (drawn.Labels.Geometry, drawn.Labels.Labels);
        double Side(ushort label) => labels.Select((l, i) => (l, i)).Where(p => p.l == label).Average(p =>
            grid.ToWorld.Apply(new Triple(p.i % 48, p.i / 48 % 48, p.i / (48 * 48))).X);

        var (low, high) = drawn.Image.ValueRange();

        Assert.InRange(low, -1024, -990);
        Assert.InRange(high, 300, 3071);
        Assert.True(Side(1) > 0 && Side(3) > 0, "liver and right kidney lie on the right, where x grows");
        Assert.True(Side(2) < 0 && Side(4) < 0, "left kidney and spleen lie on the left");
    }

    [Theory]
    [InlineData("128x128x64")]
    [InlineData("96x64x128")]
    public void Solids_have_the_volume_of_their_formula(string size)
    {
        var options = new VolumePhantomOptions { Size = Extent.Parse(size), Seed = 11 };
        for (var i = 0; i < 3; i++)
        {
            var drawn = new BallsAndBoxes().Draw(options, i);
            foreach (var solid in new BallsAndBoxes().Solids(11, i))
            {
                // A surface voxel is in or out: for a box at most half a voxel at either face, for a ball far less.
                var faces = Enumerable.Range(0, 3).Sum(a => drawn.Labels.Geometry.Spacing[a] / (2 * solid.Half[a]));
                Assert.Equal(1, drawn.Labels.CountOf(solid.Label) * drawn.Labels.Geometry.VoxelVolume / solid.Volume, solid.Label == 1 ? 0.02 : faces);
            }
        }
    }

    [Fact]
    public void Sizes_out_of_range_are_named_together()
    {
        var error = Assert.Throws<UsageException>(() => new Abdomen().Draw(new() { Count = 0, Size = new Extent(8, 48, 31) }, 0));

        Assert.Equal("count is 0; it must be 1 or more; size is 8x48x31; width and height must lie between 16 and 1024, the depth between 8 and 1024", error.Message);
    }

    private static VolumePhantom Named(string name) => VolumePhantom.All.Single(p => p.Name == name);
}

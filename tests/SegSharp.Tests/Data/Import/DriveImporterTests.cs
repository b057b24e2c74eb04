using SegSharp.Data;
using SegSharp.Data.Import;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Data.Import;

public sealed class DriveImporterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunEvent> _events = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_lies_outside_the_field_of_view_is_ignored()
    {
        Photograph("training", "21", vessels: [0, 255, 0, 255], field: [0, 0, 255, 255]);

        var data = DriveImporter.Import(_folder.Path("raw"), _folder.Path("data"), on: _events.Add);

        Assert.Equal(["21"], data.Ids);
        Assert.Equal((ushort?)2, data.Labels.Ignore);
        Assert.Equal([2, 2, 0, 1], data.Read(data["21"]).Labels!.Labels.Select(l => (int)l));
        Assert.Contains(new Noted($"mask values from 128 on became 1 vessel; {0.5:P1} of the pixels lie outside the field of view and became 2, which is ignored"), _events);
    }

    [Fact]
    public void Test_photographs_need_no_vessels()
    {
        Photograph("training", "21", vessels: [0, 255, 0, 255], field: [255, 255, 255, 255]);
        Photograph("test", "01", vessels: null, field: [255, 255, 255, 255]);

        var data = DriveImporter.Import(_folder.Path("raw"), _folder.Path("data"));

        Assert.Equal("01", Assert.Single(data.TestCases).Id);
        Assert.Null(data.TestCases[0].Label);
    }

    [Fact]
    public void The_training_folder_itself_will_do()
    {
        Photograph("training", "21", vessels: [0, 255, 0, 255], field: [255, 255, 255, 255]);

        Assert.Equal(["21"], DriveImporter.Import(_folder.Path("raw", "training"), _folder.Path("data")).Ids);
    }

    [Fact]
    public void A_photograph_without_a_field_of_view_is_named()
    {
        Photograph("training", "21", vessels: [0, 255, 0, 255], field: null);

        var error = Assert.Throws<InputException>(() => DriveImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($"photograph '21' has no field of view: no file '21_…' in '{_folder.Path("raw", "training", "mask")}'", error.Message);
        Assert.False(Directory.Exists(_folder.Path("data")));
    }

    [Fact]
    public void Another_folder_is_refused()
    {
        Directory.CreateDirectory(_folder.Path("raw"));

        var error = Assert.Throws<InputException>(() => DriveImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($"'{_folder.Path("raw")}' has no folder training/images", error.Message);
    }

    [Fact]
    public void The_real_photographs_have_their_known_shares()
    {
        var data = DriveImporter.Import(RealData.Require("drive"), _folder.Path("data"));
        var facts = Inspection.Of(data);

        Assert.Equal(["21", "22", "23", "24", "25", "26", "27"], data.Ids);
        Assert.Equal(["R", "G", "B"], data.Description.ChannelNames);
        Assert.Equal([(new Extent(565, 584), 7)], facts.Sizes);
        Assert.InRange(facts.ShareOf(DriveImporter.Outside), 0.30, 0.33);      // the field of view is a disk of 540 pixels: 0.69 of the picture
        Assert.InRange(facts.ShareOf(1), 0.07, 0.10);
    }

    private void Photograph(string part, string id, ushort[]? vessels, ushort[]? field)
    {
        foreach (var folder in new[] { "images", "1st_manual", "mask" })
        {
            Directory.CreateDirectory(_folder.Path("raw", part, folder));
        }

        var grid = Geometry.Pixels(new Extent(2, 2));
        new Volume(id, grid, 3, VoxelType.UInt8, [.. Enumerable.Range(0, 12).Select(i => (byte)i)]).Write(_folder.Path("raw", part, "images", $"{id}_{part}.png"));
        if (vessels is not null)
        {
            new LabelMap(id, grid, vessels).Write(_folder.Path("raw", part, "1st_manual", $"{id}_manual1.png"));
        }

        if (field is not null)
        {
            new LabelMap(id, grid, field).Write(_folder.Path("raw", part, "mask", $"{id}_{part}_mask.png"));
        }
    }
}

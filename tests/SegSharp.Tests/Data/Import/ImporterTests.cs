using SegSharp.Data;
using SegSharp.Data.Import;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Data.Import;

public sealed class ImporterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunEvent> _events = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_phantoms_stacks_are_imported_as_the_challenges_are()
    {
        Membranes.WriteStacks(_folder.Path("raw"), new() { Count = 3, Width = 64, Height = 48, Seed = 1 });

        var data = IsbiImporter.Import(_folder.Path("raw"), _folder.Path("data"));

        var drawn = Membranes.Draw(new() { Width = 64, Height = 48, Seed = 1 }, 2);
        var read = data.Read(data["isbi_02"]);
        Assert.Equal(["isbi_00", "isbi_01", "isbi_02"], data.Ids);
        Assert.Equal(drawn.Image, read.Image.Bytes);
        Assert.Equal(drawn.Labels, read.Labels!.Labels);
    }

    [Fact]
    public void The_real_stacks_have_their_known_numbers()
    {
        var data = IsbiImporter.Import(RealData.Require("isbi2012"), _folder.Path("data"));
        var facts = Inspection.Of(data);

        Assert.Equal(30, data.Cases.Count);
        Assert.Equal([(new Extent(512, 512), 30)], facts.Sizes);
        Assert.Equal(0.2196, facts.ShareOf(1), 0.0001);
        Assert.Equal(0.1990, facts.Cases.TakeLast(5).Average(c => c.ShareOf(1)), 0.0001);
        Assert.Equal(0.168, facts.Cases.Min(c => c.ShareOf(1)), 0.0005);
        Assert.Equal(0.270, facts.Cases.Max(c => c.ShareOf(1)), 0.0005);
    }

    [Fact]
    public void A_missing_stack_is_named_with_what_is_there()
    {
        Membranes.WriteStacks(_folder.Path("raw"), new() { Count = 1, Width = 32, Height = 32 });
        File.Delete(_folder.Path("raw", "train-labels.tif"));

        var error = Assert.Throws<InputException>(() => IsbiImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($"'{_folder.Path("raw")}' has no train-labels.tif; found: train-volume.tif", error.Message);
        Assert.False(Directory.Exists(_folder.Path("data")));
    }

    [Fact]
    public void Stacks_of_different_length_do_not_fit()
    {
        Membranes.WriteStacks(_folder.Path("raw"), new() { Count = 2, Width = 32, Height = 32 });
        LabelMap.Read(_folder.Path("raw", "train-labels.tif")).Page(0).Write(_folder.Path("raw", "train-labels.tif"));

        var error = Assert.Throws<InputException>(() => IsbiImporter.Import(_folder.Path("raw"), _folder.Path("data")));

        Assert.Equal($"'{_folder.Path("raw", "train-labels.tif")}' is 32x32 but '{_folder.Path("raw", "train-volume.tif")}' is 32x32x2", error.Message);
    }

    [Fact]
    public void Masks_of_0_and_255_become_0_and_1_and_it_is_said()
    {
        Pair("a.png", "a_mask.png", [0, 0, 255, 255]);
        Pair("b.png", "b_mask.png", [0, 255, 0, 255]);

        var data = FolderImporter.Import(_folder.Path("raw"), _folder.Path("data"), new() { Labels = LabelList.Parse("1=nucleus") }, on: _events.Add);

        Assert.Equal(["a", "b"], data.Ids);
        Assert.Equal([0, 0, 1, 1], data.Read(data["a"]).Labels!.Labels.Select(l => (int)l));
        Assert.Contains(new Noted("mask values became labels: 0 → 0 background, 255 → 1 nucleus"), _events);
    }

    [Fact]
    public void Grey_levels_of_a_mask_become_labels_in_rising_order()
    {
        Pair("a.png", "a.png", [0, 128, 255, 255]);

        var data = FolderImporter.Import(_folder.Path("raw"), _folder.Path("data"), new());

        Assert.Equal("0 background, 1 label 1, 2 label 2", data.Labels.Describe());
        Assert.Equal([0, 1, 2, 2], data.Read(data["a"]).Labels!.Labels.Select(l => (int)l));
    }

    [Fact]
    public void Numbered_objects_ask_for_a_rule()
    {
        Pair("a.png", "a.png", [.. Enumerable.Range(0, 64).Select(i => (ushort)i)]);

        var error = Assert.Throws<InputException>(() => FolderImporter.Import(_folder.Path("raw"), _folder.Path("data"), new()));
        var data = FolderImporter.Import(_folder.Path("raw"), _folder.Path("data"), new() { Binary = true });

        Assert.Equal($"mask '{_folder.Path("raw", "masks", "a.png")}' brings the values found to 64 (0, 1, 2, 3, 4, 5, …): too many for labels", error.Message);
        Assert.Equal(63, data.Read(data["a"]).Labels!.Labels.Count(l => l == 1));
    }

    [Fact]
    public void An_image_without_a_mask_is_named()
    {
        Pair("a.png", "a.png", [0, 255, 0, 255]);
        Pair("b.png", "c.png", [0, 255, 0, 255]);

        var error = Assert.Throws<InputException>(() => FolderImporter.Import(_folder.Path("raw"), _folder.Path("data"), new()));

        Assert.Equal($"1 of 2 image(s) in '{_folder.Path("raw", "images")}' have no mask in '{_folder.Path("raw", "masks")}': b.png", error.Message);
    }

    [Fact]
    public void A_source_without_masks_says_which_folders_there_are()
    {
        Directory.CreateDirectory(_folder.Path("raw", "images"));

        var error = Assert.Throws<InputException>(() => FolderImporter.Import(_folder.Path("raw"), _folder.Path("data"), new()));

        Assert.Equal($"'{_folder.Path("raw")}' has no folder of masks (masks, labels, labelsTr, 1st_manual …); it has images", error.Message);
        Assert.Equal("name it: --masks FOLDER", error.Fix);
    }

    [Fact]
    public void Vessels_are_matched_over_their_suffixes_and_GIF_palettes_are_read()
    {
        var data = FolderImporter.Import(RealData.Require("drive"), _folder.Path("data"), new() { Labels = LabelList.Parse("1=vessel") }, on: _events.Add);
        var facts = Inspection.Of(data);

        Assert.Equal(["21", "22", "23", "24", "25", "26", "27"], data.Ids);
        Assert.Equal(["R", "G", "B"], data.Description.ChannelNames);
        Assert.Equal([(new Extent(565, 584), 7)], facts.Sizes);
        Assert.InRange(facts.ShareOf(1), 0.07, 0.11);
    }

    [Fact]
    public void Nuclei_with_numbers_and_alpha_become_a_grey_binary_data_set()
    {
        var data = FolderImporter.Import(RealData.Require("dsb2018"), _folder.Path("data"), new() { Binary = true, Labels = LabelList.Parse("1=nucleus") });

        Assert.Equal(77, data.Cases.Count);
        Assert.Equal(["grey"], data.Description.ChannelNames);
        Assert.Equal([0, 1], data.Read(data.Cases[0]).Labels!.Histogram().Select(h => h.Label));
    }

    [Fact]
    public void Blurred_JPEG_masks_need_a_threshold()
    {
        var source = RealData.Require("unet-checkpoints", "tent-detection");

        var error = Assert.Throws<InputException>(() => FolderImporter.Import(source, _folder.Path("data"), new()));
        var data = FolderImporter.Import(source, _folder.Path("data"), new() { MaskThreshold = 150, Labels = LabelList.Parse("1=tent") });

        Assert.Equal("--mask-threshold 128 makes every value from 128 on foreground", error.Fix);
        Assert.Equal(6, data.Cases.Count);
        Assert.Equal(1, Inspection.Of(data).Cases.Count(c => c.ShareOf(1) == 0));
    }

    private void Pair(string image, string mask, ushort[] values)
    {
        var grid = Geometry.Pixels(new Extent(values.Length / 2, 2));
        Directory.CreateDirectory(_folder.Path("raw", "images"));
        Directory.CreateDirectory(_folder.Path("raw", "masks"));
        Volume.Of<byte>("x", grid, 1, [.. values.Select((_, i) => (byte)i)]).Write(_folder.Path("raw", "images", image));
        new LabelMap("x", grid, values).Write(_folder.Path("raw", "masks", mask));
    }
}

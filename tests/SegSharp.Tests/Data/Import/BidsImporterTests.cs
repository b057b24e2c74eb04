using SegSharp.Data;
using SegSharp.Data.Import;
using SegSharp.Foundation;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.Tests.Data.Import;

public sealed class BidsImporterTests : IDisposable
{
    private static readonly Geometry Grid = new() { Extent = new Extent(3, 2, 2), Spacing = new Triple(1, 1, 2) };
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunEvent> _events = [];

    public BidsImporterTests()
    {
        Directory.CreateDirectory(_folder.Path("bids"));
        File.WriteAllText(_folder.Path("bids", "dataset_description.json"), """{"Name": "made up", "BIDSVersion": "1.9.0"}""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Subjects_and_sessions_become_cases_and_their_images_channels()
    {
        Image("sub-01/anat/sub-01_T1w", 1);
        Image("sub-01/anat/sub-01_FLAIR", 2);
        Labels("derivatives/manual/sub-01/anat/sub-01_dseg", 0, 3);
        Image("sub-02/ses-a/anat/sub-02_ses-a_T1w", 3);
        Image("sub-02/ses-a/anat/sub-02_ses-a_FLAIR", 4);
        Labels("derivatives/manual/sub-02/ses-a/anat/sub-02_ses-a_space-T1w_dseg", 0, 1);
        Image("sub-03/anat/sub-03_T1w", 5);
        Image("sub-03/anat/sub-03_FLAIR", 6);
        Labels("derivatives/manual/sub-03/anat/sub-03_space-MNI152_dseg", 0, 1);
        File.WriteAllText(_folder.Path("bids", "derivatives", "manual", "atlas_dseg.tsv"), "index\tname\n1\tcore\n3\trim\n");

        var data = BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new() { Suffixes = ["T1w", "FLAIR"] });

        Assert.Equal(["sub-01", "sub-02_ses-a"], data.Ids);
        Assert.Equal(["sub-03"], data.TestCases.Select(c => c.Id));
        Assert.Equal("0 background, 1 core, 3 rim", data.Labels.Describe());
        Assert.Equal(["T1w", "FLAIR"], data.Description.ChannelNames);
        var read = data.Read(data["sub-02_ses-a"]);
        Assert.Equal([3f, 4], [read.Image.ToFloats()[0], read.Image.ToFloats()[12]]);
        Assert.Equal(Grid.Spacing, read.Image.Geometry.Spacing);
    }

    [Fact]
    public void Masks_of_single_labels_are_laid_together()
    {
        Image("sub-01/anat/sub-01_T1w", 1);
        Mask("derivatives/sub-01/anat/sub-01_label-lesion_mask", 0, 1, 1, 0);
        Mask("derivatives/sub-01/anat/sub-01_label-cyst_mask", 1, 1, 0, 0);
        Mask("derivatives/sub-01/anat/sub-01_desc-brain_mask", 1, 1, 1, 1);

        var data = BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new(), on: _events.Add);

        Assert.Equal("0 background, 1 cyst, 2 lesion", data.Labels.Describe());
        Assert.Equal([1, 2, 2, 0], data.Read(data["sub-01"]).Labels!.Labels.Take(4).Select(l => (int)l));
        Assert.Contains(new Warned("masks of 'sub-01' overlap in 1 voxel(s); the later by name counts there (cyst, lesion)"), _events);
    }

    [Fact]
    public void Several_images_of_a_kind_ask_which_counts()
    {
        Image("sub-01/anat/sub-01_acq-fast_T1w", 1);
        Image("sub-01/anat/sub-01_acq-fine_T1w", 2);
        Labels("derivatives/sub-01/anat/sub-01_dseg", 0, 1);

        var error = Assert.Throws<InputException>(() => BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new()));
        var data = BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new() { Suffixes = ["acq-fine_T1w"] });

        Assert.Equal("'sub-01' has 2 images of T1w: sub-01_acq-fast_T1w.nii.gz, sub-01_acq-fine_T1w.nii.gz", error.Message);
        Assert.Equal("name more of the one that counts: --suffixes acq-fast_T1w", error.Fix);
        Assert.Equal(2, data.Read(data["sub-01"]).Image.ToFloats()[0]);
    }

    [Fact]
    public void Several_derivatives_ask_which_counts()
    {
        Image("sub-01/anat/sub-01_T1w", 1);
        Labels("derivatives/one/sub-01/anat/sub-01_dseg", 0, 1);
        Labels("derivatives/two/sub-01/anat/sub-01_dseg", 0, 2);

        var error = Assert.Throws<InputException>(() => BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new()));

        Assert.Equal("label maps lie in 2 folders: derivatives/one, derivatives/two", error.Message);
        Assert.Equal("0 background, 2 label 2", BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new() { Derivative = "two" }).Labels.Describe());
    }

    [Fact]
    public void What_participants_say_is_held_against_the_folders()
    {
        Image("sub-01/anat/sub-01_T1w", 1);
        Labels("derivatives/sub-01/anat/sub-01_dseg", 0, 1);
        Image("sub-04/anat/sub-04_T2w", 1);
        File.WriteAllText(_folder.Path("bids", "participants.tsv"), "participant_id\tage\nsub-01\t40\nsub-02\t41\n");

        BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new(), on: _events.Add);

        Assert.Equal(
            [
                "1 session(s) without every image were left out: sub-04 (no T1w)",
                "participants.tsv lists 1 without a folder: sub-02",
                "participants.tsv does not list 1 that have a folder: sub-04",
            ],
            _events.OfType<Warned>().Select(w => w.Text));
    }

    [Fact]
    public void A_folder_without_labels_or_without_images_is_refused()
    {
        Image("sub-01/anat/sub-01_T1w", 1);

        var labels = Assert.Throws<InputException>(() => BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new()));
        var images = Assert.Throws<InputException>(() => BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new() { Suffixes = ["bold"] }));

        Assert.Equal($"'{_folder.Path("bids", "derivatives")}' has no label map for a session: no file such as sub-01_dseg.nii.gz or sub-01_label-lesion_mask.nii.gz", labels.Message);
        Assert.Equal($"'{_folder.Path("bids")}' has 0 sessions with bold: no file sub-…/anat/…_bold.nii.gz; left out: sub-01 (no bold)", images.Message);
    }

    [Fact]
    public void A_table_that_names_a_label_background_is_refused_and_nothing_is_left()
    {
        Image("sub-01/anat/sub-01_T1w", 1);
        Labels("derivatives/manual/sub-01/anat/sub-01_dseg", 0, 3);
        File.WriteAllText(_folder.Path("bids", "derivatives", "manual", "atlas_dseg.tsv"), "index\tname\n3\tbackground\n");

        var error = Assert.Throws<InputException>(() => BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new()));

        Assert.Equal("labels are 0 background, 3 background, but the name 'background' comes 2 times", error.Message);
        Assert.Equal(["bids"], Directory.EnumerateFileSystemEntries(_folder.Path()).Select(Path.GetFileName));
    }

    [Fact]
    public void What_is_no_bids_is_refused()
    {
        File.Delete(_folder.Path("bids", "dataset_description.json"));

        var error = Assert.Throws<InputException>(() => BidsImporter.Import(_folder.Path("bids"), _folder.Path("data"), new()));

        Assert.Equal($"'{_folder.Path("bids")}' has no dataset_description.json, so it is no BIDS", error.Message);
    }

    private void Image(string place, float value) =>
        Volume.Of<float>("image", Grid, 1, [.. Enumerable.Repeat(value, 12)]).Write(Place(place));

    private void Labels(string place, params ushort[] first) => new LabelMap("labels", Grid, [.. first, .. new ushort[12 - first.Length]]).Write(Place(place));

    private void Mask(string place, params ushort[] first) => Labels(place, first);

    private string Place(string place)
    {
        var full = _folder.Path("bids", place + ".nii.gz");
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        return full;
    }
}

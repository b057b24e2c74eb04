using System.Text.Json.Nodes;
using SegSharp.Data;
using SegSharp.Data.Download;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using Xunit;

namespace SegSharp.Tests.Data.Download;

public sealed class PublicDataSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<RunEvent> _events = [];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("msd/hippocampus", "msd/Task04_Hippocampus")]
    [InlineData("Task09_Spleen", "msd/Task09_Spleen")]
    [InlineData("ISBI2012", "isbi2012")]
    public void Names_are_understood_as_people_write_them(string written, string name) => Assert.Equal(name, PublicDataSet.Of(written).Name);

    [Fact]
    public void An_unknown_name_is_answered_with_those_that_exist()
    {
        var error = Assert.Throws<UsageException>(() => PublicDataSet.Of("msd/spleen2"));

        Assert.StartsWith("unknown public data set 'msd/spleen2'; known: msd/Task09_Spleen, ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_data_set_has_a_source_and_terms()
    {
        Assert.All(PublicDataSet.All, d =>
        {
            Assert.NotEmpty(d.Terms);
            Assert.True(d.Address is not null || d.Account is not null);
            Assert.True(d.Address?.Scheme is null or "https");
            Assert.True(d.Checksum is null || d.Checksum.Hex.Length == (d.Checksum.Md5 ? 32 : 64));
        });
    }

    [Fact]
    public void What_wants_an_account_says_how_to_come_by_it()
    {
        var error = Assert.Throws<InputException>(() => PublicDataSet.Of("drive").Get(_folder.Path("data"), new()));

        Assert.Equal("'drive' is given only to who has an account at drive.grand-challenge.org", error.Message);
        Assert.Equal(
            "make an account at https://drive.grand-challenge.org, join the challenge and download its archive; then: segsharp data get drive DST --from FILE",
            error.Fix);
    }

    [Fact]
    public void A_task_of_the_decathlon_is_downloaded_unpacked_and_imported()
    {
        new BallsAndBoxes().WriteDataSet(_folder.Path("raw"), new() { Count = 2, Size = new(24, 20, 16), Seed = 1 });
        var decathlon = AsDecathlon(_folder.Path("raw"));
        ArchiveFiles.PackFolder(_folder.Path("task.tar"), decathlon, "Task04_Hippocampus");
        using var server = new LocalServer(File.ReadAllBytes(_folder.Path("task.tar")));

        var data = PublicDataSet.Of("msd/hippocampus").Get(_folder.Path("data"), new() { From = $"{server.Address}" }, on: _events.Add);

        var truth = DataSet.Open(_folder.Path("raw"));
        Assert.Equal(["shapes_000", "shapes_001"], data.Ids);
        Assert.Equal(["MRI"], data.Description.ChannelNames);
        Assert.Equal("0 background, 1 ball, 2 box", data.Labels.Describe());
        Assert.Equal(truth.Read(truth["shapes_001"]).Labels!.Labels, data.Read(data["shapes_001"]).Labels!.Labels);
        Assert.Equal(["archive.zip", "archive.zip.download.json"], Directory.EnumerateFileSystemEntries(_folder.Path("downloads")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains(_events, e => e is Noted { Text: var text } && text.EndsWith("terms: CC BY-SA 4.0; cite Antonelli et al. 2022", StringComparison.Ordinal));
    }

    [Fact]
    public void An_archive_or_a_folder_that_is_here_already_will_do()
    {
        Membranes.WriteStacks(_folder.Path("raw"), new() { Count = 2, Width = 32, Height = 32 });
        ArchiveFiles.PackFolder(_folder.Path("isbi.zip"), _folder.Path("raw"), "ISBI-2012-challenge");

        var fromArchive = PublicDataSet.Of("isbi2012").Get(_folder.Path("one"), new() { From = _folder.Path("isbi.zip") });
        var fromFolder = PublicDataSet.Of("isbi2012").Get(_folder.Path("two"), new() { From = _folder.Path("raw") });

        Assert.Equal(["isbi_00", "isbi_01"], fromArchive.Ids);
        Assert.Equal(fromArchive.Ids, fromFolder.Ids);
        Assert.False(Directory.EnumerateDirectories(_folder.Path(), ".*", SearchOption.AllDirectories).Any());
    }

    [Fact]
    public void An_archive_of_something_else_says_what_it_holds()
    {
        ArchiveFiles.Pack(_folder.Path("other.zip"), ("cats/one.txt", [1]));

        var error = Assert.Throws<InputException>(() => PublicDataSet.Of("isbi2012").Get(_folder.Path("data"), new() { From = _folder.Path("other.zip") }));

        Assert.Equal($"'{_folder.Path("other.zip")}' does not hold what 'isbi2012' consists of; it holds cats", error.Message);
        Assert.Equal("see https://imagej.net/events/isbi-2012-segmentation-challenge", error.Fix);
        Assert.False(Directory.Exists(_folder.Path("data")));
    }

    // As the decathlon has it: "modality", labels by number, a list of pairs, no channel in the names.
    private static string AsDecathlon(string folder)
    {
        var images = Path.Combine(folder, "imagesTr");
        var task = folder + "-task";
        Directory.CreateDirectory(Path.Combine(task, "imagesTr"));
        Directory.CreateDirectory(Path.Combine(task, "labelsTr"));
        var training = new JsonArray();
        foreach (var image in Directory.EnumerateFiles(images))
        {
            var name = Path.GetFileName(image).Replace("_0000", "", StringComparison.Ordinal);
            File.Copy(image, Path.Combine(task, "imagesTr", name));
            File.Copy(Path.Combine(folder, "labelsTr", name), Path.Combine(task, "labelsTr", name));
            training.Add(new JsonObject { ["image"] = $"./imagesTr/{name}", ["label"] = $"./labelsTr/{name}" });
        }

        File.WriteAllText(Path.Combine(task, "dataset.json"), new JsonObject
        {
            ["modality"] = new JsonObject { ["0"] = "MRI" },
            ["labels"] = new JsonObject { ["0"] = "background", ["1"] = "ball", ["2"] = "box" },
            ["numTraining"] = training.Count,
            ["training"] = training,
            ["test"] = new JsonArray(),
        }.ToJsonString());
        return task;
    }
}

using System.Text.Json.Nodes;

namespace SegSharp.EndToEndTests;

/// <summary>A data set of three small volumes and a 3D network that was trained on it for a moment; shared by the tests of a class.</summary>
public sealed class VolumeModel : IDisposable
{
    private readonly Workshop _workshop = new();

    public VolumeModel()
    {
        Data = DataSet(_workshop["volumes"], ".nii.gz");
        Run = _workshop["run"];
        Workshop.Succeed([.. Training(Data, Run)]);
    }

    /// <summary>The data set's folder.</summary>
    public string Data { get; }

    /// <summary>The run's folder.</summary>
    public string Run { get; }

    public static string[] Training(string data, string run) =>
    [
        "train", data, "--out", run, "--epochs", "12", "--repeats", "4", "--lr", "1e-2", "--network", "unet", "--set", "network.dimensions=3", "--set", "network.base=2", "--set", "network.depth=2", "--set", "training.patchSize=8x8x6",
        "--set", "preparation.intensity=zscore", "--batch", "1", "--validation", "last:1", "--threads", "1", "--quiet",
    ];

    /// <summary>Writes a data set of three cases.</summary>
    public static string DataSet(string folder, string ending)
    {
        Directory.CreateDirectory(Path.Combine(folder, "imagesTr"));
        Directory.CreateDirectory(Path.Combine(folder, "labelsTr"));
        for (var i = 1; i <= 3; i++)
        {
            VolumeFiles.Image(Path.Combine(folder, "imagesTr", $"case{i}_0000{ending}"));
            VolumeFiles.Mask(Path.Combine(folder, "labelsTr", $"case{i}{ending}"));
        }

        File.WriteAllText(Path.Combine(folder, "dataset.json"), new JsonObject
        {
            ["channel_names"] = new JsonObject { ["0"] = "CT" },
            ["labels"] = new JsonObject { ["background"] = 0, ["nodule"] = 1 },
            ["numTraining"] = 3,
            ["file_ending"] = ending,
        }.ToJsonString());
        return folder;
    }

    public void Dispose() => _workshop.Dispose();
}

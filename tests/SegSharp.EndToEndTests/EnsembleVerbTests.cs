using System.Text.Json.Nodes;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Folds, ensembles, maps of uncertainty, and folders with a bad image, through the command line.</summary>
public sealed class EnsembleVerbTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void Folds_are_averaged_and_a_bad_image_stops_only_itself()
    {
        var (data, cv) = (_workshop.Phantom(), _workshop["cv"]);
        var images = Path.Combine(data, "imagesTr");
        for (var fold = 0; fold < 2; fold++)
        {
            Workshop.Succeed([.. Workshop.Training(data, Path.Combine(cv, $"fold_{fold}"), 1), "--seed", $"{fold}"]);
            Workshop.Succeed("predict", Path.Combine(cv, $"fold_{fold}"), images, _workshop[$"p{fold}"], "--probabilities", "--quiet");
        }

        var folds = Workshop.Succeed("predict", cv, images, _workshop["folds"], "--uncertainty", "--mutual-information", "--json").Json;
        Assert.Equal((6, 2, 0), ((int)folds["written"]!, (int)folds["members"]!, (int)folds["failed"]!));
        var maps = folds["uncertainty"]!.AsArray();
        Assert.Equal(6, maps.Count);
        Assert.All(maps, m => Assert.InRange((double)m!["mutualInformation"]!, 0, (double)m["entropy"]!));
        Assert.All(maps, m => Assert.True(File.Exists((string)m!["file"]!)));

        var models = Workshop.Succeed("ensemble", Path.Combine(cv, "fold_0"), Path.Combine(cv, "fold_1"), images, _workshop["models"], "--json").Json;
        Assert.Equal(2, (int)models["members"]!);
        var files = Workshop.Succeed("ensemble", _workshop["p0"], _workshop["p1"], _workshop["files"], "--json").Json;
        Assert.Equal((6, 2), ((int)files["written"]!, (int)files["members"]!));
        foreach (var mask in Directory.GetFiles(_workshop["models"]))
        {
            Assert.Equal(File.ReadAllBytes(mask), File.ReadAllBytes(Path.Combine(_workshop["files"], Path.GetFileName(mask))));
        }

        var (truth, found) = (Path.Combine(data, "labelsTr"), Path.Combine(cv, "fold_0", "thresholds.json"));
        var scores = Workshop.Succeed("evaluate", _workshop["p0"], truth, "--metrics", "dice", "--search-threshold", found, "--calibration", _workshop["calibration.svg"], "--json").Json;
        Workshop.Succeed("predict", Path.Combine(cv, "fold_0"), images, _workshop["best"], "--threshold", "auto", "--quiet");
        var best = Workshop.Succeed("evaluate", _workshop["best"], truth, "--metrics", "dice", "--json").Json;
        Assert.Equal((double)scores["thresholds"]![0]!["meanDice"]!, (double)best["scores"]![0]!["mean"]!, 1e-9);
        Assert.Equal(2, scores["calibration"]!.AsArray().Count);
        Assert.True(File.Exists(_workshop["calibration.svg"]) && File.Exists(Path.ChangeExtension(found, ".png")));

        var film = Workshop.Succeed("predict", Path.Combine(cv, "fold_0"), images, _workshop["film"], "--overlay", "--masks", _workshop["frames"], "--json").Json;
        Assert.Equal((6, "png"), ((int)film["frames"]!, (string)film["encoder"]!));
        Assert.Equal((6, 6), (Directory.GetFiles(_workshop["film"]).Length, Directory.GetFiles(_workshop["frames"]).Length));
        Assert.Equal(2, CliRunner.Run("predict", Path.Combine(cv, "fold_0"), images, _workshop["film"], "--overlay").ExitCode);
        var unused = CliRunner.Run("predict", Path.Combine(cv, "fold_0"), images, _workshop["film2"], "--overlay", "--probabilities");
        Assert.Equal((2, "error: a film is made, so option '--probabilities' has no meaning here\nfix: leave --probabilities out\n"), (unused.ExitCode, unused.Error));

        var bad = Directory.GetFiles(images).Order(StringComparer.Ordinal).ElementAt(2);
        File.WriteAllBytes(bad, File.ReadAllBytes(bad)[..100]);
        var rest = CliRunner.Run("predict", cv, images, _workshop["rest"], "--json");
        Assert.Equal(1, rest.ExitCode);
        Assert.Equal((5, 1), ((int)rest.Json["written"]!, (int)rest.Json["failed"]!));
        Assert.Equal(bad, (string)Assert.Single((JsonArray)rest.Json["failures"]!)!["input"]!);
        Assert.Equal(3, CliRunner.Run("predict", cv, bad, _workshop["rest"]).ExitCode);
    }
}

using SegSharp.Imaging;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>What a network is shown: places as channels, centres by object, a part of the image.</summary>
public sealed class InputStrategyTests : IDisposable
{
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void Places_go_with_the_model()
    {
        var (data, run) = (_shop.Phantom(), _shop["run"]);
        Workshop.Succeed([.. Workshop.Training(data, run, 1), "--patch", "16x16", "--set", "preparation.coordinates=xy", "--set", "training.sampling=balanced"]);

        Workshop.Succeed("predict", run, Path.Combine(data, "imagesTr"), _shop["all"], "--quiet");
        var refused = CliRunner.Run("predict", run, Path.Combine(data, "imagesTr"), _shop["no"], "--roi", "auto");

        Assert.Equal(3, Run.ReadRecipe(run).Network.InChannels);
        Assert.Equal(6, Directory.GetFiles(_shop["all"], "*.png").Length);
        Assert.Contains("the network was told where voxels lie in the whole image", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_lies_around_goes_with_the_model()
    {
        var (data, run) = (_shop.Phantom(), _shop["run"]);
        Workshop.Succeed([.. Workshop.Training(data, run, 1), "--patch", "16x16", "--set", "preparation.context=2", "--set", "preparation.coordinates=xy", "--augmentation", "strong"]);

        Workshop.Succeed("predict", run, Path.Combine(data, "imagesTr"), _shop["all"], "--quiet");
        var part = CliRunner.Run("predict", run, Path.Combine(data, "imagesTr"), _shop["no"], "--roi", "auto");
        var refused = CliRunner.Run([.. Workshop.Training(data, _shop["other"], 1), "--set", "preparation.context=1"]);

        Assert.Equal((4, 2), (Run.ReadRecipe(run).Network.InChannels, Run.ReadRecipe(run).Preparation.Context));
        Assert.Equal(6, Directory.GetFiles(_shop["all"], "*.png").Length);
        Assert.Equal((2, 2), (part.ExitCode, refused.ExitCode));
        Assert.Contains("the network was told where voxels lie in the whole image", part.Error, StringComparison.Ordinal);
        Assert.Contains("preparation.context is 1; it must lie between 2 and 16", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_region_of_interest_is_put_back_where_it_was()
    {
        var (data, run) = (_shop.Phantom(), _shop["run"]);
        var images = Path.Combine(data, "imagesTr");
        Workshop.Succeed([.. Workshop.Training(data, run, 1), "--patch", "16x16", "--set", "training.sampling=sizeAware"]);

        Workshop.Succeed("predict", run, images, _shop["part"], "--roi", "4,8,16,12", "--threshold", "0.001", "--quiet");
        var refused = CliRunner.Run("predict", run, images, _shop["no"], "--roi", "20,0,16,16");

        var files = Directory.GetFiles(_shop["part"], "*.png");
        Assert.Equal(6, files.Length);
        Assert.All(files, file =>
        {
            var labels = LabelMap.Read(file).Labels;
            for (var i = 0; i < 1024; i++)
            {
                Assert.Equal(i % 32 is >= 4 and < 20 && i / 32 is >= 8 and < 20, labels[i] != 0);
            }
        });
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("option '--roi' is '20,0,16,16', which does not lie in the image of 32x32", refused.Error, StringComparison.Ordinal);
    }
}

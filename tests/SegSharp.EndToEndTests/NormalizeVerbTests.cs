using System.Text;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.EndToEndTests;

public sealed class NormalizeVerbTests : IDisposable
{
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void A_volume_becomes_a_figure_and_a_page()
    {
        var (figure, page) = (_shop["a.svg"], _shop["a.html"]);

        var result = Workshop.Succeed("normalize", Ramp(), "--method", "zscore,minmax", "--set", "zscore.ddof=1", "--out", figure, "--html", page, "--json");

        Assert.Equal(["slice", "volume"], result.Json["statistics"]!.AsArray().Select(s => (string)s!["of"]!));
        Assert.Equal(2, (int)result.Json["slice"]!);
        Assert.Equal(5, (int)result.Json["pageSlices"]!);
        Assert.Equal(["zscore slice", "zscore volume", "minmax slice", "minmax volume"], result.Json["results"]!.AsArray().Select(r => $"{r!["method"]} {r["scope"]}"));

        // The third slice holds 200 … 263: the mean of the whole is its own, and ddof 1 divides by a little more.
        Assert.Equal(0, (double)result.Json["results"]![0]!["mean"]!, 1e-6);
        Assert.Equal(Math.Sqrt(63.0 / 64), (double)result.Json["results"]![0]!["deviation"]!, 1e-5);
        Assert.Contains("ddof 1", File.ReadAllText(figure), StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public void The_statistics_of_a_data_set_are_those_of_its_training_cases()
    {
        var data = _shop.Phantom();
        var figure = _shop["b.png"];

        var all = Workshop.Succeed("normalize", data, "--method", "zscore", "--json");
        var held = Workshop.Succeed("normalize", data, "--method", "zscore", "--validation", "last:2", "--out", figure, "--json");

        Assert.Equal("6 training cases", (string)all.Json["dataSet"]!);
        Assert.Equal("4 training cases", (string)held.Json["dataSet"]!);
        Assert.Equal(6 * 32 * 32, (long)all.Json["statistics"]![1]!["count"]!);
        Assert.Equal(4 * 32 * 32, (long)held.Json["statistics"]![1]!["count"]!);
        Assert.Equal(["slice", "data set"], held.Json["results"]!.AsArray().Select(r => (string)r!["scope"]!));
        Assert.Equal("\u0089PNG", Encoding.Latin1.GetString(File.ReadAllBytes(figure), 0, 4));
    }

    [Theory]
    [InlineData("unknown normalisation 'zscor'; known: zscore", "--method", "zscor")]
    [InlineData("unknown key 'zscore.dof'; known: zscore.ddof", "--method", "zscore", "--set", "zscore.dof=1")]
    [InlineData("unknown method in --set 'minmax'; known: zscore", "--method", "zscore", "--set", "minmax.low=1")]
    [InlineData("option '--slice' is 5; 'ramp.tif' has the slices 0 to 4", "--slice", "5")]
    [InlineData("option '--channel' is 1; 'ramp' has channel 0 alone", "--channel", "1")]
    [InlineData("'ramp.tif' is no data set; its statistics are not known", "--scope", "dataset")]
    [InlineData("unknown mask 'half'; known: ", "--mask", "half")]
    public void What_cannot_be_is_said(string error, params string[] options)
    {
        var result = CliRunner.Run(["normalize", Ramp(), .. options]);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"error: {error}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_there_is_kept_until_overwrite_is_said()
    {
        var (source, page) = (Ramp(), _shop["c.html"]);
        File.WriteAllText(page, "mine");

        var result = CliRunner.Run("normalize", source, "--html", page, "--method", "minmax");

        Assert.Equal(3, result.ExitCode);
        Assert.Equal($"error: '{page}' exists already\nfix: add --overwrite to replace it\n", result.Error);
        Assert.Equal("mine", File.ReadAllText(page));
        Workshop.Succeed("normalize", source, "--html", page, "--method", "minmax", "--overwrite");
        Assert.NotEqual("mine", File.ReadAllText(page));
    }

    // Five slices of 8×8 that hold 100 z … 100 z + 63.
    private string Ramp()
    {
        var path = _shop["ramp.tif"];
        var values = Enumerable.Range(0, 5 * 64).Select(i => (ushort)((100 * (i / 64)) + (i % 64))).ToArray();
        Volume.Of<ushort>("ramp", Geometry.From(new Extent(8, 8, 5), Affine.Identity), 1, values).Write(path);
        return path;
    }
}

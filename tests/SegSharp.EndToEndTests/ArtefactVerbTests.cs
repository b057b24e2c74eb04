using System.Text;
using SegSharp.Imaging;
using Xunit;

namespace SegSharp.EndToEndTests;

public sealed class ArtefactVerbTests : IDisposable
{
    private readonly Workshop _shop = new();

    public void Dispose() => _shop.Dispose();

    [Fact]
    public void A_slice_its_artefact_and_the_filter_stand_side_by_side()
    {
        var (figure, again) = (_shop["a.svg"], _shop["b.png"]);

        var first = Workshop.Succeed("artefact", Discs(), "--kind", "spikes", "--seed", "5", "--out", figure, "--json");
        var second = Workshop.Succeed("artefact", Discs(), "--kind", "spikes", "--seed", "5", "--out", again, "--reduce", "median", "--filter-set", "radius=2", "--json");

        Assert.Equal("spike-removal", (string)first.Json["filter"]!);
        Assert.Equal(2, (int)first.Json["slice"]!);
        Assert.Equal(first.Json["parameters"]!.ToJsonString(), second.Json["parameters"]!.ToJsonString());
        Assert.True((double)first.Json["results"]![1]!["psnr"]! > 20 + (double)first.Json["results"]![0]!["psnr"]!);
        Assert.Equal("after median", (string)second.Json["results"]![1]!["of"]!);
        Assert.Contains("what it added", File.ReadAllText(figure), StringComparison.Ordinal);
        Assert.Equal("\u0089PNG", Encoding.Latin1.GetString(File.ReadAllBytes(again), 0, 4));
    }

    [Fact]
    public void Motion_has_no_filter_and_says_so()
    {
        var result = Workshop.Succeed("artefact", Discs(), "--kind", "motion", "--quiet");

        Assert.Contains("none: no simple filter puts this right", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown artefact 'ring'; known: rings", "--kind", "ring")]
    [InlineData("unknown filter 'medain'; known: median", "--kind", "rings", "--reduce", "medain")]
    [InlineData("unknown key 'rings.loud'; known: ", "--kind", "rings", "--set", "loud=1")]
    [InlineData("option '--slice' is 5; 'discs' has the slices 0 to 4", "--kind", "rings", "--slice", "5")]
    [InlineData("option '--window' is '4,1'; it must be two numbers in order", "--kind", "rings", "--window", "4,1")]
    [InlineData("does not know how large a pixel is, so --hu cannot say how rays weaken", "--kind", "rings", "--hu")]
    public void What_cannot_be_is_said(string error, params string[] options)
    {
        var result = CliRunner.Run(["artefact", Discs(), .. options]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
    }

    private string Discs()
    {
        var extent = new Extent(32, 32, 5);
        var values = new float[extent.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var (x, y) = ((i % 32) - 16, (i / 32 % 32) - 16);
            values[i] = (x * x) + (y * y) < 144 ? 100 - x : 0;
        }

        var file = _shop["discs.tif"];
        Volume.Of<float>("discs", Geometry.Pixels(extent), 1, values).Write(file);
        return file;
    }
}

using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using SegSharp.Figures.Intensities;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using Xunit;

namespace SegSharp.Tests.Figures;

public sealed class NormalisationPageTests
{
    private const string Hostile = "a </title></script><script>alert('x')</script> & \"q\" \u0001";

    [Fact]
    public void Names_cannot_become_markup()
    {
        var html = NormalisationPage.ToHtml(Study(name: Hostile, dataSet: Hostile, settings: Hostile)).Html;

        var page = Parse(html);
        Assert.Equal(2, page.Descendants("script").Count());
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.Equal("Normalisation of " + Hostile.Replace('\u0001', '\uFFFD'), page.Descendants("h1").Single().Value);
        Assert.Equal(Hostile.Replace('\u0001', '\uFFFD'), (string)Data(html)["scopes"]![2]!["source"]!);
        Assert.Equal(Hostile.Replace('\u0001', '\uFFFD'), (string)Data(html)["methods"]![0]!["settings"]!);
    }

    [Fact]
    public void The_page_asks_for_nothing_outside_itself()
    {
        var html = NormalisationPage.ToHtml(Study()).Html;

        Assert.DoesNotMatch(new Regex("https?:|//[a-z]+\\.|@import|url\\((?!#)|fetch\\(|XMLHttpRequest"), Regex.Replace(html, "data:image/png;base64,[^\"]*", ""));
        Assert.DoesNotContain(Parse(html).Descendants().Attributes(), a => a.Name.LocalName is "src" or "href" or "action");
        Assert.All(Data(html)["pictures"]!.AsArray().SelectMany(p => p!.AsArray()), u => Assert.StartsWith("data:image/png;base64,", (string)u!, StringComparison.Ordinal));
    }

    [Fact]
    public void The_policy_allows_this_script_and_no_other()
    {
        var html = NormalisationPage.ToHtml(Study()).Html;

        var begin = html.IndexOf("<script>", StringComparison.Ordinal) + "<script>".Length;
        var script = html[begin..html.IndexOf("</script>", begin, StringComparison.Ordinal)];
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        Assert.Contains($"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_statistics_on_the_page_are_those_of_slice_volume_and_data_set()
    {
        var study = Study();

        var data = Data(NormalisationPage.ToHtml(study).Html);

        // Page z holds 100 z + 0 … 15: 16 whole numbers with the variance (16² − 1) / 12.
        Assert.Equal([16, 207.5, 4.60977, 200, 200.15, 203.75, 207.5, 211.25, 214.85, 215], Numbers(data["statistics"]!["Slice"]![2]!));
        Assert.Equal([64, 157.5], Numbers(data["statistics"]!["Volume"]!)[..2]);
        Assert.Equal([4, 2.5], Numbers(data["statistics"]!["DataSet"]!)[..2]);
    }

    [Fact]
    public void A_z_score_by_slice_makes_every_mean_0_and_one_by_volume_keeps_them_apart()
    {
        var study = Study();

        var (slice, volume) = (study.ViewOf(study.Methods[0], IntensityScope.Slice)!, study.ViewOf(study.Methods[0], IntensityScope.Volume)!);

        Assert.All(slice.Means, m => Assert.Equal(0, m, 1e-6));
        Assert.Equal(4, volume.Means.Select(m => Math.Round(m, 3)).Distinct().Count());
        Assert.Equal(0, volume.Means.Average(), 1e-6);
    }

    [Fact]
    public void A_method_that_follows_its_own_histogram_has_no_view_of_the_data_set()
    {
        var study = Study();

        Assert.Null(study.ViewOf(study.Methods[1], IntensityScope.DataSet));
        Assert.Equal(["0 DataSet", "0 Slice", "0 Volume", "1 Slice", "1 Volume", "original"], Data(NormalisationPage.ToHtml(study).Html)["views"]!.AsObject().Select(v => v.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Pages_that_would_be_too_many_bytes_are_thinned_out_around_the_middle_and_the_page_says_so()
    {
        var (html, slices) = NormalisationPage.ToHtml(Study(), mostBytes: 1);

        Assert.Equal(1, slices);
        Assert.Equal(2, (int)Assert.Single(Data(html)["slices"]!.AsArray())!);
        Assert.Equal("4x4x4 voxels · 1 of 4 slices, evenly spread, so that the page stays small; statistics are of all · counted: all voxels", Parse(html).Descendants("p").First().Value);
    }

    [Fact]
    public void Equal_pictures_are_stored_once()
    {
        var data = Data(NormalisationPage.ToHtml(Study()).Html);

        // The original and the z-scores by volume and data set are one picture: they differ by a line.
        int Picture(string view) => (int)data["views"]![view]!["pages"]![0]!["picture"]!;
        Assert.Equal(Picture("original"), Picture("0 Volume"));
        Assert.Equal(Picture("original"), Picture("0 DataSet"));
        Assert.NotEqual(Picture("original"), Picture("0 Slice"));
    }

    [Fact]
    public void A_histogram_of_whole_numbers_has_no_gaps_and_counts_every_voxel_in_its_range()
    {
        var study = Study(values: i => i % 32, extent: new Extent(32, 32));

        // 32 steps over 80 bins: a step each, spread evenly, and half of the range's ends cut off at the percentiles.
        Assert.All(study.Original.Shares.Skip(1).SkipLast(1), s => Assert.Equal(1.0 / 32 * (study.Original.High - study.Original.Low) / 80, s, 1e-6));
    }

    private static NormalisationStudy Study(string name = "image", string dataSet = "4 training cases", string? settings = null, Func<int, float>? values = null, Extent? extent = null)
    {
        var grid = extent ?? new Extent(4, 4, 4);
        var image = new StudiedImage
        {
            Name = name,
            Values = [.. Enumerable.Range(0, (int)grid.Count).Select(i => values?.Invoke(i) ?? (100 * (i / 16)) + (i % 16))],
            Extent = grid,
            DataSet = IntensityStatistics.Of([1f, 2, 3, 4]),
            DataSetName = dataSet,
        };
        return NormalisationStudy.Of(
            image,
            [new("zscore", settings, new ZScore(new())), new("equalise", null, new Equalisation(new()))],
            [IntensityScope.Slice, IntensityScope.Volume, IntensityScope.DataSet],
            Enumerable.Range(0, grid.Depth));
    }

    private static double[] Numbers(JsonNode list) => [.. list.AsArray().Select(n => (double)n!)];

    private static JsonNode Data(string html) => JsonNode.Parse(Parse(html).Descendants("script").First().Value)!;

    private static XElement Parse(string html) => XDocument.Parse(html.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)).Root!;
}

using System.Globalization;
using System.Text.Json.Nodes;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Testing;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>The tutorial's formulas, scikit-image and OpenCV (folder 25), nnU-Net's schemes (folder 22): 1e-5, OpenCV one grey.</summary>
public sealed class NormalisationParityTests
{
    private const string Folder = "25-normalization";
    private const string Own = "22-nnunet-preprocessing/normalization";

    public static TheoryData<string> Cases => [.. ((string[])["u8_*.npy", "u16_*.npy", "ct_*.npy"]).SelectMany(p => Grid.Names(Folder, p)).Where(f => f != "ct_like_f32")];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void A_normalised_image_is_the_originals(string file)
    {
        var kind = file.Split('_')[0];
        var (extent, image) = Read(Folder, kind == "ct" ? "ct_like_f32.npy" : $"image_{kind}.npy");
        var expected = Grid.Numbers(Npy.Read(ParityCases.Require(Folder, file + ".npy")));
        var mask = file.EndsWith("_masked", StringComparison.Ordinal) ? Array.ConvertAll(Read(Folder, "mask.npy").Values, v => v != 0) : [];
        var tolerance = file.Contains("opencv", StringComparison.Ordinal) ? 1 : file.EndsWith("tutorial", StringComparison.Ordinal) ? 255e-5 : 1e-5 * Math.Max(1, expected.Max(Math.Abs) * (file.Contains("clip_1_99", StringComparison.Ordinal) ? 1 : 0));
        var scale = file.EndsWith("tutorial", StringComparison.Ordinal) ? 255 : 1;

        MethodOf(file[(kind.Length + 1)..], kind).Run(image, extent, IntensityScope.Volume, mask);

        var worst = image.Zip(expected).Max(p => Math.Abs((p.First * scale) - p.Second));
        Assert.True(worst <= tolerance, string.Create(CultureInfo.InvariantCulture, $"{worst} apart, {tolerance} allowed"));
    }

    [Theory]
    [InlineData("u8", "image_u8.npy")]
    [InlineData("ct", "ct_like_f32.npy")]
    public void Statistics_are_NumPys(string name, string file)
    {
        var expected = JsonNode.Parse(File.ReadAllBytes(ParityCases.Require(Folder, "expected.json")))![name]!;
        double Given(string key) => expected[key]!.GetValue<double>();

        var found = IntensityStatistics.Of(Read(Folder, file).Values);

        foreach (var (key, value) in ((string, double)[])
            [("min", found.Minimum), ("max", found.Maximum), ("mean", found.Mean), ("std_ddof1", found.Deviation(1)), ("std_ddof0", found.Deviation(0)),
             ("q01", found.At(1)), ("q99", found.At(99)), ("q1", found.At(25)), ("median", found.Median), ("q3", found.At(75)), ("iqr", found.InterquartileRange),
             ("percentile_linear_0.5", found.At(0.5)), ("percentile_linear_5", found.At(5)), ("percentile_linear_95", found.At(95)), ("percentile_linear_99.5", found.At(99.5))])
        {
            Assert.Equal(Given(key), value, 1e-5 * Math.Max(1, Math.Abs(value)));
        }
    }

    [Fact]
    public void Windows_have_the_recorded_levels()
    {
        var windows = JsonNode.Parse(File.ReadAllBytes(ParityCases.Require(Folder, "expected.json")))!["windows_level_width"]!.AsObject();

        Assert.Equal(windows.ToDictionary(w => w.Key, w => (w.Value![0]!.GetValue<double>(), w.Value[1]!.GetValue<double>())), WindowOptions.Named);
    }

    [Theory]
    [InlineData("expected_CTNormalization", "ct", "image.npy")]
    [InlineData("expected_NoNormalization", "none", "image.npy")]
    [InlineData("expected_RGBTo01", "rgb", "rgb_image.npy")]
    [InlineData("expected_RescaleTo01", "minmax", "image.npy")]
    [InlineData("expected_ZScore_mask", "zscore", "image.npy")]
    [InlineData("expected_ZScore_nomask", "zscore", "image.npy")]
    [InlineData("expected_constant_RescaleTo01", "minmax", "constant_image.npy")]
    [InlineData("expected_constant_ZScore", "zscore", "constant_image.npy")]
    public void A_scheme_is_nnUNets(string file, string method, string input)
    {
        var (extent, image) = Read(Own, input);
        var expected = Grid.Numbers(Npy.Read(ParityCases.Require(Own, file + ".npy")));
        var masked = file.EndsWith("_mask", StringComparison.Ordinal);
        var mask = masked ? Array.ConvertAll(Read(Own, "seg.npy").Values, v => v >= 0) : [];
        var given = JsonNode.Parse(File.ReadAllBytes(ParityCases.Require(Own, "expected.json")))!["intensityproperties"]!;
        double Of(string key) => given[key]!.GetValue<double>();
        var dataSet = new IntensityStatistics
        {
            Count = 1,
            Mean = Of("mean"),
            StandardDeviation = Of("std"),
            Minimum = Of("min"),
            Maximum = Of("max"),
            Percentiles = [new(0.5, Of("percentile_00_5")), new(50, Of("median")), new(99.5, Of("percentile_99_5"))],
        };

        var normaliser = masked ? new ZScore(new ZScoreOptions { InsideOnly = true }) : Catalogue.Normalisers.Get(method) is var entry ? entry.Build(entry.Defaults()) : null!;
        normaliser.Run(image, extent, method == "ct" ? IntensityScope.DataSet : IntensityScope.Volume, mask, dataSet);

        Assert.Equal(0, image.Zip(expected).Max(p => Math.Abs(p.First - p.Second)), 1e-5);
    }

    private static Normaliser MethodOf(string method, string kind)
    {
        var parts = method.Split('_');
        int After(string word) => int.Parse(method[(method.IndexOf(word, StringComparison.Ordinal) + word.Length)..].Split('_', 'x')[0], CultureInfo.InvariantCulture);
        if (method.StartsWith("skimage_clahe", StringComparison.Ordinal))
        {
            var options = new ClaheOptions();
            foreach (var part in method["skimage_clahe_".Length..].Replace("kernel_size", "kernel").Replace("clip_limit", "clip").Split('_'))
            {
                var (key, value) = part.Split('-', 2) is [var k, var v] ? (k, v) : (part, string.Empty);
                var size = key == "kernel" ? Array.ConvertAll(value.Split('x'), s => int.Parse(s, CultureInfo.InvariantCulture)) : [];
                options = key switch
                {
                    "kernel" => options with { TileHeight = size[0], TileWidth = size[^1] },
                    "clip" => options with { ClipLimit = double.Parse(value, CultureInfo.InvariantCulture) },
                    "nbins" => options with { Bins = int.Parse(value, CultureInfo.InvariantCulture) },
                    _ => options,
                };
            }

            return new Clahe(options);
        }

        return parts switch
        {
            ["minmax", "0", "1"] => new MinMax(new()),
            ["minmax", "m1", "1"] => new MinMax(new() { Low = -1 }),
            ["zscore", "ddof1"] => new ZScore(new() { Ddof = 1 }),
            ["percentile", "clip", ..] => new PercentileClip(new()),
            ["skimage", "rescale", ..] => new PercentileClip(new() { Low = 2, High = 98, Rescale = true }),
            ["median", "iqr"] => new MedianIqr(new()),
            ["window", .. var name] => new Window(WindowOptions.Of(string.Join('_', name))),
            // scikit-image pays no heed to the number of bins for whole numbers.
            ["hist", "eq", "tutorial"] or ["skimage", "equalize", "hist", _] => new Equalisation(new() { Bins = 0 }),
            ["opencv", "equalizeHist"] => new TiledEqualisation(new() { TilesX = 1, TilesY = 1, ClipLimit = 0 }),
            ["opencv", "clahe", ..] => new TiledEqualisation(new() { ClipLimit = After("clip"), TilesX = After("tiles"), TilesY = int.Parse(method.Split('x')[^1], CultureInfo.InvariantCulture), Bits = kind == "u16" ? 16 : 8 }),
            _ => throw new NotSupportedException(method),
        };
    }

    private static (Extent Extent, float[] Values) Read(string folder, string file)
    {
        var grid = Grid.Read(folder, file);
        return (grid.Extent, Array.ConvertAll(grid.Values, v => (float)v));
    }
}

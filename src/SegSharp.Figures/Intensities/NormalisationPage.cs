using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Reports;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats.Png;
using SegSharp.Imaging.Normalisation;

namespace SegSharp.Figures.Intensities;

/// <summary>The normalisation explorer: one HTML file with a slider for the slice and selectors for method and scope, that needs no other file and no network.</summary>
/// <remarks>What is shown stands in the address behind the "#", so that a view can be linked: <c>#slice=78&amp;method=zscore&amp;scope=volume</c>.</remarks>
public static class NormalisationPage
{
    /// <summary>The most that the pictures of a page may hold, in bytes of its text.</summary>
    public const int MostBytes = 15 << 20;

    /// <summary>The longer side of a picture; larger ones are shrunk by a whole number.</summary>
    public const int MostPixels = 320;

    // A grey level more or less comes from rounding: such pictures are stored once.
    private const int SameWithin = 1;

    /// <summary>The page as text, and how many slices it shows: where the pictures would hold more than <paramref name="mostBytes"/>, only every n-th slice stays.</summary>
    /// <param name="study">What was measured.</param>
    /// <param name="mostBytes">The most for all pictures.</param>
    public static (string Html, int Slices) ToHtml(NormalisationStudy study, int mostBytes = MostBytes)
    {
        var count = study.PageIndices.Count;
        var stored = Enumerable.Range(0, count).Select(p => Pictures(study, p)).ToList();
        var kept = Enumerable.Range(0, count).ToList();
        for (var n = 2; kept.Count > 1 && kept.Sum(p => stored[p].Uris.Sum(u => (long)u.Length)) > mostBytes; n++)
        {
            kept = [.. Enumerable.Range(0, count).Where(p => p % n == count / 2 % n)];
        }

        var data = ToJson(study, kept, stored).ToJsonString();
        var script = NormalisationPageText.Script;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        var title = Text($"Normalisation of {study.Image.Name}");
        var html = $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>{title}</title>
            <style>{ReportPage.Style}{NormalisationPageText.Style}</style>
            </head>
            <body>
            <header><h1>{title}</h1><p class="subtitle">{Text(Subtitle(study, kept.Count))}</p></header>
            {NormalisationPageText.Body}
            <script type="application/json" id="data">{data}</script>
            <script>{script}</script>
            </body>
            </html>

            """;
        return (html, kept.Count);
    }

    /// <summary>Writes the page, whole or not at all; returns how many slices it shows.</summary>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public static int Write(string path, NormalisationStudy study)
    {
        var (html, slices) = ToHtml(study);
        AtomicFile.WriteText(path, html);
        return slices;
    }

    private static string Subtitle(NormalisationStudy study, int kept)
    {
        var image = study.Image;
        var parts = new List<string> { $"{image.Extent} {(image.Extent.Depth == 1 ? "pixels" : "voxels")}" };
        if (image.Extent.Depth > 1)
        {
            parts.Add(kept == image.Extent.Depth ? "every slice" : $"{kept} of {image.Extent.Depth} slices, evenly spread, so that the page stays small; statistics are of all");
        }

        if (Factor(image.Extent) is > 1 and var f)
        {
            parts.Add($"pictures shrunk {f} times, histograms are of all pixels");
        }

        parts.Add($"counted: {image.CountedName}");
        return string.Join(" · ", parts);
    }

    private static int Factor(Extent extent) => Math.Max(1, (int)Math.Ceiling(Math.Max(extent.Width, extent.Height) / (double)MostPixels));

    // All pictures of a page: the original and every view, equal ones once.
    private static (List<string> Uris, List<int> Of) Pictures(NormalisationStudy study, int page)
    {
        var different = new List<byte[]>();
        var of = new List<int>();
        foreach (var view in study.Views.Prepend(study.Original))
        {
            var grey = view.Pages[page].Grey;
            var at = different.FindIndex(d => IsSame(d, grey));
            if (at < 0)
            {
                at = different.Count;
                different.Add(grey);
            }

            of.Add(at);
        }

        return ([.. different.Select(d => Uri(d, study.Image.Extent))], of);
    }

    private static bool IsSame(byte[] one, byte[] other)
    {
        for (var i = 0; i < one.Length; i++)
        {
            if (Math.Abs(one[i] - other[i]) > SameWithin)
            {
                return false;
            }
        }

        return true;
    }

    private static string Uri(byte[] grey, Extent extent)
    {
        var f = Factor(extent);
        var (w, h) = (extent.Width, extent.Height);
        if (f > 1)
        {
            var (sw, sh) = (Math.Max(1, w / f), Math.Max(1, h / f));
            var small = new byte[sw * sh];
            for (var i = 0; i < small.Length; i++)
            {
                var (x, y, sum, n) = (i % sw * f, i / sw * f, 0, 0);
                for (var dy = 0; dy < f && y + dy < h; dy++)
                {
                    for (var dx = 0; dx < f && x + dx < w; dx++)
                    {
                        (sum, n) = (sum + grey[((y + dy) * w) + x + dx], n + 1);
                    }
                }

                small[i] = (byte)Math.Round((double)sum / n);
            }

            (grey, w, h) = (small, sw, sh);
        }

        using var stream = new MemoryStream();
        new PngFormat().Write(stream, Volume.Of<byte>("page", Geometry.From(new Extent(w, h), Affine.Identity), 1, grey));
        return "data:image/png;base64," + Convert.ToBase64String(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static JsonObject ToJson(NormalisationStudy study, List<int> kept, List<(List<string> Uris, List<int> Of)> stored)
    {
        var image = study.Image;
        var views = new JsonObject();
        foreach (var (view, v) in study.Views.Prepend(study.Original).Select((view, v) => (view, v)))
        {
            views[view.Method is null ? "original" : $"{Index(study.Methods, view.Method)} {view.Scope}"] = ToJson(view, v, kept, stored);
        }

        var statistics = new JsonObject
        {
            [nameof(IntensityScope.Slice)] = new JsonArray([.. kept.Select(p => (JsonNode)Numbers(study.PageStatistics[p]))]),
            [nameof(IntensityScope.Volume)] = Numbers(study.Volume),
            [nameof(IntensityScope.DataSet)] = image.DataSet is { } data ? Numbers(data) : null,
        };
        return new JsonObject
        {
            ["depth"] = image.Extent.Depth,
            ["aspect"] = Round(image.Extent.Width / (image.Extent.Height * image.PixelAspect)),
            ["slices"] = new JsonArray([.. kept.Select(p => (JsonNode)study.PageIndices[p])]),
            ["methods"] = new JsonArray([.. study.Methods.Select(m => (JsonNode)new JsonObject { ["name"] = Canvas.Clean(m.Name), ["settings"] = m.Settings is null ? null : Canvas.Clean(m.Settings) })]),
            ["scopes"] = new JsonArray([.. study.Scopes.Select(s => (JsonNode)new JsonObject
            {
                ["key"] = s.ToString(),
                ["name"] = s == IntensityScope.Slice && image.Extent.Depth == 1 ? "image" : NormalisationStudy.NameOf(s),
                ["source"] = s switch
                {
                    IntensityScope.Slice => image.Extent.Depth == 1 ? "the image" : "slice",
                    IntensityScope.Volume => $"the volume, {image.Extent.Depth} slices",
                    _ => Canvas.Clean(image.DataSetName ?? "the data set"),
                },
            })]),
            ["pictures"] = new JsonArray([.. kept.Select(p => (JsonNode)new JsonArray([.. stored[p].Uris.Select(u => (JsonNode)u)]))]),
            ["statistics"] = statistics,
            ["views"] = views,
        };
    }

    private static int Index(IReadOnlyList<StudiedMethod> methods, StudiedMethod method)
    {
        for (var i = 0; i < methods.Count; i++)
        {
            if (methods[i] == method)
            {
                return i;
            }
        }

        return -1;
    }

    private static JsonObject ToJson(StudiedView view, int index, List<int> kept, List<(List<string> Uris, List<int> Of)> stored)
    {
        var axis = Axis.Linear(view.Low, view.High, 5, widen: false);
        return new JsonObject
        {
            ["black"] = Round(view.Black),
            ["white"] = Round(view.White),
            ["ticks"] = new JsonArray([.. axis.Ticks.Select(t => (JsonNode)new JsonArray(Round(axis.Place(t)), axis.Text(t).Replace('-', '−')))]),
            ["whole"] = Shares(view.Shares),
            ["after"] = After(view.After),
            ["means"] = new JsonArray([.. view.Means.Select(m => double.IsFinite(m) ? (JsonNode)Round(m) : null)]),
            ["pages"] = new JsonArray([.. kept.Select(p =>
            {
                var page = view.Pages[p];
                var (top, cutOff) = view.Means.Count > 1 ? HistogramTop.Of(page.Shares, view.Shares) : HistogramTop.Of(page.Shares);
                return (JsonNode)new JsonObject
                {
                    ["picture"] = stored[p].Of[index],
                    ["shares"] = Shares(page.Shares),
                    ["top"] = Round(1e5 * top),
                    ["cutOff"] = cutOff > 0 ? Round(Math.Round(100 * cutOff)) : 0,
                    ["after"] = After(page.After),
                };
            })]),
        };
    }

    // In hundred-thousandths, so that a bin takes few letters.
    private static JsonArray Shares(IReadOnlyList<double> shares) => [.. shares.Select(s => (JsonNode)(int)Math.Round(1e5 * s))];

    private static JsonArray After(IntensityStatistics s) => [Round(NormalisationStudy.MeanOf(s)), Round(s.StandardDeviation), Round(s.Minimum), Round(s.Maximum)];

    private static JsonArray Numbers(IntensityStatistics s) =>
        [s.Count, Round(s.Mean), Round(s.StandardDeviation), Round(s.Minimum), Round(s.At(1)), Round(s.At(25)), Round(s.Median), Round(s.At(75)), Round(s.At(99)), Round(s.Maximum)];

    private static double Round(double value) => double.IsFinite(value) ? double.Parse(value.ToString("G6", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : 0;

    private static string Text(string text) => SvgCanvas.Escape(Canvas.Clean(text));
}

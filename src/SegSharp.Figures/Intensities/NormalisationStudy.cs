using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;

namespace SegSharp.Figures.Intensities;

/// <summary>A normalisation that is looked at.</summary>
/// <param name="Name">Its name in the catalogue.</param>
/// <param name="Settings">What differs from its defaults, "ddof 1"; null where nothing does.</param>
/// <param name="Normaliser">The normalisation itself.</param>
public sealed record StudiedMethod(string Name, string? Settings, Normaliser Normaliser);

/// <summary>The image that is looked at, and what is known besides.</summary>
public sealed record StudiedImage
{
    /// <summary>File or case, for titles.</summary>
    public required string Name { get; init; }

    /// <summary>One channel, x fastest.</summary>
    public required float[] Values { get; init; }

    /// <summary>The grid of <see cref="Values"/>.</summary>
    public required Extent Extent { get; init; }

    /// <summary>The voxels that count in statistics and histograms; empty: all.</summary>
    public bool[] Mask { get; init; } = [];

    /// <summary>What the mask holds, "voxels that are not 0"; null without a mask.</summary>
    public string? MaskName { get; init; }

    /// <summary>Statistics of the training cases; null leaves the scope out.</summary>
    public IntensityStatistics? DataSet { get; init; }

    /// <summary>Where those come from, "16 training cases".</summary>
    public string? DataSetName { get; init; }

    /// <summary>Height of a pixel divided by its width.</summary>
    public double PixelAspect { get; init; } = 1;

    /// <summary>What counts, as a person says it.</summary>
    public string CountedName => MaskName ?? $"all {(Extent.Depth == 1 ? "pixels" : "voxels")}";

    /// <summary>Shows the pages mirrored left to right.</summary>
    public bool FlipX { get; init; }

    /// <summary>Shows the pages upside down.</summary>
    public bool FlipY { get; init; }
}

/// <summary>One page under one method and scope.</summary>
/// <param name="Index">The page, from 0.</param>
/// <param name="Grey">Its picture, a byte a pixel, turned as the image says.</param>
/// <param name="Shares">The histogram: share of the page's voxels in each bin; voxels outside the range are in none.</param>
/// <param name="After">Statistics of the page's values after the normalisation.</param>
public sealed record StudiedPage(int Index, byte[] Grey, IReadOnlyList<double> Shares, IntensityStatistics After);

/// <summary>The image under one method and scope.</summary>
public sealed record StudiedView
{
    /// <summary>Bins of every histogram.</summary>
    public const int Bins = 80;

    /// <summary>The method; null for the original.</summary>
    public StudiedMethod? Method { get; init; }

    /// <summary>Where the statistics came from; null for the original.</summary>
    public IntensityScope? Scope { get; init; }

    /// <summary>What is shown black: the percentile 0.5 of the whole image.</summary>
    public required double Black { get; init; }

    /// <summary>What is shown white: the percentile 99.5 of the whole image.</summary>
    public required double White { get; init; }

    /// <summary>Where the histograms begin.</summary>
    public required double Low { get; init; }

    /// <summary>Where the histograms end.</summary>
    public required double High { get; init; }

    /// <summary>Statistics of the whole image after the normalisation.</summary>
    public required IntensityStatistics After { get; init; }

    /// <summary>The histogram of the whole image.</summary>
    public required IReadOnlyList<double> Shares { get; init; }

    /// <summary>The mean of every page, also of those without a picture; NaN for a page without a voxel that counts.</summary>
    public required IReadOnlyList<double> Means { get; init; }

    /// <summary>The pages with a picture, rising.</summary>
    public required IReadOnlyList<StudiedPage> Pages { get; init; }
}

/// <summary>An image under every method and scope: what the figure and the page show.</summary>
/// <remarks>Histograms of whole numbers: a number stands for the step around it, so that bins that hold two numbers do not tower over bins that hold one.</remarks>
public sealed class NormalisationStudy
{
    private readonly bool _isWhole;
    private readonly double[] _spreads;

    private NormalisationStudy(StudiedImage image, IReadOnlyList<StudiedMethod> methods, IReadOnlyList<IntensityScope> scopes, IReadOnlyList<int> pages)
    {
        (Image, Methods, Scopes, PageIndices) = (image, methods, scopes, pages);
        _isWhole = Array.TrueForAll(image.Values, v => !float.IsFinite(v) || v == MathF.Round(v));
        _spreads = [.. Enumerable.Range(0, image.Extent.Depth).Select(z => Spread(PageOf(image.Values, z), MaskOf(z)))];
        Volume = IntensityStatistics.Of(image.Values, image.Mask);
        PageStatistics = [.. pages.Select(z => IntensityStatistics.Of(PageOf(image.Values, z), MaskOf(z)))];
        Original = Look(image.Values, null, null);
    }

    /// <summary>The image.</summary>
    public StudiedImage Image { get; }

    /// <summary>The methods, as asked for.</summary>
    public IReadOnlyList<StudiedMethod> Methods { get; }

    /// <summary>The scopes, as asked for, less those that the image does not have.</summary>
    public IReadOnlyList<IntensityScope> Scopes { get; }

    /// <summary>The pages that have a picture, from 0, rising.</summary>
    public IReadOnlyList<int> PageIndices { get; }

    /// <summary>The image as it is.</summary>
    public StudiedView Original { get; }

    /// <summary>Every method under every scope that it can follow.</summary>
    public IReadOnlyList<StudiedView> Views { get; private set; } = [];

    /// <summary>The statistics of the whole image.</summary>
    public IntensityStatistics Volume { get; }

    /// <summary>The statistics of the pages in <see cref="PageIndices"/>.</summary>
    public IReadOnlyList<IntensityStatistics> PageStatistics { get; }

    /// <summary>Runs every method under every scope.</summary>
    /// <param name="image">The image.</param>
    /// <param name="methods">One or more.</param>
    /// <param name="scopes">One or more. The data set's needs <see cref="StudiedImage.DataSet"/>; an image of one page has no volume beside its slice.</param>
    /// <param name="pages">The pages that get a picture, from 0.</param>
    /// <param name="on">Hears of progress.</param>
    /// <param name="cancel">Stops between two views.</param>
    /// <remarks>One copy of the image is held at a time; of each view its pictures and histograms stay.</remarks>
    public static NormalisationStudy Of(
        StudiedImage image,
        IReadOnlyList<StudiedMethod> methods,
        IReadOnlyList<IntensityScope> scopes,
        IEnumerable<int> pages,
        Action<RunEvent>? on = null,
        CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(methods.Count);
        var study = new NormalisationStudy(image, methods, scopes, [.. pages.Distinct().Order()]);
        var todo = methods.SelectMany(m => scopes, (m, s) => (Method: m, Scope: s)).Where(t => CanFollow(t.Method, t.Scope)).ToList();
        var views = new List<StudiedView>();
        foreach (var (method, scope) in todo)
        {
            cancel.ThrowIfCancellationRequested();
            on?.Invoke(new Progressed("normalise", views.Count, todo.Count, $"{method.Name}, {NameOf(scope)}"));
            var values = (float[])image.Values.Clone();
            method.Normaliser.Run(values, image.Extent, scope, image.Mask, image.DataSet);
            views.Add(study.Look(values, method, scope));
        }

        study.Views = views;
        return study;
    }

    /// <summary>Whether a method has an answer under a scope.</summary>
    public static bool CanFollow(StudiedMethod method, IntensityScope scope) => scope != IntensityScope.DataSet || method.Normaliser.FollowsStatistics;

    /// <summary>The view of a method under a scope; null where it cannot follow it.</summary>
    public StudiedView? ViewOf(StudiedMethod method, IntensityScope scope) => Views.FirstOrDefault(v => v.Method == method && v.Scope == scope);

    /// <summary>The mean, and 0 where only rounding keeps it from that.</summary>
    public static double MeanOf(IntensityStatistics statistics) =>
        Math.Abs(statistics.Mean) <= 1e-6 * statistics.StandardDeviation ? 0 : statistics.Mean;

    /// <summary>A scope as a person writes it.</summary>
    public static string NameOf(IntensityScope scope) => scope switch
    {
        IntensityScope.Slice => "slice",
        IntensityScope.Volume => "volume",
        _ => "data set",
    };

    private Span<float> PageOf(float[] values, int z)
    {
        var size = (int)Image.Extent.PageCount;
        return values.AsSpan(z * size, size);
    }

    private ReadOnlySpan<bool> MaskOf(int z)
    {
        var size = (int)Image.Extent.PageCount;
        return Image.Mask.Length == 0 ? [] : Image.Mask.AsSpan(z * size, size);
    }

    private StudiedView Look(float[] values, StudiedMethod? method, IntensityScope? scope)
    {
        var after = IntensityStatistics.Of(values, Image.Mask);
        var (black, white) = (after.At(0.5), after.At(99.5));
        if (!(white > black))
        {
            (black, white) = (after.Minimum, after.Maximum > after.Minimum ? after.Maximum : after.Minimum + 1);
        }

        // What a step of the original became, page by page; 0 where the original has no steps.
        var steps = new double[Image.Extent.Depth];
        for (var z = 0; _isWhole && z < steps.Length; z++)
        {
            steps[z] = _spreads[z] > 0 ? Spread(PageOf(values, z), MaskOf(z)) / _spreads[z] : 0;
        }

        // A little room, so that what was cut off at the percentiles still stands in a bin of its own.
        var room = 0.03 * (white - black);
        var half = steps.Max() / 2;
        var (low, high) = (Math.Max(after.Minimum - half, black - room), Math.Min(after.Maximum + half, white + room));
        if (!(high > low))
        {
            (low, high) = (black, white);
        }

        double[] Shares(int first, int count)
        {
            var (shares, n) = (new double[StudiedView.Bins], 0L);
            for (var z = first; z < first + count; z++)
            {
                n += Count(PageOf(values, z), MaskOf(z), low, high, steps[z], shares);
            }

            return Array.ConvertAll(shares, s => n > 0 ? s / n : 0);
        }

        return new StudiedView
        {
            Method = method,
            Scope = scope,
            Black = black,
            White = white,
            Low = low,
            High = high,
            After = after,
            Shares = Shares(0, Image.Extent.Depth),
            Means = [.. Enumerable.Range(0, Image.Extent.Depth).Select(z => Mean(PageOf(values, z), MaskOf(z)))],
            Pages = [.. PageIndices.Select(z => new StudiedPage(
                z, Grey(PageOf(values, z), black, white), Shares(z, 1), IntensityStatistics.Of(PageOf(values, z), MaskOf(z))))],
        };
    }

    private byte[] Grey(ReadOnlySpan<float> page, double black, double white)
    {
        var (w, h) = (Image.Extent.Width, Image.Extent.Height);
        var grey = new byte[page.Length];
        for (var y = 0; y < h; y++)
        {
            for (var x = 0; x < w; x++)
            {
                var v = (page[((Image.FlipY ? h - 1 - y : y) * w) + (Image.FlipX ? w - 1 - x : x)] - black) / (white - black);
                grey[(y * w) + x] = v > 0 ? (byte)Math.Round(255 * Math.Min(v, 1)) : (byte)0;   // NaN is not above 0
            }
        }

        return grey;
    }

    private static double Mean(ReadOnlySpan<float> values, ReadOnlySpan<bool> mask)
    {
        var (sum, n) = (0.0, 0L);
        for (var i = 0; i < values.Length; i++)
        {
            if ((mask.Length == 0 || mask[i]) && float.IsFinite(values[i]))
            {
                (sum, n) = (sum + values[i], n + 1);
            }
        }

        return n == 0 ? double.NaN : sum / n;
    }

    // How far apart the values lie: the quartiles, for they stay where outliers are cut off.
    private static double Spread(ReadOnlySpan<float> page, ReadOnlySpan<bool> mask)
    {
        var s = IntensityStatistics.Of(page, mask);
        return s.InterquartileRange;
    }

    private static long Count(ReadOnlySpan<float> values, ReadOnlySpan<bool> mask, double low, double high, double step, double[] bins)
    {
        var n = 0L;
        var half = step / 2 / (high - low) * bins.Length;
        for (var i = 0; i < values.Length; i++)
        {
            if ((mask.Length != 0 && !mask[i]) || !float.IsFinite(values[i]))
            {
                continue;
            }

            n++;
            var at = (values[i] - low) / (high - low) * bins.Length;
            if (half < 1e-3)
            {
                if (at >= -1e-6 && at <= bins.Length + 1e-6)
                {
                    bins[Math.Clamp((int)at, 0, bins.Length - 1)]++;
                }

                continue;
            }

            var (from, to) = (at - half, at + half);
            for (var b = Math.Max(0, (int)Math.Floor(from)); b < bins.Length && b < to; b++)
            {
                bins[b] += (Math.Min(to, b + 1) - Math.Max(from, b)) / (to - from);
            }
        }

        return n;
    }
}

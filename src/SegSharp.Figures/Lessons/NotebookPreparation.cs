using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Metrics;

namespace SegSharp.Figures.Lessons;

/// <summary>Section 8.4 of the notebook: intensities, artefacts, and what the network is shown.</summary>
internal static class NotebookPreparation
{
    public static IReadOnlyList<Lesson> All { get; } =
    [
        new()
        {
            Id = "8.4.1-normalisers",
            Aliases = ["8.4.1 normalisers", "N1-NORM"],
            Source = LessonSource.Notebook,
            Title = "five ways to scale intensities",
            Task = """
                The values 0, 1, 2, 3. What becomes of the last one by min–max to [0, 1]; by z-score with the deviation of n; by z-score with the deviation of n − 1?
                What does min–max make of a constant image? Four numbers, three digits.
                """,
            Commands = ["data make ct out/ct --count 2 --size 96x80x24", "normalize out/ct --method zscore,minmax,percentile,median,equalise,clahe --out out/normalised.png"],
            Hints = ["Mean 1.5. Deviation √1.25 for n, √(5/3) for n − 1."],
            Errata = ["E-01", "E-28"],
            Check = new Quiz(
                Question.Number("min–max", () => Scaled(new MinMax(new()), 0, 1, 2, 3)[3], "(3 − 0) / (3 − 0)", 1e-4),
                Question.Number("z-score, n", () => Scaled(new ZScore(new()), 0, 1, 2, 3)[3], "1.5 / 1.118", 6e-4, (1.162, "that divides by the deviation of n − 1, 1.291")),
                Question.Number("z-score, n − 1", () => Scaled(new ZScore(new() { Ddof = 1 }), 0, 1, 2, 3)[3], "1.5 / 1.291", 6e-4, (1.342, "that divides by the deviation of n, 1.118")),
                Question.Number("a constant image", () => Scaled(new MinMax(new()), 5, 5, 5, 5)[0], "the small number in the denominator keeps 0 / 0 away", 1e-4)),
            Solution = () => "Percentiles are clipped before they are scaled (percentile, with rescale=true); equalisation needs a known range and a histogram of its own (the notebook's torch.interp does not exist). One deviation, that of n, is used everywhere; zscore.ddof=1 gives the other.",
        },
        new()
        {
            Id = "8.4.1.2-scope",
            Aliases = ["8.4.1.2 scope", "N1-NORM-SCOPE"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "per slice, per volume, per data set",
            Task = """
                Two slices: 0 and 2, then 10 and 14. By z-score per slice, what is the mean of the second slice? By z-score per volume, is it above or below 0?
                From which cases do the statistics of a data set come: training, validation or all? A number and two words.
                """,
            Commands = ["normalize out/ct --scope slice,volume,dataset --html out/normalised.html"],
            Hints = ["Per slice every slice has the mean 0: its brightness is lost."],
            Check = new Quiz(
                Question.Number("mean per slice", () => ScopeMean(IntensityScope.Slice), "by construction", 1e-5),
                Question.WordOf("per volume", "12 lies above the mean of all, 6.5: the difference between slices is kept", () => ScopeMean(IntensityScope.Volume) > 0 ? "above" : "below"),
                Question.Word("statistics from", "what is learnt from validation or test cases is a leak; the library cannot be asked for it", "training", "train")),
            Solution = () => "What was measured in training is stored with the checkpoint and used again in prediction.",
        },
        new()
        {
            Id = "8.4.1.3-artefacts",
            Aliases = ["8.4.1.3 artefacts", "N1-ARTEFACT"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "photon starvation",
            Task = """
                A detector counts photons: N on average I0 · e^−p behind a path of attenuation p, with a variance of N. By which factor does the variance of the measured p = −ln(N / I0) grow when I0 is divided by 100?
                And are the streaks along the dense or the thin paths? A number and a word.
                """,
            Commands = ["lesson figure FIG-STARVATION --out out/starvation.svg"],
            Hints = ["The variance of ln N is about 1 / N."],
            Check = new Quiz(
                Question.Number("factor", () => 1 / 0.01, "1 / N, and N is proportional to I0", 0.5, (10, "that is the deviation; the variance is its square")),
                Question.Word("streaks along", "few photons come through, so 1 / N is large there", "dense", "the dense")),
        },
        new()
        {
            Id = "8.4.2-inputs",
            Aliases = ["8.4.2 inputs", "N1-INPUT-DOWNSAMPLE", "N1-INPUT-SUBSAMPLE"],
            Source = LessonSource.Notebook,
            Title = "downsampling or patches",
            Task = """
                A mask that goes down by a factor and back loses something whatever the network does. A disc of radius 6 pixels in 128x128: is the best Dice after a factor of 2 larger or smaller than after a factor of 8?
                Windows of 64 slide over 110 pixels with half a window's step, evenly spaced: where do they begin? A word and three numbers.
                """,
            Commands = ["lesson figure FIG-CEILING --out out/ceiling.svg", "evaluate out/masks out/isbi/labelsTr --ceiling out/run"],
            Hints = ["n = ⌈(110 − 64) / 32⌉ + 1 windows."],
            Errata = ["E-21"],
            Check = new Quiz(
                [
                    Question.WordOf("after a factor of 2", "the ceiling falls with the factor", () => DiscCeiling(2, 6) > DiscCeiling(8, 6) ? "larger" : "smaller"),
                    .. Enumerable.Range(0, 3).Select(i => Question.Number($"window {i + 1}", () => Prediction.WindowPlaces.Along(110, 64, 0.5, Prediction.WindowPlacing.Even)[i], "evenly spaced, the last ends at the border")),
                ]),
            Solution = () => $"Best Dice of that disc, over sixteen places: {string.Join(", ", new[] { 2, 4, 8, 16 }.Select(f => $"{DiscCeiling(f, 6):0.###} (factor {f})"))}. Patches keep the resolution and lose the context: larger patches, coordinates or a small copy of the whole as further channels bring it back.",
        },
    ];

    /// <summary>The best Dice behind a preparation that divides the sides of 128×128 by a factor: the mean over discs at sixteen places, since much depends on how a small one lies on the coarse grid.</summary>
    internal static double DiscCeiling(int factor, double radius) =>
        Enumerable.Range(0, 16).Average(i => DiscCeiling(factor, radius, 56.3 + (4.1 * (i % 4)), 57.7 + (4.3 * (i / 4))));

    private static double DiscCeiling(int factor, double radius, double x, double y)
    {
        var extent = new Extent(128, 128);
        var disc = new LabelMap("disc", Geometry.Pixels(extent), [.. Enumerable.Range(0, 128 * 128).Select(i => Math.Pow((i % 128) - x, 2) + Math.Pow((i / 128) - y, 2) <= radius * radius ? (ushort)1 : (ushort)0)]);
        return Ceiling.Of(disc, new() { Resize = new Extent(128 / factor, 128 / factor) }, [new Region("disc", 1)])[0].Dice ?? 0;
    }

    private static float[] Scaled(Normaliser normaliser, params float[] values)
    {
        normaliser.Run(values, new Extent(values.Length, 1), IntensityScope.Volume);
        return values;
    }

    private static double ScopeMean(IntensityScope scope)
    {
        float[] values = [0, 2, 10, 14];
        new ZScore(new()).Run(values, new Extent(2, 1, 2), scope);
        return (values[2] + values[3]) / 2;
    }
}

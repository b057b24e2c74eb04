using SegSharp.Data.Phantoms;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Intensities;
using SegSharp.Figures.Panels;
using SegSharp.Figures.Plots;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Imaging.Resampling;
using SegSharp.Metrics;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;
using NetworkCatalogue = SegSharp.Networks.Catalogue;

namespace SegSharp.Figures.Lessons;

/// <summary>The figures of the course, each drawn afresh from what it shows.</summary>
internal static class CourseFigures
{
    private const int Tile = TaskPictures.Side;

    public static IReadOnlyList<Lesson> All { get; } =
    [
        Drawn("FIG-K0-1", LessonSource.Kings, "King's College's U-Net", "One convolution per level, average pooling, bilinear enlargement.", () => Network(new KingsUNetOptions(), 256), "E-12", "E-29"),
        Drawn("FIG-FIELD", LessonSource.Kings, "receptive fields", "What one pixel sees behind the convolution of each level (K0-Q1.4).", Fields, "E-29"),
        Drawn("FIG-N1-1", LessonSource.Notebook, "three tasks", "One picture, three kinds of labels: which classes are there, a box per object, a class per pixel.", Tasks),
        Drawn("FIG-N1-2", LessonSource.Notebook, "semantic and instance labels", "Two discs of one class touch: one region of a class, two objects.", Instances),
        Drawn("FIG-N1-3", LessonSource.Notebook, "the transposed convolution, step by step", "End the file's name in .html and it moves. The numbers are those of the course's animation; with another kernel the turn by 180° matters.", Transposed, "E-02", "E-03"),
        Drawn("FIG-CHECKERBOARD", LessonSource.Notebook, "where checkerboards come from", "How many kernel elements fall on each place of a transposed convolution's output.", Checkerboards),
        Embeddings("FIG-N1-4"),
        Drawn("FIG-N1-5", LessonSource.Notebook, "the U-Net of 2015", "Unpadded: 572×572 becomes 388×388, and skips are cut to fit.", () => Network(new UNet2015Options(), 572), "E-13"),
        Drawn("FIG-N1-6", LessonSource.Notebook, "what nnU-Net decides, and from what", "Measured, ruled, fixed and tried.", NnUnet, "E-23"),
        Drawn("FIG-N1-7", LessonSource.Notebook, "pictures and masks of membranes", "Four pairs; phantoms in place of the ISBI 2012 stack. Membranes are white in the mask.", Samples, "E-17", "E-27"),
        Drawn("FIG-N1-8", LessonSource.Notebook, "128 against 512", "The same picture at two resolutions, without augmentation, so that the pairs truly are one picture.", Resolutions, "E-18"),
        Drawn("FIG-N1-9", LessonSource.Notebook, "picture, truth, prediction", "Here the prediction is the best threshold of the smoothed grey values: what a network has to beat.", Predictions),
        Drawn("FIG-N1-10", LessonSource.Notebook, "normalisations side by side", "A slice of a drawn abdomen; `normalize --html` makes the page with sliders.", Normalisations, "E-28", "E-01"),
        Drawn("FIG-N1-11", LessonSource.Notebook, "original, segmentation, overlay", "The triptych of a film's frame, in the colours of VOC, alpha 0.5.", Triptych, "E-05"),
        Drawn("FIG-STARVATION", LessonSource.Notebook, "photon starvation", "The same slice with fewer and fewer photons: streaks along the dense paths.", Starvation),
        Drawn("FIG-CEILING", LessonSource.Notebook, "the ceiling of downsampling", "The best Dice that is left of a disc after a factor down and back, whatever the network.", Ceilings),
        Drawn("FIG-U2-1", LessonSource.Notes, "the U-Net of the notes", "Padded, with batch normalisation and transposed convolutions.", () => Network(new UNetOptions { InChannels = 3 }, 256), "E-06"),
        Drawn("FIG-L3-DOUBLECONV", LessonSource.Lecture, "the U-Net of the lecture", "(Convolution, normalisation, ReLU) twice; bilinear enlargement on the way up.", () => Network(new UNetOptions { Up = UpKind.Bilinear }, 256)),
        Drawn("FIG-L3-UPSAMPLING", LessonSource.Lecture, "a row of pixels, enlarged", "Nearest, linear with outer edges in place, linear with corner centres in place.", Upsampling),
        Drawn("FIG-L3-DICE", LessonSource.Lecture, "Dice as circles", "A red, B green, what they share yellow, in true proportion.", Venn, "E-25"),
        Drawn("FIG-L3-MASKS", LessonSource.Lecture, "target and predicted mask", "Truth, a prediction that is 6 pixels off, and what is found, too much and missed.", Masks),
        Drawn("FIG-L3-IMBALANCE", LessonSource.Lecture, "why accuracy says nothing", "Background everywhere: accuracy and Dice over the share of foreground.", Imbalance),
        Drawn("FIG-L3-ATTENTION", LessonSource.Lecture, "Attention U-Net", "A gate on every skip lets through what the map from below asks for.", () => Network(new AttentionUNetOptions(), 256)),
        Drawn("FIG-S4-1", LessonSource.Practical, "the practical's U-Net", "Padded: 96×96×4 in, four classes of 96×96 out. FIG-N1-5 is the unpadded one of the paper.", () => Network(new PracticalUNetOptions { InChannels = 4, Classes = 4 }, 96), "E-13"),
        Drawn("FIG-S4-2", LessonSource.Practical, "two subjects, four modalities", "Drawn heads in place of BraTS, which may not be handed on: necrosis, edema and enhancing tumour.", Subjects, "E-27"),
        Drawn("FIG-AUGMENTATION", LessonSource.Practical, "flips and turns", "The eight symmetries of the square, with the mask that follows.", Symmetries),
    ];

    private static Lesson Drawn(string id, LessonSource source, string title, string about, Func<LessonPicture> draw, params string[] errata) => new()
    {
        Id = id,
        Source = source,
        Kind = LessonKind.Figure,
        Title = title,
        Task = about,
        Commands = [$"lesson figure {id} --out out/{id.ToLowerInvariant()}.svg"],
        Errata = errata,
        Figure = draw,
    };

    // Drawn by a verb of its own, since it needs pictures and two networks.
    private static Lesson Embeddings(string id) => new()
    {
        Id = id,
        Source = LessonSource.Notebook,
        Kind = LessonKind.Figure,
        Title = "t-SNE of two encoders",
        Task = "`features` extracts, embeds and draws: a trained encoder beside its random twin, coloured by class.",
        Commands = ["features MODEL --data PICTURES --out out/features"],
        Errata = ["E-10"],
    };

    private static LessonPicture Network(NetworkOptions options, long side)
    {
        using var shapesOnly = Initialise.Skip();
        using var network = NetworkCatalogue.All.GetByOptions(options.GetType()).Build(options);
        long[] sides = [side, side];
        var graph = network.Graph(sides)!;
        return new(new NetworkFigure(graph),
        [
            ("title", graph.Title), ("blocks", $"{graph.Nodes.Count}"), ("skips", $"{graph.Edges.Count(e => e.Kind == NetworkEdgeKind.Skip)}"),
            ("input", string.Join('×', sides)), ("output", string.Join('×', network.OutputSides(sides))), ("parameters", $"{network.ParameterCount}"),
        ]);
    }

    private static LessonPicture Fields()
    {
        var fields = Facts.Fields(4);
        return new(CourseDrawings.Fields(fields), [.. fields.Select((f, i) => ($"level {i + 1}", $"{f}"))]);
    }

    private static LessonPicture Tasks()
    {
        var (picture, semantic) = (Picture.Grey<byte>(TaskPictures.Picture(), Tile, Tile, 0, 255), TaskPictures.Semantic());
        var boxes = Enumerable.Range(1, 3).Select(n => TaskPictures.Box((ushort)n)).ToList();
        var framed = Picture.Create(Tile, Tile, i => boxes.Index().FirstOrDefault(b => OnFrame(b.Item, i % Tile, i / Tile)) is { Item.XMax: > 0 } hit ? Palette.Overlay(hit.Index == 2 ? 2 : 1) : picture[i % Tile, i / Tile]);
        var small = PilResize.Nearest<ushort>(semantic, Tile, Tile, 7, 7);
        var figure = new PanelFigure(
            ["classification", "detection", "segmentation", "its mask at 7×7"],
            [
                new("one picture", null,
                [
                    new(picture, "bubble: yes, dot: yes"), new(framed, string.Join("  ", boxes.Select(b => $"{b.XMin},{b.YMin},{b.XMax},{b.YMax}"))),
                    new(picture.WithOverlay<ushort>(semantic), "a class at every pixel"), new(Picture.Labels<ushort>(small, 7, 7, VocLike), "nearest neighbour: no new classes"),
                ]),
            ],
            "Three tasks, three kinds of labels", [("bubble (class 1)", Palette.Overlay(1)), ("dot (class 2)", Palette.Overlay(2))], 190);
        return new(figure, [.. boxes.Select((b, i) => ($"box {i + 1}", $"{b.XMin} {b.YMin} {b.XMax} {b.YMax}")), ("classes at 7×7", string.Join(' ', small.Distinct().Order()))]);
    }

    private static bool OnFrame((int XMin, int YMin, int XMax, int YMax) b, int x, int y) =>
        x >= b.XMin && x <= b.XMax && y >= b.YMin && y <= b.YMax && (x == b.XMin || x == b.XMax || y == b.YMin || y == b.YMax);

    private static Colour VocLike(int label) => label == 0 ? Palette.TrueNegative : Palette.Overlay(label);

    private static LessonPicture Instances()
    {
        var picture = Picture.Grey<byte>(TaskPictures.Picture(), Tile, Tile, 0, 255);
        var (semantic, instances) = TaskPictures.Touching;
        var figure = new PanelFigure(
            ["picture", "semantic", "instances"],
            [new("two discs touch", null, [new(picture), new(Picture.Labels<ushort>(TaskPictures.Semantic(), Tile, Tile, VocLike), $"{semantic} region of class 1"), new(Picture.Labels<ushort>(TaskPictures.Instances(), Tile, Tile, n => n == 0 ? Palette.TrueNegative : Palette.Overlay(n + 2)), $"{instances} objects of class 1")])],
            "A class, and an object of it", [], 210);
        return new(figure, [("regions of class 1", $"{semantic}"), ("objects of class 1", $"{instances}")]);
    }

    private static LessonPicture Transposed()
    {
        var course = TransposedStudy.Course;
        var frames = Enumerable.Range(0, course.Output().Length).Select(i => CourseDrawings.Transposed(course, i)).ToList();
        return new(frames[16],
        [
            ("input", TransposedStudy.Text(course.Input)), ("kernel", TransposedStudy.Text(course.Kernel)), ("output", TransposedStudy.Text(course.Output())),
            ("kernel without symmetry", TransposedStudy.Text(TransposedStudy.Asymmetric.Kernel)), ("its output", TransposedStudy.Text(TransposedStudy.Asymmetric.Output())),
            ("its output, not turned", TransposedStudy.Text(TransposedStudy.Asymmetric.Output(turn: false))), ("steps", $"{frames.Count}"),
        ],
        new MovingPicture("Transposed convolution", frames));
    }

    private static LessonPicture Checkerboards()
    {
        (int Kernel, int Stride)[] kinds = [(3, 2), (2, 2), (4, 2)];
        return new(CourseDrawings.Checkerboards(kinds, 5), [.. kinds.Select(k => ($"kernel {k.Kernel}, stride {k.Stride}", string.Join(' ', TransposedStudy.Counts(5, k.Kernel, k.Stride))))]);
    }

    private static LessonPicture NnUnet()
    {
        IReadOnlyList<(string, IReadOnlyList<string>)> boxes =
        [
            ("measured: the fingerprint", ["shapes after the crop to non-zero", "spacings", "modality of each channel", "foreground intensities: mean,", "deviation, percentiles 0.5 and 99.5"]),
            ("ruled by it", ["target spacing: the median; a coarse", "axis: its 10th percentile", "CT: clip to percentiles, global z-score;", "else z-score of each image", "patch: as large as memory allows,", "the largest axis shrinks first", "pool while 4 voxels remain", "low resolution where the patch", "covers less than a quarter"]),
            ("fixed", ["U-Net, 2 convolutions a stage,", "instance norm, leaky ReLU", "32 · 2^stage channels, at most", "320 (3D) or 512 (2D)", "Dice + cross-entropy, deep supervision", "SGD 0.01, momentum 0.99, poly 0.9", "1000 epochs of 250 steps, 5 folds", "windows at half steps, mirrored"]),
            ("tried on the folds", ["2d, 3d_fullres, low resolution", "with a cascade", "the best one, or the best pair,", "by Dice of the validation folds", "keep the largest part only", "where that raises the Dice"]),
        ];
        return new(CourseDrawings.Rules("nnU-Net: what is decided, and from what", boxes, "Source: Isensee et al. 2021, and version 2 of the code where it differs: no fixed CT windows, no elastic deformation (E-23)."),
            [("columns", "4"), ("rules", $"{boxes.Sum(b => b.Item2.Count)}")]);
    }

    private static LessonPicture Samples()
    {
        var pairs = Enumerable.Range(0, 4).Select(i => Membranes.Draw(new() { Width = 128, Height = 128 }, i)).ToList();
        var shares = pairs.Select(p => p.Labels.Count(l => l == 1) / (double)p.Labels.Length).ToList();
        var figure = new PanelFigure(
            ["1", "2", "3", "4"],
            [
                new("picture", null, [.. pairs.Select(p => new PanelCell(Picture.Grey<byte>(p.Image, 128, 128, 0, 255)))]),
                new("mask", null, [.. pairs.Select((p, i) => new PanelCell(Picture.Grey<ushort>(p.Labels, 128, 128, 0, 1), $"membrane {shares[i]:0.0 %}"))]),
            ],
            "Membranes (phantoms)", []);
        return new(figure, [.. shares.Select((s, i) => ($"membrane share {i + 1}", $"{s:0.0000}"))]);
    }

    private static LessonPicture Resolutions()
    {
        var large = Membranes.Draw(new() { Width = 512, Height = 512 }, 0);
        var (image, mask) = (PilResize.Bilinear(large.Image.AsSpan(), 512, 512, 128, 128), PilResize.Nearest<ushort>(large.Labels, 512, 512, 128, 128));
        var figure = new PanelFigure(
            ["512×512", "128×128", "512×512, a quarter", "128×128, the same"],
            [
                new("picture", null, [new(Picture.Grey<byte>(large.Image, 512, 512, 0, 255)), new(Picture.Grey<byte>(image, 128, 128, 0, 255)), new(Picture.Grey<byte>(large.Image, 512, 512, 0, 255).Crop(128, 128, 128, 128)), new(Picture.Grey<byte>(image, 128, 128, 0, 255).Crop(32, 32, 32, 32))]),
                new("mask", null, [new(Picture.Grey<ushort>(large.Labels, 512, 512, 0, 1)), new(Picture.Grey<ushort>(mask, 128, 128, 0, 1)), new(Picture.Grey<ushort>(large.Labels, 512, 512, 0, 1).Crop(128, 128, 128, 128)), new(Picture.Grey<ushort>(mask, 128, 128, 0, 1).Crop(32, 32, 32, 32))]),
            ],
            "One picture at two resolutions", []);
        return new(figure, [("membrane share at 512", $"{Share(large.Labels):0.0000}"), ("membrane share at 128", $"{Share(mask):0.0000}"), ("KB of 8 at 128", "512"), ("KB of 8 at 512", "8192")]);
    }

    private static double Share(ushort[] labels) => labels.Count(l => l == 1) / (double)labels.Length;

    private static LessonPicture Predictions()
    {
        var pairs = Enumerable.Range(0, 4).Select(i => Membranes.Draw(new() { Width = 128, Height = 128 }, i)).ToList();
        var smooth = pairs.Select(p => PilResize.Bilinear(PilResize.Bilinear(p.Image.AsSpan(), 128, 128, 64, 64).AsSpan(), 64, 64, 128, 128)).ToList();
        double Dice(int i, int threshold) => Metric.Dice.Of(ConfusionCounts.Of(Below(smooth[i], threshold), pairs[i].Labels, new Region("membrane", 1))) ?? 0;
        var best = Enumerable.Range(40, 140).MaxBy(t => Dice(0, t));
        var cases = pairs.Select((p, i) => new ComparedCase($"picture {i + 1}", i == 0 ? "threshold chosen here" : null, Picture.Grey<byte>(p.Image, 128, 128, 0, 255), [.. p.Labels.Select(l => (int)l)], [([.. Below(smooth[i], best).Select(l => (int)l)], $"Dice {Dice(i, best):0.000}")])).ToList();
        return new(PanelFigure.Compare(cases, ["threshold"], $"Grey value below {best}: what a network has to beat", 150), [("threshold", $"{best}"), .. Enumerable.Range(0, 4).Select(i => ($"Dice {i + 1}", $"{Dice(i, best):0.0000}"))]);
    }

    private static ushort[] Below(byte[] grey, int threshold) => [.. grey.Select(g => g < threshold ? (ushort)1 : (ushort)0)];

    private static LessonPicture Normalisations()
    {
        var drawn = new Abdomen().Draw(new() { Count = 1, Size = new Extent(128, 104, 16) }, 0);
        var methods = new[] { "zscore", "minmax", "percentile" }.Select(n => new StudiedMethod(n, null, Imaging.Normalisation.Catalogue.Normalisers.Get(n).Build(Imaging.Normalisation.Catalogue.Normalisers.Get(n).Defaults()))).ToList();
        var study = NormalisationStudy.Of(
            new() { Name = "a drawn abdomen", Values = drawn.Image.ToFloats(), Extent = drawn.Image.Extent, FlipY = true },
            methods, [IntensityScope.Slice, IntensityScope.Volume], [8]);
        return new(new NormalisationFigure(study), [("mean of the volume", $"{study.Volume.Mean:0.##}"), .. study.Views.Select(v => ($"{v.Method!.Name}, {NormalisationStudy.NameOf(v.Scope!.Value)}, mean of the slice", $"{v.Pages[0].After.Mean:0.####}"))]);
    }

    private static LessonPicture Triptych()
    {
        // Two classes of VOC on a coloured ground.
        int[] classes = [0, 15, 3];
        var (semantic, grey) = (TaskPictures.Semantic(), TaskPictures.Picture());
        Colour Frame(int i) => new((byte)Math.Min(255, grey[i] + 20), grey[i], (byte)(grey[i] * 0.75));
        Colour Seen(int i) => Palette.Voc(classes[semantic[i]]);
        var frame = Picture.Create(Tile, Tile, Frame);
        var figure = new PanelFigure(
            ["original", "segmentation", "overlay, alpha 0.5"],
            [new("a frame", null, [new(frame), new(Picture.Create(Tile, Tile, Seen)), new(Picture.Create(Tile, Tile, i => semantic[i] == 0 ? Frame(i) : Frame(i).Mix(Seen(i), 0.5)))])],
            "One frame of a film", [.. classes.Skip(1).Select(c => ($"{c} {VocColours.Classes[c]}", Palette.Voc(c)))], 210);
        return new(figure, [.. classes.Select(c => (VocColours.Classes[c], $"{VocColours.Of(c).R} {VocColours.Of(c).G} {VocColours.Of(c).B}"))]);
    }

    private static LessonPicture Starvation()
    {
        var drawn = new Abdomen().Draw(new() { Count = 1, Size = new Extent(128, 104, 16) }, 0).Image;
        var slice = drawn.ToFloats()[(8 * 128 * 104)..(9 * 128 * 104)];
        var extent = new Extent(128, 104);
        double[] photons = [1e5, 1e4, 1e3];
        var studies = photons.Select(n => ArtefactStudy.Of(slice, extent, "photon-starvation", [$"low={n}", $"high={n}"], 1, filter: null)).ToList();
        Picture Shown(float[] values) => Picture.Grey<float>([.. Enumerable.Range(0, 104).Reverse().SelectMany(r => values[(r * 128)..((r + 1) * 128)])], 128, 104, -200, 300);
        var noise = studies.Select(s => Math.Sqrt(s.Added.Average(a => (double)a * a))).ToList();
        var figure = new PanelFigure(
            ["no noise", .. photons.Select(n => $"I0 = {n:0}")],
            [new("a drawn abdomen", null, [new(Shown(slice)), .. studies.Select((s, i) => new PanelCell(Shown(s.Changed), $"noise {noise[i]:0} HU"))])],
            "Fewer photons, more streaks", [], 190);
        return new(figure, [.. photons.Select((n, i) => ($"noise at I0 = {n:0}, HU", $"{noise[i]:0.#}"))]);
    }

    private static LessonPicture Ceilings()
    {
        int[] factors = [1, 2, 4, 8, 16];
        int[] radii = [24, 12, 6, 3];
        var series = radii.Select(r => (Radius: r, Dice: factors.Select(f => f == 1 ? 1 : NotebookPreparation.DiscCeiling(f, r)).ToList())).ToList();
        var figure = new CurveFigure(
            [new Plot { Title = "Dice after down and back", XName = "times halved", Range = (0, 1), Series = [.. series.Select(s => new Series { Name = $"radius {s.Radius}", X = [.. factors.Select(f => Math.Log2(f))], Y = [.. s.Dice.Select(d => (double?)d)] })] }],
            "The ceiling of a disc in 128×128");
        return new(figure, [.. series.Select(s => ($"radius {s.Radius}", string.Join(' ', s.Dice.Select(d => $"{d:0.000}"))))]);
    }

    private static LessonPicture Upsampling()
    {
        using var scope = new TensorScope();
        double[] row = [0, 1, 0.25, 0.75];
        IReadOnlyList<double> Made(Func<Tensor, Tensor> change) => [.. change(Tensor.From(row.Select(v => (float)v).ToArray(), 1, 1, 1, 4)).ToArray<float>().Select(v => (double)v)];
        (string, IReadOnlyList<double>, string)[] rows =
        [
            ("the row", row, "four pixels"),
            ("nearest", Made(x => Torch.Operators.Pooling.Nearest(x, [1, 8])), "each pixel twice"),
            ("linear", Made(x => Torch.Operators.Pooling.Linear(x, [1, 8], false)), "outer edges stay: ¾ and ¼"),
            ("linear, corners", Made(x => Torch.Operators.Pooling.Linear(x, [1, 8], true)), "corner centres stay: sevenths"),
        ];
        return new(CourseDrawings.Rows("A row of pixels, enlarged by 2", rows), [.. rows.Select(r => (r.Item1, string.Join(' ', r.Item2.Select(v => $"{v:0.###}"))))]);
    }

    private static LessonPicture Venn()
    {
        (string Title, int A, int B, int Shared)[] cases = [("nothing shared", 10, 10, 0), ("half shared", 10, 10, 5), ("the same", 10, 10, 10)];
        return new(CourseDrawings.Venn(cases), [.. cases.Select(c => (c.Title, $"{LectureLessons.Dice(c.A, c.B, c.Shared):0.####}"))]);
    }

    private static LessonPicture Masks()
    {
        var truth = TaskPictures.Semantic().Select(l => (ushort)(l == 1 ? 1 : 0)).ToArray();
        var moved = truth.Select((_, i) => i % Tile >= 6 ? truth[i - 6] : (ushort)0).ToArray();
        var counts = ConfusionCounts.Of(moved, truth, new Region("disc", 1));
        var dice = Metric.Dice.Of(counts)!.Value;
        var figure = new PanelFigure(
            ["target mask", "predicted mask", "found and missed"],
            [new("6 pixels to the right", null, [new(Picture.Labels<ushort>(truth, Tile, Tile)), new(Picture.Labels<ushort>(moved, Tile, Tile)), new(Picture.Errors<ushort>(truth, moved, Tile, Tile), $"Dice {dice:0.000}")])],
            $"Dice = 2 · {counts.TruePositives} / ({counts.Truth} + {counts.Predicted}) = {dice:0.000}", cell: 200);
        return new(figure, [("|A|", $"{counts.Truth}"), ("|B|", $"{counts.Predicted}"), ("|A ∩ B|", $"{counts.TruePositives}"), ("Dice", $"{dice:0.0000}")]);
    }

    private static LessonPicture Imbalance()
    {
        double[] shares = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5];
        ConfusionCounts Nothing(double f) => new(0, 0, (long)Math.Round(1000 * f), 1000 - (long)Math.Round(1000 * f));
        ConfusionCounts Everything(double f) => new((long)Math.Round(1000 * f), 1000 - (long)Math.Round(1000 * f), 0, 0);
        Series Of(string name, Metric metric, Func<double, ConfusionCounts> says) => new() { Name = name, X = [.. shares.Select(s => Math.Round(100 * s))], Y = [.. shares.Select(f => metric.Of(says(f)))] };
        var figure = new CurveFigure(
            [
                new Plot { Title = "\"background everywhere\"", XName = "foreground, percent", Range = (0, 1), Series = [Of("accuracy", Metric.Accuracy, Nothing), Of("Dice", Metric.Dice, Nothing)] },
                new Plot { Title = "\"foreground everywhere\"", XName = "foreground, percent", Range = (0, 1), Series = [Of("accuracy", Metric.Accuracy, Everything), Of("Dice", Metric.Dice, Everything)] },
            ],
            "Two networks that never looked");
        return new(figure, [.. shares.Select(f => ($"foreground {f:0.##}", $"accuracy {Metric.Accuracy.Of(Nothing(f)):0.00}, Dice {Metric.Dice.Of(Nothing(f)):0.00}"))]);
    }

    private static LessonPicture Subjects()
    {
        var head = new TumourHead();
        var size = new Extent(120, 120, 78);
        var rows = new List<PanelRow>();
        var numbers = new List<(string, string)>();
        for (var i = 0; i < 2; i++)
        {
            var drawn = head.Draw(new() { Count = 2, Size = size }, i);
            var page = (int)(size.Width * (long)size.Height);
            var z = Enumerable.Range(0, size.Depth).MaxBy(k => drawn.Labels.Labels.AsSpan(k * page, page).ToArray().Count(l => l != 0));
            ushort[] labels = Upright(drawn.Labels.Labels.AsSpan(z * page, page), size.Width);
            Picture Channel(int c) => Picture.GreyByPercentile<float>(Upright(drawn.Image.Only(c).ToFloats().AsSpan(z * page, page), size.Width), size.Width, size.Height);
            rows.Add(new($"subject {i + 1}", $"slice {z}", [.. Enumerable.Range(0, head.Channels.Count).Select(c => new PanelCell(Channel(c))), new(Channel(0).WithOverlay<ushort>(labels))]));
            numbers.AddRange(new[] { 1, 2, 4 }.Select(l => ($"subject {i + 1}, voxels of label {l}", $"{drawn.Labels.CountOf(l)}")));
        }

        var figure = new PanelFigure([.. head.Channels, "labels"], rows, "Two drawn heads with a tumour", [("1 necrosis", Palette.Overlay(1)), ("2 edema", Palette.Overlay(2)), ("4 enhancing", Palette.Overlay(4))], 128);
        return new(figure, numbers);
    }

    // The file's y runs to the back; a page is read from above.
    private static T[] Upright<T>(ReadOnlySpan<T> page, int width)
    {
        var turned = new T[page.Length];
        for (var i = 0; i < page.Length; i += width)
        {
            page.Slice(i, width).CopyTo(turned.AsSpan(page.Length - i - width));
        }

        return turned;
    }

    private static LessonPicture Symmetries()
    {
        var drawn = Membranes.Draw(new() { Width = 64, Height = 64 }, 2);
        var cells = new List<(string, PanelCell)>();
        for (var i = 0; i < 8; i++)
        {
            var (mirrored, turns) = (i >= 4, i % 4);
            var places = Enumerable.Range(0, 64 * 64).Select(p => Source(p, mirrored, turns)).ToArray();
            var picture = Picture.Grey<byte>([.. places.Select(p => drawn.Image[p])], 64, 64, 0, 255).WithContour<ushort>([.. places.Select(p => drawn.Labels[p])]);
            cells.Add(($"{turns * 90}°{(mirrored ? ", mirrored" : "")}", new(picture, i == 0 ? "as it was" : null)));
        }

        return new(new MontageFigure(cells, "The eight symmetries of a square; the mask follows", columns: 4), [("pictures", "8"), ("draws", $"{SymmetryStudy.Draws.Count}"), ("different", $"{SymmetryStudy.Draws.Distinct(StringComparer.Ordinal).Count()}")]);
    }

    private static int Source(int place, bool mirrored, int turns)
    {
        var (x, y) = (place % 64, place / 64);
        for (var t = 0; t < turns; t++)
        {
            (x, y) = (y, 63 - x);
        }

        return (y * 64) + (mirrored ? 63 - x : x);
    }
}

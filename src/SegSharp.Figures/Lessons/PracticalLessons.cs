using SegSharp.Imaging;
using SegSharp.Metrics;
using SegSharp.Networks;

namespace SegSharp.Figures.Lessons;

/// <summary>The practical on brain tumours.</summary>
internal static class PracticalLessons
{
    private const string Data = "out/brats";

    public static IReadOnlyList<Lesson> All { get; } =
    [
        new()
        {
            Id = "T4-EX1",
            Source = LessonSource.Practical,
            Title = "training, validation and test set",
            Task = "Load the lists of patients, print the first five and how many there are. Then check that no patient stands in two lists: `lesson check T4-EX1 out/brats`.",
            Commands = ["data make brats out/brats-raw --patients --count 6", "data import brats out/brats-raw out/brats", "data split out/brats --show"],
            Errata = ["E-24"],
            Check = new ResultCheck("the folder of the data set", RunLessons.Splits),
        },
        new()
        {
            Id = "T4-EX2",
            Source = LessonSource.Practical,
            Title = "what is in the folder",
            Task = """
                A patient of the practical has one file per modality and slice: 4 modalities and 77 slices. How many images is that, and how many files with the masks of the slices?
                """,
            Commands = ["data inspect out/brats"],
            Errata = ["E-24"],
            Check = new Quiz(
                Question.Number("images", () => 4 * 77, "one per modality and slice", 0, (312, "77 slices, not 78")),
                Question.Number("with masks", () => 5 * 77, "one mask per slice more")),
        },
        new()
        {
            Id = "T4-EX3",
            Source = LessonSource.Practical,
            Title = "a medical image is more than its pixels",
            Task = """
                The practical repeats the tasks of exercise 2 here; what was meant: read a scan's size, spacing, origin and direction.
                Of a BraTS scan: its size in x, y and z, its spacing in mm, and the first axis of the array that NumPy or SimpleITK gives. Five numbers.
                """,
            Commands = ["info out/brats-raw/data/BraTS19_PHANTOM_000_1/BraTS19_PHANTOM_000_1_flair.nii.gz"],
            Hints = ["An array's axes are z, y, x; a file's sizes are x, y, z."],
            Errata = ["E-24"],
            Check = new Quiz(
                Question.Number("x", () => Scan.Extent.Width, "columns"),
                Question.Number("y", () => Scan.Extent.Height, "rows"),
                Question.Number("z", () => Scan.Extent.Depth, "slices"),
                Question.Number("spacing", () => Scan.Spacing.X, "1 mm along every axis"),
                Question.Number("first axis of the array", () => Scan.Extent.Depth, "the slices: (155, 240, 240)", 0, (240, "arrays begin with z"))),
        },
        new()
        {
            Id = "T4-EX4",
            Source = LessonSource.Practical,
            Title = "original and processed data",
            Task = """
                240x240 is cut to the middle 192x192, then every axis is halved. At which row and column does the cut begin? How many slices does 155 · 0.5 become here?
                Which processed slice is nearest to the original slice 80? And the original pixel at row 100: which processed row? Four numbers.
                """,
            Commands = ["data check out/brats --crop 192x192 --size 96x96x77", "view out/brats/imagesTr/BraTS19_PHANTOM_000_1_0000.nii.gz --plane axial --slice 80 --out out/slice-80.png"],
            Hints = ["(240 − 192) / 2.", "(r − 24) / 2."],
            Errata = ["E-20"],
            Check = new Quiz(
                Question.Number("the cut begins at", () => (240 - 192) / 2, "margins of 24 on both sides", 0, (48, "that is both margins together")),
                Question.Number("slices", () => 77, "77.5 is no number of slices; the text and this course take 77, the cited function 78", 0, (78, "so does the cited function; the practical's files have 77")),
                Question.Number("processed slice", () => Math.Round(80 * 77 / 155.0), "half as many"),
                Question.Number("processed row", () => (100 - 24) / 2, "(r − 24) / 2")),
        },
        new()
        {
            Id = "T4-EX5",
            Aliases = ["T4-EX5 / T4-Q5"],
            Source = LessonSource.Practical,
            Title = "DownConvBlock and UpConvBlock",
            Task = """
                Write the two blocks: `lesson skeleton T4-EX5 --out blocks.cs`. DownConvBlock: two convolutions of 3x3 with ReLU, then a pooling; it returns the pooled map and the skip.
                UpConvBlock: enlarge by 2 (nearest), a convolution of 2x2 that halves the channels, concatenate the skip, two convolutions of 3x3 with ReLU. Padded: 96x96 must come out as 96x96.
                """,
            Commands = ["lesson skeleton T4-EX5 --out out/blocks.cs", "network graph unet-tp3 -o out/unet-tp3.svg"],
            Hints = ["The figure of the paper is unpadded; 96x96 would die at its bottom.", "A 2×2 kernel cannot be padded alike on both sides: the far side gets a row and a column more."],
            Errata = ["E-13"],
            Skeleton = Skeletons.Practical,
            Check = new ClassCheck(BlockChecks.Practical),
            Solution = () => "src/SegSharp/Networks/PracticalUNet.cs has both in a few lines.",
        },
        new()
        {
            Id = "T4-Q5",
            Aliases = ["T4-EX5-Q5"],
            Source = LessonSource.Practical,
            Kind = LessonKind.Question,
            Title = "where the blocks are in the figure",
            Task = "Look at FIG-S4-1. On which side of the U does DownConvBlock stand, on which UpConvBlock: left or right? How many of each are there?",
            Commands = ["lesson figure FIG-S4-1 --out out/unet.svg", "network graph unet-tp3 -o out/unet-tp3.svg"],
            Errata = ["E-13"],
            Check = new Quiz(
                Question.Word("DownConvBlock", "a level of the contracting arm", "left"),
                Question.Word("UpConvBlock", "a level of the expanding arm", "right"),
                Question.Number("of each", () => Facts.Summary(Net(), 96, 96).Layers.Count(l => l.Type == "MaxPool"), "four levels above the bottom", 0, (5, "the bottom belongs to neither"))),
        },
        new()
        {
            Id = "T4-EX5-valid",
            Source = LessonSource.Practical,
            Title = "why not unpadded",
            Task = """
                Follow 96 through the unpadded network of the paper: 96, 92, pool 46, 42, pool 21 … Which side comes out of the third level's two convolutions?
                What is the smallest side that works, and what comes out for 572? Three numbers. (Sides that work: 188 + 16k.)
                """,
            Commands = ["network summary unet2015 --input 1x572x572"],
            Hints = ["Two convolutions of 3×3 without padding take 4 away."],
            Errata = ["E-13"],
            Check = new Quiz(
                Question.Number("behind the third level", () => ((((96 - 4) / 2) - 4) / 2) - 4, "21 − 4; and 21 was odd already"),
                Question.Number("smallest side that works", SmallestUnpadded, "below it a map has no pixel left"),
                Question.Number("572 becomes", () => Facts.Summary(new UNet2015Options { Base = 2 }, 572, 572).Output[2], "184 are lost")),
        },
        new()
        {
            Id = "T4-EX6",
            Source = LessonSource.Practical,
            Title = "study the model",
            Task = "Print the summary and draw the network; then answer T4-Q6a to T4-Q6e. Here all numbers in one: convolutions, parameters (base 64, four channels in, four classes), side of the smallest map, parameters of the largest layer.",
            Commands = ["network summary unet-tp3 --input 4x96x96", "network graph unet-tp3 -o out/unet-tp3.svg"],
            Check = new Quiz(
                Question.Number("convolutions", Convolutions, "18 of 3×3, 4 of 2×2, 1 of 1×1"),
                Question.Number("parameters", () => Facts.Parameters(Net()), "all weights and biases"),
                Question.Number("side of the smallest map", () => Facts.Summary(Net(), 96, 96).Layers.Min(l => l.Output[2]), "96 halved four times"),
                Question.Number("parameters of the largest layer", () => Largest().Parameters, "(3 · 3 · 1024 + 1) · 1024")),
        },
        Q6("T4-Q6a", "compare model and figure", "Is the padding of the model that of the figure (yes or no)? What is the side of the input in the figure, and what in the model? How many classes come out of the model?", ["E-13"],
            Question.Word("the same padding", "the figure is unpadded, the model padded", "no"),
            Question.Number("side in the figure", () => 572, "572 becomes 388"),
            Question.Number("side in the model", () => 96, "96 stays 96"),
            Question.Number("classes", () => Net().Classes, "background and three parts of a tumour")),
        Q6("T4-Q6b", "number of convolutional layers", "How many convolutions has the model, and how many without those behind the enlargements?", [],
            Question.Number("convolutions", Convolutions, "18 of 3×3, 4 of 2×2, 1 of 1×1", 0, (19, "that leaves out the 2×2 convolutions behind the enlargements")),
            Question.Number("without the up-convolutions", () => Convolutions() - 4, "one per level of the right arm", 0, (23, "that is with them"))),
        Q6("T4-Q6c", "number of parameters", "How many parameters has the model with 64, 32, 16 and 8 filters in the first layer (four channels in, four classes)? Four numbers. The practical does not say which it uses.", [],
            [.. new[] { 64, 32, 16, 8 }.Select(width => Question.Number($"base {width}", () => Facts.Parameters(Net(width)), "weights grow with the square of the width"))]),
        Q6("T4-Q6d", "the smallest shape, and why", "Side and channels of the smallest map for base 64; and what does it hold more of, context or detail?", [],
            Question.Number("side", () => Facts.Summary(Net(), 96, 96).Layers.Min(l => l.Output[2]), "96 halved four times"),
            Question.Number("channels", () => Largest().Output[1], "64 doubled four times"),
            Question.Word("more", "each of its pixels has seen most of the picture", "context")),
        Q6("T4-Q6e", "the biggest layer and its formula", "How many parameters has the largest layer (base 64)? Formula: (k · k · in + 1) · out. And is it the first or the second convolution of the bottom?", [],
            Question.Number("parameters", () => Largest().Parameters, "(3 · 3 · 1024 + 1) · 1024", 0, (9437184, "those are the weights; there are 1024 biases too"), (4719616, "that is the first convolution of the bottom: 512 channels come in")),
            Question.Word("which", "1024 channels come in and 1024 go out", "second", "the second")),
        new()
        {
            Id = "T4-EX7",
            Source = LessonSource.Practical,
            Title = "train five to ten epochs",
            Task = "Train, watch the loss fall, look at the curves and pictures in TensorBoard or in the report. Before any training four equal classes cost how much in cross-entropy? Then `lesson check T4-EX7 out/brats-run`.",
            Commands = ["train out/brats --recipe examples/brats-tp3.json --out out/brats-run"],
            Hints = ["−ln(1/4) = 1.386."],
            Errata = ["E-24"],
            Check = new ResultCheck("the folder of the run", RunLessons.Falls),
            Solution = () => $"ln 4 = {Math.Log(4):0.###}: where the first epoch ends below that, the network has learnt something. Callbacks of the practical are built in: best and last checkpoint, curves, pictures, events for TensorBoard.",
        },
        new()
        {
            Id = "T4-EX8",
            Source = LessonSource.Practical,
            Kind = LessonKind.Question,
            Title = "look at augmentation",
            Task = """
                A flip, a turn, a shift or an elastic deformation: must the mask follow (yes or no)? And noise or another brightness: must it follow? How are labels resampled, nearest or linear?
                May the four modalities of one slice be bent differently (yes or no)?
                """,
            Commands = ["lesson figure FIG-AUGMENTATION --out out/augmentation.svg"],
            Check = new Quiz(
                Question.Word("spatial", "image and mask stay one", "yes"),
                Question.Word("intensity", "the object did not move", "no"),
                Question.Word("labels", "a label between 1 and 2 means nothing", "nearest"),
                Question.Word("modalities apart", "they show the same head", "no")),
        },
        new()
        {
            Id = "T4-EX9",
            Source = LessonSource.Practical,
            Title = "train with augmentation",
            Task = "Train again with flips, turns and small changes of brightness. Then check the folder of the run: `lesson check T4-EX9 out/brats-augmented`.",
            Commands = ["train out/brats --recipe examples/brats-tp3.json --augmentation classic --out out/brats-augmented"],
            Check = new ResultCheck("the folder of the run", RunLessons.Augmented),
            Solution = () => "An epoch takes longer, the training loss is higher, the gap to the validation loss smaller.",
        },
        new()
        {
            Id = "T4-EX10",
            Source = LessonSource.Practical,
            Kind = LessonKind.Question,
            Title = "compare the curves",
            Task = """
                Two runs of 200 epochs, one with augmentation. Which has the lower training loss at the end: with or without? Which has the lower validation loss at the end?
                A validation loss that rises while the training loss falls: what is that called?
                """,
            Commands = ["report out/brats-run out/brats-augmented --out out/compared"],
            Check = new Quiz(
                Question.Word("lower training loss", "it sees the same pictures again and again, and learns them by heart", "without"),
                Question.Word("lower validation loss", "every picture is new to it", "with"),
                Question.Word("called", "it learns what is true of the training pictures alone", "overfitting", "overfit")),
        },
        new()
        {
            Id = "T4-Q11a",
            Source = LessonSource.Practical,
            Kind = LessonKind.Question,
            Title = "the shapes in load_image",
            Task = """
                load_image reads one patient's files of 96x96. Shapes: one slice (two numbers), all slices with their modalities as the practical orders them, channels last (four numbers).
                In SegSharp's order, channels first, the same is which four? Ten numbers.
                """,
            Commands = ["data inspect out/brats"],
            Check = new Quiz([.. new[] { 96, 96, 77, 96, 96, 4, 77, 4, 96, 96 }.Select((n, i) => Question.Number(
                i < 2 ? $"slice, axis {i}" : i < 6 ? $"array, axis {i - 2}" : $"channels first, axis {i - 6}", () => n, i < 2 ? "a slice" : i < 6 ? "slices, rows, columns, modalities" : "slices as the batch, then modalities"))]),
        },
        new()
        {
            Id = "T4-Q11b",
            Source = LessonSource.Practical,
            Kind = LessonKind.Question,
            Title = "the steps of get_mask2original_shape",
            Task = """
                The prediction is (77, 96, 96, 4). Step by step: argmax gives which shape (three numbers)? Class 3 becomes which label? Enlarging gives which shape (three)? Padding adds how many on each side of a row?
                Eight numbers.
                """,
            Commands = ["predict out/brats-run out/brats/imagesTr out/brats-masks"],
            Check = new Quiz(
                [
                    .. new[] { 77, 96, 96 }.Select((n, i) => Question.Number($"argmax, axis {i}", () => n, "the classes are gone")),
                    Question.Number("label of class 3", () => 4, "BraTS skips label 3"),
                    .. new[] { 155, 192, 192 }.Select((n, i) => Question.Number($"enlarged, axis {i}", () => n, "nearest neighbour, to the cut's own grid")),
                    Question.Number("padding", () => (240 - 192) / 2, "the margins that were cut"),
                ]),
            Solution = () => "SegSharp enlarges the four numbers of every voxel before it takes the largest, which gives smoother borders than enlarging labels, and puts the part back by its own record of what was cut.",
        },
        new()
        {
            Id = "T4-EX11",
            Source = LessonSource.Practical,
            Title = "predict, and back to the scan",
            Task = """
                Predict, and take the mask back to (155, 240, 240). Before any network: a ball of radius 20, 10, 5 and 3 voxels goes down to 96x96x77 and back. Which Dice is left of each? Four numbers, two digits.
                `lesson check T4-EX11` without an answer computes the way there and back for a mask of your own choice of radius and proves its shape.
                """,
            Commands = ["predict out/brats-run out/brats/imagesTr out/brats-masks", "lesson figure FIG-CEILING --out out/ceiling.svg"],
            Hints = ["Near 0.96, 0.92, 0.83, 0.68: no network can do better at this size."],
            Check = new AnswersOrProof(
                new Quiz([.. new[] { 20, 10, 5, 3 }.Select(r => Question.Number($"radius {r}", () => Facts.BallCeiling(r), "half the resolution costs small objects most", 0.02))]),
                new Proof(() =>
                [
                    Verdict.Near("ball of radius 20", Facts.BallCeiling(20), 0.9585, 0.002),
                    Verdict.Near("ball of radius 10", Facts.BallCeiling(10), 0.9181, 0.002),
                    Verdict.Near("ball of radius 5", Facts.BallCeiling(5), 0.8315, 0.002),
                    Verdict.Near("ball of radius 3", Facts.BallCeiling(3), 0.6809, 0.002),
                ])),
            Solution = () => "`evaluate --ceiling RUN` prints the ceiling of every region beside its Dice.",
        },
        new()
        {
            Id = "T4-EX12",
            Aliases = ["T4-Q12a", "T4-Q12b", "T4-Q12c"],
            Source = LessonSource.Practical,
            Title = "look at it, slice by slice, and in 3D Slicer",
            Task = """
                Draw truth and prediction side by side (a), change the slice (b), and write the mask as NIfTI with the scan's own grid (c: what numpy2nifti does), so that 3D Slicer lays it over the scan.
                `lesson check T4-EX12 MASK.nii.gz` looks whether your mask's grid is the scan's: put the scan beside it under the name of `predict`'s input, or check a mask that `predict` wrote.
                """,
            Commands =
            [
                "view out/brats/imagesTr/BraTS19_PHANTOM_004_1_0000.nii.gz --mask out/brats/labelsTr/BraTS19_PHANTOM_004_1.nii.gz --prediction out/brats-masks/BraTS19_PHANTOM_004_1.nii.gz --plane axial --slice 80 --out out/brats-slice.png",
                "predict out/brats-run out/brats/imagesTr out/brats-segments --format seg.nrrd",
            ],
            Check = new ResultCheck("a mask", RunLessons.Mask),
            Solution = () => "An array alone has no place in the world. NIfTI keeps spacing, origin and direction beside it; `predict` copies them from the scan to the last bit. `--format seg.nrrd` adds names and colours for 3D Slicer.",
        },
        new()
        {
            Id = "T4-EX13a",
            Aliases = ["T4-EX13"],
            Source = LessonSource.Practical,
            Title = "metrics of one patient",
            Task = """
                Regions: WT = labels 1, 2, 4; TC = 1, 4; ET = 4. Four voxels with the labels 1, 2, 4, 0: how many belong to WT, TC and ET?
                Of 100 voxels 8 are found, 2 too much, 4 missed: what are sensitivity, specificity and Dice? Six numbers, three digits.
                """,
            Commands = ["evaluate out/brats-masks out/brats/labelsTr --cases last:1 --regions WT=1+2+4,TC=1+4,ET=4 --metrics dice,recall,specificity --empty one --ceiling out/brats-run"],
            Hints = ["Sensitivity 8 / 12, specificity 86 / 88, Dice 16 / 22."],
            Errata = ["E-24"],
            Check = new Quiz(
                [
                    .. Region.Parse("WT=1+2+4,TC=1+4,ET=4").Select(r => Question.Number(r.Name, () => ConfusionCounts.Of([1, 2, 4, 0], [1, 2, 4, 0], r).Truth, "the labels that belong to it")),
                    Question.Number("sensitivity", () => Metric.Recall.Of(Toy)!.Value, "8 of 12", 6e-4, (0.8, "that is the precision, 8 of 10")),
                    Question.Number("specificity", () => Metric.Specificity.Of(Toy)!.Value, "86 of 88", 6e-4),
                    Question.Number("Dice", () => Metric.Dice.Of(Toy)!.Value, "2 · 8 / (10 + 12)", 6e-4, (0.571, "that is the IoU, 8 / 14")),
                ]),
            Solution = () => "Specificity is about 1 whatever a network does, since nearly all voxels are background.",
        },
        new()
        {
            Id = "T4-EX13b",
            Source = LessonSource.Practical,
            Title = "the mean of five patients",
            Task = """
                ET is absent in one patient. What does it score there when the prediction has none either, and what when it has some? Five patients score 0.8, 0.9, 0.7, 1 (absent, rightly not found) and 0.6:
                what is their mean with the absent one as 1, and what without it? Four numbers.
                """,
            Commands = ["evaluate out/brats-masks out/brats/labelsTr --regions WT=1+2+4,TC=1+4,ET=4 --metrics dice --empty one"],
            Check = new Quiz(
                Question.Number("absent in both", () => new Dice(new() { Empty = EmptyRule.One }).Of(new ConfusionCounts(0, 0, 0, 100))!.Value, "BraTS counts it as found"),
                Question.Number("absent, but predicted", () => Metric.Dice.Of(new ConfusionCounts(0, 5, 0, 95))!.Value, "nothing is shared"),
                Question.Number("mean with it", () => new[] { 0.8, 0.9, 0.7, 1, 0.6 }.Average(), "five patients", 1e-6),
                Question.Number("mean without it", () => new[] { 0.8, 0.9, 0.7, 0.6 }.Average(), "four patients: --empty undefined", 1e-6)),
        },
        new()
        {
            Id = "T4-EX14",
            Source = LessonSource.Practical,
            Title = "the subsidiary question, which is blank",
            Task = "The practical leaves its last question empty. Ours: beat your own run of T4-EX7 on the validation patient by another network or another loss. `lesson check T4-EX14 out/better` compares with out/brats-run beside it.",
            Commands = ["train out/brats --recipe examples/brats-tp3.json --network attention-unet --set network.base=16 --loss dice+ce --out out/better"],
            Errata = ["E-24"],
            Check = new ResultCheck("the folder of the better run", RunLessons.Better),
        },
    ];

    private static Geometry Scan => new Data.Phantoms.TumourHead() is var head ? Geometry.Pixels(head.UsualSize) : throw new InvalidOperationException();

    private static ConfusionCounts Toy => new(8, 2, 4, 86);

    private static PracticalUNetOptions Net(int width = 64) => new() { InChannels = 4, Classes = 4, Base = width };

    private static double Convolutions() => Facts.Summary(Net(8), 96, 96).Layers.Count(l => l.Type == "Conv");

    private static LayerSummary Largest() => Facts.Summary(Net(), 96, 96).Layers.MaxBy(l => l.Parameters)!;

    // The network itself says which sides it takes.
    private static double SmallestUnpadded()
    {
        using var shapesOnly = Torch.Initialise.Skip();
        using var network = new UNet2015(new() { Base = 2 });
        return Enumerable.Range(1, 400).First(side =>
        {
            try
            {
                return network.OutputSides([side, side])[0] > 0;
            }
            catch (Foundation.InputException)
            {
                return false;
            }
        });
    }

    private static Lesson Q6(string id, string title, string task, string[] errata, params Question[] questions) => new()
    {
        Id = id,
        Source = LessonSource.Practical,
        Kind = LessonKind.Question,
        Title = title,
        Task = task,
        Commands = ["network summary unet-tp3 --input 4x96x96", "network graph unet-tp3 -o out/unet-tp3.svg"],
        Errata = errata,
        Check = new Quiz(questions),
    };
}

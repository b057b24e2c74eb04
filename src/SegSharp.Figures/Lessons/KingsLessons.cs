using SegSharp.Networks;
using SegSharp.Torch;

namespace SegSharp.Figures.Lessons;

/// <summary>King's College's exercise: a small U-Net read, counted and compared.</summary>
internal static class KingsLessons
{
    private static KingsUNetOptions Network => new();

    public static IReadOnlyList<Lesson> All { get; } =
    [
        new()
        {
            Id = "K0-EX1",
            Aliases = ["K0-UNET"],
            Source = LessonSource.Kings,
            Title = "read the network",
            Task = """
                Look at the drawing of King's U-Net and at its code (src/SegSharp/Networks/KingsUNet.cs, one page).
                Then answer K0-Q1.1 to K0-Q1.4. How large is the map at the bottom for an image of 256x256, how many channels has it,
                and how many channels has the output?
                """,
            Commands = ["network graph unet-kcl --input 1x256x256 -o out/unet-kcl.svg", "network summary unet-kcl --input 1x256x256", "lesson figure FIG-K0-1 --out out/kings.svg"],
            Errata = ["E-12", "E-26"],
            Check = new Quiz(
                Question.Number("side of the map at the bottom", () => Facts.Summary(Network, 256, 256).Layers.First(l => l.Name == "conv4").Output[2], "three poolings halve 256 to 128, 64, 32", 0, (64, "that is the level above the bottom: there are three poolings")),
                Question.Number("channels at the bottom", () => Facts.Summary(Network, 256, 256).Layers.First(l => l.Name == "conv4").Output[1], "8, 16 and 32 on the way down; the bottom keeps 32", 0, (64, "here the channels do not double at the bottom")),
                Question.Number("channels of the output", () => Network.Classes, "two logits, one for background and one for cortex: a softmax and cross-entropy", 0, (1, "one channel would do under a sigmoid; this network has a softmax"))),
            Solution = () => "The original has a ReLU behind its logits, so that none can be negative; that slows the cross-entropy. Here it is off (network.finalRelu).",
        },
        new()
        {
            Id = "K0-Q1.1",
            Aliases = ["K0-Q1.1 skips in code"],
            Source = LessonSource.Kings,
            Kind = LessonKind.Question,
            Title = "skips in code",
            Task = """
                Find the lines that make the skip connections in src/SegSharp/Networks/KingsUNet.cs.
                What happens to the enlarged map and to the encoder's map: are they added or concatenated?
                And how many channels come into conv3_up, conv2_up and conv1_up because of it? Answer: a word and three numbers.
                """,
            Commands = ["network graph unet-kcl --input 1x256x256 -o out/unet-kcl.svg", "network summary unet-kcl --input 1x256x256"],
            Hints = ["Look for Tensor.Cat.", "Rows of type Cat in the summary have as many channels as both of their inputs together."],
            Check = new Quiz(
                Question.Word("how a skip joins", "Cat along axis 1: the channels of both stand one behind the other, and the next convolution learns what to do with them", "concatenated", "concatenation", "concat", "cat", "concatenate", "torch.cat")
                    .Unless(("added", "an FCN adds class scores; a U-Net keeps both maps"), ("add", "an FCN adds class scores; a U-Net keeps both maps"), ("sum", "an FCN adds class scores; a U-Net keeps both maps")),
                Question.Number("channels into conv3_up", () => Facts.InChannels(Network, "conv3_up"), "32 from below and 32 of the skip", 0, (32, "that is the skip alone; the enlarged map comes too")),
                Question.Number("channels into conv2_up", () => Facts.InChannels(Network, "conv2_up"), "16 from below and 16 of the skip", 0, (16, "that is the skip alone; the enlarged map comes too")),
                Question.Number("channels into conv1_up", () => Facts.InChannels(Network, "conv1_up"), "8 from below and 8 of the skip", 0, (8, "that is the skip alone; the enlarged map comes too"))),
        },
        new()
        {
            Id = "K0-Q1.2",
            Aliases = ["K0-Q1.2 convolutions in layer 1"],
            Source = LessonSource.Kings,
            Kind = LessonKind.Question,
            Title = "convolutions in layer 1",
            Task = """
                A layer of "8 filters" is many two-dimensional convolutions. conv1_down takes one image and gives 8; conv2_down takes those 8 and gives 16.
                How many 2D kernels are there in conv1_down, how many images come out of it, how large is each for an input of 256x256,
                and how many 2D kernels are there in conv2_down? Four numbers.
                """,
            Commands = ["network summary unet-kcl --input 1x256x256"],
            Hints = ["A filter has one kernel for every channel that comes in; their results are summed."],
            Check = new Quiz(
                Question.Number("2D kernels in conv1_down", () => Facts.Parameters(Network, "conv1_down.weight") / 9, "8 filters × 1 channel", 0, (72, "that counts the weights, nine in a kernel")),
                Question.Number("images out of conv1_down", () => Facts.Summary(Network, 256, 256).Layers[0].Output[1], "one per filter"),
                Question.Number("side of each", () => Facts.Summary(Network, 256, 256).Layers[0].Output[2], "padding 1 keeps the size", 0, (254, "that would be without padding"), (128, "that is behind the pooling")),
                Question.Number("2D kernels in conv2_down", () => Facts.Parameters(Network, "conv2_down.weight") / 9, "16 filters × 8 channels", 0, (16, "every filter has a kernel for each of the 8 channels"), (1152, "that counts the weights, nine in a kernel"))),
        },
        new()
        {
            Id = "K0-Q1.3",
            Aliases = ["K0-Q1.3 parameters of conv1_down"],
            Source = LessonSource.Kings,
            Kind = LessonKind.Question,
            Title = "parameters of conv1_down",
            Task = "How many parameters does conv1_down learn: 8 filters of 3x3 over one channel?",
            Commands = ["network summary unet-kcl --input 1x256x256"],
            Hints = ["Weights, and one more number per filter."],
            Check = new Quiz(Question.Number("parameters of conv1_down", () => Facts.Parameters(Network, "conv1_down"), "3 · 3 · 1 · 8 = 72 weights and 8 biases", 0, (72, "those are the weights; each filter has a bias too"), (9, "that is one kernel"))),
            Solution = () => $"All layers: {string.Join(", ", new[] { "conv1_down", "conv2_down", "conv3_down", "conv4", "conv3_up", "conv2_up", "conv1_up" }.Select(l => $"{Facts.Parameters(Network, l)}"))}; together {Facts.Parameters(Network)}.",
        },
        new()
        {
            Id = "K0-Q1.4",
            Aliases = ["K0-Q1.4 purpose of pooling"],
            Source = LessonSource.Kings,
            Kind = LessonKind.Question,
            Title = "purpose of pooling",
            Task = """
                Why does the network pool? One reason can be counted: how many pixels of the image, along one side, a pixel of a map depends on (its receptive field).
                Work it out behind the convolution of each of the four levels. A 3x3 convolution adds 2 steps, a pooling of 2x2 adds 1 step and doubles the step.
                """,
            Commands = ["network summary unet-kcl --input 1x256x256", "lesson figure FIG-FIELD --out out/field.svg"],
            Hints = ["Level 1: 3. The pooling makes it 4 and the step 2; the next convolution adds 2 · 2."],
            Errata = ["E-29"],
            Check = new Quiz([.. Enumerable.Range(0, 4).Select(level => Question.Number(
                $"receptive field behind the convolution of level {level + 1}", () => Facts.Fields(4)[level],
                level == 0 ? "one kernel" : "r + step for the pooling, then + 2 · the doubled step for the convolution"))]),
            Solution = () => "Pooling lets the same kernel see more of the picture, saves computing (a quarter of the pixels), leaves room for more channels, and makes a shift by a pixel matter less. King's network takes the average of 2×2; the others of the course take the maximum.",
        },
        new()
        {
            Id = "K0-EX2",
            Aliases = ["K0-EX2 run the comparison"],
            Source = LessonSource.Kings,
            Title = "run the comparison",
            Task = """
                Compare two trained networks on pictures that neither has seen: a table of precision, recall, F1 and Hausdorff distance, and three pictures of each.
                The course brings two trained networks and 395 pictures; neither may be handed on, so train two yourself: the same recipe, 2 and 12 epochs.
                Then check the folder of the report.
                """,
            Commands =
            [
                "data make membranes out/kings --count 24 --size 128x128",
                "train out/kings --network unet-kcl --set network.classes=2 --loss ce --lr 0.005 --batch 4 --epochs 2 --validation last:6 --out out/a",
                "train out/kings --network unet-kcl --set network.classes=2 --loss ce --lr 0.005 --batch 4 --epochs 12 --validation last:6 --out out/b",
                "predict out/a out/kings/imagesTr out/masks-a",
                "predict out/b out/kings/imagesTr out/masks-b",
                "evaluate out/masks-a out/masks-b out/kings/labelsTr --cases last:6 --metrics f1,precision,recall,hd --report out/compared",
            ],
            Errata = ["E-19"],
            Check = new ResultCheck("the folder of the report", RunLessons.Report),
        },
        new()
        {
            Id = "K0-Q2.1",
            Aliases = ["K0-Q2.1 which is better"],
            Source = LessonSource.Kings,
            Kind = LessonKind.Question,
            Title = "which is better",
            Task = """
                Two networks on the same pictures: A has F1 0.82 and Hausdorff 14 px, B has F1 0.88 and Hausdorff 9 px. Which one is better by F1, and which by the Hausdorff distance?
                Then a third, C, with F1 0.89 and Hausdorff 31 px: may both numbers disagree (yes or no)?
                """,
            Commands = ["evaluate out/masks-a out/masks-b out/kings/labelsTr --cases last:6 --metrics f1,hd"],
            Hints = ["A high F1 is good. A high distance is not."],
            Errata = ["E-19"],
            Check = new Quiz(
                Question.Word("better by F1", "0.88 is more than 0.82", "B"),
                Question.Word("better by Hausdorff", "the smaller distance is better: 9 px", "B").Unless(("A", "a distance is an error: smaller is better")),
                Question.Word("may they disagree", "C overlaps most and yet has a piece 31 px away: overlap is about the bulk, Hausdorff about the worst point", "yes")),
            Solution = () => "The upstream notebook prints 0.91 for all three, but its test pictures were training pictures (E-19), so 0.91 is no target.",
        },
        new()
        {
            Id = "K0-Q2.2",
            Aliases = ["K0-Q2.2 print vs plot scores"],
            Source = LessonSource.Kings,
            Kind = LessonKind.Question,
            Title = "printed and plotted scores",
            Task = """
                A score is printed for the data set and another under each picture. Three pictures: the first has 90 pixels found, 10 too much, none missed;
                the second 8 found, 2 too much, none missed; the third 0 found, 10 too much, 10 missed.
                What is the precision of each, their mean, and the precision of all pixels pooled? Five numbers, to two digits.
                """,
            Commands = ["evaluate out/masks-b out/kings/labelsTr --cases last:6 --metrics precision"],
            Hints = ["Precision exists for a single picture, because its samples are pixels: found / (found + too much).", "Pooled: add the counts first, divide once."],
            Check = new Quiz(
                [
                    .. PrintedCounts.Select((c, i) => Question.Number($"precision of picture {i + 1}", () => Metrics.Metric.Precision.Of(c)!.Value, "found / (found + too much)", 0.005)),
                    Question.Number("mean of the three", () => PrintedCounts.Average(c => Metrics.Metric.Precision.Of(c)!.Value), "each picture counts the same", 0.005, (0.82, "that is the pooled one, where each pixel counts the same")),
                    Question.Number("pooled", () => Metrics.Metric.Precision.Of(PrintedCounts.Aggregate((a, b) => a + b))!.Value, "98 / 120: each pixel counts the same, so the large object decides", 0.005, (0.57, "that is the mean over the pictures")),
                ]),
            Solution = () => "`evaluate` prints both: a row for each picture, their mean with its interval, and the pooled score.",
        },
        new()
        {
            Id = "K0-Q2.3",
            Aliases = ["K0-Q2.3 what Hausdorff tells"],
            Source = LessonSource.Kings,
            Kind = LessonKind.Question,
            Title = "what the Hausdorff distance tells",
            Task = """
                A square of 5x5 pixels, and the same square 3 pixels to the right. What is the Hausdorff distance in pixels, and what is the F1 (Dice)?
                And if a single pixel is added 40 pixels away: which of the two numbers changes much, F1 or Hausdorff?
                """,
            Commands = ["evaluate PREDICTION.png TRUTH.png --metrics hd,f1"],
            Hints = ["Hausdorff: the point of one mask that is farthest from the other mask.", "The squares share 2 columns of 5 pixels."],
            Errata = ["E-26"],
            Check = new Quiz(
                Question.Number("Hausdorff distance", () => Facts.ShiftedSquares().Hausdorff, "the left edge of the first is 3 pixels from the second, and nothing is farther", 1e-6, (8, "that is from end to end; take each point's nearest point of the other mask")),
                Question.Number("F1", () => Facts.ShiftedSquares().Dice, "2 · 10 / (25 + 25)", 1e-6, (0.25, "that is the IoU, 10 / 40")),
                Question.Word("changes much", "it is the largest error of all points: one stray pixel sets it; F1 hardly moves", "Hausdorff", "HD")),
        },
        new()
        {
            Id = "K0-EXTRA",
            Aliases = ["K0-EXTRA upstream activities"],
            Source = LessonSource.Kings,
            Title = "U-Net by hand",
            Task = """
                Write King's network yourself: three encoder blocks, a bottom, three decoder blocks. `lesson skeleton K0-EXTRA --out kings.cs` writes a class with gaps.
                Maps for 1x256x256: encoder 8x256², 16x128², 32x64²; bottom 32x32²; decoder 16x64², 8x128²; logits 2x256². Then `lesson check K0-EXTRA kings.cs`.
                """,
            Commands = ["lesson skeleton K0-EXTRA --out out/kings.cs"],
            Hints = ["Behind Tensor.Cat(axis: 1, below, skip) there are as many channels as in both.", "No ReLU behind the logits."],
            Errata = ["E-12", "E-19"],
            Skeleton = Skeletons.Kings,
            Check = new ClassCheck(BlockChecks.Kings),
            Solution = () => "Batches of 16: 320, 32 and 44 pictures are 20, 2 and 3 batches. Adam with 0.005, 50 epochs, cross-entropy over two logits. The whole network: src/SegSharp/Networks/KingsUNet.cs.",
        },
    ];

    private static IReadOnlyList<Metrics.ConfusionCounts> PrintedCounts => [new(90, 10, 0, 900), new(8, 2, 0, 990), new(0, 10, 10, 980)];
}

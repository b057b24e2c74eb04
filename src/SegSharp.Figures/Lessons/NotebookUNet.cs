using SegSharp.Networks;

namespace SegSharp.Figures.Lessons;

/// <summary>Section 8.3.3 of the notebook and its exercises: a U-Net from blocks, and its training.</summary>
internal static class NotebookUNet
{
    public static IReadOnlyList<Lesson> All { get; } =
    [
        Block("N1-EX8.1", "InputBlock", ["EX8.1", "8.1-InputBlock", "N1-BLK-INPUT"], """
            Write InputBlock: twice a convolution of 3x3 that keeps the size, batch normalisation, ReLU. It returns its output twice: as x and as skip.
            Checked with 3 and 1 channels in, base 64, on 64x64.
            """, ["\"Same\" padding of a 3×3 convolution is 1.", "3·64·9 + 64 + 128 for the first half."], ["E-08"], BlockChecks.Input),
        Block("8.1-DownsamplingBlock", "DownsamplingBlock", ["8.1 DownsamplingBlock", "EX8.1-Down", "N1-BLK-DOWN"], """
            Write DownsamplingBlock: pooling of 2x2, then twice convolution, normalisation, ReLU; the channels double. It returns x and skip.
            1x64x64x64 becomes 1x128x32x32.
            """, ["Pool first; then the skip has this level's own size."], ["E-08"], BlockChecks.Down),
        Block("8.1-BottleneckBlock", "BottleneckBlock", ["8.1 BottleneckBlock", "N1-BLK-BOTTLENECK"], """
            Write BottleneckBlock: pooling, twice convolution, normalisation, ReLU with doubled channels, then a transposed convolution back (kernel 2, stride 2), also with normalisation and ReLU.
            1x256x16x16 becomes 1x512x8x8 and again 1x256x16x16.
            """, ["A normalisation stands behind the transposed convolution too."], ["E-08"], BlockChecks.Bottleneck),
        Block("8.1-UpsamplingBlock", "UpsamplingBlock", ["8.1 UpsamplingBlock", "N1-BLK-UP"], """
            Write UpsamplingBlock: concatenate x and skip, twice convolution, normalisation, ReLU, then a transposed convolution that halves the channels and doubles the sides.
            x 1x256x16x16 and skip 1x256x16x16 become 1x128x32x32.
            """, ["The first convolution takes twice the channels: concatenate before it."], ["E-08b"], BlockChecks.Up),
        Block("8.1-OutputBlock", "OutputBlock", ["8.1 OutputBlock", "N1-BLK-OUTPUT"], """
            Write OutputBlock: concatenate x and skip, twice convolution, normalisation, ReLU, then a 1x1 convolution to the classes. No sigmoid: the loss has it.
            x 1x64x64x64 and skip 1x64x64x64 become 1x1x64x64.
            """, ["Logits may be negative."], ["E-06"], BlockChecks.Output),
        new()
        {
            Id = "N1-EX8.2",
            Aliases = ["EX8.2", "N1-PATH-DOWN", "N1-PATH-UP"],
            Source = LessonSource.Notebook,
            Title = "encoder and decoder paths",
            Task = """
                Put the blocks together: DownsamplingPath gives x and the list of skips, UpsamplingPath takes them back in reverse order.
                num_blocks counts the downsampling blocks in addition to the input block. With 2 blocks and 1x1x128x128 the skips are 64x128², 128x64², 256x32².
                """,
            Commands = ["lesson skeleton N1-EX8.2 --out out/paths.cs"],
            Hints = ["Push skips, pop skips."],
            Errata = ["E-11", "E-08b"],
            Skeleton = Skeletons.Paths,
            Check = new ClassCheck(BlockChecks.Paths),
            Solution = () => "src/SegSharp/Networks/BasicUNet.cs: blocks push their outputs on a stack, the way up pops them.",
        },
        new()
        {
            Id = "N1-EX8.3",
            Aliases = ["EX8.3", "N1-UNET-PADDED"],
            Source = LessonSource.Notebook,
            Title = "BasicUNet and its first weights",
            Task = """
                The whole network: DownsamplingPath, BottleneckBlock, UpsamplingPath, and Kaiming initialisation (normal, fan out) of every convolution, biases 0.
                Counted for 1 and 3 channels and 2 and 3 blocks; the standard deviation of the bottleneck's transposed convolution is measured.
                """,
            Commands = ["lesson skeleton N1-EX8.3 --out out/basicunet.cs", "network summary basicunet --input 3x128x128"],
            Hints = ["Initialise.KaimingNormal(weight, fan: Fan.Out).", "PyTorch's fan out of a transposed convolution is in · k²: its weight is stored as [in, out, k, k]."],
            Errata = ["E-11", "E-08"],
            Skeleton = Skeletons.BasicUNet,
            Check = new FileOrProof(new ClassCheck(BlockChecks.BasicUNet), new Proof(BlockChecks.BasicUNetProof)),
            Solution = () => $"Parameters: {Facts.Parameters(Basic(1, 2)):N0} (1 channel, 2 blocks), {Facts.Parameters(Basic(3, 2)):N0} (3, 2), {Facts.Parameters(Basic(1, 3)):N0} (1, 3), {Facts.Parameters(Basic(3, 3)):N0} (3, 3). Deviation of a transposed convolution 512 → 256 with kernel 2: √(2 / (512 · 4)) = 0.03125. With 3 blocks and 3 channels it is the U-Net of the notes and 1,920 numbers more, those of the normalisations behind the up-convolutions.",
        },
        new()
        {
            Id = "8.3.4-data",
            Aliases = ["8.3.4 data", "N1-DATA-ISBI2012"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "the data in numbers",
            Task = """
                ISBI 2012: 30 slices of 512x512, the first 25 train, the last 5 validate. How many batches have training and validation at 128x128 with batches of 8, how many at 512x512 with batches of 2?
                How many KB (1024 bytes, float32) are 8 pictures of 128x128, and 2 of 512x512? Six numbers.
                """,
            Commands = ["data make membranes out/membranes --count 30 --size 512x512 --stacks", "data import isbi2012 out/membranes out/isbi", "data inspect out/isbi --batch 8 --resize 128x128 --validation last:5"],
            Hints = ["The last batch may be small: round up."],
            Errata = ["E-16", "E-17", "E-18", "E-27"],
            Check = new Quiz(
                Question.Number("training batches at 128", () => Math.Ceiling(25 / 8.0), "8, 8, 8 and 1", 0, (3, "the last batch has one picture, and it counts")),
                Question.Number("validation batches at 128", () => Math.Ceiling(5 / 8.0), "one of 5"),
                Question.Number("training batches at 512", () => Math.Ceiling(25 / 2.0), "12 pairs and 1", 0, (12, "the last batch has one picture, and it counts")),
                Question.Number("validation batches at 512", () => Math.Ceiling(5 / 2.0), "2 pairs and 1", 0, (2, "the last batch has one picture, and it counts")),
                Question.Number("KB of 8 × 128²", () => 8 * 128 * 128 * 4 / 1024.0, "4 bytes a pixel"),
                Question.Number("KB of 2 × 512²", () => 2 * 512 * 512 * 4 / 1024.0, "4 bytes a pixel")),
            Solution = () => "Values of the file are 0 (membrane) and 255 (cell); after loading, membranes are 1. Membranes are 0.2238 of the training pixels and 0.1990 of the validation's.",
        },
        new()
        {
            Id = "8.3.4-augmentation",
            Aliases = ["8.3.4 augmentation", "N1-AUG-ISBI"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "how many pictures flips and turns make",
            Task = "Flip left–right or not, flip up–down or not, turn by 0, 90, 180 or 270°. How many draws are there, how many different pictures do they give, and how likely is each? Three numbers.",
            Hints = ["Both flips together are the same as a turn by 180°."],
            Check = new Quiz(
                Question.Number("draws", () => SymmetryStudy.Draws.Count, "2 · 2 · 4"),
                Question.Number("different pictures", () => SymmetryStudy.Draws.Distinct(StringComparer.Ordinal).Count(), "the eight symmetries of the square, each drawn twice", 0, (16, "both flips together are a turn by 180°: some draws give the same picture")),
                Question.Number("probability of each", () => SymmetryStudy.Draws.GroupBy(d => d, StringComparer.Ordinal).Max(g => g.Count() / 16.0), "2 of 16", 0.0005)),
        },
        new()
        {
            Id = "N1-EX8.4",
            Aliases = ["EX8.4", "N1-TRAIN-LOOP"],
            Source = LessonSource.Notebook,
            Title = "the training loop",
            Task = """
                Write one epoch: training mode, then for every batch clear the gradients, forward, loss, backward, step; add up loss times batch size and divide by all pictures.
                `lesson skeleton N1-EX8.4 --out loop.cs`, then `lesson check N1-EX8.4 loop.cs`. Or check the folder of a run that SegSharp trained: `lesson check N1-EX8.4 out/run`.
                """,
            Commands =
            [
                "lesson skeleton N1-EX8.4 --out out/loop.cs",
                "train out/isbi --network basicunet --set network.base=64 --set network.blocks=2 --resize 128x128 --batch 8 --loss bce --positive-weight 9 --optimizer adam --lr 1e-3 --epochs 200 --validation last:5 --out out/run",
            ],
            Hints = ["Batches of 8, 8, 8 and 1: the mean of their means is not the mean over the pictures.", "ClearGradients before Backward, Step after it."],
            Errata = ["E-22", "E-16", "E-11"],
            Skeleton = Skeletons.Loop,
            Check = new FileOrFolder(new ClassCheck(LossChecks.Loop), new ResultCheck("the folder of a run", RunLessons.Trained)),
            Solution = () =>
            {
                var (best, p) = Facts.BestConstant(0.2238, 9);
                return $"Before training, with outputs near 0, the loss is ln 2 · (1 + 8 · 0.2238) = {Math.Log(2) * (1 + (8 * 0.2238)):0.###}. The best single answer for every pixel (p = {p:0.##}) reaches {best:0.###}: below that the network has begun to look at the picture. 4 steps an epoch, 800 in all.";
            },
        },
        new()
        {
            Id = "8.4-follow-up",
            Aliases = ["8.4 follow-up", "N1-LOSS-BCE9"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "the effect of the weight 9",
            Task = """
                Train with loss.positiveWeight 1, 3.47 and 9. As it grows: does recall rise or fall, does precision rise or fall?
                With weight 9 the network answers 0.5 where the truth is a membrane with which probability? And which weight balances 22.38 % membranes? Two words, two numbers.
                """,
            Commands = ["train out/isbi --network basicunet --set network.base=8 --loss bce --positive-weight 9 --resize 128x128 --epochs 20 --validation last:5 --out out/weight-9"],
            Hints = ["w·p = (1 − p) at the threshold.", "(1 − f) / f."],
            Errata = ["E-22"],
            Check = new Quiz(
                Question.Word("recall", "a missed membrane costs nine times a false one", "rises", "rise", "up"),
                Question.Word("precision", "membranes get thicker", "falls", "fall", "down"),
                Question.Number("true probability at the answer 0.5", () => 1 / (1.0 + 9), "9p = 1 − p", 0.001, (0.5, "only without a weight")),
                Question.Number("balancing weight", () => (1 - 0.2238) / 0.2238, "as many background pixels as there are for each membrane pixel", 0.01)),
        },
        new()
        {
            Id = "8.3.5-variants",
            Aliases = ["8.3.5 variants"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "which is which",
            Task = """
                Match: (1) three axes, residual blocks, the Dice loss; (2) nested, dense skips, deep supervision; (3) gates on the skips; (4) plain U-Net on three axes.
                Answer with four names: vnet, unetpp, attention-unet, unet3d in the order of the descriptions. And what closes the semantic gap in (2): skips or supervision?
                """,
            Commands = ["network list", "network graph unetpp -o out/unetpp.svg", "network graph attention-unet -o out/attention.svg"],
            Errata = ["E-14", "E-15"],
            Check = new Quiz(
                Question.Word("(1)", "Milletari 2016", "vnet", "v-net"),
                Question.Word("(2)", "Zhou 2018", "unetpp", "unet++", "u-net++"),
                Question.Word("(3)", "Oktay 2018", "attention-unet", "attention"),
                Question.Word("(4)", "Çiçek 2016", "unet3d", "3d-unet"),
                Question.Word("closes the gap", "the notebook credits deep supervision; the paper's nested dense skips bring encoder maps nearer to the decoder's", "skips", "nested skips", "dense skips").Unless(("supervision", "that helps training; the nested skips bring the maps together"))),
            Solution = () => $"Parameters with 3 channels in: unetpp {Facts.Parameters(new UNetPlusPlusOptions { InChannels = 3 }):N0}, attention-unet {Facts.Parameters(new AttentionUNetOptions { InChannels = 3 }):N0}, the same without gates {Facts.Parameters(new AttentionUNetOptions { InChannels = 3, Gates = false }):N0}. A fair comparison has one recipe, one split and several seeds.",
        },
    ];

    private static BasicUNetOptions Basic(int channels, int blocks) => new() { InChannels = channels, Blocks = blocks };

    private static Lesson Block(string id, string name, string[] aliases, string task, string[] hints, string[] errata, Func<StudentCode, IEnumerable<Verdict>> check) => new()
    {
        Id = id,
        Aliases = aliases,
        Source = LessonSource.Notebook,
        Title = name,
        Task = task,
        Commands = [$"lesson skeleton {id} --out out/{name}.cs", "network summary basicunet --input 3x64x64"],
        Hints = hints,
        Errata = errata,
        Skeleton = Skeletons.Block(name),
        Check = new ClassCheck(check),
        Solution = () => $"BasicUNetBlocks.{name.Replace("samplingBlock", "").Replace("Block", "")} is SegSharp's own; src/SegSharp/Networks/BasicUNet.cs puts it in its place.",
    };
}

using SegSharp.Metrics;
using SegSharp.Networks;
using SegSharp.Networks.Blocks;
using SegSharp.Torch;

namespace SegSharp.Figures.Lessons;

/// <summary>The lecture on upsampling, the Dice loss and attention.</summary>
internal static class LectureLessons
{
    public static IReadOnlyList<Lesson> All { get; } =
    [
        new()
        {
            Id = "L3-EX-Dice",
            Aliases = ["L3-EX Dice", "L3-LOSS-DICE"],
            Source = LessonSource.Lecture,
            Title = "A, B and what they share",
            Task = """
                Dice = 2 |A ∩ B| / (|A| + |B|). What is it for masks that share nothing, for equal masks, and for two masks of 10 pixels that share 5? And the Dice loss of the last? Four numbers.
                Or write it: `lesson skeleton L3-EX-Dice --out dice.cs`.
                """,
            Commands = ["lesson figure FIG-L3-DICE --out out/dice.svg", "lesson skeleton L3-EX-Dice --out out/dice.cs"],
            Hints = ["|A| + |B| counts what is shared twice; so does the numerator."],
            Errata = ["E-25"],
            Skeleton = Skeletons.Dice,
            Check = new AnswersOrFile(
                new Quiz(
                    Question.Number("nothing shared", () => Dice(10, 10, 0), "the numerator is 0"),
                    Question.Number("equal", () => Dice(10, 10, 10), "2 · 10 / 20"),
                    Question.Number("half shared", () => Dice(10, 10, 5), "2 · 5 / 20", 1e-9, (0.333, "that is the IoU, 5 / 15"), (0.25, "the numerator has a 2")),
                    Question.Number("loss of the last", () => 1 - Dice(10, 10, 5), "1 − Dice", 1e-9)),
                new ClassCheck(LossChecks.Dice)),
        },
        new()
        {
            Id = "L3-EX-imbalance",
            Aliases = ["L3-EX imbalance", "L3-WHY-DICE"],
            Source = LessonSource.Lecture,
            Kind = LessonKind.Question,
            Title = "why not accuracy",
            Task = "One pixel in a hundred is foreground. A network says background everywhere: what is its accuracy, and what its Dice? What is the Dice of a network that says foreground everywhere? Three numbers, two digits.",
            Commands = ["lesson figure FIG-L3-IMBALANCE --out out/imbalance.svg"],
            Check = new Quiz(
                Question.Number("accuracy", () => Metric.Accuracy.Of(new ConfusionCounts(0, 0, 1, 99))!.Value, "99 of 100 are right", 1e-9),
                Question.Number("Dice", () => Metric.Dice.Of(new ConfusionCounts(0, 0, 1, 99))!.Value, "nothing was found", 1e-9),
                Question.Number("Dice of foreground everywhere", () => Metric.Dice.Of(new ConfusionCounts(1, 99, 0, 0))!.Value, "2 / 101", 0.005)),
        },
        new()
        {
            Id = "L3-EX-upsampling",
            Aliases = ["L3-EX upsampling", "L3-UPSAMPLE-LINEAR"],
            Source = LessonSource.Lecture,
            Kind = LessonKind.Question,
            Title = "transposed or linear",
            Task = """
                Enlarge the row 0, 1 linearly by 2, with outer edges kept in place (align_corners = false): four numbers.
                Has a bilinear enlargement weights to learn (yes or no)? Which U-Net has more parameters, with network.up=transposed or with bilinear (look at the joins)?
                """,
            Commands = ["network summary unet --set network.up=transposed --input 1x256x256", "network summary unet --set network.up=bilinear --input 1x256x256"],
            Hints = ["A new pixel lies a quarter of the way between two old ones; beyond the border the border's value goes on."],
            Check = new Quiz(
                [
                    .. Enumerable.Range(0, 4).Select(i => Question.Number($"number {i + 1}", () => Enlarged()[i], "a weighted mean of the two nearest", 1e-6)),
                    Question.Word("weights", "its weights are ¾ and ¼ along each axis, always", "no"),
                    Question.WordOf("more parameters", "an interpolation cannot halve the channels: the convolution behind the join takes half as many again", () => Facts.Parameters(new UNetOptions()) > Facts.Parameters(new UNetOptions { Up = UpKind.Bilinear }) ? "transposed" : "bilinear"),
                ]),
            Solution = () => $"Transposed: {Facts.Parameters(new UNetOptions()):N0} parameters; bilinear: {Facts.Parameters(new UNetOptions { Up = UpKind.Bilinear }):N0}, since all channels from below come into the join. The outputs have the same size.",
        },
        new()
        {
            Id = "L3-EX-attention",
            Aliases = ["L3-EX attention", "L3-ATTN-UNET"],
            Source = LessonSource.Lecture,
            Kind = LessonKind.Question,
            Title = "gates on the skips",
            Task = """
                α = σ(ψ(ReLU(W_x x + W_g g + b))) multiplies the skip. Between which two numbers lies α? What does the network become when α is 1 everywhere: another name?
                How many parameters do the gates of attention-unet have (1 channel in, base 64)? Two numbers, a word, a number.
                """,
            Commands = ["lesson figure FIG-L3-ATTENTION --out out/attention.svg", "network summary attention-unet --input 1x256x256", "predict RUN IMAGE out/masks --save-attention out/gates"],
            Check = new Quiz(
                Question.Number("lowest", () => 0, "a sigmoid"),
                Question.Number("highest", () => 1, "a sigmoid"),
                Question.Word("with α = 1", "the skip passes as it is", "U-Net", "unet", "plain U-Net"),
                Question.Number("parameters of the gates", () => Facts.Parameters(new AttentionUNetOptions()) - Facts.Parameters(new AttentionUNetOptions { Gates = false }), "with gates less without")),
            Solution = () => "After training α is near 1 on the objects and near 0 where the skip would bring only noise; `predict --save-attention` draws it.",
        },
        new()
        {
            Id = "L3-EX-COCO",
            Aliases = ["L3-EX COCO", "L3-COCO"],
            Source = LessonSource.Lecture,
            Kind = LessonKind.Question,
            Title = "masks as JSON",
            Task = """
                COCO keeps objects as text. Which three lists has its file besides info and licenses? A box there is [x, y, ?, ?]: corner or size?
                A run-length code counts runs column by column, beginning with zeros: the 2x3 mask (rows 0 1 0 / 0 1 1) has which four counts? Three words, one word, four numbers.
                """,
            Check = new Quiz(
                [
                    Question.Word("first list", "files and their sizes", "images", "annotations", "categories"),
                    Question.Word("second list", "objects: a polygon or runs, area, box, category", "annotations", "images", "categories"),
                    Question.Word("third list", "names; their numbers have gaps", "categories", "images", "annotations"),
                    Question.Word("the last two of a box", "width and height", "size", "width and height"),
                    .. Enumerable.Range(0, 3).Select(i => Question.Number($"count {i + 1}", () => Runs()[i], "down the columns: 0 0, 1 1, 0 1")),
                    Question.Number("count 4", () => Runs()[3], "the runs add up to 6 pixels"),
                ]),
            Solution = () => "Area is the number of mask pixels. Reading back what was written gives the same mask.",
        },
        new()
        {
            Id = "L3-VAE",
            Aliases = ["L3-VS-VAE", "L3-CONTRAST-VAE"],
            Source = LessonSource.Lecture,
            Kind = LessonKind.Question,
            Title = "not a variational autoencoder",
            Task = """
                A U-Net looks like one. Three differences, yes or no each: is the U-Net's target its input? Does it sample in the middle, with a KL term in the loss? Has it skip connections?
                And KL of a standard normal from itself, −½ (1 + ln σ² − μ² − σ²): which number?
                """,
            Check = new Quiz(
                Question.Word("target is the input", "its target is a mask", "no"),
                Question.Word("samples", "nothing is drawn by chance in the middle", "no"),
                Question.Word("skips", "they help upsampling to find edges", "yes"),
                Question.Number("KL", () => -0.5 * (1 + Math.Log(1) - 0 - 1), "μ = 0, σ = 1")),
            Solution = () => "The U-Net's other use is diffusion: there it predicts the noise that was added.",
        },
    ];

    /// <summary>Dice of two masks by their sizes, by the metric itself.</summary>
    internal static double Dice(long a, long b, long shared) => Metric.Dice.Of(new ConfusionCounts(shared, b - shared, a - shared, 100))!.Value;

    private static float[] Enlarged()
    {
        using var scope = new TensorScope();
        return Torch.Operators.Pooling.Linear(Tensor.From(new float[] { 0, 1 }, 1, 1, 1, 2), [1, 4], alignCorners: false).ToArray<float>();
    }

    private static List<int> Runs()
    {
        int[,] mask = { { 0, 1, 0 }, { 0, 1, 1 } };
        var (runs, value, length) = (new List<int>(), 0, 0);
        for (var i = 0; i < 6; i++)
        {
            if (mask[i % 2, i / 2] == value)
            {
                length++;
                continue;
            }

            runs.Add(length);
            (value, length) = (1 - value, 1);
        }

        return [.. runs, length];
    }
}

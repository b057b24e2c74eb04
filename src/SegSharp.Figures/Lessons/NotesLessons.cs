using SegSharp.Foundation;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Torch;

namespace SegSharp.Figures.Lessons;

/// <summary>The notes on U-Net.</summary>
internal static class NotesLessons
{
    public static IReadOnlyList<Lesson> All { get; } =
    [
        new()
        {
            Id = "U2-Q1",
            Aliases = ["U2-Q1 channel", "U2-CHANNEL-NOTE"],
            Source = LessonSource.Notes,
            Kind = LessonKind.Question,
            Title = "what a channel is",
            Task = """
                A filter gives one map, and a map is a channel of the next layer. How many channels has an RGB picture? How many 2D kernels has one filter of the first layer then?
                How many channels has the U-Net at its top and at its bottom (base 64, depth 4), and how large is a map at the bottom for 256x256? Five numbers.
                """,
            Commands = ["network summary unet --set network.inChannels=3 --input 3x256x256", "network graph unet -o out/unet.svg"],
            Check = new Quiz(
                Question.Number("channels of RGB", () => Unet.InChannels, "red, green, blue"),
                Question.Number("2D kernels of one filter", () => Facts.InChannels(Unet, FirstConvolution()), "one for every channel that comes in", 0, (1, "a filter spans all channels that come in")),
                Question.Number("channels at the top", () => Facts.Summary(Unet, 256, 256).Layers[0].Output[1], "64 filters"),
                Question.Number("channels at the bottom", () => Facts.Summary(Unet, 256, 256).Layers.Max(l => l.Output[1] * (l.Type == "Conv" ? 1 : 0)), "doubled four times"),
                Question.Number("side at the bottom", () => Facts.Summary(Unet, 256, 256).Layers.Min(l => l.Output[2]), "halved four times")),
            Solution = () => "The first layers answer to edges and spots, the deep ones to objects: fewer places, more kinds of things.",
        },
        new()
        {
            Id = "U2-Q2",
            Aliases = ["U2-Q2 skips"],
            Source = LessonSource.Notes,
            Kind = LessonKind.Question,
            Title = "the skip connections",
            Task = "The notes' heading about skips is empty. Is the skip taken before or after the pooling? Along which axis is it joined (the number in PyTorch)? How many channels has the join at the top (base 64)?",
            Commands = ["network graph unet -o out/unet.svg", "network summary unet --input 1x256x256"],
            Hints = ["Axes: 0 picture, 1 channel, 2 row, 3 column."],
            Check = new Quiz(
                Question.Word("taken", "the map keeps its full resolution; the pooled one would not fit", "before", "before pooling"),
                Question.Number("axis", () => 1, "channels"),
                Question.Number("channels of the join at the top", () => Facts.Summary(Unet, 256, 256).Layers.Where(l => l.Type == "Cat").Last().Output[1], "64 from the left, 64 from below", 0, (64, "that is one of the two"))),
        },
        new()
        {
            Id = "U2-EX-run-the-example",
            Aliases = ["U2-EX run the example", "U2-EX run", "U2-EX"],
            Source = LessonSource.Notes,
            Title = "two bugs in the example",
            Task = """
                The example makes a random picture of 1x1x256x256 and gives it to a U-Net for 3 channels, with a call of randint that lacks an argument.
                Which argument lacks: low or high? Which error does PyTorch raise for the channels: RuntimeError or TypeError? What is the shape of the fixed network's output for 1x3x256x256, as four numbers, and how many parameters has it?
                """,
            Commands = ["network summary unet --set network.inChannels=3 --input 3x256x256"],
            Errata = ["E-07", "E-06"],
            Check = new Quiz(
                [
                    Question.Word("lacks", "np.random.randint(low, high, size)", "low"),
                    Question.Word("error", "a weight of [64, 3, 3, 3] expected 3 channels", "RuntimeError"),
                    .. Enumerable.Range(0, 4).Select(i => Question.Number($"axis {i} of the output", () => Facts.Summary(Unet, 256, 256).Output[i], i == 1 ? "one class" : "as the picture")),
                    Question.Number("parameters", () => Facts.Parameters(Unet), "3 channels in, 1 out", 0, (31042369, "that is with one channel in")),
                ]),
            Solution = () =>
            {
                using var network = new UNet(new() { InChannels = 3, Base = 2 });
                using var scope = new TensorScope();
                try
                {
                    network.Forward(Tensor.Zeros([1, 1, 256, 256]));
                    return "";
                }
                catch (InputException e)
                {
                    return $"SegSharp says: {e.Message}; fix: {e.Fix}. The output lies in (0, 1) only behind a sigmoid, and SegSharp's networks have none.";
                }
            },
        },
        new()
        {
            Id = "U2-EX-sizes",
            Aliases = ["U2-EX sizes"],
            Source = LessonSource.Notes,
            Title = "which sizes work",
            Task = """
                The notes' U-Net pools four times. Of which number must a side be a multiple for its code to run? At 100 pixels, which two sides meet at the first join (smaller first)?
                Does SegSharp's unet take 100x100 (yes or no), and what is the side of its output?
                """,
            Commands = ["network summary unet --set network.base=8 --input 1x100x100"],
            Hints = ["100, 50, 25, 12, 6. And back: 12."],
            Check = new Quiz(
                Question.Number("multiple of", () => 1 << new UNetOptions().Depth, "2⁴"),
                Question.Number("the smaller", () => (100 >> 4 << 1 << 1), "6 → 12 → 24: from below", 0, (12, "12 and 12 fit; the next join does not")),
                Question.Number("the larger", () => 100 >> 2, "100 → 50 → 25: the skip"),
                Question.Word("SegSharp takes it", "it continues the picture at the far sides to a multiple of 16 and cuts the logits back", "yes"),
                Question.Number("side of the output", () => Facts.Summary(new UNetOptions { Base = 4 }, 100, 100).Output[2], "the picture's own")),
        },
        new()
        {
            Id = "U2-EX-loss",
            Aliases = ["U2-EX loss", "U2-SIGMOID-TRAP"],
            Source = LessonSource.Notes,
            Title = "a sigmoid too many",
            Task = """
                Logits 2, −1, 0.5, −3 with truth 1, 0, 1, 0. What is the cross-entropy of logits, and what does the same loss give when the network has applied a sigmoid already?
                Between which two values lie the probabilities then, whatever the network says? Four numbers, four digits.
                """,
            Commands = ["train out/cells --loss bce --network unet --out out/run"],
            Hints = ["σ(σ(z)): the inner one lies between 0 and 1, so the outer between σ(0) and σ(1)."],
            Errata = ["E-06"],
            Check = new Quiz(
                Question.Number("logits", () => Facts.Loss(new BinaryCrossEntropyOptions()), "one sigmoid", 1e-4),
                Question.Number("probabilities taken for logits", () => Facts.Loss(new BinaryCrossEntropyOptions(), Twice()), "two sigmoids", 1e-4),
                Question.Number("lowest", () => Sigmoid(0), "σ(0)", 1e-4),
                Question.Number("highest", () => Sigmoid(1), "σ(1)", 1e-4)),
            Solution = () =>
            {
                using var scope = new TensorScope();
                return "SegSharp's networks give logits only. For a network of your own a guard looks at the first batch: \"" + LogitsGuard.Suspect(Tensor.From([.. Twice()], 1, 1, 2, 2), Head.Sigmoid) + "\".";
            },
        },
    ];

    private static UNetOptions Unet => new() { InChannels = 3 };

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    private static List<float> Twice() => [.. Facts.Logits.Select(z => (float)Sigmoid(z))];

    private static string FirstConvolution()
    {
        using var shapesOnly = Initialise.Skip();
        using var network = new UNet(Unet);
        var name = network.NamedParameters().First().Name;
        return name[..name.LastIndexOf('.')];
    }
}

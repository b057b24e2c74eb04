using SegSharp.Imaging;
using SegSharp.Networks;
using SegSharp.Networks.Parts;
using SegSharp.Torch;

namespace SegSharp.Figures.Lessons;

/// <summary>Sections 8.1 to 8.3.2 of the notebook: tasks, transposed convolutions, VGG and FCN.</summary>
internal static class NotebookUpsampling
{
    public static IReadOnlyList<Lesson> All { get; } =
    [
        new()
        {
            Id = "8.1-setup",
            Aliases = ["N1-8.1"],
            Source = LessonSource.Notebook,
            Title = "set up",
            Task = "Make sure that this machine can compute: which version of libtorch is there, and which device would be used? `lesson check 8.1-setup` looks too.",
            Commands = ["doctor"],
            Errata = ["E-27"],
            Check = new Proof(() =>
            [
                Verdict.That(TorchRuntime.About().Length > 0, "libtorch answers", TorchRuntime.About().Split('\n')[0].Trim()),
                Verdict.That(true, "device", TorchRuntime.CudaCount > 0 ? "cuda" : "cpu"),
            ]),
        },
        new()
        {
            Id = "8.2-tasks",
            Source = LessonSource.Notebook,
            Title = "three tasks, two kinds of labels",
            Task = """
                Draw FIG-N1-1 and FIG-N1-2. A mask has its object in columns 0 to 454 and rows 100 to 332, both ends included. Write its box as x_min y_min x_max y_max.
                Then: two discs of one class touch. How many objects can be counted from a semantic mask, how many from an instance mask? Six numbers.
                """,
            Commands = ["lesson figure FIG-N1-1 --out out/tasks.svg", "lesson figure FIG-N1-2 --out out/instances.svg", "measure IMAGE MASK --objects"],
            Hints = ["x is the column, y is the row.", "A semantic mask knows classes, not objects."],
            Check = new Quiz(
                Question.Number("x_min", () => 0, "the first column", 0, (100, "x is the column; 100 is a row")),
                Question.Number("y_min", () => 100, "the first row", 0, (0, "y is the row; 0 is a column")),
                Question.Number("x_max", () => 454, "the last column", 0, (332, "x is the column; 332 is a row")),
                Question.Number("y_max", () => 332, "the last row", 0, (454, "y is the row; 454 is a column")),
                Question.Number("objects in the semantic mask", () => TaskPictures.Touching.Semantic, "touching pixels of one class are one component"),
                Question.Number("objects in the instance mask", () => TaskPictures.Touching.Instances, "each object has its own number")),
        },
        new()
        {
            Id = "8.3.1-tconv-size",
            Aliases = ["8.3.1 tconv size", "N1-TCONV-FORMULA"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "size of a transposed convolution",
            Task = """
                Input 5, kernel 3, stride 2. How large is the output with no zeros around the interlaced map? How large is it when PyTorch is told padding=0?
                And which padding must PyTorch be told for the first? Three numbers.
                """,
            Commands = ["lesson figure FIG-N1-3 --out out/tconv.html"],
            Hints = ["Around the interlaced map: (H − 1)s + 2P − d(k − 1) + op + 1.", "PyTorch: (H − 1)s − 2p + d(k − 1) + op + 1."],
            Errata = ["E-02"],
            Check = new Quiz(
                Question.Number("nothing around the map", () => TransposedStudy.Course.Output().GetLength(0), "the interlaced map has 9 places, a kernel of 3 fits 7 times", 0, (11, "that is PyTorch's padding 0, which means k − 1 = 2 zeros around the map")),
                Question.Number("PyTorch's padding 0", () => Facts.TransposedSide(5, 3, 2, 0), "(5 − 1) · 2 + 2 + 1: every place where a kernel reaches", 0, (7, "that is without zeros around the interlaced map")),
                Question.Number("PyTorch's padding for the first", () => TransposedStudy.Course.TorchPadding, "P = d(k − 1) − p, so p = 2 − 0", 0, (0, "PyTorch counts the other way round: P = d(k − 1) − p"))),
            Solution = () => "Both paddings are linked by P = d(k − 1) − p. For p = 1 the output is " + Facts.TransposedSide(5, 3, 2, 1) + ", with output_padding 1 it is " + Facts.TransposedSide(5, 3, 2, 1, 1) + ".",
        },
        new()
        {
            Id = "8.3.1-animation",
            Aliases = ["8.3.1 animation", "N1-TCONV-ANIMATION"],
            Source = LessonSource.Notebook,
            Title = "the animation in numbers",
            Task = """
                Compute the transposed convolution of the animation by hand, or write it: `lesson skeleton 8.3.1-animation --out tconv.cs`.
                The check gives your function the course's 5x5 map and its symmetric kernel, then a kernel that is not symmetric: there it shows whether the kernel was turned.
                Without a file the check proves that PyTorch's operator gives the same numbers.
                """,
            Commands = ["lesson figure FIG-N1-3 --out out/tconv.html", "lesson figure FIG-N1-3 --out out/tconv.svg"],
            Hints = ["Put stride − 1 zeros between the elements, then convolve.", "The convolution that undoes a shape uses the kernel turned by 180°."],
            Errata = ["E-03", "E-02"],
            Skeleton = Skeletons.Transposed,
            Check = new FileOrProof(new ClassCheck(LossChecks.Transposed), new Proof(LossChecks.TransposedProof)),
            Solution = () => $"Rows of the output: {TransposedStudy.Text(TransposedStudy.Course.Output())}. With the kernel {TransposedStudy.Text(TransposedStudy.Asymmetric.Kernel)} the first row is {TransposedStudy.Text(TransposedStudy.Asymmetric.Output()).Split('/')[0]}, and {TransposedStudy.Text(TransposedStudy.Asymmetric.Output(turn: false)).Split('/')[0]} if it is not turned.",
        },
        new()
        {
            Id = "8.3.1-demo",
            Aliases = ["8.3.1 demo", "N1-TCONV-DEMO"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "the demonstration layer",
            Task = """
                A transposed convolution from 256 to 128 channels, kernel 3, stride 2, padding 1, output padding 1, on 1x256x8x8.
                How many channels come out, how large is a side, how many parameters are there? In the call with six numbers by position, what is the sixth: padding or output_padding?
                """,
            Commands = ["network summary tconv-demo --input 256x8x8"],
            Check = new Quiz(
                Question.Number("channels", () => Facts.Summary(new TransposedConvDemoOptions(), 1, 8, 8).Output[1], "the second argument"),
                Question.Number("side", () => Facts.Summary(new TransposedConvDemoOptions(), 1, 8, 8).Output[2], "(8 − 1) · 2 − 2 + 2 + 1 + 1", 0, (15, "that is without the output padding")),
                Question.Number("parameters", () => Facts.Parameters(new TransposedConvDemoOptions()), "256 · 128 · 9 weights and 128 biases", 0, (294912, "those are the weights; there are 128 biases too")),
                Question.Word("sixth argument", "in, out, kernel, stride, padding, output_padding", "output_padding", "output padding")),
        },
        new()
        {
            Id = "8.3.1-upsampling-module",
            Aliases = ["8.3.1 upsampling module", "N1-UPSAMPLE-MODULE"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "six doublings",
            Task = """
                The module takes 1x1024x4x4 to 1x1x256x256 in layers of transposed convolution, batch normalisation and ReLU. How many doublings are there, how many parameters,
                and are its outputs logits or probabilities? Two numbers and a word.
                """,
            Commands = ["network summary upsample-demo --input 1024x4x4"],
            Check = new Quiz(
                Question.Number("doublings", () => Math.Log2(Facts.Summary(new UpsampleDemoOptions(), 1, 4, 4).Output[2] / 4.0), "4, 8, 16, 32, 64, 128, 256"),
                Question.Number("parameters", () => Facts.Parameters(new UpsampleDemoOptions()), "six transposed convolutions with their normalisations, and the last 1×1"),
                Question.Word("its outputs", "the docstring says probabilities, but nothing behind the last convolution makes them so", "logits").Unless(("probabilities", "the docstring says so, but no sigmoid stands behind the last convolution"))),
        },
        new()
        {
            Id = "8.3.1-output-padding",
            Aliases = ["8.3.1 why output_padding 1"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "why output_padding 1",
            Task = "Kernel 3, stride 2, padding 1. To which side does a convolution take 15, and to which 16? To which does the transposed one take 8 back, with output padding 0 and with 1? Four numbers.",
            Hints = ["A convolution of stride 2 rounds down."],
            Check = new Quiz(
                Question.Number("15 becomes", () => Facts.ConvolvedSide(15, 3, 2, 1), "⌊(15 + 2 − 3) / 2⌋ + 1"),
                Question.Number("16 becomes", () => Facts.ConvolvedSide(16, 3, 2, 1), "⌊(16 + 2 − 3) / 2⌋ + 1, rounded down"),
                Question.Number("8 becomes, output padding 0", () => Facts.TransposedSide(8, 3, 2, 1), "(8 − 1) · 2 − 2 + 2 + 0 + 1"),
                Question.Number("8 becomes, output padding 1", () => Facts.TransposedSide(8, 3, 2, 1, 1), "the same and one row more")),
            Solution = () => "Two sizes shrink to the same one; output_padding says which of them to go back to. It adds no zeros to compute with, only a row at the far border.",
        },
        new()
        {
            Id = "8.3.1-checkerboard",
            Aliases = ["N1-CHECKERBOARD"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "checkerboards",
            Task = """
                A transposed convolution adds a kernel at every input place. Along one axis, inside the map: how many kernel elements fall on two neighbouring places with kernel 3 and stride 2?
                (the larger number first) How many with kernel 2 and stride 2, with kernel 4 and stride 2? Four numbers.
                """,
            Commands = ["lesson figure FIG-CHECKERBOARD --out out/checkerboard.svg"],
            Hints = ["A kernel that the stride divides falls evenly."],
            Check = new Quiz(
                Question.Number("k 3 s 2, the larger", () => Inner(3).Max(), "two kernels overlap by one place"),
                Question.Number("k 3 s 2, the smaller", () => Inner(3).Min(), "the middle of a kernel alone"),
                Question.Number("k 2 s 2", () => Inner(2).Max(), "kernels lie side by side"),
                Question.Number("k 4 s 2", () => Inner(4).Max(), "every place gets two")),
            Solution = () => "Where the numbers differ, a constant input gives a pattern of squares: in two dimensions 1, 2 and 4. Remedies: a kernel that the stride divides, or interpolation and a plain convolution (network.up=bilinear).",
        },
        new()
        {
            Id = "8.3.2-FCN-table",
            Aliases = ["8.3.2 FCN table", "N1-FCN-VARIANTS"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "sizes in an FCN-8s",
            Task = "Fill in the sides for an image of 224x224: behind pool1, pool2, pool3, pool4, pool5, then fc6 (7x7, padding 3), the first upsampling, and the end. Eight numbers.",
            Commands = ["network summary fcn8s --set network.classes=21 --set network.inChannels=3 --input 3x224x224", "network graph fcn8s --input 3x224x224 -o out/fcn8s.svg"],
            Hints = ["Every pooling halves.", "A 7×7 kernel with padding 3 keeps the size."],
            Errata = ["E-04", "E-30"],
            Check = new Quiz(
                [
                    .. Enumerable.Range(0, 5).Select(i => Question.Number($"pool{i + 1}", () => Fcn().Layers.Where(l => l.Type == "MaxPool").ElementAt(i).Output[2], "halved")),
                    Question.Number("fc6", () => Fcn().Layers.First(l => l.Name == "fc6").Output[2], "7 − 7 + 2 · 3 + 1", 0, (1, "that is without the padding of 3")),
                    Question.Number("the first upsampling", () => Fcn().Layers.First(l => l.Name == "upscore2").Output[2], "kernel 4, stride 2, padding 1: doubled"),
                    Question.Number("the end", () => Fcn().Output[2], "the image's own side"),
                ]),
        },
        new()
        {
            Id = "8.3.2-skip-kinds",
            Aliases = ["8.3.2 skip kinds"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "two kinds of skips",
            Task = "What does an FCN do with a skip, and what a U-Net: add or concatenate? And what is it that an FCN passes: class scores or features? Three words.",
            Commands = ["network graph fcn8s --input 3x224x224 -o out/fcn8s.svg", "network graph unet -o out/unet.svg"],
            Errata = ["E-30"],
            Check = new Quiz(
                Question.Word("FCN", "maps of class scores are summed element by element", "add", "adds", "sum", "added"),
                Question.Word("U-Net", "feature maps stand one behind the other", "concatenate", "concatenates", "concat", "concatenation", "cat"),
                Question.Word("an FCN passes", "a 1×1 convolution has made scores of the features before", "scores", "class scores")),
        },
        new()
        {
            Id = "8.3.2-VGG",
            Aliases = ["8.3.2 VGG", "N1-VGG16"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "VGG16",
            Task = "The notebook's VGG16 with 20 classes: parameters in all, parameters of its first fully connected layer (fc1), and the share of fc1 in percent. Three numbers; what is the shape of the output for a batch of 8? Two more.",
            Commands = ["network summary vgg16-demo --set network.classes=20 --input 3x224x224"],
            Hints = ["fc1: 512 · 7 · 7 in, 4096 out."],
            Errata = ["E-09", "E-10"],
            Check = new Quiz(
                Question.Number("parameters", () => Facts.Parameters(Vgg), "13 convolutions and 3 fully connected layers", 0, (138357544, "that is torchvision's with 1000 classes")),
                Question.Number("parameters of fc1", () => Facts.Parameters(Vgg, "fc1"), "25,088 · 4096 weights and 4096 biases", 0, (102760448, "those are the weights; there are 4096 biases too")),
                Question.Number("share of fc1 in percent", () => 100.0 * Facts.Parameters(Vgg, "fc1") / Facts.Parameters(Vgg), "three quarters of the network in one layer", 0.6),
                Question.Number("first axis of the output", () => Facts.Summary(Vgg, 8, 224, 224).Output[0], "the batch"),
                Question.Number("second axis", () => Facts.Summary(Vgg, 8, 224, 224).Output[1], "one logit per class")),
        },
        new()
        {
            Id = "8.3.2.1-transfer",
            Aliases = ["8.3.2.1 transfer", "N1-TL-DEMO"],
            Source = LessonSource.Notebook,
            Title = "features of a pretrained and a random encoder",
            Task = """
                Take the features of the last pooling (512x7x7) of 400 pictures from two encoders, one trained and one fresh, and lay both out with t-SNE. How long is one picture's list of numbers?
                Which encoder's picture shows the classes: the trained or the random? With ten classes of 40 pictures, what share of a picture's neighbours has its class by chance?
                """,
            Commands = ["lesson figure FIG-N1-4 --out out/tsne.svg"],
            Hints = ["512 · 7 · 7."],
            Errata = ["E-10", "E-27"],
            Check = new Quiz(
                Question.Number("numbers per picture", () => Facts.Summary(Vgg, 1, 224, 224).Layers.Last(l => l.Type == "MaxPool").Output.Skip(1).Aggregate((a, b) => a * b), "512 channels of 7×7"),
                Question.Word("shows the classes", "its features were made to tell things apart", "trained", "pretrained"),
                Question.Number("by chance", () => 0.1, "40 of 400 pictures", 0.005)),
        },
        new()
        {
            Id = "8.3.2.2-FCN",
            Aliases = ["8.3.2.2 FCN", "N1-FCN8S"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "an FCN-8s for 21 classes",
            Task = "Channels and side of the output for 1x3x224x224, parameters, and the loss before any training, when every score is 0 (cross-entropy of 21 classes). Four numbers.",
            Commands = ["network summary fcn8s --set network.classes=21 --input 3x224x224"],
            Hints = ["With equal scores every class has the probability 1/21."],
            Errata = ["E-04", "E-05", "E-30"],
            Check = new Quiz(
                Question.Number("channels", () => Fcn().Output[1], "20 classes of VOC and the background", 0, (20, "the background is a class too")),
                Question.Number("side", () => Fcn().Output[2], "the image's own"),
                Question.Number("parameters", () => Facts.Parameters(FcnOptions), "nearly all in fc6 and fc7", 0),
                Question.Number("first loss", () => Math.Log(21), "−ln(1/21)", 0.001)),
            Solution = () => $"The score layers begin with zeros, so every class has the same score. The colour of class 20 (tvmonitor), which the notebook's table lacks, is {VocColours.Of(20).R}, {VocColours.Of(20).G}, {VocColours.Of(20).B}.",
        },
        new()
        {
            Id = "N1-EX8.0",
            Aliases = ["8.3.2.3", "EX8.0", "N1-VIDEO-SEG"],
            Source = LessonSource.Notebook,
            Title = "film yourself and segment",
            Task = """
                Segment a film and draw the triptych: frame, segmentation, overlay. Which number has "person" among the 21 classes, and what is its red?
                How many frames are kept of 3 seconds at 30 frames a second when 10 a second are asked for? A frame's pixel is 100 and the class's colour 192: what is the overlay with alpha 0.5?
                """,
            Commands = ["lesson figure FIG-N1-11 --out out/triptych.svg"],
            Hints = ["Classes of VOC are in alphabetical order; 0 is background.", "Every third frame.", "Half of each."],
            Errata = ["E-05", "E-27"],
            Check = new Quiz(
                Question.Number("number of person", () => VocColours.Classes.ToList().IndexOf("person"), "alphabetical, from 1"),
                Question.Number("red of person", () => VocColours.Of(15).R, "bits 0, 3, 6 … of the number make red"),
                Question.Number("frames kept", () => 3 * 10, "duration times the frames a second that are asked for"),
                Question.Number("overlay", () => (0.5 * 100) + (0.5 * 192), "half of each")),
            Solution = () => "At 29.97 frames a second, 29.97 // 10 = 2 would keep 15 a second and play them as 10: one and a half times too slow. Choose frames by their time stamps.",
        },
    ];

    private static Fcn8sOptions FcnOptions => new() { Classes = 21, InChannels = 3 };

    private static Vgg16DemoOptions Vgg => new() { Classes = 20 };

    private static NetworkSummary Fcn() => Facts.Summary(FcnOptions, 224, 224);

    // Away from the borders, where fewer kernels reach.
    private static IEnumerable<int> Inner(int kernel) => TransposedStudy.Counts(8, kernel, 2)[4..^4];
}

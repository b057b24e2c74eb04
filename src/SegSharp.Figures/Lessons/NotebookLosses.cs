using SegSharp.Losses;

namespace SegSharp.Figures.Lessons;

/// <summary>Sections 8.5 to 8.7 of the notebook: losses, nnU-Net, and networks that are asked by a click.</summary>
internal static class NotebookLosses
{
    public static IReadOnlyList<Lesson> All { get; } =
    [
        new()
        {
            Id = "8.5-losses",
            Aliases = ["8.5 losses", "N1-LOSS"],
            Source = LessonSource.Notebook,
            Title = "losses by hand",
            Task = """
                Four pixels: logits 2, −1, 0.5, −3, truth 1, 0, 1, 0. Compute: binary cross-entropy; the same with weight 9 on the positive pixels; 1 − soft Dice (ε = 10⁻⁶);
                half cross-entropy plus half Dice; focal loss with γ = 2. Five numbers to four digits.
                Or write the functions: `lesson skeleton 8.5-losses --out losses.cs`, then `lesson check 8.5-losses losses.cs`.
                """,
            Commands = ["lesson skeleton 8.5-losses --out out/losses.cs"],
            Hints = ["p = 1 / (1 + e^−z): 0.8808, 0.2689, 0.6225, 0.0474.", "Dice: 2 Σ p·t over Σ p + Σ t.", "Focal: every term of the cross-entropy times (1 − p_t)²."],
            Errata = ["E-31", "E-22", "E-25"],
            Skeleton = Skeletons.Losses,
            Check = new AnswersOrFile(
                new Quiz(
                    Question.Number("binary cross-entropy", () => Facts.Loss(new BinaryCrossEntropyOptions()), "the mean of −ln p and −ln(1 − p)", 1e-4, (0.5825, "a sigmoid was applied twice")),
                    Question.Number("with weight 9", () => Facts.Loss(new BinaryCrossEntropyOptions { PositiveWeight = 9 }), "only positive pixels weigh 9; the mean is over four", 1e-4, (2.1664, "that weighs every pixel by 9")),
                    Question.Number("1 − Dice", () => Facts.Loss(Facts.CourseDice), "2 · 1.5033 / (1.8196 + 2)", 1e-4, (0.2578, "that is the mean over two pictures of two pixels")),
                    Question.Number("half and half", Facts.Combined, "the mean of the two", 1e-4),
                    Question.Number("focal", () => Facts.Loss(new FocalOptions { Sigmoid = true }), "pixels that are right already fade", 1e-4, (0.2407, "that is the cross-entropy: each term is multiplied by (1 − p_t)²"))),
                new ClassCheck(LossChecks.Losses)),
            Solution = () => $"Weighing every pixel by 9 gives {9 * Facts.Loss(new BinaryCrossEntropyOptions()):0.####}. Focal with α = 0.25 gives {Facts.Loss(new FocalOptions { Sigmoid = true, Alpha = 0.25 }):0.######}. All formulas: docs/reference/losses.md.",
        },
        new()
        {
            Id = "8.5.2-empty-mask",
            Aliases = ["8.5.2 empty mask", "N1-LOSS-EMPTY"],
            Source = LessonSource.Notebook,
            Title = "the Dice loss of an empty mask",
            Task = """
                A picture of 64x64 without any foreground, every logit −8: nearly right. With ε = 10⁻⁶, is the Dice loss near 0 or near 1? Is its largest gradient below 10⁻⁹ (yes or no)?
                And is it when half of the loss is cross-entropy (yes or no)?
                """,
            Hints = ["2 · 0 / (Σ p + 0).", "Where every pixel of the truth is 0 the numerator is ε alone, whatever the network says."],
            Check = new Quiz(
                Question.WordOf("near", "the numerator is empty, so the fraction is 0 however small the prediction", () => Facts.EmptyMask(1e-6).Loss > 0.5 ? "1" : "0"),
                Question.WordOf("below 1e-9", "the gradient is ε over a square: nothing moves", () => Facts.EmptyMask(1e-6).Gradient < 1e-9 ? "yes" : "no"),
                Question.WordOf("half cross-entropy", "cross-entropy has a gradient at every pixel", () => Facts.EmptyMask(1e-6, bce: 0.5).Gradient < 1e-9 ? "yes" : "no")),
            Solution = () =>
            {
                var rows = new[] { 1e-6, 1e-5, 1.0 }.Select(s => (s, Facts.EmptyMask(s)));
                return string.Join('\n', rows.Select(r => $"ε = {r.s:0.######}: loss {r.Item2.Loss:0.####}, largest gradient {r.Item2.Gradient:0.0e+0}"))
                    + $"\nhalf cross-entropy: largest gradient {Facts.EmptyMask(1e-6, bce: 0.5).Gradient:0.0e+0}. Or leave such pictures out: loss.skipAbsent=true.";
            },
        },
        new()
        {
            Id = "8.6-nnU-Net",
            Aliases = ["8.6 nnU-Net", "N1-NNUNET"],
            Source = LessonSource.Notebook,
            Title = "what nnU-Net's rules decide",
            Task = """
                An axis is pooled as long as it can be halved and at least 4 voxels remain. How often is 128 pooled, how often 80, how often 20? Channels are 32 · 2^stage, at most 320 for volumes: how many has the fifth stage?
                Where do windows of 64 begin on 110 voxels with half a window's step? Seven numbers. Which configurations does it train: look at FIG-N1-6.
                """,
            Commands = ["lesson figure FIG-N1-6 --out out/nnunet.svg", "network summary plainconvunet --input 1x64x64x64"],
            Hints = ["128, 64, 32, 16, 8, 4.", "80, 40, 20, 10, 5: 5 is still 4 or more."],
            Errata = ["E-23"],
            Check = new Quiz(
                Question.Number("128", () => Poolings(128), "128 → 64 → 32 → 16 → 8 → 4"),
                Question.Number("80", () => Poolings(80), "80 → 40 → 20 → 10 → 5"),
                Question.Number("20", () => Poolings(20), "20 → 10 → 5"),
                Question.Number("channels of the fifth stage", () => Math.Min(320, 32 << 4), "32, 64, 128, 256, 320", 0, (512, "volumes stop at 320; 512 is the ceiling of 2D")),
                Question.Number("first window", () => Windows(0), "at the border"),
                Question.Number("second window", () => Windows(1), "evenly spaced: 46 / 2"),
                Question.Number("third window", () => Windows(2), "it ends at the border")),
            Solution = () => "CT is clipped to the foreground's 0.5 and 99.5 percentiles over the data set (no fixed window); elastic deformation is off in version 2; the best single configuration or pair is chosen, not all three. FIG-N1-6 has every rule.",
        },
        new()
        {
            Id = "8.6.4-8.7.4-when",
            Aliases = ["8.6.4 / 8.7.4 when", "8.6.4-when", "8.7.4-when", "8.6.4", "8.7.4"],
            Source = LessonSource.Notebook,
            Kind = LessonKind.Question,
            Title = "which tool when",
            Task = """
                nnunet, sam or unet? (1) a new data set of 200 labelled CT scans, two days of a GPU, a strong baseline wanted; (2) no labels yet, a hundred pictures to outline this week, somebody to click;
                (3) a live picture at 30 frames a second with one class. Three words.
                """,
            Check = new Quiz(
                Question.Word("(1)", "labels and time are there: it plans itself and is hard to beat", "nnunet", "nnu-net"),
                Question.Word("(2)", "it needs prompts, no labels", "sam", "medsam"),
                Question.Word("(3)", "small and quick; nnU-Net's windows and folds are not for real time", "unet", "u-net")),
        },
        new()
        {
            Id = "8.7.5-SAM",
            Aliases = ["8.7.5 SAM", "N1-SAM"],
            Source = LessonSource.Notebook,
            Title = "ask by a click or a box",
            Task = """
                `sam predict` takes points (label 1: object, 0: not), a box or a rough mask, and gives masks with a predicted IoU. SAM answers one point with how many masks, since a point may mean a part or a whole?
                Which prompt says more, a box or one point? May patients' pictures be sent to a hosted demonstration (yes or no)?
                """,
            Commands = ["sam predict IMAGE --weights FILE --point 250,187 --out out/mask.png", "sam predict IMAGE --weights FILE --box 100,80,320,260 --out out/mask.png"],
            Check = new Quiz(
                Question.Number("masks for one point", () => 3, "part, subpart, whole"),
                Question.Word("says more", "it gives position and size", "box", "a box"),
                Question.Word("hosted demonstrations", "use weights on your own machine; MedSAM and SAM-Med2D are made for such pictures", "no")),
            Solution = () => "docs/reference/sam.md: which weights, which prompts, and what they reached.",
        },
    ];

    private static double Poolings(int side) => Enumerable.Range(1, 10).TakeWhile(n => side >> n >= 4).Count();

    private static double Windows(int i) => Prediction.WindowPlaces.Along(110, 64, 0.5, Prediction.WindowPlacing.Even)[i];
}

using SegSharp.Losses;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.ParityTests.Losses;

/// <summary>Our loss that stands in for an original: original = Scale · ours + Shift.</summary>
internal sealed record StandIn(Loss Loss, double Scale = 1, double Shift = 0);

/// <summary>Which of our losses computes what an original computes, from its name and constructor arguments.</summary>
internal static class LossOriginals
{
    private static readonly Dictionary<string, Func<RecordedOptions, Tensor, StandIn>> Table = new(StringComparer.Ordinal)
    {
        ["seed SorensenDiceLoss"] = (o, _) => new(new SoftDice(new() { Sigmoid = true, PoolBatch = true, Smooth = o.Number("smooth", 1e-6) })),
        ["torch BCEWithLogitsLoss"] = (o, _) => new(new BinaryCrossEntropy(new() { PositiveWeight = o.Number("pos_weight", 1) })),
        ["torch CrossEntropyLoss"] = TorchCrossEntropy,
        ["Project-MONAI/MONAI DiceLoss"] = MonaiDice,
        ["Project-MONAI/MONAI DiceCELoss"] = MonaiDiceCrossEntropy,
        ["MIC-DKFZ/nnUNet SoftDiceLoss"] = (o, _) => NnUNetDice(o),
        ["MIC-DKFZ/nnUNet MemoryEfficientSoftDiceLoss"] = (o, _) => NnUNetDice(o),
        ["MIC-DKFZ/nnUNet DC_and_CE_loss"] = (o, _) => NnUNetBoth(o, sigmoid: false),
        ["MIC-DKFZ/nnUNet DC_and_BCE_loss"] = (o, _) => NnUNetBoth(o, sigmoid: true),
        ["qubvel-org/segmentation_models.pytorch DiceLoss"] = SmpDice,
    };

    /// <summary>The stand-in; the test is skipped, with the reason, where there is none.</summary>
    /// <param name="original">"Project-MONAI/MONAI losses.DiceLoss": who, and which of theirs.</param>
    /// <param name="options">Its constructor arguments.</param>
    /// <param name="target">The recorded target.</param>
    public static StandIn Find(string original, RecordedOptions options, Tensor target)
    {
        var standIn = Table[Key(original)](options, target);
        options.SkipTheUnread($"{standIn.Loss.GetType().Name} (for {original})");
        return standIn;
    }

    /// <summary>Whether one of our losses computes the same.</summary>
    public static bool Knows(string original) => Table.ContainsKey(Key(original));

    /// <summary>The name without the remarks behind a comma.</summary>
    public static string Title(string original) => original.Split(',')[0];

    private static string Key(string original)
    {
        var words = Title(original).Split(' ');
        return $"{words[0]} {words[^1].Split('.')[^1]}";
    }

    private static StandIn TorchCrossEntropy(RecordedOptions o, Tensor target)
    {
        var options = new CrossEntropyOptions { ClassWeights = o.Numbers("weight"), Ignore = o.Integer("ignore_index") };
        return o.Text("reduction") == "sum"
            ? new(new CrossEntropy(options with { Normalise = WeightNormalisation.Count }), Scale: target.Count)
            : new(new CrossEntropy(options));
    }

    private static StandIn MonaiDice(RecordedOptions o, Tensor target)
    {
        var sigmoid = MonaiHead(o);
        var options = new SoftDiceOptions
        {
            Sigmoid = sigmoid,
            PoolBatch = o.Flag("batch"),
            Background = sigmoid || o.Flag("include_background", true),
            Squared = o.Flag("squared_pred"),
            Smooth = MonaiSmooth(o),
        };
        o.Only("jaccard", false);
        o.Only("reduction", "mean");
        return new(new SoftDice(options));
    }

    private static StandIn MonaiDiceCrossEntropy(RecordedOptions o, Tensor target)
    {
        var sigmoid = MonaiHead(o);
        Assert.SkipWhen(!sigmoid && o.Flag("include_background", true), "SegSharp's DiceCrossEntropy has no option 'include_background' = true");
        return new(new DiceCrossEntropy(new()
        {
            Sigmoid = sigmoid,
            PoolBatch = o.Flag("batch"),
            DiceWeight = o.Number("lambda_dice", 1),
            CrossEntropyWeight = o.Number("lambda_ce", 1),
            Smooth = MonaiSmooth(o),
        }));
    }

    private static bool MonaiHead(RecordedOptions o)
    {
        o.Ignore("to_onehot_y");                                                  // ours always takes labels
        var (sigmoid, softmax) = (o.Flag("sigmoid"), o.Flag("softmax"));
        Assert.SkipUnless(sigmoid || softmax, "SegSharp's losses take logits, this case probabilities");
        return sigmoid;
    }

    private static double MonaiSmooth(RecordedOptions o)
    {
        var (above, below) = (o.Number("smooth_nr", 1e-5), o.Number("smooth_dr", 1e-5));
        Assert.SkipUnless(above == below, $"SegSharp's SoftDice has one Smooth, this case 'smooth_nr' = {above} and 'smooth_dr' = {below}");
        return above;
    }

    // nnU-Net returns −Dice, we return 1 − Dice.
    private static StandIn NnUNetDice(RecordedOptions o)
    {
        o.Only("apply_nonlin", "softmax dim 1");
        return new(new SoftDice(NnUNetDiceOptions(o)), Shift: -1);
    }

    private static StandIn NnUNetBoth(RecordedOptions o, bool sigmoid)
    {
        var inner = o.Below("soft_dice_kwargs");
        var dice = NnUNetDiceOptions(inner);
        inner.SkipTheUnread("SoftDice");
        Assert.SkipWhen(dice.Background != sigmoid, $"SegSharp's DiceCrossEntropy has no option 'do_bg' = {dice.Background}");
        o.Below(sigmoid ? "bce_kwargs" : "ce_kwargs").SkipTheUnread("DiceCrossEntropy");
        o.Only<int?>("ignore_label", null);
        o.Only("use_ignore_label", false);
        o.Ignore("dice_class");                                                   // the two agree
        var weight = o.Number("weight_dice", 1);
        return new(
            new DiceCrossEntropy(new()
            {
                Sigmoid = sigmoid,
                DiceWeight = weight,
                CrossEntropyWeight = o.Number("weight_ce", 1),
                PoolBatch = dice.PoolBatch,
                Smooth = dice.Smooth,
            }),
            Shift: -weight);
    }

    private static SoftDiceOptions NnUNetDiceOptions(RecordedOptions o)
    {
        o.Only("ddp", false);
        return new() { PoolBatch = o.Flag("batch_dice"), Background = o.Flag("do_bg", true), Smooth = o.Number("smooth", 1) };
    }

    private static StandIn SmpDice(RecordedOptions o, Tensor target)
    {
        var mode = o.Text("mode");
        var smooth = 2 * o.Number("smooth", 0);                                   // theirs is a Tversky index: (I + s) / (T / 2 + s)
        var present = target.ToArray<float>().Distinct().ToHashSet();
        o.SkipTheUnread("SoftDice");
        Assert.SkipUnless(
            mode == "binary" ? present.Contains(1) : present.SetEquals(Enumerable.Range(0, present.Count).Select(i => (float)i)),
            "a class without a pixel counts as loss 0 there, and as what the formula gives in SegSharp");
        return new(new SoftDice(new() { Sigmoid = mode == "binary", Background = true, PoolBatch = true, Smooth = smooth }));
    }
}

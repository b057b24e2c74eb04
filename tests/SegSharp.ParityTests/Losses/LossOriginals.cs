using SegSharp.Losses;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.ParityTests.Losses;

/// <summary>What an original computes, by our losses.</summary>
/// <param name="Value">Logits and recorded target to the value: a scalar, or a map where nothing is reduced.</param>
/// <param name="Losses">Our classes behind it.</param>
internal sealed record StandIn(Func<Tensor, Tensor, Tensor> Value, params Type[] Losses);

/// <summary>A stand-in where a loss is asked for.</summary>
internal sealed class StandInLoss(StandIn standIn) : Loss
{
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null) => standIn.Value(logits, target);
}

/// <summary>Which of our losses computes what an original computes, from its name and constructor arguments.</summary>
internal static class LossOriginals
{
    private const string Smp = "qubvel-org/segmentation_models.pytorch ", Monai = "Project-MONAI/MONAI ", NnUNet = "MIC-DKFZ/nnUNet ";

    private static readonly Dictionary<string, Func<RecordedOptions, StandIn>> Table = new(StringComparer.Ordinal)
    {
        ["seed SorensenDiceLoss"] = o => Of(new SoftDice(new() { Sigmoid = true, Smooth = o.Number("smooth", 1e-6) })),
        ["seed formula"] = o => Of(new Focal(new() { Sigmoid = true, Alpha = o.Number("alpha", 1), Gamma = o.Number("gamma", 2) })),
        ["torch BCEWithLogitsLoss"] = TorchBinaryCrossEntropy,
        ["torch CrossEntropyLoss"] = o => Reduced(new CrossEntropy(Entropy(o)), o),
        [Monai + "DiceLoss"] = MonaiDice,
        [Monai + "GeneralizedDiceLoss"] = MonaiGeneralisedDice,
        [Monai + "TverskyLoss"] = MonaiTversky,
        [Monai + "FocalLoss"] = MonaiFocal,
        [Monai + "DiceCELoss"] = MonaiDiceCrossEntropy,
        [Monai + "DiceFocalLoss"] = MonaiDiceFocal,
        [NnUNet + "SoftDiceLoss"] = NnUNetDice,
        [NnUNet + "MemoryEfficientSoftDiceLoss"] = NnUNetDice,
        [NnUNet + "DC_and_CE_loss"] = NnUNetDiceCrossEntropy,
        [NnUNet + "DC_and_BCE_loss"] = NnUNetDiceBinaryCrossEntropy,
        [NnUNet + "TopKLoss"] = o => Of(new TopK(NnUNetTopK(o))),
        [NnUNet + "DC_and_topk_loss"] = NnUNetDiceTopK,
        [Smp + "DiceLoss"] = o => SmpDice(o, jaccard: false),
        [Smp + "JaccardLoss"] = o => SmpDice(o, jaccard: true),
        [Smp + "TverskyLoss"] = SmpTversky,
        [Smp + "FocalLoss"] = SmpFocal,
        [Smp + "LovaszLoss"] = SmpLovasz,
        ["LIVIAETS/boundary-loss SurfaceLoss"] = o => new(Distances(new Boundary(new() { Classes = [.. (o.Numbers("idc") ?? [1]).Select(c => (int)c)] })), typeof(Boundary)),
    };

    /// <summary>The stand-in; the test is skipped, with the reason, where an option is unknown.</summary>
    /// <param name="original">"Project-MONAI/MONAI losses.DiceLoss": who, and which of theirs.</param>
    /// <param name="options">Its constructor arguments.</param>
    public static StandIn Find(string original, RecordedOptions options)
    {
        var standIn = Table[Key(original)](options);
        options.SkipTheUnread($"{standIn.Losses[0].Name} (for {original})");
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

    // Labels where one channel was recorded for several of the network, else channels.
    private static Tensor Target(Tensor logits, Tensor recorded) =>
        recorded.Dimensions < logits.Dimensions ? recorded.To(DType.Int64)
        : recorded.Size(1) == 1 ? recorded.Squeeze(1).To(DType.Int64)
        : recorded;

    private static StandIn Of(Loss loss, double scale = 1, double shift = 0) =>
        new((z, t) => (loss.Compute(z, Target(z, t)) * scale) + shift, loss.GetType());

    private static StandIn Reduced(Loss loss, RecordedOptions o) => new(Reduction(o, (_, _) => loss, Target), loss.GetType());

    // mean, sum or none of the loss's terms.
    private static Func<Tensor, Tensor, Tensor> Reduction(RecordedOptions o, Func<Tensor, Tensor, Loss> loss, Func<Tensor, Tensor, Tensor> target)
    {
        var how = o.Text("reduction") ?? "mean";
        return (z, t) =>
        {
            var prepared = target(z, t);
            return how == "mean" ? loss(z, prepared).Compute(z, prepared) : loss(z, prepared).Terms(z, prepared) is var terms && how == "sum" ? terms!.Sum() : terms!;
        };
    }

    private static Func<Tensor, Tensor, Tensor> Distances(Boundary loss) => (z, maps) =>
        loss.Compute(z, Tensor.Zeros([z.Size(0), .. z.Shape.Skip(2)], DType.Int64), maps);

    private static double[]? Spread(double[]? weights, long channels) =>
        weights is [var one] ? [.. Enumerable.Repeat(one, (int)channels)] : weights;

    private static StandIn TorchBinaryCrossEntropy(RecordedOptions o)
    {
        var weights = o.Numbers("pos_weight");
        return new(Reduction(o, (z, _) => new BinaryCrossEntropy(new() { PositiveWeights = Spread(weights, z.Size(1)) }), Target), typeof(BinaryCrossEntropy));
    }

    private static CrossEntropyOptions Entropy(RecordedOptions o) => new()
    {
        ClassWeights = o.Numbers("weight"),
        Ignore = o.Integer("ignore_index"),
        LabelSmoothing = o.Number("label_smoothing", 0),
    };

    // ---- MONAI ----

    private sealed record MonaiForm(bool Sigmoid, bool Softmax, bool Background, bool Batch, double Above, double Below)
    {
        public MonaiForm(RecordedOptions o)
            : this(o.Flag("sigmoid"), o.Flag("softmax"), o.Flag("include_background", true), o.Flag("batch"), o.Number("smooth_nr", 1e-5), o.Number("smooth_dr", 1e-5))
        {
            o.Ignore("to_onehot_y");                                              // ours takes both
        }

        // A background to leave out: by our option under a softmax, else by leaving the channel out.
        public (Tensor Logits, Tensor Target) Prepare(Tensor z, Tensor recorded)
        {
            var t = Target(z, recorded);
            return Softmax ? (z, t) : OneChannelEach(z, t, Background);
        }

        public T Fill<T>(T options, long channels, double[]? weights, Func<T, double[]?, T> weighted)
            where T : OverlapOptions
        {
            var filled = options with { Sigmoid = !Softmax, Background = Background, PoolBatch = Batch, Smooth = Above, SmoothBelow = Below };
            return weighted(filled, Spread(weights, Softmax && !Background ? channels - 1 : channels));
        }
    }

    private static (Tensor Logits, Tensor Target) OneChannelEach(Tensor z, Tensor t, bool background)
    {
        var channels = t.Dimensions == z.Dimensions ? t : z.Size(1) == 1 ? t.Unsqueeze(1).To(DType.Float32) : t.OneHot((int)z.Size(1));
        return background || z.Size(1) == 1 ? (z, channels) : (z.From(1, 1), channels.From(1, 1));
    }

    private static StandIn MonaiOverlap<TLoss>(RecordedOptions o, MonaiForm form, Func<long, TLoss> loss)
        where TLoss : OverlapLoss
    {
        var how = o.Text("reduction") ?? "mean";
        return new(
            (z, recorded) =>
            {
                var (logits, target) = form.Prepare(z, recorded);
                var ours = loss(logits.Size(1));
                return how == "mean" ? ours.Compute(logits, target) : ours.Terms(logits, target) is var terms && how == "sum" ? terms!.Sum() : terms!;
            },
            typeof(TLoss));
    }

    private static Func<long, SoftDice> MonaiDiceOf(RecordedOptions o, MonaiForm form, double[]? weights)
    {
        var options = new SoftDiceOptions { Squared = o.Flag("squared_pred"), Jaccard = o.Flag("jaccard") };
        return channels => new SoftDice(form.Fill(options, channels, weights, (d, w) => d with { ClassWeights = w })) { TakesProbabilities = !form.Sigmoid && !form.Softmax };
    }

    private static StandIn MonaiDice(RecordedOptions o)
    {
        var form = new MonaiForm(o);
        return MonaiOverlap(o, form, MonaiDiceOf(o, form, o.Numbers("weight")));
    }

    private static StandIn MonaiGeneralisedDice(RecordedOptions o)
    {
        var form = new MonaiForm(o);
        var weighting = Enum.Parse<VolumeWeighting>(o.Text("w_type") ?? "square", ignoreCase: true);
        return MonaiOverlap(o, form, channels => new GeneralisedDice(form.Fill(new GeneralisedDiceOptions { Weighting = weighting }, channels, null, (d, _) => d))
        {
            TakesProbabilities = !form.Sigmoid && !form.Softmax,
        });
    }

    private static StandIn MonaiTversky(RecordedOptions o)
    {
        var form = new MonaiForm(o);
        var options = new TverskyOptions { FalsePositives = o.Number("alpha", 0.5), FalseNegatives = o.Number("beta", 0.5) };
        return MonaiOverlap(o, form, channels => new Tversky(form.Fill(options, channels, null, (d, _) => d)) { TakesProbabilities = !form.Sigmoid && !form.Softmax });
    }

    private static StandIn MonaiFocal(RecordedOptions o)
    {
        o.Ignore("to_onehot_y");
        var (background, softmax, weights) = (o.Flag("include_background", true), o.Flag("use_softmax"), o.Numbers("weight"));
        var options = new FocalOptions { Gamma = o.Number("gamma", 2), Alpha = o.Numbers("alpha")?[0], Sigmoid = !softmax };
        options = softmax && !background ? options with { Alpha = null } : options;     // as there: no background, no alpha
        var how = o.Text("reduction") ?? "mean";
        return new(
            (z, recorded) =>
            {
                // There a background that is left out is left out before the softmax.
                var (logits, target) = OneChannelEach(z, Target(z, recorded), background);
                var loss = new Focal(options with { ClassWeights = logits.Size(1) > 1 ? Spread(weights, logits.Size(1)) : null });
                return how == "mean" ? loss.Compute(logits, target) : loss.Terms(logits, target) is var terms && how == "sum" ? terms!.Sum() : terms!;
            },
            typeof(Focal));
    }

    private static StandIn MonaiDiceCrossEntropy(RecordedOptions o)
    {
        var form = new MonaiForm(o);
        var (dice, entropy, weights, smoothing) = (o.Number("lambda_dice", 1), o.Number("lambda_ce", 1), o.Numbers("weight"), o.Number("label_smoothing", 0));
        var (squared, jaccard) = (o.Flag("squared_pred"), o.Flag("jaccard"));
        o.Only("reduction", "mean");
        if (weights is null && !squared && !jaccard && form.Above == form.Below && form.Softmax)
        {
            return Of(new DiceCrossEntropy(new()
            {
                DiceWeight = dice,
                CrossEntropyWeight = entropy,
                Smooth = form.Above,
                PoolBatch = form.Batch,
                Background = form.Background,
                LabelSmoothing = smoothing,
            }));
        }

        var diceOf = MonaiDiceOf(o, form, form.Background || weights is not { Length: > 1 } ? weights : weights[1..]);
        return new(
            (z, recorded) =>
            {
                var (logits, target) = form.Prepare(z, recorded);
                Loss ce = z.Size(1) == 1
                    ? new BinaryCrossEntropy(new() { PositiveWeights = Spread(weights, 1) })
                    : new CrossEntropy(new() { ClassWeights = Spread(weights, z.Size(1)), LabelSmoothing = smoothing });
                return (dice * diceOf(logits.Size(1)).Compute(logits, target)) + (entropy * ce.Compute(z, Target(z, recorded)));
            },
            typeof(SoftDice), typeof(CrossEntropy));
    }

    private static StandIn MonaiDiceFocal(RecordedOptions o)
    {
        var form = new MonaiForm(o);
        var (dice, focal, gamma, alpha) = (o.Number("lambda_dice", 1), o.Number("lambda_focal", 1), o.Number("gamma", 2), o.Numbers("alpha")?[0]);
        var weights = o.Numbers("weight") ?? o.Numbers("focal_weight");
        var (squared, jaccard) = (o.Flag("squared_pred"), o.Flag("jaccard"));
        o.Only("reduction", "mean");
        if (weights is null && !squared && !jaccard && form.Above == form.Below && form.Softmax)
        {
            return Of(new DiceFocal(new()
            {
                DiceWeight = dice,
                FocalWeight = focal,
                Gamma = gamma,
                Alpha = alpha,
                Smooth = form.Above,
                PoolBatch = form.Batch,
                Background = form.Background,
            }));
        }

        var diceOf = MonaiDiceOf(o, form, weights);
        return new(
            (z, recorded) =>
            {
                var (logits, target) = form.Prepare(z, recorded);
                var (focalLogits, focalTarget) = OneChannelEach(z, Target(z, recorded), form.Background);
                var ours = new Focal(new() { Sigmoid = true, Gamma = gamma, Alpha = alpha, ClassWeights = focalLogits.Size(1) > 1 ? Spread(weights, focalLogits.Size(1)) : null });
                return (dice * diceOf(logits.Size(1)).Compute(logits, target)) + (focal * ours.Compute(focalLogits, focalTarget));
            },
            typeof(SoftDice), typeof(Focal));
    }

    // ---- nnU-Net: −Dice there, 1 − Dice here ----

    private static StandIn NnUNetDice(RecordedOptions o)
    {
        var sigmoid = o.Text("apply_nonlin") is { } how && how.Contains("sigmoid", StringComparison.Ordinal);
        var dice = NnUNetDiceOptions(o) with { Sigmoid = sigmoid };

        // A sigmoid has no background here; there it is the first channel.
        return sigmoid && !dice.Background
            ? new(
                (z, recorded) =>
                {
                    var (logits, target) = OneChannelEach(z, Target(z, recorded), background: false);
                    return new SoftDice(dice).Compute(logits, target) - 1;
                },
                typeof(SoftDice))
            : Of(new SoftDice(dice), shift: -1);
    }

    private static SoftDiceOptions NnUNetDiceOptions(RecordedOptions o)
    {
        o.Only("ddp", false);
        return new() { PoolBatch = o.Flag("batch_dice"), Background = o.Flag("do_bg", true), Smooth = o.Number("smooth", 1) };
    }

    private static StandIn NnUNetDiceCrossEntropy(RecordedOptions o)
    {
        var (inner, ce) = (o.Below("soft_dice_kwargs"), o.Below("ce_kwargs"));
        var (dice, entropy) = (NnUNetDiceOptions(inner), Entropy(ce));
        inner.SkipTheUnread("SoftDice");
        ce.SkipTheUnread("CrossEntropy");
        o.Ignore("dice_class");                                                   // the two agree
        var weight = o.Number("weight_dice", 1);
        return Of(
            new DiceCrossEntropy(new()
            {
                DiceWeight = weight,
                CrossEntropyWeight = o.Number("weight_ce", 1),
                PoolBatch = dice.PoolBatch,
                Background = dice.Background,
                Smooth = dice.Smooth,
                ClassWeights = entropy.ClassWeights,
                LabelSmoothing = entropy.LabelSmoothing,
                Ignore = o.Integer("ignore_label"),
            }),
            shift: -weight);
    }

    private static StandIn NnUNetDiceBinaryCrossEntropy(RecordedOptions o)
    {
        var (inner, bce) = (o.Below("soft_dice_kwargs"), o.Below("bce_kwargs"));
        var dice = NnUNetDiceOptions(inner);
        var positive = bce.Number("pos_weight", 1);
        inner.SkipTheUnread("SoftDice");
        bce.SkipTheUnread("BinaryCrossEntropy");
        o.Ignore("dice_class");
        var (ignores, weight, entropy) = (o.Flag("use_ignore_label"), o.Number("weight_dice", 1), o.Number("weight_ce", 1));
        return new(
            (z, recorded) =>
            {
                // The last channel says what is not known; there the sum over the channels is divided by the known pixels.
                var (t, channels) = (recorded, z.Size(1));
                if (ignores)
                {
                    var unknown = recorded.From(1, channels);
                    t = (recorded.Narrow(1, 0, channels) * (1 - unknown)) - unknown;
                }

                var drop = !dice.Background && channels > 1;                      // a sigmoid head's "background" there is its first channel
                var both = new DiceCrossEntropy(new()
                {
                    Sigmoid = true,
                    DiceWeight = drop ? 0 : weight,
                    CrossEntropyWeight = entropy * (ignores ? channels : 1),
                    PoolBatch = dice.PoolBatch,
                    Smooth = dice.Smooth,
                    PositiveWeight = positive,
                }).Compute(z, t);
                return (drop ? both + (weight * new SoftDice(dice with { Sigmoid = true }).Compute(z.From(1, 1), t.From(1, 1))) : both) - weight;
            },
            typeof(DiceCrossEntropy));
    }

    private static TopKOptions NnUNetTopK(RecordedOptions o) => new()
    {
        Percent = o.Number("k", 10),
        ClassWeights = o.Numbers("weight"),
        Ignore = o.Integer("ignore_index"),
        LabelSmoothing = o.Number("label_smoothing", 0),
    };

    private static StandIn NnUNetDiceTopK(RecordedOptions o)
    {
        var (inner, ce) = (o.Below("soft_dice_kwargs"), o.Below("ce_kwargs"));
        var (dice, top) = (NnUNetDiceOptions(inner), NnUNetTopK(ce));
        inner.SkipTheUnread("SoftDice");
        ce.SkipTheUnread("TopK");
        var (weight, entropy, ignore) = (o.Number("weight_dice", 1), o.Number("weight_ce", 1), o.Integer("ignore_label"));
        return top is { ClassWeights: null, LabelSmoothing: 0 }
            ? Of(
                new DiceTopK(new()
                {
                    DiceWeight = weight,
                    CrossEntropyWeight = entropy,
                    Percent = top.Percent,
                    PoolBatch = dice.PoolBatch,
                    Background = dice.Background,
                    Smooth = dice.Smooth,
                    Ignore = ignore,
                }),
                shift: -weight)
            : Of(new WeightedSum((weight, new SoftDice(dice with { Ignore = ignore })), (entropy, new TopK(top with { Ignore = ignore }))), shift: -weight);
    }

    // ---- segmentation_models.pytorch ----

    private static T SmpForm<T>(RecordedOptions o, T options, out string mode)
        where T : OverlapOptions
    {
        mode = o.Text("mode")!;
        o.Ignore("eps");
        return options with
        {
            Sigmoid = mode != "multiclass",
            Background = true,
            Ignore = o.Integer("ignore_index"),
            Smooth = o.Number("smooth", 0),
        };
    }

    // Channels with a number to ignore say so by −1 here.
    private static Tensor SmpTarget(Tensor z, Tensor recorded, int? ignore)
    {
        var t = Target(z, recorded);
        return t.Dimensions == z.Dimensions && ignore is { } silent ? t.EqualTo(silent).Where(Tensor.Full(-1, [1]), t) : t;
    }

    // theirs is a Tversky index: (I + s) / (T / 2 + s)
    private static StandIn SmpDice(RecordedOptions o, bool jaccard)
    {
        var options = SmpForm(o, new SoftDiceOptions { Jaccard = jaccard, SkipAbsent = true, Log = o.Flag("log_loss") }, out _);
        var probabilities = !o.Flag("from_logits", true);
        var chosen = o.Numbers("classes");
        return new(
            (z, recorded) =>
            {
                var weights = chosen is null ? null : Enumerable.Range(0, (int)z.Size(1)).Select(k => chosen.Contains(k) ? z.Size(1) / (double)chosen.Length : 0).ToArray();
                var loss = new SoftDice(options with { Smooth = 2 * options.Smooth, ClassWeights = weights }) { TakesProbabilities = probabilities };
                return loss.Compute(z, SmpTarget(z, recorded, options.Ignore));
            },
            typeof(SoftDice));
    }

    private static StandIn SmpTversky(RecordedOptions o)
    {
        var options = SmpForm(o, new TverskyOptions
        {
            FalsePositives = o.Number("alpha", 0.5),
            FalseNegatives = o.Number("beta", 0.5),
            Gamma = o.Number("gamma", 1),
            GammaOfMean = true,
            SkipAbsent = true,
            Log = o.Flag("log_loss"),
        }, out _);
        var probabilities = !o.Flag("from_logits", true);
        var chosen = o.Numbers("classes");
        return new(
            (z, recorded) =>
            {
                var scale = chosen is null ? 1 : z.Size(1) / (double)chosen.Length;
                var weights = chosen is null ? null : Enumerable.Range(0, (int)z.Size(1)).Select(k => chosen.Contains(k) ? scale : 0).ToArray();
                return new Tversky(options with { ClassWeights = weights }) { TakesProbabilities = probabilities }.Compute(z, SmpTarget(z, recorded, options.Ignore));
            },
            typeof(Tversky));
    }

    private static StandIn SmpFocal(RecordedOptions o)
    {
        var mode = o.Text("mode");
        var options = new FocalOptions
        {
            Sigmoid = mode != "multiclass",
            OneVersusRest = mode == "multiclass",
            Alpha = o.Numbers("alpha")?[0],
            Gamma = o.Number("gamma", 2),
            Ignore = o.Integer("ignore_index"),
            ReducedThreshold = o.Numbers("reduced_threshold")?[0],
            Normalised = o.Flag("normalized"),
        };
        var sum = (o.Text("reduction") ?? "mean") == "sum";
        return new(
            (z, recorded) =>
            {
                var t = SmpTarget(z, recorded, options.Ignore);
                if (!options.Normalised)
                {
                    return sum ? new Focal(options).Terms(z, t)!.Sum() / (mode == "multiclass" ? z.Size(1) : 1) : new Focal(options).Compute(z, t);
                }

                // Its mean divides once more, by the number of kept elements, and every class has a norm of its own.
                var one = new Focal(options with { Sigmoid = true, OneVersusRest = false });
                double kept = t.Dimensions == z.Dimensions ? t.GreaterThan(-0.5).To(DType.Float32).Sum().Item() : options.Ignore is { } i ? t.DifferentFrom(i).To(DType.Float32).Sum().Item() : t.Count;
                Tensor Scaled(Tensor loss) => sum ? loss : loss / kept;
                if (mode != "multiclass")
                {
                    return Scaled(one.Compute(z, t));
                }

                var classes = (int)z.Size(1);
                return Enumerable.Range(0, classes)
                    .Select(k => Scaled(one.Compute(z.Narrow(1, k, 1), options.Ignore is { } i ? t.EqualTo(i).Where(Tensor.Full(i, [1], DType.Int64), t.EqualTo(k).To(DType.Int64)) : t.EqualTo(k).To(DType.Int64))))
                    .Aggregate((a, b) => a + b) / classes;
            },
            typeof(Focal));
    }

    private static StandIn SmpLovasz(RecordedOptions o)
    {
        var mode = o.Text("mode");
        o.Only("from_logits", true);
        var ignore = o.Integer("ignore_index");
        var loss = new Lovasz(new() { Sigmoid = mode != "multiclass", PerImage = o.Flag("per_image"), Ignore = ignore });
        return new(
            (z, recorded) =>
            {
                var t = SmpTarget(z, recorded, ignore);
                return mode != "multilabel" || t.Dimensions < z.Dimensions
                    ? loss.Compute(z, t)
                    : loss.Compute(z.Reshape(z.Size(0), 1, -1, 1), t.Reshape(t.Size(0), 1, -1, 1));   // all channels are one set there
            },
            typeof(Lovasz));
    }
}

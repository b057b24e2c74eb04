using System.CommandLine;
using System.Text.Json.Nodes;
using SegSharp.Augmentation;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Losses;
using SegSharp.Torch.Optimizers;
using SegSharp.Torch.Schedules;

namespace SegSharp.Cli.Verbs;

/// <summary>What every verb that trains takes to say a recipe: a file or a name, short options, <c>--set</c>, the seed.</summary>
internal static class RecipeOptions
{
    public static readonly Option<string?> File = new("--recipe") { Description = "a recipe: a JSON file, comments allowed, or a name of `recipe list`; later options win", HelpName = "NAME|FILE" };
    public static readonly Option<string[]> Set = new("--set") { Description = "any key of the recipe: --set network.base=16" };

    // Short names for the keys that everybody uses: option, key in the recipe, help.
    private static readonly (Option<string?> Option, string Key)[] Keys =
    [
        (new("--network") { Description = "network by name (network list)" }, "network.name"),
        (new("--pretrained") { Description = "begin with the weights of this checkpoint", HelpName = "FILE" }, "pretrained.file"),
        (new("--names") { Description = "whose names its keys have (network list --names); found out when left out", HelpName = "ORIGIN" }, "pretrained.names"),
        (new("--part") { Description = "what it gives: network, encoder or auto" }, "pretrained.part"),
        (new("--freeze-encoder") { Description = "true: the encoder's weights stay as they are", HelpName = "true|false" }, "training.encoder.frozen"),
        (new("--unfreeze-after") { Description = "epochs after which a frozen encoder learns too", HelpName = "EPOCHS" }, "training.encoder.unfreezeAfter"),
        (new("--encoder-lr") { Description = "learning rate of the encoder" }, "training.encoder.learningRate"),
        (new("--loss") { Description = $"{string.Join(", ", LossCatalogue.All.Names)}; docs/reference/losses.md says which when" }, "loss.name"),
        (new("--positive-weight") { Description = "weight of the foreground in bce" }, "loss.positiveWeight"),
        (new("--augmentation") { Description = $"a preset: {string.Join(", ", Presets.Names)}; docs/reference/augmentation.md", HelpName = "NAME" }, "augmentation"),
        (new("--epochs") { Description = "times through the training cases" }, "training.epochs"),
        (new("--hours") { Description = "a budget of time: the schedule goes by it, and the run ends with it", HelpName = "HOURS" }, "training.hours"),
        (new("--patience") { Description = "stop after so many epochs without a better validation Dice", HelpName = "EPOCHS" }, "training.earlyStopping.patience"),
        (new("--batch") { Description = "samples in a batch" }, "training.batchSize"),
        (new("--accumulate") { Description = "batches in a step: a larger batch without its memory", HelpName = "N" }, "training.accumulate"),
        (new("--patch") { Description = "train on random patches of this size, WxH or WxHxD" }, "training.patchSize"),
        (new("--repeats") { Description = "how often each case is seen in an epoch" }, "training.repeats"),
        (new("--lr") { Description = "learning rate" }, "training.optimizer.learningRate"),
        (new("--optimizer") { Description = string.Join(", ", OptimizerCatalogue.All.Names) }, "training.optimizer.name"),
        (new("--schedule") { Description = string.Join(", ", ScheduleCatalogue.All.Names) }, "training.schedule.name"),
        (new("--precision") { Description = "float32 or bFloat16" }, "training.precision"),
        (new("--resize") { Description = "bring every picture to this size, WxH" }, "preparation.resize"),
        (new("--spacing") { Description = "resample every volume to this spacing, mm, XxYxZ" }, "preparation.spacing"),
        (new("--crop") { Description = "cut or pad every volume to this size about its centre, WxH or WxHxD" }, "preparation.crop"),
        (new("--size") { Description = "resample every volume to this many voxels, WxHxD" }, "preparation.size"),
        (new("--intensity") { Description = "how intensities are scaled: unit, zscore, ct, percentile, imagenet …" }, "preparation.intensity.name"),
        (new("--validation") { Description = $"cases to hold out: {Validation.Forms}" }, "validation"),
    ];

    public static void AddTo(Command verb)
    {
        verb.Add(File);
        AddShort(verb);
    }

    /// <summary>The same without a recipe's file, for verbs that take recipes as arguments.</summary>
    public static void AddShort(Command verb)
    {
        verb.Add(Set);
        foreach (var (option, _) in Keys)
        {
            verb.Add(option);
        }
    }

    /// <summary>The recipe that was asked for, beginning with the defaults.</summary>
    public static Recipe Recipe(VerbContext context) => OptionsJson.Read<Recipe>(Asked(context, OptionsJson.Write(new Recipe())), "");

    /// <summary>The recipe so far, then the recipe's file, then the short options, then <c>--set</c>; changed in place.</summary>
    public static JsonObject Asked(VerbContext context, JsonObject json)
    {
        if (context.Args.GetValue(File) is { } file)
        {
            OptionsJson.Merge(json, RecipeSource.Json(file));
        }

        OptionsJson.SetAll(json, Assignments(context));
        if (context.Args.GetResult(CommonOptions.Seed) is { Implicit: false })
        {
            OptionsJson.Set(json, $"training.seed={context.Seed}");
        }

        return json;
    }

    /// <summary>The short options and every <c>--set</c> as "key=value", in the order of their application.</summary>
    public static IReadOnlyList<string> Assignments(VerbContext context) =>
    [
        .. Keys.Select(k => (k.Key, Value: context.Args.GetValue(k.Option))).Where(k => k.Value is not null).Select(k => $"{k.Key}={k.Value}"),
        .. context.Args.GetValue(Set) ?? [],
    ];
}

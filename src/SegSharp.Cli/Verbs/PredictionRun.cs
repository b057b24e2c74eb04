using System.Runtime.ExceptionServices;
using SegSharp.Cli.Terminal;
using SegSharp.Figures.Panels;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Prediction;

namespace SegSharp.Cli.Verbs;

/// <summary>Predicts everything that lies at a path: what predict and ensemble have in common.</summary>
internal static class PredictionRun
{
    /// <summary>Writes the files of every input and shows what came of it. An image that cannot be read stops only itself.</summary>
    /// <returns>The exit code: 1 when one of several inputs failed.</returns>
    public static int Of(VerbContext context, IReadOnlyList<string> models, Predictor predictor, string input, PredictionFiles files, string? attention)
    {
        predictor.On = happened => Tell(context, happened);
        var inputs = PredictionInput.Find(input, predictor.Recipe.Channels.Count);
        var failures = new Table(new("input", "input"), new("error", "error"), new("fix", "fix"));
        var unsure = new Table([new("image", "image"), new("entropy", "entropy", "0.0000"), .. files.MutualInformation ? [new Column("mutualInformation", "mutual information", "0.0000")] : (Column[])[], new("file", "map")]);
        var (written, skipped) = (0, 0);
        var (alike, cause, held) = (true, (Exception?)null, new List<RunEvent>());
        void TellHeld()
        {
            held.ForEach(context.On);
            held.Clear();
        }

        for (var i = 0; i < inputs.Count; i++)
        {
            try
            {
                var predicted = Write(context, predictor, inputs[i], files);
                (written, skipped) = predicted is null ? (written, skipped + 1) : (written + 1, skipped);
                if (predicted?.Entropy is { } entropy)
                {
                    UncertaintyPictures.Write(files.Uncertainty!, inputs[i].Name, inputs[i].Read(cancel: context.Cancel), predicted);
                    object? mutual = predicted.MutualInformation is { } m ? m.ToFloats().Average() : null;
                    unsure.Add([inputs[i].Name, entropy.ToFloats().Average(), .. files.MutualInformation ? [mutual] : (object?[])[], files.EntropyFile(inputs[i])]);
                }

                if (attention is not null)
                {
                    SaveAttention(context, predictor, inputs[i], attention);
                }
            }
            catch (Exception e) when (inputs.Count > 1 && e is InputException or FileNotFoundException)
            {
                (alike, cause) = (cause is null ? true : alike && e.Message == cause.Message, cause ?? e);
                failures.Add(inputs[i].Files[0], e.Message.TrimEnd('.'), (e as SegSharpException)?.Fix);
                held.Add(new Warned($"{inputs[i].Name}: {e.Message.TrimEnd('.')}"));
                if (!alike || failures.Count <= i)
                {
                    TellHeld();
                }
            }

            context.On(new Progressed("predict", i + 1, inputs.Count, inputs[i].Name));
        }

        // The same for every image: it is not the images that are bad.
        if (cause is not null && alike && failures.Count == inputs.Count)
        {
            ExceptionDispatchInfo.Throw(cause);
        }

        TellHeld();

        TestUse.Predicted(input, models, written, context.On);
        var document = new Document()
            .With("output", "masks", files.Folder)
            .With("written", "written", written)
            .With("skipped", "there already", skipped, skipped == 0 ? "0" : $"{skipped} (--overwrite does them again)");
        if (predictor.Members > 1)
        {
            document.With("members", "mean of", predictor.Members, $"{predictor.Members} models");
        }

        if (attention is not null)
        {
            document.With("attention", "attention maps", attention);
        }

        if (files.Uncertainty is not null)
        {
            document.With("uncertainty", unsure, "mean over all voxels of each image, 0 = certain, 1 = a coin tossed");
        }

        document.With("failed", "failed", failures.Count);
        if (failures.Count > 0)
        {
            document.With("failures", failures, "not predicted");
        }

        if (context.Verbose)
        {
            document.With("times", Times(predictor), "where the time went");
        }

        context.Show(document);
        return failures.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static Predicted? Write(VerbContext context, Predictor predictor, PredictionInput input, PredictionFiles files)
    {
        try
        {
            context.Cancel.ThrowIfCancellationRequested();
            return predictor.Write(input, files, context.Cancel);
        }
        catch (OperationCanceledException e)
        {
            throw new StoppedException($"run the same command again{(context.Overwrite ? " without --overwrite" : "")}: it goes on with '{input.Name}'", e);
        }
    }

    private static Table Times(Predictor predictor)
    {
        var times = predictor.Clock.Read();
        var shares = new Table(new("phase", "phase"), new("seconds", "seconds", "0.00"), new("share", "share", "0.0 %"));
        foreach (var (phase, seconds) in times.Phases)
        {
            shares.Add(phase.ToString().ToLowerInvariant(), seconds, times.Share(phase));
        }

        return shares;
    }

    private static void SaveAttention(VerbContext context, Predictor predictor, PredictionInput input, string folder)
    {
        var isVolume = input.Series is not null || input.Headers()[0].Extent.Depth > 1;
        if (context.Overwrite || !AttentionPictures.Files(folder, input.Name, predictor.Gates, isVolume).All(File.Exists))
        {
            var image = input.Read(context.On, context.Cancel);
            AttentionPictures.Write(folder, input.Name, image, predictor.Attention(image, context.Cancel), predictor.Gates);
        }
    }

    // The steps of one image are finer than the verb's own progress, which counts images.
    private static void Tell(VerbContext context, RunEvent happened)
    {
        if (happened is not Progressed)
        {
            context.On(happened);
        }
    }
}

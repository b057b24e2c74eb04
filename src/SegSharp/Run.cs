using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats.Png;
using SegSharp.Imaging.Normalisation;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Optimizers;
using SegSharp.Training;

namespace SegSharp;

/// <summary>
/// The folder of a training: recipe, record, checkpoints, state, metrics, log. Started, or taken up again where it was stopped
/// or killed; then the weights after every epoch are the same bits.
/// </summary>
/// <remarks>Owns network, optimizer and samples. All tensor work happens on the thread that calls.</remarks>
public sealed class Run : IDisposable
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    // What an earlier run in the same folder may have left; nothing else there is touched.
    private static readonly string[] Leftovers =
        ["recipe.json", "checkpoint-best.pt", "checkpoint-last.pt", "metrics.csv", "log.txt", "run.json", "curves.png", "curves.svg", "panels.png", "panels.svg", "report.html", "thresholds.json", "thresholds.png", "events.out.tfevents.*"];

    private readonly RunSettings _settings;
    private readonly Network _network;
    private readonly Optimizer _optimizer;
    private readonly WeightAverage? _average;
    private readonly Trainer _trainer;
    private readonly StateStore _states;
    private readonly PreparedDataSet? _validation;
    private RunRecord _record;
    private FileStream? _lock;

    private Run(Recipe recipe, DataSet data, Split split, string folder, RunSettings settings, RunRecord? before, Action<RunEvent> on, CancellationToken cancel)
    {
        (Recipe, Folder, _settings) = (recipe, folder, settings);
        _states = new StateStore(folder);
        TorchRuntime.Threads = settings.Threads;
        TorchRuntime.Seed(recipe.Training.Seed);

        var weighted = LossMaps.Weighted(data, recipe.Loss);
        var training = PreparedDataSet.Create(weighted, split.Training, recipe.Preparation, recipe.Network.Axes, on, cancel);
        _validation = split.Validation.Count == 0 ? null : PreparedDataSet.Create(weighted, split.Validation, recipe.Preparation, recipe.Network.Axes, on, cancel);
        _network = Networks.Catalogue.All.GetByOptions(recipe.Network.GetType()).Build(recipe.Network);
        _network.To(settings.Device);
        _optimizer = OptimizerCatalogue.All.GetByOptions(recipe.Training.Optimizer.GetType()).Build(recipe.Training.Optimizer)(_network.Parameters());
        _average = recipe.Training.WeightAverage is { } decay ? new WeightAverage(_network, decay) : null;
        var loss = LossCatalogue.All.GetByOptions(recipe.Loss.GetType()).Build(recipe.Loss);
        var regions = RegionsOf(recipe, data.Labels);
        var maps = LossMaps.For(recipe.Loss, recipe.Network.Classes, regions);
        _trainer = new Trainer(
            _network, loss, _optimizer,
            new BatchLoader(training, Batches(recipe, training: true), Changes(recipe, maps)),
            _validation is null ? null : new BatchLoader(Tiled(_validation, recipe), Batches(recipe, training: false), maps),
            recipe.Loss, recipe.Training, regions, _average);
        _record = Record(data, split, training, before);
    }

    /// <summary>What was asked for, with everything filled in.</summary>
    public Recipe Recipe { get; }

    /// <summary>Where it lies.</summary>
    public string Folder { get; }

    /// <summary>Where, when and on what it was made.</summary>
    public RunRecord Made => _record;

    /// <summary>How far it has come.</summary>
    public TrainingPosition Position => _trainer.Position;

    /// <summary>Begins a run in a folder of its own.</summary>
    /// <param name="recipe">What is asked for; labels, channels and classes are filled in from the data.</param>
    /// <param name="data">The data set.</param>
    /// <param name="split">Which cases train and which validate.</param>
    /// <param name="folder">Where it shall lie.</param>
    /// <param name="settings">The machine's part; null = defaults.</param>
    /// <param name="on">Hears the progress of reading.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <exception cref="UsageException">The recipe has faults, or the folder holds a run and may not be overwritten.</exception>
    /// <exception cref="InputException">The data cannot be read or do not fit together.</exception>
    /// <exception cref="SegSharpException">Another process trains in that folder.</exception>
    public static Run Start(
        Recipe recipe, DataSet data, Split split, string folder, RunSettings? settings = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        settings ??= new RunSettings();
        var asked = recipe.Network;
        recipe = recipe.Resolve(data.Description);
        WarnOfSizes(asked, recipe, on ?? Ignore);
        UsageException.ThrowIfAny(recipe.Check());
        recipe = Guarded(recipe, data, split, on);
        if (recipe.Preparation is { Scope: IntensityScope.DataSet, Statistics: [] })
        {
            recipe = recipe with { Preparation = recipe.Preparation with { Statistics = Preparation.Measure(data, split.Training, recipe.Preparation, on, cancel) } };
        }

        if (File.Exists(Path.Combine(folder, "recipe.json")) && !settings.Overwrite)
        {
            throw new UsageException($"'{folder}' already holds a run", $"--resume {folder} goes on with it, --overwrite replaces it");
        }

        if (CrossValidation.IsAt(folder))
        {
            throw new UsageException($"'{folder}' already holds a cross-validation, and a single training there would leave its folds", "choose another --out, or remove the folder first");
        }

        // Bad data end here, before anything is written and before an earlier run is given up.
        var run = new Run(recipe, data, split, folder, settings, before: null, on ?? Ignore, cancel);
        try
        {
            run.BeginWithPretrained(on ?? Ignore);
            run._lock = Directory.Exists(folder) ? Lock(folder) : null;
            Clear(folder);
            run.WriteRecord();
            run._lock ??= Lock(folder);
            AtomicFile.WriteText(Path.Combine(folder, "recipe.json"), OptionsJson.Write(recipe).ToJsonString(Json) + "\n");   // last: it makes the folder a run
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Takes a run up again where it was stopped or killed.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="settings">The machine's part; its thread count gives way to the run's own, on which the bits depend.</param>
    /// <param name="dataFolder">Where the data set lies now; null = where it lay.</param>
    /// <param name="on">Hears the progress of reading, and of damage.</param>
    /// <param name="cancel">Stops reading.</param>
    /// <exception cref="InputException">No run there, no whole state, or the data have changed.</exception>
    /// <exception cref="SegSharpException">Another process trains in that folder.</exception>
    public static Run Resume(
        string folder, RunSettings? settings = null, string? dataFolder = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        on ??= Ignore;
        var recipe = ReadRecipe(folder);
        var held = Lock(folder);
        Run? run = null;
        try
        {
            foreach (var place in new[] { folder, Path.Combine(folder, "state"), Path.Combine(folder, "validation") })
            {
                AtomicFile.RemoveUnfinished(place);
            }

            var before = ReadRecord(folder);
            settings = (settings ?? new RunSettings()) with { Threads = before.Threads, Device = Device.Parse(before.Device) };
            var data = DataSet.Open(dataFolder ?? before.DataSet);
            run = new Run(recipe, data, new Split(before.Training, before.Validation), folder, settings, before, on, cancel) { _lock = held };
            run.CheckData(before);
            run.CheckMachine(before, on);
            if (run._states.Load(on) is { } state)
            {
                run.Restore(state.Position, state.Tensors);
            }
            else
            {
                run.BeginWithPretrained(on);
            }

            run.WriteRecord();
            return run;
        }
        catch
        {
            run?.Dispose();
            held.Dispose();
            throw;
        }
    }

    /// <summary>The recipe of a run.</summary>
    /// <exception cref="InputException">No run there, or its recipe cannot be read.</exception>
    public static Recipe ReadRecipe(string folder) =>
        Recipe.Parse(ReadText(folder, "recipe.json"), Path.Combine(folder, "recipe.json"));

    /// <summary>The record of a run.</summary>
    /// <exception cref="InputException">No run there, or its record cannot be read.</exception>
    public static RunRecord ReadRecord(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<RunRecord>(ReadText(folder, "run.json"), Json) ?? throw new JsonException("it holds null");
        }
        catch (JsonException e)
        {
            throw new InputException($"'{Path.Combine(folder, "run.json")}' is not a run's record: {e.Message.TrimEnd('.')}", "train anew with --overwrite", e);
        }
    }

    /// <summary>The epochs that a run has finished; empty when it has none.</summary>
    public static IReadOnlyList<EpochEnded> ReadHistory(string folder) => new StateStore(folder).Load(Ignore)?.Position.History ?? [];

    /// <summary>Trains to the last epoch, or until it is stopped.</summary>
    /// <param name="on">Hears of every step and epoch.</param>
    /// <param name="cancel">Stops after the step at hand; everything is saved.</param>
    /// <param name="listeners">Hear of the same, with the run it happened in; a tracker, or what ends the run early.</param>
    /// <exception cref="OperationCanceledException">Stopped; <see cref="Resume"/> goes on.</exception>
    public void Train(Action<RunEvent> on, CancellationToken cancel = default, IReadOnlyList<IRunListener>? listeners = null)
    {
        using var log = new RunLog(Folder, Recipe.Foreground, Position.History, _settings.Clock);
        log.Events.Text("recipe", Position.Epoch, Indented(OptionsJson.Write(Recipe).ToJsonString(Json)));
        log.Events.Text("data and machine", Position.Epoch, Indented(JsonSerializer.Serialize(_record, Json)));
        void Both(RunEvent happened)
        {
            log.On(happened);
            if (happened is EpochEnded ended)
            {
                Picture(log.Events, ended);
            }

            on(happened);
            foreach (var listener in listeners ?? [])
            {
                listener.On(happened, this);
            }
        }

        if (Recipe.Training.Precision == Precision.BFloat16 && _settings.Device.Kind == DeviceKind.Cpu && !Foundation.Machine.HasBFloat16)
        {
            Both(new Warned("this processor has no arithmetic in bfloat16, so it is emulated: the numbers are the same, but training.precision=float32 is faster here"));
        }

        Both(new Noted($"{(Position.Epoch == 0 && Position.Step == 0 ? "begin" : $"go on after epoch {Position.Epoch}, step {Position.Step}")}: {_record.Training.Count} training and {_record.Validation.Count} validation cases on {_record.Grid}, {_record.Parameters:N0} parameters, {_record.Threads} threads, {_record.Device}"));
        _trainer.Train(Both, Save, cancel);
        _record = _record with { Finished = _record.Finished ?? _settings.Clock.GetUtcNow() };
        WriteRecord();
    }

    /// <summary>Ends the training after the epoch at hand, as early stopping does: checkpoints and state are whole. For listeners.</summary>
    /// <remarks>Asked during an epoch, that epoch is validated; asked when its end is told, only where <c>validateEvery</c> did. A resume does not remember it.</remarks>
    /// <param name="reason">One sentence for the log.</param>
    public void EndAfterEpoch(string reason) => _trainer.EndAfterEpoch(reason);

    /// <summary>Segments the validation cases with the best checkpoint, on their own grids, into <c>validation/</c>.</summary>
    /// <returns>The mask's file by its case; empty when there are no validation cases.</returns>
    public IReadOnlyDictionary<string, string> PredictValidation(DataSet data, Action<RunEvent> on, CancellationToken cancel = default)
    {
        var masks = new Dictionary<string, string>(StringComparer.Ordinal);
        if (_record.Validation.Count == 0)
        {
            return masks;
        }

        var folder = Path.Combine(Folder, "validation");
        using var predictor = Predictor.Open(Folder, device: _settings.Device);
        for (var i = 0; i < _record.Validation.Count; i++)
        {
            var loaded = data.Read(data[_record.Validation[i]]);
            var mask = Path.Combine(folder, loaded.Case.Id + PredictionInput.MaskEndingFor(loaded.Case.Label!));
            predictor.Predict(loaded.Image, cancel: cancel).Labels.Write(mask);
            masks.Add(loaded.Case.Id, mask);
            on(new Progressed("validate", i + 1, _record.Validation.Count));
        }

        return masks;
    }

    /// <summary>Releases network and optimizer, and the folder to others.</summary>
    public void Dispose()
    {
        _optimizer.Dispose();
        _average?.Dispose();
        _network.Dispose();
        _lock?.Dispose();
    }

    // Once, before the first step: afterwards everything is in the state.
    private void BeginWithPretrained(Action<RunEvent> on)
    {
        if (Recipe.Pretrained is not { } pretrained)
        {
            return;
        }

        var digest = DigestOf(pretrained.File);
        if (_record.Pretrained is { } before && before.Digest != digest)
        {
            throw new InputException(
                $"the weights in '{pretrained.File}' have changed since '{Folder}' was begun, so going on would not be the same run",
                "restore the file, or train anew with another --out");
        }

        var checkpoint = Checkpoint.Read(pretrained.File, pretrained.At);
        var loaded = Pretraining.Load(_network, checkpoint.Tensors, pretrained.File, pretrained.Names, pretrained.Part);
        _average?.Restart();
        on(new Noted($"begin with '{pretrained.File}': {loaded}"));
        var input = NameOf(Recipe.Preparation.Intensity);
        if ((WeightsFile.RecipeOf(checkpoint, pretrained.File) is { } theirs ? NameOf(theirs.Preparation.Intensity) : loaded.Input) is { } expected && !SameInput(expected, input))
        {
            on(new Warned($"the weights in '{pretrained.File}' were trained on images as '{expected}' brings them, but preparation.intensity is '{input}'; --intensity {expected}"));
        }

        _record = _record with
        {
            Pretrained = new()
            {
                File = Path.GetFullPath(pretrained.File),
                Digest = digest,
                Names = loaded.Origin,
                Part = loaded.Part.ToString().ToLowerInvariant(),
                Loaded = loaded.Loaded,
                Adapted = loaded.Adapted,
                Fresh = loaded.Fresh,
                LeftOut = loaded.LeftOut,
            },
        };
    }

    private static string NameOf(NormaliserOptions options) => Imaging.Normalisation.Catalogue.Normalisers.GetByOptions(options.GetType()).Name;

    // SAM's numbers are ImageNet's times 255, on a range that is 255 times as wide; nnU-Net's colours are ours by the type of the file.
    private static bool SameInput(string a, string b) => a == b || (a, b) is ("imagenet", "sam") or ("sam", "imagenet") or ("unit", "rgb") or ("rgb", "unit");

    private static string DigestOf(string file)
    {
        if (!File.Exists(file))
        {
            throw new InputException($"there is no file '{file}' to begin with", "--pretrained FILE");
        }

        using var stream = File.OpenRead(file);
        return Convert.ToHexString(SHA256.HashData(stream));
    }

    /// <summary>Whether a process trains in a folder at this moment.</summary>
    /// <param name="folder">A run's folder; may be missing.</param>
    public static bool IsInUse(string folder)
    {
        try
        {
            using var held = new FileStream(Path.Combine(folder, "run.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e is not (FileNotFoundException or DirectoryNotFoundException);
        }
    }

    // One process at a time. The system releases it when the process ends, however it ends.
    private static FileStream Lock(string folder)
    {
        var file = Path.Combine(folder, "run.lock");
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when ((e.HResult & 0xFFFF) is 11 or 32 or 35)                 // EWOULDBLOCK; a sharing violation on Windows; EWOULDBLOCK on macOS
        {
            throw new SegSharpException($"'{folder}' is in use: another process trains there", "wait until it has ended, or choose another --out", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot write '{file}': {e.Message.TrimEnd('.')}", "choose a folder that you may write to", e);
        }
    }

    // Both follow from the data; whoever names another number may mean another data set.
    private static void WarnOfSizes(NetworkOptions asked, Recipe recipe, Action<RunEvent> on)
    {
        var usual = (NetworkOptions)Networks.Catalogue.All.GetByOptions(asked.GetType()).Defaults();
        if (asked.Classes != usual.Classes && asked.Classes != recipe.Network.Classes)
        {
            on(new Warned($"network.classes is {asked.Classes}, but follows from the data: {recipe.Network.Classes} ({recipe.Loss.Head.ToString().ToLowerInvariant()} over {string.Join(", ", recipe.Labels.Keys)})"));
        }

        if (asked.InChannels != usual.InChannels && asked.InChannels != recipe.Network.InChannels)
        {
            on(new Warned($"network.inChannels is {asked.InChannels}, but follows from the data: {recipe.Network.InChannels} ({string.Join(", ", recipe.Channels)})"));
        }
    }

    // A mirrored image shows the left kidney where the network learnt the right one.
    internal static Recipe Guarded(Recipe recipe, DataSet data, Split split, Action<RunEvent>? on)
    {
        if (split.Training.Count == 0 || !recipe.Augmentation.OfType<FlipOptions>().Any() || LeftRight.Pairs(recipe.Labels.Keys).Count == 0)
        {
            return recipe;
        }

        var orientation = recipe.Preparation.Orientation is { } code
            ? Orientation.Parse(code)
            : data.Read(data[split.Training[0]]).Image.Geometry.Orientation;
        var axes = recipe.Network.Axes;
        var allowed = LeftRight.AxesToMirror([.. Enumerable.Range(0, axes)], axes, recipe.Labels.Keys, orientation, on);
        double If(int fromLast, double probability) => allowed.Contains(axes - 1 - fromLast) ? probability : 0;
        return recipe with
        {
            Augmentation =
            [
                .. recipe.Augmentation.Select(a => a is FlipOptions f
                    ? f with { Horizontal = If(0, f.Horizontal), Vertical = If(1, f.Vertical), Through = axes == 3 ? If(2, f.Through) : f.Through }
                    : a),
            ],
        };
    }

    private static BatchLoaderOptions Batches(Recipe recipe, bool training) => new()
    {
        BatchSize = training || (recipe.Training.PatchSize is null && recipe.Network.Axes == 2) ? recipe.Training.BatchSize : 1,
        Shuffle = training,
        Repeats = training ? recipe.Training.Repeats : 1,
        Workers = recipe.Training.Workers,
        Seed = recipe.Training.Seed,
    };

    // Whole up to what a network of usual width holds in a few hundred MB; beyond it tile by tile, with no overlap.
    // Where a window sees what lies around it, the tiles are the patches that the network learns with.
    private static TiledSamples Tiled(PreparedDataSet samples, Recipe recipe) =>
        recipe.Preparation.Context is not null && recipe.Training.PatchSize is { } seen ? new(samples, samples.ExtentOf, seen, 0)
        : recipe.Network.Axes == 3
            ? new(samples, samples.ExtentOf, recipe.Training.PatchSize is { } patch ? new Extent(2 * patch.Width, 2 * patch.Height, 2 * patch.Depth) : new Extent(128, 128, 128), 1 << 20)
            : new(samples, samples.ExtentOf, new Extent(1024, 1024), 1 << 22);

    private static SampleChange Changes(Recipe recipe, SampleChange? maps)
    {
        // One thread: the loader works beside the training step, which has the others.
        var augment = Augmentations.From(recipe.Augmentation, threads: 1);
        var sampler = recipe.Training.PatchSize is { } s ? new PatchSampler(new() { Size = s, ForegroundShare = recipe.Training.ForegroundShare, Sampling = recipe.Training.Sampling, Ignore = recipe.Loss.Ignore }) : null;
        return (sample, random) =>
        {
            var changed = sampler is null
                ? augment.Change(sample, random)
                : augment.ChangePatch(sample, sampler.Corner(sample, random.Derive("patch")), sampler.Size, random);
            return maps is null ? changed : maps(changed, random);
        };
    }

    // Samples hold classes, the places of labels in the data set's list.
    private static RegionTargets? RegionsOf(Recipe recipe, LabelList labels) => recipe.Regions.Count == 0
        ? null
        : new([.. recipe.Regions.Select(r => (IReadOnlyList<int>)[.. Enumerable.Range(0, labels.Count).Where(c => r.Labels.Contains(labels.Values[c]))])], labels.Count, recipe.Loss.Ignore);

    private RunRecord Record(DataSet data, Split split, PreparedDataSet training, RunRecord? before) => new()
    {
        SegSharp = typeof(Run).Assembly.GetName().Version?.ToString(3) ?? "",
        DotNet = RuntimeInformation.FrameworkDescription,
        LibTorch = JsonSerializer.Deserialize<JsonElement>(TorchRuntime.About()),
        Machine = $"{Foundation.Machine.Processor ?? "unknown processor"}, {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}, {Environment.ProcessorCount} cores",
        Threads = _settings.Threads,
        Device = _settings.Device.ToString(),
        DataSet = Path.GetFullPath(data.Folder),
        TrainingDigest = training.Digest,
        ValidationDigest = _validation?.Digest ?? "",
        ValidationLabels = LabelsOf(data, split.Validation),
        Training = split.Training,
        Validation = split.Validation,
        Grid = Recipe.Training.PatchSize is { } patch ? $"patches of {patch}" : training.Extent?.ToString() ?? "various",
        ValidationGrid = _validation is null ? "" : _validation.Extent?.ToString() ?? "various",
        Parameters = _network.ParameterCount,
        Pretrained = before?.Pretrained,
        Started = before?.Started ?? _settings.Clock.GetUtcNow(),
        Finished = before?.Finished,
        Seconds = before?.Seconds ?? 0,
        PeakBytes = before?.PeakBytes ?? 0,
        Resumes = before is null ? 0 : before.Resumes + 1,
    };

    /// <summary>Digest of the label files of some cases, in this order; empty for none.</summary>
    internal static string LabelsOf(DataSet data, IReadOnlyList<string> cases) => cases.Count == 0 ? "" : FileDigest.Of(cases.Select(c => data[c].Label!));

    private void CheckData(RunRecord before)
    {
        if (_record.TrainingDigest != before.TrainingDigest || _record.ValidationDigest != before.ValidationDigest)
        {
            throw new InputException(
                $"the data in '{_record.DataSet}' have changed since '{Folder}' was begun, so going on would not be the same run",
                "restore the data, or train anew with another --out");
        }
    }

    // Other processors and other versions of libtorch round differently.
    private void CheckMachine(RunRecord before, Action<RunEvent> on)
    {
        if (_record.Machine != before.Machine)
        {
            on(new Warned($"the run was begun on another machine ({before.Machine}; this is {_record.Machine}), so its bits may differ from here on"));
        }

        if (VersionOf(_record) != VersionOf(before))
        {
            on(new Warned($"the run was begun with libtorch {VersionOf(before)} and this is {VersionOf(_record)}, so its bits may differ from here on"));
        }
    }

    private static string VersionOf(RunRecord record) =>
        record.LibTorch is { ValueKind: JsonValueKind.Object } about && about.TryGetProperty("libtorch", out var version) ? version.ToString() : "?";

    private void Restore(TrainingPosition position, IReadOnlyDictionary<string, TensorData> tensors)
    {
        IReadOnlyDictionary<string, TensorData> Below(string prefix) => tensors
            .Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(t => t.Key[prefix.Length..], t => t.Value, StringComparer.Ordinal);

        _network.Load(Below("network."), Folder);
        _optimizer.Load(Below("optimizer."), Folder);
        _average?.Load(Below("average."), Folder);
        TorchRuntime.RandomState = tensors["random"];
        _trainer.ContinueFrom(position);
    }

    // The state comes last: a kill before it repeats the epoch and writes the same files again.
    private void Save(TrainingPosition position)
    {
        var weights = _network.StateData();
        var average = _average?.StateData();
        var finished = position.Step == 0;
        if (finished)
        {
            (string Name, ReadOnlyMemory<byte> Content)[] entries = [(Predictor.RecipeEntry, Encoding.UTF8.GetBytes(OptionsJson.Write(Recipe).ToJsonString(Json)))];
            PyTorchWriter.Write(Path.Combine(Folder, "checkpoint-last.pt"), average ?? weights, entries);
            if (_validation is null || position.History[^1].IsBest)
            {
                PyTorchWriter.Write(Path.Combine(Folder, "checkpoint-best.pt"), average ?? weights, entries);
            }
        }

        _states.Save(position,
        [
            .. weights.Select(w => ("network." + w.Name, w.Value)),
            .. average?.Select(w => ("average." + w.Name, w.Value)) ?? [],
            .. _optimizer.State().Select(s => ("optimizer." + s.Name, s.Value)),
            ("random", TorchRuntime.RandomState),
        ]);
        _record = _record with
        {
            Seconds = position.History.Sum(e => e.Seconds) + position.Seconds,
            PeakBytes = Math.Max(_record.PeakBytes, Process.GetCurrentProcess().PeakWorkingSet64),
        };
        WriteRecord();
    }

    private void WriteRecord() => AtomicFile.WriteText(Path.Combine(Folder, "run.json"), JsonSerializer.Serialize(_record, Json) + "\n");

    // Image, truth and prediction of some validation samples side by side: at every validation, or fifty times in a long run.
    private void Picture(TensorBoardWriter events, EpochEnded ended)
    {
        if (_validation is null || ended.ValidationLoss is null || (ended.Epoch % Math.Max(1, ended.Epochs / 50) != 0 && ended.Epoch != ended.Epochs))
        {
            return;
        }

        const int Most = 3;
        var tiles = Tiled(_validation, Recipe);
        using var guard = new NoGrad();
        using var averaged = _average?.Apply();
        _network.Evaluate();
        foreach (var i in Enumerable.Range(0, Math.Min(Most, tiles.Count)).Select(i => ((2 * i) + 1) * tiles.Count / (2 * Math.Min(Most, tiles.Count))))
        {
            using var scope = new TensorScope();
            var sample = tiles.Get(i);
            var logits = _network.ForwardSame(Tensor.From(sample.Image, sample.Shape(_network.Dimensions)).To(_settings.Device));
            var strip = SampleStrip.Draw(sample, logits, Recipe.Loss.Head);
            events.Image("validation/" + sample.Id, ended.Epoch, strip.Extent.Width, strip.Extent.Height, Png(strip));
        }

        _network.Train();
        events.Flush();
    }

    // Markdown shows what is indented as it is.
    private static string Indented(string text) => string.Join('\n', text.Split('\n').Select(line => "    " + line));

    private static byte[] Png(Volume picture)
    {
        using var stream = new MemoryStream();
        new PngFormat().Write(stream, picture);
        return stream.ToArray();
    }

    private static string ReadText(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            throw new InputException($"'{folder}' holds no run: '{name}' is missing", "give the folder that was --out of a training");
        }

        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cannot read '{path}': {e.Message.TrimEnd('.')}", "make the file readable", e);
        }
    }

    private static void Clear(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        try
        {
            AtomicFile.RemoveUnfinished(folder);
            foreach (var left in Leftovers.SelectMany(pattern => Directory.GetFiles(folder, pattern)))
            {
                File.Delete(left);
            }

            foreach (var left in new[] { "state", "validation" }.Select(n => Path.Combine(folder, n)).Where(Directory.Exists))
            {
                Directory.Delete(left, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot remove the earlier run in '{folder}': {e.Message.TrimEnd('.')}", "choose another --out", e);
        }
    }

    private static void Ignore(RunEvent happened)
    {
    }
}

using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats.Dicom;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Prediction;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Operators;

namespace SegSharp;

/// <summary>A trained network, ready for images: prepares them as in training and brings the answer back to their own grid.</summary>
/// <remarks>Owns the network. One thread at a time.</remarks>
public sealed partial class Predictor : IDisposable
{
    /// <summary>The entry of a checkpoint's archive that holds the recipe.</summary>
    public const string RecipeEntry = "segsharp/recipe.json";

    private readonly Recipe _recipe;
    private readonly Network _network;
    private readonly Device _device;
    private readonly TiledForward _forward;
    private readonly LabelRule _rule;
    private ScriptModule? _script;

    /// <summary>Takes a network over.</summary>
    /// <param name="recipe">Says how images are prepared and what the channels mean.</param>
    /// <param name="network">With its weights; disposed with this.</param>
    /// <param name="device">Where it computes.</param>
    public Predictor(Recipe recipe, Network network, Device device = default)
    {
        UsageException.ThrowIfAny(recipe.Prediction.Check());
        _recipe = recipe;
        _rule = RuleOf(recipe);
        _network = network;
        _device = device;
        _network.To(device);
        _network.Evaluate();
        _forward = new TiledForward(network, recipe.Prediction, mirrors: LeftRight.Pairs(recipe.Labels.Keys).Count == 0)
        {
            Context = recipe.Preparation.Context ?? 0,
            Places = recipe.Preparation.AddedChannels,
            Patch = recipe.Preparation.Context is null ? null : recipe.Prediction.Patch ?? recipe.Training.PatchSize,
        };
    }

    /// <summary>What the network was trained for.</summary>
    public Recipe Recipe => _recipe;

    /// <summary>Opens a run folder (its best checkpoint), a checkpoint file, or the folder of a cross-validation: then the mean of its folds.</summary>
    /// <param name="path">A folder with <c>checkpoint-best.pt</c>, one with <c>fold_0</c>, <c>fold_1</c>, …, or a checkpoint that SegSharp wrote.</param>
    /// <param name="change">Changes the recipe's prediction options; null keeps them.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="InputException">No checkpoint there, no recipe inside, or weights of another network.</exception>
    public static Predictor Open(string path, Func<PredictionOptions, PredictionOptions>? change = null, Device device = default) =>
        OpenEnsemble([path], EnsembleMean.Logits, change, device);

    /// <summary>Opens a TorchScript model that somebody brought, with a recipe that says what the file does not: labels, channels, preparation, head.</summary>
    /// <param name="path">A file of torch.jit.save. It holds code, which runs with the rights of this process.</param>
    /// <param name="trusted">The user's word that its maker is trusted; without it nothing is loaded.</param>
    /// <param name="recipe">A JSON file with <c>labels</c>, <c>channels</c> and whatever differs from the defaults; <c>network.dimensions</c> where the weights do not tell.</param>
    /// <param name="change">Changes the recipe's prediction options; null keeps them.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="InputException">Not trusted, not such a file, or a recipe without labels or channels.</exception>
    public static Predictor OpenScript(string path, bool trusted, string? recipe, Func<PredictionOptions, PredictionOptions>? change = null, Device device = default)
    {
        var script = ScriptModule.Load(path, trusted, device);
        try
        {
            var asked = ScriptRecipe(script, path, recipe);
            asked = change is null ? asked : asked with { Prediction = change(asked.Prediction) };
            UsageException.ThrowIfAny(asked.Check());
            return new Predictor(asked, new ScriptNetwork((ScriptOptions)asked.Network, script), device) { _script = script };
        }
        catch
        {
            script.Dispose();
            throw;
        }
    }

    private static Recipe ScriptRecipe(ScriptModule script, string path, string? file)
    {
        const string Example = """a file such as {"labels": {"background": 0, "organ": 1}, "channels": ["CT"], "preparation": {"intensity": {"name": "unit"}}}, given with --recipe""";
        if (file is null)
        {
            throw new InputException($"'{path}' is a TorchScript model, which does not say its labels, channels and preparation", Example);
        }

        if (!File.Exists(file))
        {
            throw new InputException($"recipe '{file}' is not there", Example);
        }

        // The network's place in the recipe tells the axes alone; what it computes is in the model.
        var json = OptionsJson.Parse(File.ReadAllText(file), file);
        var axes = (json["network"] as System.Text.Json.Nodes.JsonObject)?["dimensions"] switch
        {
            null => ScriptNetwork.AxesOf(script) ?? 2,
            System.Text.Json.Nodes.JsonValue value when value.TryGetValue<int>(out var said) => said,
            var other => throw new InputException($"'{file}' has network.dimensions = {other.ToJsonString()}; it must be 2 or 3", "\"network\": {\"dimensions\": 3}"),
        };
        json["network"] = new System.Text.Json.Nodes.JsonObject { ["name"] = "unet", ["dimensions"] = axes };
        var recipe = Recipe.Parse(json.ToJsonString(), file);
        if (recipe.Labels.Count == 0 || recipe.Channels.Count == 0)
        {
            throw new InputException($"'{file}' names {recipe.Labels.Count} labels and {recipe.Channels.Count} channels; a TorchScript model needs both", Example);
        }

        var resolved = recipe.Resolve(recipe.Labels, recipe.Channels);
        return resolved with { Network = new ScriptOptions { Dimensions = axes, InChannels = resolved.Network.InChannels, Classes = resolved.Network.Classes } };
    }

    /// <summary>The recipe and the network of a run folder or a checkpoint; the network is the caller's.</summary>
    internal static (Recipe Recipe, Network Network) Load(string path, Func<PredictionOptions, PredictionOptions>? change = null)
    {
        var file = FindCheckpoint(path);
        var checkpoint = Checkpoint.Read(file);
        var recipe = WeightsFile.RecipeOf(checkpoint, file)
            ?? throw new InputException(
                $"'{file}' is a checkpoint ({checkpoint.Format}, {checkpoint.Tensors.Count} tensors) without a SegSharp recipe, so its network is unknown",
                "segsharp network run NAME --weights FILE runs a network from the catalogue on it");
        recipe.RequireResolved($"{file}: {RecipeEntry}");
        if (change is not null)
        {
            recipe = recipe with { Prediction = change(recipe.Prediction) };
            UsageException.ThrowIfAny(recipe.Check());
        }

        var network = Networks.Catalogue.All.GetByOptions(recipe.Network.GetType()).Build(recipe.Network);
        try
        {
            network.Load(NamedWeights.Match(network, checkpoint.Tensors, file).Tensors, file);
            return (recipe, network);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The most bytes that this process may hold while a volume is segmented; null = what is free. The mask is the same at every ceiling.</summary>
    public long? MemoryCeiling { get; set; }

    /// <summary>
    /// The ending of the masks that <see cref="Write(PredictionInput, string, bool, bool, CancellationToken)"/> makes: <c>.nii.gz</c>, <c>.seg.nrrd</c> with names, <c>.dcm</c> (a DICOM
    /// segmentation, for inputs that are DICOM); null = what suits the image.
    /// </summary>
    public string? MaskEnding { get; set; }

    /// <summary>Hears progress, the predicted peak of memory, and remarks; null = nobody.</summary>
    public Action<RunEvent>? On { get; set; }

    /// <summary>Counts what the time goes to, over all images.</summary>
    public PredictionClock Clock { get; } = new();

    /// <summary>Segments an image: a volume in overlapping windows where the network has three axes or the preparation changes the grid, else page by page.</summary>
    /// <param name="image">As many channels as the recipe names.</param>
    /// <param name="probabilities">Whether the probabilities are wanted too; they take 4 bytes per class and pixel.</param>
    /// <param name="cancel">Looked at between pages and tiles.</param>
    /// <exception cref="InputException">Another number of channels.</exception>
    public Predicted Predict(Volume image, bool probabilities = false, CancellationToken cancel = default) =>
        Predict(image, probabilities ? Wanted.Probabilities : Wanted.Labels, cancel);

    /// <summary>Segments an image and says what is asked for beside the labels.</summary>
    /// <param name="image">As many channels as the recipe names.</param>
    /// <param name="wanted">Probabilities take 4 bytes per class and pixel, each map of uncertainty 4 bytes per pixel.</param>
    /// <param name="cancel">Looked at between pages and tiles.</param>
    /// <exception cref="InputException">Another number of channels.</exception>
    /// <exception cref="UsageException">Mutual information of a single network.</exception>
    public Predicted Predict(Volume image, Wanted wanted, CancellationToken cancel = default)
    {
        if (image.Channels != _recipe.Channels.Count)
        {
            throw new InputException(
                $"image '{image.Path ?? image.Name}' has {image.Channels} channel(s), but the network was trained on {_recipe.Channels.Count}: {string.Join(", ", _recipe.Channels)}",
                image.Path is { } path && _recipe.Channels.Count == 1 && image.Extent.Depth > 1 ? CommandText.OfChannel(path) : "convert the image, or use a network that was trained on such images");
        }

        return Interest is { } interest ? PredictInside(image, interest, wanted, cancel) : PredictWhole(image, wanted, cancel);
    }

    private Predicted PredictWhole(Volume image, Wanted wanted, CancellationToken cancel)
    {
        if (wanted.HasFlag(Wanted.MutualInformation))
        {
            return WithMutualInformation(image, wanted, cancel);
        }

        return _others.Count > 0 ? PredictMean(image, wanted, cancel)
            : PredictAlone(image, wanted, cancel);
    }

    private Predicted PredictPages(Volume image, Wanted wanted, CancellationToken cancel)
    {
        var (page, pages) = ((int)image.Extent.PageCount, image.Extent.Depth);
        var labels = new ushort[image.Extent.Count];
        var classes = _recipe.Network.Classes;
        var all = wanted.HasFlag(Wanted.Probabilities) ? Volume.Zeros(image.Name, image.Geometry, classes, VoxelType.Float32) : null;
        var entropy = wanted.HasFlag(Wanted.Entropy) ? Volume.Zeros(image.Name, image.Geometry, 1, VoxelType.Float32) : null;
        var loaded = new LoadedCase(new Case(image.Name, [image.Path ?? image.Name], null), image, null);
        for (var z = 0; z < pages; z++)
        {
            cancel.ThrowIfCancellationRequested();
            using var guard = new NoGrad();
            using var scope = new TensorScope();
            using var time = Clock.In(PredictionPhase.Network);
            var p = Probabilities(Preparation.PrepareSlice(loaded, z, _recipe.Preparation), image.Extent, cancel);   // [1, K, H, W]
            var values = p.To(Device.Cpu).Contiguous().Span<float>();
            _rule.Decide(values, labels.AsSpan(z * page, page));
            for (var k = 0; all is not null && k < classes; k++)
            {
                values.Slice(k * page, page).CopyTo(all.Channel<float>(k).Slice(z * page, page));
            }

            if (entropy is not null)
            {
                Uncertainty.Entropies(values, _rule.Sigmoid, entropy.Channel<float>(0).Slice(z * page, page));
            }
        }

        return new Predicted(new LabelMap(image.Name, image.Geometry, labels), all) { Entropy = entropy };
    }

    /// <summary>Segments one input and writes its mask, and the probabilities when asked for.</summary>
    /// <param name="input">What to segment; the files in <paramref name="folder"/> get its name.</param>
    /// <param name="folder">Where the mask shall lie.</param>
    /// <param name="probabilities">Whether a <c>.npy</c> of [classes, (D,) H, W] is written beside the mask.</param>
    /// <param name="overwrite">Whether files that are there already are written again; without it neither the mask nor the probabilities are ever replaced.</param>
    /// <param name="cancel">Looked at between pages and tiles.</param>
    /// <returns>False when everything asked for was there already, so nothing was computed.</returns>
    /// <exception cref="UsageException">The mask would take the place of the image itself.</exception>
    public bool Write(PredictionInput input, string folder, bool probabilities, bool overwrite, CancellationToken cancel) =>
        Write(input, new PredictionFiles { Folder = folder, Probabilities = probabilities, Overwrite = overwrite }, cancel) is not null;

    /// <summary>Segments one input and writes what is asked for.</summary>
    /// <param name="input">What to segment; the files get its name.</param>
    /// <param name="files">Which files, and where.</param>
    /// <param name="cancel">Looked at between pages and tiles.</param>
    /// <returns>What was predicted; null when every file was there already, so nothing was computed.</returns>
    /// <exception cref="UsageException">The mask would take the place of the image itself.</exception>
    public Predicted? Write(PredictionInput input, PredictionFiles files, CancellationToken cancel)
    {
        var mask = Path.Combine(files.Folder, input.Name + (MaskEnding ?? input.MaskEnding()));
        var npy = Path.Combine(files.Folder, input.Name + ".npy");
        if (input.Files.Any(f => Path.GetFullPath(f) == Path.GetFullPath(mask)))
        {
            throw new UsageException($"the mask of '{input.Files[0]}' would replace the image itself", "choose another folder for the masks");
        }

        bool Needs(string file) => files.Overwrite || !File.Exists(file);
        var (writesMask, writesNpy) = (Needs(mask), files.Probabilities && Needs(npy));
        var entropy = files.EntropyFile(input) is { } e && Needs(e) ? e : null;
        var mutual = files.MutualFile(input) is { } m && Needs(m) ? m : null;
        if (!writesMask && !writesNpy && entropy is null && mutual is null)
        {
            return null;
        }

        RequireWritable(input, mask);
        foreach (var finding in input.Series?.Findings.Where(f => f.Severity == DicomSeverity.Warning) ?? [])
        {
            On?.Invoke(new Warned($"{input.Name}: {finding}"));
        }

        var wanted = (writesNpy ? Wanted.Probabilities : Wanted.Labels) | (entropy is not null ? Wanted.Entropy : Wanted.Labels) | (mutual is not null ? Wanted.MutualInformation : Wanted.Labels);
        RequireMemory(input, wanted);

        Predicted predicted;
        using (Clock.In(PredictionPhase.Other))
        {
            predicted = Predict(Read(input, cancel), wanted, cancel);
        }

        using var writing = Clock.In(PredictionPhase.Writing);
        if (writesNpy && predicted.Probabilities is { } p)
        {
            long[] shape = p.Extent.Depth == 1
                ? [p.Channels, p.Extent.Height, p.Extent.Width]
                : [p.Channels, p.Extent.Depth, p.Extent.Height, p.Extent.Width];
            Npy.Write(npy, new TensorData(DType.Float32, shape, p.Bytes));
        }

        if (entropy is not null)
        {
            predicted.Entropy!.Write(entropy);
        }

        if (mutual is not null)
        {
            predicted.MutualInformation!.Write(mutual);
        }

        if (writesMask)
        {
            WriteMask(mask, predicted.Labels, input.Series);
        }

        return predicted;
    }

    /// <summary>Releases the network.</summary>
    public void Dispose()
    {
        foreach (var other in _others)
        {
            other.Dispose();
        }

        _network.Dispose();
        _script?.Dispose();
    }

    private Volume Read(PredictionInput input, CancellationToken cancel)
    {
        using (Clock.In(PredictionPhase.Reading))
        {
            return input.Read(On, cancel);
        }
    }

    // Before anything is computed: whether the mask can be written in the form that was asked for.
    private static void RequireWritable(PredictionInput input, string mask)
    {
        if (!IsDicom(mask))
        {
            _ = Imaging.Formats.Catalogue.ForWriting(mask);
            return;
        }

        DicomSegmentationWriter.RequireCarrier(input.Series
            ?? throw new UsageException($"'{input.Files[0]}' is no DICOM series, so its mask cannot be a DICOM segmentation", "leave --format away, or choose nii.gz"));
    }

    private static bool IsDicom(string mask) => mask.EndsWith(".dcm", StringComparison.OrdinalIgnoreCase);

    private void WriteMask(string path, LabelMap labels, DicomSeries? series)
    {
        var named = _recipe.Labels.Where(l => l.Value != 0).OrderBy(l => l.Value).ToList();
        if (IsDicom(path) && !labels.Labels.AsSpan().ContainsAnyExcept((ushort)0))
        {
            var plain = path[..^4] + ".nii.gz";
            On?.Invoke(new Warned($"{labels.Name}: nothing was found, and a DICOM segmentation cannot be empty; '{plain}' holds the empty mask"));
            labels.Write(plain);
        }
        else if (IsDicom(path))
        {
            DicomSegmentationWriter.Write(path, labels, series!, [.. named.Select(l => new DicomSegment(l.Value, l.Key))]);
        }
        else if (path.EndsWith(".seg.nrrd", StringComparison.OrdinalIgnoreCase))
        {
            new Segmentation(labels, [.. named.Select(l => Segment.Of(l.Value, l.Key))]).Write(path);
        }
        else
        {
            labels.Write(path);
        }
    }

    // Interpolated as probabilities and decided afterwards: smoother and truer than labels that are scaled up.
    private Tensor Probabilities(Sample sample, Extent grid, CancellationToken cancel)
    {
        using var scope = new TensorScope();
        var input = Tensor.From(sample.Image, sample.Shape(2)).To(_device);
        var logits = _forward.Forward(input, cancel);
        var p = _recipe.Loss.Head == Head.Sigmoid ? logits.Sigmoid() : logits.Softmax(axis: 1);
        return scope.Keep(sample.Height == grid.Height && sample.Width == grid.Width
            ? p
            : Pooling.Linear(p, [grid.Height, grid.Width], alignCorners: false));
    }

    private static LabelRule RuleOf(Recipe recipe)
    {
        var (o, sigmoid) = (recipe.Prediction, recipe.Loss.Head == Head.Sigmoid);
        if (o.Thresholds?.Keys.FirstOrDefault(k => !recipe.Foreground.Contains(k, StringComparer.Ordinal)) is { } stranger)
        {
            throw UsageException.Unknown("labels with a threshold", stranger, recipe.Foreground);
        }

        if (!sigmoid && recipe.Labels.Count > 2 && (o.Thresholds is not null || o.Threshold != 0.5))
        {
            throw ThresholdFile.Meaningless("a threshold was given", recipe.Labels.Count);
        }

        return new LabelRule
        {
            Values = [.. recipe.Labels.Values.Order().Select(v => (ushort)v)],
            Sigmoid = sigmoid,
            Paints = recipe.Regions.Count > 0 ? [.. recipe.Regions.Select(r => (ushort)r.Writes)] : null,
            Thresholds = sigmoid || recipe.Labels.Count == 2 ? [.. recipe.Foreground.Select(n => o.Thresholds is { } own && own.TryGetValue(n, out var t) ? t : o.Threshold)] : null,
        };
    }

    private static readonly string[] CheckpointNames = ["checkpoint-best.pt", "checkpoint-last.pt"];

    private static string FindCheckpoint(string path)
    {
        if (!Directory.Exists(path))
        {
            return File.Exists(path) ? path : throw new InputException($"model '{path}' is not there", "give a run folder or a checkpoint file");
        }

        return CheckpointNames.Select(n => Path.Combine(path, n)).FirstOrDefault(File.Exists)
            ?? throw new InputException($"'{path}' holds neither checkpoint-best.pt nor checkpoint-last.pt", "train first, or give the folder of a run");
    }
}

using System.Diagnostics;
using System.Globalization;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Prediction.Promptable;

/// <summary>One object to be segmented in one file, as the command line asks for it.</summary>
public sealed record PromptRequest
{
    /// <summary>Picture, stack, volume or DICOM series.</summary>
    public required string Image { get; init; }

    /// <summary>Checkpoint of the original.</summary>
    public required string Weights { get; init; }

    /// <summary>One of <see cref="SamModel.Names"/>; null: by the weights.</summary>
    public string? Model { get; init; }

    /// <summary>Which slice of a volume, from 0, for models of pictures; null: there is only one.</summary>
    public int? Slice { get; init; }

    /// <summary>Intensities from black to white; null as <see cref="PromptablePage.Of"/> chooses.</summary>
    public WindowOptions? Window { get; init; }

    /// <summary>The prompts, but for <see cref="MaskFile"/>.</summary>
    public PromptSet Prompts { get; init; } = new();

    /// <summary>Whether the points name a slice too: x, y, z rather than x, y.</summary>
    public bool PointsHaveZ { get; init; }

    /// <summary>A drawn mask of the image's size, or <c>.npy</c> with the logits of an earlier answer; null for none.</summary>
    public string? MaskFile { get; init; }

    /// <summary>Where the image's embedding lies, or shall lie; null keeps none.</summary>
    public string? Embedding { get; init; }

    /// <summary>Where it computes.</summary>
    public Device Device { get; init; }

    /// <summary>Hears progress and remarks; null = nobody.</summary>
    public Action<RunEvent>? On { get; init; }

    /// <summary>Segments, without writing the mask.</summary>
    /// <param name="cancel">Looked at between the encoder's blocks.</param>
    /// <exception cref="UsageException">Prompts that do not suit the model or the image.</exception>
    /// <exception cref="InputException">A file that cannot be read, or weights of another network.</exception>
    public PromptAnswer Run(CancellationToken cancel = default)
    {
        var image = Volume.Read(Image);
        using var model = SamModel.Open(Weights, Model, Device);
        if (Prompts.Points.Count > 0 && PointsHaveZ != (model.Family == SamFamily.Med3D))
        {
            throw new UsageException(
                PointsHaveZ ? $"{model.Name} sees one page at a time, so its points are x,y" : "SAM-Med3D sees volumes, so its points are x,y,z",
                PointsHaveZ ? "--point x,y --slice z" : "--model sam-med3d --point x,y,z");
        }

        return model.Family == SamFamily.Med3D ? InVolume(model, image, cancel) : OnPage(model, image, cancel);
    }

    /// <summary>The page of an image that <paramref name="slice"/> names.</summary>
    /// <exception cref="UsageException">A volume without a slice, or a slice that does not exist.</exception>
    public static int PageOf(Volume image, int? slice)
    {
        var depth = image.Extent.Depth;
        return slice switch
        {
            null when depth == 1 => 0,
            null => throw new UsageException($"'{image.Path ?? image.Name}' has {depth} slices, and this model sees one at a time", $"--slice {depth / 2}"),
            { } z when z < 0 || z >= depth => throw new UsageException($"slice {z} does not exist: '{image.Path ?? image.Name}' has {depth}, 0 to {depth - 1}", $"--slice {depth / 2}"),
            { } z => z,
        };
    }

    private PromptAnswer OnPage(SamModel model, Volume image, CancellationToken cancel)
    {
        var z = PageOf(image, Slice);
        var page = PromptablePage.Of(image, z, Window);
        (Prompts with { Mask = MaskFile is null ? Prompts.Mask : new float[model.MaskSide * model.MaskSide] }).Require(model, page.Width, page.Height);

        var clock = Stopwatch.StartNew();
        var predictor = new SamPredictor(model) { On = On };
        if (Embedding is { } file && File.Exists(file))
        {
            var kept = SamEmbedding.Read(file);
            kept.Require(page, model, file);
            predictor.SetImage(kept);
        }
        else
        {
            predictor.SetImage(page, cancel);
            if (Embedding is { } to)
            {
                predictor.Embedding.Write(to);
            }
        }

        var embedding = clock.Elapsed.TotalSeconds;
        clock.Restart();
        var masks = predictor.Predict(Prompts with { Mask = MaskFile is { } drawn ? Mask(predictor, drawn, z) : Prompts.Mask });
        var prompting = clock.Elapsed.TotalSeconds;
        return new(
            model.Name, image, page, z,
            [.. masks.Select(m => new PromptedLabels(OnGrid(image, z, m.Inside), m.Quality, m.LowRes, AutomaticMasks.BoxOf(m.Inside, page.Width)))],
            model.MaskSide, predictor.Encoded > 0, embedding, prompting);
    }

    private PromptAnswer InVolume(SamModel model, Volume image, CancellationToken cancel)
    {
        var prompts = Prompts with { Mask = MaskFile is { } file ? Logits(file, model, 3) : Prompts.Mask };
        prompts.Require(model, image.Extent.Width, image.Extent.Height, image.Extent.Depth);
        if (Slice is not null || Window is not null)
        {
            var option = Slice is not null ? "--slice" : "--window";
            throw new UsageException($"SAM-Med3D sees a whole cube and scales it by its own rule, so {option} has no meaning here", $"leave {option} out");
        }

        if (Embedding is not null)
        {
            throw new UsageException("embeddings are kept for pictures alone: with SAM-Med3D the cube follows the first point", "leave --embedding out");
        }

        var clock = Stopwatch.StartNew();
        var predictor = new SamVolumePredictor(model) { On = On };
        predictor.SetVolume(image, prompts.Points[0].X, prompts.Points[0].Y, prompts.Points[0].Z, cancel);
        var embedding = clock.Elapsed.TotalSeconds;
        clock.Restart();
        var answer = predictor.Predict(prompts);
        var prompting = clock.Elapsed.TotalSeconds;
        var slice = (int)Math.Round(prompts.Points[0].Z);
        var box = AutomaticMasks.BoxOf(Array.ConvertAll(answer.Map.Page(slice).Labels, l => l != 0), image.Extent.Width);
        return new(model.Name, image, PromptablePage.Of(image, slice), slice, [new(answer.Map, answer.Quality, answer.LowRes, box)], model.MaskSide, true, embedding, prompting);
    }

    private static LabelMap OnGrid(Volume image, int z, bool[] inside)
    {
        var labels = new ushort[image.Extent.Count];
        for (var i = 0; i < inside.Length; i++)
        {
            labels[(z * inside.Length) + i] = inside[i] ? (ushort)1 : (ushort)0;
        }

        return new(image.Name, image.Geometry, labels);
    }

    private static float[] Mask(SamPredictor predictor, string file, int z)
    {
        if (file.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            return Logits(file, predictor.Model, 2);
        }

        var (map, e) = (LabelMap.Read(file), predictor.Embedding);
        var page = map.Extent.Depth == 1 ? map : z < map.Extent.Depth ? map.Page(z) : null;
        return page?.Extent.Width == e.Width && page.Extent.Height == e.Height
            ? predictor.MaskPrompt(Array.ConvertAll(page.Labels, l => l != 0))
            : throw new InputException($"the mask '{file}' is {map.Extent}, the image {e.Width}x{e.Height}", "give a mask of the image's size, or the .npy of logits that --logits wrote");
    }

    private static float[] Logits(string file, SamModel model, int axes)
    {
        var expected = string.Join('×', Enumerable.Repeat(model.MaskSide, axes));
        if (!file.EndsWith(".npy", StringComparison.OrdinalIgnoreCase))
        {
            throw new UsageException($"SAM-Med3D takes an earlier mask as logits of {expected}, not '{file}'", "give the .npy that --logits wrote");
        }

        using var scope = new TensorScope();
        var data = Npy.Read(file);
        return data.Count == (long)Math.Pow(model.MaskSide, axes)
            ? Tensor.From(data).To(DType.Float32).ToArray<float>()
            : throw new InputException(string.Create(CultureInfo.InvariantCulture, $"'{file}' holds [{string.Join(',', data.Shape)}] numbers; this model takes {expected} logits"), "give the .npy that --logits wrote with the same model");
    }
}

/// <summary>A mask on the image's own grid.</summary>
/// <param name="Map">1 inside.</param>
/// <param name="Quality">The predicted IoU.</param>
/// <param name="LowRes">Low-resolution logits.</param>
/// <param name="Box">Around it, on the page that was asked about; from the first to the last pixel.</param>
public sealed record PromptedLabels(LabelMap Map, double Quality, float[] LowRes, PixelBox Box)
{
    /// <summary>Voxels inside.</summary>
    public long Area => Map.CountOf(1);
}

/// <summary>What came of a <see cref="PromptRequest"/>.</summary>
/// <param name="Model">One of <see cref="SamModel.Names"/>.</param>
/// <param name="Image">The image.</param>
/// <param name="Page">What the network saw of it; for volumes the slice of the first point.</param>
/// <param name="Slice">Which one it is, from 0.</param>
/// <param name="Masks">Best predicted quality first.</param>
/// <param name="MaskSide">Side of <see cref="PromptedLabels.LowRes"/>.</param>
/// <param name="Encoded">Whether the encoder ran; false when the embedding was there.</param>
/// <param name="EmbeddingSeconds">For the embedding, computed or read.</param>
/// <param name="PromptSeconds">For the answer.</param>
public sealed record PromptAnswer(
    string Model, Volume Image, PromptablePage Page, int Slice, IReadOnlyList<PromptedLabels> Masks, int MaskSide, bool Encoded, double EmbeddingSeconds, double PromptSeconds)
{
    /// <summary>Writes the best mask, and where there are several every one of them beside it as NAME_1, NAME_2, ….</summary>
    /// <param name="path">Its ending says the format.</param>
    /// <returns>The files.</returns>
    /// <exception cref="UsageException">An ending that holds no masks, or the image itself.</exception>
    public IReadOnlyList<string> Write(string path)
    {
        if (Image.Path is { } own && Path.GetFullPath(own) == Path.GetFullPath(path))
        {
            throw new UsageException($"'{path}' is the image itself; its mask would take its place", "give the mask another name");
        }

        var files = new List<string> { path };
        Masks[0].Map.Write(path);
        for (var i = 0; Masks.Count > 1 && i < Masks.Count; i++)
        {
            files.Add(Numbered(path, i + 1));
            Masks[i].Map.Write(files[^1]);
        }

        return files;
    }

    /// <summary>Writes the best mask's low-resolution logits, to refine with.</summary>
    /// <param name="path">A <c>.npy</c>.</param>
    public void WriteLogits(string path)
    {
        var axes = (int)Math.Round(Math.Log(Masks[0].LowRes.Length) / Math.Log(MaskSide));
        using var scope = new TensorScope();
        Npy.Write(path, Tensor.From(Masks[0].LowRes, [.. Enumerable.Repeat((long)MaskSide, axes)]).ToData());
    }

    private static string Numbered(string path, int number)
    {
        var name = Path.GetFileName(path);
        var dot = Imaging.Formats.Catalogue.NameOf(name).Length;
        return Path.Combine(Path.GetDirectoryName(path) ?? "", $"{name[..dot]}_{number}{name[dot..]}");
    }
}

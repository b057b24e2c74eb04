using SegSharp.Imaging.Resampling;
using SegSharp.Torch;
using SegSharp.Torch.Operators;

namespace SegSharp.Prediction.Promptable;

/// <summary>One answer to a prompt.</summary>
/// <param name="Inside">Whether each pixel of the image (x fastest) belongs to the object.</param>
/// <param name="Quality">The IoU that the network predicts for it; not a probability, and may pass 1.</param>
/// <param name="LowRes">Its logits at low resolution, to refine with as <see cref="PromptSet.Mask"/>.</param>
public sealed record PromptedMask(bool[] Inside, double Quality, float[] LowRes)
{
    /// <summary>Pixels inside.</summary>
    public long Area => Inside.LongCount(i => i);
}

/// <summary>Answers prompts about pictures: the image is embedded once, each prompt costs the small decoder only.</summary>
/// <remarks>
/// Source: SamPredictor of segment-anything, MedSAM_Inference of MedSAM, SammedPredictor of SAM-Med2D. Parity: <c>07-sam</c>.
/// Does not own the model. One thread at a time.
/// </remarks>
public sealed class SamPredictor
{
    // Each prompt takes tens of megabytes in the decoder of SAM, and a processor is no faster with more of them.
    private const int AtOnceOnCpu = 16;

    private readonly SamModel _model;
    private SamEmbedding? _embedding;

    /// <summary>A predictor without an image.</summary>
    /// <exception cref="UsageException">A model of volumes.</exception>
    public SamPredictor(SamModel model)
    {
        if (model.Family == SamFamily.Med3D)
        {
            throw new UsageException("SAM-Med3D sees volumes, not pictures", "use a model of pictures for single slices: vit_b, medsam or sam-med2d");
        }

        _model = model;
    }

    /// <summary>The model.</summary>
    public SamModel Model => _model;

    /// <summary>Images that went through the encoder.</summary>
    public int Encoded { get; private set; }

    /// <summary>Hears how far the encoder is; null = nobody.</summary>
    public Action<RunEvent>? On { get; set; }

    /// <summary>The embedding of the image that is set.</summary>
    /// <exception cref="InvalidOperationException">None is.</exception>
    public SamEmbedding Embedding => _embedding ?? throw new InvalidOperationException("no image was set");

    /// <summary>Embeds a page; the prompts that follow are about it.</summary>
    /// <param name="page">The page.</param>
    /// <param name="cancel">Looked at between the encoder's blocks.</param>
    public void SetImage(PromptablePage page, CancellationToken cancel = default)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        var prepared = PagePreparation.For(page, _model.Family, _model.ImageSize);
        var image = Tensor.From(prepared.Values, 1, 3, _model.ImageSize, _model.ImageSize).To(_model.Device);
        var features = _model.Network.ImageEncoder.Forward(image, done =>
        {
            cancel.ThrowIfCancellationRequested();
            On?.Invoke(new Progressed("embed", done, _model.Network.Options.ImageEncoder.Depth));
        });
        Encoded++;
        _embedding = new(features.ToData(), page.Width, page.Height, prepared.InputWidth, prepared.InputHeight, SamEmbedding.DigestOf(page), _model.Fingerprint());
    }

    /// <summary>Takes an embedding that was computed earlier.</summary>
    /// <exception cref="InputException">Made with other weights.</exception>
    public void SetImage(SamEmbedding embedding)
    {
        if (embedding.Model != _model.Fingerprint())
        {
            throw new InputException("the embedding was made with other weights", "embed the image again");
        }

        _embedding = embedding;
    }

    /// <summary>The masks of one object, best predicted quality first.</summary>
    /// <param name="prompts">In pixels of the image.</param>
    /// <returns>One mask, or as many as the decoder gives when <see cref="PromptSet.Several"/>; SAM-Med2D gives the best of its several.</returns>
    /// <exception cref="UsageException">Prompts that the model does not know or that lie outside.</exception>
    public IReadOnlyList<PromptedMask> Predict(PromptSet prompts)
    {
        var e = Embedding;
        prompts.Require(_model, e.Width, e.Height);
        using var guard = new NoGrad();
        using var scope = new TensorScope();

        // SAM-Med2D always decodes several and keeps the best.
        var several = prompts.Several || _model.Family == SamFamily.Med2D;
        var tensors = prompts.ToTensors(_model, (double)e.InputWidth / e.Width, (double)e.InputHeight / e.Height);
        var (lowRes, quality) = prompts.Chosen ? _model.Network.DecodeChosen(Features(), tensors) : _model.Network.Decode(Features(), tensors, several);
        var order = Enumerable.Range(0, (int)quality.Size(1)).Zip(quality.ToArray<float>()).OrderByDescending(p => p.Second).ToList();
        return [.. order.Take(prompts.Several ? order.Count : 1).Select(p =>
        {
            using var each = new TensorScope();
            var one = lowRes.Narrow(1, p.First, 1);
            return new PromptedMask(Enlarged(one).GreaterThan(Threshold).ToArray<bool>(), p.Second, one.ToArray<float>());
        })];
    }

    /// <summary>A mask of the image's size as a prompt: the share of every low-resolution cell that lies inside.</summary>
    /// <remarks>
    /// The originals take the logits of an earlier answer. A drawn mask has none: here inside is +10 and outside −10, and for
    /// SAM-Med2D, which was trained on probabilities, 1 and 0.
    /// </remarks>
    /// <param name="inside">One per pixel of the image, x fastest.</param>
    public float[] MaskPrompt(ReadOnlySpan<bool> inside)
    {
        var e = Embedding;
        if (inside.Length != e.Width * e.Height)
        {
            throw new ArgumentException($"{inside.Length} values do not fill {e.Width}×{e.Height} pixels", nameof(inside));
        }

        var shares = new float[inside.Length];
        for (var i = 0; i < shares.Length; i++)
        {
            shares[i] = inside[i] ? 1 : 0;
        }

        var side = _model.MaskSide;
        int Cells(int pixels) => Math.Clamp((int)Math.Round((double)pixels * side / _model.ImageSize), 1, side);
        var (w, h) = (Cells(e.InputWidth), Cells(e.InputHeight));
        var cells = PilResize.Bilinear(shares.AsSpan(), e.Width, e.Height, w, h);
        var (low, high) = _model.Family == SamFamily.Med2D ? (0f, 1f) : (-10f, 10f);
        var prompt = new float[side * side];
        Array.Fill(prompt, low);
        for (var i = 0; i < cells.Length; i++)
        {
            prompt[(i / w * side) + (i % w)] = low + ((high - low) * cells[i]);
        }

        return prompt;
    }

    /// <summary>Decodes many single clicks at once, each for itself; for the automatic generator.</summary>
    /// <param name="points">In pixels of the image; all foreground.</param>
    /// <returns>Low-resolution logits [B, n, side, side] and predicted IoU [B, n], in the caller's scope.</returns>
    internal (Tensor LowRes, Tensor Quality) Decode(IReadOnlyList<(double X, double Y)> points)
    {
        var e = Embedding;
        var (scaleX, scaleY) = ((double)e.InputWidth / e.Width, (double)e.InputHeight / e.Height);
        using var scope = new TensorScope();
        var (features, masks, qualities) = (Features(), new List<Tensor>(), new List<Tensor>());
        foreach (var some in points.Chunk(_model.Device.Kind == DeviceKind.Cpu ? AtOnceOnCpu : points.Count))
        {
            var at = some.SelectMany(p => new[] { (float)(p.X * scaleX), (float)(p.Y * scaleY) }).ToArray();
            var (lowRes, quality) = _model.Network.Decode(
                features,
                new() { Points = Tensor.From(at, some.Length, 1, 2).To(_model.Device), Labels = Tensor.Ones([some.Length, 1], device: _model.Device) },
                several: true);
            masks.Add(lowRes);
            qualities.Add(quality);
        }

        return (scope.Keep(Tensor.Cat(0, [.. masks])), scope.Keep(Tensor.Cat(0, [.. qualities])));
    }

    /// <summary>Logits [n, m, side, side] at the page's own size: [n, m, height, width]; probabilities for MedSAM, which enlarges behind the sigmoid.</summary>
    internal Tensor Enlarged(Tensor lowRes)
    {
        var e = Embedding;
        long[] size = [e.Height, e.Width];
        return _model.Family == SamFamily.MedSam
            ? Pooling.Linear(lowRes.Sigmoid(), size, alignCorners: false)
            : _model.Network.Enlarge(lowRes, [e.InputHeight, e.InputWidth], size);
    }

    // Sigmoid > 0.5 is logit > 0; MedSAM alone interpolates probabilities.
    private double Threshold => _model.Family == SamFamily.MedSam ? 0.5 : 0;

    private Tensor Features() => Tensor.From(Embedding.Features).To(_model.Device);
}

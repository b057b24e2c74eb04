using SegSharp.Networks.Sam;
using SegSharp.Torch;

namespace SegSharp.Prediction.Promptable;

/// <summary>A click.</summary>
/// <param name="X">Pixels from the left edge's pixel, 0…width − 1; in volumes voxels along x.</param>
/// <param name="Y">Pixels from the top, 0…height − 1.</param>
/// <param name="Foreground">Whether the object is there; false: it is not.</param>
/// <param name="Z">In volumes the slice; 0 on a page.</param>
public readonly record struct PromptPoint(double X, double Y, bool Foreground = true, double Z = 0);

/// <summary>A box around the object, in pixels of the image.</summary>
/// <param name="X0">Left.</param>
/// <param name="Y0">Top.</param>
/// <param name="X1">Right, more than left.</param>
/// <param name="Y1">Bottom, more than top.</param>
public readonly record struct PromptBox(double X0, double Y0, double X1, double Y1);

/// <summary>What the user says about one object, in pixels of the image.</summary>
public sealed record PromptSet
{
    /// <summary>Clicks.</summary>
    public IReadOnlyList<PromptPoint> Points { get; init; } = [];

    /// <summary>A box; null for none.</summary>
    public PromptBox? Box { get; init; }

    /// <summary>Low-resolution logits of an earlier answer, <see cref="SamModel.MaskSide"/> squared (cubed); null for none.</summary>
    public float[]? Mask { get; init; }

    /// <summary>Three masks for what is ambiguous, rather than one.</summary>
    public bool Several { get; init; }

    /// <summary>One mask by SAM's own rule: the best of the several for a click or a box alone, the single one for more. Off: always the single one, as the original's predictor.</summary>
    public bool Chosen { get; init; }

    /// <summary>Refuses prompts that this model does not know or that do not lie in the image.</summary>
    /// <param name="model">The model.</param>
    /// <param name="width">Of the image.</param>
    /// <param name="height">Of the image.</param>
    /// <param name="depth">Of the image; 1 for a page.</param>
    /// <exception cref="UsageException">No prompt, one that the model does not know, one outside of the image, or a box without an inside.</exception>
    public void Require(SamModel model, int width, int height, int depth = 1)
    {
        var volume = model.Family == SamFamily.Med3D;
        var example = volume ? $"{width / 2},{height / 2},{depth / 2}" : $"{width / 2},{height / 2}";
        if (Points.Count == 0 && Box is null && Mask is null)
        {
            throw new UsageException(
                "there is no prompt: the network must be told where the object is",
                model.Family == SamFamily.MedSam ? $"--box {width / 4},{height / 4},{width * 3 / 4},{height * 3 / 4}" : $"--point {example}");
        }

        if (model.Family == SamFamily.MedSam && (Points.Count > 0 || Mask is not null))
        {
            throw new UsageException("MedSAM was trained on boxes alone and knows no points or masks", "--box x0,y0,x1,y1");
        }

        if (model.Family == SamFamily.MedSam && Several)
        {
            throw new UsageException("MedSAM was trained to give one mask, not several", "leave --multimask out");
        }

        if (Several && Chosen)
        {
            throw new UsageException("several masks and one chosen of them exclude each other", "leave --multimask or --choose out");
        }

        if (Chosen && model.Family != SamFamily.Sam)
        {
            throw new UsageException($"choosing one of several masks is SAM's rule; {(model.Family == SamFamily.Med2D ? "SAM-Med2D always takes the best" : "this model was not trained for it")}", "leave --choose out");
        }

        if (volume && Box is not null)
        {
            throw new UsageException("SAM-Med3D knows points alone, no boxes", $"--point {example}");
        }

        if (volume && Points.Count == 0)
        {
            throw new UsageException("SAM-Med3D needs a point: a mask alone does not say where", $"--point {example}");
        }

        foreach (var p in Points)
        {
            if (!(p.X >= 0 && p.X <= width - 1 && p.Y >= 0 && p.Y <= height - 1 && p.Z >= 0 && p.Z <= depth - 1))
            {
                throw new UsageException(
                    volume
                        ? $"the point {p.X:0.##},{p.Y:0.##},{p.Z:0.##} lies outside of the volume, which is {width}x{height}x{depth}: x is 0 to {width - 1}, y 0 to {height - 1}, z 0 to {depth - 1}"
                        : $"the point {p.X:0.##},{p.Y:0.##} lies outside of the image, which is {width}x{height}: x is 0 to {width - 1}, y 0 to {height - 1}",
                    $"--point {example}");
            }
        }

        if (Box is { } b)
        {
            if (b.X1 <= b.X0 || b.Y1 <= b.Y0)
            {
                throw new UsageException(
                    $"the box {b.X0:0.##},{b.Y0:0.##},{b.X1:0.##},{b.Y1:0.##} has no inside: it is left, top, right, bottom, and right must be more than left, bottom more than top",
                    $"--box {Math.Min(b.X0, b.X1):0.##},{Math.Min(b.Y0, b.Y1):0.##},{Math.Max(b.X0, b.X1):0.##},{Math.Max(b.Y0, b.Y1):0.##}");
            }

            if (!(b.X0 >= 0 && b.Y0 >= 0 && b.X1 <= width && b.Y1 <= height))
            {
                throw new UsageException(
                    $"the box {b.X0:0.##},{b.Y0:0.##},{b.X1:0.##},{b.Y1:0.##} lies outside of the image, which is {width}x{height}",
                    $"--box {Math.Clamp(b.X0, 0, width):0.##},{Math.Clamp(b.Y0, 0, height):0.##},{Math.Clamp(b.X1, 0, width):0.##},{Math.Clamp(b.Y1, 0, height):0.##}");
            }
        }

        var expected = (int)Math.Pow(model.MaskSide, volume ? 3 : 2);
        if (Mask is { } mask && mask.Length != expected)
        {
            throw new UsageException($"the mask prompt holds {mask.Length} numbers; this model takes {expected}, {string.Join('×', Enumerable.Repeat(model.MaskSide, volume ? 3 : 2))}");
        }
    }

    /// <summary>As tensors in pixels of the encoder's image.</summary>
    /// <param name="model">The model.</param>
    /// <param name="scaleX">Encoder's pixels per pixel of the image.</param>
    /// <param name="scaleY">The same along y.</param>
    internal Prompts ToTensors(SamModel model, double scaleX, double scaleY) => new()
    {
        Points = Points.Count == 0 ? null : Tensor.From(Points.SelectMany(p => new[] { (float)(p.X * scaleX), (float)(p.Y * scaleY) }).ToArray(), 1, Points.Count, 2).To(model.Device),
        Labels = Points.Count == 0 ? null : Tensor.From(Points.Select(p => p.Foreground ? 1f : 0f).ToArray(), 1, Points.Count).To(model.Device),
        Boxes = Box is { } b ? Tensor.From([(float)(b.X0 * scaleX), (float)(b.Y0 * scaleY), (float)(b.X1 * scaleX), (float)(b.Y1 * scaleY)], 1, 4).To(model.Device) : null,
        Masks = Mask is { } m ? Tensor.From(m, 1, 1, model.MaskSide, model.MaskSide).To(model.Device) : null,
    };
}

using System.Security.Cryptography;
using SegSharp.Networks;
using SegSharp.Networks.Sam;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Prediction.Promptable;

/// <summary>Families of promptable networks: the same parts, other preparation and other prompts.</summary>
public enum SamFamily
{
    /// <summary>Segment Anything: points, boxes, masks on pictures.</summary>
    Sam,

    /// <summary>MedSAM: one box on a picture.</summary>
    MedSam,

    /// <summary>SAM-Med2D: points, boxes, masks on pictures of 256 × 256.</summary>
    Med2D,

    /// <summary>SAM-Med3D: points in volumes.</summary>
    Med3D,
}

/// <summary>A promptable network with its weights, and the family that says how images reach it.</summary>
/// <remarks>Owns the network. Weights are the user's: none come with SegSharp.</remarks>
public sealed class SamModel : IDisposable
{
    private const long FingerprintValues = 1 << 12;

    private static readonly (string Name, SamFamily Family, SamOptions? Options)[] Known =
    [
        ("vit_b", SamFamily.Sam, SamOptions.VitB),
        ("vit_l", SamFamily.Sam, SamOptions.VitL),
        ("vit_h", SamFamily.Sam, SamOptions.VitH),
        ("medsam", SamFamily.MedSam, SamOptions.VitB),
        ("sam-med2d", SamFamily.Med2D, SamOptions.Med2D),
        ("sam-med3d", SamFamily.Med3D, SamOptions.Med3D),
        ("tiny", SamFamily.Sam, null),
    ];

    /// <summary>Takes a network over.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="family">Its family.</param>
    /// <param name="network">With its weights; disposed with this.</param>
    /// <param name="device">Where it computes.</param>
    public SamModel(string name, SamFamily family, SamNetwork network, Device device = default)
    {
        (Name, Family, Network, Device) = (name, family, network, device);
        network.To(device);
        network.Evaluate();
    }

    /// <summary>vit_b, vit_l, vit_h, medsam, sam-med2d, sam-med3d, tiny.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(k => k.Name)];

    /// <summary>One of <see cref="Names"/>.</summary>
    public string Name { get; }

    /// <summary>How images reach it and which prompts it knows.</summary>
    public SamFamily Family { get; }

    /// <summary>The network.</summary>
    public SamNetwork Network { get; }

    /// <summary>Where it computes.</summary>
    public Device Device { get; }

    /// <summary>Side of the image that the encoder sees.</summary>
    public int ImageSize => Network.Options.ImageEncoder.ImageSize;

    /// <summary>Side of the logits that the decoder gives, and of a mask prompt.</summary>
    public int MaskSide => 4 * Network.Options.ImageEncoder.Grid;

    /// <summary>Opens a checkpoint of the original: a bare state dict, or one under <c>model</c> or <c>model_state_dict</c>; safetensors too.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">
    /// One of <see cref="Names"/>; null reads it off the shapes. MedSAM has SAM's very shapes: it is recognised by a file name that
    /// holds "medsam", else the file is taken for SAM. "tiny" stands for any other size of the same parts.
    /// </param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="UsageException">An unknown name.</exception>
    /// <exception cref="InputException">Weights of another network.</exception>
    public static SamModel Open(string path, string? name = null, Device device = default)
    {
        if (name is not null && !Names.Contains(name))
        {
            throw UsageException.Unknown("model", name, Names);
        }

        var all = Checkpoint.Read(path).Tensors;
        var prefix = NamedWeights.PrefixesOf(all.Keys)[^1];
        var tensors = all.ToDictionary(t => t.Key[prefix.Length..], t => t.Value, StringComparer.Ordinal);
        var options = SamShapes.Of(tensors.ToDictionary(t => t.Key, t => t.Value.Shape, StringComparer.Ordinal), path);
        var found = Recognise(options, Path.GetFileName(path));
        var chosen = name ?? found;
        var (_, family, expected) = Known.Single(k => k.Name == chosen);
        if (expected is not null && !SameShape(expected, options))
        {
            throw new InputException($"'{path}' holds {found} ({Describe(options)}), not {chosen} ({Describe(expected)})", $"--model {found}");
        }

        if (chosen == "tiny")
        {
            family = options.ImageEncoder.Dimensions == 3 ? SamFamily.Med3D : options.ImageEncoder.Adapters ? SamFamily.Med2D : SamFamily.Sam;
        }

        var network = new SamNetwork(options);
        try
        {
            network.Load(tensors, path);
            return new SamModel(chosen, family, network, device);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>A few letters that differ when the weights of the image encoder do: embeddings carry them.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in Network.ImageEncoder.State())
        {
            // Of the large ones the beginning: training one changes all of it, and this is asked for at every image.
            using var scope = new TensorScope();
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            hash.AppendData(tensor.Detach().Reshape(-1).Narrow(0, 0, Math.Min(tensor.Count, FingerprintValues)).Contiguous().ToData().Bytes.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    private static string Recognise(SamOptions o, string file) =>
        Known.Where(k => k.Options is { } options && SameShape(options, o) && (k.Name == "medsam") == file.Contains("medsam", StringComparison.OrdinalIgnoreCase))
            .Concat(Known.Where(k => k.Options is { } options && SameShape(options, o)))
            .Select(k => k.Name).FirstOrDefault("tiny");

    private static bool SameShape(SamOptions a, SamOptions b) => Shape(a) == Shape(b);

    private static (int, int, int, int, bool, int) Shape(SamOptions o) =>
        (o.ImageEncoder.Dimensions, o.ImageEncoder.ImageSize, o.ImageEncoder.Width, o.ImageEncoder.Depth, o.ImageEncoder.Adapters, o.MaskDecoder.Width);

    private static string Describe(SamOptions o) =>
        $"{o.ImageEncoder.Depth} blocks of {o.ImageEncoder.Width}{(o.ImageEncoder.Adapters ? " with adapters" : "")}, images of {string.Join('×', Enumerable.Repeat(o.ImageEncoder.ImageSize, o.ImageEncoder.Dimensions))}";
}

using System.Globalization;
using System.Security.Cryptography;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Prediction.Promptable;

/// <summary>What the image encoder made of one page: computed once, asked many times, and small enough to keep beside the image.</summary>
/// <param name="Features">[1, C, grid, grid], float32.</param>
/// <param name="Width">Of the page, in pixels.</param>
/// <param name="Height">Of the page.</param>
/// <param name="InputWidth">What the page covers of the encoder's image.</param>
/// <param name="InputHeight">What the page covers of the encoder's image.</param>
/// <param name="Page">Digest of the page's pixels.</param>
/// <param name="Model">Fingerprint of the encoder's weights.</param>
public sealed record SamEmbedding(TensorData Features, int Width, int Height, int InputWidth, int InputHeight, string Page, string Model)
{
    private static readonly string[] Sizes = ["size", "input", "page", "model"];

    private const string Kind = "segsharp image embedding 1";

    /// <summary>Writes it as safetensors: one tensor <c>embedding</c>, the rest as metadata.</summary>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public void Write(string path) => Safetensors.Write(path, [("embedding", Features)], new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["kind"] = Kind,
        ["page"] = Page,
        ["model"] = Model,
        ["size"] = string.Create(CultureInfo.InvariantCulture, $"{Width}x{Height}"),
        ["input"] = string.Create(CultureInfo.InvariantCulture, $"{InputWidth}x{InputHeight}"),
    });

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InputException">Not such a file.</exception>
    public static SamEmbedding Read(string path)
    {
        var (tensors, metadata) = Safetensors.Read(path);
        if (metadata.GetValueOrDefault("kind") != Kind || !tensors.TryGetValue("embedding", out var features) || features is not { DType: DType.Float32, Shape: [1, > 0, > 0, > 0] }
            || !Sizes.All(metadata.ContainsKey))
        {
            throw new InputException($"'{path}' is no image embedding of SegSharp", "delete it: it is computed and written again");
        }

        var (size, input) = (Imaging.Extent.Parse(metadata["size"]), Imaging.Extent.Parse(metadata["input"]));
        return new(features, size.Width, size.Height, input.Width, input.Height, metadata["page"], metadata["model"]);
    }

    /// <summary>Refuses an embedding of another page or another model.</summary>
    /// <exception cref="InputException">It is one.</exception>
    public void Require(PromptablePage page, SamModel model, string path)
    {
        if (Model != model.Fingerprint())
        {
            throw new InputException($"the embedding '{path}' was made with other weights", "delete it, or give the weights it was made with");
        }

        if (Page != DigestOf(page))
        {
            throw new InputException($"the embedding '{path}' is of another image, slice or window ({Width}x{Height}; '{page.Name}' is {page.Width}x{page.Height})", "give every image, slice and window an embedding file of its own");
        }
    }

    internal static string DigestOf(PromptablePage page) => Convert.ToHexStringLower(SHA256.HashData(page.Planes))[..32];
}

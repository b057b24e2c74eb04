using System.Text;
using System.Text.Json;
using SegSharp.Networks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp;

/// <summary>What became of a file of weights.</summary>
/// <param name="From">Whose names it had.</param>
/// <param name="To">Whose names it has now.</param>
/// <param name="Prefix">What stood before every name and was taken away; empty for nothing.</param>
/// <param name="Tensors">Tensors that were written.</param>
public sealed record ConvertedWeights(string From, string To, string Prefix, int Tensors);

/// <summary>Files of weights from one implementation's names to another's.</summary>
public static class WeightsFile
{
    private const string MetadataEntry = "segsharp/metadata.json";

    // PyTorch's own, which the writer makes anew.
    private static readonly string[] OfTheArchive = ["version", "byteorder", ".format_version", ".storage_alignment", ".data/serialization_id", MetadataEntry];

    /// <summary>
    /// Reads a checkpoint and writes its weights under another origin's names, as PyTorch's or safetensors, by the ending. Entries of
    /// the archive (SegSharp's recipe), metadata of safetensors, and the texts and numbers beside the weights come along; an optimizer's state does not.
    /// </summary>
    /// <param name="input">The checkpoint.</param>
    /// <param name="output">Ends with .pt, .pth or .safetensors.</param>
    /// <param name="network">The network that they belong to; null for a checkpoint with a recipe.</param>
    /// <param name="from">Whose names they have; null = found out.</param>
    /// <param name="to">Whose names they shall have: "same" for SegSharp's own.</param>
    /// <param name="overwrite">Whether a file at <paramref name="output"/> may be replaced.</param>
    /// <param name="at">The key under which the weights lie in the file; null = at the top or under the usual keys.</param>
    /// <exception cref="UsageException">Another ending, a file that is there already, no such origin, or names that fit two.</exception>
    /// <exception cref="InputException">The weights are another network's.</exception>
    public static ConvertedWeights Convert(string input, string output, NetworkOptions? network, string? from, string to, bool overwrite = false, string? at = null)
    {
        var safetensors = Path.GetExtension(output).ToUpperInvariant() switch
        {
            ".SAFETENSORS" => true,
            ".PT" or ".PTH" => false,
            _ => throw new UsageException($"the ending of '{output}' says no format", "end it with .pt, .pth or .safetensors"),
        };
        if (File.Exists(output) && !overwrite)
        {
            throw new UsageException($"'{output}' is there already", "--overwrite replaces it");
        }

        var checkpoint = Checkpoint.Read(input, at);
        var recipe = RecipeOf(checkpoint, input);
        network ??= recipe?.Network
            ?? throw new UsageException($"'{input}' does not say which network it belongs to", "--network NAME, and --set for options that differ from its defaults");
        var names = OriginalTable.Names(to, network);
        using var shapesOnly = Initialise.Skip();
        using var built = Networks.Catalogue.All.GetByOptions(network.GetType()).Build(network);
        var named = NamedWeights.Match(built, checkpoint.Tensors, input, from);
        var tensors = names.Write(built.State().Select(s => (s.Name, named.Tensors[s.Name]))).ToList();
        var metadata = MetadataOf(checkpoint);
        var entries = checkpoint.Entries.Except(OfTheArchive, StringComparer.Ordinal).Where(e => e != Predictor.RecipeEntry).Select(e => (Name: e, Content: checkpoint.Entry(e)!.Value)).ToList();
        metadata.Remove(Predictor.RecipeEntry);
        if (recipe is not null)
        {
            // The network may be another one that computes the same: the recipe must name the one that the names belong to.
            entries.Add((Predictor.RecipeEntry, Encoding.UTF8.GetBytes(OptionsJson.Write(recipe with { Network = network }).ToJsonString())));
        }

        if (safetensors)
        {
            Safetensors.Write(output, tensors, metadata
                .Concat(entries.Select(e => KeyValuePair.Create(e.Name, Encoding.UTF8.GetString(e.Content.Span))))
                .Append(KeyValuePair.Create("format", "pt")).DistinctBy(p => p.Key, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal));
        }
        else
        {
            PyTorchWriter.Write(output, tensors, metadata.Count == 0 ? entries : [.. entries, (MetadataEntry, JsonSerializer.SerializeToUtf8Bytes(metadata))]);
        }

        return new(named.Origin, to, named.Prefix, tensors.Count);
    }

    /// <summary>The recipe inside a checkpoint that SegSharp wrote; null when there is none.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="file">Its path, for messages.</param>
    /// <exception cref="InputException">There is one, but this SegSharp cannot read it.</exception>
    public static Recipe? RecipeOf(Checkpoint checkpoint, string file) =>
        checkpoint.Entry(Predictor.RecipeEntry) is { } text ? Recipe.Parse(Encoding.UTF8.GetString(text.Span), $"{file}: {Predictor.RecipeEntry}") : null;

    // Text by name: a safetensors file's own, what an earlier conversion kept, and what lies beside the weights in a training's dictionary.
    private static Dictionary<string, string> MetadataOf(Checkpoint checkpoint)
    {
        var metadata = new Dictionary<string, string>(checkpoint.Metadata, StringComparer.Ordinal);
        if (checkpoint.Entry(MetadataEntry) is { } kept && checkpoint.Format != "safetensors")
        {
            foreach (var (key, value) in JsonSerializer.Deserialize<Dictionary<string, string>>(kept.Span) ?? [])
            {
                metadata[key] = value;
            }
        }

        foreach (var (key, value) in (checkpoint.Content as Inert.Dictionary)?.Entries ?? [])
        {
            if (key is Inert.Text name && value is (Inert.Text or Inert.Bool or Inert.Integer or Inert.Float))
            {
                metadata.TryAdd(name.Value, value.ToString()!);
            }
        }

        return metadata;
    }
}

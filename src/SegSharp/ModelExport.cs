using SegSharp.Export;
using SegSharp.Networks;

namespace SegSharp;

/// <summary>Writes a trained model for other runtimes, with what they must know to use it.</summary>
public static class ModelExport
{
    /// <summary>Writes the network of a run folder or a checkpoint as ONNX.</summary>
    /// <param name="model">A run folder (its best checkpoint) or a checkpoint that SegSharp wrote.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="sides">(D,) H, W when it shall hold for this size alone; null for every size that the network takes.</param>
    public static OnnxExportReport ToOnnx(string model, string path, IReadOnlyList<long>? sides = null)
    {
        var (recipe, network) = Predictor.Load(model);
        using (network)
        {
            return OnnxExport.Write(network, path, new OnnxExportOptions { Sides = sides, Metadata = Metadata(recipe) });
        }
    }

    /// <summary>What an exported file says about a model: the keys of docs/reference/onnx.md.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(Recipe recipe)
    {
        var all = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["segsharp.labels"] = Json(recipe.Labels),
            ["segsharp.channels"] = Json(recipe.Channels),
            ["segsharp.head"] = recipe.Loss.Head == Losses.Head.Sigmoid ? "sigmoid" : "softmax",
            ["segsharp.regions"] = recipe.Regions.Count == 0 ? null : OptionsJson.Write(recipe)["regions"]!.ToJsonString(),
            ["segsharp.threshold"] = recipe.Prediction.Threshold.ToString(),
            ["segsharp.preparation"] = OptionsJson.Write(recipe.Preparation).ToJsonString(),
            ["segsharp.spacing"] = recipe.Preparation.Spacing,
            ["segsharp.patch"] = (recipe.Prediction.Patch ?? recipe.Training.PatchSize)?.ToString(),
        };
        return Metadata(recipe.Network).Concat(all.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Key, p.Value!))).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>What an exported file says about a network without a recipe.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(NetworkOptions options) => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["segsharp.network"] = OptionsJson.Write(options).ToJsonString(),
    };

    private static string Json(object value) => System.Text.Json.JsonSerializer.SerializeToNode(value)!.ToJsonString();
}

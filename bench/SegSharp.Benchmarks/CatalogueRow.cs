using System.Text.Json.Nodes;

namespace SegSharp.Benchmarks;

/// <summary>A network of <c>bench/catalogue.json</c>: how it is built, and the recipe and the image that all networks with its number of axes share.</summary>
/// <param name="Name">The row: a network's name, with " 3D" behind it where a network is there twice.</param>
/// <param name="Data">"isbi2012" or "hippocampus".</param>
/// <param name="Recipe">Without its network.</param>
/// <param name="Network">The network's options, with its name in the catalogue.</param>
/// <param name="Shape">Of the image in a timed step, [N, C, (D,) H, W].</param>
/// <param name="Classes">Of a timed step.</param>
/// <param name="Note">Why its Dice is lower than plain U-Net's, or what is special; null for nothing.</param>
internal sealed record CatalogueRow(string Name, string Data, JsonObject Recipe, JsonObject Network, long[] Shape, int Classes, string? Note)
{
    /// <summary>Its name among the tasks: "catalogue-unet-3D".</summary>
    public string Task => $"catalogue-{Name.Replace(' ', '-')}";

    /// <summary>The network without what is random, so that both sides of a timed step must find the same loss.</summary>
    public JsonObject WithoutDropout()
    {
        var options = OptionsJson.Write(OptionsJson.Read<Networks.NetworkOptions>(Network.DeepClone(), "network"));
        foreach (var key in options.Select(o => o.Key).Where(k => k.Contains("dropout", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            options[key] = options[key]?.GetValueKind() == System.Text.Json.JsonValueKind.Number ? 0 : options[key]?.DeepClone();
        }

        return options;
    }

    /// <summary>Every row, in the file's order.</summary>
    public static IReadOnlyList<CatalogueRow> ReadAll()
    {
        var file = Path.Combine(Places.Bench, "catalogue.json");
        return [.. JsonInput.Parse(File.ReadAllText(file), file).SelectMany(group => Read(group.Value!.AsObject()))];
    }

    /// <summary>The row of that name.</summary>
    public static CatalogueRow Find(string name) =>
        ReadAll().FirstOrDefault(r => r.Name == name) ?? throw UsageException.Unknown("row", name, ReadAll().Select(r => r.Name));

    /// <summary>The whole recipe.</summary>
    public Recipe Whole()
    {
        var json = Recipe.DeepClone().AsObject();
        json["network"] = Network.DeepClone();
        return OptionsJson.Read<Recipe>(json, "");
    }

    private static IEnumerable<CatalogueRow> Read(JsonObject group) => group["networks"]!.AsObject().Select(network =>
    {
        var options = network.Value!.DeepClone().AsObject();
        var note = options["note"]?.GetValue<string>();
        var recipe = group["recipe"]!.DeepClone().AsObject();
        if (options["learningRate"] is { } rate)
        {
            recipe["training"]!["optimizer"]!["learningRate"] = rate.DeepClone();
        }

        options.Remove("note");
        options.Remove("learningRate");
        return new CatalogueRow(
            network.Key, group["data"]!.GetValue<string>(), recipe, options,
            [.. group["step"]!["shape"]!.AsArray().Select(s => s!.GetValue<long>())], group["step"]!["classes"]!.GetValue<int>(), note);
    });
}

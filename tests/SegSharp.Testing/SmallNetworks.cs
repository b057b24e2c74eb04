using System.Text.Json.Nodes;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Torch;

namespace SegSharp.Testing;

/// <summary>Every network of the catalogue, small enough that a test may build and run it: 2 channels in, 3 classes out, few features.</summary>
public static class SmallNetworks
{
    /// <summary>"unet 2D", "unet 3D", "vnet 3D": every network in every number of spatial axes that it has.</summary>
    public static IEnumerable<string> Names => Catalogue.All.SelectMany(entry => Dimensions((NetworkOptions)entry.Defaults()).Select(d => $"{entry.Name} {d}D"));

    /// <summary>Builds one.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="change">Changes its options further; null for none.</param>
    public static Network Build(string name, Action<JsonObject>? change = null)
    {
        var json = Options(name);
        change?.Invoke(json);
        var network = Catalogue.All.Get(Plain(name)).Build(OptionsJson.Read<NetworkOptions>(json, "network"));
        Wake(network);
        return network;
    }

    /// <summary>Its options as JSON. Lists of features shrink so that the first is 4; deep supervision is on where there is one, so that every head is used.</summary>
    public static JsonObject Options(string name)
    {
        var json = OptionsJson.Write(Catalogue.All.Get(Plain(name)).Defaults());
        json["inChannels"] = 2;
        json["classes"] = 3;
        if (json.ContainsKey("dimensions"))
        {
            json["dimensions"] = name[^2] - '0';
        }

        foreach (var (key, node) in json.ToList())
        {
            if (key is "base" or "groups")
            {
                json[key] = key == "base" ? 4 : 2;
            }
            else if (key == "deepSupervision" && node is JsonValue value && value.TryGetValue<bool>(out _))
            {
                json[key] = true;
            }
            else if (node is JsonArray { Count: > 1 } list && list.All(IsWidth))
            {
                var first = list.Min(v => v!.GetValue<int>());
                json[key] = new JsonArray([.. list.Select(v => (JsonNode)(v!.GetValue<int>() * 4 / first))]);
            }
        }

        return json;
    }

    /// <summary>Sides that the network takes: even ones first, then odd ones where it takes them. Few: the network may be deep.</summary>
    public static IReadOnlyList<long[]> Sides(Network network)
    {
        if (network is UNet2015 { Margin: > 0 } valid)
        {
            return [valid.InputSides([4, 20])];
        }

        long[][] even = network.Dimensions == 3 ? [[16, 16, 32], [32, 32, 32]] : [[32, 48], [64, 96], [128, 128]];
        long[][] odd = network.Dimensions == 3 ? [[9, 17, 22], [33, 34, 35]] : [[33, 50], [65, 98], [127, 130]];
        return [.. even.Where(s => Fits(network, s)).Take(1), .. odd.Where(s => Fits(network, s)).Take(1)];
    }

    /// <summary>Whether a network takes an image of these sides.</summary>
    public static bool Fits(Network network, long[] sides)
    {
        try
        {
            return network.OutputSides(sides).Length > 0;
        }
        catch (InputException)
        {
            return false;
        }
    }

    // A network whose scores start at 0 answers 0 to everything, which would hide what the tests look for.
    private static void Wake(Network network)
    {
        using var scope = new TensorScope();
        foreach (var weight in network.Parameters().Where(p => p.Dimensions > 1 && (p.Abs().Max().Item() == 0)))
        {
            Initialise.Uniform(weight, -0.5, 0.5);
        }
    }

    private static string Plain(string name) => name[..name.LastIndexOf(' ')];

    private static int[] Dimensions(NetworkOptions options) => OptionsJson.Write(options).ContainsKey("dimensions") ? [2, 3] : [options.Axes];

    private static bool IsWidth(JsonNode? node) => node is JsonValue value && value.TryGetValue<int>(out var number) && number >= 8;
}

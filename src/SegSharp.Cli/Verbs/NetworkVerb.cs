using System.CommandLine;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Originals;
using SegSharp.Networks.Parts;
using SegSharp.Torch;
using NetworkCatalogue = SegSharp.Networks.Catalogue;

namespace SegSharp.Cli.Verbs;

internal static class NetworkVerb
{
    public static Command Create() => new("network", "the catalogue of networks: list, summary, graph, run, verify, convert, export")
    {
        NetworkListVerb.Create(),
        NetworkSummaryVerb.Create(),
        NetworkGraphVerb.Create(),
        NetworkRunVerb.Create(),
        NetworkVerifyVerb.Create(),
        NetworkConvertVerb.Create(),
        NetworkExportVerb.Create(),
    };

    public static Argument<string> Name() => new("NAME") { Description = "a name of `network list`" };

    public static Option<string[]> Set() => new("--set")
    {
        Description = "an option of the network, such as network.base=16; may be repeated",
        HelpName = "KEY=VALUE",
        DefaultValueFactory = _ => [],
    };

    public static Option<string?> Input() => new("--input")
    {
        Description = "shape of the image without batch: CxHxW or CxDxHxW, such as 1x256x256",
        HelpName = "SHAPE",
    };

    /// <summary>Whose names a file's keys have.</summary>
    public static Option<string?> Names(string name = "--names") => new(name)
    {
        Description = $"whose names the file's keys have: same, {string.Join(", ", OriginalTable.All.Select(o => o.Name))}; found out from the keys when left out",
        HelpName = "ORIGIN",
    };

    /// <summary>Where in a file the weights lie.</summary>
    public static Option<string?> At() => new("--at")
    {
        Description = "the key under which the weights lie in the file, such as model/ema, where there are several",
        HelpName = "KEY",
    };

    /// <summary>Refuses options that would be taken and not used.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="why">What stands before "which": "'FILE' is a TorchScript model".</param>
    /// <param name="unused">The options that have no meaning there.</param>
    public static void Refuse(ParseResult args, string why, params Option[] unused)
    {
        if (unused.FirstOrDefault(o => args.GetResult(o) is { Implicit: false }) is { } option)
        {
            throw new UsageException($"{why}, so option '{option.Name}' has no meaning here", $"leave {option.Name} out");
        }
    }

    /// <summary>The options of a network by its name, with every <c>--set</c> applied.</summary>
    public static NetworkOptions Options(string name, IEnumerable<string> set) => Options<NetworkOptions>(name, set);

    /// <summary>What `summary` and `graph` show: a network, or a part of one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="set">Every <c>--set</c>.</param>
    /// <param name="input">As for <see cref="Build"/>.</param>
    public static Shown Show(string name, string[] set, string? input)
    {
        if (!PartCatalogue.All.Names.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            var (network, networkSides) = Build(name, set, input);
            return new(network, network.Options, cancel => NetworkSummary.Of(network, networkSides, cancel: cancel), () => network.Graph(networkSides));
        }

        var shape = input is null ? null : Shape(input);
        var part = PartCatalogue.All.Get(name).Build(Options<PartOptions>(name, [.. shape is null ? [] : new[] { $"network.inChannels={shape[0]}" }, .. set]));
        if (shape is not null && (part.Options.InChannels != shape[0] || shape.Length != 3))
        {
            throw new UsageException(
                $"option '--input' is '{input}' but '{name}' takes {part.Options.InChannels} channels and 2 sides", $"--input {part.Options.InChannels}x{string.Join('x', part.Options.UsualSides)}");
        }

        long[] sides = shape?[1..] ?? [.. part.Options.UsualSides];
        return new(part, part.Options, cancel => NetworkSummary.Of(part, sides, cancel: cancel), () => part.Graph(sides));
    }

    /// <summary>A network or a part of one, ready to be shown.</summary>
    internal sealed record Shown(Module Module, object Options, Func<CancellationToken, NetworkSummary> Summary, Func<NetworkGraph?> Graph);

    private static T Options<T>(string name, IEnumerable<string> set)
    {
        var json = new JsonObject { ["network"] = new JsonObject { ["name"] = name } };
        foreach (var assignment in set)
        {
            OptionsJson.Set(json, assignment);
        }

        if (json.FirstOrDefault(p => p.Key != "network").Key is { } stray)
        {
            throw new UsageException($"unknown key '{stray}'; the keys here begin with network.", $"--set network.{stray}=…");
        }

        if (json["network"] is JsonObject network && network["name"] is var chosen && chosen?.ToString() != name)
        {
            throw new UsageException($"network.name is {chosen?.ToJsonString() ?? "null"}, but the network is '{name}'", "leave network.name out; the network's name stands before the options");
        }

        return OptionsJson.Read<T>(json["network"], "network");
    }

    /// <summary>Builds a network for images of a shape; channels and axes of the shape win over the defaults.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="set">Every <c>--set</c>.</param>
    /// <param name="input">"1x256x256"; null for the network's usual size.</param>
    public static (Network Network, long[] Sides) Build(string name, string[] set, string? input)
    {
        if (input is null)
        {
            var usual = NetworkCatalogue.All.Get(name).Build(Options(name, set));
            long[] sides = usual switch
            {
                UNet2015 valid when valid.Margin > 0 => valid.InputSides([388, 388]),
                { Dimensions: 3 } => [64, 64, 64],
                _ => [256, 256],
            };
            return (usual, sides);
        }

        var shape = Shape(input);
        List<string> all = [$"network.inChannels={shape[0]}"];
        if (OptionsJson.Write(NetworkCatalogue.All.Get(name).Defaults()).ContainsKey("dimensions"))
        {
            all.Add($"network.dimensions={shape.Length - 1}");
        }

        var network = NetworkCatalogue.All.Get(name).Build(Options(name, all.Concat(set)));
        if (network.Options.InChannels != shape[0] || network.Dimensions != shape.Length - 1)
        {
            var fits = string.Join('x', new long[] { network.Options.InChannels }.Concat(shape.Skip(1)).Concat([64L]).Take(network.Dimensions + 1));
            throw new UsageException(
                $"option '--input' is '{input}' but this network takes {network.Options.InChannels} channels and {network.Dimensions} sides",
                $"--input {fits}");
        }

        return (network, shape[1..]);
    }

    private static long[] Shape(string input)
    {
        var shape = input.Split('x', 'X', '×').Select(s => long.TryParse(s, out var n) && n is > 0 and < 1 << 20 ? n : 0).ToArray();
        return shape.Contains(0) || shape.Length is not (3 or 4)
            ? throw new UsageException($"option '--input' is '{input}'; it must be CxHxW or CxDxHxW, such as 1x256x256", "--input 1x256x256")
            : shape;
    }

    /// <summary>Threads and device as asked for.</summary>
    public static Device Device(VerbContext context)
    {
        TorchRuntime.Threads = context.Threads;
        return Torch.Device.Parse(context.Device);
    }
}

using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Originals;
using SegSharp.Torch;
using NetworkCatalogue = SegSharp.Networks.Catalogue;

namespace SegSharp.Cli.Verbs;

internal static class NetworkListVerb
{
    public static Command Create()
    {
        var names = new Option<bool>("--names") { Description = "the implementations whose weights load by name, and for which networks" };
        var verb = new Command("list", "every network, its parameters by default, and what it is held against") { names };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
            context.Show(args.GetValue(names) ? new Document().With("origins", Origins(context)) : new Document().With("networks", Networks(context)))));
        return verb;
    }

    private static Table Networks(VerbContext context)
    {
        var table = new Table(new("name", "name"), new("parameters", "parameters", "N0"), new("heldAgainst", "held against"), new("about", "about"));
        using var shapesOnly = Initialise.Skip();
        foreach (var entry in NetworkCatalogue.All)
        {
            using var network = entry.Build(entry.Defaults());
            table.Add(entry.Name, network.ParameterCount, context.Json ? network.Options.HeldAgainst : network.Options.HeldAgainst ?? "unverified", network.Options.About);
        }

        return table;
    }

    private static Table Origins(VerbContext context)
    {
        var table = new Table(new("name", "--names"), new("networks", "networks"), new("input", "input"), new("title", "what it is"));
        foreach (var origin in OriginalTable.Origins())
        {
            table.Add(origin.Name, context.Json ? origin.Networks : string.Join(", ", origin.Networks), origin.Input, origin.Title);
        }

        return table;
    }
}

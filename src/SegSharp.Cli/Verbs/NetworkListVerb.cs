using System.CommandLine;
using SegSharp.Cli.Terminal;
using NetworkCatalogue = SegSharp.Networks.Catalogue;

namespace SegSharp.Cli.Verbs;

internal static class NetworkListVerb
{
    public static Command Create()
    {
        var verb = new Command("list", "every network, its parameters by default, and what it is held against");
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var table = new Table(new("name", "name"), new("parameters", "parameters", "N0"), new("heldAgainst", "held against"), new("about", "about"));
            foreach (var entry in NetworkCatalogue.All)
            {
                using var network = entry.Build(entry.Defaults());
                table.Add(entry.Name, network.ParameterCount, context.Json ? network.Options.HeldAgainst : network.Options.HeldAgainst ?? "unverified", network.Options.About);
            }

            context.Show(new Document().With("networks", table));
        }));
        return verb;
    }
}

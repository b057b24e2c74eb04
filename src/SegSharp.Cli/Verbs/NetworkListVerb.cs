using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Networks;
using SegSharp.Networks.Originals;
using SegSharp.Networks.Parts;
using SegSharp.Torch;

namespace SegSharp.Cli.Verbs;

internal static class NetworkListVerb
{
    public static Command Create()
    {
        var names = new Option<bool>("--names") { Description = "the implementations whose weights load by name, and for which networks" };
        var verb = new Command("list", "every network: parameters by default, axes, deep supervision, and what it is held against") { names };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
            context.Show(args.GetValue(names) ? new Document().With("origins", Origins(context)) : new Document().With("networks", Networks(context)).With("parts", Parts(context)))));
        return verb;
    }

    private static Table Networks(VerbContext context)
    {
        var table = new Table(
            new("name", "name"), new("parameters", "parameters", "N0"), new("axes", "axes"), new("deepSupervision", "deep supervision"),
            new("heldAgainst", "held against"), new("about", "about"));
        foreach (var entry in NetworkListing.All())
        {
            table.Add(
                entry.Name,
                entry.Parameters,
                context.Json ? entry.Axes : string.Join(", ", entry.Axes.Select(a => $"{a}D")),
                context.Json ? entry.DeepSupervision : entry.DeepSupervision ? "yes" : "",
                context.Json ? entry.HeldAgainst : entry.HeldAgainst ?? "unverified",
                entry.About);
        }

        return table;
    }

    // What is no segmentation network by itself, but has a summary and a drawing.
    private static Table Parts(VerbContext context)
    {
        var table = new Table(new("name", "encoder or part"), new("parameters", "parameters", "N0"), new("heldAgainst", "held against"), new("about", "about"));
        using var shapesOnly = Initialise.Skip();
        foreach (var entry in PartCatalogue.All)
        {
            using var part = entry.Build(entry.Defaults());
            table.Add(entry.Name, part.ParameterCount, context.Json ? part.Options.HeldAgainst : part.Options.HeldAgainst ?? "unverified", part.Options.About);
        }

        return table;
    }

    private static Table Origins(VerbContext context)
    {
        var table = new Table(new("name", "--names"), new("networks", "networks"), new("encoders", "encoder of"), new("input", "input"), new("title", "what it is"));
        foreach (var origin in OriginalTable.Origins())
        {
            table.Add(
                origin.Name,
                context.Json ? origin.Networks : string.Join(", ", origin.Networks),
                context.Json ? origin.Encoders : string.Join(", ", origin.Encoders),
                context.Json ? origin.Input : origin.Input ?? "",
                origin.Title);
        }

        return table;
    }
}

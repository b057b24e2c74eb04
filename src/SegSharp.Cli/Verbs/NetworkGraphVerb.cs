using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Figures;
using SegSharp.Foundation;
using SegSharp.Torch;

namespace SegSharp.Cli.Verbs;

internal static class NetworkGraphVerb
{
    public static Command Create()
    {
        var (name, input, set) = (NetworkVerb.Name(), NetworkVerb.Input(), NetworkVerb.Set());
        var output = new Option<string>("--output", "-o") { Description = "the drawing: .svg, .png or .pdf", HelpName = "FILE", Required = true };
        var verb = new Command("graph", "the network drawn as its U") { name, input, set, output };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            using var shapesOnly = Initialise.Skip();
            var shown = NetworkVerb.Show(args.GetRequiredValue(name), args.GetRequiredValue(set), args.GetValue(input));
            using (shown.Module)
            {
                var graph = shown.Graph() ?? throw new SegSharpException($"the network '{args.GetRequiredValue(name)}' has no drawing");
                var path = args.GetRequiredValue(output);
                new NetworkFigure(graph).Write(path);
                context.Show(new Document().With("file", "drawn", path).With("title", "title", graph.Title).With("blocks", "blocks", graph.Nodes.Count));
            }
        }));
        return verb;
    }
}

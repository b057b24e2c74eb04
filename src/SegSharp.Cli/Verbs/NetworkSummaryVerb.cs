using System.CommandLine;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Foundation;
using SegSharp.Networks;

namespace SegSharp.Cli.Verbs;

internal static class NetworkSummaryVerb
{
    public static Command Create()
    {
        var (name, input, set) = (NetworkVerb.Name(), NetworkVerb.Input(), NetworkVerb.Set());
        var verb = new Command("summary", "layers, shapes, parameters, multiply–adds and activation memory of one forward pass") { name, input, set };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            NetworkVerb.Device(context);
            var shown = NetworkVerb.Show(args.GetRequiredValue(name), args.GetRequiredValue(set), args.GetValue(input));
            using (shown.Module)
            {
                Show(context, args.GetRequiredValue(name), shown.Options, shown.Summary(context.Cancel));
            }
        }));
        return verb;
    }

    private static void Show(VerbContext context, string name, object options, NetworkSummary summary)
    {
        var table = new Table(
            new("name", "layer"), new("type", "type"), new("output", "output"), new("parameters", "parameters", "N0"),
            new("multiplyAdds", "multiply–adds", "N0"), new("activationBytes", "activation bytes", "N0"));
        foreach (var layer in summary.Layers)
        {
            table.Add(layer.Name, layer.Type, context.Json ? layer.Output : string.Join('×', layer.Output), layer.Parameters, layer.MultiplyAdds, layer.ActivationBytes);
        }

        context.Show(new Document()
            .With("layers", table)
            .With("network", "network", name)
            .With("input", "input", summary.Input, string.Join('×', summary.Input))
            .With("output", "output", summary.Output, string.Join('×', summary.Output))
            .With("parameters", "parameters", summary.Parameters, $"{summary.Parameters:N0}")
            .With("multiplyAdds", "multiply–adds", summary.MultiplyAdds, $"{summary.MultiplyAdds:N0} ({summary.MultiplyAdds / 1e9:0.00} G)")
            .With("receptiveField", "receptive field", summary.ReceptiveField.Sides, summary.ReceptiveField.ToString())
            .WithData("seesEverythingThrough", new JsonArray([.. summary.ReceptiveField.Global.Select(g => (JsonNode)g)]))
            .With("activationBytes", "activations", summary.ActivationBytes, $"{ByteSize.Format(summary.ActivationBytes)}, about what a training step keeps per image")
            .With("inferencePeakBytes", "inference peak", summary.InferencePeakBytes, $"{ByteSize.Format(summary.InferencePeakBytes)} besides the weights")
            .WithData("options", OptionsJson.Write(options)));
    }
}

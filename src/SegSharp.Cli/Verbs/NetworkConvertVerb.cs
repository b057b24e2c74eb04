using System.CommandLine;
using SegSharp.Cli.Terminal;

namespace SegSharp.Cli.Verbs;

internal static class NetworkConvertVerb
{
    public static Command Create()
    {
        var input = new Argument<string>("IN") { Description = "a checkpoint: PyTorch or safetensors" };
        var output = new Argument<string>("OUT") { Description = "the same weights: .pt, .pth or .safetensors" };
        var network = new Option<string?>("--network") { Description = "the network they belong to (network list); may be left out for a checkpoint that SegSharp wrote", HelpName = "NAME" };
        var set = NetworkVerb.Set();
        var from = NetworkVerb.Names("--from");
        var to = new Option<string>("--to") { Description = "whose names they shall have: same (SegSharp's own), or an origin of `network list --names`", HelpName = "ORIGIN", DefaultValueFactory = _ => "same" };
        var at = NetworkVerb.At();
        var verb = new Command("convert", "weights under one implementation's names to another's, and .pt to .safetensors or back") { input, output, network, set, from, to, at };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            if (args.GetValue(network) is null)
            {
                NetworkVerb.Refuse(args, "the checkpoint's own recipe says its network where --network is left out", set);
            }

            var options = args.GetValue(network) is { } name ? NetworkVerb.Options(name, args.GetRequiredValue(set)) : null;
            var converted = WeightsFile.Convert(
                args.GetRequiredValue(input), args.GetRequiredValue(output), options, args.GetValue(from), args.GetRequiredValue(to), context.Overwrite, args.GetValue(at));
            var document = new Document()
                .With("output", "written", args.GetRequiredValue(output))
                .With("from", "names before", converted.From)
                .With("to", "names now", converted.To)
                .With("tensors", "tensors", converted.Tensors)
                .WithData("prefix", converted.Prefix);
            context.Show(converted.Prefix.Length == 0 ? document : document.WithText($"'{converted.Prefix}' stood before every name and was taken away"));
        }));
        return verb;
    }
}

using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Export;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using NetworkCatalogue = SegSharp.Networks.Catalogue;

namespace SegSharp.Cli.Verbs;

internal static class NetworkExportVerb
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "run folder, checkpoint of SegSharp, or a network of `network list`" };
        var output = new Option<string>("--output", "-o", "--out") { Description = "the ONNX file", HelpName = "FILE", Required = true };
        var size = new Option<string?>("--size") { Description = "export for images of this size alone: HxW or DxHxW (default: every size that the network takes)", HelpName = "SIZE" };
        var set = NetworkVerb.Set();
        var weights = new Option<string?>("--weights") { Description = "for a network by name: its weights (default: fresh ones)", HelpName = "FILE" };
        var (names, at) = (NetworkVerb.Names(), NetworkVerb.At());
        var verb = new Command("export", "writes an ONNX file (opset 17) for other runtimes, with labels and preprocessing in its metadata") { model, output, size, set, weights, names, at };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            NetworkVerb.Device(context);
            TorchRuntime.Seed(context.Seed);
            var (what, path) = (args.GetRequiredValue(model), args.GetRequiredValue(output));
            if (File.Exists(path) && !context.Overwrite)
            {
                throw new UsageException($"'{path}' is there already", "--overwrite writes it again");
            }

            var sides = args.GetValue(size) is { } text ? Sides(text) : null;
            var isName = !Path.Exists(what) && NetworkCatalogue.All.Names.Contains(what, StringComparer.OrdinalIgnoreCase);
            if (!isName)
            {
                NetworkVerb.Refuse(args, $"'{what}' is no network by name: its file says network and weights", set, weights, names, at);
            }
            else if (args.GetValue(weights) is null)
            {
                NetworkVerb.Refuse(args, "there is no --weights", names, at);
            }

            var report = isName
                ? Bare(what, args.GetRequiredValue(set), args.GetValue(weights), args.GetValue(names), args.GetValue(at), path, sides)
                : ModelExport.ToOnnx(what, path, sides);
            context.Show(new Document()
                .With("file", "written", report.Path)
                .With("bytes", "size", report.Bytes, ByteSize.Format(report.Bytes))
                .With("input", "image", report.Input, string.Join('×', report.Input))
                .With("nodes", "operators", report.Nodes)
                .With("checked", "computed again at", report.Checked.Select(s => string.Join('x', s)).ToArray(), string.Join(", ", report.Checked.Select(s => string.Join('×', s))))
                .With("largestDifference", "largest difference", report.LargestDifference, $"{report.LargestDifference:0.0e+0} of a logit, in libtorch"));
        }));
        return verb;
    }

    private static OnnxExportReport Bare(string name, string[] set, string? weights, string? names, string? at, string path, long[]? sides)
    {
        var options = NetworkVerb.Options(name, set);
        using var network = NetworkCatalogue.All.Get(name).Build(options);
        if (weights is not null)
        {
            network.Load(NamedWeights.Match(network, Checkpoint.Read(weights, at).Tensors, weights, names).Tensors, weights);
        }

        return OnnxExport.Write(network, path, new OnnxExportOptions { Sides = sides, Metadata = ModelExport.Metadata(options) });
    }

    private static long[] Sides(string text)
    {
        var sides = text.Split('x', 'X', '×').Select(s => long.TryParse(s, out var n) && n is > 0 and < 1 << 20 ? n : 0).ToArray();
        return sides.Length is 2 or 3 && !sides.Contains(0)
            ? sides
            : throw new UsageException($"option '--size' is '{text}'; it must be HxW or DxHxW, such as 256x256", "--size 256x256");
    }
}

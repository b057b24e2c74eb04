using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using NetworkCatalogue = SegSharp.Networks.Catalogue;

namespace SegSharp.Cli.Verbs;

internal static class NetworkRunVerb
{
    public static Command Create()
    {
        var set = NetworkVerb.Set();
        var name = new Argument<string>("NAME") { Description = "a network of `network list`, or a TorchScript file with --trust" };
        var weights = new Option<string?>("--weights") { Description = "a checkpoint: PyTorch or safetensors", HelpName = "FILE" };
        var trust = new Option<bool>("--trust") { Description = "run the code inside a TorchScript file: only if you know who made it" };
        var input = new Option<string>("--input") { Description = "an image [N, C, (D,) H, W] as .npy", HelpName = "FILE", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "the logits as .npy", HelpName = "FILE", Required = true };
        var (names, at) = (NetworkVerb.Names(), NetworkVerb.At());
        var train = new Option<bool>("--train-mode") { Description = "normalise by the batch's own statistics, as in training" };
        var verb = new Command("run", "one forward pass: .npy in, logits as .npy out") { name, weights, input, output, set, names, at, train, trust };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var device = NetworkVerb.Device(context);
            TorchRuntime.Seed(context.Seed);
            if (ScriptModule.IsScript(args.GetRequiredValue(name)))
            {
                NetworkVerb.Refuse(args, $"'{args.GetRequiredValue(name)}' is a TorchScript model", weights, set, names, at, train);
                RunScript(context, args.GetRequiredValue(name), args.GetValue(trust), args.GetRequiredValue(input), args.GetRequiredValue(output), device);
                return;
            }

            if (NetworkCatalogue.All.Names.Contains(args.GetRequiredValue(name), StringComparer.OrdinalIgnoreCase))
            {
                NetworkVerb.Refuse(args, $"'{args.GetRequiredValue(name)}' is a network by name", trust);
            }

            if (File.Exists(args.GetRequiredValue(name)))
            {
                throw new InputException(
                    $"'{args.GetRequiredValue(name)}' is neither a network's name nor a whole TorchScript model; a file of torch.jit.save that was cut short ends without the table of what is in it",
                    "copy or download the file again, or give a name of segsharp network list");
            }

            var options = NetworkVerb.Options(args.GetRequiredValue(name), args.GetRequiredValue(set));
            var file = args.GetValue(weights) ?? throw new UsageException("option '--weights' is required for a network by name", "--weights FILE");
            var values = Checkpoint.Read(file, args.GetValue(at)).Tensors;
            var image = Npy.Read(args.GetRequiredValue(input));

            using var network = NetworkCatalogue.All.Get(args.GetRequiredValue(name)).Build(options);
            var named = NamedWeights.Match(network, values, file, args.GetValue(names));
            network.Load(named.Tensors, file);
            network.To(device);
            network.Train(args.GetValue(train));

            using var guard = new NoGrad();
            using var scope = new TensorScope();
            context.Cancel.ThrowIfCancellationRequested();
            var logits = network.Forward(Tensor.From(image).To(DType.Float32).To(device)).Full.ToData();
            context.Cancel.ThrowIfCancellationRequested();               // a pass that has begun ends; its result is not written
            Npy.Write(args.GetRequiredValue(output), logits);
            context.Show(new Document()
                .With("output", "logits", args.GetRequiredValue(output))
                .With("shape", "shape", logits.Shape, string.Join('×', logits.Shape))
                .With("names", "names of", named.Origin));
        }));
        return verb;
    }

    private static void RunScript(VerbContext context, string file, bool trusted, string input, string output, Device device)
    {
        using var script = ScriptModule.Load(file, trusted, device);
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        var given = script.Forward(Tensor.From(Npy.Read(input)).To(DType.Float32).To(device));
        var logits = ScriptNetwork.Pick(given).ToData();
        context.Cancel.ThrowIfCancellationRequested();
        Npy.Write(output, logits);
        context.Show(new Document()
            .With("output", "logits", output)
            .With("shape", "shape", logits.Shape, string.Join('×', logits.Shape))
            .With("outputs", "the model gives", given.Select(g => g.Name).ToArray(), string.Join(", ", given.Select(g => $"'{g.Name}' {g.Tensor.Describe()}"))));
    }
}

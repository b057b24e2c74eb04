using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Networks;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using NetworkCatalogue = SegSharp.Networks.Catalogue;

namespace SegSharp.Cli.Verbs;

internal static class NetworkRunVerb
{
    public static Command Create()
    {
        var (name, set) = (NetworkVerb.Name(), NetworkVerb.Set());
        var weights = new Option<string>("--weights") { Description = "a checkpoint: PyTorch or safetensors", HelpName = "FILE", Required = true };
        var input = new Option<string>("--input") { Description = "an image [N, C, (D,) H, W] as .npy", HelpName = "FILE", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "the logits as .npy", HelpName = "FILE", Required = true };
        var (names, at) = (NetworkVerb.Names(), NetworkVerb.At());
        var train = new Option<bool>("--train-mode") { Description = "normalise by the batch's own statistics, as in training" };
        var verb = new Command("run", "one forward pass: .npy in, logits as .npy out") { name, weights, input, output, set, names, at, train };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var device = NetworkVerb.Device(context);
            TorchRuntime.Seed(context.Seed);
            var options = NetworkVerb.Options(args.GetRequiredValue(name), args.GetRequiredValue(set));
            var file = args.GetRequiredValue(weights);
            var values = Checkpoint.Read(file, args.GetValue(at)).Tensors;
            var image = Npy.Read(args.GetRequiredValue(input));

            using var network = NetworkCatalogue.All.Get(args.GetRequiredValue(name)).Build(options);
            var named = NamedWeights.Match(network, values, file, args.GetValue(names));
            network.Load(named.Tensors, file);
            network.To(device);
            network.Train(args.GetValue(train));

            using var guard = new NoGrad();
            using var scope = new TensorScope();
            var logits = network.Forward(Tensor.From(image).To(DType.Float32).To(device)).Full.ToData();
            Npy.Write(args.GetRequiredValue(output), logits);
            context.Show(new Document()
                .With("output", "logits", args.GetRequiredValue(output))
                .With("shape", "shape", logits.Shape, string.Join('×', logits.Shape))
                .With("names", "names of", named.Origin));
        }));
        return verb;
    }
}

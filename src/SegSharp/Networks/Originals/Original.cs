using SegSharp.Networks.KeyMaps;
using SegSharp.Torch;

namespace SegSharp.Networks.Originals;

/// <summary>A public implementation that we can stand in for: how a case names it, and how we build the same network.</summary>
/// <param name="Name">Its short name, for <c>--names</c> and messages: "milesial".</param>
/// <param name="Title">Repository and class in words.</param>
/// <param name="Matches">Whether a case's original is this one.</param>
/// <param name="Build">Builds it from the case's constructor arguments and the shapes of its weights.</param>
public sealed record Original(string Name, string Title, Func<OriginalName, bool> Matches, Func<OriginalArguments, OriginalNetwork> Build)
{
    /// <summary>The normalisation that its published weights were trained with ("imagenet", "caffe-vgg", "sam", "unit"); null where there are none or they tell nothing.</summary>
    public string? Input { get; init; }
}

/// <summary>Whose names a file of weights may have.</summary>
/// <param name="Name">For <c>--names</c>.</param>
/// <param name="Title">Repository and class in words.</param>
/// <param name="Networks">Our networks that take all of its weights.</param>
/// <param name="Encoders">Our networks that take them for their encoder alone.</param>
/// <param name="Input">The normalisation that its published weights expect; null where there are none.</param>
public sealed record OriginOfWeights(string Name, string Title, IReadOnlyList<string> Networks, IReadOnlyList<string> Encoders, string? Input);

/// <summary>What a case says about its original.</summary>
/// <param name="Repository">"milesial/Pytorch-UNet"; a whole sentence where there is no repository.</param>
/// <param name="Class">The class; empty when the case names none.</param>
/// <param name="Block">For a single block of a network: its class; null for a whole network.</param>
public sealed record OriginalName(string Repository, string Class, string? Block)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', new[] { Repository, Class, Block }.Where(s => !string.IsNullOrEmpty(s)));
}

/// <summary>A network that computes what an original computes.</summary>
/// <param name="Module">The parameters, under our names.</param>
/// <param name="Names">Their names ↔ ours.</param>
/// <param name="Run">Inputs by name → outputs in the original's order.</param>
public sealed record OriginalNetwork(Module Module, KeyMap Names, Func<IReadOnlyDictionary<string, Tensor>, IReadOnlyList<Tensor>> Run) : IDisposable
{
    /// <summary>Inputs by name → maps on the way by the original's names; null where a network does not show them.</summary>
    public Func<IReadOnlyDictionary<string, Tensor>, IReadOnlyDictionary<string, Tensor>>? Inside { get; init; }

    /// <summary>Of a network with one input and one output.</summary>
    /// <param name="network">The network.</param>
    /// <param name="names">Their names ↔ ours.</param>
    /// <param name="last">What the original does to the logits; null for nothing.</param>
    public static OriginalNetwork Of(Network network, KeyMap names, Func<Tensor, Tensor>? last = null) =>
        new(network, names, inputs => [(last ?? (x => x))(network.Forward(inputs.Values.First()).Full)]);

    /// <summary>The outputs' names, where a case names them instead of counting; empty otherwise.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>Of a network whose outputs are the levels of its deep supervision, finest first.</summary>
    /// <param name="network">The network.</param>
    /// <param name="names">Their names ↔ ours.</param>
    public static OriginalNetwork OfLevels(Network network, KeyMap names) => new(network, names, inputs => network.Forward(inputs.Values.First()).Levels);

    /// <inheritdoc/>
    public void Dispose() => Module.Dispose();
}

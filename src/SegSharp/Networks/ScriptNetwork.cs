using SegSharp.Foundation;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>What a TorchScript model does not say about itself.</summary>
public sealed record ScriptOptions : NetworkOptions
{
    /// <summary>Spatial axes of its images: 2 or 3.</summary>
    public int Dimensions { get; init; } = 2;

    /// <inheritdoc/>
    public override int Axes => Dimensions;

    /// <inheritdoc/>
    public override string About => "a TorchScript model that somebody brought";

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
        Dimensions is 2 or 3 ? base.Check() : base.Check().Append(Fault.At("network.dimensions", $"is {Dimensions}; it must be 2 or 3"));
}

/// <summary>A TorchScript model in the place of a network: for prediction, not for training.</summary>
/// <remarks>
/// Source: the file itself; SegSharp sees what goes in and what comes out. Of several tensors that come out, the one called "logits", else
/// "out", else the first of a tuple or list counts. Its weights are its own: <see cref="Module.State"/> is empty.
/// </remarks>
public sealed class ScriptNetwork : Network
{
    private readonly ScriptModule _script;
    private readonly ScriptOptions _options;

    /// <summary>Takes a model over.</summary>
    /// <param name="o">Channels, classes and axes.</param>
    /// <param name="script">Stays the caller's: dispose it after this.</param>
    public ScriptNetwork(ScriptOptions o, ScriptModule script)
        : base(o)
    {
        _options = o;
        _script = script;
    }

    /// <inheritdoc/>
    public override int Dimensions => _options.Dimensions;

    /// <inheritdoc/>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        using var scope = new TensorScope();
        var logits = Pick(_script.Forward(image));
        if (logits.Dimensions != Dimensions + 2 || logits.Size(1) != Options.Classes)
        {
            throw new InputException(
                $"the TorchScript model gives {logits.Describe()} for an image of {image.Describe()}, but [N, {Options.Classes}, …] was expected: one channel per label, or per foreground label for a sigmoid head",
                "name as many labels in the recipe as the model has channels, or another loss (its head)");
        }

        return scope.Keep(logits);
    }

    /// <summary>The logits among what a model gave.</summary>
    /// <param name="given">As <see cref="ScriptModule.Forward"/> names it.</param>
    /// <exception cref="InputException">A dictionary without "logits" and "out", or nothing.</exception>
    public static Tensor Pick(IReadOnlyList<(string Name, Tensor Tensor)> given)
    {
        foreach (var name in new[] { "", "logits", "out", "0" })
        {
            if (given.FirstOrDefault(g => g.Name == name).Tensor is { } found)
            {
                return found;
            }
        }

        throw new InputException(
            given.Count == 0 ? "the TorchScript model gives no tensor" : $"the TorchScript model gives {string.Join(", ", given.Select(g => $"'{g.Name}'"))}, of which none is called 'logits' or 'out'",
            "save a model that gives its logits, alone or as 'logits'");
    }

    /// <summary>The spatial axes of a model, by the weights of its convolutions; null when they do not tell.</summary>
    public static int? AxesOf(ScriptModule script)
    {
        using var scope = new TensorScope();
        var ranks = script.State().Select(s => s.Tensor.Dimensions).ToHashSet();
        return ranks.Contains(5) ? 3 : ranks.Contains(4) ? 2 : null;
    }
}

#:project ../src/SegSharp/SegSharp.csproj

// A network and a loss of your own, outside the library: a class and one line each. Recipes then know them by name.
//   dotnet run examples/05-own-network.cs [FOLDER]
// FOLDER gets a phantom and the run; without it, a folder among the temporary files.

using SegSharp;
using SegSharp.Data;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Training;

Catalogue.All.Add<ContextNetOptions>("context", o => new ContextNet(o));        // the one line for a network
LossCatalogue.All.Add<BrierOptions>("brier", _ => new Brier());                 // and the one for a loss

var folder = args is [var given] ? given : Path.Combine(Path.GetTempPath(), "segsharp-own-network");
var data = Membranes.WriteDataSet(Path.Combine(folder, "data"), new() { Count = 8, Width = 64, Height = 64 }, overwrite: true);
var recipe = Recipe.Parse(
    """
    {
      "network": { "name": "context", "width": 8 },
      "loss": { "name": "brier" },
      "training": { "epochs": 5, "batchSize": 2, "repeats": 4, "optimizer": { "name": "adam", "learningRate": 0.01 } }
    }
    """,
    "recipe");

using (var run = Run.Start(recipe, data, data.Split(Validation.Last(2)), Path.Combine(folder, "run"), new() { Overwrite = true }))
{
    run.Train(happened =>
    {
        if (happened is EpochEnded e)
        {
            Console.WriteLine($"epoch {e.Epoch}  loss {e.TrainingLoss:F4}  Dice {e.MeanDice:F4}");
        }
    });
}

using var predictor = Predictor.Open(Path.Combine(folder, "run"));              // the checkpoint's recipe names "context": found, since it is registered
var image = data.Read(data.Cases[^1]).Image;
var mask = predictor.Predict(image).Labels;
mask.Write(Path.Combine(folder, "mask.png"));
Console.WriteLine($"{mask.Labels.Count(l => l == 1)} of {mask.Labels.Length} pixels of '{image.Name}' are membrane");

/// <summary>Options of the network: what a recipe may set under "network".</summary>
internal sealed record ContextNetOptions : NetworkOptions
{
    /// <summary>Channels of every layer.</summary>
    public int Width { get; init; } = 32;

    public override string About => "dilated convolutions at full resolution";

    public override IEnumerable<Fault> Check() =>
        [.. base.Check(), .. Width < 1 ? [Fault.At("network.width", $"is {Width}; it must be 1 or more")] : Array.Empty<Fault>()];
}

/// <summary>No U: layers that look ever further, all at full resolution.</summary>
/// <remarks>Source: Yu and Koltun 2016, the context module.</remarks>
internal sealed class ContextNet : Network
{
    private readonly Sequential _layers;

    public ContextNet(ContextNetOptions o)
        : base(o)
    {
        var layers = new List<Layer>();
        foreach (var (step, dilation) in new[] { 1, 1, 2, 4, 8, 1 }.Index())
        {
            layers.AddRange([new Conv(2, step == 0 ? o.InChannels : o.Width, o.Width, dilation: dilation), new BatchNorm(o.Width), new Relu()]);
        }

        layers.Add(new Conv(2, o.Width, o.Classes, kernel: 1));
        _layers = Child("layers", new Sequential([.. layers]));                 // keys: layers.0.weight …
    }

    public override int Dimensions => 2;

    /// <param name="image">[N, InChannels, H, W] with any sides.</param>
    /// <returns>Logits [N, Classes, H, W].</returns>
    public override Logits Forward(Tensor image)
    {
        CheckImage(image);
        return _layers.Forward(image);
    }
}

/// <summary>Options of the loss: none of its own.</summary>
internal sealed record BrierOptions : LossOptions
{
    public override Head Head => Head.Sigmoid;
}

/// <summary>The mean squared distance of probability and truth.</summary>
/// <remarks>Source: Brier 1950.</remarks>
internal sealed class Brier : Loss
{
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        var distance = logits.Sigmoid() - Channels(logits, target, Head.Sigmoid);                   // [N, K, H, W]
        var squared = distance * distance;
        return (weights is null ? squared : squared * weights.Unsqueeze(1)).Mean();
    }
}

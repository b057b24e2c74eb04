using SegSharp.Foundation;
using SegSharp.Networks.Sam;
using SegSharp.Prediction.Promptable;
using SegSharp.Torch;
using SegSharp.Torch.Operators;
using SegSharp.Torch.Optimizers;
using Xunit;

namespace SegSharp.Tests.Prediction.Promptable;

[Collection("native")]
[Trait("Category", "Full")]
public sealed class FineTuningTests
{
    [Fact]
    public void Fine_tuned_on_discs_a_box_around_everything_selects_the_disc()
    {
        TorchRuntime.Seed(11);
        var tiny = SamOptions.Tiny;
        using var network = new SamNetwork(tiny);
        using var adam = new Adam(network.Parameters(), new AdamOptions { LearningRate = 1e-3 });
        var random = new RandomStream(11);
        for (var step = 0; step < 250; step++)
        {
            using var scope = new TensorScope();
            var (image, truth) = Draw(random);
            adam.ClearGradients();
            var (masks, _) = network.Decode(network.ImageEncoder.Forward(image), new() { Boxes = Tensor.From([0f, 0f, 127f, 127f], 1, 4) }, several: false);
            var p = Pooling.Linear(masks, [128, 128], alignCorners: false).Sigmoid().Clamp(1e-6, 1 - 1e-6);
            var entropy = -((truth * p.Log()) + ((1 - truth) * (1 - p).Log())).Mean();
            var dice = 1 - (2 * (p * truth).Sum() / (p.Sum() + truth.Sum()));
            (entropy + dice).Backward();
            adam.Step();
        }

        using var model = new SamModel("medsam", SamFamily.MedSam, network);
        var predictor = new SamPredictor(model);
        foreach (var _ in Enumerable.Range(0, 5))
        {
            using var scope = new TensorScope();
            var (image, truth) = Draw(random);
            var plane = Array.ConvertAll(image.Select(1, 0).ToArray<float>(), v => (byte)(255 * v));
            predictor.SetImage(new PromptablePage("disc", 128, 128, [.. plane, .. plane, .. plane], "as stored"));

            var mask = Assert.Single(predictor.Predict(new() { Box = new(0, 0, 127, 127) }));

            var inside = Array.ConvertAll(truth.ToArray<float>(), v => v > 0.5f);
            var (shared, either) = (inside.Zip(mask.Inside).Count(p => p.First && p.Second), inside.Zip(mask.Inside).Count(p => p.First || p.Second));
            Assert.InRange((double)shared / either, 0.8, 1);
        }
    }

    // A bright disc on a dim ground, 0…1 in three equal channels, and where it lies.
    private static (Tensor Image, Tensor Truth) Draw(RandomStream random)
    {
        var (x, y, r) = (40 + (48 * random.NextDouble()), 40 + (48 * random.NextDouble()), 15 + (20 * random.NextDouble()));
        var (plane, truth) = (new float[128 * 128], new float[128 * 128]);
        for (var i = 0; i < plane.Length; i++)
        {
            var (dx, dy) = ((i % 128) - x, (i / 128) - y);
            truth[i] = (dx * dx) + (dy * dy) < r * r ? 1 : 0;
            plane[i] = truth[i] > 0 ? 1 : (float)(0.3 * random.NextDouble());
        }

        return (Tensor.From([.. plane, .. plane, .. plane], 1, 3, 128, 128), Tensor.From(truth, 1, 1, 128, 128));
    }
}

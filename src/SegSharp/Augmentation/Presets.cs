using SegSharp.Foundation;

namespace SegSharp.Augmentation;

/// <summary>Augmentations that belong together, by one name: <c>"augmentation": "nnunet"</c> in a recipe.</summary>
public static class Presets
{
    private static readonly (string Name, string Help, Func<IReadOnlyList<TransformOptions>> Make)[] All =
    [
        ("none", "no change", () => []),
        ("flips", "flips and 90° turns", () => [new FlipOptions(), new Rotate90Options()]),
        ("classic", "the U-Net paper's: flips and turns, any angle, elastic on a coarse grid, tones", () =>
        [
            new FlipOptions(), new Rotate90Options(), new SpatialOptions { Degrees = 180, ScaleLow = 1, ScaleHigh = 1, Interpolation = Interpolation.Cubic },
            new BrightnessOptions(), new ContrastOptions(),
        ]),
        ("nnunet", "nnU-Net v2's, in its order and with its probabilities", () =>
        [
            new RotateOptions { Probability = 0.2 }, new ScaleOptions { Probability = 0.2, Low = 1 / 1.4, High = 1 / 0.7 },
            new GaussianNoiseOptions { Probability = 0.1, Largest = 0.1 },
            new BlurOptions { Probability = 0.2, Low = 0.5, High = 1, PerChannel = true, ChannelProbability = 0.5, Through = true },
            new MultiplyOptions { Probability = 0.15, PerChannel = true, Balanced = true },
            new ContrastOptions { Probability = 0.15, PerChannel = true, Balanced = true },
            new LowResolutionOptions { Probability = 0.25, PerChannel = true, ChannelProbability = 0.5 },
            new GammaOptions { Probability = 0.1, Inverted = true, Retain = true, Balanced = true, PerChannel = true },
            new GammaOptions { Probability = 0.3, Retain = true, Balanced = true, PerChannel = true },
            new FlipOptions(),
        ]),
        ("strong", "nnunet, more often, with elastic bends, shear, sharpening and holes: for few images", () =>
        [
            new RotateOptions { Probability = 0.5 }, new ScaleOptions { Probability = 0.5, PerAxis = true }, new ShearOptions { Probability = 0.3 },
            new TranslateOptions { Probability = 0.3 }, new ElasticOptions { Probability = 0.5 },
            new GaussianNoiseOptions { Probability = 0.2, Largest = 0.1 }, new BlurOptions { Probability = 0.2 }, new SharpenOptions { Probability = 0.2 },
            new BrightnessOptions { Probability = 0.3 }, new MultiplyOptions { Probability = 0.3 }, new ContrastOptions { Probability = 0.3, Low = 0.6, High = 1.5, Balanced = true },
            new LowResolutionOptions { Probability = 0.25 }, new GammaOptions { Probability = 0.15, Inverted = true, Retain = true },
            new GammaOptions { Probability = 0.3, Retain = true }, new CutOutOptions { Probability = 0.2 }, new FlipOptions(), new Rotate90Options(),
        ]),
    ];

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => All.Select(p => p.Name);

    /// <summary>Names and what they are, a line each.</summary>
    public static IEnumerable<(string Name, string Help)> Described => All.Select(p => (p.Name, p.Help));

    /// <summary>The transforms of that name.</summary>
    /// <exception cref="UsageException">No such name; what exists is listed.</exception>
    public static IReadOnlyList<TransformOptions> Get(string name) =>
        Array.Find(All, p => string.Equals(p.Name, name, StringComparison.OrdinalIgnoreCase)).Make?.Invoke() ?? throw UsageException.Unknown("augmentation", name, Names);
}

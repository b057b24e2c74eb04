using SegSharp.Foundation;

namespace SegSharp.Augmentation;

/// <summary>The augmentations by name; a new one adds its line here.</summary>
public static class Catalogue
{
    /// <summary>All transforms.</summary>
    public static Catalogue<Transform> Transforms { get; } = new Catalogue<Transform>("augmentation")
        .Add<FlipOptions>("flip", o => new RandomFlip(o))
        .Add<Rotate90Options>("rotate90", o => new RandomRotate90(o))
        .Add<RotateOptions>("rotate", o => new RandomRotate(o))
        .Add<ScaleOptions>("scale", o => new RandomScale(o))
        .Add<ShearOptions>("shear", o => new RandomShear(o))
        .Add<TranslateOptions>("translate", o => new RandomTranslate(o))
        .Add<ElasticOptions>("elastic", o => new RandomElastic(o))
        .Add<ElasticNoiseOptions>("elastic-noise", o => new RandomElasticNoise(o))
        .Add<SpatialOptions>("spatial", o => new RandomSpatial(o))
        .Add<GammaOptions>("gamma", o => new RandomGamma(o))
        .Add<BrightnessOptions>("brightness", o => new RandomBrightness(o))
        .Add<MultiplyOptions>("multiply", o => new RandomMultiply(o))
        .Add<ContrastOptions>("contrast", o => new RandomContrast(o))
        .Add<GaussianNoiseOptions>("noise", o => new RandomGaussianNoise(o))
        .Add<BlurOptions>("blur", o => new RandomBlur(o))
        .Add<HazeOptions>("haze", o => new RandomHaze(o))
        .Add<SharpenOptions>("sharpen", o => new RandomSharpen(o))
        .Add<LowResolutionOptions>("low-resolution", o => new RandomLowResolution(o))
        .Add<CutOutOptions>("cut-out", o => new RandomCutOut(o))
        .Add<ChannelDropoutOptions>("channel-dropout", o => new RandomChannelDropout(o))
        .Add<ChannelSwapOptions>("channel-swap", o => new RandomChannelSwap(o))
        .Add<PhotonStarvationOptions>("photon-starvation", o => new RandomPhotonStarvation(o))
        .Add<MetalStreaksOptions>("metal-streaks", o => new RandomMetalStreaks(o))
        .Add<RingsOptions>("rings", o => new RandomRings(o))
        .Add<GibbsOptions>("gibbs", o => new RandomGibbs(o))
        .Add<MotionOptions>("motion", o => new RandomMotion(o))
        .Add<GhostingOptions>("ghosting", o => new RandomGhosting(o))
        .Add<BiasFieldOptions>("bias-field", o => new RandomBiasField(o))
        .Add<SpikesOptions>("spikes", o => new RandomSpikes(o));
}

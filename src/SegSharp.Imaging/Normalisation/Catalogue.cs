using SegSharp.Foundation;

namespace SegSharp.Imaging.Normalisation;

/// <summary>The normalisations by name; a new one adds its line here.</summary>
public static class Catalogue
{
    /// <summary>All normalisations.</summary>
    public static Catalogue<Normaliser> Normalisers { get; } = new Catalogue<Normaliser>("normalisation")
        .Add<UnitOptions>("unit", o => new Unit(Checked(o)))
        .Add<MinMaxOptions>("minmax", o => new MinMax(Checked(o)))
        .Add<ZScoreOptions>("zscore", o => new ZScore(Checked(o)))
        .Add<PercentileClipOptions>("percentile", o => new PercentileClip(Checked(o)))
        .Add<MedianIqrOptions>("median", o => new MedianIqr(Checked(o)))
        .Add<ThresholdClipOptions>("clip", o => new ThresholdClip(Checked(o)))
        .Add<WindowOptions>("window", o => new Window(Checked(o)))
        .Add<EqualisationOptions>("equalise", o => new Equalisation(Checked(o)))
        .Add<ClaheOptions>("clahe", o => new Clahe(Checked(o)))
        .Add<TiledEqualisationOptions>("clahe-tiles", o => new TiledEqualisation(Checked(o)))
        .Add<CtOptions>("ct", o => new Ct(Checked(o)))
        .Add<RgbOptions>("rgb", o => new Rgb(Checked(o)))
        .Add<ImageNetOptions>("imagenet", o => new Convention(Checked(o)))
        .Add<CaffeVggOptions>("caffe-vgg", o => new Convention(Checked(o)))
        .Add<SamConventionOptions>("sam", o => new Convention(Checked(o)))
        .Add<UnchangedOptions>("none", o => new Unchanged(Checked(o)));

    private static T Checked<T>(T options)
        where T : NormaliserOptions
    {
        UsageException.ThrowIfAny(options.Check());
        return options;
    }
}

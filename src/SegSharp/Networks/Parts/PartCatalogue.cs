using SegSharp.Foundation;

namespace SegSharp.Networks.Parts;

/// <summary>The parts by name; a new one adds its line here, and <see cref="EncoderUNet"/> takes a new encoder at once.</summary>
public static class PartCatalogue
{
    /// <summary>All of them.</summary>
    public static Catalogue<Part> All { get; } = new Catalogue<Part>("part")
        .Add<Vgg11Options>("vgg11", o => new Vgg(o))
        .Add<Vgg11NormOptions>("vgg11_bn", o => new Vgg(o))
        .Add<Vgg13Options>("vgg13", o => new Vgg(o))
        .Add<Vgg13NormOptions>("vgg13_bn", o => new Vgg(o))
        .Add<Vgg16Options>("vgg16", o => new Vgg(o))
        .Add<Vgg16NormOptions>("vgg16_bn", o => new Vgg(o))
        .Add<Vgg19Options>("vgg19", o => new Vgg(o))
        .Add<Vgg19NormOptions>("vgg19_bn", o => new Vgg(o))
        .Add<Vgg16DemoOptions>("vgg16-demo", o => new VggDemo(o))
        .Add<ResNet18Options>("resnet18", o => new ResNet(o))
        .Add<ResNet34Options>("resnet34", o => new ResNet(o))
        .Add<ResNet50Options>("resnet50", o => new ResNet(o))
        .Add<ResNet101Options>("resnet101", o => new ResNet(o))
        .Add<ResNet152Options>("resnet152", o => new ResNet(o))
        .Add<UpsampleDemoOptions>("upsample-demo", o => new UpsampleDemo(o))
        .Add<TransposedConvDemoOptions>("tconv-demo", o => new TransposedConvDemo(o));

    /// <summary>The names of those that can be the contracting arm of a segmentation network.</summary>
    public static IEnumerable<string> Encoders => All.Where(e => typeof(EncoderOptions).IsAssignableFrom(e.OptionsType)).Select(e => e.Name);

    /// <summary>Builds an encoder as the contracting arm of a segmentation network: without its head.</summary>
    /// <param name="name">One of <see cref="Encoders"/>.</param>
    /// <param name="inChannels">Channels of the image.</param>
    /// <param name="width">Channels of its first convolution.</param>
    /// <exception cref="UsageException">No such encoder.</exception>
    public static Encoder BuildEncoder(string name, int inChannels, int width)
    {
        var entry = Encoders.Contains(name, StringComparer.OrdinalIgnoreCase) ? All.Get(name) : throw UsageException.Unknown("encoder", name, Encoders);
        return (Encoder)entry.Build((EncoderOptions)entry.Defaults() with { InChannels = inChannels, Base = width, Classes = 0 });
    }
}

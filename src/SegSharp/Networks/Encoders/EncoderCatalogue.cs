using SegSharp.Foundation;

namespace SegSharp.Networks.Encoders;

/// <summary>The classification networks by name; a new one adds its line here, and <see cref="EncoderUNet"/> takes it at once.</summary>
public static class EncoderCatalogue
{
    /// <summary>All of them.</summary>
    public static Catalogue<Encoder> All { get; } = new Catalogue<Encoder>("encoder")
        .Add<Vgg16Options>("vgg16", o => new Vgg(o))
        .Add<Vgg16DemoOptions>("vgg16-demo", o => new VggDemo(o))
        .Add<ResNet18Options>("resnet18", o => new ResNet(o))
        .Add<ResNet34Options>("resnet34", o => new ResNet(o))
        .Add<ResNet50Options>("resnet50", o => new ResNet(o));

    /// <summary>Builds one as the contracting arm of a segmentation network: without its head.</summary>
    /// <param name="name">Its name here.</param>
    /// <param name="inChannels">Channels of the image.</param>
    /// <param name="width">Channels of its first convolution.</param>
    /// <exception cref="UsageException">No such encoder.</exception>
    public static Encoder Build(string name, int inChannels, int width)
    {
        var entry = All.Get(name);
        return entry.Build((EncoderOptions)entry.Defaults() with { InChannels = inChannels, Base = width, Classes = 0 });
    }
}

using SegSharp.Networks.KeyMaps;
using SegSharp.Networks.Parts;

namespace SegSharp.Networks.Originals;

/// <summary>The originals of the small networks and pieces that the courses show.</summary>
internal static class CourseOriginals
{
    /// <summary>King's College's notebook, whose last convolution has a ReLU.</summary>
    public static OriginalNetwork Kings(OriginalArguments a) => OriginalNetwork.Of(
        new KingsUNet(new()
        {
            InChannels = (int)a.Side("conv1_down.weight", 1),
            Classes = (int)a.Side("conv1_up.weight", 0),
            Base = (int)a.Side("conv1_down.weight", 0),
            FinalRelu = a.Flag("final_relu", () => true),
        }),
        KeyMap.Same);

    /// <summary>The practical work TP3.</summary>
    public static OriginalNetwork Practical(OriginalArguments a) => OriginalNetwork.Of(
        new PracticalUNet(new()
        {
            InChannels = (int)a.Side("down_conv_block_1.conv1.weight", 1),
            Classes = (int)a.Side("out.weight", 0),
            Base = (int)a.Side("down_conv_block_1.conv1.weight", 0),
        }),
        KeyMap.Same);

    /// <summary>ExampleUpsamplingModule.</summary>
    public static OriginalNetwork Upsampling(OriginalArguments a)
    {
        var demo = new UpsampleDemo(new()
        {
            InChannels = a.Int("in_channels", () => a.Side("upsample1.transposed_conv.weight", 0)),
            Base = (int)a.Side("upsample1.transposed_conv.weight", 1),
            Classes = (int)a.Side("out_layer.weight", 0),
        });
        return new(demo, KeyMap.Same, inputs => [demo.Forward(inputs.Values.First())]);
    }

    /// <summary>TransposedConv2dExample.</summary>
    public static OriginalNetwork TransposedConv(OriginalArguments a)
    {
        var demo = new TransposedConvDemo(new()
        {
            InChannels = a.Int("in_channels", () => a.Side("transposed_conv.weight", 0)),
            OutChannels = a.Int("out_channels", () => a.Side("transposed_conv.weight", 1)),
            Kernel = a.Int("kernel_size", () => a.Side("transposed_conv.weight", 2)),
            Stride = a.Int("stride", () => 2),
            Padding = a.Int("padding", () => 1),
            OutputPadding = a.Int("output_padding", () => 1),
        });
        return new(demo, KeyMap.Same, inputs => [demo.Forward(inputs.Values.First())]);
    }
}

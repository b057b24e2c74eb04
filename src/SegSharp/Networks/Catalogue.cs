using SegSharp.Foundation;

namespace SegSharp.Networks;

/// <summary>The networks by name; a new one adds its line here.</summary>
public static class Catalogue
{
    /// <summary>All networks.</summary>
    public static Catalogue<Network> All { get; } = new Catalogue<Network>("network")
        .Add<UNetOptions>("unet", o => new UNet(o))
        .Add<UNet2015Options>("unet2015", o => new UNet2015(o))
        .Add<BasicUNetOptions>("basicunet", o => new BasicUNet(o))
        .Add<MilesialUNetOptions>("milesial", o => new MilesialUNet(o))
        .Add<UNet3DOptions>("unet3d", o => new UNet3D(o))
        .Add<VNetOptions>("vnet", o => new VNet(o))
        .Add<MonaiUNetOptions>("monai-unet", o => new MonaiUNet(o))
        .Add<UNetPlusPlusOptions>("unetpp", o => new UNetPlusPlus(o))
        .Add<GenericUNetPlusPlusOptions>("unetpp-nnunet", o => new GenericUNetPlusPlus(o))
        .Add<AttentionUNetOptions>("attention-unet", o => new AttentionUNet(o))
        .Add<OktayUNetOptions>("attention-unet-oktay", o => new OktayUNet(o))
        .Add<MonaiBasicUNetOptions>("monai-basicunet", o => new MonaiBasicUNet(o))
        .Add<MonaiBasicUNetPlusPlusOptions>("monai-basicunetplusplus", o => new MonaiBasicUNetPlusPlus(o))
        .Add<MonaiAttentionUNetOptions>("monai-attentionunet", o => new MonaiAttentionUNet(o))
        .Add<SegResNetOptions>("segresnet", o => new SegResNet(o))
        .Add<PlainConvUNetOptions>("plainconvunet", o => new PlainConvUNet(o))
        .Add<ResidualEncoderUNetOptions>("resencunet", o => new ResidualEncoderUNet(o))
        .Add<EncoderUNetOptions>("encoder-unet", o => new EncoderUNet(o))
        .Add<KingsUNetOptions>("unet-kcl", o => new KingsUNet(o))
        .Add<PracticalUNetOptions>("unet-tp3", o => new PracticalUNet(o))
        .Add<Fcn32sOptions>("fcn32s", o => new Fcn(o))
        .Add<Fcn16sOptions>("fcn16s", o => new Fcn(o))
        .Add<Fcn8sOptions>("fcn8s", o => new Fcn(o));
}

namespace SegSharp.Networks.KeyMaps;

/// <summary>MONAI's SegResNet ↔ <see cref="SegResNet"/>: the names are the same, but the last activation is written twice where it is learnt.</summary>
public static class MonaiSegResNet
{
    /// <summary>The table.</summary>
    public static KeyMap Map { get; } = new([("conv_final.1", "conv_final.1"), ("act_mod", "conv_final.1")]);
}

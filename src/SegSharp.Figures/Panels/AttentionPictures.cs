using SegSharp.Figures.Drawing;
using SegSharp.Imaging;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Figures.Panels;

/// <summary>Attention maps as files: of a picture one panel and one array, of a volume a NIfTI file per gate on the scan's grid.</summary>
public static class AttentionPictures
{
    // From dark violet over red to pale yellow, brighter at every step, so that it is read on grey paper too.
    private static readonly Colour[] Heat = [Colour.Hex(0x0d0829), Colour.Hex(0x5c126e), Colour.Hex(0xbb3754), Colour.Hex(0xf98c0a), Colour.Hex(0xfcffa4)];

    /// <summary>The files that <see cref="Write"/> makes.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="name">The image's name, which the files get.</param>
    /// <param name="gates">Names of the gates.</param>
    /// <param name="isVolume">Whether the image has several pages.</param>
    public static IReadOnlyList<string> Files(string folder, string name, IReadOnlyList<string> gates, bool isVolume) => isVolume
        ? [.. gates.Select(g => Path.Combine(folder, $"{name}-{g}.nii.gz"))]
        : [Path.Combine(folder, $"{name}-attention.png"), Path.Combine(folder, $"{name}-attention.npy")];

    /// <summary>Writes them.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="name">The image's name.</param>
    /// <param name="image">What the network saw.</param>
    /// <param name="maps">One channel per gate, float32 in [0, 1], on the image's grid.</param>
    /// <param name="gates">Names of the gates.</param>
    public static void Write(string folder, string name, Volume image, Volume maps, IReadOnlyList<string> gates)
    {
        var isVolume = image.Extent.Depth > 1;
        var files = Files(folder, name, gates, isVolume);
        if (isVolume)
        {
            for (var i = 0; i < gates.Count; i++)
            {
                maps.Only(i).Write(files[i]);
            }

            return;
        }

        Panel(name, image, maps, gates).Write(files[0]);
        Npy.Write(files[1], new TensorData(DType.Float32, [maps.Channels, maps.Extent.Height, maps.Extent.Width], maps.Bytes));
    }

    /// <summary>The image, and beside it every gate's map laid over it.</summary>
    /// <param name="name">The image's name.</param>
    /// <param name="image">One page.</param>
    /// <param name="maps">As for <see cref="Write"/>.</param>
    /// <param name="gates">Names of the gates.</param>
    public static PanelFigure Panel(string name, Volume image, Volume maps, IReadOnlyList<string> gates)
    {
        var picture = DataSetPictures.Of(image);
        var cells = gates.Select((_, i) =>
        {
            var alpha = maps.Only(i).ToFloats();
            return new PanelCell(Over(picture, alpha), $"α from {alpha.Min():0.00} to {alpha.Max():0.00}");
        });
        return new PanelFigure(
            ["image", .. gates],
            [new PanelRow(name, $"{image.Extent}", [new PanelCell(picture), .. cells])],
            legend: [.. Heat.Select((c, i) => ($"α = {i / (Heat.Length - 1.0):0.##}", c))]);
    }

    private static Picture Over(Picture picture, float[] alpha) =>
        Picture.Create(picture.Width, picture.Height, i => picture[i % picture.Width, i / picture.Width].Mix(ColourOf(alpha[i]), 0.6));

    private static Colour ColourOf(float alpha)
    {
        var at = Math.Clamp(alpha, 0, 1) * (Heat.Length - 1);
        var low = Math.Min((int)at, Heat.Length - 2);
        return Heat[low].Mix(Heat[low + 1], at - low);
    }
}

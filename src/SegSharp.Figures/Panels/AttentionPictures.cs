using SegSharp.Figures.Drawing;
using SegSharp.Imaging;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp.Figures.Panels;

/// <summary>Attention maps as files: of a picture one panel and one array, of a volume a NIfTI file per gate on the scan's grid.</summary>
public static class AttentionPictures
{
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
            legend: [.. new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(a => ($"α = {a:0.##}", Palette.Heat(a)))]);
    }

    private static Picture Over(Picture picture, float[] alpha) =>
        Picture.Create(picture.Width, picture.Height, i => picture[i % picture.Width, i / picture.Width].Mix(Palette.Heat(alpha[i]), 0.6));
}

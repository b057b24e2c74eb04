using System.Globalization;
using System.Runtime.InteropServices;
using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Volumes;
using SegSharp.Imaging;

namespace SegSharp.Figures.Augmentation;

/// <summary>A sample to be shown, and what is known of it beyond its numbers.</summary>
/// <param name="Sample">Intensities and classes.</param>
/// <param name="Grid">Where its voxels lie.</param>
/// <param name="File">The file it comes from: says whether there is a body with sides; null for none.</param>
public sealed record ShownSample(Sample Sample, Geometry Grid, string? File = null)
{
    /// <summary>Whether its channels are colours between 0 and 1: red, green, blue, perhaps opacity.</summary>
    public bool IsColour { get; init; }

    /// <summary>The channel that is drawn where they are not.</summary>
    public int Channel { get; init; }

    /// <summary>Names of the classes, background first; null prints their numbers.</summary>
    public IReadOnlyList<string>? Names { get; init; }
}

/// <summary>Figures of a sample beside what augmentation made of it.</summary>
public static class AugmentationPictures
{
    // Seen on grey, and on none of the labels' colours.
    private static readonly Colour Ruling = Colour.Hex(0xfff04d);

    private static readonly Plane[] Planes = [Plane.Axial, Plane.Coronal, Plane.Sagittal];

    /// <summary>The original beside one draw or several. A volume shows its three planes beside a single draw, the axial one beside several; all cut at the same voxel.</summary>
    /// <param name="shown">The original.</param>
    /// <param name="draws">What was drawn, and what came out.</param>
    /// <param name="title">Printed on top.</param>
    public static AugmentationFigure Compare(ShownSample shown, IReadOnlyList<(IReadOnlyList<Drawn> Drawn, Sample Changed)> draws, string title)
    {
        var original = Image(shown, shown.Sample);
        var labels = Labels(shown, shown.Sample);
        var options = new VolumeViewOptions { Crops = false, Channel = shown.IsColour ? 0 : shown.Channel };
        var first = new VolumeScene(original, labels is null ? [] : [labels], options);
        var (level, width) = ((first.Window.White + first.Window.Black) / 2, first.Window.White - first.Window.Black);
        options = options with
        {
            Window = shown.IsColour ? null : string.Create(CultureInfo.InvariantCulture, $"{level:R},{Math.Max(width, 1e-6):R}"),
            Centre = first.Centre,
        };
        var planes = original.Extent.Depth > 1 && draws.Count <= 1 ? Planes : [Plane.Axial];
        var seen = new SortedSet<int>();
        var moves = draws.Any(d => d.Drawn.Any(s => s is SpatialDrawn));
        List<AugmentedView> views = [new("original", Cut(shown.Sample, []), [])];
        foreach (var ((drawn, changed), i) in draws.Select((d, i) => (d, i)))
        {
            views.Add(new(draws.Count == 1 ? "augmented" : $"draw {i + 1}", Cut(changed, drawn), [.. drawn.Select(d => (DrawnText.NameOf(d), DrawnText.Of(d)))]));
        }

        return new AugmentationFigure(title, Note(shown, moves), views, [.. seen.Select(l => new LegendEntry(shown.Names is { } names && l < names.Count ? names[l] : $"label {l}", Palette.Overlay(l)))]);

        IReadOnlyList<SliceView> Cut(Sample sample, IReadOnlyList<Drawn> drawn)
        {
            var map = Labels(shown, sample);
            var scene = new VolumeScene(Image(shown, sample), map is null ? [] : [map], options);
            var cut = planes.Select(p => scene.Cut(p, map, null)).ToList();
            seen.UnionWith(scene.Drawn);
            if (!moves)
            {
                return cut;
            }

            // The same movements of squared paper, ruled along the two axes of each plane.
            return [.. planes.Select((p, i) =>
            {
                var paper = Augmentations.Apply(Paper(shown.Sample, first.Layout(p).Normal), drawn.Where(d => d is SpatialDrawn));
                var lines = new VolumeScene(Image(shown with { IsColour = false }, paper), [], options with { Channel = 0, Window = "0.5,1" });
                return cut[i].With(Ruled(cut[i].Picture, lines.Cut(p, null, null).Picture));
            })];
        }
    }

    private static string Note(ShownSample shown, bool moves) =>
        $"{shown.Sample.Extent}{(shown.IsColour ? "" : shown.Sample.Channels == 1 ? "" : $", channel {shown.Channel} of {shown.Sample.Channels}")}"
        + (shown.IsColour ? "" : "; the original's window in all")
        + (moves ? $"; lines every {Squares(shown.Sample.Extent)} voxels of the original" : "");

    /// <summary>Voxels between the lines of the squared paper.</summary>
    internal static int Squares(Extent extent) => Math.Max(4, Math.Max(extent.Width, extent.Height) / 8);

    private static Sample Paper(Sample sample, int normal)
    {
        var e = sample.Extent;
        var (every, thick) = (Squares(e), Math.Max(1, Math.Max(e.Width, e.Height) / 220));
        bool On(int at, int axis) => axis != normal && at % every < thick;
        var lines = new float[e.Count];
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = On(i % e.Width, 0) || On(i / e.Width % e.Height, 1) || On(i / (int)e.PageCount, 2) ? 1 : 0;
        }

        return sample with { Channels = 1, Image = lines, Labels = null, Weights = null, Maps = 0 };
    }

    private static Picture Ruled(Picture picture, Picture lines) => Picture.Create(
        picture.Width,
        picture.Height,
        i => picture[i % picture.Width, i / picture.Width].Mix(Ruling, (picture.Width < 100 ? 0.35 : 0.55) * lines[i % picture.Width, i / picture.Width].R / 255.0));

    private static Volume Image(ShownSample shown, Sample sample)
    {
        var grid = shown.Grid with { Extent = sample.Extent };
        if (!shown.IsColour)
        {
            return new Volume(sample.Id, grid, sample.Channels, VoxelType.Float32, MemoryMarshal.AsBytes<float>(sample.Image).ToArray(), shown.File);
        }

        return new Volume(sample.Id, grid, sample.Channels, VoxelType.UInt8, Array.ConvertAll(sample.Image, v => (byte)Math.Clamp(MathF.Round(v * 255), 0, 255)), shown.File);
    }

    private static LabelMap? Labels(ShownSample shown, Sample sample) =>
        sample.Labels is null ? null : new LabelMap(sample.Id, shown.Grid with { Extent = sample.Extent }, sample.Labels, shown.File);
}

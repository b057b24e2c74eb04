using SegSharp.Data;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Volumes;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Figures.Panels;

/// <summary>Pictures of what lies in data sets: cases as colour or grey pictures, and all of them at a glance.</summary>
public static class DataSetPictures
{
    /// <summary>Many cases with their labels laid over; of a volume the axial slice with the most labelled voxels.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="most">Cases to show; spread evenly where there are more.</param>
    /// <exception cref="InputException">A case is unreadable.</exception>
    public static MontageFigure Montage(DataSet data, int most = 12)
    {
        var count = Math.Min(most, data.Cases.Count);
        var cells = new List<(string, PanelCell)>();
        for (var i = 0; i < count; i++)
        {
            var loaded = data.Read(data.Cases[i * data.Cases.Count / count]);
            if (VolumePictures.IsVolume(loaded.Image))
            {
                var slice = VolumePictures.Slice(loaded.Image, loaded.Labels, Plane.Axial);
                cells.Add((loaded.Case.Id, new PanelCell(slice, $"{loaded.Extent}, {slice.Place.Split(',')[0]}")));
                continue;
            }

            var page = loaded.Extent.Depth / 2;
            var picture = Of(loaded.Image, page);
            var labels = loaded.Labels?.Page(page);
            cells.Add((loaded.Case.Id, new PanelCell(
                labels is null ? picture : picture.WithOverlay<ushort>(labels.Labels),
                loaded.Extent.Depth == 1 ? $"{loaded.Extent}" : $"{loaded.Extent}, page {page + 1}")));
        }

        return new MontageFigure(
            cells,
            count == data.Cases.Count ? $"{data.Name}: {count} cases" : $"{data.Name}: {count} of {data.Cases.Count} cases",
            [.. data.Labels.Foreground.Where(f => f.Labels.Count == 1).Select(f => (f.Name, Palette.Overlay(f.Labels[0])))]);
    }

    /// <summary>One page as a picture: three channels of bytes as colours, anything else as the grey of its first channel.</summary>
    /// <param name="volume">The image.</param>
    /// <param name="page">The page, from 0.</param>
    public static Picture Of(Volume volume, int page = 0)
    {
        var image = volume.Extent.Depth == 1 ? volume : volume.Page(page);
        var (w, h) = (image.Extent.Width, image.Extent.Height);
        if (image.VoxelType != VoxelType.UInt8)
        {
            return Picture.GreyByPercentile<float>(image.ToFloats().AsSpan(0, w * h), w, h);
        }

        if (image.Channels < 3)
        {
            return Picture.Grey<byte>(image.Channel<byte>(0), w, h, 0, 255);
        }

        var rgb = new byte[3 * w * h];
        for (var c = 0; c < 3; c++)
        {
            var plane = image.Channel<byte>(c);
            for (var i = 0; i < plane.Length; i++)
            {
                rgb[(3 * i) + c] = plane[i];
            }
        }

        return Picture.Rgb(rgb, w, h);
    }
}

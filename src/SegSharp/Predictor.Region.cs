using System.Globalization;
using SegSharp.Imaging;
using SegSharp.Prediction;

namespace SegSharp;

/// <summary>The part of an image that is predicted; all else becomes background.</summary>
/// <param name="Start">The first voxel, on the file's own axes.</param>
/// <param name="Extent">Voxels per axis.</param>
public sealed record InterestBox((int X, int Y, int Z) Start, Extent Extent)
{
    /// <summary>Reads "x,y,z,w,h,d", or "x,y,w,h" of a picture or of every slice.</summary>
    /// <param name="text">Voxels from 0.</param>
    /// <param name="image">The image that it lies in.</param>
    /// <exception cref="UsageException">Not such numbers, or a box that does not lie in the image.</exception>
    public static InterestBox Parse(string text, Extent image)
    {
        int?[] numbers = [.. text.Split(',').Select(w => int.TryParse(w, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) ? n : (int?)null)];
        if (numbers.Length is not (4 or 6) || numbers.Contains(null))
        {
            throw new UsageException($"option '--roi' is '{text}'; it must be auto, x,y,w,h or x,y,z,w,h,d", "--roi 10,20,5,64,64,32");
        }

        var n = Array.ConvertAll(numbers, v => v!.Value);
        var box = n.Length == 4
            ? new InterestBox((n[0], n[1], 0), new Extent(n[2], n[3], image.Depth))
            : new InterestBox((n[0], n[1], n[2]), new Extent(n[3], n[4], n[5]));
        var (s, e) = box;
        return s.X >= 0 && s.Y >= 0 && s.Z >= 0 && e.Width > 0 && e.Height > 0 && e.Depth > 0
            && (long)s.X + e.Width <= image.Width && (long)s.Y + e.Height <= image.Height && (long)s.Z + e.Depth <= image.Depth
            ? box
            : throw new UsageException($"option '--roi' is '{text}', which does not lie in the image of {image}", "count voxels from 0; x + w is at most the width");
    }

    /// <summary>The box around all voxels that are not zero; the whole image where none is.</summary>
    public static InterestBox Around(Volume image) => image.NonzeroBox() is var (start, extent) ? new(start, extent) : new((0, 0, 0), image.Extent);
}

public sealed partial class Predictor
{
    /// <summary>What is predicted of each image: "auto" takes the box around its nonzero voxels, else as <see cref="InterestBox.Parse"/>; null = all of it.</summary>
    public string? Interest { get; set; }

    // Cut out, predicted, and put back where it was: the rest is background.
    private Predicted PredictInside(Volume image, string interest, Wanted wanted, CancellationToken cancel)
    {
        if (wanted != Wanted.Labels)
        {
            throw new UsageException("a region of interest gives masks alone; outside it there are neither probabilities nor uncertainties", "leave away --roi, or --probabilities and --uncertainty");
        }

        if (_recipe.Preparation.Coordinates is not null)
        {
            throw new UsageException("the network was told where voxels lie in the whole image, so it cannot be shown a part of it", "leave away --roi");
        }

        if (_recipe.Preparation.Context is not null)
        {
            throw new UsageException("the network sees what lies around every window, so it cannot be shown a part of the image", "leave away --roi");
        }

        var box = interest == "auto" ? InterestBox.Around(image) : InterestBox.Parse(interest, image.Extent);
        On?.Invoke(new Noted($"{image.Name}: {box.Extent} from {box.Start.X},{box.Start.Y},{box.Start.Z} of {image.Extent}"));
        var inside = PredictWhole(image.Part(box.Start, box.Extent), wanted, cancel);
        var (w, h) = (image.Extent.Width, image.Extent.Height);
        var labels = new ushort[image.Extent.Count];
        for (var line = 0; line < box.Extent.Height * box.Extent.Depth; line++)
        {
            var (y, z) = (box.Start.Y + (line % box.Extent.Height), box.Start.Z + (line / box.Extent.Height));
            inside.Labels.Labels.AsSpan(line * box.Extent.Width, box.Extent.Width).CopyTo(labels.AsSpan((((z * h) + y) * w) + box.Start.X));
        }

        return new Predicted(new LabelMap(image.Name, image.Geometry, labels), null);
    }
}

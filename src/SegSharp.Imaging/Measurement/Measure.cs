using System.Runtime.InteropServices;
using SegSharp.Foundation;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Imaging.Measurement;

/// <summary>What is measured, and how.</summary>
public sealed record MeasureOptions
{
    /// <summary>Measures every connected object by itself instead of every label as a whole.</summary>
    public bool Objects { get; init; }

    /// <summary>Which voxels make one object.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.Full;

    /// <summary>Measures surface, axes and diameters.</summary>
    public bool Shape { get; init; } = true;

    /// <summary>The channel whose intensities are taken.</summary>
    public int Channel { get; init; }

    /// <summary>Width of the histogram's bins for entropy and uniformity; 25, as in pyradiomics.</summary>
    public double BinWidth { get; init; } = 25;

    /// <summary>Added to intensities before they are squared (energy, root mean square); pyradiomics calls it voxelArrayShift.</summary>
    public double Shift { get; init; }

    /// <summary>Every fault, with its key.</summary>
    public IEnumerable<Fault> Check()
    {
        if (!(BinWidth > 0) || !double.IsFinite(BinWidth))
        {
            yield return Fault.At("measure.binWidth", $"is {BinWidth}; it must be more than 0");
        }

        if (Channel < 0)
        {
            yield return Fault.At("measure.channel", $"is {Channel}; it must be 0 or more");
        }

        if (!double.IsFinite(Shift))
        {
            yield return Fault.At("measure.shift", $"is {Shift}; it must be a number");
        }
    }
}

/// <summary>Measures the objects of a label map: where, how large, how bright, of what shape.</summary>
public static class Measure
{
    /// <summary>One entry for every label above 0 that occurs, in rising order; with <see cref="MeasureOptions.Objects"/> for every object of it.</summary>
    /// <param name="image">The intensities, on the mask's grid; null measures the mask alone.</param>
    /// <param name="mask">The labels.</param>
    /// <param name="options">What is measured; checked.</param>
    /// <param name="cancel">Stops between objects.</param>
    /// <exception cref="InputException">Image and mask lie on different grids, or the image has no such channel.</exception>
    public static IReadOnlyList<MeasuredObject> Of(Volume? image, LabelMap mask, MeasureOptions options, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(options.Check());
        var intensities = image is null ? null : Intensities(image, mask, options.Channel);
        var numbers = Numbers(mask, options);
        var boxes = Boxes(numbers, mask);
        var measured = new List<MeasuredObject>();
        var perLabel = new Dictionary<int, int>();
        foreach (var (number, box) in boxes)
        {
            cancel.ThrowIfCancellationRequested();
            perLabel[box.Label] = perLabel.GetValueOrDefault(box.Label) + 1;
            measured.Add(One(number, box, perLabel[box.Label], numbers, mask, intensities, options));
        }

        return [.. measured.OrderBy(m => m.Label).ThenBy(m => m.Number)];
    }

    private static MeasuredObject One(int number, Box box, int count, int[] numbers, LabelMap mask, double[]? intensities, MeasureOptions options)
    {
        var own = new bool[box.Extent.Count];
        var values = new List<double>();
        var (voxels, sum, i) = (0L, Triple.Zero, 0);
        for (var z = box.Z0; z <= box.Z1; z++)
        {
            for (var y = box.Y0; y <= box.Y1; y++)
            {
                for (var x = box.X0; x <= box.X1; x++, i++)
                {
                    var at = x + (mask.Extent.Width * (y + (mask.Extent.Height * z)));
                    if (numbers[at] == number)
                    {
                        own[i] = true;
                        voxels++;
                        sum += new Triple(x, y, z);
                        if (intensities != null)
                        {
                            values.Add(intensities[at]);
                        }
                    }
                }
            }
        }

        var centroid = sum * (1.0 / voxels);
        var voxelVolume = mask.Geometry.VoxelVolume;
        return new MeasuredObject
        {
            Label = box.Label,
            Number = options.Objects ? count : null,
            Voxels = voxels,
            VolumeMm3 = voxels * voxelVolume,
            BoxStart = (box.X0, box.Y0, box.Z0),
            Box = box.Extent,
            Centroid = centroid,
            CentroidWorld = mask.Geometry.ToWorld.Apply(centroid),
            Intensity = intensities is null ? null : FirstOrder.Of(CollectionsMarshal.AsSpan(values), voxelVolume, options.BinWidth, options.Shift),
            Shape = options.Shape ? Shape.Of(own, box.Extent, mask.Geometry.Spacing) : null,
        };
    }

    private static int[] Numbers(LabelMap mask, MeasureOptions options) => options.Objects
        ? Components.Label(mask.Labels, mask.Extent, options.Connectivity, out _)
        : Array.ConvertAll(mask.Labels, l => (int)l);

    private static SortedDictionary<int, Box> Boxes(int[] numbers, LabelMap mask)
    {
        var boxes = new Dictionary<int, Box>();
        var (width, height) = (mask.Extent.Width, mask.Extent.Height);
        for (var i = 0; i < numbers.Length; i++)
        {
            if (numbers[i] != 0)
            {
                ref var box = ref CollectionsMarshal.GetValueRefOrAddDefault(boxes, numbers[i], out var known);
                var (x, y, z) = (i % width, i / width % height, i / width / height);
                box = known
                    ? box with { X0 = Math.Min(box.X0, x), Y0 = Math.Min(box.Y0, y), X1 = Math.Max(box.X1, x), Y1 = Math.Max(box.Y1, y), Z1 = z }
                    : new Box(mask.Labels[i], x, y, z, x, y, z);
            }
        }

        return new SortedDictionary<int, Box>(boxes);
    }

    private static double[] Intensities(Volume image, LabelMap mask, int channel)
    {
        var (imageName, maskName) = (image.Path ?? image.Name, mask.Path ?? mask.Name);
        if (image.Geometry.Match(mask.Geometry) == GridMatch.Different)
        {
            throw new InputException(
                image.Extent != mask.Extent
                    ? $"image '{imageName}' is {image.Extent} but mask '{maskName}' is {mask.Extent}; they must lie on one grid"
                    : $"image '{imageName}' and mask '{maskName}' are both {image.Extent}, but their corners lie {image.Geometry.CornersApart(mask.Geometry):0.###} mm apart; they must lie on one grid",
                CommandText.OfMend(imageName, maskName));
        }

        if (channel >= image.Channels)
        {
            throw new InputException($"image '{imageName}' has {image.Channels} channel(s), but channel {channel} was asked for (the first is 0)", $"choose 0 to {image.Channels - 1}");
        }

        return image.VoxelType switch
        {
            VoxelType.Float64 => image.Channel<double>(channel).ToArray(),
            VoxelType.Int32 => Array.ConvertAll(image.Channel<int>(channel).ToArray(), v => (double)v),
            VoxelType.UInt32 => Array.ConvertAll(image.Channel<uint>(channel).ToArray(), v => (double)v),
            _ => Array.ConvertAll(image.ToFloats()[(channel * (int)image.Extent.Count)..((channel + 1) * (int)image.Extent.Count)], v => (double)v),
        };
    }

    private readonly record struct Box(int Label, int X0, int Y0, int Z0, int X1, int Y1, int Z1)
    {
        public Extent Extent => new(X1 - X0 + 1, Y1 - Y0 + 1, Z1 - Z0 + 1);
    }
}

using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using SegSharp.Foundation;
using SegSharp.Imaging.Formats;

namespace SegSharp.Imaging;

/// <summary>One whole number per voxel: the class, or the number of an object. 0 is background by custom.</summary>
public sealed class LabelMap
{
    /// <summary>Takes labels over (no copy).</summary>
    /// <param name="name">The file's name without its ending, or any other name.</param>
    /// <param name="geometry">The grid.</param>
    /// <param name="labels">One per voxel, x fastest, then y, then z.</param>
    /// <param name="path">Where it was read from, or null.</param>
    public LabelMap(string name, Geometry geometry, ushort[] labels, string? path = null)
    {
        if (labels.LongLength != geometry.Extent.Count)
        {
            throw new ArgumentException($"{labels.LongLength} labels; {geometry.Extent} needs {geometry.Extent.Count}", nameof(labels));
        }

        (Name, Geometry, Labels, Path) = (name, geometry, labels, path);
    }

    /// <summary>The file's name without its ending.</summary>
    public string Name { get; }

    /// <summary>The file it was read from; null when it was made in memory.</summary>
    public string? Path { get; }

    /// <summary>The grid and its place in the world.</summary>
    public Geometry Geometry { get; }

    /// <summary>Voxels per axis.</summary>
    public Extent Extent => Geometry.Extent;

    /// <summary>The labels themselves, owned by this map: x fastest, then y, then z.</summary>
    public ushort[] Labels { get; }

    /// <summary>
    /// Reads a label image. A palette gives its indices (VOC, GIF), grey gives its values as stored (0 and 1 for one bit), RGB or
    /// RGBA with equal colours is taken as grey.
    /// </summary>
    /// <exception cref="InputException">Unreadable, colours that are not grey, values that are not whole or outside 0 … 65535.</exception>
    public static LabelMap Read(string path)
    {
        using var source = ByteSource.Open(path);
        return From(Catalogue.Recognise(source).Read(source, Reading.Indices));
    }

    /// <summary>Reads a label image, but not what it says about its grid; see <see cref="Volume.Read(string, Triple)"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="spacing">Millimetres per voxel.</param>
    /// <inheritdoc cref="Read(string)"/>
    public static LabelMap Read(string path, Triple spacing)
    {
        using var source = ByteSource.Open(path, spacing);
        var volume = Catalogue.Recognise(source).Read(source, Reading.Indices);
        return From(volume.Placed(Geometry.Pixels(volume.Extent) with { Spacing = spacing }));
    }

    /// <summary>Takes the voxels of a volume as labels, by the rules of <see cref="Read(string)"/>.</summary>
    /// <exception cref="InputException">Colours that are not grey, values that are not whole or outside 0 … 65535.</exception>
    public static LabelMap From(Volume volume)
    {
        RequireGrey(volume);
        var labels = volume.VoxelType switch
        {
            VoxelType.UInt8 => Convert<byte>(volume),
            VoxelType.Int8 => Convert<sbyte>(volume),
            VoxelType.UInt16 => volume.Channel<ushort>(0).ToArray(),
            VoxelType.Int16 => Convert<short>(volume),
            VoxelType.UInt32 => Convert<uint>(volume),
            VoxelType.Int32 => Convert<int>(volume),
            VoxelType.UInt64 => Convert<ulong>(volume),
            VoxelType.Int64 => Convert<long>(volume),
            VoxelType.Float32 => Convert<float>(volume),
            VoxelType.Float64 => Convert<double>(volume),
            _ => throw new UnreachableException($"voxel type {volume.VoxelType}"),
        };
        return new LabelMap(volume.Name, volume.Geometry, labels, volume.Path);
    }

    /// <summary>Writes a label image whose format follows from the ending: grey, 8 bits where every label is at most 255, else 16.</summary>
    /// <exception cref="UsageException">The ending is unknown, or the format cannot hold several pages.</exception>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public void Write(string path) => ToVolume().Write(path);

    /// <summary>The labels as an image: uint8 where every label is at most 255, else uint16.</summary>
    public Volume ToVolume() =>
        Labels.All(l => l <= byte.MaxValue)
            ? new Volume(Name, Geometry, 1, VoxelType.UInt8, Array.ConvertAll(Labels, l => (byte)l), Path)
            : Volume.Of<ushort>(Name, Geometry, 1, Labels);

    /// <summary>Page <paramref name="z"/> alone; a copy named <c>NAME_0003</c> (or NAME when it is the only one).</summary>
    public LabelMap Page(int z)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(z);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(z, Extent.Depth);
        var count = (int)Extent.PageCount;
        return new LabelMap(Volume.PageName(Name, z, Extent.Depth), Geometry.OfPage(z), Labels.AsSpan(z * count, count).ToArray(), Path);
    }

    /// <summary>The same labels with axes that run towards other sides: permuted and flipped.</summary>
    public LabelMap Reoriented(Orientation orientation)
    {
        var plan = new Rearrangement(Geometry.Orientation, orientation);
        if (plan.IsIdentity)
        {
            return this;
        }

        var labels = new ushort[Labels.Length];
        plan.Apply(MemoryMarshal.AsBytes<ushort>(Labels), MemoryMarshal.AsBytes(labels.AsSpan()), Extent, sizeof(ushort));
        return new LabelMap(Name, Geometry.Reoriented(orientation), labels, Path);
    }

    /// <summary>A box of this map, or a wider one around it; what lies outside is background.</summary>
    /// <param name="start">The voxel that becomes (0, 0, 0); may be negative.</param>
    /// <param name="extent">Voxels per axis of the box.</param>
    public LabelMap Part((int X, int Y, int Z) start, Extent extent)
    {
        var labels = new ushort[extent.Count];
        Rearrangement.CopyPart(MemoryMarshal.AsBytes<ushort>(Labels), Extent, MemoryMarshal.AsBytes(labels.AsSpan()), start, extent, sizeof(ushort));
        return new LabelMap(Name, Geometry.Part(start, extent), labels, Path);
    }

    /// <summary>Voxels that carry this label.</summary>
    public long CountOf(int label)
    {
        var count = 0L;
        foreach (var l in Labels)
        {
            count += l == label ? 1 : 0;
        }

        return count;
    }

    /// <summary>Every label that occurs, in rising order, with its number of voxels.</summary>
    public IReadOnlyList<LabelCount> Histogram()
    {
        var counts = new long[ushort.MaxValue + 1];
        foreach (var l in Labels)
        {
            counts[l]++;
        }

        return [.. counts.Select((n, label) => new LabelCount(label, n)).Where(c => c.Voxels > 0)];
    }

    /// <summary>A copy with every label put through <paramref name="change"/>.</summary>
    public LabelMap Select(Func<ushort, ushort> change) => new(Name, Geometry, Array.ConvertAll(Labels, l => change(l)), Path);

    /// <summary>The same map under another name.</summary>
    public LabelMap Named(string name) => new(name, Geometry, Labels, Path);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Extent} labels";

    private static void RequireGrey(Volume volume)
    {
        // Grey and alpha of a picture; two channels of a volume are two volumes.
        var isVolume = volume.Path is { } path && (Formats.Catalogue.OfEnding(path) is { KnowsWorld: true } || volume.Extent.Depth > 1);
        if (volume.Channels == 1 || (volume.Channels == 2 && !isVolume))
        {
            return;
        }

        var size = volume.VoxelType.Size();
        var plane = (int)volume.Extent.Count * size;
        var bytes = volume.Bytes.AsSpan();
        for (var c = 1; c < (isVolume ? volume.Channels : Math.Min(volume.Channels, 3)); c++)
        {
            var same = bytes[..plane].CommonPrefixLength(bytes.Slice(c * plane, plane));
            if (same < plane)
            {
                var at = same / size;
                var (x, y) = (at % volume.Extent.Width, at / volume.Extent.Width % volume.Extent.Height);
                if (isVolume)
                {
                    throw new InputException(
                        $"'{volume.Path}' holds {volume.Channels} volumes that differ (4D, or channels), and a label map is one",
                        CommandText.OfChannel(volume.Path!));
                }

                throw new InputException(
                    $"'{volume.Path ?? volume.Name}' has {volume.Channels} channels whose values differ (first at x {x}, y {y}); a label image holds one whole number per pixel",
                    "save the labels as a grey or a palette image");
            }
        }
    }

    private static ushort[] Convert<T>(Volume volume)
        where T : unmanaged, INumber<T>
    {
        var source = volume.Channel<T>(0);
        var labels = new ushort[source.Length];
        for (var i = 0; i < labels.Length; i++)
        {
            labels[i] = ushort.CreateSaturating(source[i]);
            if (double.CreateTruncating(source[i]) != labels[i])
            {
                throw new InputException(
                    $"'{volume.Path ?? volume.Name}' holds the value {source[i]}; labels are whole numbers from 0 to 65535",
                    "check that it is a label image and not an intensity image or a probability map");
            }
        }

        return labels;
    }
}

using System.Runtime.InteropServices;
using SegSharp.Foundation;
using SegSharp.Imaging.Formats;
using SegSharp.Imaging.Formats.Dicom;

namespace SegSharp.Imaging;

/// <summary>An image in memory: a picture, a stack of pages or a volume, with one or more channels, in the type of its file.</summary>
/// <remarks>
/// The bytes are planar: x runs fastest, then y, z and at last the channel, so a tensor [C, D, H, W] of the same type is the same
/// bytes. RGB has 3 channels, RGBA 4, grey with alpha 2. Managed memory, never disposed; at most about 2 GB.
/// </remarks>
public sealed partial class Volume
{
    /// <summary>Takes bytes over (no copy).</summary>
    /// <param name="name">The file's name without its ending, or any other name.</param>
    /// <param name="geometry">The grid.</param>
    /// <param name="channels">Numbers per voxel.</param>
    /// <param name="type">What a number is stored as.</param>
    /// <param name="bytes">The voxels in machine byte order; the length must be exactly right.</param>
    /// <param name="path">Where it was read from, or null.</param>
    public Volume(string name, Geometry geometry, int channels, VoxelType type, byte[] bytes, string? path = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        var expected = checked(geometry.Extent.Count * channels * type.Size());
        if (bytes.LongLength != expected)
        {
            throw new ArgumentException($"{bytes.LongLength} bytes; {geometry.Extent} with {channels} channels of {type.Text()} needs {expected}", nameof(bytes));
        }

        (Name, Geometry, Channels, VoxelType, Bytes, Path) = (name, geometry, channels, type, bytes, path);
    }

    /// <summary>The file's name without its ending.</summary>
    public string Name { get; }

    /// <summary>The file it was read from; null when it was made in memory.</summary>
    public string? Path { get; }

    /// <summary>The grid and its place in the world.</summary>
    public Geometry Geometry { get; }

    /// <summary>Voxels per axis.</summary>
    public Extent Extent => Geometry.Extent;

    /// <summary>Numbers per voxel.</summary>
    public int Channels { get; }

    /// <summary>What a number is stored as.</summary>
    public VoxelType VoxelType { get; }

    /// <summary>The bytes themselves, owned by this volume: [C, D, H, W], machine byte order.</summary>
    public byte[] Bytes { get; }

    /// <summary>Numbers in all channels together.</summary>
    public int Length => Bytes.Length / VoxelType.Size();

    /// <summary>A new volume of zeros.</summary>
    public static Volume Zeros(string name, Geometry geometry, int channels, VoxelType type) =>
        new(name, geometry, channels, type, new byte[checked((int)(geometry.Extent.Count * channels * type.Size()))]);

    /// <summary>A new volume with a copy of these numbers, [C, D, H, W].</summary>
    /// <typeparam name="T">byte, sbyte, ushort, short, uint, int, ulong, long, float or double.</typeparam>
    public static Volume Of<T>(string name, Geometry geometry, int channels, ReadOnlySpan<T> voxels)
        where T : unmanaged => new(name, geometry, channels, VoxelTypes.Of<T>(), MemoryMarshal.AsBytes(voxels).ToArray());

    /// <summary>
    /// Reads an image file; its format is told from its first bytes. Palettes become colours (a grey palette one channel). A folder is
    /// read as the DICOM series in it; <c>FOLDER#2</c> chooses one of several.
    /// </summary>
    /// <exception cref="InputException">Missing, truncated, damaged or of a kind that cannot be read; pages of different size; a folder with no series or several.</exception>
    public static Volume Read(string path)
    {
        if (DicomFolder.Named(path) is { } series)
        {
            return series.Read();
        }

        using var source = ByteSource.Open(path);
        return Catalogue.Recognise(source).Read(source, Reading.Colours);
    }

    /// <summary>Reads an image file, but not what it says about its grid: origin 0, axes along the world's, this spacing. For files whose geometry is broken.</summary>
    /// <param name="path">The file.</param>
    /// <param name="spacing">Millimetres per voxel.</param>
    /// <inheritdoc cref="Read(string)"/>
    public static Volume Read(string path, Triple spacing)
    {
        using var source = ByteSource.Open(path, spacing);
        var volume = Catalogue.Recognise(source).Read(source, Reading.Colours);
        return volume.Placed(Geometry.Pixels(volume.Extent) with { Spacing = spacing });
    }

    /// <summary>Writes an image file whose format follows from the ending of <paramref name="path"/>.</summary>
    /// <exception cref="UsageException">The ending is unknown, or the format cannot hold this volume.</exception>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public void Write(string path)
    {
        var format = Catalogue.ForWriting(path);
        format.CheckWritable(this, path);
        format.Write(path, this);
    }

    /// <summary>All numbers in their own type, [C, D, H, W]. A view: writing changes the volume.</summary>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is not the volume's type.</exception>
    public Span<T> Voxels<T>()
        where T : unmanaged =>
        VoxelTypes.Of<T>() == VoxelType
            ? MemoryMarshal.Cast<byte, T>(Bytes.AsSpan())
            : throw new ArgumentException($"the voxels are {VoxelType.Text()}, not {VoxelTypes.Of<T>().Text()}");

    /// <summary>One channel in its own type, [D, H, W]. A view: writing changes the volume.</summary>
    public Span<T> Channel<T>(int channel)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, Channels);
        var count = (int)Extent.Count;
        return Voxels<T>().Slice(channel * count, count);
    }

    /// <summary>All numbers as float, [C, D, H, W]; a new array. Values are those of the file, not scaled.</summary>
    public float[] ToFloats()
    {
        var floats = new float[Length];
        CopyTo(floats);
        return floats;
    }

    /// <summary>Writes all numbers as float into <paramref name="target"/>, [C, D, H, W].</summary>
    /// <param name="target">At least <see cref="Length"/> long.</param>
    public void CopyTo(Span<float> target) => VoxelConversion.ToFloats(Bytes, VoxelType, target);

    /// <summary>Page <paramref name="z"/> alone, with all channels; a copy named <c>NAME_0003</c> (or NAME when it is the only one).</summary>
    public Volume Page(int z)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(z);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(z, Extent.Depth);
        var page = (int)(Extent.PageCount * VoxelType.Size());
        var bytes = new byte[page * Channels];
        for (var c = 0; c < Channels; c++)
        {
            Bytes.AsSpan((int)(((long)c * Extent.Depth) + z) * page, page).CopyTo(bytes.AsSpan(c * page));
        }

        return new Volume(PageName(Name, z, Extent.Depth), Geometry.OfPage(z), Channels, VoxelType, bytes, Path);
    }

    /// <summary>Single pages put together to a stack; all must have the size, channels and type of the first.</summary>
    /// <exception cref="InputException">They differ; the message names the first that does.</exception>
    public static Volume Stack(string name, IReadOnlyList<Volume> pages)
    {
        ArgumentOutOfRangeException.ThrowIfZero(pages.Count);
        var first = pages[0];
        foreach (var page in pages)
        {
            if (page.Extent != first.Extent || page.Channels != first.Channels || page.VoxelType != first.VoxelType || page.Extent.Depth != 1)
            {
                throw new InputException(
                    $"'{page.Path ?? page.Name}' is {page.Describe()}, but '{first.Path ?? first.Name}' is {first.Describe()}; all pages of a stack must be single pictures of one size and type",
                    "leave it out, or bring it to the size and type of the others");
            }
        }

        var geometry = first.Geometry with { Extent = first.Extent with { Depth = pages.Count } };
        Limits.CheckSize(name, geometry.Extent, first.Channels, first.VoxelType);
        var stack = Zeros(name, geometry, first.Channels, first.VoxelType);
        var length = (int)(first.Extent.PageCount * first.VoxelType.Size());
        for (var z = 0; z < pages.Count; z++)
        {
            for (var c = 0; c < first.Channels; c++)
            {
                pages[z].Bytes.AsSpan(c * length, length).CopyTo(stack.Bytes.AsSpan(((c * pages.Count) + z) * length));
            }
        }

        return stack;
    }

    /// <summary>The same voxels with axes that run towards other sides: permuted and flipped, never interpolated.</summary>
    public Volume Reoriented(Orientation orientation)
    {
        var plan = new Rearrangement(Geometry.Orientation, orientation);
        if (plan.IsIdentity)
        {
            return this;
        }

        var (bytes, size, channel) = (new byte[Bytes.Length], VoxelType.Size(), Bytes.Length / Channels);
        for (var c = 0; c < Channels; c++)
        {
            plan.Apply(Bytes.AsSpan(c * channel, channel), bytes.AsSpan(c * channel, channel), Extent, size);
        }

        return new Volume(Name, Geometry.Reoriented(orientation), Channels, VoxelType, bytes, Path);
    }

    /// <summary>A box of this volume, or a wider one around it; what lies outside is zero.</summary>
    /// <param name="start">The voxel that becomes (0, 0, 0); may be negative.</param>
    /// <param name="extent">Voxels per axis of the box.</param>
    public Volume Part((int X, int Y, int Z) start, Extent extent)
    {
        var part = Zeros(Name, Geometry.Part(start, extent), Channels, VoxelType);
        var (from, to, size) = (Bytes.Length / Channels, part.Bytes.Length / Channels, VoxelType.Size());
        for (var c = 0; c < Channels; c++)
        {
            Rearrangement.CopyPart(Bytes.AsSpan(c * from, from), Extent, part.Bytes.AsSpan(c * to, to), start, extent, size);
        }

        return part;
    }

    /// <summary>The smallest box that holds every voxel where any channel is not zero; null when all are.</summary>
    public ((int X, int Y, int Z) Start, Extent Extent)? NonzeroBox()
    {
        var (size, row) = (VoxelType.Size(), Extent.Width * VoxelType.Size());
        var (low, high) = ((X: int.MaxValue, Y: int.MaxValue, Z: int.MaxValue), (X: -1, Y: -1, Z: -1));
        for (var line = 0; line < Channels * Extent.Depth * Extent.Height; line++)
        {
            var bytes = Bytes.AsSpan(line * row, row);
            var first = bytes.IndexOfAnyExcept((byte)0);
            if (first < 0)
            {
                continue;
            }

            var (y, z) = (line % Extent.Height, line / Extent.Height % Extent.Depth);
            low = (Math.Min(low.X, first / size), Math.Min(low.Y, y), Math.Min(low.Z, z));
            high = (Math.Max(high.X, bytes.LastIndexOfAnyExcept((byte)0) / size), Math.Max(high.Y, y), Math.Max(high.Z, z));
        }

        return high.X < 0 ? null : (low, new Extent(high.X - low.X + 1, high.Y - low.Y + 1, high.Z - low.Z + 1));
    }

    /// <summary>One channel, or one time point, alone; a copy.</summary>
    /// <param name="channel">From 0.</param>
    public Volume Only(int channel)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, Channels);
        var length = Bytes.Length / Channels;
        return new Volume(Name, Geometry, 1, VoxelType, Bytes.AsSpan(channel * length, length).ToArray(), Path);
    }

    /// <summary>The same volume under another name.</summary>
    public Volume Named(string name) => new(name, Geometry, Channels, VoxelType, Bytes, Path);

    /// <summary>The same voxels at another place in the world.</summary>
    /// <param name="geometry">A grid of the same size.</param>
    public Volume Placed(Geometry geometry) => new(Name, geometry, Channels, VoxelType, Bytes, Path);

    /// <summary><c>512x512x30 uint8</c>, with the channels where there are several.</summary>
    public string Describe() => Channels == 1 ? $"{Extent} {VoxelType.Text()}" : $"{Extent} {VoxelType.Text()} with {Channels} channels";

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Describe()}";

    internal static string PageName(string name, int z, int depth) => depth == 1 ? name : $"{name}_{z:D4}";
}

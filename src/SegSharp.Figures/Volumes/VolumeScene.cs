using SegSharp.Figures.Drawing;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Figures.Volumes;

/// <summary>An image with the label maps that lie on it, voxel on voxel, ready to be cut.</summary>
internal sealed class VolumeScene
{
    private const int MostLooked = 4_000_000;
    private static readonly string[] _pictureEndings = [".png", ".tif", ".tiff", ".jpg", ".jpeg", ".gif"];

    private readonly Volume _image;
    private readonly VolumeViewOptions _options;
    private readonly VoxelBox _box;

    /// <summary>A scene.</summary>
    /// <param name="image">The image.</param>
    /// <param name="maps">Truth and predictions; the first that has labels chooses the place to cut.</param>
    /// <param name="options">How it is drawn.</param>
    /// <exception cref="InputException">A map has another size than the image.</exception>
    public VolumeScene(Volume image, IEnumerable<LabelMap> maps, VolumeViewOptions options)
    {
        (_image, _options) = (image, options);
        if (options.Channel < 0 || options.Channel >= image.Channels)
        {
            throw new UsageException($"channel {options.Channel} of '{image.Path ?? image.Name}' does not exist; it has {image.Channels}, counted from 0", "--channel 0");
        }

        var all = maps.ToList();
        foreach (var map in all.Where(m => m.Extent != image.Extent))
        {
            throw new InputException(
                $"'{map.Path ?? map.Name}' is {map.Extent} but its image '{image.Path ?? image.Name}' is {image.Extent}; they are drawn voxel on voxel",
                $"segsharp info {image.Path ?? image.Name} {map.Path ?? map.Name}");
        }

        IsBody = HasSides(image);
        Window = DisplayWindow.Parse(options.Window, image, options.Channel);
        var foregrounds = all.Select(Foreground.Of).OfType<Foreground>().ToList();
        Labelled = foregrounds.FirstOrDefault();
        _box = options.Crops && IsBody ? Content(foregrounds) : VoxelBox.All(image.Extent);
        var middle = Labelled?.Fullest ?? ((_box.Lows[0] + _box.Highs[0]) / 2, (_box.Lows[1] + _box.Highs[1]) / 2, (_box.Lows[2] + _box.Highs[2]) / 2);
        Centre = options.Centre is { } c ? (Within(c.X, image.Extent.Width), Within(c.Y, image.Extent.Height), Within(c.Z, image.Extent.Depth)) : middle;

        static int Within(int at, int side) => Math.Clamp(at, 0, side - 1);
    }

    /// <summary>Whether the image knows the sides of a body; pictures do not.</summary>
    public bool IsBody { get; }

    /// <summary>Whether the image is shown in its own colours: three channels of bytes, and nobody asked for a window or a channel.</summary>
    public bool IsColour => _image is { VoxelType: VoxelType.UInt8, Channels: 3 or 4 } && _options is { Window: null, Channel: 0 };

    /// <summary>What is black and white.</summary>
    public DisplayWindow Window { get; }

    /// <summary>The voxel that the planes run through.</summary>
    public (int X, int Y, int Z) Centre { get; }

    /// <summary>Where the labels of the first map with any lie.</summary>
    public Foreground? Labelled { get; }

    /// <summary>Labels drawn so far.</summary>
    public SortedSet<int> Drawn { get; } = [];

    /// <summary>Whether a volume has a place in a body: files of scanners have, pictures and what was made as pixels have not.</summary>
    public static bool HasSides(Volume volume) => volume.Path is { } path
        ? !_pictureEndings.Any(e => path.EndsWith(e, StringComparison.OrdinalIgnoreCase))
        : volume.Geometry != Geometry.Pixels(volume.Extent);

    /// <summary>How a plane lies.</summary>
    public SliceLayout Layout(Plane plane) => new(_image.Geometry, plane, IsBody);

    /// <summary>The slice of a plane through the centre.</summary>
    public SliceView Cut(Plane plane, LabelMap? truth, LabelMap? prediction) =>
        Cut(plane, Layout(plane).Normal switch { 0 => Centre.X, 1 => Centre.Y, _ => Centre.Z }, truth, prediction);

    /// <summary>A slice by its number.</summary>
    /// <exception cref="UsageException">There is no such slice.</exception>
    public SliceView Cut(Plane plane, int index, LabelMap? truth, LabelMap? prediction)
    {
        var layout = Layout(plane);
        if (index < 0 || index >= layout.Slices)
        {
            throw new UsageException($"slice {index} does not exist: '{_image.Path ?? _image.Name}' has {layout.Slices} {Name(plane)} slices, 0 to {layout.Slices - 1}", $"--slice {layout.Slices / 2}");
        }

        var (start, column, row) = layout.Grid(index, _box);
        var picture = IsColour ? Colours(start, column, row) : Grey(start, column, row);
        var outlines = new List<(Outline, bool)>();
        Add(truth, isPrediction: false);
        Add(prediction, isPrediction: truth is not null);
        return new SliceView(picture, layout, plane, index, outlines, IsBody || _image.Geometry.Spacing != Triple.One);

        void Add(LabelMap? map, bool isPrediction)
        {
            if (map is null)
            {
                return;
            }

            var labels = VoxelReader.Read<ushort>(map.Labels, start, column, row);
            Drawn.UnionWith(labels.Distinct().Where(l => l != 0).Select(l => (int)l));
            outlines.AddRange(Outline.Of(labels, column.Count).Select(o => (o, isPrediction)));
            if (_options.Fill > 0 && !isPrediction)
            {
                picture = picture.WithOverlay<ushort>(labels, Math.Min(1, _options.Fill));
            }
        }
    }

    /// <summary>The first and last slice worth showing: with labels, or without any with content.</summary>
    public (int Low, int High) Range(Plane plane)
    {
        var axis = Layout(plane).Normal;
        return Labelled is { } f ? (f.Lows[axis], f.Highs[axis]) : (_box.Low(axis), _box.High(axis));
    }

    /// <summary>"axial".</summary>
    public static string Name(Plane plane) => plane.ToString().ToLowerInvariant();

    private Picture Grey(int start, (int Step, int Count) column, (int Step, int Count) row)
    {
        var values = new VoxelReader(_image, _options.Channel).Read(start, column, row);
        if (Window.Ground is { } ground)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = values[i] == ground ? float.NegativeInfinity : values[i];
            }
        }

        return Picture.Grey<float>(values, column.Count, row.Count, Window.Black, Window.White);
    }

    private Picture Colours(int start, (int Step, int Count) column, (int Step, int Count) row)
    {
        var rgb = new byte[3 * column.Count * row.Count];
        for (var c = 0; c < 3; c++)
        {
            var plane = VoxelReader.Read<byte>(_image.Channel<byte>(c), start, column, row);
            for (var i = 0; i < plane.Length; i++)
            {
                rgb[(3 * i) + c] = plane[i];
            }
        }

        return Picture.Rgb(rgb, column.Count, row.Count);
    }

    // The box of what is not nearly black: a slice of voxels counts where at least 1 % of those looked at are brighter.
    private VoxelBox Content(List<Foreground> foregrounds)
    {
        var e = _image.Extent;
        var step = (int)Math.Ceiling(Math.Sqrt((double)e.Count / MostLooked));
        int[] sizes = [e.Width, e.Height, e.Depth];
        int[][] counts = [new int[e.Width], new int[e.Height], new int[e.Depth]];
        var reader = new VoxelReader(_image, _options.Channel);
        var least = Window.Black + (0.08 * (Window.White - Window.Black));
        var (rows, pages) = ((e.Height + step - 1) / step, (e.Depth + step - 1) / step);
        for (var page = 0; page < pages; page++)
        {
            var z = page * step;
            var values = reader.Read(z * e.Width * e.Height, (1, e.Width), (e.Width * step, rows));
            for (var i = 0; i < values.Length; i++)
            {
                if (values[i] > least && (Window.Ground is not { } ground || values[i] != ground))
                {
                    counts[0][i % e.Width]++;
                    counts[1][i / e.Width * step]++;
                    counts[2][z]++;
                }
            }
        }

        var (lows, highs) = (new int[3], new int[3]);
        int[] looked = [rows * pages, e.Width * pages, e.Width * rows];
        for (var axis = 0; axis < 3; axis++)
        {
            var enough = Math.Max(1, looked[axis] / 100);
            var (low, high) = (Array.FindIndex(counts[axis], c => c >= enough), Array.FindLastIndex(counts[axis], c => c >= enough));
            (low, high) = low < 0 ? (0, sizes[axis] - 1) : (low, high);
            foreach (var f in foregrounds)
            {
                (low, high) = (Math.Min(low, f.Lows[axis]), Math.Max(high, f.Highs[axis]));
            }

            var around = Math.Max(step, (int)Math.Ceiling(0.02 * (high - low)));
            (lows[axis], highs[axis]) = (Math.Max(0, low - around), Math.Min(sizes[axis] - 1, high + around));
        }

        return new VoxelBox(lows, highs);
    }
}

/// <summary>Where the labels of a map lie.</summary>
/// <param name="Counts">Labelled voxels of every slice, along x, y and z.</param>
internal sealed record Foreground(int[][] Counts)
{
    /// <summary>The first slices with labels.</summary>
    public int[] Lows { get; } = Array.ConvertAll(Counts, c => Array.FindIndex(c, n => n > 0));

    /// <summary>The last slices with labels.</summary>
    public int[] Highs { get; } = Array.ConvertAll(Counts, c => Array.FindLastIndex(c, n => n > 0));

    /// <summary>Along each axis the slice with the most; the one in the middle where several have as many.</summary>
    public (int X, int Y, int Z) Fullest => (Most(0), Most(1), Most(2));

    /// <summary>Counts a map; null when it has no labels.</summary>
    public static Foreground? Of(LabelMap map)
    {
        var e = map.Extent;
        int[][] counts = [new int[e.Width], new int[e.Height], new int[e.Depth]];
        var any = false;
        for (var line = 0; line < e.Height * e.Depth; line++)
        {
            var row = map.Labels.AsSpan(line * e.Width, e.Width);
            var first = row.IndexOfAnyExcept((ushort)0);
            if (first < 0)
            {
                continue;
            }

            any = true;
            for (var x = first; x < row.Length; x++)
            {
                if (row[x] != 0)
                {
                    counts[0][x]++;
                    counts[1][line % e.Height]++;
                    counts[2][line / e.Height]++;
                }
            }
        }

        return any ? new Foreground(counts) : null;
    }

    private int Most(int axis)
    {
        var most = Counts[axis].Max();
        var all = Enumerable.Range(0, Counts[axis].Length).Where(i => Counts[axis][i] == most).ToList();
        return all[all.Count / 2];
    }
}

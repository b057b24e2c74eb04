using SegSharp.Imaging;

namespace SegSharp.Prediction;

/// <summary>The windows over one prepared image. Where the image is smaller than a window it is padded, half of it on either side.</summary>
public sealed class WindowGrid
{
    private readonly int[] _patch, _sizes, _before;      // D, H, W
    private readonly int[][] _starts;                    // in the padded image

    /// <summary>Lays the windows.</summary>
    /// <param name="options">Patch, step and placing.</param>
    /// <param name="extent">The size of the prepared image.</param>
    public WindowGrid(SlidingWindowOptions options, Extent extent)
    {
        _sizes = [extent.Depth, extent.Height, extent.Width];
        _patch = [.. options.PatchFor(extent)];
        _before = new int[3];
        _starts = new int[3][];
        for (var axis = 0; axis < 3; axis++)
        {
            var padded = Math.Max(_sizes[axis], _patch[axis]);
            _before[axis] = (padded - _sizes[axis]) / 2;
            var plane = axis == 0 && options.Patch.Count == 2;      // a 2D window visits every plane
            var step = plane ? 1 : options.Step[options.Step.Count == 1 ? 0 : axis - 3 + options.Patch.Count];
            _starts[axis] = WindowPlaces.Along(padded, _patch[axis], step, options.Placing);
        }

        Extent = extent;
    }

    /// <summary>The size of the prepared image.</summary>
    public Extent Extent { get; }

    /// <summary>Sides of a window, D, H, W.</summary>
    public IReadOnlyList<int> Patch => _patch;

    /// <summary>Windows in all.</summary>
    public long Count => _starts.Aggregate(1L, (n, s) => n * s.Length);

    /// <summary>Planes of logits that can be unfinished at the same time.</summary>
    public int BandDepth => Math.Min(_patch[0], _sizes[0]);

    /// <summary>First voxels of the windows along an axis (0 = z, 1 = y, 2 = x); negative where the window begins in the padding.</summary>
    public IReadOnlyList<int> Starts(int axis) => [.. _starts[axis].Select(s => s - _before[axis])];

    /// <summary>The voxels of the image that a window of these starts covers along an axis.</summary>
    internal Strip Covered(int axis, int start) => new Strip(start, _patch[axis]).And(new Strip(0, _sizes[axis]));

    /// <summary>The starts of the windows that touch a strip of the image, ascending.</summary>
    internal IEnumerable<int> Touching(int axis, Strip strip) => Starts(axis).Where(s => Covered(axis, s).And(strip).Count > 0);

    /// <summary>How many windows a block needs.</summary>
    public long CountFor(LogitsBlock block) =>
        (long)_starts[0].Length * Touching(1, block.Rows).Count() * Touching(2, block.Columns).Count();
}

using SegSharp.Imaging;

namespace SegSharp.Metrics;

/// <summary>A box of voxels, ends excluded.</summary>
internal readonly record struct Box(int X0, int Y0, int Z0, int X1, int Y1, int Z1)
{
    public static Box Nothing => new(int.MaxValue, int.MaxValue, int.MaxValue, 0, 0, 0);

    public bool IsEmpty => X1 <= X0;

    public Extent Extent => new(X1 - X0, Y1 - Y0, Z1 - Z0);

    public Box With(int x0, int x1, int y, int z) =>
        new(Math.Min(X0, x0), Math.Min(Y0, y), Math.Min(Z0, z), Math.Max(X1, x1), Math.Max(Y1, y + 1), Math.Max(Z1, z + 1));

    public Box With(Box other) => new(
        Math.Min(X0, other.X0), Math.Min(Y0, other.Y0), Math.Min(Z0, other.Z0),
        Math.Max(X1, other.X1), Math.Max(Y1, other.Y1), Math.Max(Z1, other.Z1));
}

/// <summary>One pass over both label maps: how often each pair of labels occurs, and the box of every label. What every region needs follows from it.</summary>
/// <remarks>Runs of equal labels are taken at once, so that empty rows cost what reading them costs.</remarks>
internal sealed class Tally
{
    private const int Small = 256;

    private readonly Dictionary<(ushort Prediction, ushort Truth), long> _pairs = [];
    private readonly Dictionary<ushort, Box> _boxes = [];

    public Tally(ReadOnlySpan<ushort> prediction, ReadOnlySpan<ushort> truth, Extent extent, ushort? ignore, bool[]? within)
    {
        var small = new long[Small * Small];
        var boxes = new Box[Small];
        Array.Fill(boxes, Box.Nothing);
        for (var (z, start) = (0, 0); z < extent.Depth; z++)
        {
            for (var y = 0; y < extent.Height; y++, start += extent.Width)
            {
                var p = prediction.Slice(start, extent.Width);
                var t = truth.Slice(start, extent.Width);
                var inside = within is null ? default : within.AsSpan(start, extent.Width);
                for (var x = 0; x < extent.Width;)
                {
                    var (lp, lt) = (p[x], t[x]);
                    var length = Math.Min(Run(p[x..], lp), Run(t[x..], lt));
                    if (within is not null)
                    {
                        var rest = inside.Slice(x, length);
                        length = rest.IndexOfAnyExcept(rest[0]) is var change and > 0 ? change : length;
                        if (!rest[0])
                        {
                            x += length;
                            continue;
                        }
                    }

                    if (lt != ignore)
                    {
                        if (lp < Small && lt < Small)
                        {
                            small[(lp * Small) + lt] += length;
                        }
                        else
                        {
                            _pairs[(lp, lt)] = _pairs.GetValueOrDefault((lp, lt)) + length;
                        }

                        Widen(lp, x, x + length, y, z);
                        Widen(lt, x, x + length, y, z);
                    }

                    x += length;
                }
            }
        }

        for (var i = 0; i < small.Length; i++)
        {
            if (small[i] > 0)
            {
                _pairs[((ushort)(i / Small), (ushort)(i % Small))] = small[i];
            }
        }

        for (var i = 0; i < Small; i++)
        {
            if (!boxes[i].IsEmpty)
            {
                _boxes[(ushort)i] = boxes[i];
            }
        }

        void Widen(ushort label, int x0, int x1, int y, int z)
        {
            if (label < Small)
            {
                boxes[label] = boxes[label].With(x0, x1, y, z);
            }
            else
            {
                _boxes[label] = (_boxes.TryGetValue(label, out var box) ? box : Box.Nothing).With(x0, x1, y, z);
            }
        }
    }

    /// <summary>How often each pair of labels occurs.</summary>
    public IReadOnlyDictionary<(ushort Prediction, ushort Truth), long> Pairs => _pairs;

    public ConfusionCounts Counts(Region region)
    {
        var counts = default(ConfusionCounts);
        foreach (var ((prediction, truth), n) in _pairs)
        {
            counts += (region.Labels.Contains(prediction), region.Labels.Contains(truth)) switch
            {
                (true, true) => new(n, 0, 0, 0),
                (true, false) => new(0, n, 0, 0),
                (false, true) => new(0, 0, n, 0),
                _ => new(0, 0, 0, n),
            };
        }

        return counts;
    }

    /// <summary>The box around the region in both maps; empty where it occurs in neither.</summary>
    public Box BoxOf(Region region) =>
        region.Labels.Aggregate(Box.Nothing, (box, label) => _boxes.TryGetValue(label, out var one) ? box.With(one) : box);

    private static int Run(ReadOnlySpan<ushort> labels, ushort first) => labels.IndexOfAnyExcept(first) is var end and >= 0 ? end : labels.Length;
}

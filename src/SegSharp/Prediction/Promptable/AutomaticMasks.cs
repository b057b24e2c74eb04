using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;
using SegSharp.Torch;

namespace SegSharp.Prediction.Promptable;

/// <summary>Everything on a picture: a grid of clicks, their masks, and the good ones among them once each.</summary>
/// <remarks>
/// Source: Kirillov et al. 2023, appendix B; SamAutomaticMaskGenerator of segment-anything. Parity: <c>07-sam/sam-tiny/amg.json</c>.
/// Differs: masks below the quality asked for are never enlarged, and the rest a few at a time, so memory does not grow with the clicks.
/// </remarks>
public static class AutomaticMasks
{
    private const double EdgeTolerance = 20;
    private const long PixelsAtOnce = 1 << 24;

    /// <summary>Finds all masks of a picture.</summary>
    /// <param name="predictor">Its image is replaced by the picture and, with crop layers, by its crops.</param>
    /// <param name="page">The picture.</param>
    /// <param name="options">Thresholds and crops.</param>
    /// <param name="cancel">Looked at between batches.</param>
    /// <returns>As the original orders them: crop by crop, best predicted first.</returns>
    /// <exception cref="UsageException">Options with faults, or a model that knows no points.</exception>
    public static IReadOnlyList<AutomaticMask> Find(SamPredictor predictor, PromptablePage page, AutomaticMaskOptions options, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(options.Check());
        if (predictor.Model.Family == SamFamily.MedSam)
        {
            throw new UsageException("MedSAM was trained on boxes alone and knows no points, so it cannot look for everything by clicks", "take a model that knows points: vit_b or sam-med2d");
        }

        var (crops, layers) = CropBoxes(page.Width, page.Height, options.CropLayers, options.CropOverlap);
        var all = new List<Candidate>();
        for (var i = 0; i < crops.Count; i++)
        {
            var side = (int)(options.PointsPerSide / Math.Pow(options.CropPointsDivisor, layers[i]));
            all.AddRange(InCrop(predictor, page, crops[i], side, options, cancel));
        }

        if (crops.Count > 1)
        {
            // A mask found in a smaller crop is the finer one.
            all = Keep(all, c => 1.0 / ((double)c.Crop.Width * c.Crop.Height), options.CropBoxOverlap);
        }

        if (options.MinimumRegion > 0)
        {
            all = Cleaned(all, options);
        }

        return [.. all.Select(c => new AutomaticMask(c.Runs, c.Box, c.Quality, c.Point, c.Stability, c.Crop))];
    }

    /// <summary>The clicks of a grid in the unit square, row by row; in the middle of their cells.</summary>
    public static IReadOnlyList<(double X, double Y)> Grid(int side) =>
        [.. Enumerable.Range(0, side * side).Select(i => (((i % side) + 0.5) / side, ((i / side) + 0.5) / side))];

    /// <summary>The whole image, then the crops of every layer, each with its layer.</summary>
    public static (IReadOnlyList<PixelBox> Boxes, IReadOnlyList<int> Layers) CropBoxes(int width, int height, int layers, double overlap)
    {
        var (boxes, numbers) = (new List<PixelBox> { new(0, 0, width, height) }, new List<int> { 0 });
        for (var layer = 1; layer <= layers; layer++)
        {
            var n = 1 << layer;
            var shared = (int)(overlap * Math.Min(width, height) * (2.0 / n));
            int Length(int side) => (int)Math.Ceiling((double)((shared * (n - 1)) + side) / n);
            var (w, h) = (Length(width), Length(height));
            for (var i = 0; i < n * n; i++)
            {
                var (x, y) = ((w - shared) * (i / n), (h - shared) * (i % n));
                if (x < width && y < height)                                    // a picture of few pixels has fewer crops
                {
                    boxes.Add(new(x, y, Math.Min(x + w, width) - x, Math.Min(y + h, height) - y));
                    numbers.Add(layer);
                }
            }
        }

        return (boxes, numbers);
    }

    /// <summary>From the first to the last pixel inside; zeros for an empty mask.</summary>
    public static PixelBox BoxOf(ReadOnlySpan<bool> inside, int width)
    {
        var (left, top, right, bottom) = (int.MaxValue, -1, -1, -1);
        for (var y = 0; y < inside.Length / width; y++)
        {
            var row = inside.Slice(y * width, width);
            var first = row.IndexOf(true);
            if (first >= 0)
            {
                (left, right) = (Math.Min(left, first), Math.Max(right, row.LastIndexOf(true)));
                (top, bottom) = (top < 0 ? y : top, y);
            }
        }

        return right < 0 ? default : new(left, top, right - left, bottom - top);
    }

    /// <summary>Whether a box touches, to 20 pixels, a side of its crop that is no side of the image.</summary>
    /// <param name="box">Left, top, right, bottom in pixels of the image.</param>
    /// <param name="crop">In pixels of the image.</param>
    /// <param name="width">Of the image.</param>
    /// <param name="height">Of the image.</param>
    public static bool IsNearCropEdge((double X0, double Y0, double X1, double Y1) box, PixelBox crop, int width, int height)
    {
        static bool Near(double a, double b) => Math.Abs(a - b) <= EdgeTolerance;
        return (Near(box.X0, crop.X) && !Near(box.X0, 0)) || (Near(box.Y0, crop.Y) && !Near(box.Y0, 0))
            || (Near(box.X1, crop.Right) && !Near(box.X1, width)) || (Near(box.Y1, crop.Bottom) && !Near(box.Y1, height));
    }

    /// <summary>Non-maximum suppression: of boxes that overlap more than a limit, the best scored.</summary>
    /// <param name="boxes">Left, top, right, bottom.</param>
    /// <param name="scores">One per box.</param>
    /// <param name="limit">IoU above which the worse goes.</param>
    /// <returns>The numbers of those that stay, best first.</returns>
    public static IReadOnlyList<int> Suppress(IReadOnlyList<(double X0, double Y0, double X1, double Y1)> boxes, IReadOnlyList<double> scores, double limit)
    {
        var (kept, order) = (new List<int>(), Enumerable.Range(0, boxes.Count).OrderByDescending(i => scores[i]).ToList());
        foreach (var i in order)
        {
            if (kept.TrueForAll(k => Overlap(boxes[k], boxes[i]) <= limit))
            {
                kept.Add(i);
            }
        }

        return kept;

        static double Overlap((double X0, double Y0, double X1, double Y1) a, (double X0, double Y0, double X1, double Y1) b)
        {
            var shared = Math.Max(0, Math.Min(a.X1, b.X1) - Math.Max(a.X0, b.X0)) * Math.Max(0, Math.Min(a.Y1, b.Y1) - Math.Max(a.Y0, b.Y0));
            return shared / (((a.X1 - a.X0) * (a.Y1 - a.Y0)) + ((b.X1 - b.X0) * (b.Y1 - b.Y0)) - shared);       // NaN, of two boxes without area, is not above the limit
        }
    }

    /// <summary>Fills small holes (<paramref name="holes"/>) or removes small islands; pixels touch by sides and corners.</summary>
    /// <param name="inside">One per pixel, x fastest.</param>
    /// <param name="width">Columns.</param>
    /// <param name="minimum">Regions of fewer pixels go; when every island is smaller, the largest stays.</param>
    /// <param name="holes">Holes rather than islands.</param>
    /// <param name="changed">Whether there was one.</param>
    public static bool[] RemoveSmallRegions(bool[] inside, int width, int minimum, bool holes, out bool changed)
    {
        var parts = Components.Label(holes ? Array.ConvertAll(inside, i => !i) : inside, new Extent(width, inside.Length / width), Connectivity.Full, out var count);
        var sizes = Components.Sizes(parts, count);
        changed = sizes.Skip(1).Any(s => s < minimum);
        if (!changed)
        {
            return inside;
        }

        if (holes)
        {
            return Array.ConvertAll(parts, p => p == 0 || sizes[p] < minimum);
        }

        var largest = Array.IndexOf(sizes, sizes.Skip(1).Max(), 1);
        var none = sizes.Skip(1).All(s => s < minimum);
        return Array.ConvertAll(parts, p => p > 0 && (none ? p == largest : sizes[p] >= minimum));
    }

    private static List<Candidate> InCrop(SamPredictor predictor, PromptablePage page, PixelBox crop, int side, AutomaticMaskOptions o, CancellationToken cancel)
    {
        var whole = crop.Width == page.Width && crop.Height == page.Height;
        predictor.SetImage(whole ? page : page.Crop(crop.X, crop.Y, crop.Width, crop.Height), cancel);
        var found = new List<Candidate>();
        var points = Grid(side).Select(p => (X: p.X * crop.Width, Y: p.Y * crop.Height)).ToList();
        for (var at = 0; at < points.Count; at += o.PointsPerBatch)
        {
            cancel.ThrowIfCancellationRequested();
            using var guard = new NoGrad();
            using var scope = new TensorScope();
            var batch = points.GetRange(at, Math.Min(o.PointsPerBatch, points.Count - at));
            var (lowRes, quality) = predictor.Decode(batch);
            found.AddRange(Good(predictor, lowRes, quality.ToArray<float>(), batch, crop, page, o));
            predictor.On?.Invoke(new Progressed("clicks", Math.Min(at + o.PointsPerBatch, points.Count), points.Count));
        }

        return Keep(found, c => c.Quality, o.BoxOverlap);
    }

    // Of [B, n] masks those of good quality and stability that do not end at the crop's edge.
    private static List<Candidate> Good(SamPredictor predictor, Tensor lowRes, float[] quality, List<(double X, double Y)> points, PixelBox crop, PromptablePage page, AutomaticMaskOptions o)
    {
        var several = (int)lowRes.Size(1);
        var low = lowRes.Reshape(1, -1, lowRes.Size(2), lowRes.Size(3));
        var good = Enumerable.Range(0, quality.Length).Where(i => o.MinimumQuality <= 0 || quality[i] > o.MinimumQuality).Select(i => (long)i).ToArray();
        var found = new List<Candidate>();
        foreach (var some in good.Chunk((int)Math.Max(1, PixelsAtOnce / Math.Max((long)crop.Width * crop.Height, (long)predictor.Model.ImageSize * predictor.Model.ImageSize))))
        {
            using var scope = new TensorScope();
            var pixels = crop.Width * crop.Height;
            var logits = predictor.Enlarged(low.IndexSelect(1, Tensor.From(some).To(low.Device))).ToArray<float>();
            for (var k = 0; k < some.Length; k++)
            {
                var number = (int)some[k];
                var mine = logits.AsSpan(k * pixels, pixels);
                var stability = Stability(mine, 0, o.StabilityOffset);
                if (o.MinimumStability > 0 && !(stability >= o.MinimumStability))
                {
                    continue;
                }

                var inside = new bool[page.Width * page.Height];
                for (var i = 0; i < pixels; i++)
                {
                    inside[((crop.Y + (i / crop.Width)) * page.Width) + crop.X + (i % crop.Width)] = mine[i] > 0;
                }

                var box = BoxOf(inside, page.Width);
                box = box == default ? box with { X = crop.X, Y = crop.Y } : box;                // empty: zeros within the crop
                if (!IsNearCropEdge((box.X, box.Y, box.Right, box.Bottom), crop, page.Width, page.Height))
                {
                    var (x, y) = points[number / several];
                    found.Add(new(RunLength.Of(inside, page.Width, page.Height), box, quality[number], (x + crop.X, y + crop.Y), stability, crop));
                }
            }
        }

        return found;
    }

    /// <summary>Pixels above threshold + offset over pixels above threshold − offset. Differs: 0 where there is none of either, for which the original has no number.</summary>
    public static double Stability(ReadOnlySpan<float> logits, double threshold, double offset)
    {
        var (high, low) = (0, 0);
        foreach (var v in logits)
        {
            high += v > threshold + offset ? 1 : 0;
            low += v > threshold - offset ? 1 : 0;
        }

        return low == 0 ? 0 : (float)high / low;
    }

    // Masks that were changed lose against those that were not.
    private static List<Candidate> Cleaned(List<Candidate> all, AutomaticMaskOptions o)
    {
        var cleaned = new List<(Candidate Candidate, bool Changed)>();
        foreach (var c in all)
        {
            var mask = RemoveSmallRegions(c.Runs.ToMask(), c.Runs.Width, o.MinimumRegion, holes: true, out var filled);
            mask = RemoveSmallRegions(mask, c.Runs.Width, o.MinimumRegion, holes: false, out var removed);
            var changed = filled || removed;
            cleaned.Add((changed ? c with { Runs = RunLength.Of(mask, c.Runs.Width, c.Runs.Height), Box = BoxOf(mask, c.Runs.Width) } : c, changed));
        }

        var kept = Suppress([.. cleaned.Select(c => c.Candidate.Corners)], [.. cleaned.Select(c => c.Changed ? 0.0 : 1.0)], Math.Max(o.BoxOverlap, o.CropBoxOverlap));
        return [.. kept.Select(i => cleaned[i].Candidate)];
    }

    private static List<Candidate> Keep(List<Candidate> all, Func<Candidate, double> score, double limit) =>
        [.. Suppress([.. all.Select(c => c.Corners)], [.. all.Select(score)], limit).Select(i => all[i])];

    private sealed record Candidate(RunLength Runs, PixelBox Box, double Quality, (double X, double Y) Point, double Stability, PixelBox Crop)
    {
        public (double, double, double, double) Corners => (Box.X, Box.Y, Box.Right, Box.Bottom);
    }
}

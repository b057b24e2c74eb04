using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Networks;
using SegSharp.Torch;

namespace SegSharp.Prediction;

/// <summary>Runs a network over an image of any size: in one piece, or in overlapping tiles whose logits are blended.</summary>
/// <remarks>
/// Source: Isensee et al. 2021 (nnU-Net), Methods: Gaussian blending with σ = side / 8.
/// </remarks>
/// <param name="network">In evaluation mode.</param>
/// <param name="options">Tiles and mirroring.</param>
/// <param name="mirrors">Whether a mirrored image may be shown; not where labels come in pairs of left and right.</param>
internal sealed class TiledForward(Network network, PredictionOptions options, bool mirrors = true)
{
    // Without mirror images of left and right the rows may still be mirrored, or the plane turned: a turn swaps no sides.
    private readonly IReadOnlyList<Symmetry> _views = options.AveragingOf(volume: false) switch
    {
        Averaging.Mirror => Symmetry.Of(2, mirrors ? [0, 1] : [0], turns: false),
        Averaging.Dihedral => Symmetry.Of(2, mirrors ? [1] : [], turns: true),
        _ => Symmetry.Of(2, [], turns: false),
    };

    /// <summary>How much coarser each window also sees what lies around it; 0 = not.</summary>
    public int Context { get; init; }

    /// <summary>How many of the image's channels, the last ones, say where a pixel lies.</summary>
    public int Places { get; init; }

    /// <summary>The window that the network learnt with, where what lies around depends on it: the image is then always cut into such tiles. Null = by the options.</summary>
    public Extent? Patch { get; init; }

    /// <summary>Logits of the whole image.</summary>
    /// <param name="image">[1, C, H, W].</param>
    /// <param name="cancel">Looked at between tiles.</param>
    /// <returns>[1, K, H, W] float32.</returns>
    public Tensor Forward(Tensor image, CancellationToken cancel)
    {
        using var scope = new TensorScope();
        if (_views.Count == 1)
        {
            return scope.Keep(Once(image, cancel));
        }

        Tensor? sum = null;
        foreach (var view in _views)
        {
            using var inner = new TensorScope();
            var back = view.Back(Once(view.See(image).Contiguous(), cancel)).Contiguous();
            sum = sum is null ? inner.Keep(back) : sum.AddInPlace(back);
        }

        return scope.Keep(sum!.MultiplyInPlace(1.0 / _views.Count));
    }

    private Tensor Once(Tensor image, CancellationToken cancel)
    {
        var (height, width) = (image.Size(2), image.Size(3));
        using var scope = new TensorScope();
        var values = Context == 0 ? [] : image.To(Device.Cpu).Contiguous().ToArray<float>();
        return scope.Keep(Patch is null && height * width <= options.WholeUpTo
            ? network.ForwardSame(Window(image, values, 0, 0, height, width)).To(DType.Float32)
            : Tiles(image, values, height, width, cancel));
    }

    // A part of the image with what lies around it.
    private Tensor Window(Tensor image, float[] values, long y, long x, long height, long width)
    {
        var part = image.Narrow(2, y, height).Narrow(3, x, width);
        if (Context == 0)
        {
            return part.Contiguous();
        }

        var (whole, window) = (new Extent((int)image.Size(3), (int)image.Size(2)), new Extent((int)width, (int)height));
        var own = (int)image.Size(1) - Places;
        var (all, count) = ((int)whole.Count, (int)window.Count);
        var around = new float[own * count];
        for (var c = 0; c < own; c++)
        {
            Surroundings.Of(values.AsSpan(c * all, all), whole, ((int)x, (int)y, 0), window, Context, around.AsSpan(c * count, count));
        }

        var seen = Tensor.From(around, 1, own, height, width).To(image.Device);
        return Tensor.Cat(1, part.Narrow(1, 0, own), seen, part.Narrow(1, own, Places)).Contiguous();
    }

    private Tensor Tiles(Tensor image, float[] values, long height, long width, CancellationToken cancel)
    {
        using var scope = new TensorScope();
        long tileH = Math.Min(Patch?.Height ?? options.Tile, height), tileW = Math.Min(Patch?.Width ?? options.Tile, width);
        var window = Gaussian(tileH, tileW).To(image.Device);
        Tensor? sum = null;
        Tensor? weight = null;
        foreach (var y in Starts(height, tileH))
        {
            foreach (var x in Starts(width, tileW))
            {
                cancel.ThrowIfCancellationRequested();
                using var inner = new TensorScope();
                var logits = network.ForwardSame(Window(image, values, y, x, tileH, tileW)).To(DType.Float32);
                sum ??= inner.Keep(Tensor.Zeros([1, logits.Size(1), height, width], device: image.Device));
                weight ??= inner.Keep(Tensor.Zeros([1, 1, height, width], device: image.Device));
                sum.Narrow(2, y, tileH).Narrow(3, x, tileW).AddInPlace(logits * window);
                weight.Narrow(2, y, tileH).Narrow(3, x, tileW).AddInPlace(window);
            }
        }

        return scope.Keep(sum! / weight!);
    }

    // 110, tile 64, half overlap: the wanted step 32 needs 3 tiles, at 0, 23, 46.
    private IEnumerable<long> Starts(long size, long tile)
    {
        var step = Math.Max(1, tile * (1 - options.Overlap));
        var count = size <= tile ? 1 : (long)Math.Ceiling((size - tile) / step) + 1;
        for (var i = 0L; i < count; i++)
        {
            yield return count == 1 ? 0 : (long)Math.Round((double)(size - tile) * i / (count - 1));
        }
    }

    private static Tensor Gaussian(long height, long width)
    {
        var values = new float[height * width];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (dy, dx) = ((y + 0.5 - (height / 2.0)) / (height / 8.0), (x + 0.5 - (width / 2.0)) / (width / 8.0));
                values[(y * width) + x] = (float)Math.Max(1e-3, Math.Exp(-0.5 * ((dy * dy) + (dx * dx))));
            }
        }

        return Tensor.From(values, 1, 1, height, width);
    }
}

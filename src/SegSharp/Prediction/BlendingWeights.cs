namespace SegSharp.Prediction;

/// <summary>How much a voxel's place inside the window counts where windows overlap.</summary>
public enum Blending
{
    /// <summary>A Gaussian around the window's middle, σ an eighth of each side; nnU-Net's.</summary>
    Gaussian,

    /// <summary>The same, but never below 0.001; MONAI's.</summary>
    GaussianFloored,

    /// <summary>All voxels the same.</summary>
    Constant,
}

/// <summary>The weights of the voxels of a window.</summary>
public static class BlendingWeights
{
    private const double SigmaShare = 1.0 / 8;

    /// <summary>Weights in (0, 1], row-major.</summary>
    /// <param name="sides">Sides of the window.</param>
    /// <param name="blending">Which.</param>
    /// <remarks>
    /// Source: nnU-Net 2.8.1 compute_gaussian: a point at side / 2 under scipy.ndimage.gaussian_filter (cut off at 4 σ, zero outside),
    /// divided by its maximum; MONAI compute_importance_map: exp(−x²/2σ²) around the true middle, at least 0.001.
    /// Parity: both, to 1e-6.
    /// Differs: nnU-Net multiplies by 10 because it adds in half precision; here everything is float32 and the factor cancels.
    /// </remarks>
    public static float[] Of(IReadOnlyList<int> sides, Blending blending)
    {
        var all = new double[] { 1 };
        foreach (var side in sides)
        {
            var (outer, inner) = (all, Axis(side, blending));
            all = new double[outer.Length * side];
            for (var i = 0; i < all.Length; i++)
            {
                all[i] = outer[i / side] * inner[i % side];
            }
        }

        var highest = blending == Blending.Gaussian ? all.Max() : 1;
        var lowest = blending switch
        {
            Blending.Gaussian => Array.FindAll(all, v => (float)(v / highest) > 0).Min() / highest,
            Blending.GaussianFloored => Math.Max(1e-3, all.Min()),
            _ => 1,
        };
        return Array.ConvertAll(all, v => (float)Math.Max(lowest, v / highest));
    }

    private static double[] Axis(int side, Blending blending)
    {
        var sigma = side * SigmaShare;
        double Bell(double distance) => Math.Exp(-0.5 * distance * distance / (sigma * sigma));
        var reach = (int)((4 * sigma) + 0.5);
        return [.. Enumerable.Range(0, side).Select(i => blending switch
        {
            Blending.Gaussian => Math.Abs(i - (side / 2)) <= reach ? Bell(i - (side / 2)) : 0,
            Blending.GaussianFloored => Bell(i - ((side - 1) / 2.0)),
            _ => 1,
        })];
    }
}

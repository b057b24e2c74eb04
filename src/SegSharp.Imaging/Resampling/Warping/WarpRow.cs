using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SegSharp.Imaging.Resampling.Warping;

/// <summary>The positions of one row of voxels, and what is kept between one row and the next.</summary>
/// <param name="length">Voxels in a row.</param>
public sealed class WarpRow(int length)
{
    /// <summary>Voxels in a row.</summary>
    public int Length { get; } = length;

    /// <summary>Positions along x, voxels.</summary>
    public float[] X { get; } = new float[length];

    /// <summary>Positions along y, voxels.</summary>
    public float[] Y { get; } = new float[length];

    /// <summary>Positions along z, voxels.</summary>
    public float[] Z { get; } = new float[length];

    // Planes of nodes blended for one z, per field: a row asks for them as often as its plane has rows.
    internal Dictionary<object, (int Z, float[] Nodes)> Blended { get; } = [];

    /// <summary>to += from · factor; the same bits on every machine, whatever the width of its registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]       // optimised from the first call: a short run ends before the runtime would do so
    internal static void AddScaled(ReadOnlySpan<float> from, float factor, Span<float> to)
    {
        var i = 0;
        var lanes = Vector<float>.Count;
        if (to.Length >= lanes)
        {
            var a = MemoryMarshal.Cast<float, Vector<float>>(from);
            var b = MemoryMarshal.Cast<float, Vector<float>>(to);
            for (var k = 0; k < b.Length; k++)
            {
                b[k] += a[k] * factor;
            }

            i = b.Length * lanes;
        }

        for (; i < to.Length; i++)
        {
            to[i] += from[i] * factor;
        }
    }
}

namespace SegSharp.Prediction;

/// <summary>How windows are laid along an axis.</summary>
public enum WindowPlacing
{
    /// <summary>As many as the step asks for, spread evenly from border to border; nnU-Net's way.</summary>
    Even,

    /// <summary>One step after the other, only the last moved back to end at the border; MONAI's way.</summary>
    Dense,
}

/// <summary>The starts of the windows along one axis.</summary>
public static class WindowPlaces
{
    /// <summary>The starts, ascending; together the windows cover the axis.</summary>
    /// <param name="size">Voxels of the axis, at least <paramref name="patch"/>.</param>
    /// <param name="patch">Voxels of a window.</param>
    /// <param name="step">The wanted distance of two windows as a share of the patch, in (0, 1].</param>
    /// <param name="placing">How they are spread.</param>
    /// <remarks>
    /// Source: nnU-Net 2.8.1 compute_steps_for_sliding_window; MONAI dense_patch_slices and _get_scan_interval (overlap = 1 − step).
    /// Parity: both, exact.
    /// </remarks>
    public static int[] Along(int size, int patch, double step, WindowPlacing placing)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(patch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, patch);
        return placing == WindowPlacing.Even ? Even(size, patch, step) : Dense(size, patch, step);
    }

    // 110, patch 64, step 0.5: the wanted distance of 32 needs 3 windows, at 0, 23, 46.
    private static int[] Even(int size, int patch, double step)
    {
        var count = (int)Math.Ceiling((size - patch) / (patch * step)) + 1;
        var distance = count > 1 ? (size - patch) / (double)(count - 1) : 0;
        return [.. Enumerable.Range(0, count).Select(i => (int)Math.Round(distance * i))];      // halves to even, as numpy
    }

    // 17, patch 8, step 0.5: 0, 4, 8, and 9 rather than 12.
    private static int[] Dense(int size, int patch, double step)
    {
        var distance = size == patch ? patch : Math.Max(1, (int)(patch * step));
        var count = 1 + Math.Max(0, (size - patch + distance - 1) / distance);
        return [.. Enumerable.Range(0, count).Select(i => Math.Min(i * distance, size - patch))];
    }
}

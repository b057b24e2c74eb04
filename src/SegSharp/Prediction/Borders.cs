namespace SegSharp.Prediction;

/// <summary>What a window sees beyond the image, where the image is smaller than the window.</summary>
public enum Border
{
    /// <summary>One value; 0 is the mean of a normalised image.</summary>
    Constant,

    /// <summary>The image mirrored at its outermost voxels, as often as needed.</summary>
    Mirrored,

    /// <summary>The outermost voxels repeated.</summary>
    Edge,
}

/// <summary>Places inside an image for places outside it.</summary>
internal static class Borders
{
    /// <summary>For each of <paramref name="count"/> places from <paramref name="start"/> the voxel it shows; −1 for the constant.</summary>
    public static int[] Map(Border border, int start, int count, int size) =>
        [.. Enumerable.Range(start, count).Select(i => i >= 0 && i < size ? i : border switch
        {
            Border.Constant => -1,
            Border.Edge => Math.Clamp(i, 0, size - 1),
            _ => Reflect(i, size),
        })];

    // Size 4: … 2 1 | 0 1 2 3 | 2 1 0 1 …
    private static int Reflect(int i, int size)
    {
        if (size == 1)
        {
            return 0;
        }

        var period = 2 * (size - 1);
        var place = ((i % period) + period) % period;
        return place < size ? place : period - place;
    }
}

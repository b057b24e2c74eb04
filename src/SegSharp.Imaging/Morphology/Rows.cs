using SegSharp.Foundation;

namespace SegSharp.Imaging.Morphology;

/// <summary>Shares rows or pages out to the cores.</summary>
internal static class Rows
{
    // Less than this is done before a second thread has woken up.
    private const long WorthWhile = 1 << 16;

    /// <summary>How many parts <paramref name="count"/> rows are best cut into.</summary>
    /// <param name="count">Rows or pages.</param>
    /// <param name="voxels">Voxels in all.</param>
    public static int Parts(int count, long voxels) => voxels < WorthWhile ? 1 : Math.Max(1, Math.Min(Machine.Cores, count));

    /// <summary>Calls <paramref name="body"/>(from, to) for consecutive parts that together are 0 … count − 1; at the same time where that pays.</summary>
    public static void InParallel(int count, long voxels, Action<int, int> body)
    {
        // Four parts a core: a part of empty pages is done at once, and its core takes another.
        var parts = Math.Min(count, Parts(count, voxels) is var cores && cores > 1 ? 4 * cores : 1);
        if (parts <= 1)
        {
            body(0, count);
            return;
        }

        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = Machine.Cores }, part =>
            body((int)((long)count * part / parts), (int)((long)count * (part + 1) / parts)));
    }
}

namespace SegSharp.Figures.Lessons;

/// <summary>The sixteen ways to flip and turn a square, each tried on a small pattern that has no symmetry of its own.</summary>
internal static class SymmetryStudy
{
    /// <summary>What each draw makes of the pattern, as text; draws that give the same picture give the same text.</summary>
    public static IReadOnlyList<string> Draws { get; } =
    [
        .. from across in new[] { false, true }
           from down in new[] { false, true }
           from turns in Enumerable.Range(0, 4)
           select Text(Turned(Flipped(new[,] { { 1, 2 }, { 3, 4 } }, across, down), turns)),
    ];

    private static int[,] Flipped(int[,] p, bool across, bool down)
    {
        var flipped = new int[2, 2];
        for (var i = 0; i < 4; i++)
        {
            flipped[i / 2, i % 2] = p[down ? 1 - (i / 2) : i / 2, across ? 1 - (i % 2) : i % 2];
        }

        return flipped;
    }

    private static int[,] Turned(int[,] p, int turns) => turns == 0 ? p : Turned(new[,] { { p[1, 0], p[0, 0] }, { p[1, 1], p[0, 1] } }, turns - 1);

    private static string Text(int[,] p) => string.Join(' ', p.Cast<int>());
}

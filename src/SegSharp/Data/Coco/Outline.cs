using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Data.Coco;

/// <summary>The outline of a mask as polygons that, filled as COCO does, give exactly the mask.</summary>
/// <remarks>
/// Each part whose pixels share sides is a polygon along its pixels' edges. A hole is joined to it by a line there and back, which
/// fills nothing: a polygon is filled by the even-odd rule.
/// </remarks>
internal static class Outline
{
    /// <summary>One polygon for every part: x and y of every corner in turn.</summary>
    public static IEnumerable<int[]> Of(bool[] mask, Extent extent)
    {
        var parts = Components.Label(mask, extent, Connectivity.Faces, out var count);
        var edges = new Dictionary<(int X, int Y), List<(int X, int Y)>>[count];
        for (var p = 0; p < count; p++)
        {
            edges[p] = [];
        }

        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i] == 0)
            {
                continue;
            }

            var (x, y, own) = (i % extent.Width, i / extent.Width, edges[parts[i] - 1]);
            Edge(y == 0 || parts[i - extent.Width] != parts[i], (x, y), (x + 1, y));
            Edge(x == extent.Width - 1 || parts[i + 1] != parts[i], (x + 1, y), (x + 1, y + 1));
            Edge(y == extent.Height - 1 || parts[i + extent.Width] != parts[i], (x + 1, y + 1), (x, y + 1));
            Edge(x == 0 || parts[i - 1] != parts[i], (x, y + 1), (x, y));

            void Edge(bool isOuter, (int X, int Y) from, (int X, int Y) to)
            {
                if (isOuter)
                {
                    if (!own.TryGetValue(from, out var ends))
                    {
                        own.Add(from, ends = []);
                    }

                    ends.Add(to);
                }
            }
        }

        return edges.Select(Joined);
    }

    private static int[] Joined(Dictionary<(int X, int Y), List<(int X, int Y)>> edges)
    {
        var corners = new List<(int X, int Y)>();
        var first = edges.Keys.OrderBy(k => k.Y).ThenBy(k => k.X).First();
        while (edges.Count > 0)
        {
            var start = corners.Count == 0 ? first : edges.Keys.OrderBy(k => k.Y).ThenBy(k => k.X).First();
            var at = start;
            var ring = new List<(int X, int Y)>();
            do
            {
                ring.Add(at);
                var ends = edges[at];
                var next = ends[^1];
                ends.RemoveAt(ends.Count - 1);
                if (ends.Count == 0)
                {
                    edges.Remove(at);
                }

                at = next;
            }
            while (at != start);

            var straight = Straightened(ring);
            corners.AddRange(straight);
            if (edges.Count > 0 || corners.Count > straight.Count)
            {
                // Back to where the ring began, then home to the first corner: lines that are walked twice.
                corners.Add(straight[0]);
                corners.Add(corners[0]);
            }
        }

        return [.. corners.SelectMany(c => new[] { c.X, c.Y })];
    }

    // Only where the outline turns; the start always stays.
    private static List<(int X, int Y)> Straightened(List<(int X, int Y)> ring) =>
    [
        .. ring.Where((c, i) => i == 0 || !((ring[i - 1].X == c.X && ring[(i + 1) % ring.Count].X == c.X) || (ring[i - 1].Y == c.Y && ring[(i + 1) % ring.Count].Y == c.Y))),
    ];
}

using System.Text.RegularExpressions;
using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>Two labels that a mirror would swap.</summary>
/// <param name="Left">"kidney left", as it is written.</param>
/// <param name="Right">"kidney right", as it is written.</param>
public sealed record LeftRightPair(string Left, string Right);

/// <summary>Guards labels of the left and the right side: a mirrored image shows the one where the network learnt the other.</summary>
public static partial class LeftRight
{
    private static readonly (string Left, string Right)[] Words =
    [
        ("left", "right"), ("l", "r"), ("lt", "rt"), ("lh", "rh"), ("links", "rechts"), ("linke", "rechte"), ("linker", "rechter"), ("linkes", "rechtes"),
        ("gauche", "droite"), ("gauche", "droit"), ("izquierdo", "derecho"), ("izquierda", "derecha"), ("sinistra", "destra"), ("sinistro", "destro"),
        ("sinister", "dexter"), ("sin", "dex"),
    ];

    /// <summary>
    /// Labels that differ in nothing but their side: <c>left lung</c> and <c>right lung</c>, <c>kidney_L</c> and <c>kidney_R</c>,
    /// <c>Niere links</c> and <c>Niere rechts</c>. Case and separators do not matter.
    /// </summary>
    public static IReadOnlyList<LeftRightPair> Pairs(IEnumerable<string> names)
    {
        var all = names.Select(n => (Name: n, Parts: Parts(n))).ToList();
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, parts) in all)
        {
            known.TryAdd(string.Join(' ', parts), name);
        }

        return [.. all.Select(n => Mirrored(n.Parts).Select(known.GetValueOrDefault).FirstOrDefault(r => r is not null) is { } right ? new LeftRightPair(n.Name, right) : null).OfType<LeftRightPair>()];
    }

    /// <summary>Takes the left–right axis out of the axes along which images may be mirrored, where labels come in pairs.</summary>
    /// <param name="axes">Axes of a tensor's space: 0 = D, 1 = H, 2 = W in 3D; 0 = H, 1 = W in 2D (a plane of the volume).</param>
    /// <param name="dimensions">2 or 3.</param>
    /// <param name="labels">The names of the labels.</param>
    /// <param name="orientation">Of the grid that is mirrored.</param>
    /// <param name="on">Hears which axis was taken out, and for which labels.</param>
    public static IReadOnlyList<int> AxesToMirror(IReadOnlyList<int> axes, int dimensions, IEnumerable<string> labels, Orientation orientation, Action<RunEvent>? on = null)
    {
        var voxelAxis = Enumerable.Range(0, 3).Single(a => orientation.WorldAxis(a) == 0);
        var axis = dimensions - 1 - voxelAxis;                           // x is the last axis of a tensor
        if (!axes.Contains(axis) || Pairs(labels) is not { Count: > 0 } pairs)
        {
            return axes;
        }

        var more = pairs.Count > 1 ? $" and {pairs.Count - 1} more" : "";
        on?.Invoke(new Noted($"labels come in pairs of left and right ('{pairs[0].Left}', '{pairs[0].Right}'{more}): images are not mirrored along {"xyz"[voxelAxis]}"));
        return [.. axes.Where(a => a != axis)];
    }

    // "LKidney_upper" -> l, kidney, upper
    private static string[] Parts(string name) => [.. Seams().Split(name).Where(p => p.Length > 0).Select(p => p.ToLowerInvariant())];

    // Every way to turn one left word into its right counterpart: whole words first, then the long words inside others ("leftlung").
    private static IEnumerable<string> Mirrored(string[] parts)
    {
        foreach (var (left, right) in Words)
        {
            for (var i = 0; i < parts.Length; i++)
            {
                if (parts[i] == left)
                {
                    yield return string.Join(' ', [.. parts[..i], right, .. parts[(i + 1)..]]);
                }
                else if (left.Length >= 4 && parts[i].Contains(left, StringComparison.Ordinal))
                {
                    yield return string.Join(' ', [.. parts[..i], parts[i].Replace(left, right, StringComparison.Ordinal), .. parts[(i + 1)..]]);
                }
            }
        }
    }

    [GeneratedRegex(@"[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Seams();
}

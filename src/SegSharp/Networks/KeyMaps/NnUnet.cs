using SegSharp.Networks.Blocks;

namespace SegSharp.Networks.KeyMaps;

/// <summary>
/// MIC-DKFZ/dynamic-network-architectures ↔ <see cref="PlainConvUNet"/> and <see cref="ResidualEncoderUNet"/>. The names are the same,
/// but the original writes every weight two to four times: a convolution's as conv and all_modules.0, its normalisation's as norm
/// and all_modules.1, and all of the encoder's again below decoder.encoder.
/// </summary>
public static class NnUnet
{
    /// <summary>The table for a network.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="idleDropout">Whether the original has layers of dropout of a share of 0, which do nothing but count in the names behind them.</param>
    public static KeyMap For(DynamicUNetOptions options, bool idleDropout = false) => new(Units(options).SelectMany(u => Rows(options, u, idleDropout)));

    // Every unit: its path, what stands in it, and whether the encoder holds it.
    private static IEnumerable<Unit> Units(DynamicUNetOptions o)
    {
        IEnumerable<Unit> Stack(string path, int count) => Enumerable.Range(0, count).Select(i => new Unit($"{path}.convs.{i}", Drops: true, Activates: true));
        if (o is PlainConvUNetOptions plain)
        {
            foreach (var unit in plain.StageDownConvolutions.SelectMany((count, i) => Stack($"encoder.stages.{i}.0", count)))
            {
                yield return unit;
            }
        }

        if (o is ResidualEncoderUNetOptions residual)
        {
            yield return Stack("encoder.stem", 1).Single();
            foreach (var unit in residual.StageBlocks.SelectMany((count, i) => Enumerable.Range(0, count).SelectMany(b => Block($"encoder.stages.{i}.blocks.{b}", residual.Bottlenecks.Count > 0))))
            {
                yield return unit;
            }
        }

        foreach (var unit in o.StageUpConvolutions.SelectMany((count, i) => Stack($"decoder.stages.{i}", count)))
        {
            yield return unit;
        }
    }

    // A shortcut has its convolution at 0, or at 1 behind a pooling; the one that is not there is never asked for.
    private static IEnumerable<Unit> Block(string path, bool bottleneck) => bottleneck
        ?
        [
            new($"{path}.conv1", Drops: false, Activates: true), new($"{path}.conv2", Drops: true, Activates: true), new($"{path}.conv3", Drops: false, Activates: false),
            new($"{path}.skip.0", Drops: false, Activates: false), new($"{path}.skip.1", Drops: false, Activates: false), new($"{path}.nonlin3", Drops: false, Activates: false, Leaf: true),
        ]
        :
        [
            new($"{path}.conv1", Drops: true, Activates: true), new($"{path}.conv2", Drops: false, Activates: false),
            new($"{path}.skip.0", Drops: false, Activates: false), new($"{path}.skip.1", Drops: false, Activates: false), new($"{path}.nonlin2", Drops: false, Activates: false, Leaf: true),
        ];

    private static IEnumerable<(string Theirs, string Ours)> Rows(DynamicUNetOptions o, Unit unit, bool idleDropout)
    {
        List<string> steps = unit.Leaf ? [] : ["conv"];
        if (unit.Drops && (o.Dropout > 0 || idleDropout))
        {
            steps.Add("dropout");
        }

        if (!unit.Leaf && o.Normalisation != NormKind.None)
        {
            steps.Add("norm");
        }

        if (unit.Activates)
        {
            steps.Insert(steps[^1] == "norm" && o.NormsLast ? steps.Count - 1 : steps.Count, "nonlin");
        }

        var names = unit.Leaf ? [(unit.Path, unit.Path)] : steps.SelectMany((step, i) => new[] { ($"{unit.Path}.{step}", $"{unit.Path}.{step}"), ($"{unit.Path}.all_modules.{i}", $"{unit.Path}.{step}") });
        foreach (var (theirs, ours) in names)
        {
            yield return (theirs, ours);
            if (unit.Path.StartsWith("encoder.", StringComparison.Ordinal))
            {
                yield return ($"decoder.{theirs}", ours);
            }
        }
    }

    private sealed record Unit(string Path, bool Drops, bool Activates, bool Leaf = false);
}

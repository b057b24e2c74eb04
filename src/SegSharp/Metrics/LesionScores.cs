using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Metrics;

/// <summary>How lesions are told apart and counted in a challenge.</summary>
/// <param name="Name">"brats-gli".</param>
/// <param name="Dilation">Steps (over faces and edges) by which the truth grows: true lesions that then touch are one, and what lies inside is found.</param>
/// <param name="LeastVolume">Lesions of at most this volume in mm³ are left out of truth, found and missed.</param>
/// <param name="Penalty">HD95 in mm of a missed or a spurious lesion.</param>
/// <remarks>Source: BraTS 2023, rachitsaluja/BraTS-2023-Metrics.</remarks>
public sealed record LesionRules(string Name, int Dilation, double LeastVolume, double Penalty = 374)
{
    /// <summary>Glioma.</summary>
    public static LesionRules Glioma { get; } = new("brats-gli", 3, 50);

    /// <summary>Metastases.</summary>
    public static LesionRules Metastases { get; } = new("brats-met", 1, 2);

    /// <summary>All rules by name: brats-gli, brats-ssa, brats-men, brats-ped, brats-met.</summary>
    public static IReadOnlyList<LesionRules> All { get; } =
        [Glioma, new("brats-ssa", 3, 50), new("brats-men", 1, 50), new("brats-ped", 3, 50), Metastases];

    /// <summary>One sentence for a table's foot.</summary>
    public string Explain() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"lesions: {Name} of BraTS 2023 (true lesions joined and matched after {Dilation} dilation(s), those of at most {LeastVolume} mm³ not counted; a missed or spurious lesion scores Dice 0 and HD95 {Penalty} mm)");
}

/// <summary>One true lesion and what was predicted for it.</summary>
/// <param name="Number">1, 2, 3, … in the order of first voxels.</param>
/// <param name="Volume">In mm³.</param>
/// <param name="Predicted">Numbers of the predicted parts that touch it (dilated); empty = missed.</param>
/// <param name="Dice">With all these parts together.</param>
/// <param name="Hausdorff95">In mm, DeepMind's convention; null where it was missed.</param>
public sealed record Lesion(int Number, double Volume, IReadOnlyList<int> Predicted, double Dice, double? Hausdorff95);

/// <summary>Lesions of one region in one image: how many were found, missed, invented, and how well.</summary>
/// <remarks>Parity: rachitsaluja/BraTS-2023-Metrics 43c90524, to 1e-6.</remarks>
public sealed class LesionScores
{
    private LesionScores(LesionRules rules, IReadOnlyList<Lesion> lesions, IReadOnlyList<int> spurious, int predicted)
    {
        (Rules, Lesions, SpuriousParts, Predicted) = (rules, lesions, spurious, predicted);
        var counted = lesions.Where(l => l.Volume > rules.LeastVolume).ToList();
        True = counted.Count;
        Found = counted.Count(l => l.Predicted.Count > 0);
        var all = counted.Count + spurious.Count;
        Dice = all == 0 ? 1 : counted.Sum(l => l.Dice) / all;
        Hausdorff95 = all == 0 ? 0 : (counted.Sum(l => l.Hausdorff95 ?? rules.Penalty) + (spurious.Count * rules.Penalty)) / all;
    }

    /// <summary>How lesions were told apart.</summary>
    public LesionRules Rules { get; }

    /// <summary>Every true lesion, the small ones too.</summary>
    public IReadOnlyList<Lesion> Lesions { get; }

    /// <summary>Numbers of predicted parts that touch no true lesion.</summary>
    public IReadOnlyList<int> SpuriousParts { get; }

    /// <summary>True lesions that are large enough to count.</summary>
    public int True { get; }

    /// <summary>Those of them that were found.</summary>
    public int Found { get; }

    /// <summary>Those of them that were missed.</summary>
    public int Missed => True - Found;

    /// <summary>Predicted parts that touch no true lesion, of any size.</summary>
    public int Spurious => SpuriousParts.Count;

    /// <summary>Predicted parts.</summary>
    public int Predicted { get; }

    /// <summary>Found of true lesions; null where there are none.</summary>
    public double? Recall => True == 0 ? null : (double)Found / True;

    /// <summary>Found of found and spurious; null where there is neither.</summary>
    public double? Precision => Found + Spurious == 0 ? null : (double)Found / (Found + Spurious);

    /// <summary>2 found / (2 found + missed + spurious); null where there is nothing.</summary>
    public double? F1 => True + Spurious == 0 ? null : 2.0 * Found / ((2.0 * Found) + Missed + Spurious);

    /// <summary>Lesion-wise Dice: summed over true lesions, divided by true and spurious ones; 1 where there is neither.</summary>
    public double Dice { get; }

    /// <summary>Lesion-wise HD95 in mm, likewise, with the penalty for missed and spurious lesions; 0 where there is neither.</summary>
    public double Hausdorff95 { get; }

    /// <summary>Scores the lesions of one region.</summary>
    /// <param name="comparison">Prediction and truth.</param>
    /// <param name="region">What a lesion is made of.</param>
    /// <param name="rules">How they are told apart.</param>
    public static LesionScores Of(Comparison comparison, Region region, LesionRules rules)
    {
        var counts = comparison.Counts(region);
        if (counts.Predicted == 0 && counts.Truth == 0)
        {
            return new LesionScores(rules, [], [], 0);
        }

        var geometry = comparison.Truth.Geometry;
        var pair = comparison.Masks(region);
        var predicted = Parts.Of(Bits(pair, MaskPair.Prediction), pair);
        var truth = Bits(pair, MaskPair.Truth);

        // True lesions that touch after growing are one.
        var grown = new bool[truth.Length];
        var seen = new int[truth.Length];
        foreach (var i in Grown(pair, Where(truth), rules.Dilation, seen, -1))
        {
            grown[i] = true;
        }

        var joined = Components.Label(grown, pair.Outer, Connectivity.Full, out var count);
        var lesions = Parts.Of([.. joined.Select((part, i) => truth[i] ? part : 0)], count);
        var (found, scores) = (new HashSet<int>(), new List<Lesion>());
        for (var number = 1; number <= count; number++)
        {
            var lesion = lesions.Voxels[number];
            var touching = new SortedSet<int>(Grown(pair, lesion, rules.Dilation, seen, number).Select(i => predicted.Number[i]).Where(p => p != 0));
            found.UnionWith(touching);
            scores.Add(Score(pair, geometry, number, lesion, predicted, [.. touching]));
        }

        return new LesionScores(rules, scores, [.. Enumerable.Range(1, predicted.Voxels.Count - 1).Where(p => !found.Contains(p))], predicted.Voxels.Count - 1);
    }

    private static Lesion Score(MaskPair pair, Geometry geometry, int number, List<int> lesion, Parts predicted, int[] touching)
    {
        var volume = lesion.Count * geometry.VoxelVolume;
        if (touching.Length == 0)
        {
            return new Lesion(number, volume, touching, 0, null);
        }

        var parts = touching.SelectMany(t => predicted.Voxels[t]).ToList();
        var common = lesion.Count(i => touching.Contains(predicted.Number[i]));
        var surfaces = SurfaceDistances.Of(Cropped(pair, parts, lesion), geometry.Spacing, SurfaceConvention.DeepMind, Connectivity.Faces);
        return new Lesion(number, volume, touching, 2.0 * common / (lesion.Count + parts.Count), surfaces!.Hausdorff(95));
    }

    private static MaskPair Cropped(MaskPair pair, List<int> prediction, List<int> truth)
    {
        var box = prediction.Concat(truth).Aggregate(Box.Nothing, (box, i) => Place(pair, i) is var (x, y, z) ? box.With(x, x + 1, y, z) : box);
        var cropped = MaskPair.Empty(box.Extent, pair.IsFlat);
        foreach (var (voxels, bit) in ((List<int>, int)[])[(prediction, MaskPair.Prediction), (truth, MaskPair.Truth)])
        {
            foreach (var i in voxels)
            {
                var (x, y, z) = Place(pair, i);
                cropped.Bits[cropped.IndexOf(x - box.X0, y - box.Y0, z - box.Z0)] |= (byte)bit;
            }
        }

        return cropped;
    }

    private static (int X, int Y, int Z) Place(MaskPair pair, int i) =>
        (i % pair.Outer.Width, i / pair.Outer.Width % pair.Outer.Height, i / pair.Outer.Width / pair.Outer.Height);

    // The voxels and those within some steps over faces and edges. It need not grow out of the box around all masks: whatever
    // touches outside touches inside as well. What was reached is marked in `seen`.
    private static List<int> Grown(MaskPair pair, List<int> voxels, int steps, int[] seen, int mark)
    {
        var (w, h, d) = (pair.Outer.Width, pair.Outer.Height, pair.Outer.Depth);
        int[] three = [-1, 0, 1];
        var around = three.SelectMany(z => three.SelectMany(y => three.Select(x => (X: x, Y: y, Z: z))))
            .Where(n => Math.Abs(n.X) + Math.Abs(n.Y) + Math.Abs(n.Z) is 1 or 2).ToArray();
        var reached = new List<int>(voxels);
        foreach (var i in voxels)
        {
            seen[i] = mark;
        }

        for (var (step, from) = (0, 0); step < steps; step++)
        {
            var to = reached.Count;
            for (; from < to; from++)
            {
                var (x, y, z) = Place(pair, reached[from]);
                foreach (var (dx, dy, dz) in around)
                {
                    if ((uint)(x + dx) < (uint)w && (uint)(y + dy) < (uint)h && (uint)(z + dz) < (uint)d)
                    {
                        var neighbour = reached[from] + dx + (w * (dy + (h * dz)));
                        if (seen[neighbour] != mark)
                        {
                            seen[neighbour] = mark;
                            reached.Add(neighbour);
                        }
                    }
                }
            }
        }

        return reached;
    }

    private static bool[] Bits(MaskPair pair, int bit) => Array.ConvertAll(pair.Bits, b => (b & bit) != 0);

    private static List<int> Where(bool[] mask) => [.. Enumerable.Range(0, mask.Length).Where(i => mask[i])];

    // Number of its part for every voxel, and the voxels of every part; part 0 is outside and empty.
    private sealed record Parts(int[] Number, IReadOnlyList<List<int>> Voxels)
    {
        public static Parts Of(bool[] mask, MaskPair pair) => Of(Components.Label(mask, pair.Outer, Connectivity.Full, out var count), count);

        public static Parts Of(int[] number, int count)
        {
            List<int>[] voxels = [.. Enumerable.Range(0, count + 1).Select(_ => new List<int>())];
            for (var i = 0; i < number.Length; i++)
            {
                if (number[i] != 0)
                {
                    voxels[number[i]].Add(i);
                }
            }

            return new Parts(number, voxels);
        }
    }
}

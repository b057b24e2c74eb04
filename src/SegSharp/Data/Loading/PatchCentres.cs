using System.Runtime.CompilerServices;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Morphology;

namespace SegSharp.Data;

/// <summary>Where patches that shall show something are centred.</summary>
public enum PatchSampling
{
    /// <summary>On any foreground voxel, as nnU-Net: large objects are seen most.</summary>
    Foreground,

    /// <summary>Anywhere: no patch is forced.</summary>
    Uniform,

    /// <summary>On a voxel of a class, each class that the image has being as likely as another.</summary>
    Balanced,

    /// <summary>On a voxel of a connected object, each object being as likely as another: small objects are seen as often as large ones.</summary>
    SizeAware,
}

/// <summary>The voxels of one label map that patches may be centred on, in groups. Kept as stretches of neighbouring voxels: an index costs at most 8 bytes for each, whatever they hold.</summary>
/// <remarks>Made once per label map and kept as long as the map itself is, so a sample that stays in memory is looked through once.</remarks>
internal sealed class PatchCentres
{
    private static readonly ConditionalWeakTable<ushort[], Dictionary<(PatchSampling, int), PatchCentres>> Known = [];

    // Per group where stretches begin, and how many voxels lie in all stretches up to and with this one.
    private readonly List<(int Start, int Voxels)[]> _groups;

    private PatchCentres(List<(int Start, int Voxels)[]> groups) => _groups = groups;

    /// <summary>How many groups hold voxels: classes or objects; 1 or 0 where all foreground is one.</summary>
    public int Groups => _groups.Count;

    /// <summary>The index of a sample's labels.</summary>
    public static PatchCentres Of(ushort[] labels, Extent extent, PatchSampling sampling, int ignore)
    {
        var kinds = Known.GetOrCreateValue(labels);
        lock (kinds)
        {
            if (!kinds.TryGetValue((sampling, ignore), out var centres))
            {
                kinds[(sampling, ignore)] = centres = Create(labels, extent, sampling, ignore);
            }

            return centres;
        }
    }

    /// <summary>A voxel: a group first, each as likely, then a voxel of it, each as likely. Null where there is none.</summary>
    public int? Draw(RandomStream random)
    {
        if (_groups.Count == 0)
        {
            return null;
        }

        var group = _groups[_groups.Count == 1 ? 0 : random.Next(_groups.Count)];
        var wanted = random.Next(group[^1].Voxels);
        var (low, high) = (0, group.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = group[middle].Voxels > wanted ? (low, middle) : (middle + 1, high);
        }

        return group[low].Start + wanted - (low == 0 ? 0 : group[low - 1].Voxels);
    }

    private static PatchCentres Create(ushort[] labels, Extent extent, PatchSampling sampling, int ignore)
    {
        var number = sampling switch
        {
            PatchSampling.Balanced => Array.ConvertAll(labels, l => l == ignore ? 0 : l),
            PatchSampling.SizeAware => Components.Label(Array.ConvertAll(labels, l => l == ignore ? (ushort)0 : l), extent, Connectivity.Full, out _),
            _ => Array.ConvertAll(labels, l => l == 0 || l == ignore ? 0 : 1),
        };
        var groups = new SortedDictionary<int, List<(int Start, int Voxels)>>();
        for (var i = 0; i < number.Length;)
        {
            var (start, group) = (i, number[i]);
            while (i < number.Length && number[i] == group)
            {
                i++;
            }

            if (group != 0)
            {
                if (!groups.TryGetValue(group, out var stretches))
                {
                    groups[group] = stretches = [];
                }

                stretches.Add((start, (stretches.Count == 0 ? 0 : stretches[^1].Voxels) + i - start));
            }
        }

        return new PatchCentres([.. groups.Values.Select(g => g.ToArray())]);
    }
}

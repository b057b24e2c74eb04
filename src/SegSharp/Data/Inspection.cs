using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>What one case holds.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Extent">Voxels per axis.</param>
/// <param name="Spacing">Millimetres per voxel; 1 where the file states none.</param>
/// <param name="Type">What intensities are stored as.</param>
/// <param name="Low">Smallest intensity.</param>
/// <param name="High">Largest intensity.</param>
/// <param name="Mean">Mean intensity.</param>
/// <param name="Labels">Voxels of every label that occurs.</param>
public sealed record CaseFacts(
    string Case, Extent Extent, Triple Spacing, VoxelType Type, double Low, double High, double Mean, IReadOnlyList<LabelCount> Labels)
{
    /// <summary>Share of the voxels that carry a label.</summary>
    public double ShareOf(int label) => Labels.FirstOrDefault(l => l.Label == label).Voxels / (double)Extent.Count;
}

/// <summary>What a data set holds: every case read once.</summary>
/// <param name="Data">The data set.</param>
/// <param name="Cases">One entry per case.</param>
public sealed record Inspection(DataSet Data, IReadOnlyList<CaseFacts> Cases)
{
    /// <summary>Sizes that occur, with how many cases have them, most frequent first.</summary>
    public IReadOnlyList<(Extent Extent, int Cases)> Sizes => Counted(c => c.Extent);

    /// <summary>Spacings that occur, with how many cases have them, most frequent first.</summary>
    public IReadOnlyList<(Triple Spacing, int Cases)> Spacings => Counted(c => c.Spacing);

    /// <summary>Share of all voxels that carry a label.</summary>
    public double ShareOf(int label) =>
        Cases.Sum(c => c.Labels.FirstOrDefault(l => l.Label == label).Voxels) / (double)Cases.Sum(c => c.Extent.Count);

    /// <summary>Cases in which a label occurs.</summary>
    public int CasesWith(int label) => Cases.Count(c => c.Labels.Any(l => l.Label == label));

    /// <summary>Reads every case and proves that its parts fit together.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two cases.</param>
    /// <exception cref="InputException">A case is unreadable or does not fit.</exception>
    public static Inspection Of(DataSet data, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var facts = new List<CaseFacts>();
        foreach (var c in data.Cases)
        {
            cancel.ThrowIfCancellationRequested();
            var loaded = data.Read(c);
            var (low, high) = loaded.Image.ValueRange();
            facts.Add(new CaseFacts(
                c.Id, loaded.Extent, loaded.Image.Geometry.Spacing, loaded.Image.VoxelType, low, high, Mean(loaded.Image), loaded.Labels?.Histogram() ?? []));
            on?.Invoke(new Progressed("inspect", facts.Count, data.Cases.Count, c.Id));
        }

        return new Inspection(data, facts);
    }

    /// <summary>Batches of an epoch, and the memory of the images of one, float32.</summary>
    /// <param name="cases">Images in an epoch.</param>
    /// <param name="batch">Images per batch.</param>
    /// <param name="extent">Their size.</param>
    /// <param name="channels">Their channels.</param>
    public static (int Batches, long BytesPerBatch) Loading(int cases, int batch, Extent extent, int channels) =>
        ((cases + batch - 1) / batch, 4L * batch * channels * extent.Count);

    private static double Mean(Volume image)
    {
        var sum = 0.0;
        foreach (var v in image.ToFloats())
        {
            sum += v;
        }

        return sum / image.Length;
    }

    private List<(T Value, int Cases)> Counted<T>(Func<CaseFacts, T> key) =>
        [.. Cases.GroupBy(key).Select(g => (g.Key, g.Count())).OrderByDescending(g => g.Item2)];
}

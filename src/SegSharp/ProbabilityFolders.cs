using System.Runtime.InteropServices;
using SegSharp.Data;
using SegSharp.Imaging;
using SegSharp.Prediction;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp;

/// <summary>Averages what several models wrote with <c>predict --probabilities</c>: masks of the mean, with no network at hand.</summary>
/// <remarks>Source: Isensee et al. 2021 (nnU-Net), Methods. Parity: nnU-Net 2.8.1 <c>average_probabilities</c> (1e-6) and the labels that it makes of them, exact.</remarks>
public static class ProbabilityFolders
{
    /// <summary>Whether a path is a folder of probabilities rather than a model.</summary>
    public static bool Is(string path) =>
        Directory.Exists(path) && Predictor.FoldsOf(path) is [var only] && only == path
        && !File.Exists(Path.Combine(path, "checkpoint-best.pt")) && !File.Exists(Path.Combine(path, "checkpoint-last.pt"))
        && Directory.EnumerateFiles(path, "*.npy").Any();

    /// <summary>Averages the folders case by case; one array of probabilities is held at a time, and their sum.</summary>
    /// <param name="folders">Two or more, with the same cases.</param>
    /// <param name="output">Where the masks go, in the form of those in the first folder.</param>
    /// <param name="labels">The labels of the data set; null = 0 to the number of channels.</param>
    /// <param name="thresholds">For channels with a probability of their own; null = a half.</param>
    /// <param name="probabilities">Whether the mean is written beside each mask.</param>
    /// <param name="overwrite">Whether masks that are there already are written again.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Looked at between cases.</param>
    /// <returns>Cases that were written, and cases that were there already.</returns>
    /// <exception cref="InputException">A case is missing in a folder, or the sizes differ.</exception>
    public static (int Written, int Skipped) Average(
        IReadOnlyList<string> folders, string output, LabelList? labels = null, IReadOnlyDictionary<string, double>? thresholds = null,
        bool probabilities = false, bool overwrite = false, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        var cases = Directory.EnumerateFiles(folders[0], "*.npy").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal).ToList();
        foreach (var folder in folders.Skip(1))
        {
            var missing = cases.FindAll(c => !File.Exists(Path.Combine(folder, c + ".npy")));
            if (missing.Count > 0)
            {
                throw new InputException(
                    $"'{folder}' has no probabilities of {missing.Count} of {cases.Count} case(s): {string.Join(", ", missing.Take(5))}{(missing.Count > 5 ? ", …" : "")}",
                    "segsharp predict MODEL INPUT OUTPUT --probabilities");
            }
        }

        if (folders.FirstOrDefault(f => Path.GetFullPath(f) == Path.GetFullPath(output)) is { } same)
        {
            throw new UsageException($"the mean would replace the masks of '{same}'", "choose another folder for the masks");
        }

        var masks = LabelSource.List(folders[0]).ToDictionary(s => s.Case, StringComparer.Ordinal);
        var (written, skipped) = (0, 0);
        for (var i = 0; i < cases.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var mask = masks.GetValueOrDefault(cases[i]) ?? throw new InputException($"'{folders[0]}' has probabilities of '{cases[i]}' but no mask, so its grid is unknown", "keep the masks beside the probabilities");
            var target = Path.Combine(output, Path.GetFileName(mask.Path));
            if (!overwrite && File.Exists(target))
            {
                skipped++;
            }
            else
            {
                One(folders, cases[i], mask, target, labels, thresholds, probabilities);
                written++;
            }

            on?.Invoke(new Progressed("ensemble", i + 1, cases.Count, cases[i]));
        }

        return (written, skipped);
    }

    private static void One(IReadOnlyList<string> folders, string name, LabelSource mask, string target, LabelList? labels, IReadOnlyDictionary<string, double>? thresholds, bool probabilities)
    {
        var mean = new ProbabilityMean();
        long[]? shape = null;
        foreach (var folder in folders)
        {
            var file = Path.Combine(folder, name + ".npy");
            var tensor = Npy.Read(file);
            shape ??= tensor.Shape;
            if (tensor.DType != DType.Float32 || !tensor.Shape.AsSpan().SequenceEqual(shape))
            {
                throw new InputException(
                    $"'{file}' is {tensor.DType} [{string.Join(", ", tensor.Shape)}], but '{Path.Combine(folders[0], name + ".npy")}' is Float32 [{string.Join(", ", shape)}]",
                    "average predictions of the same images by models with the same labels");
            }

            mean.Add((int)shape[0], MemoryMarshal.Cast<byte, float>(tensor.Bytes.Span));
        }

        var grid = mask.Read();
        var values = mean.Values();
        var channels = (int)shape![0];
        if (values.LongLength != grid.Extent.Count * channels)
        {
            throw new InputException($"the probabilities of '{name}' are [{string.Join(", ", shape)}], but its mask '{mask.Path}' is {grid.Extent}", "predict both again");
        }

        var found = new ushort[grid.Extent.Count];
        RuleOf(channels, values, labels, thresholds).Decide(values, found);
        if (probabilities)
        {
            Npy.Write(Path.Combine(Path.GetDirectoryName(target)!, name + ".npy"), new TensorData(DType.Float32, shape, MemoryMarshal.AsBytes(values.AsSpan()).ToArray()));
        }

        new LabelMap(name, grid.Geometry, found).Write(target);
    }

    /// <summary>How probabilities that lie alone become labels: those that sum to 1 everywhere are of a softmax.</summary>
    /// <param name="channels">K.</param>
    /// <param name="probabilities">[K, voxels].</param>
    /// <param name="labels">The labels of the data set, its regions in the order of the channels; null = 0 to the number of channels.</param>
    /// <param name="thresholds">By name; null = a half.</param>
    /// <exception cref="InputException">Another number of labels than channels.</exception>
    public static LabelRule RuleOf(int channels, ReadOnlySpan<float> probabilities, LabelList? labels, IReadOnlyDictionary<string, double>? thresholds)
    {
        var sigmoid = !SumsToOne(probabilities, channels);
        var foreground = labels?.Foreground.ToList();
        var expected = foreground is null ? channels : foreground.Count + (sigmoid ? 0 : 1);
        if (expected != channels)
        {
            throw new InputException($"the probabilities have {channels} channels ({(sigmoid ? "sigmoid" : "softmax")}), but {foreground!.Count} foreground labels are named", "name the labels that the network was trained on: --labels");
        }

        ushort[] values = foreground is null ? [.. Enumerable.Range(0, channels + (sigmoid ? 1 : 0)).Select(v => (ushort)v)] : [0, .. foreground.Select(f => f.Labels[0])];
        return new LabelRule
        {
            Values = values,
            Sigmoid = sigmoid,
            Paints = labels is { HasRegions: true } ? values[1..] : null,
            Thresholds = thresholds is null || foreground is null ? null : [.. foreground.Select(f => thresholds.GetValueOrDefault(f.Name, 0.5))],
        };
    }

    /// <summary>Whether the channels sum to 1 everywhere, as those of a softmax do.</summary>
    internal static bool SumsToOne(ReadOnlySpan<float> probabilities, int channels)
    {
        var voxels = probabilities.Length / channels;
        for (var i = 0; channels > 1 && i < voxels; i += Math.Max(1, voxels / 4096))
        {
            var sum = 0.0;
            for (var k = 0; k < channels; k++)
            {
                sum += probabilities[(k * voxels) + i];
            }

            if (Math.Abs(sum - 1) > 1e-3)
            {
                return false;
            }
        }

        return channels > 1;
    }
}

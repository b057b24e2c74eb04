using System.Security.Cryptography;
using System.Text;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;

namespace SegSharp.Data;

/// <summary>How intensities become the network's input.</summary>
public enum IntensityScaling
{
    /// <summary>8-bit values / 255, 16-bit values / 65535, floats as they are: [0, 1].</summary>
    Unit,

    /// <summary>Every image and channel brought to mean 0 and standard deviation 1.</summary>
    ZScore,

    /// <summary>As in the file.</summary>
    None,
}

/// <summary>How cases are prepared. The same options prepare the input of a prediction.</summary>
public sealed record PreparationOptions
{
    /// <summary>Width and height that every image is brought to: images by antialiased bilinear interpolation, labels by nearest; null = as they are.</summary>
    public Extent? Resize { get; init; }

    /// <summary>How intensities become the network's input.</summary>
    public IntensityScaling Intensity { get; init; } = IntensityScaling.Unit;

    /// <summary>Memory that prepared samples may hold; what does not fit is read again when it is needed.</summary>
    public long CacheBytes { get; init; } = 2L << 30;

    /// <summary>Every fault, with its key in a recipe.</summary>
    public IEnumerable<Fault> Check()
    {
        if (Resize is { } r && (r.Width < 1 || r.Height < 1 || r.Depth != 1))
        {
            yield return Fault.At("preparation.resize", $"is {r}; it must be WxH with both sides 1 or more");
        }

        if (!Enum.IsDefined(Intensity))
        {
            yield return Fault.At("preparation.intensity", $"is {Intensity}; it must be one of {string.Join(", ", Enum.GetNames<IntensityScaling>())}");
        }

        if (CacheBytes < 0)
        {
            yield return Fault.At("preparation.cacheBytes", $"is {CacheBytes}; it must be 0 or more");
        }
    }
}

/// <summary>Cases ready for training: every page of every case is one sample, resized and scaled, held in memory as far as allowed.</summary>
public sealed class PreparedDataSet : ISampleSource
{
    private readonly DataSet _data;
    private readonly PreparationOptions _options;
    private readonly List<Entry> _entries = [];

    private PreparedDataSet(DataSet data, PreparationOptions options)
    {
        _data = data;
        _options = options;
    }

    /// <inheritdoc/>
    public int Count => _entries.Count;

    /// <summary>Digest of options, names and prepared samples: the same when, and only when, training would see the same numbers.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>Bytes that the held samples take.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Width and height of all samples; null when they differ.</summary>
    public Extent? Extent { get; private set; }

    /// <summary>Reads, proves and prepares cases.</summary>
    /// <param name="data">The data set.</param>
    /// <param name="ids">Names of the cases, in the order in which they are numbered.</param>
    /// <param name="options">Size and intensities.</param>
    /// <param name="on">Hears the progress.</param>
    /// <param name="cancel">Stops between two cases.</param>
    /// <exception cref="InputException">A case is missing, unreadable, or its parts do not fit.</exception>
    /// <exception cref="UsageException">An option is out of range.</exception>
    public static PreparedDataSet Create(
        DataSet data, IReadOnlyList<string> ids, PreparationOptions options, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        UsageException.ThrowIfAny(options.Check());
        var prepared = new PreparedDataSet(data, options);
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(Encoding.UTF8.GetBytes($"{options.Resize}|{options.Intensity}|{data.Labels.Describe()}"));
        for (var i = 0; i < ids.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            prepared.Add(data[ids[i]], digest);
            on?.Invoke(new Progressed("read", i + 1, ids.Count));
        }

        prepared.Digest = Convert.ToHexStringLower(digest.GetHashAndReset());
        var sizes = prepared._entries.Select(e => e.Size).Distinct().ToList();
        prepared.Extent = sizes.Count == 1 ? sizes[0] : null;
        return prepared;
    }

    /// <inheritdoc/>
    public string IdOf(int index) => _entries[index].Id;

    /// <inheritdoc/>
    public Sample Get(int index)
    {
        var entry = _entries[index];
        return entry.Held ?? Prepare(_data.Read(entry.Case), entry.Page, _options);
    }

    /// <summary>Prepares one page of a case: the one way into the network for training, validation and prediction.</summary>
    /// <param name="loaded">The case.</param>
    /// <param name="page">Page of a stack, from 0.</param>
    /// <param name="options">Size and intensities.</param>
    public static Sample Prepare(LoadedCase loaded, int page, PreparationOptions options)
    {
        var image = loaded.Extent.Depth == 1 ? loaded.Image : loaded.Image.Page(page);
        var labels = loaded.Labels is { Extent.Depth: > 1 } ? loaded.Labels.Page(page) : loaded.Labels;
        if (options.Resize is { } size && size != image.Extent)
        {
            image = PilResize.Bilinear(image, size.Width, size.Height);
            labels = labels is null ? null : PilResize.Nearest(labels, size.Width, size.Height);
        }

        return new Sample
        {
            Id = loaded.Extent.Depth == 1 ? loaded.Case.Id : $"{loaded.Case.Id}@{page:D4}",
            Width = image.Extent.Width,
            Height = image.Extent.Height,
            Channels = image.Channels,
            Image = Scale(image, options.Intensity),
            Labels = labels?.Labels,
        };
    }

    private static float[] Scale(Volume image, IntensityScaling scaling)
    {
        var values = image.ToFloats();
        switch (scaling)
        {
            case IntensityScaling.Unit when image.VoxelType is VoxelType.UInt8 or VoxelType.UInt16:
                // A division, not a product with the inverse: PyTorch's x / 255 to the last bit.
                var divisor = image.VoxelType == VoxelType.UInt8 ? 255f : 65535f;
                for (var i = 0; i < values.Length; i++)
                {
                    values[i] /= divisor;
                }

                break;
            case IntensityScaling.Unit when !image.VoxelType.IsFloat():
                throw new InputException(
                    $"image '{image.Path ?? image.Name}' is {image.VoxelType.Text()}, whose values have no natural range to bring to [0, 1]",
                    "--set preparation.intensity=zscore");
            case IntensityScaling.ZScore:
                var plane = values.Length / image.Channels;
                for (var c = 0; c < image.Channels; c++)
                {
                    Standardise(values.AsSpan(c * plane, plane));
                }

                break;
        }

        return values;
    }

    private static void Standardise(Span<float> plane)
    {
        double sum = 0, squares = 0;
        foreach (var v in plane)
        {
            sum += v;
        }

        var mean = sum / plane.Length;
        foreach (var v in plane)
        {
            squares += (v - mean) * (v - mean);
        }

        var spread = Math.Max(Math.Sqrt(squares / plane.Length), 1e-8);
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] = (float)((plane[i] - mean) / spread);
        }
    }

    private void Add(Case @case, IncrementalHash digest)
    {
        var loaded = _data.Read(@case);
        for (var page = 0; page < loaded.Extent.Depth; page++)
        {
            var sample = Prepare(loaded, page, _options);
            digest.AppendData(Encoding.UTF8.GetBytes($"|{sample.Id} {sample.Width}x{sample.Height}x{sample.Channels}|"));
            digest.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(sample.Image));
            digest.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes<ushort>(sample.Labels));
            var bytes = (4L * sample.Image.Length) + (2L * (sample.Labels?.Length ?? 0));
            var hold = HeldBytes + bytes <= _options.CacheBytes;
            HeldBytes += hold ? bytes : 0;
            _entries.Add(new Entry(@case, page, sample.Id, new Extent(sample.Width, sample.Height), hold ? sample : null));
        }
    }

    private sealed record Entry(Case Case, int Page, string Id, Extent Size, Sample? Held);
}

using SegSharp.Data;
using SegSharp.Features;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using SegSharp.Networks;
using SegSharp.Networks.Parts;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;

namespace SegSharp;

/// <summary>A network that is asked what it makes of images: an encoder of the catalogue, with weights or without, or a trained run.</summary>
/// <remarks>Owns the network. One thread at a time.</remarks>
public sealed class FeatureModel : IDisposable
{
    private readonly string _spec;
    private readonly Module _network;
    private readonly PreparationOptions _preparation;
    private readonly int _channels;
    private readonly Device _device;

    private FeatureModel(string spec, string name, bool isTrained, Module network, PreparationOptions preparation, int channels, Device device)
    {
        (_spec, Name, IsTrained, _network, _preparation, _channels, _device) = (spec, name, isTrained, network, preparation, channels, device);
        network.To(device);
        network.Evaluate();
    }

    /// <summary>"vgg16, random weights", "run".</summary>
    public string Name { get; }

    /// <summary>Whether its weights come from a file.</summary>
    public bool IsTrained { get; }

    /// <summary>Opens a model.</summary>
    /// <param name="spec">An encoder's name (<c>vgg16</c>: random weights), one with its weights (<c>vgg16=vgg16.pth</c>), a run's folder or a checkpoint.</param>
    /// <param name="size">The grid that images are brought to; null = 224×224 for an encoder, as trained for a run.</param>
    /// <param name="seed">Of random weights.</param>
    /// <param name="device">Where it computes.</param>
    /// <exception cref="InputException">No such model, or weights of another.</exception>
    public static FeatureModel Open(string spec, Extent? size = null, long seed = 0, Device device = default)
    {
        var (name, file) = spec.Split('=', 2) is [var left, var right] ? (left, right) : (spec, null);
        if (!PartCatalogue.Encoders.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            if (!Path.Exists(spec))
            {
                throw new InputException(
                    $"'{spec}' is neither a run, nor a checkpoint, nor an encoder", $"a run's folder, or one of {string.Join(", ", PartCatalogue.Encoders)}; with weights: vgg16=vgg16.pth");
            }

            var (recipe, network) = Predictor.Load(spec);
            return Flat(new(spec, Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(spec))), true, network, Sized(recipe.Preparation, size), recipe.Channels.Count, device));
        }

        TorchRuntime.Seed(seed);
        var encoder = PartCatalogue.BuildEncoder(name, 3, ((EncoderOptions)PartCatalogue.All.Get(name).Defaults()).Base);
        try
        {
            if (file is not null)
            {
                Load(encoder, file);
            }

            return new(spec, file is null ? $"{name}, random weights" : $"{name}, {Path.GetFileName(file)}", file is not null, encoder,
                new PreparationOptions { Resize = size ?? new Extent(224, 224), Intensity = new ImageNetOptions() }, 3, device);
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>The same network with random weights: what is left of a picture without any learning.</summary>
    /// <param name="seed">Where chance begins.</param>
    public FeatureModel Twin(long seed = 0)
    {
        TorchRuntime.Seed(seed);
        Module fresh = _network is Network network
            ? Networks.Catalogue.All.GetByOptions(network.Options.GetType()).Build(network.Options)
            : PartCatalogue.All.GetByOptions(((Encoder)_network).Options.GetType()).Build(((Encoder)_network).Options);
        return new(_spec, $"{(_network is Network ? Name : _spec.Split('=')[0])}, random weights", false, fresh, _preparation, _channels, _device);
    }

    /// <summary>Computes the features of images.</summary>
    /// <param name="images">Read one by one.</param>
    /// <param name="layer">An encoder's resolution, or a network's layer; null = the deepest.</param>
    /// <param name="average">Whether places are averaged, so that a channel is one number; null = where the maps differ in size or hold more than 100,000 numbers.</param>
    /// <param name="on">Hears progress.</param>
    /// <param name="cancel">Stops between two images.</param>
    /// <returns>The features, and whether places were averaged.</returns>
    /// <exception cref="InputException">Images with other channels.</exception>
    public (Points Features, bool Averaged) Compute(
        IReadOnlyList<LabelledImage> images, string? layer = null, bool? average = null, Action<RunEvent>? on = null, CancellationToken cancel = default)
    {
        const int Most = 100_000;
        var (whole, means) = (new List<float[]>(), new List<float[]>());
        long[]? shape = null;
        foreach (var image in images)
        {
            cancel.ThrowIfCancellationRequested();
            using var guard = new NoGrad();
            using var scope = new TensorScope();
            var sample = Sample(image);
            var input = Tensor.From(sample.Image, sample.Shape(2)).To(_device);
            var map = (_network is Network network ? FeatureMap.Of(network, input, layer) : FeatureMap.Of((Encoder)_network, input, layer)).To(Device.Cpu);
            shape ??= map.Shape;
            average ??= map.Count > Most || !shape.AsSpan().SequenceEqual(map.Shape) ? true : null;
            means.Add(FeatureMap.Mean(map));
            if (average == true)
            {
                whole.Clear();
            }
            else
            {
                whole.Add(map.ToArray<float>());
            }

            on?.Invoke(new Progressed($"features of {Name}", means.Count, images.Count, image.Name));
        }

        var rows = average == true ? means : whole;
        var odd = rows.FindIndex(r => r.Length != rows[0].Length);
        return odd < 0
            ? (new Points(rows.Count, rows[0].Length, [.. rows.SelectMany(r => r).Select(v => (double)v)]), average == true)
            : throw new InputException($"the features of '{images[odd].Name}' are {rows[odd].Length} numbers, those of '{images[0].Name}' {rows[0].Length}: the images differ in size", "--size 224x224, or --average true");
    }

    /// <summary>Releases the network.</summary>
    public void Dispose() => _network.Dispose();

    private Sample Sample(LabelledImage image)
    {
        var volume = image.Read();
        if (volume.Channels != _channels)
        {
            volume = (volume.Channels, _channels) switch
            {
                (1, 3) or (2, 3) => Joined(volume, [0, 0, 0]),
                (4, 3) => Joined(volume, [0, 1, 2]),
                _ => throw new InputException($"image '{image.Name}' has {volume.Channels} channel(s), but '{Name}' takes {_channels}", "give images as the network was trained on"),
            };
        }

        return Surroundings.Around(Preparation.PrepareSlice(new LoadedCase(new Case(image.Name, [image.Name], null), volume, null), 0, _preparation));
    }

    private static Volume Joined(Volume image, int[] channels) =>
        new(image.Name, image.Geometry, channels.Length, image.VoxelType, [.. channels.SelectMany(c => image.Only(c).Bytes)], image.Path);

    private static PreparationOptions Sized(PreparationOptions options, Extent? size) => size is null ? options : options with { Resize = size, Crop = null, Size = null, Spacing = null };

    private static FeatureModel Flat(FeatureModel model)
    {
        if (model._network is Network { Dimensions: 2 })
        {
            return model;
        }

        model.Dispose();
        throw new InputException($"the network of '{model._spec}' has 3 spatial axes; features are drawn for networks of 2", "train one on slices, or give an encoder such as vgg16");
    }

    // Names are torchvision's; wrappers put their own before them, and the head has no place here.
    private static void Load(Encoder encoder, string file)
    {
        var checkpoint = Checkpoint.Read(file);
        var own = encoder.State().Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        var prefix = NamedWeights.Prefixes.Append("encoder.").Prepend("").MaxBy(p => checkpoint.Tensors.Keys.Count(k => k.StartsWith(p, StringComparison.Ordinal) && own.Contains(k[p.Length..])))!;
        var values = checkpoint.Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal) && own.Contains(t.Key[prefix.Length..]))
            .ToDictionary(t => t.Key[prefix.Length..], t => t.Value, StringComparer.Ordinal);
        foreach (var (name, value) in encoder.StateData().Where(s => s.Name.EndsWith("num_batches_tracked", StringComparison.Ordinal)))
        {
            values.TryAdd(name, value);
        }

        encoder.Load(values, file);
    }
}

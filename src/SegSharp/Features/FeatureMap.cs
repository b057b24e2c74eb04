using SegSharp.Networks;
using SegSharp.Networks.Parts;
using SegSharp.Torch;

namespace SegSharp.Features;

/// <summary>What a network has made of an image on its way: the map that leaves one of its layers.</summary>
public static class FeatureMap
{
    /// <summary>A map of an encoder.</summary>
    /// <param name="encoder">In evaluation mode.</param>
    /// <param name="image">[1, C, H, W].</param>
    /// <param name="level">The resolution, 0 = the finest; null = the deepest.</param>
    /// <returns>[1, C, H / 2^level, W / 2^level], in the caller's scope.</returns>
    /// <exception cref="UsageException">No such level.</exception>
    public static Tensor Of(Encoder encoder, Tensor image, string? level)
    {
        var depth = level is null ? encoder.Depth
            : int.TryParse(level, out var n) && n >= 0 && n <= encoder.Depth ? n
            : throw new UsageException($"layer is '{level}'; this encoder has the resolutions 0 to {encoder.Depth}", $"--layer {encoder.Depth}");
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        return scope.Keep(encoder.Features(image, depth)[depth].Contiguous());
    }

    /// <summary>A map of a network for segmentation.</summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="image">[1, C, (D,) H, W].</param>
    /// <param name="layer">A layer's name, such as "down.3" or "down.3.conv1"; null = where its encoder ends.</param>
    /// <returns>[1, C, …], behind the activation that follows the layer; in the caller's scope.</returns>
    /// <exception cref="UsageException">No such layer, or a network that names no encoder.</exception>
    public static Tensor Of(Network network, Tensor image, string? layer)
    {
        var names = network.NamedModules().Select(m => m.Name).Where(n => n.Length > 0).ToList();
        if (layer is not null && !names.Contains(layer, StringComparer.Ordinal))
        {
            throw UsageException.Unknown("layer", layer, names);
        }

        var encoder = layer is null
            ? network.EncoderPart ?? throw new UsageException("this network names no part of it as its encoder", $"--layer NAME: {string.Join(", ", names.Take(12))} …")
            : new EncoderPart { Parts = [layer] };
        var owners = new Dictionary<Tensor, string>(network.NamedParameters().Select(p => KeyValuePair.Create(p.Tensor, p.Name)), ReferenceEqualityComparer.Instance);
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        Tensor? map = null;
        TensorData? kept = null;                                                // outside of the scopes that the network opens
        using (new OperatorTrace(call =>
        {
            var tensors = call.Arguments.OfType<Tensor>().ToList();
            var owner = tensors.Where(owners.ContainsKey).Select(t => owners[t]).FirstOrDefault();
            var output = call.Result ?? tensors.FirstOrDefault();
            if (owner is not null && encoder.Holds(owner))
            {
                map = output;
            }
            else if (owner is null && map is not null && output is not null && tensors.Contains(map) && output.Shape.AsSpan().SequenceEqual(map.Shape))
            {
                map = output;                                                   // what follows in the same layer: an activation, a dropout
            }
            else
            {
                return;
            }

            kept = map!.ToData();
        }))
        {
            network.Forward(image);
        }

        return scope.Keep(Tensor.From(kept ?? throw new UsageException($"layer '{layer}' computes nothing that can be kept", "name a layer with weights: segsharp network summary lists them")));
    }

    /// <summary>The mean over all places: [1, C, …] becomes C numbers.</summary>
    public static float[] Mean(Tensor map)
    {
        using var guard = new NoGrad();
        using var scope = new TensorScope();
        return map.Reshape(map.Size(0), map.Size(1), -1).Mean([2]).ToArray<float>();
    }
}

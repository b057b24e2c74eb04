namespace SegSharp.Torch.Checkpoints;

/// <summary>What callers do with name → tensor tables.</summary>
public static class StateDict
{
    /// <summary>The names without a prefix that wrappers put before every one of them; unchanged when a name lacks it.</summary>
    /// <param name="tensors">Name → tensor.</param>
    /// <param name="prefix">"module." of DataParallel; "_orig_mod." of torch.compile.</param>
    /// <returns>A new table in the same order.</returns>
    public static IReadOnlyDictionary<string, TensorData> StripPrefix(IReadOnlyDictionary<string, TensorData> tensors, string prefix = "module.")
    {
        var strip = tensors.Keys.All(name => name.StartsWith(prefix));
        var result = new OrderedDictionary<string, TensorData>(tensors.Count, StringComparer.Ordinal);
        foreach (var (name, tensor) in tensors)
        {
            result.Add(strip ? name[prefix.Length..] : name, tensor);
        }

        return result;
    }

    internal static void CheckTensor(string name, TensorData tensor, HashSet<string> names)
    {
        if (!names.Add(name))
        {
            throw new ArgumentException($"the name '{name}' is there twice or reserved", nameof(name));
        }

        if (tensor.Shape.Any(s => s < 0) || tensor.Count * tensor.DType.Size() != tensor.Bytes.Length)
        {
            throw new ArgumentException($"tensor '{name}' [{string.Join(", ", tensor.Shape)}] has {tensor.Bytes.Length} bytes", nameof(tensor));
        }
    }
}

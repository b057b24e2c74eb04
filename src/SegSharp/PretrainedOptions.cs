using SegSharp.Networks;

namespace SegSharp;

/// <summary>Weights from elsewhere that a training begins with.</summary>
public sealed record PretrainedOptions
{
    /// <summary>The file: PyTorch's or safetensors.</summary>
    public string File { get; init; } = "";

    /// <summary>Whose names its keys have, "milesial" or "same"; null = found out from the keys.</summary>
    public string? Names { get; init; }

    /// <summary>The key under which the weights lie in the file, "model/ema"; null = at the top or under the usual keys.</summary>
    public string? At { get; init; }

    /// <summary>What of the network they give.</summary>
    public PretrainedPart Part { get; init; }

    /// <summary>Every fault, with its key in a recipe.</summary>
    public IEnumerable<Fault> Check()
    {
        if (File.Length == 0)
        {
            yield return Fault.At("pretrained.file", "is empty; it must be a checkpoint");
        }

        if (!Enum.IsDefined(Part))
        {
            yield return Fault.At("pretrained.part", $"is {Part}; it must be one of {string.Join(", ", Enum.GetNames<PretrainedPart>())}");
        }
    }
}

/// <summary>What a run began with, in its record.</summary>
public sealed record PretrainedRecord
{
    /// <summary>The file, in full.</summary>
    public string File { get; init; } = "";

    /// <summary>SHA-256 of the file.</summary>
    public string Digest { get; init; } = "";

    /// <summary>Whose names it had.</summary>
    public string Names { get; init; } = "";

    /// <summary>The part that it gave.</summary>
    public string Part { get; init; } = "";

    /// <summary>Tensors that were loaded.</summary>
    public int Loaded { get; init; }

    /// <summary>Weights that were brought to another number of image channels.</summary>
    public IReadOnlyList<string> Adapted { get; init; } = [];

    /// <summary>What began anew.</summary>
    public IReadOnlyList<string> Fresh { get; init; } = [];

    /// <summary>What the file held beyond.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}

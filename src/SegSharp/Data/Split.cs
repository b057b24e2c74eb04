namespace SegSharp.Data;

/// <summary>Which cases train and which validate.</summary>
/// <param name="Training">Names of the training cases.</param>
/// <param name="Validation">Names of the validation cases.</param>
public sealed record Split(IReadOnlyList<string> Training, IReadOnlyList<string> Validation)
{
    // A case that stands on both sides would be learnt and then asked for.
    internal string? Shared => Training.Intersect(Validation, StringComparer.Ordinal).FirstOrDefault();
}

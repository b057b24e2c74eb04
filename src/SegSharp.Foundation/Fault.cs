namespace SegSharp.Foundation;

/// <summary>One thing wrong with an options record.</summary>
/// <param name="Key">The key as it is written in a recipe: <c>network.base</c>.</param>
/// <param name="Text">What was found and what was expected: "is 0; it must be 1 or more".</param>
public sealed record Fault(string Key, string Text)
{
    /// <summary>A fault at a recipe's key.</summary>
    public static Fault At(string key, string text) => new(key, text);

    /// <inheritdoc/>
    public override string ToString() => $"{Key} {Text}";
}

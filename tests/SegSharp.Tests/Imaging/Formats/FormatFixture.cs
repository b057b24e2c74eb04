using System.Text.Json;
using System.Text.Json.Serialization;

namespace SegSharp.Tests.Imaging.Formats;

/// <summary>One line of a manifest that <c>fixtures/make_formats.py</c> wrote: what Pillow or tifffile say that a file holds.</summary>
public sealed record FormatFixture(
    [property: JsonPropertyName("size")] int[] Size,
    [property: JsonPropertyName("channels")] int Channels,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("sha256")] string Digest,
    [property: JsonPropertyName("indices")] string? Indices,
    [property: JsonPropertyName("spacing")] double[]? Spacing)
{
    public static string Folder { get; } = Path.Combine(SegSharp.Testing.Repository.Root, "tests", "SegSharp.Tests", "Imaging", "fixtures", "formats");

    public static IReadOnlyDictionary<string, FormatFixture> All(string manifest) =>
        JsonSerializer.Deserialize<Dictionary<string, FormatFixture>>(File.ReadAllText(Path.Combine(Folder, manifest)))!;
}

using System.Text.Json;
using SegSharp.Foundation;

namespace SegSharp.Data.Download;

/// <summary>What is known of a file that was, or is being, downloaded; it lies beside the file.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="Tag">The server's strong ETag, or its Last-Modified: says whether a part may be continued; null where it gave neither.</param>
/// <param name="Bytes">Its whole length; null where the server did not say.</param>
/// <param name="Sha256">Of the whole file, in lower case; null while it is not complete.</param>
internal sealed record DownloadRecord(string Source, string? Tag, long? Bytes, string? Sha256)
{
    private static readonly JsonSerializerOptions Form = new() { WriteIndented = true };

    /// <summary>The record's place beside a file.</summary>
    public static string PlaceOf(string file) => file + ".download.json";

    /// <summary>Reads the record of a file; null where there is none, or none that can be read.</summary>
    public static DownloadRecord? Read(string file)
    {
        try
        {
            return File.Exists(PlaceOf(file)) ? JsonSerializer.Deserialize<DownloadRecord>(File.ReadAllBytes(PlaceOf(file))) : null;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes the record beside a file.</summary>
    public void Write(string file) => AtomicFile.WriteText(PlaceOf(file), JsonSerializer.Serialize(this, Form) + "\n");
}

using System.Text.Json;

namespace SegSharp.Benchmarks;

/// <summary>What is known of a row of the catalogue: a line of <c>bench/results/catalogue.jsonl</c>. What was not measured is null.</summary>
internal sealed record CatalogueResult
{
    /// <summary>The row.</summary>
    public required string Name { get; init; }

    /// <summary>The day of the last measurement.</summary>
    public string Date { get; init; } = "";

    /// <summary>The processor and its cores.</summary>
    public string Machine { get; init; } = "";

    /// <summary>Parameters of the trained network.</summary>
    public long Parameters { get; init; }

    /// <summary>Training steps.</summary>
    public int? Steps { get; init; }

    /// <summary>Training loss of the last epoch.</summary>
    public double? Loss { get; init; }

    /// <summary>Pooled validation Dice, mean over the labels, at the end of the last epoch.</summary>
    public double? Dice { get; init; }

    /// <summary>The best over the epochs that validated.</summary>
    public double? BestDice { get; init; }

    /// <summary>Seconds of the whole training.</summary>
    public double? Seconds { get; init; }

    /// <summary>Median seconds of a training step.</summary>
    public double? Step { get; init; }

    /// <summary>The most memory of the process that took the steps.</summary>
    public double? Peak { get; init; }

    /// <summary>The same of PyTorch at its best.</summary>
    public double? PeerStep { get; init; }

    /// <summary>The same of PyTorch.</summary>
    public double? PeerPeak { get; init; }

    /// <summary>Every line of the file; empty where there is none.</summary>
    public static IReadOnlyList<CatalogueResult> ReadAll() => File.Exists(Place)
        ? [.. File.ReadLines(Place).Select(line => JsonSerializer.Deserialize<CatalogueResult>(line, Measurement.Format)!)]
        : [];

    /// <summary>Replaces what the file says of this row.</summary>
    public void Store()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Place)!);
        var order = CatalogueRow.ReadAll().Select(r => r.Name).ToList();
        var lines = ReadAll().Where(r => r.Name != Name && order.Contains(r.Name)).Append(this)
            .OrderBy(r => order.IndexOf(r.Name)).Select(r => JsonSerializer.Serialize(r, Measurement.Format) + "\n");
        AtomicFile.WriteText(Place, string.Concat(lines));
    }

    private static string Place => Path.Combine(Places.Bench, "results", "catalogue.jsonl");
}

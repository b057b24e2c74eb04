namespace SegSharp.Benchmarks;

/// <summary>All measurements of one contestant in one task, one of each round.</summary>
internal sealed record Outcome(Contestant Contestant, IReadOnlyList<Measurement> Rounds)
{
    /// <summary>Median over all steps of all rounds, in seconds.</summary>
    public double Median { get; } = MedianOf(Rounds.SelectMany(r => r.Wall));

    /// <summary>The fastest step.</summary>
    public double Minimum { get; } = Rounds.SelectMany(r => r.Wall).Min();

    /// <summary>Median processor time of a step.</summary>
    public double Cpu { get; } = MedianOf(Rounds.SelectMany(r => r.Cpu));

    /// <summary>Median over the rounds of the process's peak memory, in bytes.</summary>
    public double Peak { get; } = MedianOf(Rounds.Select(r => (double)r.PeakBytes));

    private static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

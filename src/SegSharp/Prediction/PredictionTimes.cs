using System.Diagnostics;

namespace SegSharp.Prediction;

/// <summary>What a prediction may spend its time on.</summary>
public enum PredictionPhase
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>Files into memory.</summary>
    Reading,

    /// <summary>Cropping, resampling and normalising the image.</summary>
    Preparing,

    /// <summary>Copying windows out of the prepared image.</summary>
    Cutting,

    /// <summary>Forward passes.</summary>
    Network,

    /// <summary>Weighing and adding the logits of windows.</summary>
    Blending,

    /// <summary>Logits to the original grid and to labels.</summary>
    Resampling,

    /// <summary>Masks onto the disk.</summary>
    Writing,
}

/// <summary>Where the time of predictions went.</summary>
/// <param name="Phases">Seconds of every phase that took any, in the order of <see cref="PredictionPhase"/>.</param>
/// <param name="Total">Seconds in all.</param>
public sealed record PredictionTimes(IReadOnlyList<KeyValuePair<PredictionPhase, double>> Phases, double Total)
{
    /// <summary>The share of a phase in the whole, in [0, 1].</summary>
    public double Share(PredictionPhase phase) => Total > 0 ? Phases.Where(p => p.Key == phase).Sum(p => p.Value) / Total : 0;
}

/// <summary>Tells apart what a prediction spends its time on: at every moment exactly one phase. One thread.</summary>
public sealed class PredictionClock
{
    private readonly long[] _ticks = new long[Enum.GetValues<PredictionPhase>().Length];
    private PredictionPhase _phase = PredictionPhase.Other;
    private long _since = Stopwatch.GetTimestamp();

    /// <summary>The times until now, since this clock was made.</summary>
    public PredictionTimes Read()
    {
        Turn(_phase);
        var phases = Enum.GetValues<PredictionPhase>().Select(p => KeyValuePair.Create(p, _ticks[(int)p] / (double)Stopwatch.Frequency)).ToList();
        return new([.. phases.Where(p => p.Value > 0)], phases.Sum(p => p.Value));
    }

    /// <summary>Counts as <paramref name="phase"/> until the result is disposed; then as what it was before.</summary>
    public Stretch In(PredictionPhase phase)
    {
        var before = _phase;
        Turn(phase);
        return new Stretch(this, before);
    }

    private void Turn(PredictionPhase phase)
    {
        var now = Stopwatch.GetTimestamp();
        _ticks[(int)_phase] += now - _since;
        (_phase, _since) = (phase, now);
    }

    /// <summary>A stretch of time in one phase.</summary>
    public readonly record struct Stretch : IDisposable
    {
        private readonly PredictionClock _clock;
        private readonly PredictionPhase _before;

        internal Stretch(PredictionClock clock, PredictionPhase before) => (_clock, _before) = (clock, before);

        /// <summary>Ends the stretch.</summary>
        public void Dispose() => _clock.Turn(_before);
    }
}

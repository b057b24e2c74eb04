using System.Globalization;
using SegSharp.Foundation;

namespace SegSharp.Cli.Terminal;

/// <summary>
/// Listens to a library's events: a bar on a terminal for whatever takes over a second, a plain line every ten seconds
/// elsewhere, remarks and warnings in both.
/// </summary>
/// <remarks>Draws on the thread that reports, at most ten times a second: a drawing thread of its own would take time from the computing ones.</remarks>
internal sealed class Progress(Streams streams, TimeProvider clock, bool showsBar, bool showsRemarks, bool verbose)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private string? _task;
    private long _started;
    private long _doneAtStart;
    private long _shown;
    private bool _isDrawn;

    /// <summary>The listener.</summary>
    public void On(RunEvent happened)
    {
        lock (_lock)
        {
            switch (happened)
            {
                case Progressed p when showsBar:
                    Move(p);
                    break;
                case Progressed:
                    break;
                case Warned w:
                    Line($"{streams.ErrorInk.Yellow("warning:")} {w.Text}");
                    break;
                case Noted n when showsRemarks:
                    Line(n.Text);
                    break;
                case Noted:
                    break;
                default:
                    if (verbose)
                    {
                        Line(happened.ToString());
                    }

                    break;
            }
        }
    }

    /// <summary>Takes the bar away, so that something else can be printed.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Erase();
        }
    }

    private void Move(Progressed p)
    {
        var now = clock.GetTimestamp();
        if (p.Task != _task)
        {
            Erase();
            (_task, _started, _shown, _doneAtStart) = (p.Task, now, now, p.Done);
            return;
        }

        var elapsed = clock.GetElapsedTime(_started, now);
        var since = clock.GetElapsedTime(_shown, now);
        if (!streams.ErrorIsTerminal)
        {
            if (since >= PlainEvery)
            {
                streams.Error.WriteLine(Describe(p, elapsed));
                _shown = now;
            }

            return;
        }

        if (elapsed >= Patience && (since >= Redraw || !_isDrawn))
        {
            streams.Error.Write($"\r\e[K{Bar(p)} {Describe(p, elapsed)}");
            streams.Error.Flush();
            (_isDrawn, _shown) = (true, now);
        }
    }

    /// <summary>The stretch of work in one line: how far, how fast, how much longer.</summary>
    private string Describe(Progressed p, TimeSpan elapsed)
    {
        var done = p.Done - _doneAtStart;
        var rate = elapsed.TotalSeconds > 0 ? done / elapsed.TotalSeconds : 0;
        var text = p.Total > 0 ? $"{p.Task}: {p.Done}/{p.Total}" : $"{p.Task}: {p.Done}";
        if (rate > 0)
        {
            text += string.Create(CultureInfo.InvariantCulture, $", {rate:0.##}/s");
            text += p.Total > p.Done ? $", {Duration((p.Total - p.Done) / rate)} left" : "";
        }

        return p.Detail is null ? text : $"{text}, {p.Detail}";
    }

    private static string Bar(Progressed p)
    {
        const int Width = 24;
        var full = p.Total > 0 ? (int)Math.Clamp(p.Done * Width / p.Total, 0, Width) : 0;
        return $"{new string('█', full)}{new string('░', Width - full)}";
    }

    /// <summary>Seconds as a person says them: <c>9s</c>, <c>2m 05s</c>, <c>1h 20m</c>.</summary>
    internal static string Duration(double seconds)
    {
        var t = TimeSpan.FromSeconds(Math.Min(seconds, TimeSpan.MaxValue.TotalSeconds / 2));
        return t.TotalMinutes < 1 ? $"{t.Seconds}s"
            : t.TotalHours < 1 ? $"{t.Minutes}m {t.Seconds:00}s"
            : $"{(long)t.TotalHours}h {t.Minutes:00}m";
    }

    private void Line(string text)
    {
        Erase();
        streams.Error.WriteLine(text);
    }

    private void Erase()
    {
        if (_isDrawn)
        {
            streams.Error.Write("\r\e[K");
            streams.Error.Flush();
            _isDrawn = false;
        }
    }
}

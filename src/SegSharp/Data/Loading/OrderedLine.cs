using System.Runtime.ExceptionServices;

namespace SegSharp.Data;

/// <summary>A bounded line of numbered things: made by several threads in any order, taken by one in order.</summary>
/// <param name="capacity">How many may be made or waiting beyond the next one to be taken.</param>
/// <param name="first">The number that the line begins with.</param>
internal sealed class OrderedLine<T>(int capacity, int first = 0)
    where T : class, IDisposable
{
    private readonly object _gate = new();
    private readonly Dictionary<int, (T? Thing, ExceptionDispatchInfo? Error)> _ready = [];
    private int _handedOut = first;
    private int _taken = first;
    private bool _stopped;

    /// <summary>The next number to make; waits while the line is full. False when all are handed out or the line was stopped.</summary>
    public bool Next(int count, out int number)
    {
        lock (_gate)
        {
            while (!_stopped && _handedOut < count && _handedOut >= _taken + capacity)
            {
                Monitor.Wait(_gate);
            }

            number = _handedOut;
            if (_stopped || _handedOut >= count)
            {
                return false;
            }

            _handedOut++;
            return true;
        }
    }

    /// <summary>Hands in what was made.</summary>
    public void Put(int number, T thing) => Add(number, (thing, null));

    /// <summary>Hands in the error that came instead; it surfaces when its turn comes.</summary>
    public void Fail(int number, Exception error) => Add(number, (null, ExceptionDispatchInfo.Capture(error)));

    /// <summary>Waits for the next one in order. False when the line was stopped.</summary>
    public bool Take(out T? thing)
    {
        lock (_gate)
        {
            (T? Thing, ExceptionDispatchInfo? Error) entry;
            while (!_ready.Remove(_taken, out entry))
            {
                if (_stopped)
                {
                    thing = null;
                    return false;
                }

                Monitor.Wait(_gate);
            }

            if (_stopped)
            {
                entry.Thing?.Dispose();
                thing = null;
                return false;
            }

            _taken++;
            Monitor.PulseAll(_gate);
            entry.Error?.Throw();
            thing = entry.Thing;
            return true;
        }
    }

    /// <summary>Wakes everybody: no more is made or taken.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Disposes what nobody took. Call when the makers have ended.</summary>
    public void DisposeLeft()
    {
        lock (_gate)
        {
            foreach (var (thing, _) in _ready.Values)
            {
                thing?.Dispose();
            }

            _ready.Clear();
        }
    }

    private void Add(int number, (T? Thing, ExceptionDispatchInfo? Error) entry)
    {
        lock (_gate)
        {
            _ready[number] = entry;
            Monitor.PulseAll(_gate);
        }
    }
}

namespace SegSharp.Data;

/// <summary>Things that are dear to load: two threads that want the same one share one load, and as many as fit stay for those who come later.</summary>
/// <param name="capacity">Bytes that may stay; what threads are just using comes on top.</param>
/// <param name="sizeOf">The bytes of a thing.</param>
internal sealed class SharedLoads<T>(long capacity, Func<T, long> sizeOf)
    where T : class
{
    private readonly object _gate = new();
    private readonly Dictionary<int, Slot> _slots = [];
    private readonly LinkedList<int> _lastUsedFirst = new();
    private long _held;

    /// <summary>The thing of that number; loaded by the first who asks, while others wait for it.</summary>
    /// <param name="key">Its number.</param>
    /// <param name="load">Loads it. An error goes to all who wait, and the next to ask tries again.</param>
    public T Get(int key, Func<T> load)
    {
        Slot slot;
        lock (_gate)
        {
            if (_slots.TryGetValue(key, out var known))
            {
                slot = known;
                _lastUsedFirst.Remove(slot.Place);
                _lastUsedFirst.AddFirst(slot.Place);
            }
            else
            {
                slot = new Slot(new Lazy<T>(load), _lastUsedFirst.AddFirst(key));
                _slots.Add(key, slot);
            }
        }

        try
        {
            var thing = slot.Thing.Value;
            Account(slot, thing);
            return thing;
        }
        catch
        {
            lock (_gate)
            {
                Remove(key, slot);
            }

            throw;
        }
    }

    private void Account(Slot slot, T thing)
    {
        lock (_gate)
        {
            if (slot.Counted)
            {
                return;
            }

            (slot.Counted, slot.Bytes) = (true, sizeOf(thing));
            _held += slot.Bytes;
            for (var last = _lastUsedFirst.Last; _held > capacity && last is not null;)
            {
                var before = last.Previous;
                if (_slots[last.Value] is { Counted: true } oldest)
                {
                    Remove(last.Value, oldest);
                }

                last = before;
            }
        }
    }

    private void Remove(int key, Slot slot)
    {
        if (_slots.TryGetValue(key, out var there) && there == slot)
        {
            _slots.Remove(key);
            _lastUsedFirst.Remove(slot.Place);
            _held -= slot.Bytes;
        }
    }

    private sealed class Slot(Lazy<T> thing, LinkedListNode<int> place)
    {
        public Lazy<T> Thing { get; } = thing;

        public LinkedListNode<int> Place { get; } = place;

        public bool Counted { get; set; }

        public long Bytes { get; set; }
    }
}

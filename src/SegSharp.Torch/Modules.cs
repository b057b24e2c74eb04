using System.Collections;

namespace SegSharp.Torch;

/// <summary>A list of modules whose names are their numbers, like PyTorch's ModuleList.</summary>
public sealed class Modules<T> : Module, IReadOnlyList<T>
    where T : Module
{
    private readonly T[] _items;

    /// <summary>Takes the modules over, in order.</summary>
    public Modules(IEnumerable<T> items)
    {
        _items = [.. items];
        for (var i = 0; i < _items.Length; i++)
        {
            Child(i.ToString(), _items[i]);
        }
    }

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <inheritdoc/>
    public T this[int index] => _items[index];

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

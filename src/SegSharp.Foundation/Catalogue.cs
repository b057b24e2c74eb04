using System.Collections;

namespace SegSharp.Foundation;

/// <summary>One entry of a <see cref="Catalogue{T}"/>: a name, its options type and how to build from them.</summary>
/// <typeparam name="T">What is built.</typeparam>
/// <param name="Name">The name in recipes, on the command line and in the docs.</param>
/// <param name="OptionsType">The options record; its parameterless constructor gives the defaults.</param>
/// <param name="Build">Builds from an instance of <paramref name="OptionsType"/>.</param>
/// <param name="Defaults">A fresh options record with every default.</param>
public sealed record CatalogueEntry<T>(string Name, Type OptionsType, Func<object, T> Build, Func<object> Defaults);

/// <summary>Named things that can be built from an options record: networks, losses, augmentations, metrics.</summary>
/// <typeparam name="T">What is built.</typeparam>
/// <param name="kind">What the entries are, in the singular, for messages: "network".</param>
public sealed class Catalogue<T>(string kind) : IEnumerable<CatalogueEntry<T>>
{
    private readonly Dictionary<string, CatalogueEntry<T>> _entries = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the entries are, in the singular.</summary>
    public string Kind { get; } = kind;

    /// <summary>All names, in the order of their registration.</summary>
    public IEnumerable<string> Names => _entries.Values.Select(e => e.Name);

    /// <summary>Registers an entry; the one line that somebody adds for a new network, loss or metric.</summary>
    public Catalogue<T> Add<TOptions>(string name, Func<TOptions, T> build)
        where TOptions : class, new()
    {
        _entries.Add(name, new CatalogueEntry<T>(name, typeof(TOptions), o => build((TOptions)o), () => new TOptions()));
        return this;
    }

    /// <summary>The entry of that name.</summary>
    /// <exception cref="UsageException">No such name; the message lists what exists, nearest first.</exception>
    public CatalogueEntry<T> Get(string name) =>
        _entries.TryGetValue(name, out var entry) ? entry : throw UsageException.Unknown(Kind, name, Names);

    /// <summary>The entry whose options have this type.</summary>
    /// <exception cref="UsageException">No entry has such options.</exception>
    public CatalogueEntry<T> GetByOptions(Type options) =>
        _entries.Values.FirstOrDefault(e => e.OptionsType == options) ?? throw UsageException.Unknown(Kind, options.Name, Names);

    /// <inheritdoc/>
    public IEnumerator<CatalogueEntry<T>> GetEnumerator() => _entries.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

namespace SegSharp.Data;

/// <summary>Numbered samples that several threads may fetch at once.</summary>
public interface ISampleSource
{
    /// <summary>How many samples there are.</summary>
    int Count { get; }

    /// <summary>The sample of that number, always the same one.</summary>
    /// <param name="index">0 … <see cref="Count"/> − 1.</param>
    /// <exception cref="Foundation.InputException">The case's files cannot be read or do not fit together.</exception>
    Sample Get(int index);

    /// <summary>The name of that sample, without reading it.</summary>
    string IdOf(int index);
}

using SegSharp.Foundation;

namespace SegSharp.Data;

/// <summary>A change of a sample on its way into a batch, such as an augmentation. Must be safe to call from several threads at once.</summary>
/// <param name="sample">What came in; not changed.</param>
/// <param name="random">The only source of chance: derived from seed, epoch and index, never from the thread.</param>
/// <returns>A new sample; inside one batch all must have the same size.</returns>
public delegate Sample SampleChange(Sample sample, RandomStream random);

using SegSharp.Data;

namespace SegSharp.Tests.Data;

/// <summary>Samples made from their number.</summary>
internal sealed class MemorySource(int count, Func<int, Sample> make) : ISampleSource
{
    public int Count => count;

    public Sample Get(int index) => make(index);

    public string IdOf(int index) => $"case_{index:D2}";

    /// <summary>A sample whose pixels say where they come from.</summary>
    public static Sample Numbered(int index, int width, int height, int channels = 1) => new()
    {
        Id = $"case_{index:D2}",
        Width = width,
        Height = height,
        Channels = channels,
        Image = [.. Enumerable.Range(0, channels * width * height).Select(i => (index * 10000f) + i)],
        Labels = [.. Enumerable.Range(0, width * height).Select(i => (ushort)(i % 3))],
    };
}

using SegSharp.Data;
using SegSharp.Imaging;

namespace SegSharp.Tests.Data;

/// <summary>Samples made from their number.</summary>
internal sealed class MemorySource(int count, Func<int, Sample> make) : ISampleSource
{
    public int Count => count;

    public Sample Get(int index) => make(index);

    public string IdOf(int index) => $"case_{index:D2}";

    /// <summary>A sample whose pixels say where they come from.</summary>
    public static Sample Numbered(int index, int width, int height, int channels = 1, int depth = 1) => new()
    {
        Id = $"case_{index:D2}",
        Extent = new Extent(width, height, depth),
        Channels = channels,
        Image = [.. Enumerable.Range(0, channels * width * height * depth).Select(i => (index * 10000f) + i)],
        Labels = [.. Enumerable.Range(0, width * height * depth).Select(i => (ushort)(i % 3))],
    };
}

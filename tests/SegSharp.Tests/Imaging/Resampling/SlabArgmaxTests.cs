using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;
using Xunit;

namespace SegSharp.Tests.Imaging.Resampling;

public sealed class SlabArgmaxTests
{
    [Theory]
    [InlineData("7x5x4", "16x11x9", null)]
    [InlineData("7x5x4", "41x11x4", 2)]
    [InlineData("40x9x6", "11x5x13", null)]
    [InlineData("40x9x6", "33x7x2", 0)]
    [InlineData("9x8x6", "9x8x6", null)]
    [InlineData("8x8x1", "16x16x3", 2)]
    public void Planes_are_decided_as_if_every_class_were_resized_first(string fromText, string toText, int? coarse)
    {
        var (from, to) = (Extent.Parse(fromText), Extent.Parse(toText));
        var logits = Logits(from, 4);
        var options = new ResampleOptions { Order = Interpolation.Linear };
        var resized = Enumerable.Range(0, 4).Select(c => Resample.Image(Class(logits, from, c), from, to, options, coarse)).ToArray();

        var labels = Decide(logits, from, to, done => new SlabArgmax(from, to, 4, done, coarse));

        var wrong = Enumerable.Range(0, labels.Length).Count(i => resized[labels[i]][i] < resized.Max(r => r[i]) - 1e-5f);
        Assert.Equal(0, wrong);
    }

    [Fact]
    public void Regions_are_set_one_after_another_where_they_are_more_than_zero()
    {
        var (from, to) = (new Extent(6, 7, 5), new Extent(19, 13, 11));
        var logits = Logits(from, 3);
        var resized = Enumerable.Range(0, 3).Select(c => Resample.Image(Class(logits, from, c), from, to, Interpolation.Linear)).ToArray();

        var labels = Decide(logits, from, to, done => SlabArgmax.Regions(from, to, [5, 2, 9], done));

        for (var i = 0; i < labels.Length; i++)
        {
            if (resized.All(r => Math.Abs(r[i]) > 1e-5))
            {
                Assert.Equal(resized[2][i] > 0 ? 9 : resized[1][i] > 0 ? 2 : resized[0][i] > 0 ? 5 : 0, labels[i]);
            }
        }
    }

    [Fact]
    public void A_plane_comes_out_as_soon_as_its_two_neighbours_are_in()
    {
        var (from, to) = (new Extent(2, 2, 4), new Extent(2, 2, 8));
        var made = new List<int>();
        var slab = new SlabArgmax(from, to, 1, (z, _) => made.Add(z));

        var after = Enumerable.Range(0, 4).Select(_ =>
        {
            slab.Add(new float[4]);
            return made.Count;
        });

        Assert.Equal([1, 3, 5, 8], after);
    }

    private static float[] Logits(Extent extent, int classes)
    {
        var stream = new RandomStream(7).Derive("logits");
        return [.. Enumerable.Range(0, (int)extent.Count * classes).Select(_ => (float)stream.NextNormal())];
    }

    // The logits lie plane by plane, [D, K, H, W].
    private static float[] Class(float[] logits, Extent extent, int c)
    {
        var page = (int)extent.PageCount;
        var classes = logits.Length / (int)extent.Count;
        return [.. Enumerable.Range(0, extent.Depth).SelectMany(z => logits[(((z * classes) + c) * page)..(((z * classes) + c + 1) * page)])];
    }

    private static ushort[] Decide(float[] logits, Extent from, Extent to, Func<Action<int, ReadOnlySpan<ushort>>, SlabArgmax> make)
    {
        var labels = new ushort[to.Count];
        var page = (int)to.PageCount;
        var slab = make((z, plane) => plane.CopyTo(labels.AsSpan(z * page)));
        foreach (var plane in logits.Chunk(logits.Length / from.Depth))
        {
            slab.Add(plane);
        }

        return labels;
    }
}

using SegSharp.Imaging;

namespace SegSharp.Data;

/// <summary>Samples that are too large for the network in one piece, cut into tiles of one size that cover them without gaps; others as they are.</summary>
/// <remarks>Tiles that reach over the far side are moved back inside, so some voxels come twice. For the numbers that a training watches; masks are predicted with overlap and blending.</remarks>
public sealed class TiledSamples : ISampleSource
{
    private readonly ISampleSource _source;
    private readonly Extent _tile;
    private readonly List<(int Index, int X, int Y, int Z, bool Whole)> _tiles = [];

    /// <summary>Tiles of a prepared data set.</summary>
    /// <param name="source">The samples.</param>
    /// <param name="extentOf">The size of a sample, without preparing it.</param>
    /// <param name="tile">Voxels per axis of a tile.</param>
    /// <param name="wholeUpTo">Samples of up to this many voxels stay whole.</param>
    public TiledSamples(ISampleSource source, Func<int, Extent> extentOf, Extent tile, long wholeUpTo)
    {
        (_source, _tile) = (source, tile);
        for (var i = 0; i < source.Count; i++)
        {
            var extent = extentOf(i);
            if (extent.Count <= wholeUpTo)
            {
                _tiles.Add((i, 0, 0, 0, true));
                continue;
            }

            foreach (var z in Starts(extent.Depth, tile.Depth))
            {
                foreach (var y in Starts(extent.Height, tile.Height))
                {
                    _tiles.AddRange(Starts(extent.Width, tile.Width).Select(x => (i, x, y, z, false)));
                }
            }
        }
    }

    /// <inheritdoc/>
    public int Count => _tiles.Count;

    /// <inheritdoc/>
    public string IdOf(int index) => _source.IdOf(_tiles[index].Index);

    /// <inheritdoc/>
    public Sample Get(int index)
    {
        var (i, x, y, z, whole) = _tiles[index];
        var sample = _source.Get(i);
        return whole ? Surroundings.Around(sample) : PatchSampler.CutAt(sample, x, y, z, _tile);
    }

    private static IEnumerable<int> Starts(int size, int tile)
    {
        var count = Math.Max(1, (size + tile - 1) / tile);
        return Enumerable.Range(0, count).Select(i => size <= tile ? (size - tile) / 2 : Math.Min(i * tile, size - tile));
    }
}

using System.Globalization;
using SegSharp.Foundation;

namespace SegSharp.Imaging;

/// <summary>The size of an image in voxels. Written <c>512x512</c>, or <c>240x240x155</c> where there is more than one page.</summary>
/// <param name="Width">Voxels along x, the axis that runs fastest in memory.</param>
/// <param name="Height">Voxels along y.</param>
/// <param name="Depth">Voxels along z, or pages of a stack; 1 for a single picture.</param>
public readonly record struct Extent(int Width, int Height, int Depth = 1)
{
    /// <summary>Voxels in all.</summary>
    public long Count => (long)Width * Height * Depth;

    /// <summary>Voxels of one page.</summary>
    public long PageCount => (long)Width * Height;

    /// <summary>The size of one page.</summary>
    public Extent Page => this with { Depth = 1 };

    /// <summary>Reads <c>WxH</c> or <c>WxHxD</c>.</summary>
    /// <exception cref="UsageException">Anything else, or a size below 1.</exception>
    public static Extent Parse(string text)
    {
        var parts = text.Split('x', 'X');
        var sizes = new int[parts.Length];
        var good = parts.Length is 2 or 3;
        for (var i = 0; good && i < parts.Length; i++)
        {
            good = int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]) && sizes[i] > 0;
        }

        return good
            ? new Extent(sizes[0], sizes[1], sizes.Length == 3 ? sizes[2] : 1)
            : throw new UsageException($"'{text}' is not a size; expected WxH or WxHxD with whole numbers from 1", "write it as 512x512");
    }

    /// <summary><c>WxH</c>, or <c>WxHxD</c> where the depth is not 1.</summary>
    public override string ToString() => Depth == 1 ? $"{Width}x{Height}" : $"{Width}x{Height}x{Depth}";
}

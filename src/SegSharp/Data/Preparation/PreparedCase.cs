namespace SegSharp.Data;

/// <summary>A case as the network sees it, and how it came to be so.</summary>
/// <param name="Sample">Intensities and classes of the whole volume, or of one page.</param>
/// <param name="Record">The steps of the grid, for the way back.</param>
public sealed record PreparedCase(Sample Sample, PreparationRecord Record)
{
    /// <summary>One slice of the volume as a sample of its own, named <c>case@0007</c>; the volume itself when it has only one.</summary>
    public Sample Slice(int z)
    {
        var s = Sample;
        if (s.Depth == 1)
        {
            return s;
        }

        var page = (int)s.Extent.PageCount;
        var image = new float[s.Channels * page];
        for (var c = 0; c < s.Channels; c++)
        {
            s.Image.AsSpan((c * s.Voxels) + (z * page), page).CopyTo(image.AsSpan(c * page));
        }

        return new Sample
        {
            Id = SliceName(s.Id, z),
            Extent = s.Extent.Page,
            Channels = s.Channels,
            Places = s.Places,
            ContextFactor = s.ContextFactor,
            Image = image,
            Labels = s.Labels?.AsSpan(z * page, page).ToArray(),
            Weights = s.Weights?.AsSpan(z * page, page).ToArray(),
        };
    }

    internal static string SliceName(string id, int z) => $"{id}@{z:D4}";
}

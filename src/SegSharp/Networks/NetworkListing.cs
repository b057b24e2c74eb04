using SegSharp.Foundation;
using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>A network of the catalogue in numbers and words, with its default options.</summary>
/// <param name="Name">Its name in the catalogue.</param>
/// <param name="Parameters">Elements of its parameters.</param>
/// <param name="Axes">Spatial axes of images that it can be built for: 2, 3 or both.</param>
/// <param name="DeepSupervision">Whether it can give logits of several levels.</param>
/// <param name="HeldAgainst">The original that recorded numbers hold it against; null while it is unverified.</param>
/// <param name="About">One line.</param>
public sealed record NetworkListing(string Name, long Parameters, IReadOnlyList<int> Axes, bool DeepSupervision, string? HeldAgainst, string About)
{
    /// <summary>All of them, in the catalogue's order; built without starting weights, which is quick.</summary>
    public static IEnumerable<NetworkListing> All()
    {
        foreach (var entry in Catalogue.All)
        {
            var options = (NetworkOptions)entry.Defaults();
            yield return new(
                entry.Name,
                ParametersOf(entry),
                Has(nameof(UNetOptions.Dimensions)) ? [2, 3] : [options.Axes],
                Has(nameof(UNetPlusPlusOptions.DeepSupervision)),
                options.HeldAgainst,
                options.About);

            bool Has(string option) => entry.OptionsType.GetProperty(option) is not null;
        }
    }

    private static long ParametersOf(CatalogueEntry<Network> entry)
    {
        using var scope = new TensorScope();
        using var shapesOnly = Initialise.Skip();
        using var network = entry.Build(entry.Defaults());
        return network.ParameterCount;
    }
}

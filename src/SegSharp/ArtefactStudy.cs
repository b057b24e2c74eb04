using System.Text.Json.Nodes;
using SegSharp.Augmentation;
using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Filters;
using SegSharp.Imaging.Signals;

namespace SegSharp;

/// <summary>A slice, the same with an artefact, and what a filter makes of that.</summary>
public sealed record ArtefactStudy
{
    // Water at the energies of CT, per millimetre.
    private const double Water = 0.0195;

    private static readonly Dictionary<string, (string? Filter, string About)> Known = new(StringComparer.Ordinal)
    {
        ["photon-starvation"] = ("non-local-means", "CT: noise of few photons"),
        ["metal-streaks"] = ("streak-removal", "CT: metal hardens and swallows rays"),
        ["rings"] = ("ring-removal", "CT: detectors with a wrong gain"),
        ["gibbs"] = ("hamming", "MR: high frequencies not measured"),
        ["motion"] = (null, "MR: the patient moves between lines"),
        ["ghosting"] = (null, "MR: every n-th line is weaker"),
        ["bias-field"] = ("bias-correction", "MR: the coil sees one side better"),
        ["spikes"] = ("spike-removal", "MR: a spark among the measured frequencies"),
    };

    /// <summary>Names of the artefacts, as among the augmentations.</summary>
    public static IReadOnlyCollection<string> Kinds => Known.Keys;

    /// <summary>Name of the artefact.</summary>
    public required string Kind { get; init; }

    /// <summary>Its cause, in a few words.</summary>
    public string About => Known[Kind].About;

    /// <summary>What was drawn, and put in.</summary>
    public required Drawn Drawn { get; init; }

    /// <summary>Name of the filter; null where none was used.</summary>
    public string? Filter { get; init; }

    /// <summary>The slice as it was, row by row.</summary>
    public required float[] Original { get; init; }

    /// <summary>With the artefact. Of a bias field nobody sees its overall factor, so this and <see cref="Reduced"/> are brought to the original's brightness.</summary>
    public required float[] Changed { get; init; }

    /// <summary>After the filter; null without one.</summary>
    public float[]? Reduced { get; init; }

    /// <summary>Pixels of the slice.</summary>
    public required Extent Extent { get; init; }

    /// <summary>What the artefact added, metal itself left out: it is what streaks come from.</summary>
    public float[] Added => Difference(Changed);

    /// <summary>What is left of it after the filter, and what the filter took of the image; null without a filter.</summary>
    public float[]? Left => Reduced is null ? null : Difference(Reduced);

    /// <summary>How near the slice with the artefact is to the original, outside of metal.</summary>
    public Similarity Before => Compare(Added);

    /// <summary>How near the filtered slice is to the original, outside of metal; null without a filter.</summary>
    public Similarity? After => Left is null ? null : Compare(Left);

    /// <summary>The drawn parameters by name.</summary>
    public JsonObject Parameters => OptionsJson.Write(Drawn);

    /// <summary>The filter that reduces an artefact; null where no simple one does.</summary>
    /// <param name="kind">Name of the artefact.</param>
    public static string? FilterFor(string kind) => Known[Require(kind)].Filter;

    /// <summary>Puts an artefact into a slice and takes it out again.</summary>
    /// <param name="slice">Row by row.</param>
    /// <param name="extent">Its pixels; depth 1.</param>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="settings">Options of the artefact, "high=1e5".</param>
    /// <param name="seed">Of all that is drawn.</param>
    /// <param name="filter">Name of a filter; "auto" takes <see cref="FilterFor"/>, null none.</param>
    /// <param name="filterSettings">Options of the filter.</param>
    /// <param name="hounsfield">Where values are Hounsfield units, the size of a pixel in mm: the attenuation of the densest ray follows from both. Else null.</param>
    /// <exception cref="UsageException">No such artefact, filter or option.</exception>
    public static ArtefactStudy Of(
        float[] slice, Extent extent, string kind, IEnumerable<string> settings, long seed, string? filter = "auto", IEnumerable<string>? filterSettings = null, double? hounsfield = null)
    {
        var given = new JsonObject { ["name"] = Require(kind), ["probability"] = 1 };
        if (hounsfield is { } pixel && kind is ("photon-starvation" or "metal-streaks" or "rings"))
        {
            given["attenuation"] = Math.Max(0.01, DensestRay(slice, extent, pixel));
        }

        OptionsJson.SetAll(given, settings);
        var options = OptionsJson.Read<TransformOptions>(given, kind);
        UsageException.ThrowIfAny(options.Check());
        var sample = new Sample { Id = kind, Extent = extent, Channels = 1, Image = slice };
        var drawn = Augmentation.Catalogue.Transforms.Get(kind).Build(options).Draw(new RandomStream(seed).Derive(kind), extent)
            ?? throw new UsageException($"the options of '{kind}' leave the image as it is", "give it some strength with --set");
        var changed = drawn.Apply(sample).Image;

        var name = filter == "auto" ? FilterFor(kind) : filter;
        float[]? reduced = null;
        if (name is not null)
        {
            var chosen = new JsonObject { ["name"] = Imaging.Filters.Catalogue.Filters.Get(name).Name };

            // The scanner knows what it measured.
            if (name == "hamming" && drawn is Gibbs gibbs)
            {
                chosen["keep"] = gibbs.Keep;
            }

            OptionsJson.SetAll(chosen, filterSettings ?? []);
            var read = OptionsJson.Read<FilterOptions>(chosen, name);
            UsageException.ThrowIfAny(read.Check());
            reduced = Imaging.Filters.Catalogue.Filters.Get(name).Build(read).Apply(changed, extent);
        }

        if (drawn is BiasField)
        {
            changed = Matched(slice, changed);
            reduced = reduced is null ? null : Matched(slice, reduced);
        }

        return new ArtefactStudy { Kind = kind, Drawn = drawn, Filter = name, Original = slice, Changed = changed, Reduced = reduced, Extent = extent };
    }

    // The factor that is nearest to the original in squares; where the signal begins is 0, or the smallest value below it.
    private static float[] Matched(float[] original, float[] image)
    {
        var level = Math.Min(0, original.Min());
        var (both, own) = (0.0, 0.0);
        for (var i = 0; i < image.Length; i++)
        {
            both += ((double)original[i] - level) * (image[i] - level);
            own += ((double)image[i] - level) * (image[i] - level);
        }

        return own > 0 ? Array.ConvertAll(image, v => (float)(level + ((v - level) * both / own))) : image;
    }

    private Similarity Compare(float[] difference) => Similarity.Of(Original, [.. Original.Zip(difference, (a, d) => a + d)], Extent);

    // A pixel around metal belongs to it: the reconstruction spreads so far.
    private float[] Difference(float[] image)
    {
        var difference = image.Zip(Original, (a, b) => a - b).ToArray();
        foreach (var piece in (Drawn as MetalStreaks)?.Pieces ?? [])
        {
            for (var i = 0; i < difference.Length; i++)
            {
                var (dx, dy) = ((i % Extent.Width) - (piece.X * (Extent.Width - 1)), (i / Extent.Width) - (piece.Y * (Extent.Height - 1)));
                if (Math.Sqrt((dx * dx) + (dy * dy)) <= piece.Radius + 1.5)
                {
                    difference[i] = 0;
                }
            }
        }

        return difference;
    }

    private static string Require(string kind) => Known.ContainsKey(kind) ? kind : throw UsageException.Unknown("artefact", kind, Known.Keys);

    private static double DensestRay(float[] slice, Extent extent, double pixel)
    {
        var air = slice.Min();
        var rays = Radon.Forward(Array.ConvertAll(slice, v => (double)v - air), extent.Width, extent.Height, Radon.HalfTurn(36));
        return rays.Values.Max() / 1000 * Water * pixel;
    }
}

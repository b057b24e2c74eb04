using System.CommandLine;
using System.Globalization;
using SegSharp.Cli.Terminal;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Measurement;

namespace SegSharp.Cli.Verbs;

internal static class MeasureVerb
{
    // Key, title, and where the value lies; text shows the first of them, files and JSON all.
    private static readonly (string Key, string Title, string? Format, bool InText, Func<MeasuredObject, object?> Value)[] _columns =
    [
        ("label", "label", null, true, m => m.Label),
        ("object", "object", null, true, m => m.Number),
        ("voxels", "voxels", null, true, m => m.Voxels),
        ("volumeMm3", "volume mm³", "0.0", true, m => m.VolumeMm3),
        ("boxStart", "box from", null, true, m => $"{m.BoxStart.X},{m.BoxStart.Y},{m.BoxStart.Z}"),
        ("box", "box", null, true, m => $"{m.Box.Width}x{m.Box.Height}x{m.Box.Depth}"),
        ("centroidX", "centroid x", "0.0", false, m => m.Centroid.X),
        ("centroidY", "centroid y", "0.0", false, m => m.Centroid.Y),
        ("centroidZ", "centroid z", "0.0", false, m => m.Centroid.Z),
        ("worldR", "R mm", "0.0", true, m => m.CentroidWorld.X),
        ("worldA", "A mm", "0.0", true, m => m.CentroidWorld.Y),
        ("worldS", "S mm", "0.0", true, m => m.CentroidWorld.Z),
        ("mean", "mean", "0.00", true, m => m.Intensity?.Mean),
        ("standardDeviation", "deviation", "0.00", true, m => m.Intensity?.StandardDeviation),
        ("minimum", "minimum", "0.##", true, m => m.Intensity?.Minimum),
        ("percentile10", "10 %", "0.##", false, m => m.Intensity?.Percentile10),
        ("median", "median", "0.##", true, m => m.Intensity?.Median),
        ("percentile90", "90 %", "0.##", false, m => m.Intensity?.Percentile90),
        ("maximum", "maximum", "0.##", true, m => m.Intensity?.Maximum),
        ("interquartileRange", "IQR", null, false, m => m.Intensity?.InterquartileRange),
        ("range", "range", null, false, m => m.Intensity?.Range),
        ("meanAbsoluteDeviation", "MAD", null, false, m => m.Intensity?.MeanAbsoluteDeviation),
        ("robustMeanAbsoluteDeviation", "rMAD", null, false, m => m.Intensity?.RobustMeanAbsoluteDeviation),
        ("rootMeanSquared", "RMS", null, false, m => m.Intensity?.RootMeanSquared),
        ("variance", "variance", null, false, m => m.Intensity?.Variance),
        ("skewness", "skewness", null, false, m => m.Intensity?.Skewness),
        ("kurtosis", "kurtosis", null, false, m => m.Intensity?.Kurtosis),
        ("energy", "energy", null, false, m => m.Intensity?.Energy),
        ("totalEnergy", "total energy", null, false, m => m.Intensity?.TotalEnergy),
        ("entropy", "entropy", null, false, m => m.Intensity?.Entropy),
        ("uniformity", "uniformity", null, false, m => m.Intensity?.Uniformity),
        ("meshVolume", "mesh mm³", "0.0", false, m => m.Shape?.MeshVolume),
        ("surfaceArea", "surface mm²", "0.0", true, m => m.Shape?.SurfaceArea),
        ("surfaceVolumeRatio", "surface/volume", null, false, m => m.Shape?.SurfaceVolumeRatio),
        ("sphericity", "sphericity", "0.000", true, m => m.Shape?.Sphericity),
        ("majorAxisLength", "major mm", null, false, m => m.Shape?.MajorAxisLength),
        ("minorAxisLength", "minor mm", null, false, m => m.Shape?.MinorAxisLength),
        ("leastAxisLength", "least mm", null, false, m => m.Shape?.LeastAxisLength),
        ("elongation", "elongation", null, false, m => m.Shape?.Elongation),
        ("flatness", "flatness", null, false, m => m.Shape?.Flatness),
        ("maximum3DDiameter", "diameter mm", "0.0", true, m => m.Shape?.Maximum3DDiameter),
        ("maximum2DDiameterSlice", "in slice mm", null, false, m => m.Shape?.Maximum2DDiameterSlice),
        ("maximum2DDiameterColumn", "in column mm", null, false, m => m.Shape?.Maximum2DDiameterColumn),
        ("maximum2DDiameterRow", "in row mm", null, false, m => m.Shape?.Maximum2DDiameterRow),
    ];

    public static Command Create()
    {
        var image = new Argument<string>("IMAGE") { Description = "the intensities" };
        var mask = new Argument<string>("MASK") { Description = "a label map on the same grid" };
        var objects = new Option<bool>("--objects") { Description = "measure every connected object by itself, not every label as a whole" };
        var bin = new Option<double>("--bin-width") { Description = "width of the histogram's bins for entropy and uniformity", HelpName = "N", DefaultValueFactory = _ => 25 };
        var csv = new Option<string?>("--csv") { Description = "write all numbers into this file", HelpName = "FILE" };
        var verb = new Command("measure", "volume, box, centroid, intensity and shape of every label or object") { image, mask, objects, bin, csv };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var measured = Measure.Of(
                Volume.Read(args.GetRequiredValue(image)),
                LabelMap.Read(args.GetRequiredValue(mask)),
                new MeasureOptions { Objects = args.GetValue(objects), BinWidth = args.GetValue(bin) },
                context.Cancel);
            if (args.GetValue(csv) is { } file)
            {
                AtomicFile.WriteText(file, Csv(measured));
            }

            Show(context, measured, args.GetValue(csv));
        }));
        return verb;
    }

    private static void Show(VerbContext context, IReadOnlyList<MeasuredObject> measured, string? csv)
    {
        var shown = context.Json ? _columns : [.. _columns.Where(c => c.InText && (c.Key != "object" || measured.Any(m => m.Number is not null)))];
        var table = new Table([.. shown.Select(c => new Column(c.Key, c.Title, c.Format))]);
        foreach (var m in measured)
        {
            table.Add([.. shown.Select(c => c.Value(m))]);
        }

        var document = new Document().With("objects", table);
        if (measured.Count == 0)
        {
            document.WithText("the mask is empty: no label above 0");
        }

        context.Show(csv is null
            ? document.WithText("more in --json and --csv FILE: axes, percentiles, entropy, diameters by plane")
            : document.With("csv", "written", csv));
    }

    private static string Csv(IReadOnlyList<MeasuredObject> measured)
    {
        static string Cell(object? value) => value switch
        {
            null => "",
            string text when text.Contains(',', StringComparison.Ordinal) => $"\"{text}\"",
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString()!,
        };
        var lines = measured.Select(m => string.Join(',', _columns.Select(c => Cell(c.Value(m)))));
        return string.Join('\n', [string.Join(',', _columns.Select(c => c.Key)), .. lines]) + "\n";
    }
}

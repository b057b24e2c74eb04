using System.CommandLine;
using System.Globalization;
using SegSharp.Cli.Terminal;
using SegSharp.Figures.Drawing;
using SegSharp.Figures.Intensities;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Filters;
using SegSharp.Imaging.Formats.Dicom;

namespace SegSharp.Cli.Verbs;

/// <summary><c>artefact</c>: a slice, the same with an artefact, and what a filter makes of it.</summary>
internal static class ArtefactVerb
{
    private static readonly Argument<string> Source = new("SRC") { Description = "picture, volume, or folder of a DICOM series" };
    private static readonly Option<string> Kind = new("--kind") { Description = $"the artefact: {string.Join(", ", ArtefactStudy.Kinds)}", HelpName = "NAME", Required = true };
    private static readonly Option<string[]> Set = new("--set") { Description = "an option of the artefact, as in a recipe: --set low=1000", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };
    private static readonly Option<string> Reduce = new("--reduce") { Description = $"the filter: auto, none, {string.Join(", ", Imaging.Filters.Catalogue.Filters.Names)}", HelpName = "FILTER", DefaultValueFactory = _ => "auto" };
    private static readonly Option<string[]> FilterSet = new("--filter-set") { Description = "an option of the filter: --filter-set strength=2", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };
    private static readonly Option<int> Channel = new("--channel") { Description = "the channel to look at, from 0", HelpName = "N", DefaultValueFactory = _ => 0 };
    private static readonly Option<int?> Slice = new("--slice") { Description = "the slice, along the file's own axis, from 0 (default: the middle one)", HelpName = "N" };
    private static readonly Option<string?> Window = new("--window") { Description = "the values drawn black and white (default: percentiles 0.5 and 99.5)", HelpName = "LOW,HIGH" };
    private static readonly Option<bool> Hu = new("--hu") { Description = "values are Hounsfield units: rays weaken as in water and bone (a CT series in DICOM is known to be)" };
    private static readonly Option<string?> Out = new("--out") { Description = "write the figure there: .png, .svg or .pdf", HelpName = "FIG" };

    public static Command Create()
    {
        var verb = new Command("artefact", "what a scanner's fault does to a slice, and what a filter makes of it: the original, with the artefact, and reduced")
        {
            Source, Kind, Set, Reduce, FilterSet, Channel, Slice, Window, Hu, Out,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context => Run(context, args)));
        return verb;
    }

    private static void Run(VerbContext context, ParseResult args)
    {
        var figure = args.GetValue(Out);
        if (figure is not null)
        {
            Figure.CheckName(figure);
            if (File.Exists(figure) && !context.Overwrite)
            {
                throw new InputException($"'{figure}' exists already", "add --overwrite to replace it");
            }
        }

        var window = args.GetValue(Window) is { } text ? ReadWindow(text) : ((double, double)?)null;
        var path = args.GetValue(Source)!;
        var series = DicomFolder.Named(path);
        var volume = series?.Read() ?? Volume.Read(path);
        var (slice, z) = Take(volume, args);
        var format = Imaging.Formats.Catalogue.OfEnding(path);
        var isCt = args.GetValue(Hu) || series?.Modality == "CT";
        var knowsWorld = format is { KnowsWorld: true } || series is not null;
        var spacing = volume.Geometry.Spacing;
        if (args.GetValue(Hu) && !knowsWorld)
        {
            throw new UsageException($"'{path}' does not know how large a pixel is, so --hu cannot say how rays weaken", "leave out --hu and give --set attenuation=5");
        }

        var filter = args.GetValue(Reduce);
        var study = ArtefactStudy.Of(
            slice, new Extent(volume.Extent.Width, volume.Extent.Height), args.GetValue(Kind)!, args.GetValue(Set)!, context.Seed,
            filter == "none" ? null : filter, args.GetValue(FilterSet), isCt ? spacing.X : null);

        var document = new Document()
            .With("source", "image", volume.Name)
            .With("size", "size", volume.Extent.ToString())
            .With("slice", "slice", z)
            .With("artefact", "artefact", study.Kind, $"{study.Kind} ({study.About})")
            .With("filter", "filter", study.Filter, study.Filter ?? (ArtefactStudy.FilterFor(study.Kind) is null ? "none: no simple filter puts this right" : "none"))
            .WithData("parameters", study.Parameters.DeepClone());
        var drawn = new Table(new("name", "drawn"), new("value", "value"));
        foreach (var (key, value) in study.Parameters)
        {
            drawn.Add(key, value?.ToJsonString() ?? "–");
        }

        var results = new Table(new("of", "against the original"), new("rmse", "RMSE"), new("psnr", "PSNR (dB)"), new("ssim", "SSIM"));
        void Add(string name, Similarity s) => results.Add(name, Short(s.RootMeanSquare), Short(s.SignalToNoise), Short(s.Structure));
        Add("with artefact", study.Before);
        if (study.After is { } after)
        {
            Add($"after {study.Filter}", after);
        }

        document.WithView(drawn).With("results", results);
        if (figure is not null)
        {
            // As it is shown everywhere: right on the left, front above, head above.
            bool IsTurned(int axis) => knowsWorld && volume.Geometry.Orientation.ToString()[axis] is 'R' or 'A' or 'S';
            var name = volume.Extent.Depth == 1 ? volume.Name : $"{volume.Name}, slice {z}";
            new ArtefactFigure(study, name, knowsWorld ? spacing.Y / spacing.X : 1, window, IsTurned(0), IsTurned(1)).Write(figure);
            document.With("figure", "figure", figure);
        }
        else
        {
            context.Say("nothing was drawn: --out FILE.png draws it");
        }

        context.Show(document);
    }

    private static (float[] Slice, int Z) Take(Volume volume, ParseResult args)
    {
        var (channel, depth) = (args.GetValue(Channel), volume.Extent.Depth);
        if (channel < 0 || channel >= volume.Channels)
        {
            throw new UsageException($"option '--channel' is {channel}; '{volume.Name}' has {(volume.Channels == 1 ? "channel 0 alone" : $"the channels 0 to {volume.Channels - 1}")}");
        }

        var z = args.GetValue(Slice) ?? depth / 2;
        if (z < 0 || z >= depth)
        {
            throw new UsageException($"option '--slice' is {z}; '{volume.Name}' has {(depth == 1 ? "slice 0 alone" : $"the slices 0 to {depth - 1}")}", "leave it out for the middle one");
        }

        var page = (int)volume.Extent.PageCount;
        return (volume.ToFloats().AsSpan((((channel * depth) + z) * page), page).ToArray(), z);
    }

    private static (double, double) ReadWindow(string text)
    {
        var parts = text.Split(',');
        return parts.Length == 2
            && double.TryParse(parts[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var low)
            && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var high) && low < high
            ? (low, high)
            : throw new UsageException($"option '--window' is '{text}'; it must be two numbers in order", "--window -160,240");
    }

    private static double? Short(double value) => double.IsFinite(value) ? double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;
}

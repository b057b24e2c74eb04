using System.CommandLine;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Figures.Intensities;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Normalisation;
using NormaliserCatalogue = SegSharp.Imaging.Normalisation.Catalogue;

namespace SegSharp.Cli.Verbs;

/// <summary><c>normalize</c>: slice, histogram and scope side by side.</summary>
internal static class NormalizeVerb
{
    private static readonly string[] Usual = ["zscore", "minmax", "percentile", "median", "equalise", "clahe"];
    private static readonly string[] Endings = [".png", ".svg", ".pdf"];

    // Slices that a page is offered; where their pictures are too many bytes, it takes fewer.
    private const int MostSlices = 96;

    private static readonly Argument<string> Source = new("SRC") { Description = "picture, volume, or data set (nnU-Net layout)" };
    private static readonly Option<string?> Case = new("--case") { Description = "the case of a data set to draw (default: its first training case)", HelpName = "ID" };
    private static readonly Option<int> Channel = new("--channel") { Description = "the channel to look at, from 0", HelpName = "N", DefaultValueFactory = _ => 0 };
    private static readonly Option<int?> Slice = new("--slice") { Description = "the slice to draw, along the file's own axis, from 0 (default: the middle one)", HelpName = "N" };
    private static readonly Option<string> Methods = new("--method") { Description = $"normalisations, by comma: {string.Join(", ", NormaliserCatalogue.Normalisers.Names)}", HelpName = "NAMES", DefaultValueFactory = _ => string.Join(',', Usual) };
    private static readonly Option<string?> Scopes = new("--scope") { Description = "slice, volume, dataset, by comma (default: all that SRC has)", HelpName = "NAMES" };
    private static readonly Option<string[]> Set = new("--set") { Description = "an option of a method: --set zscore.ddof=1", HelpName = "KEY=VALUE", DefaultValueFactory = _ => [] };
    private static readonly Option<string> Mask = new("--mask") { Description = "the voxels that count in statistics: all, nonzero, or corner (what differs from the image's first voxel)", HelpName = "RULE", DefaultValueFactory = _ => "all" };
    private static readonly Option<string?> Rule = new("--validation") { Description = $"cases of a data set that do not count in its statistics: {Validation.Forms} (default: none)", HelpName = "RULE" };
    private static readonly Option<string?> Out = new("--out") { Description = "write the figure there: .png, .svg or .pdf", HelpName = "FILE" };
    private static readonly Option<string?> Html = new("--html") { Description = "write the page with sliders there", HelpName = "FILE" };

    public static Command Create()
    {
        var verb = new Command("normalize", "slice, histogram and scope side by side for every normalisation: as a figure, and as a page with sliders")
        {
            Source, Case, Channel, Slice, Methods, Scopes, Set, Mask, Rule, Out, Html,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context => Run(context, args)));
        return verb;
    }

    private static void Run(VerbContext context, ParseResult args)
    {
        var (figure, page) = (args.GetValue(Out), args.GetValue(Html));
        RequireFree(context, figure, Endings);
        RequireFree(context, page, [".html", ".htm"]);
        var methods = ReadMethods(args.GetValue(Methods)!, args.GetValue(Set)!);
        var mask = args.GetValue(Mask)!;
        if (mask is not ("all" or "nonzero" or "corner"))
        {
            throw UsageException.Unknown("mask", mask, ["all", "nonzero", "corner"]);
        }

        var image = Read(context, args, methods, mask);
        var scopes = ReadScopes(args.GetValue(Scopes), image);
        var depth = image.Extent.Depth;
        var slice = args.GetValue(Slice) ?? depth / 2;
        if (slice < 0 || slice >= depth)
        {
            throw new UsageException($"option '--slice' is {slice}; '{image.Name}' has {(depth == 1 ? "slice 0 alone" : $"the slices 0 to {depth - 1}")}", "leave it out for the middle one");
        }

        IEnumerable<int> pages = [slice];
        if (page is not null)
        {
            var step = (depth + MostSlices - 1) / MostSlices;
            pages = pages.Concat(Enumerable.Range(0, depth).Where(z => z % step == slice % step));
        }

        var study = NormalisationStudy.Of(image, methods, scopes, pages, context.On, context.Cancel);
        var at = study.PageIndices.ToList().IndexOf(slice);
        context.Show(ToDocument(context, study, at, figure, page));
    }

    private static Document ToDocument(VerbContext context, NormalisationStudy study, int at, string? figure, string? page)
    {
        var image = study.Image;
        var document = new Document()
            .With("source", "image", image.Name)
            .With("size", "size", image.Extent.ToString())
            .With("slice", "slice", study.PageIndices[at], image.Extent.Depth == 1 ? "the only one" : $"{study.PageIndices[at]} (0 to {image.Extent.Depth - 1})")
            .With("mask", "voxels that count", image.CountedName);
        if (image.DataSetName is not null)
        {
            document.With("dataSet", "data set", image.DataSetName);
        }

        var used = new Table(new("of", "statistics of"), new("count", "values"), new("mean", "mean"), new("deviation", "std. dev."), new("minimum", "minimum"), new("p1", "p 1"), new("median", "median"), new("p99", "p 99"), new("maximum", "maximum"));
        void Add(string name, IntensityStatistics s) => used.Add(name, s.Count, Short(s.Mean), Short(s.StandardDeviation), Short(s.Minimum), Short(s.At(1)), Short(s.Median), Short(s.At(99)), Short(s.Maximum));
        Add(image.Extent.Depth == 1 ? "image" : "slice", study.PageStatistics[at]);
        if (image.Extent.Depth > 1)
        {
            Add("volume", study.Volume);
        }

        if (image.DataSet is { } data)
        {
            Add("data set", data);
        }

        var after = new Table(new("method", "method"), new("scope", "scope"), new("mean", "mean of the slice"), new("deviation", "std. dev."), new("minimum", "minimum"), new("maximum", "maximum"), new("wholeMean", "mean of all"), new("wholeDeviation", "std. dev. of all"));
        foreach (var view in study.Views)
        {
            var s = view.Pages[at].After;
            after.Add(view.Method!.Name, NormalisationStudy.NameOf(view.Scope!.Value), Short(NormalisationStudy.MeanOf(s)), Short(s.StandardDeviation), Short(s.Minimum), Short(s.Maximum), Short(NormalisationStudy.MeanOf(view.After)), Short(view.After.StandardDeviation));
        }

        document.With("statistics", used, "before").With("results", after, "after");
        if (figure is not null)
        {
            new NormalisationFigure(study, at).Write(figure);
            document.With("figure", "figure", figure);
        }

        if (page is not null)
        {
            var slices = NormalisationPage.Write(page, study);
            document.With("page", "page", page, $"{page} ({ByteSize.Format(new FileInfo(page).Length)}, {slices} of {image.Extent.Depth} slices)")
                .WithData("pageSlices", JsonValue.Create(slices));
        }

        if (figure is null && page is null)
        {
            context.Say("nothing was drawn: --out FILE.png draws it, --html FILE.html makes a page with sliders");
        }

        return document;
    }

    // Six digits are what anybody reads; JSON keeps them as numbers.
    private static double Short(double value) => double.IsFinite(value) ? double.Parse(value.ToString("G6")) : value;

    private static void RequireFree(VerbContext context, string? target, string[] endings)
    {
        if (target is null)
        {
            return;
        }

        if (!endings.Contains(Path.GetExtension(target), StringComparer.OrdinalIgnoreCase))
        {
            throw new UsageException($"'{target}' ends in '{Path.GetExtension(target)}'; it must end in {string.Join(", ", endings)}");
        }

        if (File.Exists(target) && !context.Overwrite)
        {
            throw new InputException($"'{target}' exists already", "add --overwrite to replace it");
        }
    }

    private static List<StudiedMethod> ReadMethods(string names, string[] assignments)
    {
        var entries = Words(names).Select(NormaliserCatalogue.Normalisers.Get).ToList();
        if (entries.Count == 0)
        {
            throw new UsageException("option '--method' names none", $"--method {string.Join(',', Usual)}");
        }

        var settings = new JsonObject();
        OptionsJson.SetAll(settings, assignments);
        foreach (var (key, value) in settings)
        {
            if (entries.All(e => e.Name != key))
            {
                throw UsageException.Unknown("method in --set", key, entries.Select(e => e.Name));
            }

            if (value is not JsonObject)
            {
                throw new UsageException($"'{key}={value}' sets no option of a method", "--set zscore.ddof=1");
            }
        }

        return [.. entries.Select(e =>
        {
            var own = settings[e.Name] as JsonObject ?? [];
            var text = string.Join(", ", own.Select(o => $"{o.Key} {o.Value}"));
            return new StudiedMethod(e.Name, text.Length == 0 ? null : text, e.Build(OptionsJson.Read(e.OptionsType, own, e.Name)));
        })];
    }

    private static List<IntensityScope> ReadScopes(string? names, StudiedImage image)
    {
        var isVolume = image.Extent.Depth > 1;
        var known = new Dictionary<string, IntensityScope>(StringComparer.OrdinalIgnoreCase)
        {
            ["slice"] = IntensityScope.Slice,
            ["volume"] = IntensityScope.Volume,
            ["dataset"] = IntensityScope.DataSet,
        };
        List<IntensityScope> chosen = names is null
            ? [.. known.Values.Where(s => s switch { IntensityScope.Volume => isVolume, IntensityScope.DataSet => image.DataSet is not null, _ => true })]
            : [.. Words(names).Select(w => known.TryGetValue(w, out var scope) ? scope : throw UsageException.Unknown("scope", w, known.Keys))];
        if (chosen.Contains(IntensityScope.DataSet) && image.DataSet is null)
        {
            throw new UsageException($"'{image.Name}' is no data set; its statistics are not known", "give the data set's folder as SRC, and the case with --case");
        }

        return chosen.Count > 0 ? chosen : throw new UsageException("option '--scope' names none", "--scope slice,volume");
    }

    private static IEnumerable<string> Words(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase);

    private static StudiedImage Read(VerbContext context, ParseResult args, IReadOnlyList<StudiedMethod> methods, string mask)
    {
        var (path, channel) = (args.GetValue(Source)!, args.GetValue(Channel));
        if (!Directory.Exists(path))
        {
            if (args.GetValue(Case) is not null || args.GetValue(Rule) is not null)
            {
                throw new UsageException($"--case and --validation belong to a data set; '{path}' is {(File.Exists(path) ? "a file" : "no folder")}", "give the data set's folder as SRC");
            }

            var volume = Volume.Read(path);
            return Image(Path.GetFileName(path), volume, path, channel, mask);
        }

        var data = DataSet.Open(path);
        var training = data.Split(args.GetValue(Rule) is { } rule ? Validation.Parse(rule, context.Seed) : Validation.None).Training;
        if (training.Count == 0)
        {
            throw new InputException($"no training case of '{path}' is left to take the statistics from", "hold out fewer cases with --validation");
        }

        var chosen = args.GetValue(Case) is { } id
            ? data.Cases.Concat(data.TestCases).FirstOrDefault(c => c.Id == id) ?? data[id]
            : data[training[0]];
        var collector = new IntensityCollector();
        for (var i = 0; i < training.Count; i++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            context.On(new Progressed("statistics", i, training.Count, training[i]));
            var values = Values(data.Read(data[training[i]]).Image, channel);
            collector.Add(values, MaskOf(values, mask));
        }

        var image = Image($"{data.Name} {chosen.Id}", data.Read(chosen).Image, chosen.Channels[0], channel, mask);
        return image with
        {
            DataSet = collector.Statistics(methods.SelectMany(m => m.Normaliser.Percentages)),
            DataSetName = $"{training.Count} training case{(training.Count == 1 ? "" : "s")}",
        };
    }

    private static StudiedImage Image(string name, Volume volume, string path, int channel, string mask)
    {
        var values = Values(volume, channel);
        var knowsWorld = Imaging.Formats.Catalogue.OfEnding(path) is { KnowsWorld: true };

        // As it is shown everywhere: right on the left, front above, head above.
        bool IsTurned(int axis) => knowsWorld && volume.Geometry.Orientation.ToString()[axis] is 'R' or 'A' or 'S';
        return new StudiedImage
        {
            Name = volume.Channels == 1 ? name : $"{name}, channel {channel}",
            Values = values,
            Extent = volume.Extent,
            Mask = MaskOf(values, mask),
            MaskName = mask switch
            {
                "nonzero" => "voxels that are not 0",
                "corner" => "voxels that differ from the first",
                _ => null,
            },
            PixelAspect = knowsWorld ? volume.Geometry.Spacing.Y / volume.Geometry.Spacing.X : 1,
            FlipX = IsTurned(0),
            FlipY = IsTurned(1),
        };
    }

    private static bool[] MaskOf(float[] values, string mask) => mask switch
    {
        "nonzero" => Array.ConvertAll(values, v => v != 0),
        "corner" => Array.ConvertAll(values, v => v != values[0]),
        _ => [],
    };

    private static float[] Values(Volume volume, int channel)
    {
        if (channel < 0 || channel >= volume.Channels)
        {
            throw new UsageException($"option '--channel' is {channel}; '{volume.Name}' has {(volume.Channels == 1 ? "channel 0 alone" : $"the channels 0 to {volume.Channels - 1}")}");
        }

        var all = volume.ToFloats();
        return volume.Channels == 1 ? all : all.AsSpan(channel * (int)volume.Extent.Count, (int)volume.Extent.Count).ToArray();
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Doctor;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats.Dicom;

namespace SegSharp.Cli.Verbs;

/// <summary><c>data check</c>: the geometry doctor.</summary>
internal static class DataCheckVerb
{
    private const int ShownCases = 20;

    public static Command Create()
    {
        var folder = new Argument<string?>("DIR") { Description = "data set (nnU-Net layout); or use --pair", Arity = ArgumentArity.ZeroOrOne };
        var pair = new Option<string[]>("--pair") { Description = "an image (or the folder of a DICOM series) and its mask, or a folder of each", HelpName = "IMAGE MASK", Arity = new ArgumentArity(2, 2), AllowMultipleArgumentsPerToken = true };
        var fix = new Option<string?>("--fix") { Description = "write a mended copy there; originals are never written over", HelpName = "OUT" };
        var spacing = new Option<string?>("--spacing") { Description = "prove the way back from this spacing, mm (default: 1.5 times the file's own)", HelpName = "XxYxZ" };
        var crop = new Option<string?>("--crop") { Description = "crop or pad to this size on the way", HelpName = "WxH[xD]" };
        var size = new Option<string?>("--size") { Description = "prove the way back from this number of voxels instead of a spacing", HelpName = "WxHxD" };
        var headers = new Option<bool>("--no-round-trip") { Description = "look at headers and values only" };
        var channel = new Option<bool>("--channel") { Description = "the second of the pair is another channel of the image, not a mask" };
        var verb = new Command("check", "the geometry doctor: names every fault and its mend, and proves the way back to the file's own grid")
        {
            folder, pair, channel, fix, spacing, crop, size, headers,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var options = new DoctorOptions
            {
                RoundTrips = !args.GetValue(headers),
                Preparation = new PreparationOptions
                {
                    Crop = args.GetValue(crop) is { } c ? Extent.Parse(c) : null,
                    Size = args.GetValue(size) is { } s ? Extent.Parse(s) : null,
                    Spacing = args.GetValue(spacing),
                },
            };
            UsageException.ThrowIfAny(options.Preparation.Check());
            var two = args.GetValue(pair) ?? [];
            return (args.GetValue(folder), two) switch
            {
                ({ } dir, []) => OfDataSet(context, dir, options, args.GetValue(fix)),
                (null, [var image, var mask]) => OfPairs(context, image, mask, args.GetValue(channel), options, args.GetValue(fix)),
                (null, []) => throw new UsageException("what shall be checked is missing", "segsharp data check DIR, or segsharp data check --pair IMAGE MASK"),
                _ => throw new UsageException("DIR and --pair exclude each other", "give one of the two"),
            };
        }));
        return verb;
    }

    private static int OfDataSet(VerbContext context, string dir, DoctorOptions options, string? fix)
    {
        var data = DataSet.Open(dir);
        var reports = GeometryDoctor.Check(data, options, context.On, context.Cancel);
        var document = ToDocument(reports);
        if (fix is not null)
        {
            var mended = GeometryDoctor.WriteMended(data, reports, fix, context.Overwrite, context.On, context.Cancel);
            document.With("mended", "mended copy", fix, $"{fix} ({mended} files mended, the others copied)");
        }

        context.Show(document);
        return Verdict(reports, fix);
    }

    private static int OfPairs(VerbContext context, string images, string masks, bool isChannel, DoctorOptions options, string? fix)
    {
        var reports = new List<CaseReport>();
        var mended = 0;
        var pairs = Pairs(images, masks);
        foreach (var (image, mask) in pairs)
        {
            context.Cancel.ThrowIfCancellationRequested();
            var name = Imaging.Formats.Catalogue.NameOf(mask);
            var isPair = !Directory.Exists(masks);
            var report = GeometryDoctor.Check(isChannel ? new Case(name, [image, mask], null) : new Case(name, [image], mask), null, options);
            reports.Add(report);
            if (fix is not null && report.Findings.Any(f => f.Grid is { IsGood: false }))
            {
                var target = isPair ? fix : Path.Combine(fix, Path.GetFileName(mask));
                RequireFree(context, target);
                GeometryDoctor.WriteMended(image, mask, target, labels: !isChannel);
                mended++;
            }

            context.On(new Progressed("check", reports.Count, pairs.Count, name));
        }

        var document = ToDocument(reports);
        if (fix is not null)
        {
            document.With("mended", "mended copies", fix, mended == 0 ? "none was needed" : $"{fix} ({mended})");
        }

        context.Show(document);
        return Verdict(reports, fix);
    }

    private static void RequireFree(VerbContext context, string target)
    {
        if (File.Exists(target) && !context.Overwrite)
        {
            throw new InputException($"'{target}' exists already", "add --overwrite to replace it");
        }
    }

    private static List<(string Image, string Mask)> Pairs(string images, string masks)
    {
        if (!Directory.Exists(masks) && (!Directory.Exists(images) || DicomFolder.HasDicom(images)))
        {
            return [(images, masks)];
        }

        if (!Directory.Exists(images) || !Directory.Exists(masks))
        {
            throw new UsageException($"'{images}' and '{masks}' must both be files or both be folders", "data check --pair IMAGES MASKS");
        }

        static ILookup<string, string> In(string folder) => Directory.EnumerateFiles(folder)
            .Where(Imaging.Formats.Catalogue.HasImageEnding).Order(StringComparer.Ordinal)
            .ToLookup(Imaging.Formats.Catalogue.NameOf, StringComparer.Ordinal);
        var byName = In(images);
        return [.. In(masks).SelectMany(m => m).Select(mask => (
            Imaging.Formats.Catalogue.NameOf(mask) is var name && (byName[name].FirstOrDefault() ?? byName[name + "_0000"].FirstOrDefault()) is { } image
                ? image
                : throw new InputException($"mask '{mask}' has no image in '{images}': looked for '{name}' and '{name}_0000'", "give both the same name"),
            mask))];
    }

    private static int Verdict(IReadOnlyList<CaseReport> reports, string? fix) =>
        fix is null && reports.Any(r => !r.IsHealthy) ? ExitCode.Input : ExitCode.Done;

    private static Document ToDocument(IReadOnlyList<CaseReport> reports)
    {
        var faults = reports.Count(r => !r.IsHealthy);
        var document = new Document()
            .With("cases", "cases", reports.Count)
            .With("faulty", "with faults", faults, faults == 0 ? "none" : $"{faults}")
            .With("orientations", "orientations", reports.Where(r => r.Geometry is not null).GroupBy(r => r.Geometry!.Orientation.ToString()).Select(g => $"{g.Key} ({g.Count()})"));

        var findings = new Table(new("case", "case"), new("file", "file"), new("fault", "fault"), new("found", "found"), new("apartMm", "mm apart", "0.###"), new("fix", "mend"));
        foreach (var (report, f) in reports.SelectMany(r => r.Findings.Select(f => (r, f))))
        {
            findings.Add(report.Case, Path.GetFileName(f.File), f.Grid?.Fault.ToString() ?? (f.IsFault ? "Unreadable or wrong" : "Remark"), f.Text, f.Grid?.Apart, f.Fix);
        }

        if (findings.Count > 0)
        {
            document.With("findings", findings, "findings");
        }

        AddWays(document, reports);
        return document;
    }

    private static void AddWays(Document document, IReadOnlyList<CaseReport> reports)
    {
        var ways = reports.SelectMany(r => r.RoundTrips.Select(t => (r.Case, Way: t))).ToList();
        if (ways.Count == 0)
        {
            return;
        }

        var summary = new Table(new("way", "there and back by"), new("cases", "cases"), new("sameGrid", "same grid, bit for bit"), new("meanDice", "mean Dice", "0.0000"), new("worstDice", "worst Dice", "0.0000"), new("worstCase", "worst case"));
        foreach (var way in ways.GroupBy(w => w.Way.Name))
        {
            var scored = way.Where(w => w.Way.Worst is not null).ToList();
            var values = scored.SelectMany(w => w.Way.Dice.Values).OfType<double>().ToList();
            summary.Add(way.Key, way.Count(), way.Count(w => w.Way.SameGrid), values.Count == 0 ? null : values.Average(), scored.Count == 0 ? null : scored.Min(w => w.Way.Worst), scored.Count == 0 ? null : scored.MinBy(w => w.Way.Worst).Case);
        }

        document.With("roundTrips", summary, "the way back");
        document.WithData("perCase", new JsonArray([.. ways.Select(w => (JsonNode)new JsonObject
        {
            ["case"] = w.Case,
            ["way"] = w.Way.Name,
            ["prepared"] = w.Way.Prepared.ToString(),
            ["sameGrid"] = w.Way.SameGrid,
            ["dice"] = new JsonObject(w.Way.Dice.Select(d => KeyValuePair.Create(d.Key.ToString(System.Globalization.CultureInfo.InvariantCulture), (JsonNode?)d.Value))),
        })]));

        var shown = new Table(new("case", "case"), new("way", "there and back by"), new("prepared", "grid there"), new("sameGrid", "same grid"), new("dice", "Dice per label"));
        foreach (var (name, way) in ways.Where(w => w.Way.Worst is not null && w.Way.Name != "other axes").OrderBy(w => w.Way.Worst).Take(ShownCases).OrderBy(w => w.Case, StringComparer.Ordinal))
        {
            shown.Add(name, way.Name, $"{way.Prepared}", way.SameGrid, string.Join("  ", way.Dice.Select(d => FormattableString.Invariant($"{d.Key}: {d.Value:0.0000}"))));
        }

        if (shown.Count > 0)
        {
            document.With("worst", shown, ways.Count > ShownCases ? $"the {shown.Count} ways that cost most (all in --json)" : "every way");
        }
    }
}

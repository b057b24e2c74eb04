using System.CommandLine;
using System.Globalization;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Figures.Panels;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Cli.Verbs;

internal static class DataInspectVerb
{
    public static Command Create()
    {
        var folder = new Argument<string>("DIR") { Description = "data set" };
        var batch = new Option<int?>("--batch") { Description = "also print the batches of an epoch and the memory of one", HelpName = "N" };
        var resize = new Option<string?>("--resize") { Description = "size for --batch (default: the images' own)", HelpName = "WxH" };
        var validation = new Option<string?>("--validation") { Description = $"for --batch, count training and validation apart: {Validation.Forms}", HelpName = "RULE" };
        var montage = new Option<string?>("--montage") { Description = "where the montage picture goes: .png, .svg or .pdf (default: montage.png in the data set; 'none' for none)", HelpName = "FILE" };
        var ceiling = new Option<string?>("--ceiling") { Description = "the best Dice that a network can reach on a grid coarser by these factors: 2,4,8", HelpName = "FACTORS" };
        var verb = new Command("inspect", "cases, channels, sizes, spacings, labels, class balance, per-case table, montage picture") { folder, batch, resize, validation, montage, ceiling };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var data = DataSet.Open(args.GetRequiredValue(folder));
            var facts = Inspection.Of(data, context.On, context.Cancel);
            var document = ToDocument(facts);
            if (args.GetValue(batch) is { } size)
            {
                AddBatches(document, facts, size, args.GetValue(resize), args.GetValue(validation), context.Seed);
            }

            if (args.GetValue(ceiling) is { } factors)
            {
                AddCeilings(document, data, factors, context);
            }

            if (DrawMontage(data, args.GetValue(montage), context) is { } picture)
            {
                document.With("montage", "montage", picture);
            }

            context.Show(document);
        }));
        return verb;
    }

    private static Document ToDocument(Inspection facts)
    {
        var data = facts.Data;
        var labels = new Table(new("label", "label"), new("name", "name"), new("share", "share of pixels", "0.0000"), new("cases", "in cases"));
        foreach (var label in data.Labels.Entries.SelectMany(e => e.Labels).Distinct().Order().Concat(data.Labels.Ignore is { } ignore ? [ignore] : []))
        {
            labels.Add((int)label, data.Labels.NameOf(label), facts.ShareOf(label), facts.CasesWith(label));
        }

        var cases = new Table([
            new("case", "case"), new("size", "size"), new("spacing", "spacing mm"), new("type", "type"),
            new("low", "min"), new("high", "max"), new("mean", "mean", "0.0"), .. Foreground(data).Select(l => new Column($"share{l}", data.Labels.NameOf(l), "0.0000"))]);
        foreach (var c in facts.Cases)
        {
            cases.Add([c.Case, $"{c.Extent}", $"{c.Spacing}", c.Type.Text(), c.Low, c.High, c.Mean, .. Foreground(data).Select(l => (object?)c.ShareOf(l))]);
        }

        return new Document()
            .With("dataSet", "data set", data.Folder)
            .With("cases", "cases", data.Cases.Count)
            .With("testCases", "test cases", data.TestCases.Count)
            .With("channels", "channels", data.Description.ChannelNames)
            .With("sizes", "sizes", facts.Sizes.Select(s => $"{s.Extent} ({s.Cases})"))
            .With("spacings", "spacings mm", facts.Spacings.Select(s => $"{s.Spacing} ({s.Cases})"))
            .With("fileEnding", "files", data.Description.FileEnding)
            .With("splits", "splits", data.StoredSplits()?.Count, data.StoredSplits() is { } s ? $"{s.Count} in {SplitsFile.Name}" : $"none (segsharp data split {data.Folder})")
            .With("labels", labels, "labels")
            .With("perCase", cases, "cases");
    }

    private static IEnumerable<ushort> Foreground(DataSet data) =>
        data.Labels.Entries.SelectMany(e => e.Labels).Where(l => l != 0).Distinct().Order();

    private static void AddBatches(Document document, Inspection facts, int batch, string? resize, string? validation, long seed)
    {
        if (batch < 1)
        {
            throw new UsageException($"--batch is {batch}; it must be 1 or more", "--batch 8");
        }

        var extent = resize is null ? facts.Sizes[0].Extent.Page : Extent.Parse(resize);
        var split = facts.Data.Split(validation is null ? Validation.None : Validation.Parse(validation, seed));
        var table = new Table(new("part", "part"), new("cases", "cases"), new("batches", "batches"), new("size", "batch"), new("kilobytes", "images of a batch, KB", "0.0"));
        foreach (var (part, ids) in new[] { ("training", split.Training), ("validation", split.Validation) })
        {
            if (ids.Count > 0)
            {
                var (batches, bytes) = Inspection.Loading(ids.Count, batch, extent, facts.Data.ChannelCount);
                table.Add(part, ids.Count, batches, $"{batch}x{facts.Data.ChannelCount}x{extent.Height}x{extent.Width}", bytes / 1024.0);
            }
        }

        document.With("loading", table, "loading");
    }

    private static void AddCeilings(Document document, DataSet data, string text, VerbContext context)
    {
        double[] factors =
        [
            .. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(w =>
                double.TryParse(w, NumberStyles.Float, CultureInfo.InvariantCulture, out var f) ? f : throw new UsageException($"factor '{w}' is no number", "--ceiling 2,4,8")),
        ];
        var table = new Table(new("factor", "coarser by"), new("class", "class"), new("cases", "cases"), new("mean", "mean Dice", "0.0000"), new("worst", "worst", "0.0000"));
        foreach (var c in Ceiling.OfFactors(data, factors, context.On, context.Cancel))
        {
            table.Add(c.Factor, c.Region.Name, c.Cases, c.Mean, c.Worst);
        }

        document.With("ceiling", table, "the best Dice on a coarser grid: the truth itself, brought there and back");
    }

    // A montage is an extra: what prevents it is said and does not spoil the rest.
    private static string? DrawMontage(DataSet data, string? place, VerbContext context)
    {
        if (place == "none")
        {
            return null;
        }

        var file = place ?? Path.Combine(data.Folder, "montage.png");
        try
        {
            DataSetPictures.Montage(data).Write(file);
            return file;
        }
        catch (SegSharpException e) when (place is null && e is not InputException)
        {
            context.On(new Warned($"no montage: {e.Message}"));
            return null;
        }
    }
}

using System.CommandLine;
using System.Text.Json.Nodes;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Data.Import;
using SegSharp.Data.Phantoms;
using SegSharp.Figures.Panels;
using SegSharp.Foundation;
using SegSharp.Imaging;

namespace SegSharp.Cli.Verbs;

internal static class DataVerb
{
    private const string Membranes = "membranes";

    public static Command Create() =>
        new("data", "import, inspect, check, split and draw data sets") { Import(), Inspect(), SplitVerb(), DataCheckVerb.Create(), Make() };

    private static Command Import()
    {
        var source = new Argument<string>("SRC") { Description = "folder with train-volume.tif and train-labels.tif" };
        var target = new Argument<string>("DST") { Description = "folder of the data set to write" };
        var isbi = new Command("isbi2012", "the stacks of the ISBI 2012 challenge: membranes in electron microscopy") { source, target };
        isbi.SetAction((args, cancel) => Verb.Run(args, cancel, context => ShowImported(
            context,
            IsbiImporter.Import(args.GetRequiredValue(source), args.GetRequiredValue(target), context.Overwrite, on: context.On, cancel: context.Cancel))));

        var folderSource = new Argument<string>("SRC") { Description = "folder that holds the folders of images and masks" };
        var folderTarget = new Argument<string>("DST") { Description = "folder of the data set to write" };
        var images = new Option<string?>("--images") { Description = "folder of the images (default: images, imagesTr, training/images …)", HelpName = "DIR" };
        var masks = new Option<string?>("--masks") { Description = "folder of the masks (default: masks, labels, 1st_manual …)", HelpName = "DIR" };
        var labels = new Option<string?>("--labels") { Description = "names of the labels, such as 1=nucleus,2=border", HelpName = "LABELS" };
        var threshold = new Option<int?>("--mask-threshold") { Description = "every mask value from this on is foreground; for masks stored as JPEG", HelpName = "N" };
        var binary = new Option<bool>("--binary") { Description = "every mask value above 0 is foreground; for masks that number their objects" };
        var folder = new Command("folder", "a folder of images and a folder of masks, matched by name (PNG, JPEG, GIF, TIFF)")
        {
            folderSource, folderTarget, images, masks, labels, threshold, binary,
        };
        folder.SetAction((args, cancel) => Verb.Run(args, cancel, context => ShowImported(
            context,
            FolderImporter.Import(
                args.GetRequiredValue(folderSource),
                args.GetRequiredValue(folderTarget),
                new FolderImportOptions
                {
                    Images = args.GetValue(images),
                    Masks = args.GetValue(masks),
                    Labels = args.GetValue(labels) is { } text ? LabelList.Parse(text) : null,
                    MaskThreshold = args.GetValue(threshold),
                    Binary = args.GetValue(binary),
                },
                context.Overwrite,
                context.On,
                context.Cancel))));

        var dicomSource = new Argument<string>("SRC") { Description = "folder that holds one folder for every patient or study" };
        var dicomTarget = new Argument<string>("DST") { Description = "folder of the data set to write" };
        var dicom = new Command("dicom", "scanner files: a series in every folder, with a DICOM SEG or a label file") { dicomSource, dicomTarget };
        dicom.SetAction((args, cancel) => Verb.Run(args, cancel, context => ShowImported(
            context,
            DicomImporter.Import(args.GetRequiredValue(dicomSource), args.GetRequiredValue(dicomTarget), context.Overwrite, context.On, context.Cancel))));

        return new Command("import", "bring data into nnU-Net's layout") { isbi, folder, Brats(), dicom };
    }

    private static Command Brats()
    {
        var source = new Argument<string>("SRC") { Description = "folder with a folder per patient at any depth, or with data/ and datasets/" };
        var target = new Argument<string>("DST") { Description = "folder of the data set to write" };
        var map = new Option<string?>("--map")
        {
            Description = "what files are called and labels become where that is not as in BraTS: \"T1ce=T1c_subtrMeanDivStd,label=OTMultiClass,3=1\"",
            HelpName = "MAP",
        };
        var labels = new Option<string?>("--labels") { Description = "names of the labels, such as 1=necrosis,2=edema,3=enhancing (default: those of BraTS)", HelpName = "LABELS" };
        var train = new Option<string?>("--train") { Description = "text file with the patients to train on, one a line (default: datasets/*train*.txt)", HelpName = "FILE" };
        var validation = new Option<string?>("--validation") { Description = "text file with the patients that validate (default: datasets/*val*.txt)", HelpName = "FILE" };
        var test = new Option<string?>("--test") { Description = "text file with the test patients, for imagesTs (default: datasets/*test*.txt)", HelpName = "FILE" };
        var consecutive = new Option<bool>("--consecutive") { Description = "labels 1, 2, 3 as nnU-Net numbers them: 2 edema → 1, 1 necrosis → 2, 4 enhancing → 3 (default: 1, 2 and 4 stay)" };
        var verb = new Command("brats", "brain tumours as in BraTS 2012 to 2023: a file per modality, or per modality and slice")
        {
            source, target, map, labels, train, validation, test, consecutive,
        };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var options = new BratsImportOptions
            {
                Labels = args.GetValue(labels) is { } names ? LabelList.Parse(names) : null,
                Train = args.GetValue(train),
                Validation = args.GetValue(validation),
                Test = args.GetValue(test),
                Consecutive = args.GetValue(consecutive),
            };
            ShowImported(context, BratsImporter.Import(
                args.GetRequiredValue(source),
                args.GetRequiredValue(target),
                args.GetValue(map) is { } text ? options.WithMap(text) : options,
                context.Overwrite,
                context.On,
                context.Cancel));
        }));
        return verb;
    }

    private static Command Inspect()
    {
        var folder = new Argument<string>("DIR") { Description = "data set" };
        var batch = new Option<int?>("--batch") { Description = "also print the batches of an epoch and the memory of one", HelpName = "N" };
        var resize = new Option<string?>("--resize") { Description = "size for --batch (default: the images' own)", HelpName = "WxH" };
        var validation = new Option<string?>("--validation") { Description = $"for --batch, count training and validation apart: {Validation.Forms}", HelpName = "RULE" };
        var montage = new Option<string?>("--montage") { Description = "where the montage picture goes: .png, .svg or .pdf (default: montage.png in the data set; 'none' for none)", HelpName = "FILE" };
        var verb = new Command("inspect", "cases, channels, sizes, spacings, labels, class balance, per-case table, montage picture") { folder, batch, resize, validation, montage };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var data = DataSet.Open(args.GetRequiredValue(folder));
            var facts = Inspection.Of(data, context.On, context.Cancel);
            var document = ToDocument(facts);
            if (args.GetValue(batch) is { } size)
            {
                AddBatches(document, facts, size, args.GetValue(resize), args.GetValue(validation), context.Seed);
            }

            if (DrawMontage(data, args.GetValue(montage), context) is { } picture)
            {
                document.With("montage", "montage", picture);
            }

            context.Show(document);
        }));
        return verb;
    }

    private static Command SplitVerb()
    {
        var folder = new Argument<string>("DIR") { Description = "data set" };
        var folds = new Option<int?>("--folds") { Description = "cross-validation with this many folds, the same cases as nnU-Net (default: 5)", HelpName = "K" };
        var validation = new Option<string?>("--validation") { Description = $"one split: {Validation.Forms}", HelpName = "RULE" };
        var by = new Option<string?>("--by") { Description = "patient: all slices and visits of a patient on one side", HelpName = "WHAT" };
        var patient = new Option<string?>("--patient") { Description = "regular expression for the patient in a case's name, with --by patient (default: the names of BraTS and BIDS, slices, visits)", HelpName = "REGEX" };
        var check = new Option<bool>("--no-leak-check") { Description = "do not read the images to see whether one stands on both sides" };
        var show = new Option<bool>("--show") { Description = $"write nothing: print the splits of {SplitsFile.Name} and who is in them" };
        var verb = new Command("split", $"writes {SplitsFile.Name} and looks for images on both sides") { folder, folds, validation, by, patient, check, show };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            if (args.GetValue(folds) is not null && args.GetValue(validation) is not null)
            {
                throw new UsageException("--folds and --validation exclude each other", "give one of the two");
            }

            if (args.GetValue(by) is { } what && what != "patient")
            {
                throw UsageException.Unknown("way to split", what, ["patient"]);
            }

            var rule = args.GetValue(patient) is { } pattern ? PatientRule.Parse(pattern)
                : args.GetValue(by) is not null ? PatientRule.Usual
                : null;
            var data = DataSet.Open(args.GetRequiredValue(folder));
            var file = Path.Combine(data.Folder, SplitsFile.Name);
            if (args.GetValue(show))
            {
                var stored = data.StoredSplits() ?? throw new InputException($"'{data.Folder}' has no {SplitsFile.Name}", $"segsharp data split {data.Folder}");
                ShowSplits(context, data, file, stored, rule);
                return;
            }

            if (File.Exists(file) && !context.Overwrite)
            {
                throw new InputException($"'{file}' exists already", "add --overwrite to replace it");
            }

            IReadOnlyList<Split> Divide(IReadOnlyList<string> names) => args.GetValue(validation) is { } rule
                ? [Validation.Parse(rule, context.Seed).Of(names)]
                : Folds.Of(names, args.GetValue(folds) ?? 5);
            var splits = rule is null ? Divide(data.Ids) : rule.Divide(data.Ids, Divide);
            if (!args.GetValue(check))
            {
                foreach (var leak in LeakCheck.Find(data, splits, rule, context.On, context.Cancel))
                {
                    context.On(new Warned(leak.Describe()));
                }
            }

            SplitsFile.Write(file, splits);
            ShowSplits(context, data, file, splits, rule);
        }));
        return verb;
    }

    private static void ShowSplits(VerbContext context, DataSet data, string file, IReadOnlyList<Split> splits, PatientRule? rule)
    {
        var table = new Table(new("fold", "fold"), new("training", "training"), new("validation", "validation"), new("cases", "validation cases"));
        for (var i = 0; i < splits.Count; i++)
        {
            table.Add(i, splits[i].Training.Count, splits[i].Validation.Count, splits[i].Validation);
        }

        const int few = 5;
        var document = new Document()
            .With("file", "splits", file)
            .With("firstTraining", "first to train", splits.Count == 0 ? [] : splits[0].Training.Take(few))
            .With("test", "test cases", data.TestCases.Count, $"{data.TestCases.Count}{(data.TestCases.Count == 0 ? "" : ": ")}{string.Join(", ", data.TestCases.Take(few).Select(t => t.Id))}");
        if (rule is not null)
        {
            document.With("patients", "patients", data.Ids.Select(rule.PatientOf).Distinct(StringComparer.Ordinal).Count());
        }

        context.Show(document.With("folds", table));
    }

    private static Command Make()
    {
        string[] kinds = [Membranes, .. VolumePhantom.All.Select(p => p.Name)];
        var kind = new Argument<string>("KIND") { Description = $"what to draw: {Membranes}; {string.Join("; ", VolumePhantom.All.Select(p => $"{p.Name} ({p.About})"))}" };
        var target = new Argument<string>("DST") { Description = "folder to write" };
        var count = new Option<int?>("--count", "--cases") { Description = "pictures (default: 30) or volumes (default: 4)", HelpName = "N" };
        var size = new Option<string?>("--size") { Description = "their size (default: 256x256, or that of the real scans)", HelpName = "WxH[xD]" };
        var stacks = new Option<bool>("--stacks") { Description = "membranes: write train-volume.tif and train-labels.tif as the ISBI 2012 challenge has them, to be imported" };
        var patients = new Option<bool>("--patients") { Description = "brats: write a folder per patient and lists of patients as BraTS has them, to be imported" };
        var verb = new Command("make", "draws a phantom: made-up pictures or scans with labels, to try everything without data; seeded") { kind, target, count, size, stacks, patients };
        verb.SetAction((args, cancel) => Verb.Run(args, cancel, context =>
        {
            var name = args.GetRequiredValue(kind);
            if (!kinds.Contains(name, StringComparer.Ordinal))
            {
                throw UsageException.Unknown("phantom", name, kinds);
            }

            if ((args.GetValue(stacks) && name != Membranes) || (args.GetValue(patients) && name != "brats"))
            {
                throw new UsageException($"--{(args.GetValue(stacks) ? "stacks" : "patients")} does not go with '{name}'", "segsharp data make membranes DST --stacks, or segsharp data make brats DST --patients");
            }

            var extent = args.GetValue(size) is { } text ? Extent.Parse(text) : (Extent?)null;
            var folder = args.GetRequiredValue(target);
            if (VolumePhantom.All.FirstOrDefault(p => p.Name == name) is { } phantom)
            {
                var volumes = new VolumePhantomOptions { Count = args.GetValue(count) ?? new VolumePhantomOptions().Count, Size = extent, Seed = context.Seed };
                MakeVolumes(context, phantom, folder, volumes, args.GetValue(patients));
                return;
            }

            var usual = new MembranesOptions();
            var options = usual with
            {
                Count = args.GetValue(count) ?? usual.Count,
                Width = extent?.Width ?? usual.Width,
                Height = extent?.Height ?? usual.Height,
                Seed = context.Seed,
            };
            if (args.GetValue(stacks))
            {
                Data.Phantoms.Membranes.WriteStacks(folder, options, context.Overwrite, context.On, context.Cancel);
                context.Show(new Document().With("stacks", "stacks", folder).With("cases", "pictures", options.Count).With("size", "size", $"{options.Width}x{options.Height}"));
            }
            else
            {
                ShowImported(context, Data.Phantoms.Membranes.WriteDataSet(folder, options, context.Overwrite, context.On, context.Cancel));
            }
        }));
        return verb;
    }

    private static void MakeVolumes(VerbContext context, VolumePhantom phantom, string folder, VolumePhantomOptions options, bool patients)
    {
        if (patients && phantom is TumourHead head)
        {
            head.WritePatients(folder, options, context.Overwrite, context.On, context.Cancel);
            context.Show(new Document().With("folder", "folder", folder).With("patients", "patients", options.Count).With("size", "size", $"{options.Size ?? head.UsualSize}"));
        }
        else
        {
            ShowImported(context, phantom.WriteDataSet(folder, options, context.Overwrite, context.On, context.Cancel));
        }
    }

    private static void ShowImported(VerbContext context, DataSet data) => context.Show(new Document()
        .With("dataSet", "data set", data.Folder)
        .With("cases", "cases", data.Cases.Count)
        .With("testCases", "test cases", data.TestCases.Count)
        .With("channels", "channels", data.Description.ChannelNames)
        .With("labels", "labels", data.Labels.Describe()));

    private static Document ToDocument(Inspection facts)
    {
        var data = facts.Data;
        var labels = new Table(new("label", "label"), new("name", "name"), new("share", "share of pixels", "0.0000"), new("cases", "in cases"));
        foreach (var label in data.Labels.Entries.SelectMany(e => e.Labels).Distinct().Order())
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

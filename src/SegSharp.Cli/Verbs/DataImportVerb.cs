using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Data.Import;

namespace SegSharp.Cli.Verbs;

internal static class DataImportVerb
{
    public static Command Create()
    {
        var source = new Argument<string>("SRC") { Description = "folder with train-volume.tif and train-labels.tif" };
        var target = new Argument<string>("DST") { Description = "folder of the data set to write" };
        var isbi = new Command("isbi2012", "the stacks of the ISBI 2012 challenge: membranes in electron microscopy") { source, target };
        isbi.SetAction((args, cancel) => Verb.Run(args, cancel, context => DataVerb.ShowImported(
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
        folder.SetAction((args, cancel) => Verb.Run(args, cancel, context => DataVerb.ShowImported(
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
        dicom.SetAction((args, cancel) => Verb.Run(args, cancel, context => DataVerb.ShowImported(
            context,
            DicomImporter.Import(args.GetRequiredValue(dicomSource), args.GetRequiredValue(dicomTarget), context.Overwrite, context.On, context.Cancel))));

        var verb = new Command("import", "bring data into nnU-Net's layout") { isbi, folder, DataImportInstancesVerb.Create(), DataImportCocoVerb.Create(), DataImportVocVerb.Create(), Brats(), dicom, DataImportBidsVerb.Create() };
        foreach (var kind in DataImportPlain.Create())
        {
            verb.Add(kind);
        }

        return verb;
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
            DataVerb.ShowImported(context, BratsImporter.Import(
                args.GetRequiredValue(source),
                args.GetRequiredValue(target),
                args.GetValue(map) is { } text ? options.WithMap(text) : options,
                context.Overwrite,
                context.On,
                context.Cancel));
        }));
        return verb;
    }
}

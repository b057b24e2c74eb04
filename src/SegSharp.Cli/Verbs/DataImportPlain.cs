using System.CommandLine;
using SegSharp.Cli.Terminal;
using SegSharp.Data;
using SegSharp.Data.Import;
using SegSharp.Foundation;

namespace SegSharp.Cli.Verbs;

// Kinds that need no option but the two places.
internal static class DataImportPlain
{
    private delegate DataSet Importer(string source, string target, bool overwrite, Action<RunEvent>? on, CancellationToken cancel);

    public static IEnumerable<Command> Create()
    {
        yield return Kind("drive", "DRIVE: vessels of the retina; outside the field of view is a label to ignore", "folder that holds DRIVE's 'training' (and 'test')", DriveImporter.Import);
        yield return Kind("msd", "a task of the Medical Segmentation Decathlon: 4D images become a file per modality", "folder of the task, with dataset.json and imagesTr", MsdImporter.Import);
        yield return Kind("nnunet", "a data set in nnU-Net's layout, v2 or v1, copied and looked through", "folder with dataset.json, imagesTr/CASE_0000.ext and labelsTr", NnUnetImporter.Import);
        yield return Kind("labelme", "pictures with labelme's polygons; the objects are numbered in instancesTr", "folder with NAME.json beside every picture", LabelmeImporter.Import);
    }

    private static Command Kind(string name, string about, string sourceIs, Importer import)
    {
        var source = new Argument<string>("SRC") { Description = sourceIs };
        var target = new Argument<string>("DST") { Description = "folder of the data set to write" };
        var kind = new Command(name, about) { source, target };
        kind.SetAction((args, cancel) => Verb.Run(args, cancel, context => DataVerb.ShowImported(
            context,
            import(args.GetRequiredValue(source), args.GetRequiredValue(target), context.Overwrite, context.On, context.Cancel))));
        return kind;
    }
}
